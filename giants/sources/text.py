"""Text as sources give it: which encoding it has, which characters a name may hold, how cells are cleaned."""

import codecs
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import IO

from giants.sources.errors import HostileTextError, TooLargeError, UnreadableFileError
from schemas.base import NAME_CHARACTERS_MAX

# One record of text. The longest real ones are Lens rows with thousands of citations, and the largest lists.
RECORD_CHARACTERS_MAX = 8_000_000
# Names and days that come again and again in one file.
CACHE_ENTRIES_MAX = 65_536
# Years that a patent or a list can carry; a typing error beyond must not become the newest version for ever.
YEAR_MIN, YEAR_MAX = 1700, 2100
# Of that many bytes of UTF-16 without a mark one is zero, and most zeros are on one side: else it is damage.
UTF16_BYTES_PER_ZERO_MAX = 40
UTF16_SIDES_RATIO_MIN = 4

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Invisible characters that copying from web pages leaves behind; they mean nothing.
_LEFTOVERS = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
# Marks that make text read otherwise than it is stored.
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
DAMAGED = "\ufffd"
_SPACES = re.compile(r"\s+")
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_WRAP_IN_CHINESE = re.compile(rf"(?<=[{_CJK}])\s+|\s+(?=[{_CJK}])")
_DATE_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DATE_PARTS = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T ].*)?")


def hostile_character(text: str) -> str | None:
    """The first character that no name has: a control, a direction mark, a stand-in for damage."""
    if text.isprintable() and DAMAGED not in text:
        return None
    return next((character for character in text if _is_hostile(character)), None)


def _is_hostile(character: str) -> bool:
    if character == DAMAGED or character in _DIRECTION_MARKS:
        return True
    return unicodedata.category(character) in {"Cc", "Cs"} and character not in "\t\n\r"


def clean_cell(text: str) -> str:
    """A cell on one line: leftovers of copying gone, runs of space one space."""
    return _SPACES.sub(" ", text.translate(_LEFTOVERS)).strip()


@lru_cache(maxsize=CACHE_ENTRIES_MAX)
def clean_name(text: str) -> str:
    """A company name on one line; a line break inside Chinese text is no space.

    Raises `HostileTextError` for characters that no name has, and `ValueError` where it is too long.
    """
    if (hostile := hostile_character(text.translate(_LEFTOVERS))) is not None:
        raise HostileTextError(hostile)
    name = _WRAP_IN_CHINESE.sub("", clean_cell(text))
    if len(name) > NAME_CHARACTERS_MAX:
        raise ValueError(f"has {len(name)} characters, more than the {NAME_CHARACTERS_MAX} of any name")
    return name


@lru_cache(maxsize=CACHE_ENTRIES_MAX)
def parse_date(text: str) -> date | None:
    """A day as sources write it (2024-05-01, 20240501, 2024/5/1, 2024年5月1日), or null where it is none."""
    text = text.strip()
    match = _DATE_DIGITS.fullmatch(text) or _DATE_PARTS.fullmatch(text)
    if match is None:
        return None
    year, month, day = map(int, match.groups())
    if not YEAR_MIN <= year <= YEAR_MAX:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def detect_encoding(name: str, head: bytes, declared: str | None, *, whole: bool) -> str:
    """The encoding of a text file from its first bytes: UTF-8, UTF-16 or GB18030, unless it is declared.

    `whole` says that `head` is the whole file, so that a character must not be cut off at its end.
    Raises `UnreadableFileError` where it is none of them.
    """
    if declared is not None:
        return _known_encoding(name, declared)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if b"\0" in head:
        return _utf16_without_mark(name, head)
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(head, final=whole)
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnreadableFileError(
        name, "is text in none of UTF-8, UTF-16 and GB18030; name its encoding if it is text"
    )


def _known_encoding(name: str, declared: str) -> str:
    try:
        info = codecs.lookup(declared)
    except (LookupError, ValueError):  # not known, or no name at all
        raise UnreadableFileError(name, f"the encoding {declared!r} is not known") from None
    try:
        "".encode(info.name)
    except (LookupError, UnicodeError):
        raise UnreadableFileError(name, f"{declared!r} is no encoding of text") from None
    return "utf-8-sig" if info.name == "utf-8" else info.name


def _utf16_without_mark(name: str, head: bytes) -> str:
    """UTF-16 has zeros on one side, of digits, commas, line ends; on the other few characters have one."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    sparse, dense = sorted((even, odd))
    if dense >= UTF16_SIDES_RATIO_MIN * max(sparse, 1) and dense * UTF16_BYTES_PER_ZERO_MAX > len(head):
        try:
            codecs.getincrementaldecoder(encoding)().decode(head[: len(head) // 2 * 2], final=False)
        except UnicodeDecodeError:
            pass
        else:
            return encoding
    raise UnreadableFileError(name, "holds zero bytes, which text does not")


def decoded(name: str, content: bytes, declared: str | None) -> str:
    """The text of a whole file; raises `UnreadableFileError`."""
    encoding = detect_encoding(name, content, declared, whole=True)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFileError(name, _undecodable(encoding, error)) from None
    if "\0" in text:
        raise UnreadableFileError(name, "holds zero characters, which text does not")
    return text


def _undecodable(encoding: str, error: UnicodeDecodeError) -> str:
    return (
        f"is not {encoding} throughout: {error.reason} near {error.object[error.start : error.start + 4]!r}"
    )


class Lines:
    """The lines of a text stream, each bounded; `number` is that of the last one given, from 1.

    Characters are counted since `begin_record`, so that a record of many lines is bounded too.
    """

    def __init__(self, name: str, stream: IO[bytes], encoding: str) -> None:
        self.name = name
        self.number = 0
        self._encoding = encoding
        self._text = io.TextIOWrapper(stream, encoding, newline="")
        self._characters = 0

    def begin_record(self) -> None:
        """Begin to count the characters of a new record."""
        self._characters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(RECORD_CHARACTERS_MAX + 1)
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                f"{self.name}, after line {self.number}", _undecodable(self._encoding, error)
            ) from None
        if not line:
            raise StopIteration
        self.number += 1
        self._characters += len(line)
        if self._characters > RECORD_CHARACTERS_MAX:
            raise TooLargeError(self.name, f"the record at line {self.number}", RECORD_CHARACTERS_MAX)
        if "\0" in line:
            raise UnreadableFileError(
                f"{self.name}, line {self.number}", "holds a zero character, which text does not"
            )
        return line
