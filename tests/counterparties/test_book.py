"""Portfolios in force, whatever the order of their records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.counterparties.book import PortfolioBook
from giants.counterparties.errors import PortfoliosFullError
from giants.matching import Company, EntryIndex, OneCompany
from schemas.portfolios import JudgementVerdict, PortfolioEntries
from tests.counterparties.samples import judgement, part

PARTS = (
    part("甲一有限公司", revision=1),
    part("甲二有限公司", revision=2, number=1, parts=2),
    part("甲三有限公司", revision=2, number=2, parts=2),
    part("甲四有限公司", revision=3, number=1, parts=2),
)


def settled(book: PortfolioBook) -> PortfolioBook:
    for _ in book.settle():
        pass
    return book


def names(book: PortfolioBook) -> list[str]:
    found = book.get("p")
    return [] if found is None else [entry.name for entry in found.entries]


@given(st.lists(st.sampled_from(PARTS), max_size=6), st.permutations(PARTS))
def test_the_highest_whole_revision_is_in_force_in_any_order(
    before: list[PortfolioEntries], rest: list[PortfolioEntries]
) -> None:
    book = PortfolioBook(EntryIndex())
    for at_ms, one in enumerate([*before, *rest]):
        book.take_entries(one, at_ms)
    assert names(book) == ["甲三有限公司", "甲二有限公司"]
    assert book.entries == 2


def test_an_entry_is_as_old_as_its_names() -> None:
    book = PortfolioBook(EntryIndex())
    book.take_entries(part("甲有限公司", "乙有限公司", revision=1), 100)
    renamed = part("乙有限公司", "丙有限公司", revision=2)
    book.take_entries(renamed, 200)
    found = book.get("p")
    assert found is not None
    seen = {entry.name: found.entries.first_seen_ms(place) for place, entry in enumerate(found.entries)}
    assert seen == {"乙有限公司": 100, "丙有限公司": 200}
    assert found.entries.place_of("乙有限公司") is not None
    assert found.entries.place_of("甲有限公司") is None


@given(st.permutations(range(4)))
def test_a_deletion_takes_what_came_before_it_in_any_order(order: list[int]) -> None:
    book = PortfolioBook(EntryIndex())
    steps = (
        lambda: book.take_entries(part("甲有限公司", revision=1), 100),
        lambda: book.take_judgement(judgement(JudgementVerdict.REJECTED), 110),
        lambda: book.take_deletion("p", 150),
        lambda: book.take_judgement(judgement(JudgementVerdict.CONFIRMED, company_id="d"), 160),
    )
    for step in order:
        steps[step]()
    assert names(book) == []
    assert book.entries == 0
    assert book.memory("p").find("e", ("c",)) is None
    assert book.memory("p").find("e", ("d",)) is not None


def test_a_list_may_come_again_after_its_deletion() -> None:
    index = EntryIndex()
    book = PortfolioBook(index)
    company = Company("c", ("宁波星野气动机械有限公司",))
    book.take_entries(part(company.names[0], revision=1), 100)
    assert list(index.candidates(OneCompany(company))) == []
    settled(book)
    assert list(index.candidates(OneCompany(company))) == [("portfolio:p", 0)]
    book.take_deletion("p", 150)
    assert list(settled(book)._index.candidates(OneCompany(company))) == []
    book.take_entries(part(company.names[0], revision=1), 200)
    settled(book)
    assert list(index.candidates(OneCompany(company))) == [("portfolio:p", 0)]


def test_what_does_not_fit_leaves_the_list_before_in_force() -> None:
    book = PortfolioBook(EntryIndex(), entries_max=2)
    book.take_entries(part("甲有限公司", revision=1), 1)
    with pytest.raises(PortfoliosFullError, match="got 3 entries in all portfolios, expected at most 2"):
        book.take_entries(part("乙有限公司", "丙有限公司", "丁有限公司", revision=2), 2)
    assert names(book) == ["甲有限公司"]
