"""The memory of judgements: the same in any order, across merges, and quiet until something new speaks."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.counterparties.memory import Judged, JudgementMemory, ScoreClass, score_class
from giants.matching import Thresholds
from schemas.portfolios import Judgement, JudgementVerdict
from tests.counterparties.samples import candidate, judgement

THRESHOLDS = Thresholds()
REJECTED, CONFIRMED, UNSURE = (
    JudgementVerdict.REJECTED,
    JudgementVerdict.CONFIRMED,
    JudgementVerdict.UNSURE,
)
IDS = ("c1", "c2", "c3")
judgements = st.builds(
    judgement,
    st.sampled_from(JudgementVerdict),
    st.sampled_from(("e1", "e2")),
    st.sampled_from(IDS),
    st.integers(0, 3),
)


def memory_of(history: Sequence[Judgement]) -> JudgementMemory:
    memory = JudgementMemory()
    for one in history:
        memory.put(one)
    return memory


@given(st.lists(judgements, max_size=12), st.data())
def test_order_and_repetition_make_no_difference(history: list[Judgement], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations([*history, *history[:3]]))
    first, second = memory_of(history), memory_of(shuffled)
    for entry in ("e1", "e2"):
        for ids in (IDS[:1], IDS[1:], IDS):
            assert first.find(entry, ids) == second.find(entry, ids)
            assert list(first.confirmed(ids)) == list(second.confirmed(ids))


@given(st.lists(judgements, max_size=12))
def test_what_counts_of_a_pair_is_its_latest_judgement(history: list[Judgement]) -> None:
    memory = memory_of(history)
    of_pair = [one for one in history if one.entry_id == "e1" and one.company_id == "c1"]
    latest = max(of_pair, key=lambda one: (one.at, one.judgement_id), default=None)
    found = memory.find("e1", ("c1",))
    assert (found and found.verdict) == (latest and latest.verdict)


@given(st.lists(judgements, max_size=12))
def test_a_merged_company_has_the_latest_of_all_its_ids(history: list[Judgement]) -> None:
    memory = memory_of(history)
    merged = memory.find("e1", IDS)
    alone = [found for id_ in IDS if (found := memory.find("e1", (id_,))) is not None]
    assert merged == max(alone, key=lambda one: one.precedence, default=None)
    is_confirmed = merged is not None and merged.verdict is CONFIRMED
    assert ("e1" in memory.confirmed(IDS)) == is_confirmed


@given(st.floats(0, 1), st.floats(0, 1), st.booleans(), st.booleans())
def test_a_rejected_pair_speaks_again_with_a_code_or_a_higher_class_alone(
    before: float, after: float, had_uscc: bool, has_uscc: bool
) -> None:
    one = judgement(REJECTED)
    assert one.evidence is not None
    evidence = one.evidence.model_copy(update={"score": before, "uscc": had_uscc})
    judged = Judged.of(one.model_copy(update={"evidence": evidence}))
    rises = score_class(after, THRESHOLDS) > score_class(before, THRESHOLDS)
    news = judged.new_evidence(candidate(after, uscc=has_uscc), THRESHOLDS)
    assert (news is not None) == (rises or (has_uscc and not had_uscc))


@pytest.mark.parametrize(
    ("matched", "asked", "expected"),
    [
        ("甲", "甲", None),
        ("乙", "甲", "a new name of the company: 乙"),
        ("甲", "丙", "a new name of the entry: 丙"),
    ],
)
def test_a_new_name_speaks_for_a_rejected_pair(matched: str, asked: str, expected: str | None) -> None:
    found = candidate(0.8, matched=matched, asked=asked)
    assert Judged.of(judgement(REJECTED)).new_evidence(found, THRESHOLDS) == expected


def test_without_evidence_only_the_code_speaks() -> None:
    judged = Judged.of(judgement(REJECTED, evidence=None))
    assert judged.new_evidence(candidate(1.0, matched="乙"), THRESHOLDS) is None
    assert judged.new_evidence(candidate(0.7, uscc=True), THRESHOLDS) is not None


def test_a_score_at_a_threshold_is_in_the_class_above_it() -> None:
    assert [score_class(score, THRESHOLDS) for score in (0.69, 0.7, 0.9)] == list(ScoreClass)
