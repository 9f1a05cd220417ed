"""Which column of a list holds names, places and codes: by its heading, else by what stands in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from giants.domain.names import is_chinese
from giants.screening.errors import ColumnError, NoNameColumnError
from giants.screening.reading import InputRow
from giants.sources.tables import Columns

NAME, NAME_EN, FORMER, PLACE, USCC = "name", "english", "former", "place", "uscc"
REFERENCE = "reference"
MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
    NAME: (
        *("name", "company", "company name", "name_zh", "chinese name", "entity", "entity name", "caption"),
        *("counterparty", "counterparty name", "supplier", "supplier name", "vendor", "vendor name"),
        *("customer", "customer name", "applicant", "organisation", "organization", "legal name"),
        *("企业名称", "公司名称", "单位名称", "供应商名称", "供应商", "客户名称", "客户", "名称"),
        *("企业", "公司", "中文名称", "企业名稱", "公司名稱", "供應商名稱", "名稱"),
    ),
    NAME_EN: ("english name", "name_en", "name en", "company name en", "英文名称", "英文名"),
    FORMER: ("former name", "former names", "previous name", "alias", "aliases", "曾用名", "原名称"),
    PLACE: (
        *("place", "province", "region", "city", "location", "地区", "省份", "省市", "城市"),
        *("所在地", "注册地", "address", "地址", "注册地址"),
    ),
    REFERENCE: (
        "reference",
        "id",
        "supplier id",
        "vendor id",
        "customer id",
        "编号",
        "供应商编号",
        "客户编号",
    ),
    USCC: (
        *("uscc", "unified social credit code", "social credit code", "registration number"),
        *("统一社会信用代码", "社会信用代码", "信用代码"),
    ),
}
NAME_SHARE_MIN: Final = 0.5
# Chosen for a meaning that no column has, whatever its heading says.
NO_COLUMN: Final = "-"
_LOOKS_LIKE_A_NAME: Final = re.compile(
    r"公司|集团|研究院|研究所|厂$|\b(?:co|ltd|limited|inc|corp|corporation|company|gmbh|llc|group)\b",
    re.IGNORECASE,
)
_FORMER_NAMES: Final = re.compile(r"[;；、|\n]")


@dataclass(frozen=True, slots=True)
class ListColumns:
    """The columns of a list: their headings, where each meaning stands, and whether row one is a heading."""

    headings: tuple[str, ...]
    places: Mapping[str, int]
    has_heading: bool

    def cell(self, cells: Sequence[str], meaning: str) -> str:
        """The cell of a meaning in a row; empty where there is none."""
        place = self.places.get(meaning)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    def former_names(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The former names in a row, which one cell may hold several of."""
        parts = (part.strip() for part in _FORMER_NAMES.split(self.cell(cells, FORMER)))
        return tuple(part for part in parts if part)

    def summary(self) -> str:
        """Which column is taken for what, for people."""
        return ", ".join(f"{meaning} = {self.headings[place]!r}" for meaning, place in self.places.items())


def columns_of(
    sample: Sequence[InputRow], chosen: Mapping[str, str], *, has_heading: bool | None = None
) -> ListColumns:
    """The columns of a list, by its first rows; `chosen` names some by heading or number.

    `has_heading` says whether row one is a heading, where it is known.
    Raises `ColumnError` for one that is not there, and `NoNameColumnError` where none holds names.
    """
    first = sample[0].cells if sample else []
    named = Columns(first, MEANINGS)
    places = {one.meaning: place for place, one in enumerate(named.columns) if one.meaning is not None}
    if has_heading is None:
        has_heading = bool(places) or (len(first) > 1 and not any(map(_is_name, first)))
    headings = tuple(first) if has_heading else tuple(f"column {place + 1}" for place in range(len(first)))
    for meaning, asked in chosen.items():
        if asked == NO_COLUMN:
            places.pop(meaning, None)
        else:
            places[meaning] = _place(asked, headings)
    if NAME not in places:
        body = sample[1:] if has_heading else sample
        places[NAME] = _likeliest(headings, [row.cells for row in body], places.values())
    return ListColumns(headings, dict(sorted(places.items(), key=lambda item: item[1])), has_heading)


def _place(asked: str, headings: Sequence[str]) -> int:
    folded = [heading.strip().casefold() for heading in headings]
    if asked.strip().casefold() in folded:
        return folded.index(asked.strip().casefold())
    if asked.isdecimal() and 1 <= int(asked[:6]) <= len(headings):
        return int(asked) - 1
    raise ColumnError(asked, headings)


def _likeliest(headings: Sequence[str], rows: Sequence[Sequence[str]], taken: Iterable[int]) -> int:
    """The column of which most cells look like names of companies; of a single column it is that one."""
    if len(headings) == 1:
        return 0
    shares = [
        (sum(len(row) > place and _is_name(row[place]) for row in rows) / max(len(rows), 1), -place)
        for place in range(len(headings))
    ]
    free = [share for place, share in enumerate(shares) if place not in set(taken)]
    best = max(free, default=(0.0, 0))
    if best[0] < NAME_SHARE_MIN:
        raise NoNameColumnError(headings)
    return -best[1]


def _is_name(cell: str) -> bool:
    return _LOOKS_LIKE_A_NAME.search(cell) is not None or (is_chinese(cell) and len(cell) > 6)
