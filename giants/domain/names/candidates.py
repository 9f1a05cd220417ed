"""Pairs of names that a person might confirm to be one company (N-02, N-08); nothing here merges anything.

Comparing every name with every other would take hundreds of millions of steps for the programme's twenty
thousand names. Names are put into small blocks instead, and compared within a block: those that become
equal when similar characters are taken for one, those that read the same, and those that share a rare pair
of neighbouring characters. Blocks are bounded, so the work grows with the number of names, not its square.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
from itertools import combinations, islice
from typing import Final

from rapidfuzz.fuzz import ratio

from giants.domain.names.correction import SUBSTITUTIONS_MAX
from giants.domain.names.errors import TooManyNamesError
from giants.domain.names.forms import identity_key, name_parts
from giants.domain.names.normal import is_chinese
from giants.domain.names.pinyin import sound_key
from giants.domain.names.places import PlaceLevel, places_and_rest
from giants.domain.names.similar import SimilarCharacters, default_similar_characters

CANDIDATES_MAX: Final = 2_000
NAMES_MAX: Final = 200_000
BLOCK_NAMES_MAX: Final = 30
CORE_CHARACTERS_MAX: Final = 60
LIKENESS_MIN: Final = 0.75

# A pair of similar characters is the best lead, a like sound a weaker one, likeness the weakest (N-08).
_SCORE_OF_SUBSTITUTIONS: Final = {1: 0.95, 2: 0.9}
_SCORE_OF_SOUND: Final = 0.85
_WEIGHT_OF_LIKENESS: Final = 0.8


class CandidateReason(StrEnum):
    """Why two names are put before a person."""

    SIMILAR_CHARACTERS = "similar_characters"
    SAME_PINYIN = "same_pinyin"
    LIKENESS = "likeness"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two names that might be one company; `score` orders candidates (0 to 1) and is no probability."""

    first: str
    second: str
    reason: CandidateReason
    score: float
    detail: str


@dataclass(frozen=True, slots=True)
class _Core:
    """A name without its corporate form (`body`) and without its places (`text`), and those places."""

    name: str
    body: str
    text: str
    provinces: frozenset[str]
    cities: frozenset[str]

    def may_be_where(self, other: "_Core") -> bool:
        """Whether the places of two names do not contradict each other; no place contradicts nothing."""
        return _agree(self.provinces, other.provinces) and _agree(self.cities, other.cities)


def _agree(some: frozenset[str], others: frozenset[str]) -> bool:
    return not some or not others or bool(some & others)


def suggest_candidates(
    names: Iterable[str], similar: SimilarCharacters | None = None, candidates_max: int = CANDIDATES_MAX
) -> Iterator[Candidate]:
    """Pairs that might be one company, best first, at most `candidates_max` of them.

    Names that rules already merge are one here, and names without Chinese characters are passed over.
    The order does not depend on the order of the names. Raises `TooManyNamesError` for more than
    `NAMES_MAX` names.
    """
    cores = _cores(names)
    table = similar if similar is not None else default_similar_characters()
    found: dict[tuple[str, str], Candidate] = {}
    for candidate in (*_by_shape(cores, table), *_by_sound(cores), *_by_likeness(cores)):
        pair = (candidate.first, candidate.second)
        if pair not in found or found[pair].score < candidate.score:
            found[pair] = candidate
    best = nsmallest(candidates_max, found.values(), key=lambda each: (-each.score, each.first, each.second))
    return iter(best)


def _cores(names: Iterable[str]) -> list[_Core]:
    by_key: dict[str, str] = {}
    for count, name in enumerate(names, start=1):
        if count > NAMES_MAX:
            raise TooManyNamesError(NAMES_MAX)
        if is_chinese(name):
            key = identity_key(name)
            by_key[key] = min(name, by_key.get(key, name))
    return sorted((_core(name) for name in by_key.values()), key=lambda core: core.name)


def _core(name: str) -> _Core:
    body = name_parts(name).bare_body[:CORE_CHARACTERS_MAX]
    places, text = places_and_rest(body)
    provinces = frozenset(place.base for place in places if place.level is PlaceLevel.PROVINCE)
    cities = frozenset(place.base for place in places if place.level is not PlaceLevel.PROVINCE)
    return _Core(name, body, text if len(text) > 1 else body, provinces, cities)


def _by_shape(cores: list[_Core], table: SimilarCharacters) -> Iterator[Candidate]:
    representatives = str.maketrans(table.representatives())
    for first, second in _pairs_of_blocks((core.body.translate(representatives), core) for core in cores):
        pairs = [(a, b) for a, b in zip(first.body, second.body, strict=True) if a != b]
        if len(pairs) <= SUBSTITUTIONS_MAX and all(table.similar(a, b) for a, b in pairs):
            detail = ", ".join(f"{a} / {b}" for a, b in pairs)
            score = _SCORE_OF_SUBSTITUTIONS.get(len(pairs), 1.0)
            yield Candidate(first.name, second.name, CandidateReason.SIMILAR_CHARACTERS, score, detail)


def _by_sound(cores: list[_Core]) -> Iterator[Candidate]:
    for first, second in _pairs_of_blocks((sound_key(core.body), core) for core in cores):
        sound = sound_key(first.text)
        yield Candidate(first.name, second.name, CandidateReason.SAME_PINYIN, _SCORE_OF_SOUND, sound)


def _by_likeness(cores: list[_Core]) -> Iterator[Candidate]:
    names_of_pair: dict[str, int] = defaultdict(int)
    pairs_of_core = [{a + b for a, b in zip(core.text, core.text[1:], strict=False)} for core in cores]
    for pairs in pairs_of_core:
        for pair in pairs:
            names_of_pair[pair] += 1
    # 科技 stands in thousands of names and says nothing; 隆盛 stands in a few.
    rare = (
        (pair, core)
        for core, pairs in zip(cores, pairs_of_core, strict=True)
        for pair in sorted(pairs)
        if names_of_pair[pair] <= BLOCK_NAMES_MAX
    )
    for first, second in _pairs_of_blocks(rare):
        if not first.may_be_where(second):
            continue
        likeness = ratio(first.text, second.text, score_cutoff=100 * LIKENESS_MIN) / 100
        if likeness:
            score = round(_WEIGHT_OF_LIKENESS * likeness, 4)
            detail = f"{first.text} / {second.text}"
            yield Candidate(first.name, second.name, CandidateReason.LIKENESS, score, detail)


def _pairs_of_blocks(keyed: Iterable[tuple[str, _Core]]) -> Iterator[tuple[_Core, _Core]]:
    """Each pair of names that share a key, as often as they share one, in the order of the names."""
    blocks: Mapping[str, list[_Core]] = defaultdict(list)
    for key, core in keyed:
        blocks[key].append(core)
    for block in blocks.values():
        yield from combinations(islice(block, BLOCK_NAMES_MAX), 2)
