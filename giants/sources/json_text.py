"""JSON records in a file: one on each line, or one document with an object or a list of objects.

Shared by the contract's own form, the Lens API and BigQuery exports. Answers of the Lens API are taken out of
their envelope (`{"total": …, "data": […]}`), whether it is indented or on one line.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import orjson

from giants.sources.base import Context, Document
from giants.sources.errors import UnreadableFileError
from giants.sources.files import Input
from giants.sources.text import Lines, decoded, detect_encoding

# Lines at the beginning of a file that are tried to recognise what it holds.
SNIFFED_LINES_MAX = 20

# Fields of an envelope beside its records.
_OF_ENVELOPE = frozenset({"total", "results", "max_score", "scroll_id", "took"})
_ENVELOPE_BEGINS = re.compile(rb'\{\s*"(?:data|total|results|max_score|scroll_id|took)"\s*:')
_KEY = re.compile(rb'"([A-Za-z_]{1,60})"\s*:')


class Record(NamedTuple):
    """One JSON object and the line (or its place in the document) that it stood on, or why there is none.

    Where the line was understood without being taken apart there is a document instead.
    """

    line: int
    value: dict[str, object] | None
    problem: str | None = None
    document: Document | None = None


# The fact that a line holds where there is nothing odd about it.
Shortcut = Callable[[str], Document | None]


def first_keys(source: Input) -> frozenset[str]:
    """The names of fields at the beginning of a file; empty where it holds no JSON.

    They are those of the objects on the first lines, or, where no line holds an object (an indented
    document, a line longer than the head), all names that occur.
    """
    head = _utf8_head(source)
    if not _starts_as_json(head):
        return frozenset()
    objects = _objects_on_lines(head)
    if objects:
        return frozenset(key for value in objects for key in value)
    return frozenset(key.decode() for key in _KEY.findall(head))


def read_records(source: Input, context: Context, shortcut: Shortcut | None = None) -> Iterator[Record]:
    """The objects of the file, whether on lines or in one document; raises `UnreadableFileError`."""
    encoding = detect_encoding(source.name, source.head, source.encoding, whole=False)
    context.understanding.encoding = encoding
    if _is_document(_utf8_head(source)):
        return _document(source)
    return _lines(Lines(source.name, source.stream, encoding), shortcut)


def _utf8_head(source: Input) -> bytes:
    head = source.head
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head[: len(head) // 2 * 2].decode("utf-16", errors="ignore").encode()
    return head.removeprefix(codecs.BOM_UTF8).lstrip()


def starts_as_json(source: Input) -> bool:
    """Whether a file begins with a JSON object or list, and not as rich text does."""
    head = _utf8_head(source)
    return head.startswith((b"{", b"[")) and not head.startswith(b"{\\")


def _starts_as_json(head: bytes) -> bool:
    # The first line may be damaged and the others sound.
    return head.startswith((b"{", b"[")) or b"\n{" in head


def _objects_on_lines(head: bytes) -> list[dict[str, object]]:
    lines = head.splitlines()[:SNIFFED_LINES_MAX]
    values = [value for line in lines if line.startswith(b"{") and isinstance(value := _loads(line), dict)]
    return [
        one
        for value in values
        for one in (_enveloped(value) or [value])[:SNIFFED_LINES_MAX]
        if isinstance(one, dict)
    ]


def _loads(text: bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _enveloped(value: object) -> list[object] | None:
    """The records in the envelope of an answer; null where it is none."""
    if not isinstance(value, dict) or not value.keys() & _OF_ENVELOPE:
        return None
    records = value.get("data")
    return records if isinstance(records, list) else None


def _is_document(head: bytes) -> bool:
    if head.startswith(b"["):
        return True
    # An answer of many records is one line that is longer than any record may be.
    if _ENVELOPE_BEGINS.match(head) and b'"data"' in head and b"}\n{" not in head:
        return True
    return head.startswith(b"{") and b"\n" in head.rstrip() and not _objects_on_lines(head)


def _document(source: Input) -> Iterator[Record]:
    text = decoded(source.name, source.content(), source.encoding)
    try:
        value = orjson.loads(text.removeprefix("\ufeff"))
    except orjson.JSONDecodeError as error:
        raise UnreadableFileError(source.name, f"is no JSON: {error}") from None
    values = value if isinstance(value, list) else _enveloped(value)
    if values is None:
        values = [value]
    return (_record(number, value) for number, value in enumerate(values, start=1))


def _lines(lines: Lines, shortcut: Shortcut | None) -> Iterator[Record]:
    """The records of lines; where lines hold answers, records are numbered from that of their line on."""
    last = 0
    for line in lines:
        lines.begin_record()
        if shortcut is not None and (document := shortcut(line)) is not None:
            yield Record(lines.number, None, None, document)
            continue
        if not line.strip().removeprefix("\ufeff"):
            continue
        try:
            value = orjson.loads(line.removeprefix("\ufeff"))
        except orjson.JSONDecodeError as error:
            yield Record(lines.number, None, f"no JSON: {error}")
            continue
        enveloped = _enveloped(value)
        for item in [value] if enveloped is None else enveloped:
            last = max(last + 1, lines.number)
            yield _record(last, item)


def _record(line: int, value: object) -> Record:
    if not isinstance(value, dict):
        return Record(line, None, f"expected a JSON object, got {type(value).__name__}")
    return Record(line, value)
