"""Everything that the facts say of one company, gathered from its names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from giants.domain.lifecycle import (
    CompanyFacts,
    DesignationFact,
    ElevationFact,
    ReviewFact,
    RevocationFact,
)
from giants.domain.names import english_lookup_keys, is_chinese
from giants.domain.registry.directory import SOLE, Claim, Claims
from giants.domain.registry.identity import Link, Union, company_id
from giants.domain.registry.lists import Mention, Word
from giants.domain.registry.naming import CompanyNames, name_company
from schemas.base import ENGLISH_NAMES_MAX
from schemas.facts import Correction, EnglishIdentity, Rename


@dataclass(frozen=True, slots=True)
class Dossier:
    """One company: its id, its normal forms, what lists say of it, and how it is called and found.

    `root_form` is the name of its earliest designation, from whose node the id is made. English keys may
    be claimed by other companies too; `lookup_keys` may not.
    """

    company_id: str
    root_form: str
    forms: tuple[str, ...]
    facts: CompanyFacts
    names: CompanyNames
    names_en: tuple[str, ...]
    uscc: str | None
    merged_from: tuple[str, ...]
    lookup_keys: frozenset[str]
    english_keys: Claims

    @property
    def claims(self) -> Claims:
        """Every key that it claims."""
        return (*((key, SOLE) for key in sorted(self.lookup_keys)), *self.english_keys)


def gather_groups(
    union: Union,
    forms_of: Callable[[str], Iterable[str]],
    mentions_of: Callable[[str], Iterable[Mention]],
    records: Iterable[Rename | Correction | EnglishIdentity],
    node_of: Callable[[str], str],
) -> list[Dossier]:
    """The dossiers of all groups that are companies.

    `forms_of` and `mentions_of` give the normal forms and the mentions of a node, `node_of` the node of a
    name.
    """
    group_of = {node: number for number, group in enumerate(union.groups) for node in group}
    links: dict[int, list[Link]] = {}
    for link in union.accepted:
        links.setdefault(group_of[node_of(link.old_name)], []).append(link)
    english: dict[int, list[EnglishIdentity]] = {}
    for record in records:
        if isinstance(record, EnglishIdentity):
            english.setdefault(group_of[node_of(record.name)], []).append(record)
    dossiers = []
    for number, group in enumerate(union.groups):
        nodes = {form: node for node in group for form in forms_of(node)}
        mentions = [mention for node in group for mention in mentions_of(node)]
        dossier = gather(nodes, mentions, links.get(number, ()), english.get(number, ()))
        if dossier is not None:
            dossiers.append(dossier)
    return dossiers


def gather(
    nodes: Mapping[str, str],
    mentions: Iterable[Mention],
    links: Sequence[Link],
    english: Sequence[EnglishIdentity],
) -> Dossier | None:
    """The dossier of a group of names; None where no list designates any of them.

    `nodes` gives the node of each normal form. `links` are those that hold, in the order in which they
    united.
    """
    mentions = sorted(mentions, key=lambda mention: mention.order)
    designations = [mention for mention in mentions if mention.word is Word.DESIGNATED]
    if not designations:
        return None
    root = min(designations, key=lambda mention: _seniority(mention, nodes[mention.form]))
    names_en = _english_names(mentions, english)
    return Dossier(
        company_id=company_id(nodes[root.form]),
        root_form=root.form,
        forms=tuple(sorted(nodes)),
        facts=_company_facts(mentions),
        names=name_company(nodes, nodes[root.form], mentions, links),
        names_en=names_en,
        uscc=_uscc(mentions),
        merged_from=tuple(sorted(company_id(node) for node in set(nodes.values()) - {nodes[root.form]})),
        lookup_keys=frozenset(node for form, node in nodes.items() if is_chinese(form)),
        english_keys=_english_claims(
            (*names_en, *_names_in_latin_script(mentions, links, english)), mentions, root.source.evidence.on
        ),
    )


def _english_claims(names: Iterable[str], mentions: Iterable[Mention], designated_on: date) -> Claims:
    """Claims on the keys of English names, from the day on which a list first has the name.

    What name records alone tell is borne since the first designation: they have no day.
    """
    since: dict[str, date] = {}
    for mention in mentions:
        for name in (mention.name, mention.name_en):
            if name is not None:
                since.setdefault(name, mention.source.evidence.on)
    claims: dict[str, Claim] = {}
    for name in names:
        for position, key in enumerate(english_lookup_keys(name)):
            claim = Claim(is_read=position > 0, since=since.get(name, designated_on))
            claims[key] = min(claim, claims.get(key, claim))
    return tuple(sorted(claims.items()))


def _seniority(mention: Mention, node: str) -> tuple[str, int, str, str]:
    source = mention.source
    return source.evidence.on.isoformat(), source.batch or 0, source.list_id, node


def _company_facts(mentions: Iterable[Mention]) -> CompanyFacts:
    designations: list[DesignationFact] = []
    reviews: list[ReviewFact] = []
    revocations: list[RevocationFact] = []
    elevations: list[ElevationFact] = []
    for mention in mentions:
        source = mention.source
        match mention.word:
            case Word.DESIGNATED if source.batch is not None:
                designations.append(DesignationFact(source.batch, source.authority, source.evidence))
            case Word.PASSED | Word.FAILED if source.review_year is not None:
                passed = mention.word is Word.PASSED
                reviews.append(
                    ReviewFact(source.review_year, passed, mention.reason, source.authority, source.evidence)
                )
            case Word.REVOKED:
                revocations.append(RevocationFact(mention.reason, source.evidence))
            case Word.ELEVATED:
                elevations.append(ElevationFact(source.evidence))
    # A name that stands twice on one list says nothing twice.
    return CompanyFacts(
        tuple(dict.fromkeys(designations)),
        tuple(dict.fromkeys(reviews)),
        tuple(dict.fromkeys(revocations)),
        tuple(dict.fromkeys(elevations)),
    )


def _english_names(mentions: Iterable[Mention], english: Iterable[EnglishIdentity]) -> tuple[str, ...]:
    """English names, best first: by class, then lists before name records, then the latest; bounded."""
    ranked = [
        ((evidence.source.rank, 0, -evidence.on.toordinal(), evidence.ref, 0), mention.name_en)
        for mention in mentions
        if mention.name_en and (evidence := mention.source.evidence)
    ]
    ranked += [
        ((record.source.source_class.rank, 1, 0, record.record_id, position), name)
        for record in english
        for position, name in enumerate(record.english_names)
    ]
    return tuple(dict.fromkeys(name for _, name in sorted(ranked)))[:ENGLISH_NAMES_MAX]


def _names_in_latin_script(
    mentions: Iterable[Mention], links: Iterable[Link], english: Iterable[EnglishIdentity]
) -> set[str]:
    names = {mention.name for mention in mentions}
    names |= {name for link in links for name in (link.old_name, link.new_name)}
    names |= {record.name for record in english}
    return {name for name in names if not is_chinese(name)}


def _uscc(mentions: Iterable[Mention]) -> str | None:
    """The social credit code that the best list gives; official lists seldom carry one."""
    given = [
        (evidence.weight, -evidence.on.toordinal(), evidence.ref, mention.uscc)
        for mention in mentions
        if mention.uscc and (evidence := mention.source.evidence)
    ]
    return min(given)[-1] if given else None
