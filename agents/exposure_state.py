"""State of the exposures: an entry for each company, and for a large one an entry for each tally.

A small portfolio is one entry, since a changelog costs by its records. A company that counts more than
`WHOLE_SYMBOLS_MAX` symbols is *spread* from then on: each tally has an entry of its own, so that an update
writes as much whatever the size of the portfolio (design invariant 3). Entries of tallies are valid only for
a company that is spread.
"""

from collections.abc import Iterable, Iterator, MutableMapping
from functools import partial
from sys import intern
from typing import Final

from agents.exposure_entries import CompanyEntry, decode_company
from giants.decoding.frames import encode
from giants.domain.events import Delta
from giants.domain.ratings import CompanyTallies
from streams.local_state import LocalStateStore
from streams.lru_state_cache import LruStateCache

COMPANY: Final = b"c"
TALLY: Final = b"t"
_KINDS: Final = frozenset({COMPANY, TALLY})
_SEPARATOR: Final = b"\x00"
_NO_PREFIX: Final = _SEPARATOR  # no key begins so
_COUNT_BYTES: Final = 4
# Symbols of a company that is one entry: a kilobyte or two, which costs less than the five or more records of
# a family's symbols. A company that is spread stays so if the limit changes.
# Not final, since tests set it: compiled modules hold the value of what is final, theirs or another's.
WHOLE_SYMBOLS_MAX = 128


class CompaniesState:
    """The companies of one partition and their entries; with a local store most stay on the disk."""

    def __init__(self, store: LocalStateStore | None) -> None:
        self._on_disk: Final = (
            None
            if store is None
            else LruStateCache(store, partial(self._load, store), partial(_ids_on_disk, store))
        )
        self.companies: Final[MutableMapping[str, CompanyTallies]] = (
            {} if self._on_disk is None else self._on_disk
        )
        self._spread: Final[set[str]] = set()
        # Entries of tallies that were read for companies which are one entry so far: entries come in any
        # order, and these are valid once the entry of the company says that it is spread.
        self._apart: Final[dict[str, dict[str, int]]] = {}

    def touch(self, delta: Delta, touched: dict[bytes, int]) -> None:
        """Add to `touched` the keys of the entries that a counted delta changed."""
        at_ms, name = delta.origin.at_ms, delta.company_id.encode()
        touched[COMPANY + name] = at_ms
        symbols: Iterable[str]
        if delta.company_id in self._spread:
            symbols = (*(delta.before or ()), *(delta.after or ()))
        else:
            symbols = self.companies[delta.company_id].tallies
            if len(symbols) <= WHOLE_SYMBOLS_MAX:
                return
            self._spread.add(delta.company_id)
            self._apart.pop(delta.company_id, None)
        prefix = TALLY + name + _SEPARATOR
        for symbol in symbols:
            touched[prefix + symbol.encode()] = at_ms

    def restore(self, key: bytes, value: bytes) -> bool:
        """Set an entry of a company or of a tally; returns whether it is one."""
        kind = key[:1]
        if kind not in _KINDS:
            return False
        name, _, symbol = key[1:].partition(_SEPARATOR)
        company_id = name.decode()
        if self._on_disk is not None:
            self._on_disk.drop(company_id)  # what is in memory is out of date
            return True
        if kind == TALLY:
            if company_id in self._spread:
                tallies = self.companies[company_id].tallies
            else:
                tallies = self._apart.setdefault(company_id, {})
            _put(tallies, symbol, value)
            return True
        company = self.companies.get(company_id)
        if company is None:
            company = self.companies[company_id] = CompanyTallies()
        self._restore(company_id, company, value)
        return True

    def entries(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The present entries of companies and tallies; other keys are ignored."""
        found: dict[bytes, bytes] = {}
        tallies: dict[str, int] = {}  # of the company whose keys come now
        prefix = _NO_PREFIX
        length = len(prefix)
        for key in keys:
            if key[:length] != prefix:
                if key[:1] not in _KINDS:
                    continue
                name = key[1:].partition(_SEPARATOR)[0]
                prefix, tallies = TALLY + name + _SEPARATOR, self._spread_tallies(name.decode())
                length = len(prefix)
                if key[:1] == COMPANY:
                    found[key] = self._entry(name.decode())
                    continue
            found[key] = tallies.get(key[length:].decode(), 0).to_bytes(_COUNT_BYTES, "big")
        return found

    def _spread_tallies(self, company_id: str) -> dict[str, int]:
        """The tallies that have entries of their own: none where the company is one entry."""
        company = self.companies[company_id]
        return company.tallies if company_id in self._spread else {}

    def _entry(self, company_id: str) -> bytes:
        company = self.companies[company_id]
        return encode(
            CompanyEntry(
                company.families,
                company.instances,
                company.counted_under,
                company.matching,
                company.announced,
                None if company_id in self._spread else company.tallies,
                company.classified,
                company.indexing,
                company.indexing_matching,
                company.children_matching,
            )
        )

    def _restore(self, company_id: str, company: CompanyTallies, value: bytes) -> None:
        entry = decode_company(value)
        company.families, company.classified = entry.families, entry.classified
        company.instances, company.indexing = entry.instances, entry.indexing
        company.indexing_matching, company.children_matching = (
            entry.indexing_matching,
            entry.children_matching,
        )
        company.counted_under, company.matching = entry.counted_under, entry.matching
        company.announced = {intern(id_): last for id_, last in entry.announced.items()}
        if entry.tallies is None and company_id not in self._spread:
            self._spread.add(company_id)
            company.tallies = self._apart.pop(company_id, {})
        elif entry.tallies is not None:
            self._spread.discard(company_id)
            company.tallies = {intern(symbol): families for symbol, families in entry.tallies.items()}

    def _load(self, store: LocalStateStore, company_id: str) -> CompanyTallies | None:
        name = company_id.encode()
        value = store.get(COMPANY + name)
        if value is None:
            return None
        company = CompanyTallies()
        self._restore(company_id, company, value)
        if company_id in self._spread:
            prefix = TALLY + name + _SEPARATOR
            for key, count in store.scan(prefix):
                _put(company.tallies, key[len(prefix) :], count)
        return company


def _ids_on_disk(store: LocalStateStore) -> Iterator[str]:
    return (key[len(COMPANY) :].decode() for key, _ in store.scan(COMPANY))


def _put(tallies: dict[str, int], symbol: bytes, value: bytes) -> None:
    if count := int.from_bytes(value, "big"):
        tallies[intern(symbol.decode())] = count
    else:
        tallies.pop(symbol.decode(), None)
