"""Companies by what a name may find them under: candidates without comparing a query with every company.

Chinese names: normal form and identity key, trade name (also with a character less, by shape and by sound),
pairs of neighbouring characters. Latin letters: English key, brand (also with a letter less), reading in
pinyin, its first letters. The code of the register finds exactly. Postings are lists of entry numbers; the
common ones are passed over, so a query costs the same however many companies there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import pairwise
from typing import Final

from giants.domain.names.english import form_keys
from giants.domain.names.english_form import EnglishForm, derived_forms
from giants.domain.names.english_key import english_key
from giants.domain.names.normal import is_chinese
from giants.matching.errors import TooManyCompaniesError
from giants.matching.latin import (
    LatinParts,
    Reading,
    brand_prefixes,
    initials_of,
    latin_parts,
    reading_of,
)
from giants.matching.model import Company
from giants.matching.parts import CORE_CHARACTERS_MIN, ChineseParts, chinese_parts, shape_of, sound_of

COMPANIES_MAX: Final = 200_000
NAMES_OF_A_COMPANY_MAX: Final = 100
# A pair of characters of more names than this tells none of them apart.
POSTINGS_MAX: Final = 400
CANDIDATES_MAX: Final = 30
DEAD_ENTRIES_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a company, taken apart once: Chinese parts with a reading, or forms in Latin letters."""

    company: Company
    name: str
    parts: ChineseParts | None
    reading: Reading | None
    forms: tuple[EnglishForm, ...]
    english_key: str | None


