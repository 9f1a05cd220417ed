"""The fold against the batch computation, over random histories (design invariants 1, 2 and 6)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from giants.domain.names import normal_form
from giants.domain.registry import (
    Finding,
    FindingCode,
    Outcome,
    Place,
    Recomputation,
    Registry,
    recompute_all,
)
from schemas.changes import CompanySnapshot, CompanyState, ListSnapshot, StatusChange
from schemas.facts import Announcement, ProgrammeFact, Review
from schemas.notes import CompanyLink, CompanyOwnership, CompanyTag
from tests.domain.registry.strategies import histories

PLACE = Place(datetime(2026, 1, 5, 12, tzinfo=UTC))


def fold(facts: Iterable[ProgrammeFact]) -> tuple[Registry, list[Outcome]]:
    registry = Registry()
    return registry, [registry.apply(fact, PLACE) for fact in facts]


def state(of: Registry | Recomputation) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    companies = {id_: one.model_dump_json() for id_, one in of.snapshots().items()}
    lists = {id_: one.model_dump_json() for id_, one in of.list_snapshots().items()}
    return companies, of.assignments(), lists


@given(histories())
@settings(max_examples=60, deadline=None)
def test_after_every_fact_the_fold_equals_the_batch_computation_byte_for_byte(
    history: Sequence[ProgrammeFact],
) -> None:
    registry = Registry()
    for count, fact in enumerate(history, 1):
        registry.apply(fact, PLACE)
        expected = recompute_all(history[:count])
        assert state(registry) == state(expected)
        assert registry.findings() == expected.findings()


@given(st.data(), histories())
@settings(max_examples=50, deadline=None)
def test_order_and_repetition_make_no_difference(
    data: st.DataObject, history: Sequence[ProgrammeFact]
) -> None:
    shuffled = data.draw(st.permutations([*history, *history]))
    one, other = fold(history)[0], fold(shuffled)[0]
    assert state(one) == state(other)
    assert one.findings() == other.findings()


@given(histories())
@settings(max_examples=60, deadline=None)
def test_status_changes_of_every_company_form_one_chain_that_ends_in_its_snapshot(
    history: Sequence[ProgrammeFact],
) -> None:
    registry, outcomes = fold(history)
    last: dict[str, StatusChange] = {}
    for outcome in outcomes:
        for change in outcome.changes:
            before = last.get(change.company_id)
            assert change.seq == (before.seq + 1 if before else 1)
            assert change.previous == (before.current if before else None)
            assert change.previous is not None or change.current is not None
            last[change.company_id] = change
    snapshots = registry.snapshots()
    assert {id_ for id_, change in last.items() if change.current} == set(snapshots)
    assert {id_: last[id_].current for id_ in snapshots} == {
        id_: CompanyState(status=one.status, tier=one.tier, name=one.name) for id_, one in snapshots.items()
    }
    assert len({change.id for outcome in outcomes for change in outcome.changes}) == sum(
        len(outcome.changes) for outcome in outcomes
    )


@given(histories())
@settings(max_examples=50, deadline=None)
def test_news_of_every_list_is_numbered_and_tells_of_a_list_that_counts(
    history: Sequence[ProgrammeFact],
) -> None:
    _, outcomes = fold(history)
    seqs: Counter[str] = Counter()
    ids: set[str] = set()
    for change in (change for outcome in outcomes for change in outcome.list_changes):
        seqs[change.list_id] += 1
        assert change.seq == seqs[change.list_id]
        assert change.summary.list_id == change.list_id
        assert (change.round is None) is (change.kind not in {"batch-complete", "attrition"})
        assert change.text.endswith(".")
        ids.add(change.id)
    assert len(ids) == seqs.total()


@given(histories())
@settings(max_examples=50, deadline=None)
def test_what_is_emitted_adds_up_to_the_state(history: Sequence[ProgrammeFact]) -> None:
    registry, outcomes = fold(history)
    snapshots: dict[str, CompanySnapshot | None] = {}
    assignments: dict[str, str | None] = {}
    lists: dict[str, ListSnapshot | None] = {}
    for outcome in outcomes:
        snapshots |= outcome.snapshots
        lists |= outcome.lists
        assignments |= outcome.assignments
    assert {id_: one for id_, one in snapshots.items() if one} == registry.snapshots()
    assert {key: id_ for key, id_ in assignments.items() if id_} == registry.assignments()
    assert {id_: one for id_, one in lists.items() if one} == registry.list_snapshots()
    findings: set[Finding] = set()
    for outcome in outcomes:
        assert findings.isdisjoint(outcome.findings)
        assert findings.issuperset(outcome.settled)
        findings = (findings | set(outcome.findings)) - set(outcome.settled)
    assert findings == set(registry.findings())


@given(histories())
@settings(max_examples=50, deadline=None)
def test_no_status_is_without_a_fact_or_a_day_that_caused_it(history: Sequence[ProgrammeFact]) -> None:
    refs = {f"{fact.list_id}@{fact.revision}" for fact in history if isinstance(fact, Announcement | Review)}
    registry, _ = fold(history)
    for snapshot in registry.snapshots().values():
        assert snapshot.timeline
        for spell in snapshot.timeline:
            if spell.cause.kind == "day":
                assert date.fromisoformat(spell.cause.ref) == spell.since
            else:
                assert spell.cause.ref in refs
        assert [spell.since for spell in snapshot.timeline] == sorted(
            spell.since for spell in snapshot.timeline
        )
        assert snapshot.status is snapshot.timeline[-1].status
        assert snapshot.since <= snapshot.timeline[-1].since


@given(histories())
@settings(max_examples=60, deadline=None)
def test_two_names_of_one_list_are_never_one_company(history: Sequence[ProgrammeFact]) -> None:
    registry, _ = fold(history)
    owner = {normal_form(use.name): id_ for id_, one in registry.snapshots().items() for use in one.names}
    newest: dict[str, Announcement | Review] = {}
    for fact in history:
        if isinstance(fact, Announcement | Review):
            key = f"{type(fact).__name__} {fact.list_id}"
            known = newest.get(key)
            if known is None or (fact.revision, fact.model_dump_json()) > (
                known.revision,
                known.model_dump_json(),
            ):
                newest[key] = fact
    for one in newest.values():
        forms = {normal_form(name) for name in _names(one)}
        owners = [owner[form] for form in forms if form in owner]
        assert len(owners) == len(set(owners))


Note = CompanyTag | CompanyLink | CompanyOwnership


def _names(fact: Announcement | Review) -> list[str]:
    if isinstance(fact, Review):
        return [*(one.name for one in fact.passed), *(one.name for one in fact.failed)]
    return [entry.name for entry in fact.entries]


@given(histories())
@settings(max_examples=60, deadline=None)
def test_tags_and_links_that_were_announced_and_not_taken_back_are_those_of_the_snapshot(
    history: Sequence[ProgrammeFact],
) -> None:
    registry, outcomes = fold(history)
    told: dict[str, dict[str, Note]] = {}
    for change in (change for outcome in outcomes for change in outcome.changes):
        held = told.setdefault(change.company_id, {})
        note = change.tag or change.link or change.ownership
        if change.current is None:
            held.clear()
        elif change.kind in {"tagged", "linked"}:
            assert note is not None
            held[note.record_id] = note
        elif change.kind in {"untagged", "unlinked"}:
            assert note is not None
            assert held.pop(note.record_id).on == note.on
        else:
            assert note is None
    for id_, snapshot in registry.snapshots().items():
        notes: tuple[Note, ...] = (*snapshot.tags, *snapshot.links, *snapshot.ownership)
        shown = {note.record_id: note for note in notes}
        assert told[id_].keys() == shown.keys()
        for record_id, note in told[id_].items():
            now: dict[str, str | None] = {"ref": shown[record_id].ref}
            if isinstance(latest := shown[record_id], CompanyOwnership):
                now["other_id"] = latest.other_id  # who bears the other name is no news of this company
            assert note.model_copy(update=now) == latest


@given(histories(), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_folding_a_part_again_in_silence_leads_to_the_same_changes_after_it(
    history: Sequence[ProgrammeFact], cut: int
) -> None:
    first, outcomes = fold(history)
    second = Registry()
    for fact in history[:cut]:
        second.replay(fact, PLACE)
    assert [second.apply(fact, PLACE) for fact in history[cut:]] == outcomes[cut:]
    assert state(first) == state(second)


@given(histories())
@settings(max_examples=30, deadline=None)
def test_facts_that_are_known_change_nothing(history: Sequence[ProgrammeFact]) -> None:
    registry, _ = fold(history)
    before = state(registry)
    for fact in history:
        outcome = registry.apply(fact, PLACE)
        assert outcome.snapshots == {}
        assert outcome.changes == ()
        assert outcome.assignments == {}
    assert state(registry) == before


@given(histories(), st.dates(date(2019, 1, 1), date(2029, 1, 1)))
@settings(max_examples=60, deadline=None)
def test_the_status_on_a_past_day_is_that_of_the_timeline_and_of_the_batch(
    history: Sequence[ProgrammeFact], day: date
) -> None:
    registry, _ = fold(history)
    expected = recompute_all(history)
    for id_, snapshot in registry.snapshots().items():
        turn = registry.as_of(id_, day)
        assert turn == expected.as_of(id_, day)
        spells = [spell for spell in snapshot.timeline if spell.since <= day]
        assert (turn.status if turn else None) == (spells[-1].status if spells else None)


def merges(history: Sequence[ProgrammeFact]) -> bool:
    return any(change.merged_into for outcome in fold(history)[1] for change in outcome.changes)


def holds_a_split_key(history: Sequence[ProgrammeFact]) -> bool:
    return any(key.startswith("=") for key in fold(history)[0].assignments())


def corrects_what_was_said(history: Sequence[ProgrammeFact]) -> bool:
    changes = (change for outcome in fold(history)[1] for change in outcome.changes)
    return any((change.reason or "").startswith("corrected:") for change in changes)


def has_a_tag_that_waited_for_its_company(history: Sequence[ProgrammeFact]) -> bool:
    return any(
        change.kind == "tagged" and change.cause.kind != "tag"
        for outcome in fold(history)[1]
        for change in outcome.changes
    )


def has_a_stray_tag(history: Sequence[ProgrammeFact]) -> bool:
    return any("no one company" in finding.detail for finding in fold(history)[0].findings())


def has_code(code: FindingCode) -> Callable[[Sequence[ProgrammeFact]], bool]:
    def corner(history: Sequence[ProgrammeFact]) -> bool:
        return any(finding.code is code for finding in fold(history)[0].findings())

    return corner


def takes_a_day_back(history: Sequence[ProgrammeFact]) -> bool:
    days = [outcome.today for outcome in fold(history)[1] if outcome.day_moved]
    return any(after is None or (before and after < before) for before, after in pairwise(days))


@pytest.mark.parametrize(
    "corner",
    [
        takes_a_day_back,
        has_code(FindingCode.IMPLAUSIBLE_DAY),
        has_code(FindingCode.DATE_TO_COME),
        has_code(FindingCode.TOTAL_MISMATCH),
        has_code(FindingCode.UNREAD_ROWS),
        merges,
        holds_a_split_key,
        corrects_what_was_said,
        has_a_tag_that_waited_for_its_company,
        has_a_stray_tag,
    ],
)
def test_the_histories_reach_the_corners(corner: Callable[[Sequence[ProgrammeFact]], bool]) -> None:
    without_shrinking = settings(max_examples=5_000, database=None, phases=[Phase.generate])
    assert corner(find(histories(), corner, settings=without_shrinking))
