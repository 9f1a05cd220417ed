"""What the columns of a list mean: from their headings, or, where there are none, from their cells."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from giants.domain.regions import parse_region
from giants.sources.lists.titles import plain


class Meaning(StrEnum):
    """The columns of lists that say something of a company."""

    SEQ = "seq"
    NAME = "name"
    REGION = "region"
    CITY = "city"
    NAME_EN = "name_en"
    USCC = "uscc"
    BATCH = "batch"
    RESULT = "result"
    REASON = "reason"
    OLD_NAME = "old_name"
    NEW_NAME = "new_name"
    EFFECTIVE_ON = "effective_on"
    LEVEL = "level"


_HEADINGS: dict[Meaning, tuple[str, ...]] = {
    Meaning.SEQ: ("序号", "编号", "no", "no.", "#", "序", "seq", "sequence", "sequence_no", "number"),
    Meaning.OLD_NAME: (
        "原企业名称",
        "更名前企业名称",
        "变更前企业名称",
        "原名称",
        "更名前",
        "变更前",
        "变更前名称",
        "更名前名称",
        "曾用名",
        "原公司名称",
        "old_name",
        "former_name",
        "old name",
        "former name",
    ),
    Meaning.NEW_NAME: (
        "更名后企业名称",
        "变更后企业名称",
        "现企业名称",
        "新企业名称",
        "现名称",
        "新名称",
        "更名后",
        "变更后",
        "变更后名称",
        "更名后名称",
        "现公司名称",
        "new_name",
        "current_name",
        "new name",
        "current name",
    ),
    Meaning.NAME: (
        "企业名称",
        "单位名称",
        "公司名称",
        "企业全称",
        "企业名单",
        "申报企业",
        "名称",
        "企业",
        "单位",
        "公司",
        "name",
        "company",
        "company name",
        "company_name",
        "enterprise",
        "enterprise_name",
        "enterprise name",
        "name_zh",
        "chinese name",
    ),
    Meaning.REGION: (
        "地区",
        "省份",
        "所属地区",
        "省市",
        "区域",
        "所在地区",
        "所在地",
        "所属区域",
        "推荐单位",
        "推荐部门",
        "所在省份",
        "省(区、市)",
        "省、自治区、直辖市",
        "所属省份",
        "省(市)",
        "省",
        "辖区",
        "属地",
        "region",
        "province",
        "authority",
    ),
    Meaning.CITY: (
        "市",
        "城市",
        "地市",
        "市州",
        "市(州)",
        "设区市",
        "所属市",
        "所在市",
        "市县",
        "区县",
        "县区",
        "市区",
        "县(市、区)",
        "地级市",
        "city",
    ),
    Meaning.NAME_EN: (
        "英文名称",
        "企业英文名称",
        "公司英文名称",
        "name_en",
        "english name",
        "english_name",
        "name (en)",
    ),
    Meaning.USCC: (
        "统一社会信用代码",
        "社会信用代码",
        "信用代码",
        "uscc",
        "credit code",
        "unified social credit code",
    ),
    Meaning.BATCH: ("批次", "所属批次", "认定批次", "入选批次", "batch"),
    Meaning.RESULT: (
        "复核结果",
        "审核结果",
        "结果",
        "是否通过",
        "复核结论",
        "结论",
        "复核情况",
        "result",
        "outcome",
    ),
    Meaning.REASON: ("原因", "理由", "备注", "说明", "未通过原因", "reason", "remarks", "note"),
    Meaning.LEVEL: (
        "级别",
        "称号",
        "称号级别",
        "企业类型",
        "类别",
        "类型",
        "认定级别",
        "荣誉",
        "荣誉称号",
        "level",
    ),
    Meaning.EFFECTIVE_ON: (
        "更名时间",
        "变更时间",
        "变更日期",
        "更名日期",
        "核准日期",
        "生效日期",
        "effective_on",
        "date",
    ),
}
_MEANING_OF = {
    plain(heading).lower(): meaning for meaning, headings in _HEADINGS.items() for heading in headings
}

# What the names of companies end in; the last resort where a table has no heading.
COMPANY_ENDING = re.compile(
    r"(?:公司|厂|集团|研究院|研究所|设计院|工厂|中心|合作社|社|部|所|院|店|行|co\.?,?\s*ltd\.?)[)】\]]?$",
    re.IGNORECASE,
)
_SPEAKS_OF_COMPANIES = re.compile("企业|公司|单位|名称|名单|compan|enterprise|name", re.IGNORECASE)
# Rows that are looked at to guess columns, and the part of them that must agree.
GUESSED_FROM_ROWS = 30
GUESSED_SHARE_MIN = 0.6


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column holds what. Tables printed in several blocks side by side have one mapping a block."""

    blocks: tuple[dict[Meaning, int], ...]
    headings: tuple[str, ...]
    guessed: bool = False

    @property
    def width(self) -> int:
        """How many columns the table has."""
        return len(self.headings)

    def meaning_at(self, index: int) -> Meaning | None:
        """What a column means, if anything."""
        return next((meaning for block in self.blocks for meaning, at in block.items() if at == index), None)

    def has(self, meaning: Meaning) -> bool:
        """Whether some column has this meaning."""
        return any(meaning in block for block in self.blocks)


