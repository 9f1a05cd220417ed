"""English assignees matched to companies: each match with a confidence and its reasons (D-07, N-13).

Assignees of international filings are English and abbreviated: "SZ DJI TECHNOLOGY CO LTD". They are
compared with the English names on record and with forms derived from the Chinese names. Confidence is a
product of how well brand, place, trade and structure agree; two companies that fit about as well make
each other doubtful. A match of `APPLY_MIN` may be used as it is, one of `PROPOSE_MIN` is put before a
person, and anything less is not reported.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from giants.domain.names.english_form import EnglishForm, derived_forms, english_form
from giants.domain.names.english_key import english_key
from giants.domain.names.errors import TooManyNamesError
from giants.domain.names.normal import is_chinese
from giants.domain.names.places import PLACES, PlaceLevel

APPLY_MIN: Final = 0.90
PROPOSE_MIN: Final = 0.60
COMPANIES_MAX: Final = 200_000
NAMES_OF_A_COMPANY_MAX: Final = 100
MATCHES_MAX: Final = 5
# Forms that share one key, such as a brand; a brand of more companies than this tells none of them apart.
FORMS_OF_A_KEY_MAX: Final = 60
BRAND_LETTERS_MIN: Final = 5
# A word broken in two, or "TECH" for a name recorded with "Tech": nothing but legal forms and spaces differ.
SAME_LETTERS: Final = 0.97
SAME_WORDS: Final = 0.98
# Ltd and Inc are two kinds of firms, so two names that differ in that are at most put before a person.
OTHER_KIND_MAX: Final = 0.85
# Two companies within this distance are not told apart, so neither is applied without a person.
MARGIN_MIN: Final = 0.05
DOUBTFUL_MAX: Final = 0.80


@dataclass(frozen=True, slots=True)
class EnglishCompany:
    """A company to match against: its Chinese names, and the English names on record."""

    company_id: str
    names: tuple[str, ...]
    names_en: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A company that an assignee may be: confidence from 0 to 1, the name that it matched, and why."""

    company_id: str
    confidence: float
    matched_name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    company_id: str
    name: str
    form: EnglishForm
    is_derived: bool


class EnglishMatcher:
    """An index of companies by brand and letters; immutable once built, and linear in its size."""

    def __init__(self, companies: Iterable[EnglishCompany]) -> None:
        self._by_key: dict[str, list[_Entry]] = defaultdict(list)
        self._by_english_key: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._companies_of_brand: dict[str, set[str]] = defaultdict(set)
        for count, company in enumerate(companies, start=1):
            if count > COMPANIES_MAX:
                raise TooManyNamesError(COMPANIES_MAX)
            self._add(company)

    def _add(self, company: EnglishCompany) -> None:
        entries: dict[EnglishForm, _Entry] = {}
        for name in company.names_en[:NAMES_OF_A_COMPANY_MAX]:
            self._by_english_key[english_key(name)].add((company.company_id, name))
            form = english_form(name)
            entries.setdefault(form, _Entry(company.company_id, name, form, is_derived=False))
        for name in company.names[:NAMES_OF_A_COMPANY_MAX]:
            for form in derived_forms(name):
                entries.setdefault(form, _Entry(company.company_id, name, form, is_derived=True))
        for entry in entries.values():
            self._companies_of_brand[entry.form.brand].add(company.company_id)
            for key in _keys(entry.form):
                self._by_key[key].append(entry)

    def match(self, assignee: str) -> list[Match]:
        """Companies that an assignee may be, best first, at most `MATCHES_MAX`, none under `PROPOSE_MIN`.

        A Chinese assignee has none: names in Chinese are found by their keys, not by likeness (N-08).
        """
        if is_chinese(assignee):
            return []
        best: dict[str, Match] = {}
        for match in (*self._exact(assignee), *self._compared(english_form(assignee))):
            known = best.get(match.company_id)
            if known is None or match.confidence > known.confidence:
                best[match.company_id] = match
        ranked = sorted(best.values(), key=lambda match: (-match.confidence, match.company_id))
        return [match for match in _with_doubt(ranked) if match.confidence >= PROPOSE_MIN][:MATCHES_MAX]

    def _exact(self, assignee: str) -> Iterator[Match]:
        for company_id, name in sorted(self._by_english_key.get(english_key(assignee), ())):
            yield Match(company_id, 1.0, name, ("recorded name",))

    def _compared(self, form: EnglishForm) -> Iterator[Match]:
        seen: set[int] = set()
        for key in _keys(form):
            entries = self._by_key.get(key, ())
            if len(entries) > FORMS_OF_A_KEY_MAX:
                continue
            for entry in entries:
                if id(entry) not in seen:
                    seen.add(id(entry))
                    yield self._judge(form, entry)

    def _judge(self, form: EnglishForm, entry: _Entry) -> Match:
        match = self._of_one_kind(form, entry)
        if None in (form.kind, entry.form.kind) or form.kind == entry.form.kind:
            return match
        reasons = (*match.reasons, f"other kind of firm: {form.kind}, not {entry.form.kind}")
        return replace(match, confidence=min(match.confidence, OTHER_KIND_MAX), reasons=reasons)

    def _of_one_kind(self, form: EnglishForm, entry: _Entry) -> Match:
        if form.spelled and form.spelled == entry.form.spelled:
            return Match(entry.company_id, SAME_LETTERS, entry.name, ("same letters", "recorded words"))
        is_rare = len(self._companies_of_brand[entry.form.brand]) == 1
        judgements = (
            _brand(form, entry.form),
            _places(form, entry.form, is_rare),
            _trade(form, entry.form),
            _structure(form, entry.form),
            (0.93, "brand from pinyin") if entry.is_derived else (1.0, "recorded words"),
        )
        confidence = SAME_WORDS
        for factor, _ in judgements:
            confidence *= factor
        reasons = tuple(reason for _, reason in judgements if reason)
        return Match(entry.company_id, round(confidence, 4), entry.name, reasons)


