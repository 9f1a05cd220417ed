"""Which companies the names of watchlists mean, kept up to date as companies and watchlists come and go.

Changes are many and names few, so a name is matched when it or a company that may be meant by it changes,
and a change of a company looks up what is known. What a name comes to among all companies is what screening
says.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Final

from giants.matching import Company, CompanyIndex, Draft, EntryIndex, Matcher, Query, Thresholds
from giants.matching.matcher import MARGIN_MIN
from giants.matching.near import near_names

CANDIDATES_MAX: Final = 20


class WatchedNames:
    """Names of watchlists and the companies that they mean. `index` holds all companies."""

    def __init__(self, index: CompanyIndex, thresholds: Thresholds) -> None:
        self._index: Final = index
        self._matcher: Final = Matcher(index, thresholds)
        # A company below this neither is meant by a name nor makes it ambiguous.
        lowest = max(thresholds.review, thresholds.match - MARGIN_MIN)
        self._near: Final = Thresholds(thresholds.match, lowest)
        self._entries: Final = EntryIndex()
        self._lists: dict[str, tuple[str, ...]] = {}
        self._lists_changed: dict[str, None] = {}
        self._companies_changed: dict[str, None] = {}
        self._holders: Counter[str] = Counter()
        self._unmatched: dict[str, None] = {}
        self._meant: dict[str, str] = {}
        self._near_of: dict[str, tuple[str, ...]] = {}
        self._names_near: defaultdict[str, set[str]] = defaultdict(set)

    def __bool__(self) -> bool:
        return bool(self._holders)

    def watch(self, watchlist_id: str, names: tuple[str, ...]) -> None:
        """Follow the names of a watchlist in place of those that it had."""
        before = self._lists.get(watchlist_id, ())
        if names == before:
            return
        self._lists[watchlist_id] = names
        if not names:
            del self._lists[watchlist_id]
        self._lists_changed[watchlist_id] = None
        for name in names:
            if not self._holders[name]:
                self._unmatched[name] = None
            self._holders[name] += 1
        for name in before:
            self._holders[name] -= 1
            if not self._holders[name]:
                del self._holders[name]
                self._forget(name)

    def company_changed(self, company_id: str) -> None:
        """Note that the index holds another company by this id than before, or none any more."""
        if self._holders:
            self._companies_changed[company_id] = None

    def names_of(self, company_id: str) -> frozenset[str]:
        """The names that mean a company."""
        near = self._names_near.get(company_id, ())
        return frozenset(name for name in near if self._meant.get(name) == company_id)

    def settle(self) -> Iterator[None]:
        """Match what has changed, one step after the other: each takes some tenths of a millisecond."""
        while self._lists_changed:
            watchlist_id = next(iter(self._lists_changed))
            del self._lists_changed[watchlist_id]
            draft = Draft()
            for name in self._lists.get(watchlist_id, ()):
                draft.add(Query(name))
                yield
            self._entries.put(watchlist_id, draft)
        if len(self._companies_changed) >= len(self._holders):
            # To ask for every name once costs less than to look from every company for its names.
            self._companies_changed.clear()
            self._unmatched.update(dict.fromkeys(self._holders))
        while self._companies_changed:
            company_id = next(iter(self._companies_changed))
            del self._companies_changed[company_id]
            self._look_again(company_id)
            yield
        while self._unmatched:
            name = next(iter(self._unmatched))
            del self._unmatched[name]
            self._match(name)
            yield

    def _look_again(self, company_id: str) -> None:
        """Have the names matched again that a company was near to, or is now."""
        self._unmatched.update(dict.fromkeys(self._names_near.get(company_id, ())))
        company = self._index.company(company_id)
        if company is not None:
            self._unmatched.update(dict.fromkeys(self._near_names(company)))

    def _near_names(self, company: Company) -> Iterator[str]:
        found = near_names(self._entries, self._index.alone(company), self._near, self._query_at)
        return (query.name for _, _, query in found)

    def _query_at(self, watchlist_id: str, place: int) -> Query | None:
        """A name that is not to be matched again anyway; the index may lag behind the lists."""
        names = self._lists.get(watchlist_id, ())
        return Query(names[place]) if place < len(names) and names[place] not in self._unmatched else None

    def _match(self, name: str) -> None:
        self._forget(name)
        if name not in self._holders:
            return
        answer = self._matcher.match(Query(name), CANDIDATES_MAX)
        near = tuple(one.company_id for one in answer.candidates if one.score >= self._near.review)
        self._near_of[name] = near
        for company_id in near:
            self._names_near[company_id].add(name)
        if answer.match is not None:
            self._meant[name] = answer.match.company_id

    def _forget(self, name: str) -> None:
        """Forget what a name was matched with."""
        self._meant.pop(name, None)
        for company_id in self._near_of.pop(name, ()):
            self._names_near[company_id].discard(name)
            if not self._names_near[company_id]:
                del self._names_near[company_id]
