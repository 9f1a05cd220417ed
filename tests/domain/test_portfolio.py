"""Which families belong to which companies, family by family and name by name (C-03, C-13)."""

from collections.abc import Iterable
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from giants.domain.events import Assignments, Delta, Family, Origin
from giants.domain.family_record import Assignees
from giants.domain.portfolio import Portfolio

ORIGIN = Origin(1_000)


class Index:
    """Which families carry a key, by looking at all of them."""

    def __init__(self) -> None:
        self.assignees: dict[str, Assignees] = {}

    def carry(self, family_id: str, before: Assignees | None, after: Assignees) -> None:
        assert self.assignees.get(family_id) == before
        self.assignees[family_id] = after

    def of(self, key: str) -> Iterable[str]:
        return [one for one, names in self.assignees.items() if any(key in keys for keys in names)]


def portfolio(**companies: str) -> Portfolio:
    return Portfolio({}, Index(), dict(companies))


def family(
    id_: str = "f1",
    version: int = 1,
    *,
    of: str = "a",
    symbols: tuple[str, ...] = ("G01S13/88",),
    withdrawn: bool = False,
    digest: int = 0,
    year: int = 0,
) -> Family:
    """A family whose assignees are divided by spaces, and the keys of one by `|`, most specific first."""
    assignees = tuple(tuple(keys.split("|")) for keys in of.split())
    return Family(id_, version, digest, assignees, symbols, withdrawn, ORIGIN, year)


def assigned(ref: str = "r-1", **companies: str | None) -> Assignments:
    return Assignments(dict(companies), "rename", ref, ORIGIN)


def moves(deltas: Iterable[Delta]) -> list[tuple[str, str, bool, bool]]:
    """Company, family, whether it was there, whether it is."""
    return [(one.company_id, one.family_id, one.before is not None, one.after is not None) for one in deltas]


def test_a_family_enters_the_portfolio_of_its_company_with_its_symbols_and_its_cause() -> None:
    (delta,) = portfolio(a="c1").apply_family(family("f1", 4, year=2024))
    assert (delta.company_id, delta.family_id, delta.version) == ("c1", "f1", 4)
    assert (delta.before, delta.after) == (None, ("G01S13/88",))
    assert (delta.before_year, delta.after_year) == (0, 2024)
    assert (delta.cause_kind, delta.cause_ref, delta.origin) == ("family", "f1@4", ORIGIN)


def test_a_family_counts_fully_for_each_of_its_companies() -> None:
    deltas = portfolio(a="c2", b="c3", c="c1").apply_family(family(of="a b c"))
    assert moves(deltas) == [(company, "f1", False, True) for company in ("c1", "c2", "c3")]


def test_a_family_counts_once_for_a_company_that_it_names_twice() -> None:
    deltas = portfolio(a="c1", b="c1").apply_family(family(of="a b"))
    assert moves(deltas) == [("c1", "f1", False, True)]


def test_the_most_specific_key_that_is_known_decides_whose_an_assignee_is() -> None:
    assert moves(portfolio(exact="c1", loose="c2").apply_family(family(of="exact|loose"))) == [
        ("c1", "f1", False, True)
    ]
    assert moves(portfolio(loose="c2").apply_family(family(of="exact|loose"))) == [("c2", "f1", False, True)]


def test_a_newer_version_takes_the_place_of_the_one_before() -> None:
    under = portfolio(a="c1")
    under.apply_family(family("f1", 1, symbols=("A", "B"), year=2020))
    (delta,) = under.apply_family(family("f1", 2, symbols=("B", "C"), year=2021))
    assert (delta.before, delta.after) == (("A", "B"), ("B", "C"))
    assert (delta.before_year, delta.after_year) == (2020, 2021)
    assert under.families["f1"].version == 2


def test_an_older_version_and_the_same_one_again_change_nothing() -> None:
    under = portfolio(a="c1")
    under.apply_family(family("f1", 2))
    assert under.apply_family(family("f1", 2)) == []
    assert under.apply_family(family("f1", 1, symbols=("X",))) == []
    assert under.families["f1"].symbols == ("G01S13/88",)


def test_of_two_contents_of_one_version_the_same_prevails_in_either_order() -> None:
    one, other = family(symbols=("A",), digest=1), family(symbols=("B",), digest=2)
    for first, second in permutations([one, other]):
        under = portfolio(a="c1")
        under.apply_family(first)
        under.apply_family(second)
        assert under.families["f1"].symbols == ("B",)


def test_a_version_that_changes_nothing_that_is_counted_is_kept_and_moves_nobody() -> None:
    under = portfolio(a="c1")
    under.apply_family(family("f1", 1, year=2020))
    assert under.apply_family(family("f1", 2, year=2020)) == []
    assert under.families["f1"].version == 2


def test_another_filing_year_alone_is_told() -> None:
    under = portfolio(a="c1")
    under.apply_family(family("f1", 1, year=2020))
    (delta,) = under.apply_family(family("f1", 2, year=2021))
    assert (delta.before_year, delta.after_year) == (2020, 2021)


