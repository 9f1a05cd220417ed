"""The oracle: the state that a set of facts has, computed at once from all of them.

It shares with the fold the pure rules (names, lifecycle, what a list proves, how a dossier is gathered)
and none of its bookkeeping: nothing is added to anything, there is no before and after.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date

from giants.domain.lifecycle import Evidence, Gap, StatusHistory, Transition, status_history
from giants.domain.names import SimilarCharacters, default_similar_characters, identity_key, normal_form
from giants.domain.registry import checks
from giants.domain.registry.book import IdentifiedFact, Identity, contested, identity, without_backfill
from giants.domain.registry.calendar import Now, is_plausible, now_of
from giants.domain.registry.directory import Claim
from giants.domain.registry.dossier import Dossier, gather_groups
from giants.domain.registry.findings import Finding
from giants.domain.registry.identity import Union, unite
from giants.domain.registry.index import BY_FORM, BY_KEY, NameFact, forms_of_record
from giants.domain.registry.list_news import notice_of
from giants.domain.registry.list_summary import AppliedList, Surroundings, list_snapshot
from giants.domain.registry.lists import ListFact, Mention, ProgrammeList, Word, read_list
from giants.domain.registry.notes import (
    NOTES_OF_COMPANY_MAX,
    NoteFact,
    id_keys,
    newest_first,
    note_id,
    notes_of,
    owner_of,
    strays_of,
    with_others,
)
from giants.domain.registry.proof import (
    NOTHING_PROVEN,
    Act,
    Answer,
    Period,
    PeriodProof,
    period_of,
    prove,
    total_of,
)
from giants.domain.registry.roles import ListRef, Role, company_parts
from giants.domain.registry.snapshot import snapshot_of
from schemas.base import AuthorityCode
from schemas.changes import CompanySnapshot, ListSnapshot
from schemas.facts import (
    Announcement,
    Day,
    EnglishIdentity,
    LinkRecord,
    OwnershipRecord,
    ProgrammeFact,
    Review,
    TagRecord,
)


@dataclass(frozen=True, slots=True)
class Recomputation:
    """The state of a set of facts; the same questions as to `Registry`, the same answers."""

    _standings: dict[str, StatusHistory]
    _snapshots: dict[str, CompanySnapshot]
    _assignments: dict[str, str]
    _findings: tuple[Finding, ...]
    today: date | None = None
    _lists: dict[str, ListSnapshot] = field(default_factory=dict)

    def list_snapshots(self) -> dict[str, ListSnapshot]:
        """All lists that count, by id, sorted."""
        return dict(self._lists)

    def snapshots(self) -> dict[str, CompanySnapshot]:
        """All present companies by id, sorted."""
        return dict(self._snapshots)

    def assignments(self) -> dict[str, str]:
        """The company id of every lookup key in force, sorted."""
        return dict(self._assignments)

    def findings(self) -> tuple[Finding, ...]:
        """Findings in force, sorted."""
        return self._findings

    def as_of(self, company_id: str, day: date) -> Transition | None:
        """The status on a day; None before the first designation, or for no company."""
        standing = self._standings.get(company_id)
        return standing.on(day) if standing else None


def recompute_all(facts: Iterable[ProgrammeFact], similar: SimilarCharacters | None = None) -> Recomputation:
    """The state that the fold must have after these facts in any order, once or more than once."""
    facts = list(facts)
    days = [fact for fact in facts if isinstance(fact, Day)]
    versions, fought_over = _versions(fact for fact in facts if not isinstance(fact, Day))
    held = [of_one[max(of_one)] for of_one in versions.values()]
    newest = [fact for fact in held if isinstance(fact, Announcement | Review)]
    now = now_of(days, [fact.published_on for fact in newest])
    applied = {key: _applied(of_one, now) for key, of_one in versions.items()}
    list_facts = [fact for fact in applied.values() if fact is not None]
    records = [
        fact
        for fact in held
        if not isinstance(fact, Announcement | Review | TagRecord | LinkRecord | OwnershipRecord)
    ]
    notes = [
        note
        for fact in held
        if isinstance(fact, TagRecord | LinkRecord | OwnershipRecord) and not fact.withdrawn
        for note in notes_of(fact)
    ]
    lists = [read_list(fact) for fact in list_facts]
    names = _Names([mention for _, mentions in lists for mention in mentions], records)
    used = [record for record in records if forms_of_record(record)]
    links = [record for record in used if not isinstance(record, EnglishIdentity)]
    union = unite(names.nodes, links, names, similar or default_similar_characters())
    dossiers = gather_groups(union, names.forms_of, names.mentions_of, used, names.node_of)
    complete = _Complete([programme_list for programme_list, _ in lists])
    standings = {
        dossier.company_id: status_history(dossier.facts, complete, now.today) for dossier in dossiers
    }
    claims = _claims(dossiers)
    assignments = {key: holder for key, of_key in sorted(claims.items()) if (holder := _strongest(of_key))}
    notes_by_company, strays = _owned(notes, assignments, dossiers)
    snapshots = {
        id_: snapshot_of(dossier, standings[id_], notes_by_company.get(id_, ())[:NOTES_OF_COMPANY_MAX])
        for dossier in dossiers
        if (id_ := dossier.company_id)
    }
    findings = {
        *map(contested, fought_over),
        *_date_findings(newest, applied, days, now),
        *(finding for fact in list_facts for finding in checks.check_list(fact)),
        *(
            finding
            for period, proof in complete.proofs.items()
            for finding in checks.check_period(period, proof.contradiction)
        ),
        *_name_findings(names, union, used, dossiers),
        *(
            finding
            for dossier in dossiers
            for finding in checks.check_company(dossier, standings[dossier.company_id])
        ),
        *(finding for key, of_key in claims.items() for finding in checks.check_english_key(key, of_key)),
        *map(checks.check_stray_note, strays),
        *(
            finding
            for id_, of_company in notes_by_company.items()
            for finding in checks.check_notes(id_, of_company)
        ),
    }
    programme_lists = [programme_list for programme_list, _ in lists]
    return Recomputation(
        standings,
        dict(sorted(snapshots.items())),
        assignments,
        tuple(sorted(findings)),
        now.today,
        _lists(list_facts, programme_lists, complete, dossiers, standings),
    )


def _lists(
    facts: Iterable[ListFact],
    lists: Sequence[ProgrammeList],
    complete: "_Complete",
    dossiers: Iterable[Dossier],
    standings: Mapping[str, StatusHistory],
) -> dict[str, ListSnapshot]:
    """The summary of every list; of an announcement and a review of one id that of the announcement."""
    roles: dict[ListRef, dict[Role, set[str]]] = {}
    for dossier in dossiers:
        for ref, role in company_parts(dossier, standings[dossier.company_id]).parts:
            roles.setdefault(ref, {}).setdefault(role, set()).add(dossier.company_id)
    by_key = {one.key: one for one in lists}
    found: dict[str, ListSnapshot] = {}
    for fact, one in sorted(zip(facts, lists, strict=True), key=lambda pair: pair[1].key, reverse=True):
        applied, period = AppliedList(fact, one), period_of(one)
        around = Surroundings()
        if period is not None:
            notice = notice_of(one, by_key)
            stated = total_of(other for other in lists if period_of(other) == period)
            around = Surroundings(
                complete.proofs[period],
                stated.total if stated else None,
                notice.list_id if notice else None,
            )
        found[one.list_id] = list_snapshot(applied, roles.get(applied.ref, {}), around)
    return dict(sorted(found.items()))


def _versions(
    facts: Iterable[IdentifiedFact],
) -> tuple[dict[Identity, dict[int, IdentifiedFact]], list[IdentifiedFact]]:
    """The content of each revision of each fact, and the newest of those that came with more than one."""
    contents: dict[Identity, dict[int, dict[str, IdentifiedFact]]] = {}
    for fact in map(without_backfill, facts):
        of_revision = contents.setdefault(identity(fact), {}).setdefault(fact.revision, {})
        of_revision[fact.model_dump_json()] = fact
    versions = {
        key: {revision: of_revision[max(of_revision)] for revision, of_revision in of_one.items()}
        for key, of_one in contents.items()
    }
    fought_over = [
        versions[key][max(of_one)] for key, of_one in contents.items() if len(of_one[max(of_one)]) > 1
    ]
    return versions, fought_over


def _applied(versions: Mapping[int, IdentifiedFact], now: Now) -> ListFact | None:
    """The newest revision of a list whose date can be."""
    for _, fact in sorted(versions.items(), reverse=True):
        if isinstance(fact, Announcement | Review) and is_plausible(fact.published_on, now):
            return fact
    return None


def _date_findings(
    newest: Iterable[ListFact], applied: Mapping[Identity, ListFact | None], days: Sequence[Day], now: Now
) -> Iterable[Finding]:
    for fact in newest:
        yield from checks.check_dates(fact, applied[identity(fact)], now)
    withdrawn = {one.day for one in days if one.withdrawn}
    for day in {one.day for one in days} - withdrawn:
        if day > now.horizon:
            yield checks.check_day(day)


def _claims(dossiers: Iterable[Dossier]) -> dict[str, dict[str, Claim]]:
    claims: dict[str, dict[str, Claim]] = {}
    for dossier in dossiers:
        for key, claim in dossier.claims:
            claims.setdefault(key, {})[dossier.company_id] = claim
    return claims


def _strongest(claims: Mapping[str, Claim]) -> str | None:
    """The company whose claim is stronger than that of each other one."""
    for company_id, claim in claims.items():
        if all(claim < other for one, other in claims.items() if one != company_id):
            return company_id
    return None


def _owned(
    notes: Iterable[NoteFact], assignments: dict[str, str], dossiers: Iterable[Dossier]
) -> tuple[dict[str, tuple[NoteFact, ...]], list[NoteFact]]:
    """The tags and links of each company, newest first, and those that are of nobody."""
    holders = {key: dossier.company_id for dossier in dossiers for key in id_keys(dossier)} | assignments
    notes = list(notes)
    owners = {note_id(note): owner for note in notes if (owner := owner_of(note, holders.get)) is not None}
    by_owner: dict[str, list[NoteFact]] = {}
    for note in notes:
        if (owner := owners.get(note_id(note))) is not None:
            by_owner.setdefault(owner, []).append(note)
    shown = {owner: newest_first(with_others(of_one, owners, owner)) for owner, of_one in by_owner.items()}
    return shown, strays_of(notes, owners)


def _name_findings(
    names: "_Names", union: Union, records: Iterable[NameFact], dossiers: Iterable[Dossier]
) -> Iterable[Finding]:
    owned = {form for dossier in dossiers for form in dossier.forms}
    for form, mentions in names.mentions.items():
        if form not in owned:
            yield from checks.check_stray_name(mentions)
    for record in records:
        if isinstance(record, EnglishIdentity) and normal_form(record.name) not in owned:
            yield checks.check_stray_record(record)
    yield from map(checks.check_refusal, union.refused)


class _Names:
    """All names of a set of facts and their nodes."""

    def __init__(self, mentions: Iterable[Mention], records: Iterable[NameFact]) -> None:
        self.mentions: dict[str, list[Mention]] = {
            form: [] for record in records for form in forms_of_record(record)
        }
        forms_in_list: dict[tuple[str, str], set[str]] = {}
        for mention in mentions:
            self.mentions.setdefault(mention.form, []).append(mention)
            key = identity_key(mention.form)
            forms_in_list.setdefault((mention.source.key, key), set()).add(mention.form)
        self._split = {key for (_, key), forms in forms_in_list.items() if len(forms) > 1}
        self._forms: dict[str, list[str]] = {}
        for form in self.mentions:
            self._forms.setdefault(self._node(form), []).append(form)

    @property
    def nodes(self) -> Iterable[str]:
        return self._forms

    def node_of(self, name: str) -> str:
        return self._node(normal_form(name))

    def forms_of(self, node: str) -> list[str]:
        return self._forms[node]

    def mentions_of(self, node: str) -> list[Mention]:
        return [mention for form in self._forms[node] for mention in self.mentions[form]]

    def lists_of(self, node: str) -> AbstractSet[str]:
        return {mention.source.key for mention in self.mentions_of(node)}

    def batches_of(self, node: str) -> AbstractSet[int]:
        return {
            mention.source.batch
            for mention in self.mentions_of(node)
            if mention.word is Word.DESIGNATED and mention.source.batch is not None
        }

    def _node(self, form: str) -> str:
        key = identity_key(form)
        return BY_FORM + form if key in self._split else BY_KEY + key


class _Complete:
    """Complete lists of a set of facts; see `giants.domain.lifecycle.CompleteLists`."""

    def __init__(self, lists: Iterable[ProgrammeList]) -> None:
        grouped: dict[Period, dict[AuthorityCode | None, list[ProgrammeList]]] = {}
        for one in lists:
            if (period := period_of(one)) is not None:
                grouped.setdefault(period, {}).setdefault(one.authority, []).append(one)
        self.proofs: Mapping[Period, PeriodProof] = {
            period: prove(period.act, by) for period, by in grouped.items()
        }
        self._answers: dict[tuple[Period, AuthorityCode | None], Answer] = {}

    def final_designations(self, batch: int, authority: AuthorityCode | None) -> Evidence | None:
        return self._ask(Period(Act.DESIGNATION, batch), authority).proof

    def reviews(self, review_year: int, authority: AuthorityCode | None) -> Evidence | None:
        return self._ask(Period(Act.REVIEW, review_year), authority).proof

    def review_gap(self, review_year: int, authority: AuthorityCode | None) -> Gap | None:
        return self._ask(Period(Act.REVIEW, review_year), authority).gap

    def _ask(self, period: Period, authority: AuthorityCode | None) -> Answer:
        if (period, authority) not in self._answers:
            proof = self.proofs.get(period, NOTHING_PROVEN)
            self._answers[period, authority] = proof.answer(authority)
        return self._answers[period, authority]
