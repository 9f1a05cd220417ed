"""The 37 authorities as tiles, each about where it lies: a map that needs no map data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from giants.domain.authorities import AUTHORITIES, Authority
from giants.store.queries.programme import AuthorityRow
from schemas.base import AuthorityCode

LEVELS: Final = 5

# Column and row, from the north-west. Planning cities and the Corps stand beside the province around them.
PLACES: Final[Mapping[AuthorityCode, tuple[int, int]]] = {
    AuthorityCode.HL: (7, 0),
    AuthorityCode.XPCC: (0, 1),
    AuthorityCode.NM: (4, 1),
    AuthorityCode.BJ: (5, 1),
    AuthorityCode.LN: (6, 1),
    AuthorityCode.JL: (7, 1),
    AuthorityCode.XJ: (0, 2),
    AuthorityCode.GS: (1, 2),
    AuthorityCode.NX: (2, 2),
    AuthorityCode.SX: (3, 2),
    AuthorityCode.HE: (4, 2),
    AuthorityCode.TJ: (5, 2),
    AuthorityCode.DL: (6, 2),
    AuthorityCode.QH: (1, 3),
    AuthorityCode.SN: (2, 3),
    AuthorityCode.HA: (3, 3),
    AuthorityCode.SD: (4, 3),
    AuthorityCode.QD: (5, 3),
    AuthorityCode.XZ: (0, 4),
    AuthorityCode.SC: (1, 4),
    AuthorityCode.CQ: (2, 4),
    AuthorityCode.HB: (3, 4),
    AuthorityCode.AH: (4, 4),
    AuthorityCode.JS: (5, 4),
    AuthorityCode.SH: (6, 4),
    AuthorityCode.GZ: (2, 5),
    AuthorityCode.HN: (3, 5),
    AuthorityCode.JX: (4, 5),
    AuthorityCode.ZJ: (5, 5),
    AuthorityCode.NB: (6, 5),
    AuthorityCode.YN: (1, 6),
    AuthorityCode.GX: (2, 6),
    AuthorityCode.GD: (3, 6),
    AuthorityCode.FJ: (4, 6),
    AuthorityCode.XM: (5, 6),
    AuthorityCode.HI: (2, 7),
    AuthorityCode.SZ: (4, 7),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """An authority with its companies; `level` 0 … 5 says how many compared with the others."""

    authority: Authority
    column: int
    row: int
    companies: int
    active: int
    level: int


def tiles(rows: Sequence[AuthorityRow]) -> list[Tile]:
    """The tiles in the order of their places, row by row."""
    of_code = {row.authority: row for row in rows}
    most = max((row.companies for row in rows if row.authority is not None), default=0)
    made = []
    for authority in AUTHORITIES:
        found = of_code.get(authority.code)
        companies = found.companies if found else 0
        column, row = PLACES[authority.code]
        active = found.active if found else 0
        made.append(Tile(authority, column, row, companies, active, _level(companies, most)))
    return sorted(made, key=lambda tile: (tile.row, tile.column))


def _level(companies: int, most: int) -> int:
    """Levels by the square root, since a few authorities have most of the companies."""
    if not companies or not most:
        return 0
    return min(LEVELS, 1 + int((companies / most) ** 0.5 * LEVELS))