def meaning_of(heading: str) -> Meaning | None:
    """What a heading means; brackets that explain it are not looked at."""
    text = plain(heading).lower().rstrip(":*")
    return _MEANING_OF.get(text) or _MEANING_OF.get(re.sub(r"\([^()]*\)$", "", text))


def layout_of(cells: Sequence[str | None]) -> Layout | None:
    """The layout that a row of headings gives; null where the row is none."""
    headings = tuple(cell or "" for cell in cells)
    meanings = [meaning_of(heading) for heading in headings]
    blocks = tuple(_blocks(meanings))
    if not any(
        Meaning.NAME in block or {Meaning.OLD_NAME, Meaning.NEW_NAME} <= block.keys() for block in blocks
    ):
        return None
    # A company that is called 企业 is none: what is not understood must be shorter than a name with its form.
    if any(
        meaning is None and COMPANY_ENDING.search(heading) and len(heading) > 6
        for meaning, heading in zip(meanings, headings, strict=True)
    ):
        return None
    return Layout(blocks, headings)


def _blocks(meanings: Sequence[Meaning | None]) -> Iterator[dict[Meaning, int]]:
    """One mapping a block; a block ends where the meaning that began the first comes again."""
    opening = next((meaning for meaning in meanings if meaning is not None), None)
    block: dict[Meaning, int] = {}
    for index, meaning in enumerate(meanings):
        if meaning is None:
            continue
        if meaning is opening and meaning in block:
            yield block
            block = {}
        block.setdefault(meaning, index)
    if block:
        yield block


def guessed_layout(rows: Sequence[Sequence[str | None]]) -> Layout | None:
    """A layout from the cells of the first rows: numbers, places, names that end as companies do."""
    rows = rows[:GUESSED_FROM_ROWS]
    width = max((len(row) for row in rows), default=0)
    shares = [_shares([row[index] or "" for row in rows if index < len(row)]) for index in range(width)]
    block: dict[Meaning, int] = {}
    for meaning in (Meaning.NAME, Meaning.SEQ, Meaning.REGION):
        taken = set(block.values())
        best = max(
            (index for index in range(width) if index not in taken),
            key=lambda index: shares[index][meaning],
            default=None,
        )
        if best is not None and shares[best][meaning] >= GUESSED_SHARE_MIN:
            block[meaning] = best
    return Layout((block,), ("",) * width, guessed=True) if Meaning.NAME in block else None


def unknown_heading(cells: Sequence[str | None], layout: Layout) -> str | None:
    """The heading of the column that is guessed to hold names, where it speaks of something else.

    "供应商" or "Applicants" above companies says that the table lists no designations; a first row with a
    company, with nothing, or with a word such as 入围企业 does not.
    """
    heading = _cell_of_names(cells, layout)
    if not heading or COMPANY_ENDING.search(heading) or _SPEAKS_OF_COMPANIES.search(heading):
        return None
    return heading if len([cell for cell in cells if cell and cell.strip()]) > 1 else None


def is_heading_of_names(cells: Sequence[str | None], layout: Layout) -> bool:
    """Whether the first row of a table whose columns were guessed is a heading such as 入围企业."""
    heading = _cell_of_names(cells, layout)
    return _SPEAKS_OF_COMPANIES.search(heading) is not None and COMPANY_ENDING.search(heading) is None


def _cell_of_names(cells: Sequence[str | None], layout: Layout) -> str:
    at = next(index for block in layout.blocks for meaning, index in block.items() if meaning is Meaning.NAME)
    return plain(cells[at] or "") if at < len(cells) else ""


def _shares(cells: Sequence[str]) -> dict[Meaning, float]:
    filled = [plain(cell) for cell in cells if cell.strip()]
    if not filled:
        return dict.fromkeys((Meaning.NAME, Meaning.SEQ, Meaning.REGION), 0.0)
    tests = {
        Meaning.NAME: lambda cell: len(cell) > 4 and COMPANY_ENDING.search(cell) is not None,
        Meaning.SEQ: lambda cell: cell.isdigit(),
        Meaning.REGION: lambda cell: (
            len(cell) <= 12 and COMPANY_ENDING.search(cell) is None and parse_region(cell) is not None
        ),
    }
    return {meaning: sum(map(test, filled)) / len(filled) for meaning, test in tests.items()}
