"""All portfolios as they are in force, from the records of their topic.

Parts may come in any order and more than once: the highest revision whose parts are all there is in force. A
deletion takes away whatever came before it, entries and judgements. The names of what changed are indexed by
`settle`, a little at a time, since a large list takes seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from giants.counterparties.entries import EntryTable, PackedEntry
from giants.counterparties.errors import PortfoliosFullError
from giants.counterparties.memory import JudgementMemory
from giants.matching import Draft, EntryIndex
from schemas.codes import ChangeKind
from schemas.portfolios import PORTFOLIO_ENTRIES_MAX, Judgement, PortfolioEntries

ENTRIES_MAX: Final = 2_000_000
# Revisions of a portfolio that wait for parts; of more the lowest are forgotten.
WAITING_REVISIONS_MAX: Final = 3
NAMES_AT_ONCE: Final = 10
GROUP_PREFIX: Final = "portfolio:"


@dataclass(slots=True)
class PortfolioInForce:
    """A list of counterparties as it counts now; `owner` is who sees its alerts."""

    portfolio_id: str
    owner: str
    name: str | None
    revision: int
    events: frozenset[ChangeKind]
    entries: EntryTable
    seen_ms: int


@dataclass(slots=True)
class _Portfolio:
    in_force: PortfolioInForce | None = None
    waiting: dict[int, dict[int, tuple[int, PortfolioEntries]]] = field(default_factory=dict)
    memory: JudgementMemory = field(default_factory=JudgementMemory)
    judged: dict[str, tuple[int, Judgement]] = field(default_factory=dict)
    deleted_ms: int = -1


class PortfolioBook:
    """Portfolios and judgements; `index` may hold other names too, in groups without `GROUP_PREFIX`."""

    def __init__(self, index: EntryIndex, entries_max: int = ENTRIES_MAX) -> None:
        self._index: Final = index
        self._entries_max: Final = entries_max
        self._portfolios: dict[str, _Portfolio] = {}
        self._confirmable: dict[str, set[str]] = {}
        self._changed: dict[str, None] = {}
        self._entries = 0

    def __len__(self) -> int:
        return sum(one.in_force is not None for one in self._portfolios.values())

    @property
    def entries(self) -> int:
        """How many entries all lists in force have."""
        return self._entries

    def get(self, portfolio_id: str) -> PortfolioInForce | None:
        """A portfolio as it is in force."""
        found = self._portfolios.get(portfolio_id)
        return None if found is None else found.in_force

    def memory(self, portfolio_id: str) -> JudgementMemory:
        """What was judged in a portfolio."""
        found = self._portfolios.get(portfolio_id)
        return JudgementMemory() if found is None else found.memory

    def portfolios_of(self, company_ids: tuple[str, ...]) -> list[str]:
        """Portfolios in force in which something was judged of a company, sorted."""
        found = {one for id_ in company_ids for one in self._confirmable.get(id_, ())}
        return sorted(one for one in found if self.get(one) is not None)

    def take_entries(self, part: PortfolioEntries, at_ms: int) -> bool:
        """Take a part in; whether a revision is in force by it.

        Raises `PortfoliosFullError`, and then what was in force before stays so.
        """
        portfolio = self._portfolios.setdefault(part.portfolio_id, _Portfolio())
        current = portfolio.in_force.revision if portfolio.in_force is not None else -1
        if at_ms <= portfolio.deleted_ms or part.revision <= current:
            return False
        parts = portfolio.waiting.setdefault(part.revision, {})
        parts[part.part] = (at_ms, part)
        if set(parts) != set(range(1, part.parts + 1)):
            while len(portfolio.waiting) > WAITING_REVISIONS_MAX:
                del portfolio.waiting[min(portfolio.waiting)]
            return False
        if {one.parts for _, one in parts.values()} != {part.parts}:
            return False
        self._put_in_force(portfolio, parts)
        return True

    def take_deletion(self, portfolio_id: str, at_ms: int) -> None:
        """Forget a portfolio and its judgements; one that is not known is no error."""
        portfolio = self._portfolios.setdefault(portfolio_id, _Portfolio())
        if at_ms <= portfolio.deleted_ms:
            return
        portfolio.deleted_ms = at_ms
        if portfolio.in_force is not None and portfolio.in_force.seen_ms <= at_ms:
            self._entries -= len(portfolio.in_force.entries)
            portfolio.in_force = None
            self._changed[portfolio_id] = None
        for revision, parts in list(portfolio.waiting.items()):
            left = {number: one for number, one in parts.items() if one[0] > at_ms}
            if left:
                portfolio.waiting[revision] = left
            else:
                del portfolio.waiting[revision]
        portfolio.judged = {id_: one for id_, one in portfolio.judged.items() if one[0] > at_ms}
        portfolio.memory = JudgementMemory()
        for _, judgement in portfolio.judged.values():
            portfolio.memory.put(judgement)

    def take_judgement(self, judgement: Judgement, at_ms: int) -> None:
        """Take a judgement in; it counts whether its entry is in force or not yet."""
        portfolio = self._portfolios.setdefault(judgement.portfolio_id, _Portfolio())
        if at_ms <= portfolio.deleted_ms:
            return
        slim = judgement.model_copy(update={"why": None, "basis": None})
        portfolio.judged[judgement.judgement_id] = (at_ms, slim)
        portfolio.memory.put(slim)
        self._confirmable.setdefault(judgement.company_id, set()).add(judgement.portfolio_id)

    def settle(self) -> Iterator[None]:
        """Index the names of what changed since the last call; yields after every few names."""
        while self._changed:
            portfolio_id = next(iter(self._changed))
            current = self.get(portfolio_id)
            group = GROUP_PREFIX + portfolio_id
            draft = Draft()
            for place, entry in enumerate(current.entries if current is not None else ()):
                draft.add(entry.query)
                if place % NAMES_AT_ONCE == NAMES_AT_ONCE - 1:
                    yield
            # A list that came meanwhile is indexed in its turn.
            if self.get(portfolio_id) is current:
                self._index.put(group, draft)
                del self._changed[portfolio_id]
            yield

    def _put_in_force(self, portfolio: _Portfolio, parts: dict[int, tuple[int, PortfolioEntries]]) -> None:
        newest = parts[1][1]
        seen_ms = max(at_ms for at_ms, _ in parts.values())
        before = portfolio.in_force.entries if portfolio.in_force is not None else None
        entries = {entry.entry_id: entry for _, (_, part) in sorted(parts.items()) for entry in part.entries}
        total = self._entries - (len(before) if before is not None else 0) + len(entries)
        if total > self._entries_max or len(entries) > PORTFOLIO_ENTRIES_MAX:
            del portfolio.waiting[newest.revision]
            raise PortfoliosFullError(newest.portfolio_id, total, self._entries_max)
        table = EntryTable(
            map(PackedEntry.of, entries.values()), seen_ms, before.first_seen() if before is not None else {}
        )
        portfolio.in_force = PortfolioInForce(
            newest.portfolio_id,
            newest.owner,
            newest.name,
            newest.revision,
            frozenset(newest.events),
            table,
            seen_ms,
        )
        self._entries = total
        portfolio.waiting = {one: of for one, of in portfolio.waiting.items() if one > newest.revision}
        self._changed[newest.portfolio_id] = None
