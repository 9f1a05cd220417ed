"""English assignees matched to companies: each match with a confidence and its reasons (D-07, N-13).

Assignees of international filings are English and abbreviated: "SZ DJI TECHNOLOGY CO LTD". They are
compared with the English names on record and with forms derived from the Chinese names. Confidence is a
product of how well brand, place, trade and structure agree; two companies that fit about as well make
each other doubtful. A match of `APPLY_MIN` may be used as it is, one of `PROPOSE_MIN` is put before a
person, and anything less is not reported.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
            for key in form_keys(entry.form):
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
        for key in form_keys(form):
            entries = self._by_key.get(key, ())
            if len(entries) > FORMS_OF_A_KEY_MAX:
                continue
            for entry in entries:
                if id(entry) not in seen:
                    seen.add(id(entry))
                    yield self._judge(form, entry)

    def _judge(self, form: EnglishForm, entry: _Entry) -> Match:
        is_rare = len(self._companies_of_brand[entry.form.brand]) == 1
        judgements = compare_forms(form, entry.form, is_derived=entry.is_derived, is_rare_brand=is_rare)
        confidence = confidence_of(judgements)
        return Match(entry.company_id, confidence, entry.name, tuple(one.text for one in judgements))


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one part of two names agrees: a factor of the confidence from 0 to 1, and in words."""

    part: str
    factor: float
    text: str


def compare_forms(
    form: EnglishForm, other: EnglishForm, *, is_derived: bool, is_rare_brand: bool
) -> tuple[Judgement, ...]:
    """How an assignee's form agrees with one of a company; `is_derived` tells that the latter is pinyin."""
    judgements: list[Judgement] = []
    if form.spelled and form.spelled == other.spelled:
        judgements.append(Judgement("letters", SAME_LETTERS, "same letters"))
        judgements.append(Judgement("source", 1.0, "recorded words"))
    else:
        found = (
            ("brand", _brand(form, other)),
            ("place", _places(form, other, is_rare_brand)),
            ("trade", _trade(form, other)),
            ("structure", _structure(form, other)),
            (
                "source",
                (SAME_WORDS * 0.93, "brand from pinyin") if is_derived else (SAME_WORDS, "recorded words"),
            ),
        )
        judgements += [Judgement(part, factor, text) for part, (factor, text) in found if text]
    if None not in (form.kind, other.kind) and form.kind != other.kind:
        text = f"other kind of firm: {form.kind}, not {other.kind}"
        judgements.append(Judgement("kind", 1.0, text))
    return tuple(judgements)


def confidence_of(judgements: Iterable[Judgement]) -> float:
    """The product of the factors; another kind of firm keeps it from being applied."""
    confidence, most = 1.0, 1.0
    for judgement in judgements:
        confidence *= judgement.factor
        if judgement.part == "kind":
            most = OTHER_KIND_MAX
    return round(min(confidence, most), 4)


def _with_doubt(ranked: list[Match]) -> Iterator[Match]:
    """The same matches, the best of them doubtful where others fit about as well."""
    if len(ranked) < 2 or ranked[0].confidence - ranked[1].confidence >= MARGIN_MIN:
        yield from ranked
        return
    for match in ranked:
        confidence = min(match.confidence, DOUBTFUL_MAX)
        yield Match(match.company_id, confidence, match.matched_name, (*match.reasons, "several fit as well"))


def form_keys(form: EnglishForm) -> Iterator[str]:
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