def test_a_withdrawn_family_leaves_and_one_that_comes_back_enters() -> None:
    under = portfolio(a="c1")
    under.apply_family(family("f1", 1))
    assert moves(under.apply_family(family("f1", 2, withdrawn=True))) == [("c1", "f1", True, False)]
    assert moves(under.apply_family(family("f1", 3))) == [("c1", "f1", False, True)]


def test_a_family_that_changes_hands_leaves_one_company_and_enters_another() -> None:
    under = portfolio(a="c1", b="c2")
    under.apply_family(family("f1", 1, of="a"))
    assert moves(under.apply_family(family("f1", 2, of="b"))) == [
        ("c1", "f1", True, False),
        ("c2", "f1", False, True),
    ]


def test_a_family_of_nobody_waits_for_its_company() -> None:
    under = portfolio()
    assert under.apply_family(family(year=2019)) == []
    (delta,) = under.apply_assignments(assigned(a="c1"))
    assert (delta.company_id, delta.before, delta.after) == ("c1", None, ("G01S13/88",))
    assert (delta.after_year, delta.version) == (2019, 1)
    assert (delta.cause_kind, delta.cause_ref) == ("rename", "r-1")


def test_a_name_that_changes_hands_moves_its_families_in_the_order_of_their_ids() -> None:
    under = portfolio(a="c2")
    ids = [f"f{number}" for number in range(10)]
    for id_ in reversed(ids):
        under.apply_family(family(id_))
    deltas = under.apply_assignments(assigned(a="c1"))
    assert moves(deltas) == [
        (company, id_, is_left, not is_left)
        for id_ in ids
        for company, is_left in (("c1", False), ("c2", True))
    ]


def test_a_name_that_becomes_nobodys_lets_its_families_wait() -> None:
    under = portfolio(a="c1")
    under.apply_family(family())
    assert moves(under.apply_assignments(assigned(a=None))) == [("c1", "f1", True, False)]
    assert "a" not in under.companies


def test_companies_that_merge_count_a_common_family_once() -> None:
    under = portfolio(a="c1", b="c2")
    under.apply_family(family("f1", of="a b"))
    under.apply_family(family("f2", of="b"))
    assert moves(under.apply_assignments(assigned(b="c1"))) == [
        ("c2", "f1", True, False),
        ("c1", "f2", False, True),
        ("c2", "f2", True, False),
    ]


def test_a_family_moves_with_the_names_of_its_newest_version_alone() -> None:
    under = portfolio()
    under.apply_family(family("f1", 1, of="a"))
    under.apply_family(family("f1", 2, of="b"))
    assert under.apply_assignments(assigned(a="c1")) == []
    assert moves(under.apply_assignments(assigned(b="c1"))) == [("c1", "f1", False, True)]


def test_an_assignment_that_is_known_moves_nobody() -> None:
    under = portfolio(a="c1")
    under.apply_family(family())
    assert under.apply_assignments(assigned(a="c1", unheard="c9")) == []
    assert under.companies["unheard"] == "c9"


def test_a_withdrawn_family_moves_with_no_name() -> None:
    under = portfolio(a="c1")
    under.apply_family(family(withdrawn=True))
    assert under.apply_assignments(assigned(a="c2")) == []


def test_a_more_specific_name_takes_a_family_from_the_company_of_the_looser_one() -> None:
    under = portfolio(loose="c1")
    under.apply_family(family(of="exact|loose"))
    assert moves(under.apply_assignments(assigned(exact="c2"))) == [
        ("c1", "f1", True, False),
        ("c2", "f1", False, True),
    ]


FACTS = st.lists(
    st.builds(
        family,
        st.sampled_from(["f1", "f2"]),
        st.integers(1, 3),
        of=st.sampled_from(["a", "b", "a b", "b|a"]),
        symbols=st.sampled_from([(), ("A",), ("A", "B")]),
        withdrawn=st.booleans(),
        digest=st.integers(0, 3),
        year=st.sampled_from([0, 2020]),
    )
    | st.builds(
        lambda key, company: Assignments({key: company}, "rename", "r", ORIGIN),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["c1", "c2", None]),
    ),
    max_size=15,
)


@given(FACTS)
def test_deltas_add_up_to_the_families_that_each_company_has(facts: list[Family | Assignments]) -> None:
    under = portfolio()
    counted: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    newest: dict[str, Family] = {}
    names: dict[str, str | None] = {}
    for fact in facts:
        if isinstance(fact, Family):
            known = newest.get(fact.family_id)
            if known is None or (fact.version, fact.digest) > (known.version, known.digest):
                newest[fact.family_id] = fact
            deltas = under.apply_family(fact)
        else:
            names |= fact.companies
            deltas = under.apply_assignments(fact)
        for delta in deltas:
            place = (delta.company_id, delta.family_id)
            assert counted.pop(place, (0, None)) == (delta.before_year, delta.before)
            if delta.after is not None:
                counted[place] = delta.after_year, delta.after
    expected = {
        (company, one.family_id): (one.filed_year, one.symbols)
        for one in newest.values()
        if not one.withdrawn
        for keys in one.assignees
        if (company := next((names[key] for key in keys if names.get(key)), None)) is not None
    }
    assert counted == expected