def _with_doubt(ranked: list[Match]) -> Iterator[Match]:
    """The same matches, the best of them doubtful where others fit about as well."""
    if len(ranked) < 2 or ranked[0].confidence - ranked[1].confidence >= MARGIN_MIN:
        yield from ranked
        return
    for match in ranked:
        confidence = min(match.confidence, DOUBTFUL_MAX)
        yield Match(match.company_id, confidence, match.matched_name, (*match.reasons, "several fit as well"))


def _keys(form: EnglishForm) -> Iterator[str]:
    """The keys that a form is found under: its brand, also with a letter less, its words, its letters."""
    if form.brand:
        yield form.brand
        if len(form.brand_words) > 1 and len(form.brand_words[0]) >= BRAND_LETTERS_MIN:
            yield form.brand_words[0]
        if len(form.brand) >= BRAND_LETTERS_MIN:
            for position in range(len(form.brand)):
                yield f"-{form.brand[:position]}{form.brand[position + 1 :]}"
            yield f"-{form.brand}"
    yield f"+{form.key}"
    if form.spelled:
        yield f"={form.spelled}"


def _brand(one: EnglishForm, other: EnglishForm) -> tuple[float, str]:
    if one.brand == other.brand:
        # Without a brand the trade alone names the company: "Jiangsu Expressway".
        return (1.0, "same brand") if one.brand else (0.85, "no brand in either name")
    if other.brand.startswith(one.brand) or one.brand.startswith(other.brand):
        return 0.8, "brand in part"
    return 0.75, "brand differs in a letter"


def _places(one: EnglishForm, other: EnglishForm, is_rare_brand: bool) -> tuple[float, str]:
    if one.places == other.places:
        return (1.0, "same place") if one.places else (1.0, "")
    if not one.places or not other.places:
        return (0.95, "place missing, brand of one company") if is_rare_brand else (0.8, "place missing")
    if one.places & other.places:
        return 0.98, "places overlap"
    if _one_in_the_other(one.places, other.places):
        return 0.9, "place within the other"
    return 0.5, "other place"


def _one_in_the_other(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether a province of one stands beside a city of the other that lies in it."""
    for outer, inner in ((some, others), (others, some)):
        provinces = {PLACES[base].authority for base in outer if PLACES[base].level is PlaceLevel.PROVINCE}
        if provinces & {PLACES[base].authority for base in inner}:
            return True
    return False


def _trade(one: EnglishForm, other: EnglishForm) -> tuple[float, str]:
    if one.trade == other.trade:
        return (1.0, "same trade") if one.trade else (1.0, "")
    if not one.trade or not other.trade:
        return 0.85, "trade missing"
    common, union = len(one.trade & other.trade), len(one.trade | other.trade)
    if not common:
        return 0.65, "other trade"
    return 0.75 + 0.22 * common / union, "trade in part"


def _structure(one: EnglishForm, other: EnglishForm) -> tuple[float, str]:
    if one.structure == other.structure:
        return 1.0, ""
    return 0.85, "other structure"
