"""From the picture of a page to lines and rows: upright, its rules found, its words in their cells.

Lengths are in pixels, with y running down.
"""

import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from giants.sources.lists.page_process import ERROR, Output
from giants.sources.lists.pictures import DamagedPictureError, encoded, frames
from giants.sources.lists.recognition import NotInstalledError, Pixels, ReadLine, recognised
from giants.sources.lists.ruled_page import Piece, Rule, Word, page_parts
from giants.sources.lists.unruled import as_row

# Pictures with shorter sides are magnified: small letters are read badly.
SIDE_PIXELS_MIN = 1_600
# A page that reads worse on average, or whose lines run down its side, is tried the other ways round.
CONFIDENCE_MIN = 0.9
_TURNS = (90, 270, 180)
# Degrees. Less is not worth turning, more is no page that lies askew.
SKEW_MIN, SKEW_MAX = 0.1, 15.0
# Rules are at least as long as this part of the page's width, and dark.
RULE_SHARE_MIN = 0.03
RULE_DARKNESS_MIN = 40
# Rules nearer than this part of the page's width are one, and tables reach this far around their rules.
NEAR_SHARE = 0.004
TABLE_EDGES_MIN = 2
# A page with less ink is the empty back of a sheet.
BLANK_INK_SHARE_MAX = 0.0005
# Processor time, for a page that is read up to five times.
PAGE_SECONDS_MAX = 120


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as it was read, upright: its picture, and its words and rules by place."""

    picture: Image.Image
    lines: tuple[ReadLine, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    rules: tuple[Rule, ...]
    box: tuple[float, float, float, float]

    def holds(self, x: float, y: float) -> bool:
        left, top, right, bottom = self.box
        return left <= x <= right and top <= y <= bottom


def picture_items(content: IO[bytes], *, with_pictures: bool) -> Iterator[Output]:
    """The lines and rows of a picture of one page or several."""
    try:
        for number, frame in enumerate(frames(content), start=1):
            yield from scanned_items(page_of(frame), number, with_pictures=with_pictures)
    except DamagedPictureError as error:
        yield {ERROR: str(error), "page": 1}
    except NotInstalledError as error:
        yield {ERROR: f"is a picture, {error}", "page": 1}


def page_of(picture: Image.Image) -> ReadPage:
    """Read the picture of a page, whichever way round it lies; raises `NotInstalledError`."""
    _allow_time()
    picture = picture.convert("RGB")
    if (scale := SIDE_PIXELS_MIN / max(picture.size)) > 1:
        picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    picture, lines = _right_way_up(picture)
    skew = _skew(lines)
    if SKEW_MIN <= abs(skew) <= SKEW_MAX:
        picture = picture.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor="white")
        lines = recognised(np.asarray(picture))
    return ReadPage(picture, tuple(lines), tuple(_rules(np.asarray(picture.convert("L")))))


def _allow_time() -> None:
    """Give this process as much more processor time as a page may need, up to its last limit."""
    now, most = resource.getrlimit(resource.RLIMIT_CPU)
    if now != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_CPU, (min(now + PAGE_SECONDS_MAX, most), most))


def _right_way_up(picture: Image.Image) -> tuple[Image.Image, list[ReadLine]]:
    """A picture turned so that its lines run from left to right, and these lines.

    Only a page that reads badly, or down its side, is turned: each turn is another reading.
    """
    lines = recognised(np.asarray(picture))
    if not lines or (_is_legible(lines) and not _run_down(lines)):
        return picture, lines
    readings = [(picture, lines)]
    for turn in _TURNS:
        turned = picture.rotate(turn, expand=True)
        readings.append((turned, recognised(np.asarray(turned))))
    return max(readings, key=lambda reading: 0 if _run_down(reading[1]) else _certain_characters(reading[1]))


def _certain_characters(lines: Sequence[ReadLine]) -> int:
    return sum(character.confidence >= CONFIDENCE_MIN for line in lines for character in line.characters)


def _is_legible(lines: Sequence[ReadLine]) -> bool:
    scores = [character.confidence for line in lines for character in line.characters]
    return bool(scores) and sum(scores) / len(scores) >= CONFIDENCE_MIN


def _run_down(lines: Sequence[ReadLine]) -> bool:
    """Whether most long lines are higher than wide."""
    long = [line for line in lines if len(line.text) > 2]
    downward = sum(bool(np.ptp(line.corners[:, 1]) > np.ptp(line.corners[:, 0])) for line in long)
    return downward * 2 > len(long)


def _skew(lines: Sequence[ReadLine]) -> float:
    """How far lines run down to the right, in degrees: the middle of those that are long enough to tell."""
    angles = []
    for line in lines:
        along = (line.corners[1] + line.corners[2] - line.corners[0] - line.corners[3]) / 2
        if along[0] > 8 * np.linalg.norm(line.corners[3] - line.corners[0]):
            angles.append(np.degrees(np.arctan2(along[1], along[0])))
    return float(np.median(angles)) if angles else 0.0


def _rules(gray: Pixels) -> Iterator[Rule]:
    """The horizontal and vertical rules of a page."""
    import cv2  # noqa: PLC0415 - comes with the extra

    height, width = gray.shape
    length = max(int(width * RULE_SHARE_MIN), 8)
    near = max(int(width * NEAR_SHARE), 2)
    paper = cv2.medianBlur(cv2.resize(gray, None, fx=0.25, fy=0.25), 31)
    darkness = cv2.subtract(cv2.resize(paper, (width, height)), gray)
    ink = (darkness > RULE_DARKNESS_MIN).astype(np.uint8)
    for across in (True, False):
        # A rule of a scan is broken and not quite straight: gaps are closed before what is short goes.
        gap, bar, thick = ((near, 1), (length, 1), (1, 3)) if across else ((1, near), (1, length), (3, 1))
        solid = cv2.dilate(ink, np.ones(thick[::-1], np.uint8))
        solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones(gap[::-1], np.uint8))
        solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones(bar[::-1], np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
        for x, y, w, h, _ in stats[1:count].tolist():
            if across and w > 4 * h:
                yield Rule(x, y + h / 2, x + w, y + h / 2)
            elif not across and h > 4 * w:
                yield Rule(x + w / 2, y, x + w / 2, y + h)


def scanned_items(page: ReadPage, number: int, *, with_pictures: bool) -> Iterator[Output]:
    """Lines and rows of a page from top to bottom, each with confidence and box."""
    tables = _tables(page)
    width, height = page.picture.size
    parts: list[tuple[float, int, Piece | tuple[Piece | None, ...]]] = []
    words: dict[int, list[Word]] = {}
    for line in page.lines:
        middle = line.corners.mean(axis=0)
        index = next((n for n, table in enumerate(tables, start=1) if table.holds(*middle)), 0)
        edges = [rule.x0 for rule in tables[index - 1].rules if rule.x0 == rule.x1] if index else []
        words.setdefault(index, []).extend(_words(line, edges))
    for index, table in enumerate(tables, start=1):
        parts += [(table.box[1], index, part) for part in page_parts(words.get(index, []), table.rules)]
    parts += [(_top(part), 0, part) for part in page_parts(words.get(0, []), [])]
    above: list[str] = []
    for _, index, part in sorted(parts, key=lambda item: item[:2]):
        output = _output(part, index, above if not tables else None)
        above = output.get("cells", above)
        yield {**output, "page": number, "box": _box(part, width, height)}
    if not parts and not _is_blank(page.picture):
        yield {"unread": "is a picture in which no text can be read", "page": number}
    if with_pictures:
        yield {"picture": encoded(page.picture), "page": number}


def _is_blank(picture: Image.Image) -> bool:
    """Whether next to nothing on a page is darker than its paper, as on the back of a sheet."""
    gray = np.asarray(picture.convert("L"), np.int16)
    return bool((gray < np.median(gray) - RULE_DARKNESS_MIN).mean() < BLANK_INK_SHARE_MAX)


def _output(part: Piece | tuple[Piece | None, ...], table: int, above: list[str] | None) -> Output:
    if isinstance(part, tuple):
        return {
            "cells": [None if piece is None else piece.text for piece in part],
            "confidences": [1.0 if piece is None else piece.confidence for piece in part],
            "table": table,
        }
    cells = as_row(part.text, above) if above is not None else None
    if cells is None:
        return {"text": part.text, "confidence": part.confidence}
    return {"cells": cells, "confidences": [part.confidence] * len(cells), "table": 1}


def _tables(page: ReadPage) -> list[_Table]:
    """Rules that cross or touch each other are a table, from top to bottom."""
    near = page.picture.width * NEAR_SHARE
    groups: list[list[Rule]] = []
    for rule in page.rules:
        touching = [group for group in groups if any(_touch(rule, other, near) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([rule, *(other for group in touching for other in group)])
    tables = []
    for group in groups:
        across = _snapped([rule.y0 for rule in group if rule.y0 == rule.y1], near)
        down = _snapped([rule.x0 for rule in group if rule.x0 == rule.x1], near)
        if len(across) < TABLE_EDGES_MIN or len(down) < TABLE_EDGES_MIN:
            continue
        snapped = tuple(
            Rule(rule.x0, across[rule.y0], rule.x1, across[rule.y0])
            if rule.y0 == rule.y1
            else Rule(down[rule.x0], rule.y0, down[rule.x0], rule.y1)
            for rule in group
        )
        box = (min(down.values()), min(across.values()), max(down.values()), max(across.values()))
        tables.append(_Table(snapped, box))
    return sorted(tables, key=lambda table: table.box[1])


def _touch(one: Rule, other: Rule, near: float) -> bool:
    return (
        one.x0 - near <= other.x1
        and other.x0 - near <= one.x1
        and one.y0 - near <= other.y1
        and other.y0 - near <= one.y1
    )


def _snapped(places: Sequence[float], near: float) -> dict[float, float]:
    """For each place the middle of the places near it."""
    snapped: dict[float, float] = {}
    group: list[float] = []
    for place in [*sorted(places), float("inf")]:
        if group and place - group[-1] > near:
            snapped |= dict.fromkeys(group, round(sum(group) / len(group)))
            group = []
        group.append(place)
    return snapped


def _words(line: ReadLine, edges: Sequence[float]) -> Iterator[Word]:
    """A line, divided where the rules of columns run through it."""
    top, bottom = line.corners[:2, 1].mean(), line.corners[2:, 1].mean()
    left, right = line.corners[[0, 3], 0].mean(), line.corners[[1, 2], 0].mean()
    certainty = min((character.confidence for character in line.characters), default=0.0)
    inner = sorted({edge for edge in edges if left < edge < right})
    size = float(bottom - top)
    parts: dict[int, list[int]] = {}
    for index, character in enumerate(line.characters):
        middle = (character.left + character.right) / 2
        parts.setdefault(sum(edge < middle for edge in inner), []).append(index)
    if len(parts) < 2:
        column = next(iter(parts), 0)
        start = max(left, inner[column - 1]) if column and inner else left
        yield Word(float(start), float(bottom), size, line.text, certainty, float(right - start))
        return
    for column, indices in parts.items():
        characters = [line.characters[index] for index in indices]
        text = "".join(character.text for character in characters)
        sure = min(character.confidence for character in characters)
        x = max(characters[0].left, inner[column - 1] if column else 0.0)
        yield Word(x, float(bottom), size, text, sure, characters[-1].right - x)


def _pieces(part: Piece | tuple[Piece | None, ...]) -> list[Word]:
    pieces = part if isinstance(part, tuple) else (part,)
    return [word for piece in pieces if piece is not None for word in piece.words]


def _top(part: Piece | tuple[Piece | None, ...]) -> float:
    return min((word.y - word.size for word in _pieces(part)), default=0.0)


def _box(part: Piece | tuple[Piece | None, ...], width: int, height: int) -> list[float]:
    """The box around the words of a part, as shares of the page."""
    words = _pieces(part)
    if not words:
        return [0.0, 0.0, 0.0, 0.0]
    left, right = min(word.x for word in words), max(word.end for word in words)
    top, bottom = min(word.y - word.size for word in words), max(word.y for word in words)
    shares: NDArray[np.float64] = np.clip(
        [left / width, top / height, right / width, bottom / height], 0.0, 1.0
    )
    return [round(share, 4) for share in shares.tolist()]
