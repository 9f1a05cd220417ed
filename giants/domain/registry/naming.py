"""The names of one company: which is shown, and why each other one is a name of it (N-07, N-12, Z-15)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from giants.domain.names import Variation, classify_variation, displayed_name, normal_form
from giants.domain.registry.identity import Link, link_ref
from giants.domain.registry.lists import Mention, Word
from schemas.facts import Rename

RENAME: Final = "rename"
CORRECTION: Final = "correction"
# Within one day a rename is the latest word on a name, and a designation says more than a review.
_ORDER_OF_A_DAY: Final = {"review": 0, "designation": 1, RENAME: 2}
_CAUSE_OF_WORD: Final = {
    Word.DESIGNATED: "designation",
    Word.PASSED: "review",
    Word.FAILED: "review",
    Word.REVOKED: "revocation",
    Word.ELEVATED: "elevation",
}
_CAUSE_OF_VARIATION: Final = {
    Variation.CORPORATE_FORM: "corporate_form",
    Variation.LISTING_DIFFERENCE: "listing_difference",
    # Where both differ, the corporate form is the change of substance.
    Variation.BOTH: "corporate_form",
}


@dataclass(frozen=True, slots=True)
class _Use:
    """One appearance of a name; `on` is None where the fact carries no date."""

    form: str
    name: str
    on: date | None
    cause: str
    ref: str
    weight: tuple[int, bool] = (0, False)

    @property
    def is_official(self) -> bool:
        """Whether it is an official statement of what the company is called (N-12)."""
        return self.on is not None and self.cause in _ORDER_OF_A_DAY

    @property
    def order(self) -> tuple[str, int, tuple[int, bool], str, str]:
        """Time, and a fixed order within one day: the better source last, for the last word counts."""
        on = self.on.isoformat() if self.on else "9999-12-31"
        rank, is_notice = self.weight
        return on, _ORDER_OF_A_DAY.get(self.cause, 3), (-rank, not is_notice), self.ref, self.name


@dataclass(frozen=True, slots=True)
class NameEvidence:
    """One name, why it is a name of the company, by which fact, and since when it is seen."""

    name: str
    cause: str
    ref: str
    since: date | None


@dataclass(frozen=True, slots=True)
class CompanyNames:
    """The name shown, since when, the cause of its being shown, and every name with its evidence."""

    shown: str
    shown_since: date
    shown_cause: str
    names: tuple[NameEvidence, ...]


def name_company(
    nodes: Mapping[str, str], root: str, mentions: Sequence[Mention], links: Sequence[Link]
) -> CompanyNames:
    """The names of a company.

    `nodes` gives the node of each of its normal forms; `root` is the node of its earliest designation.
    """
    uses = sorted(_uses(mentions, links), key=lambda use: use.order)
    shown, since, cause = _shown(uses, links)
    return CompanyNames(shown, since, cause, _grounds(uses, nodes, root, links, shown))


def _uses(mentions: Iterable[Mention], links: Iterable[Link]) -> Iterable[_Use]:
    for mention in mentions:
        evidence = mention.source.evidence
        yield _Use(
            mention.form,
            mention.name,
            evidence.on,
            _CAUSE_OF_WORD[mention.word],
            evidence.ref,
            evidence.weight,
        )
    for link in links:
        cause, on = (RENAME, link.effective_on) if isinstance(link, Rename) else (CORRECTION, None)
        weight = (link.source.source_class.rank, False)
        yield _Use(normal_form(link.old_name), link.old_name, None, cause, link_ref(link), weight)
        yield _Use(normal_form(link.new_name), link.new_name, on, cause, link_ref(link), weight)


def _shown(uses: Iterable[_Use], links: Iterable[Link]) -> tuple[str, date, str]:
    """The latest official name; of a listing difference the fuller one, of a misprint the corrected one."""
    corrected = {normal_form(link.old_name): link.new_name for link in links if not isinstance(link, Rename)}
    shown: tuple[str, date, str] | None = None
    for use in uses:
        if not use.is_official or use.on is None:
            continue
        name, cause = use.name, use.cause
        if use.form in corrected:
            name, cause = corrected[use.form], CORRECTION
        if shown is None:
            shown = (name, use.on, cause)
            continue
        chosen = displayed_name(shown[0], name)
        if normal_form(chosen) != normal_form(shown[0]):
            shown = (chosen, use.on, _cause_of(shown[0], chosen) or cause)
        elif chosen != shown[0]:
            shown = (chosen, *shown[1:])
    if shown is None:
        raise ValueError("got a company without an official name, expected at least one designation")
    return shown


def _cause_of(before: str, after: str) -> str | None:
    variation = classify_variation(before, after)
    return _CAUSE_OF_VARIATION.get(variation) if variation else None


def _grounds(
    uses: Sequence[_Use], nodes: Mapping[str, str], root: str, links: Sequence[Link], shown: str
) -> tuple[NameEvidence, ...]:
    """One entry for each normal form: as the company is shown, else in the spelling of its evidence.

    The latest spelling would stand beside the first document, which may hold another one.
    """
    by_form: dict[str, list[_Use]] = {}
    for use in uses:
        by_form.setdefault(use.form, []).append(use)
    founders: dict[str, _Use] = {}  # the first name of each node; the others are variants of it
    named = []
    for of_form in sorted(by_form.values(), key=lambda of_form: of_form[0].order):
        first = of_form[0]
        node = nodes[first.form]
        founder = founders.setdefault(node, first)
        cause, ref = first.cause, first.ref
        if founder is not first:
            cause = _cause_of(founder.name, first.name) or cause
        elif node != root:
            link = _joining_link(node, nodes, links)
            cause, ref = (RENAME if isinstance(link, Rename) else CORRECTION), link_ref(link)
        name = shown if first.form == normal_form(shown) else first.name
        named.append(NameEvidence(name, cause, ref, first.on))
    return tuple(named)


def _joining_link(node: str, nodes: Mapping[str, str], links: Sequence[Link]) -> Link:
    """The first link that brought a node into the company."""
    return next(
        link
        for link in links
        if node in (nodes[normal_form(link.old_name)], nodes[normal_form(link.new_name)])
        and nodes[normal_form(link.old_name)] != nodes[normal_form(link.new_name)]
    )
