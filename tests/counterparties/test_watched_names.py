"""Names of watchlists: what is kept of them is what matching all of them anew would say."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from giants.counterparties.watched_names import WatchedNames
from giants.matching import Company, CompanyIndex, Matcher, Query, Thresholds

# Names that are the same, near each other, of another place, and in Latin letters.
NAMES = (
    "宁波星野气动机械有限公司",
    "宁波星野气动机械股份有限公司",
    "星野气动机械有限公司",
    "上海星野气动机械有限公司",
    "宁波星也气动机械有限公司",
    "寧波星野氣動機械有限公司",
    "上海华灿光电科技有限公司",
    "Ningbo Xingye Pneumatic Machinery Co., Ltd.",
    "Huacan Optoelectronics",
)
THRESHOLDS = Thresholds()


class Names(RuleBasedStateMachine):
    """Companies and watchlists come, change and go in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.index = CompanyIndex()
        self.watched = WatchedNames(self.index, THRESHOLDS)
        self.lists: dict[str, tuple[str, ...]] = {}

    @rule(
        company_id=st.sampled_from("abc"),
        names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True),
    )
    def put(self, company_id: str, names: list[str]) -> None:
        self.index.put(Company(company_id, tuple(names)))
        self.watched.company_changed(company_id)

    @rule(company_id=st.sampled_from("abc"))
    def remove(self, company_id: str) -> None:
        self.index.remove(company_id)
        self.watched.company_changed(company_id)

    @rule(watchlist_id=st.sampled_from("xy"), names=st.lists(st.sampled_from(NAMES), max_size=4))
    def watch(self, watchlist_id: str, names: list[str]) -> None:
        self.lists[watchlist_id] = tuple(names)
        self.watched.watch(watchlist_id, tuple(names))

    @rule(steps=st.integers(0, 3))
    def begin(self, steps: int) -> None:
        """Settle a little, so that the rest meets what comes next."""
        for _ in zip(self.watched.settle(), range(steps), strict=False):
            pass

    @invariant()
    def is_what_matching_anew_says(self) -> None:
        for _ in self.watched.settle():
            pass
        matcher = Matcher(self.index, THRESHOLDS)
        names = {name for names in self.lists.values() for name in names}
        assert bool(self.watched) == bool(names)
        meant = {name: match.company_id for name in names if (match := matcher.match(Query(name)).match)}
        for company_id in "abc":
            expected = {name for name, found in meant.items() if found == company_id}
            assert self.watched.names_of(company_id) == expected


class NamesSettledLate(Names):
    """The same, settled when somebody asks, which is seldom."""

    changes = 0

    @invariant()
    def is_what_matching_anew_says(self) -> None:
        self.changes += 1
        if self.changes % 4 == 0:
            super().is_what_matching_anew_says()


TestNames = Names.TestCase
TestNames.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestNamesSettledLate = NamesSettledLate.TestCase
TestNamesSettledLate.settings = TestNames.settings
