"""A page of text and rules by place: the rows of its ruled table, and the lines around it.

Lengths are in one unit throughout, with y running down. Rules that are not straight along an axis count for
nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Rules nearer to each other are one, and text may stick out over one by as much.
TOLERANCE = 1.0
# Words of one line stand on one base line, to this part of their size.
SAME_LINE_SHARE = 0.6
WORD_GAP_SHARE = 1.2
RULES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text at the left end of its base line; `size` is the height of its letters.

    `confidence` (0 to 1) is that of text recognition; printed text is certain. `width` is null where the
    document does not say it.
    """

    x: float
    y: float
    size: float
    text: str
    confidence: float = 1.0
    width: float | None = None

    @property
    def end(self) -> float:
        """The right end: as given, or as wide as ideographs are."""
        return self.x + (self.size * len(self.text) if self.width is None else self.width)


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of a line or a cell, and the words that it consists of."""

    text: str
    words: tuple[Word, ...] = ()

    @property
    def confidence(self) -> float:
        """That of the word that is least certain."""
        return min((word.confidence for word in self.words), default=1.0)


PagePart = Piece | tuple[Piece | None, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line."""

    x0: float
    y0: float
    x1: float
    y1: float


def page_parts(words: Sequence[Word], rules: Sequence[Rule]) -> Iterator[PagePart]:
    """Lines as text and rows of the ruled table as cells, null where a merged cell covers them."""
    rules = rules[:RULES_MAX]
    columns = _edges([rule.x0 for rule in rules if _is_vertical(rule)])
    rows = _edges([rule.y0 for rule in rules if _is_horizontal(rule)])
    if len(columns) < 2 or len(rows) < 2:
        yield from _lines(words)
        return
    table: dict[tuple[int, int], list[Word]] = {}
    outside: list[Word] = []
    for word in words:
        row, column = _index(rows, word.y - word.size / 2), _index(columns, word.x)
        if row is None or column is None:
            outside.append(word)
        else:
            table.setdefault((row, column), []).append(word)
    yield from _lines([word for word in outside if word.y < rows[0] + TOLERANCE])
    yield from _rows(table, rows, columns, rules)
    yield from _lines([word for word in outside if word.y >= rows[0] + TOLERANCE])


def _is_vertical(rule: Rule) -> bool:
    return abs(rule.x0 - rule.x1) < TOLERANCE < abs(rule.y0 - rule.y1)


def _is_horizontal(rule: Rule) -> bool:
    return abs(rule.y0 - rule.y1) < TOLERANCE < abs(rule.x0 - rule.x1)


def _edges(places: Sequence[float]) -> list[float]:
    edges: list[float] = []
    for place in sorted(places):
        if not edges or place - edges[-1] > TOLERANCE:
            edges.append(place)
    return edges


def _index(edges: Sequence[float], place: float) -> int | None:
    return next(
        (n for n, (low, high) in enumerate(pairwise(edges)) if low - TOLERANCE / 2 <= place < high), None
    )


def _rows(
    table: dict[tuple[int, int], list[Word]],
    rows: Sequence[float],
    columns: Sequence[float],
    rules: Sequence[Rule],
) -> Iterator[tuple[Piece | None, ...]]:
    """The rows with their cells; the text of a merged cell stands in the first row that it covers."""
    heads: dict[tuple[int, int], int] = {}
    levels = [rule for rule in rules if _is_horizontal(rule)]
    for column, (left, right) in enumerate(pairwise(columns)):
        closed = {
            number
            for number, edge in enumerate(rows)
            for rule in levels
            if abs(rule.y0 - edge) <= TOLERANCE and _covers(rule, left, right)
        }
        head = 0
        for number in range(len(rows) - 1):
            head = number if number in closed or number == 0 else head
            heads[number, column] = head
    texts: dict[tuple[int, int], list[Word]] = {}
    for (number, column), words in table.items():
        texts.setdefault((heads[number, column], column), []).extend(words)
    for number in range(len(rows) - 1):
        yield tuple(
            None if heads[number, column] != number else _text(texts.get((number, column), []))
            for column in range(len(columns) - 1)
        )


def _covers(rule: Rule, left: float, right: float) -> bool:
    middle = (left + right) / 2
    return min(rule.x0, rule.x1) <= middle <= max(rule.x0, rule.x1)


def _text(words: Sequence[Word]) -> Piece:
    return Piece("\n".join(_joined(line) for line in _grouped(words)), tuple(words))


def _lines(words: Sequence[Word]) -> Iterator[Piece]:
    for line in _grouped(words):
        yield Piece(_joined(line), tuple(line))


def _grouped(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words of each line, lines from top to bottom and words from left to right."""
    line: list[Word] = []
    for word in sorted(words, key=lambda word: (word.y, word.x)):
        if line and word.y - line[0].y > SAME_LINE_SHARE * max(word.size, line[0].size):
            yield sorted(line, key=lambda word: word.x)
            line = []
        line.append(word)
    if line:
        yield sorted(line, key=lambda word: word.x)


def _joined(line: Sequence[Word]) -> str:
    """Words that touch are one; the rest is told apart by spaces."""
    text = line[0].text
    for before, word in pairwise(line):
        text += (" " if word.x - before.end > WORD_GAP_SHARE * word.size else "") + word.text
    return text
