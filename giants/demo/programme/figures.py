"""The published figures of the programme, up to the end of 2025."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from schemas.base import AuthorityCode

# Companies designated, by batch.
DESIGNATED: Final[Mapping[int, int]] = MappingProxyType(
    {1: 248, 2: 1_744, 3: 2_930, 4: 4_357, 5: 3_671, 6: 3_012, 7: 3_482}
)
# Batches that came up for review, by year: those designated three years before and those that passed then.
REVIEWED: Final[Mapping[int, tuple[int, ...]]] = MappingProxyType(
    {2022: (1,), 2023: (2,), 2024: (3,), 2025: (4, 1)}
)
# Companies that passed, by review year. Of batch 1, 142 fit the base of the review of 2025.
PASSED: Final[Mapping[int, int]] = MappingProxyType({2022: 142, 2023: 1_079, 2024: 2_430, 2025: 3_916})

# When the final list of a batch was published, or the first of the authorities' lists.
PUBLISHED_ON: Final[Mapping[int, date]] = MappingProxyType(
    {
        1: date(2019, 6, 5),
        2: date(2020, 12, 1),
        3: date(2021, 9, 14),
        4: date(2022, 8, 8),
        5: date(2023, 7, 14),
        6: date(2024, 9, 2),
        7: date(2025, 10, 13),
    }
)
LAST_NATIONAL_BATCH: Final = 3

# How companies are spread over the authorities, per ten thousand: rounded from press counts, the small
# ones estimated. Authorities that are not named have none in most batches.
SHARES: Final[Mapping[AuthorityCode, int]] = MappingProxyType(
    {
        AuthorityCode.JS: 1460,
        AuthorityCode.ZJ: 960,
        AuthorityCode.GD: 870,
        AuthorityCode.SD: 760,
        AuthorityCode.SZ: 720,
        AuthorityCode.BJ: 620,
        AuthorityCode.SH: 560,
        AuthorityCode.AH: 520,
        AuthorityCode.HB: 510,
        AuthorityCode.HN: 450,
        AuthorityCode.SC: 410,
        AuthorityCode.HE: 360,
        AuthorityCode.HA: 340,
        AuthorityCode.NB: 320,
        AuthorityCode.FJ: 230,
        AuthorityCode.CQ: 220,
        AuthorityCode.JX: 190,
        AuthorityCode.TJ: 180,
        AuthorityCode.LN: 160,
        AuthorityCode.SN: 160,
        AuthorityCode.QD: 140,
        AuthorityCode.SX: 120,
        AuthorityCode.XM: 110,
        AuthorityCode.GX: 90,
        AuthorityCode.DL: 80,
        AuthorityCode.HL: 70,
        AuthorityCode.JL: 60,
        AuthorityCode.YN: 60,
        AuthorityCode.GZ: 60,
        AuthorityCode.NM: 50,
        AuthorityCode.GS: 40,
        AuthorityCode.XJ: 30,
        AuthorityCode.NX: 30,
        AuthorityCode.HI: 15,
        AuthorityCode.QH: 10,
        AuthorityCode.XPCC: 10,
        AuthorityCode.XZ: 2,
    }
)


def scaled(count: int, scale: float) -> int:
    """A published count at another scale, at least 1."""
    return max(1, round(count * scale))