class CompanyIndex:
    """An index of companies; one that is put again replaces itself. One thread writes at a time."""

    def __init__(self, companies: Iterable[Company] = ()) -> None:
        self._companies: dict[str, Company] = {}
        self._entries: list[Entry | None] = []
        self._numbers: dict[str, list[int]] = {}
        self._postings: defaultdict[str, list[int]] = defaultdict(list)
        self._cores: defaultdict[str, set[str]] = defaultdict(set)
        self._dead = 0
        for company in companies:
            self.put(company)

    def __len__(self) -> int:
        return len(self._companies)

    def company(self, company_id: str) -> Company | None:
        """The company of an id."""
        return self._companies.get(company_id)

    def alone(self, company: Company) -> "OneCompany":
        """A company by itself; one that is here as it is has been taken apart already."""
        if self._companies.get(company.company_id) != company:
            return OneCompany(company)
        entries = (self._entries[number] for number in self._numbers[company.company_id])
        return OneCompany(company, [entry for entry in entries if entry is not None])

    def put(self, company: Company) -> None:
        """Add a company, or replace what is known of it. Raises `TooManyCompaniesError` beyond the limit."""
        if self._companies.get(company.company_id) == company:
            return
        self.remove(company.company_id)
        if len(self._companies) >= COMPANIES_MAX:
            raise TooManyCompaniesError(COMPANIES_MAX)
        self._companies[company.company_id] = company
        self._add(company)

    def remove(self, company_id: str) -> None:
        """Take a company away; one that is not there is no error."""
        company = self._companies.pop(company_id, None)
        if company is None:
            return
        for number in self._numbers.pop(company_id):
            entry = self._entries[number]
            if entry is not None and entry.parts is not None:
                self._cores[entry.parts.core].discard(company_id)
            self._entries[number] = None
            self._dead += 1
        if self._dead > max(DEAD_ENTRIES_MAX, len(self._entries) // 2):
            self._rebuild()

    def _rebuild(self) -> None:
        self._entries, self._numbers, self._dead = [], {}, 0
        self._postings.clear()
        self._cores.clear()
        for company in self._companies.values():
            self._add(company)

    def _add(self, company: Company) -> None:
        numbers = self._numbers[company.company_id] = []
        for entry in _entries(company):
            number = len(self._entries)
            self._entries.append(entry)
            numbers.append(number)
            if entry.parts is not None:
                self._cores[entry.parts.core].add(company.company_id)
            for key in dict.fromkeys(_keys(entry)):
                self._postings[key].append(number)
        if company.uscc:
            self._postings[f"u{company.uscc}"].extend(numbers)

    def companies_of_core(self, core: str) -> int:
        """How many companies share a trade name."""
        return len(self._cores.get(core, ()))

    def companies_of_brand(self, brand: str) -> int:
        """How many companies share a brand in Latin letters."""
        return len({entry.company.company_id for entry in self._at(f"e{brand}")})

    def by_uscc(self, uscc: str) -> Iterator[Entry]:
        """The names of the company with a code of the register."""
        return self._at(f"u{uscc}")

    def chinese(self, parts: ChineseParts) -> list[Entry]:
        """Candidates of a Chinese name, those that share most with it first."""
        weights: defaultdict[int, float] = defaultdict(float)
        for weight, key in _sought(parts):
            numbers = self._postings.get(key, ())
            if len(numbers) <= POSTINGS_MAX:
                for number in numbers:
                    weights[number] += weight / (1 + len(numbers)) ** 0.5
        return self._best(weights)

    def latin(self, name: str, parts: LatinParts) -> list[Entry]:
        """Candidates of a name in Latin letters."""
        weights: defaultdict[int, float] = defaultdict(float)
        keys = [(4.0, f"@{parts.key}")]
        keys += [(1.0, f"e{key}") for key in form_keys(parts.form)]
        keys += [(1.0, f"e{prefix}") for prefix in brand_prefixes(parts.form)]
        keys.append((2.0, f"p{parts.letters}"))
        initials = initials_of(name)
        if initials is not None:
            keys.append((1.0, f"i{initials}"))
        for weight, key in keys:
            numbers = self._postings.get(key, ())
            if len(numbers) <= POSTINGS_MAX:
                for number in numbers:
                    weights[number] += weight / (1 + len(numbers)) ** 0.5
        return self._best(weights)

    def _best(self, weights: dict[int, float]) -> list[Entry]:
        best = nlargest(CANDIDATES_MAX, weights.items(), key=lambda item: (item[1], -item[0]))
        return [entry for number, _ in best if (entry := self._entries[number]) is not None]

    def _at(self, key: str) -> Iterator[Entry]:
        for number in self._postings.get(key, ()):
            entry = self._entries[number]
            if entry is not None:
                yield entry


class OneCompany:
    """One company in place of an index: its names are taken apart once, and every query meets all of them.

    No score is lower than with other companies beside it.
    """

    def __init__(self, company: Company, entries: Sequence[Entry] | None = None) -> None:
        self.company: Final = company
        self._entries: Final = list(_entries(company) if entries is None else entries)

    def name_keys(self) -> Iterator[str]:
        """The keys that the company's names are found under."""
        for entry in self._entries:
            yield from _keys(entry)

    def by_uscc(self, uscc: str) -> Iterator[Entry]:
        """The names, where the code is the company's."""
        return iter(self._entries if uscc == self.company.uscc else ())

    def chinese(self, parts: ChineseParts) -> list[Entry]:
        """All names."""
        return self._entries

    def latin(self, name: str, parts: LatinParts) -> list[Entry]:
        """All names."""
        return self._entries

    def companies_of_core(self, core: str) -> int:
        """Nobody shares a trade name."""
        return 1

    def companies_of_brand(self, brand: str) -> int:
        """Nobody shares a brand."""
        return 1


def keys_of_chinese(parts: ChineseParts) -> Iterator[str]:
    """The keys of a Chinese name."""
    return (key for _, key in _sought(parts))


def _entries(company: Company) -> Iterator[Entry]:
    for name in dict.fromkeys(company.names[:NAMES_OF_A_COMPANY_MAX]):
        if is_chinese(name):
            yield Entry(company, name, chinese_parts(name), reading_of(name), derived_forms(name), None)
        else:
            yield _latin_entry(company, name)
    for name in dict.fromkeys(company.names_en[:NAMES_OF_A_COMPANY_MAX]):
        yield _latin_entry(company, name)


def _latin_entry(company: Company, name: str) -> Entry:
    form = latin_parts(name).form
    return Entry(company, name, None, None, (form,), english_key(name).replace(" ", ""))


def _keys(entry: Entry) -> Iterator[str]:
    """The keys that an entry is found under."""
    if entry.parts is not None:
        yield from (key for _, key in _sought(entry.parts))
    if entry.reading is not None:
        for letters in dict.fromkeys((*entry.reading.full, entry.reading.bare)):
            yield f"p{letters}"
        yield f"i{entry.reading.initials}"
        # A brand in pinyin is found as a whole; letters amiss are for names on record.
        for form in entry.forms:
            yield f"e{form.brand}"
            yield f"e+{form.key}"
    elif entry.english_key:
        yield f"@{entry.english_key}"
        for form in entry.forms:
            yield from (f"e{key}" for key in form_keys(form))


def _sought(parts: ChineseParts) -> Iterator[tuple[float, str]]:
    """Keys of a Chinese name with their weight; they are the same for a query and for a company."""
    yield 8.0, f"={parts.text}"
    yield 8.0, f"~{parts.key}"
    core = parts.core
    yield 4.0, f"c{core}"
    yield 3.0, f"s{sound_of(core)}"
    yield 3.0, f"h{shape_of(core)}"
    yield 2.0, f"d{core}"
    if len(core) > CORE_CHARACTERS_MIN:
        for position in range(len(core)):
            yield 2.0, f"d{core[:position]}{core[position + 1 :]}"
    body = parts.body
    for a, b in pairwise(body):
        yield 1.0, f"b{a}{b}"
