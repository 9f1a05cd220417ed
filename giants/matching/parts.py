"""A Chinese name taken apart: place, trade name, trade words, structure, legal form, branch."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from giants.domain.authorities import AUTHORITIES
from giants.domain.names.english_form import end_of_brand, trade_at
from giants.domain.names.forms import Branch, branch_of, identity_key, name_parts
from giants.domain.names.normal import normal_form
from giants.domain.names.pinyin import sound_key
from giants.domain.names.places import LARGE_LEVELS, Place, PlaceLevel, place_at, place_before
from giants.domain.names.similar import default_similar_characters
from schemas.base import AuthorityCode

PARTS_CACHE_ENTRIES: Final = 32_768
BODY_CHARACTERS_MAX: Final = 60
CORE_CHARACTERS_MIN: Final = 2
# They tell one legal entity of a group from another (N-14).
STRUCTURE_WORDS: Final = ("集团", "控股")
NATIONAL: Final = "中国"
_ENDINGS: Final = ("总公司", "公司", "总厂", "厂")
_ROOTS: Final = {authority.code: authority.parent or authority.code for authority in AUTHORITIES}
_SHAPES: Final = str.maketrans(default_similar_characters().representatives())


@dataclass(frozen=True, slots=True)
class ChineseParts:
    """A name taken apart; `core` is the trade name, `trades` are the words after it, known or not.

    `form` is a corporate form (有限公司) or another ending (厂), empty where there is none. `body` is core
    and trades as one text; `bases` are the places without signs, `cities` those of prefectures, `roots` the
    provinces that hold them.
    """

    text: str
    key: str
    places: tuple[Place, ...]
    core: str
    trades: tuple[str, ...]
    structure: frozenset[str]
    form: str
    branch: Branch | None
    body: str
    bases: frozenset[str]
    cities: frozenset[str]
    roots: frozenset[AuthorityCode]


@lru_cache(maxsize=PARTS_CACHE_ENTRIES)
def chinese_parts(name: str) -> ChineseParts:
    """Take a Chinese name apart; of a branch, the name of its firm."""
    branch = branch_of(name)
    text = branch.firm if branch else normal_form(name)
    parts = name_parts(text)
    form, body = parts.form, parts.bare_body[:BODY_CHARACTERS_MAX]
    if not form:
        form = next((one for one in _ENDINGS if body.endswith(one) and len(body) > len(one) + 1), "")
        body = body.removesuffix(form)
    structure = frozenset(word for word in STRUCTURE_WORDS if word in body and not body.startswith(word))
    for word in structure:
        body = body.replace(word, "", 1)
    places, rest = _leading_places(body)
    if rest.startswith(NATIONAL) and len(rest) > len(NATIONAL):
        structure |= {NATIONAL}
        rest = rest.removeprefix(NATIONAL)
    end = end_of_brand(rest)
    core, trades = rest[:end], rest[end:]
    inner = _place_at_the_end(core)
    if inner is not None:
        places.append(inner)
        core = core.removesuffix(inner.base)
    words = tuple(_words(trades))
    return ChineseParts(
        text=text,
        key=identity_key(text),
        places=tuple(places),
        core=core,
        trades=words,
        structure=structure,
        form=form,
        branch=branch,
        body=core + trades,
        bases=frozenset(place.base for place in places),
        cities=frozenset(place.base for place in places if place.level is PlaceLevel.PREFECTURE),
        roots=roots_of(tuple(places)),
    )


def _leading_places(body: str) -> tuple[list[Place], str]:
    """The places that a name begins with, and the rest, which holds at least its trade name.

    A small place right before the trade is the trade name: 万安 of 浙江万安科技.
    """
    places: list[Place] = []
    position = 0
    while (place := place_at(body, position)) is not None and position + len(place.base) < len(body):
        places.append(place)
        position += len(place.base)
    if places and places[-1].level not in LARGE_LEVELS and trade_at(body, position):
        position -= len(places.pop().base)
    return places, body[position:]


def _place_at_the_end(core: str) -> Place | None:
    """A large place between trade name and trade: 洛阳 of 中航隆盛（洛阳）科技."""
    place = place_before(core, len(core))
    if place is None or place.level not in LARGE_LEVELS:
        return None
    return place if len(core) - len(place.base) >= CORE_CHARACTERS_MIN else None


def _words(text: str) -> list[str]:
    """Trade words from left to right; what is no known word stands as it is between them."""
    words: list[str] = []
    position = begin = 0
    while position < len(text):
        trade = trade_at(text, position)
        if not trade:
            position += 1
            continue
        if begin < position:
            words.append(text[begin:position])
        words.append(trade)
        position += len(trade)
        begin = position
    if begin < len(text):
        words.append(text[begin:])
    return words


def roots_of(places: tuple[Place, ...]) -> frozenset[AuthorityCode]:
    """The provinces that hold some places; a planning city lies in its province. None for small places."""
    return frozenset(_ROOTS[place.authority] for place in places if place.authority is not None)


def root_of(authority: AuthorityCode) -> AuthorityCode:
    """The province of an authority."""
    return _ROOTS[authority]


@lru_cache(maxsize=PARTS_CACHE_ENTRIES)
def shape_of(text: str) -> str:
    """What texts share that differ in characters of like shape alone."""
    return text.translate(_SHAPES)


@lru_cache(maxsize=PARTS_CACHE_ENTRIES)
def sound_of(text: str) -> str:
    """What texts share that read the same."""
    return sound_key(text)
