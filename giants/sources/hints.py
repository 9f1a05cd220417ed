"""What the names of files and folders say of a list that does not say it itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Final, TypeVar

from giants.domain.regions import find_region, parse_region
from giants.sources.base import Hints
from giants.sources.lists.titles import batch_of, review_year_of, stage_of
from giants.sources.text import parse_date
from schemas.base import BATCH_MAX, AuthorityCode, Stage

# Words of a name that may be one region together: "Inner Mongolia", "Production and Construction Corps".
_REGION_WORDS_MAX: Final = 4
_BATCH: Final = re.compile(r"(?<![a-z])(?:batch|b)[\s_-]?(\d{1,2})(?!\d)", re.IGNORECASE)
_REVIEW: Final = re.compile("复核|复审|review", re.IGNORECASE)
_RENAME: Final = re.compile("更名|rename", re.IGNORECASE)
_NOTICE: Final = re.compile("notice", re.IGNORECASE)
_FINAL: Final = re.compile("final", re.IGNORECASE)
_DAY: Final = re.compile(r"(?<!\d)(20\d{2}[-_.年]?\d{1,2}[-_.月]?\d{1,2})日?(?!\d)")
_BETWEEN_WORDS: Final = re.compile(r"[\s_\-.,()（）\[\]【】]+")


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class PathHints:
    """The hints of a path, and which kind of list its name speaks of."""

    hints: Hints
    speaks_of_reviews: bool
    speaks_of_renames: bool


def hints_of(path: PurePath) -> PathHints:
    """The hints of a path within a folder; the name of the file counts before those of folders around it."""
    parts = [path.stem, *reversed(path.parent.parts)]
    text = " ".join(reversed(parts))
    is_review = _REVIEW.search(text) is not None
    hints = Hints(
        batch=None if is_review else _first(_batch(part) for part in parts),
        review_year=review_year_of(text) or _year(text) if is_review else None,
        authority=_first(_authority(part) for part in parts),
        stage=_first(_stage(part) for part in parts),
        published_on=_first(_day(part) for part in parts),
    )
    return PathHints(hints, is_review, _RENAME.search(text) is not None)


def _first(values: Iterable[Found | None]) -> Found | None:
    return next((value for value in values if value is not None), None)


def _batch(part: str) -> int | None:
    match = _BATCH.search(part)
    number = int(match.group(1)) if match is not None else None
    return batch_of(part) or (number if number is not None and 1 <= number <= BATCH_MAX else None)


def _year(text: str) -> int | None:
    match = re.search(r"(?<!\d)20\d{2}(?!\d)", text)
    return int(match.group()) if match is not None else None


def _authority(part: str) -> AuthorityCode | None:
    words = [word for word in _BETWEEN_WORDS.split(part) if word]
    for count in range(min(_REGION_WORDS_MAX, len(words)), 0, -1):
        for start in range(len(words) - count + 1):
            text = " ".join(words[start : start + count])
            code = text.upper() if text.isascii() and text.upper() in AuthorityCode.__members__ else text
            if (authority := parse_region(code)) is not None:
                return authority
    return find_region(part)


def _stage(part: str) -> Stage | None:
    if _NOTICE.search(part):
        return Stage.PUBLIC_NOTICE
    return Stage.FINAL if _FINAL.search(part) else stage_of(part)


def _day(part: str) -> date | None:
    return _first(parse_date(text.replace("_", "-")) for text in _DAY.findall(part))
