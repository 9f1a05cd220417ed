"""Which families carry a name: the index, in memory and on the disk, against looking at all of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.portfolio_state import AssigneeIndexInMemory, AssigneeIndexOnDisk, EntriesInMemory, FamiliesState
from giants.domain.family_record import FamilyRecord
from giants.domain.portfolio import Portfolio
from streams.local_state import StateDirectory
from tests.streams.disk import MemoryDisk

KEYS = ("甲", "乙", "丙", "丁")
FAMILIES = ("f1", "f2", "f3")
ASSIGNEES = st.lists(st.lists(st.sampled_from(KEYS), min_size=1, max_size=2).map(tuple), max_size=2).map(
    tuple
)
# A family gets these assignees, or somebody asks for a key.
STEPS = st.lists(st.tuples(st.sampled_from(FAMILIES), ASSIGNEES) | st.sampled_from(KEYS), max_size=20)


@pytest.mark.parametrize("on_disk", [False, True])
@given(steps=STEPS)
def test_whoever_asks_gets_the_families_that_carry_the_key_now(
    steps: list[str | tuple[str, tuple[tuple[str, ...], ...]]], on_disk: bool
) -> None:
    portfolio = on_the_disk() if on_disk else in_memory()
    for number, step in enumerate(steps):
        if isinstance(step, str):
            expected = {
                family_id
                for family_id, record in portfolio.families.items()
                if any(step in keys for keys in record.assignees)
            }
            assert set(portfolio.assignee_index.of(step)) == expected
        else:
            family_id, assignees = step
            portfolio.keep_family(family_id, FamilyRecord(number, 0, assignees, (), withdrawn=False))


def in_memory() -> Portfolio:
    families = FamiliesState(EntriesInMemory())
    return Portfolio(families, AssigneeIndexInMemory(families))


def on_the_disk() -> Portfolio:
    copy = StateDirectory(MemoryDisk()).of("state", 0)
    return Portfolio(FamiliesState(copy), AssigneeIndexOnDisk(copy))
