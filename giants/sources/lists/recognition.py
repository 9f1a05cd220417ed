"""Text recognition: the words of a picture, with place and confidence.

The models (PP-OCR) are part of the package `rapidocr`; nothing is fetched while it runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from giants.sources.errors import SourceError

if TYPE_CHECKING:
    from rapidocr import RapidOCR

Pixels = NDArray[np.uint8]
# Longer sides are read at this size: a page at 300 dots an inch is nearly as long.
SIDE_PIXELS_MAX = 3_400
# Lines that are read with less are specks and stamps.
LINE_CONFIDENCE_MIN = 0.3
_THREADS = 2


class NotInstalledError(SourceError):
    """Text recognition is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "which text recognition reads, and that is not installed: "
            'pip install "little-giants-stream[ocr]", or give the list as text'
        )


@dataclass(frozen=True, slots=True)
class Character:
    """A character (or, in Latin script, perhaps a word) and its left and right end in pixels."""

    text: str
    confidence: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of text: its corners in pixels, clockwise from the upper left, and its characters in order."""

    text: str
    corners: NDArray[np.float64]
    characters: tuple[Character, ...]


def recognised(pixels: Pixels) -> list[ReadLine]:
    """The lines of a picture (RGB, upright or nearly so); raises `NotInstalledError`."""
    result: Any = _engine()(
        pixels[:, :, ::-1],  # the models were trained on BGR
        return_word_box=True,
        return_single_char_box=True,
        text_score=LINE_CONFIDENCE_MIN,
    )
    # Of a picture without text the answer is another type.
    if getattr(result, "word_results", None) is None or result.boxes is None:
        return []
    lines = zip(result.boxes, result.txts, result.word_results, strict=True)
    return [ReadLine(text, np.asarray(box, float), _characters(words)) for box, text, words in lines]


def _characters(words: Sequence[tuple[str, float, Any]]) -> tuple[Character, ...]:
    found = [
        Character(text, float(score), min(x for x, _ in box), max(x for x, _ in box))
        for text, score, box in words
        if text.strip()
    ]
    return tuple(sorted(found, key=lambda character: character.left))


@cache
def _engine() -> "RapidOCR":
    try:
        from rapidocr import RapidOCR  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise NotInstalledError from None
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": SIDE_PIXELS_MAX,
            # Whether a page stands on its head is told from how well it reads (`scans`).
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
        }
    )
