"""What a title or section heading says of the list below it: which list, batch, year, stage, day, total.

Notices announce several lists at once ("第七批…企业和2025年…复核通过企业名单的公示"); the title of a notice
then speaks of each, and the heading of each attachment of one.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from giants.sources.text import parse_date
from schemas.base import BATCH_MAX, REVIEW_YEAR_MAX, REVIEW_YEAR_MIN, Stage


class ListKind(StrEnum):
    """What a list says of the companies on it."""

    DESIGNATION = "designation"
    REVIEW_PASSED = "review, passed"
    REVIEW_FAILED = "review, failed"
    REVOCATION = "revocation"
    ELEVATION = "elevation"
    # Companies that were not put forward, or that gave up: no list of the contract names them.
    DECLINED = "not put forward"

    @property
    def is_review(self) -> bool:
        """Whether it is one of the two halves of a review list."""
        return self in {ListKind.REVIEW_PASSED, ListKind.REVIEW_FAILED}


@dataclass(frozen=True, slots=True)
class Mention:
    """One list that a text speaks of."""

    kind: ListKind
    batch: int | None = None
    review_year: int | None = None


_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九十")} | {"零": 0, "两": 2}
_NUMERAL = r"[〇零一二两三四五六七八九十\d]{1,4}"
_BATCH = re.compile(rf"第\s*({_NUMERAL})\s*批")
_BETWEEN_BATCHES = re.compile(r"[、,;/&+|和及与]|(?<=批)(?=第)")
_YEAR = re.compile(r"(20\d{2})\s*年")
_DAY = re.compile(r"20\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?")
_BETWEEN_LISTS = re.compile(r"(?:企业|名单|公示|公告)\s*(?:名单)?[”\"》]?\s*(?:和|及|以及|与|、|；)")
_TOTAL = re.compile(r"(?:共计?|合计|总计)?\s*(\d{1,5})\s*(?:家|户|个)")

_REVIEWED = ("复核", "复审")
_NOT_PASSED = ("未通过", "不通过", "不予通过", "不合格", "未予通过")
_TAKEN_AWAY = ("撤销", "取消")
_GIVEN_UP = ("不推荐", "未推荐", "不予推荐", "主动放弃", "自愿放弃", "放弃")
_CHAMPION = "单项冠军"
_SUBJECT = ("小巨人", "专精特新", "名单", "企业", _CHAMPION)
_FINAL = ("公布", "印发", "认定", "公告", "通告")


def plain(text: str) -> str:
    """The text in one width, without spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def number_of(numeral: str) -> int | None:
    """A Chinese or decimal number below 100: 七 is 7, 十二 is 12, 二十 is 20; null for anything else."""
    if numeral.isascii() and numeral.isdigit():
        return int(numeral)
    if any(character not in _DIGITS for character in numeral):
        return None
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return _DIGITS[numeral] if len(numeral) == 1 else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def mentions(text: str) -> tuple[Mention, ...]:
    """The lists that a text speaks of, each once; empty where it speaks of none."""
    found: dict[Mention, None] = {}
    for part in _parts(plain(text)):
        mention = _mention(part)
        if mention is not None:
            found[mention] = None
    return tuple(found)


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for match in _BETWEEN_LISTS.finditer(text):
        parts.append(text[start : match.end()])
        start = match.end()
    return [*parts, text[start:]]


def _mention(text: str) -> Mention | None:
    kind = _kind_of_list(text)
    if kind is None:
        return None
    if kind.is_review:
        return Mention(kind, None, review_year_of(text))
    return Mention(kind, None if kind is ListKind.DECLINED else batch_of(text))


def _kind_of_list(text: str) -> ListKind | None:
    reviewed = _any_of(_REVIEWED, text)
    if not reviewed and not _any_of(_SUBJECT, text):
        return None
    if _any_of(_NOT_PASSED, text) or (reviewed and _any_of((*_TAKEN_AWAY, *_GIVEN_UP), text)):
        return ListKind.REVIEW_FAILED
    signs = (
        (reviewed, ListKind.REVIEW_PASSED),
        (_any_of(_TAKEN_AWAY, text), ListKind.REVOCATION),
        (_any_of(_GIVEN_UP, text), ListKind.DECLINED),
        (_CHAMPION in text, ListKind.ELEVATION),
        (batch_of(text) is not None or "小巨人" in text, ListKind.DESIGNATION),
    )
    return next((kind for sign, kind in signs if sign), None)


def _any_of(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def batch_of(text: str) -> int | None:
    """The batch that a text names: 第七批 and 第7批 are 7."""
    match = _BATCH.search(plain(text))
    batch = number_of(match.group(1)) if match else None
    return batch if batch is not None and 1 <= batch <= BATCH_MAX else None


def batches_of(cell: str) -> tuple[int, ...]:
    """The batches of a cell, each once: 第一批、第四批 are 1 and 4; none where it says nothing of a batch.

    Raises `ValueError` where only a part of the cell is understood.
    """
    text = plain(cell)
    batches: dict[int, None] = {}
    parts = [part for part in _BETWEEN_BATCHES.split(text) if part]
    for part in parts:
        batch = batch_of(part) or number_of(part.removeprefix("第").removesuffix("批"))
        if batch is not None and 1 <= batch <= BATCH_MAX:
            batches[batch] = None
        elif batches or "批" in text or any(character.isdigit() for character in text):
            raise ValueError(f"the batch {cell.strip()!r} is not understood")
    return tuple(batches)


def review_year_of(text: str) -> int | None:
    """The first year that a text names."""
    match = _YEAR.search(text)
    year = int(match.group(1)) if match else None
    return year if year is not None and REVIEW_YEAR_MIN <= year <= REVIEW_YEAR_MAX else None


def stage_of(text: str) -> Stage | None:
    """Whether a text speaks of a public notice or of the final list."""
    text = plain(text)
    if "公示" in text:
        return Stage.PUBLIC_NOTICE
    return Stage.FINAL if _any_of(_FINAL, text) else None


def signed_on(text: str) -> date | None:
    """The day that stands alone on a line, as under a notice, or after 发布时间."""
    text = re.sub(r"^(?:发布|公布|发文|成文)?(?:时间|日期)[::]", "", plain(text))
    match = _DAY.match(text)
    if match is None or not re.fullmatch(r"(?:\d{1,2}:\d{2}(?::\d{2})?)?", text[match.end() :]):
        return None
    return parse_date(match.group())


def total_of(text: str) -> int | None:
    """The number of companies that a heading gives: （384家）."""
    match = _TOTAL.search(plain(text))
    return int(match.group(1)) if match else None


def outcome_of(text: str) -> ListKind | None:
    """What a word in a result or remark column says, or null where it says nothing of the kind."""
    text = plain(text)
    if _any_of((*_NOT_PASSED, *_TAKEN_AWAY), text):
        return ListKind.REVIEW_FAILED
    if _any_of(_GIVEN_UP, text):
        return ListKind.DECLINED
    return ListKind.REVIEW_PASSED if text in {"通过", "复核通过", "合格", "是", "通过复核"} else None


def gave_up(text: str) -> bool:
    """Whether a remark says that the company did not apply."""
    return any(word in plain(text) for word in ("放弃", "未申请", "未申报", "未提出"))


def corrects_another_list(title: str) -> bool:
    """Whether a document only says what was wrong in another one."""
    return _any_of(("更正", "勘误"), plain(title))


def adds_to_another_list(title: str) -> bool:
    """Whether a list names only who was forgotten, or moved up, on another one."""
    return _any_of(("增补", "补充", "递补", "增列"), plain(title))
