"""Places of China as they stand in company names, each with the one administrative sign that may be left out.

The table is written by hand for the listing difference (N-10): 宝鸡市… and 宝鸡… are one company. A base
that names two units (吉林 is a province and a city, 长沙 a city and a county) has the sign of the larger
one only: 吉林省X may lose 省, but 吉林市X stays what it is, so that no two companies become one by rule.
Counties of one character (费县, 单县) are left out: nobody writes them without their sign.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from giants.domain.data_files import data_file
from schemas.base import AuthorityCode


class PlaceLevel(Enum):
    """How large a place is; the larger ones are also recognised inside a name, not only at its start."""

    PROVINCE = 1
    PREFECTURE = 2
    COUNTY = 3
    DISTRICT = 4


LARGE_LEVELS: Final = frozenset({PlaceLevel.PROVINCE, PlaceLevel.PREFECTURE})


@dataclass(frozen=True, slots=True)
class Place:
    """A place without its sign (`base`), its level, and the sign that may be left out.

    `authority` is the one whose jurisdiction holds a place of the two larger levels, None for the others.
    """

    base: str
    level: PlaceLevel
    sign: str
    authority: AuthorityCode | None


PLACE_BASE_CHARACTERS_MAX: Final = 6


def _table() -> dict[str, Place]:
    """Bases to places; what comes first wins, so the largest unit of a base gives its sign."""
    data = data_file("places.toml")
    table: dict[str, Place] = {}

    def add(bases: str, level: PlaceLevel, sign: str, code: str | None = None) -> None:
        authority = None if code is None else AuthorityCode(code)
        for base in bases.split():
            table.setdefault(base, Place(base, level, sign, authority))

    for code, (base, sign) in data["provinces"].items():
        add(base, PlaceLevel.PROVINCE, sign, code)
    for name, sign in (("prefecture_cities", "市"), ("prefectures", "州")):
        for code, bases in data[name].items():
            add(bases, PlaceLevel.PREFECTURE, sign, code)
    units = data["units"]
    add(units["county_cities"], PlaceLevel.COUNTY, "市")
    add(units["counties"], PlaceLevel.COUNTY, "县")
    add(units["new_areas"], PlaceLevel.DISTRICT, "新区")
    add(units["districts"], PlaceLevel.DISTRICT, "区")
    return table


PLACES: Final[dict[str, Place]] = _table()


def place_at(text: str, start: int) -> Place | None:
    """The longest place whose base stands at `start`, or None."""
    for length in range(min(PLACE_BASE_CHARACTERS_MAX, len(text) - start), 1, -1):
        place = PLACES.get(text[start : start + length])
        if place is not None:
            return place
    return None


def place_before(text: str, end: int) -> Place | None:
    """The longest place whose base ends just before `end`, or None."""
    for length in range(min(PLACE_BASE_CHARACTERS_MAX, end), 1, -1):
        place = PLACES.get(text[end - length : end])
        if place is not None:
            return place
    return None


def places_and_rest(body: str) -> tuple[tuple[Place, ...], str]:
    """The places of a name without administrative signs, and what is left of it without them.

    At the start any place is one; inside a name only the larger ones are sure not to be a brand.
    """
    places: list[Place] = []
    rest: list[str] = []
    position = 0
    while position < len(body):
        place = place_at(body, position)
        if place is not None and (not rest or place.level in LARGE_LEVELS):
            places.append(place)
            position += len(place.base)
        else:
            rest.append(body[position])
            position += 1
    return tuple(places), "".join(rest)
