"""English names compared part by part: brand, place, trade and structure (D-07, N-13).

Assignees of international filings are English and abbreviated: "SZ DJI TECHNOLOGY CO LTD". A form is
compared with that of an English name on record, or with one derived from a Chinese name. Confidence is a
product of how well the parts agree; `giants.matching` finds what to compare.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from giants.domain.names.english_form import EnglishForm
from giants.domain.names.places import PLACES, PlaceLevel

BRAND_LETTERS_MIN: Final = 5
# A word broken in two, or "TECH" for a name recorded with "Tech": nothing but legal forms and spaces differ.
SAME_LETTERS: Final = 0.97
SAME_WORDS: Final = 0.98
# Ltd and Inc are two kinds of firms, so two names that differ in that are at most put before a person.
OTHER_KIND_MAX: Final = 0.85


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
