"""A name in Latin letters compared with English names of a company and with readings of its Chinese ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.fuzz import ratio

from giants.domain.names.english import (
    OTHER_KIND_MAX,
    Judgement,
    compare_forms,
)
from giants.domain.names.english_form import EnglishForm, english_form, is_place_in_latin
from giants.domain.names.english_key import LIMITED, english_key
from giants.domain.names.english_words import LEGAL_WORDS
from giants.domain.names.forms import name_parts
from giants.domain.names.pinyin import sound_key, syllables
from giants.matching.model import Feature, Outcome
from giants.matching.parts import chinese_parts

SAME_READING: Final = 0.92
LIKE_READING: Final = 0.80
LIKE_READING_MIN: Final = 0.92
INITIALS: Final = 0.72
INITIALS_MIN: Final = 4
INITIALS_MAX: Final = 24
READING_LETTERS_MIN: Final = 6
BRAND_PREFIX_MIN: Final = 5
READING_CACHE_ENTRIES: Final = 32_768

# Legal forms and signs of places in pinyin, which are left out of a reading like their characters.
_PINYIN_FORM: Final = re.compile("(?:gufen)?(?:youxian)?(?:zeren)?gongsi$")
_PINYIN_SIGNS: Final = frozenset({"shi", "sheng"})
_PLACE_MISSING: Final = 0.93
_OUTCOME_WORDS: Final = {"missing": Outcome.MISSING, "no brand": Outcome.MISSING}


@dataclass(frozen=True, slots=True)
class LatinParts:
    """A name in Latin letters: its key, its form, and its letters without a legal form."""

    key: str
    form: EnglishForm
    letters: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a Chinese name reads without its legal form: in full, without its place, and by first letters.

    `full` holds the readings with and without signs of places, by phrases and by single characters.
    """

    full: tuple[str, ...]
    bare: str
    initials: str


def latin_parts(name: str) -> LatinParts:
    """Take a name in Latin letters apart."""
    key = english_key(name)
    words = [word for word in key.split(" ") if word not in LEGAL_WORDS]
    kept = [
        word
        for position, word in enumerate(words)
        if word not in _PINYIN_SIGNS or not is_place_in_latin("".join(words[:position]))
    ]
    letters = _PINYIN_FORM.sub("", typed("".join(kept)))
    return LatinParts(key.replace(" ", ""), english_form(name), letters)


@lru_cache(maxsize=READING_CACHE_ENTRIES)
def reading_of(chinese_name: str) -> Reading:
    """How a Chinese name reads without its legal form, ü written u."""
    parts = chinese_parts(chinese_name)
    whole = name_parts(parts.text)
    read = [typed(syllable) for syllable in syllables(whole.bare_body)]
    full = (
        "".join(read),
        typed("".join(syllables(whole.body))),
        typed(sound_key(whole.bare_body).replace(" ", "")),
    )
    bare = typed("".join(syllables(parts.body)))
    return Reading(tuple(dict.fromkeys(full)), bare, "".join(one[:1] for one in read))


def typed(letters: str) -> str:
    """Letters of a reading in one spelling: a keyboard gives v or u for ü."""
    return letters.replace("v", "u")


def compare_latin(
    query: LatinParts, form: EnglishForm, *, is_derived: bool, is_rare_brand: bool
) -> tuple[Feature, ...]:
    """The features of a query and one form of a company, recorded or derived from its Chinese name."""
    found = compare_forms(query.form, form, is_derived=is_derived, is_rare_brand=is_rare_brand)
    return tuple(map(_feature, found))


def _feature(judgement: Judgement) -> Feature:
    if judgement.part == "kind":
        return Feature("legal form", Outcome.DIFFERS, OTHER_KIND_MAX, judgement.text)
    outcome = next((one for word, one in _OUTCOME_WORDS.items() if word in judgement.text), None)
    if outcome is None:
        is_same = judgement.text.startswith("same") or judgement.part == "source"
        outcome = Outcome.AGREES if is_same else Outcome.DIFFERS
    names = {"brand": "trade name", "letters": "name"}
    name = names.get(judgement.part, judgement.part)
    return Feature(name, outcome, round(judgement.factor, 4), judgement.text)


def compare_reading(query: LatinParts, reading: Reading) -> tuple[Feature, ...]:
    """The features of a query that is a Chinese name in pinyin; empty where it does not read so."""
    if len(query.letters) < READING_LETTERS_MIN:
        return ()
    features = tuple(_read(query.letters, reading))
    if features and query.form.kind not in {None, LIMITED}:
        text = f"other kind of firm: {query.form.kind}, not {LIMITED}"
        features += (Feature("legal form", Outcome.DIFFERS, OTHER_KIND_MAX, text),)
    return features


def _read(letters: str, reading: Reading) -> Iterator[Feature]:
    if letters in reading.full:
        yield Feature("reading", Outcome.AGREES, SAME_READING, f"reads {letters}")
    elif letters == reading.bare:
        yield Feature("reading", Outcome.AGREES, SAME_READING, f"reads {reading.bare}")
        yield Feature("place", Outcome.MISSING, _PLACE_MISSING, "the query has none")
    elif (likeness := ratio(letters, reading.full[0]) / 100) >= LIKE_READING_MIN:
        factor = round(LIKE_READING * likeness, 4)
        yield Feature("reading", Outcome.DIFFERS, factor, f"reads nearly so: {reading.full[0]}")


def initials_of(query: str) -> str | None:
    """A query as first letters of syllables, or None where it can be none."""
    word = query.strip().casefold()
    fits = word.isascii() and word.isalpha() and INITIALS_MIN <= len(word) <= INITIALS_MAX
    return word if fits else None


def brand_prefixes(form: EnglishForm) -> Iterator[str]:
    """Beginnings of a brand that may be a whole brand: of a name in pinyin, its trade stands in the brand."""
    for length in range(BRAND_PREFIX_MIN, len(form.brand)):
        yield form.brand[:length]
