"""The summary of a list and its sentence: pure functions, so that the fold and the oracle say the same."""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from giants.domain.authorities import authority
from giants.domain.registry.lists import ListFact, ProgrammeList
from giants.domain.registry.proof import NOTHING_PROVEN, PeriodProof
from giants.domain.registry.roles import CAME, LEFT, NAMING, ListRef, Role
from schemas.base import Stage
from schemas.changes import ListCounts, ListSnapshot, ListSummary, RoundSummary
from schemas.codes import Caveat, ListChangeKind, ListKind
from schemas.facts import Review

LIST_COMPANIES_MAX: Final = 5_000
Roles = Mapping[Role, Collection[str]]


def named_companies(roles: Roles) -> frozenset[str]:
    """Ids of the companies that a list names."""
    return frozenset(id_ for role in NAMING for id_ in roles.get(role, ()))


class AppliedList(NamedTuple):
    """A list that counts, and how the registry reads it."""

    fact: ListFact
    programme_list: ProgrammeList

    @property
    def ref(self) -> ListRef:
        """Under what the parts of companies name it."""
        return ListRef(isinstance(self.fact, Review), self.programme_list.evidence.ref)


class Surroundings(NamedTuple):
    """What the other lists of its batch or review year say of a list; `confirms` is its notice."""

    proof: PeriodProof = NOTHING_PROVEN
    total: int | None = None
    confirms: str | None = None


def list_snapshot(one: AppliedList, roles: Roles, around: Surroundings) -> ListSnapshot:
    """The message."""
    fact, programme_list = one
    doubt = programme_list.doubt or around.proof.doubt_about(programme_list)
    counts = {role.value: len(roles.get(role, ())) for role in Role}
    return ListSnapshot(
        list_id=fact.list_id,
        revision=fact.revision,
        kind=ListKind.REVIEW if isinstance(fact, Review) else ListKind(fact.kind.value),
        batch=programme_list.batch,
        review_year=programme_list.review_year,
        stage=fact.stage,
        authority=fact.authority,
        published_on=fact.published_on,
        source=fact.source,
        complete=fact.complete,
        proves_absence=around.proof.proves(programme_list),
        doubt=doubt if fact.complete else None,
        expected_count=fact.expected_count,
        unread_rows=fact.unread_rows,
        names=programme_list.count,
        total=around.total,
        confirms=around.confirms,
        counts=ListCounts(**counts, unknown=max(0, programme_list.mentioned - len(named_companies(roles)))),
        came=_ids(roles, CAME),
        passed=_ids(roles, (Role.PASSED,)),
        left=_ids(roles, LEFT),
    )


def summary_of(snapshot: ListSnapshot) -> ListSummary:
    """The snapshot without the ids of companies."""
    return ListSummary.model_validate({name: getattr(snapshot, name) for name in ListSummary.model_fields})


def caveats_of_list(summary: ListSummary) -> tuple[Caveat, ...]:
    """What goes with news of a list."""
    notice = (Caveat.PROVISIONAL,) if summary.stage is Stage.PUBLIC_NOTICE else ()
    return (Caveat.NOT_MALIGN, *notice)


def sentence_of_list(
    kind: ListChangeKind, summary: ListSummary, moved: tuple[int, int], of_round: RoundSummary | None
) -> str:
    """The news in one sentence, such as "Zhejiang: batch 8 (public notice) published: 384 firms, 361 new".

    `moved` are companies added and dropped.
    """
    added, dropped = moved
    if of_round is not None:
        return _sentence_of_round(kind, of_round)
    who = authority(summary.authority).jurisdiction_en if summary.authority else "A national list"
    stage = " (public notice)" if summary.stage is Stage.PUBLIC_NOTICE else ""
    subject = f"{who}: {_subject(summary)}{stage}"
    match kind:
        case ListChangeKind.CONFIRMED:
            verb = f"confirms its notice, {added} added, {dropped} struck out"
        case ListChangeKind.REVISED:
            verb = f"revised, {added} added, {dropped} dropped"
        case _:
            verb = "published"
    return f"{subject} {verb}: {', '.join(_parts_of(summary))}."


def _subject(summary: ListSummary) -> str:
    if summary.batch is not None:
        return f"batch {summary.batch}"
    return f"review {summary.review_year}" if summary.review_year is not None else f"{summary.kind} list"


def _parts_of(summary: ListSummary) -> list[str]:
    counts, verb = summary.counts, "passed" if summary.review_year is not None else "firms"
    parts = [f"{summary.names} {verb}" if summary.names != 1 or verb == "passed" else "1 firm"]
    words = {
        "new": "new",
        "again": "designated again",
        "withdrawn": "overruled",
        "failed": "failed",
        "absent": "absent and without the title now",
        "absent_after_elevation": "absent after an elevation",
        "struck_out": "in the notice alone",
        "unknown": "of no known company",
    }
    parts += [f"{count} {word}" for name, word in words.items() if (count := getattr(counts, name))]
    expected = summary.expected_count
    if expected is not None and expected != summary.names:
        more = summary.names - expected
        parts.append(f"{abs(more)} {'more' if more > 0 else 'fewer'} than its count says")
    if summary.unread_rows:
        parts.append(f"{summary.unread_rows} rows not read")
    return parts


def _sentence_of_round(kind: ListChangeKind, of_round: RoundSummary) -> str:
    if kind is ListChangeKind.BATCH_COMPLETE:
        what = f"Batch {of_round.batch}" if of_round.batch is not None else f"Review {of_round.review_year}"
        return f"{what}: the lists of all authorities are there; {of_round.companies} companies."
    rate = "no rate" if of_round.removal_rate is None else f"{of_round.removal_rate:.1%} removed"
    return (
        f"Review {of_round.review_year}: {of_round.passed} passed, {of_round.removed} removed ({rate}), "
        f"{of_round.absent_after_elevation} absent after an elevation."
    )


def _ids(roles: Roles, wanted: Collection[Role]) -> tuple[str, ...]:
    return tuple(sorted({id_ for role in wanted for id_ in roles.get(role, ())})[:LIST_COMPANIES_MAX])
