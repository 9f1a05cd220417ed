"""Title lists as EPO and USPTO publish them (CPCTitleList…): a zip, a folder or one tab-separated file."""

import re
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import IO

from giants.domain.scheme import TITLE_CHARACTERS_MAX, Row, Scheme, SchemeError

# Ten times the largest known: nine files, 18 MB in all, 4 MB the largest.
FILES_MAX = 100
TEXT_BYTES_MAX = 200_000_000
# A line holds a symbol, a level and a title of up to four bytes a character.
LINE_BYTES_MAX = 4 * TITLE_CHARACTERS_MAX + 100

_DAY = re.compile(r"(20[0-9]{2})([01][0-9])([0-3][0-9])?")


def read_scheme(path: Path) -> Scheme:
    """Read a scheme from a CPCTitleList: its zip, a folder with its text files, or one text file.

    Raises `SchemeError` for what is not a title list, with file and line, and for anything above the limits
    of this module: a zip that would unpack to more than that is left before it is unpacked.
    """
    with closing(_rows(path)) as rows:  # closes the file at once where a row is refused
        return Scheme.from_rows(rows)


def edition_of(path: Path) -> str | None:
    """Give the edition that the file names of a title list name, such as `2025.05`; None without one."""
    with _opened(path) as files:
        for name, _ in files:
            if (found := _DAY.search(Path(name).name)) is not None:
                year, month, day = found.groups()
                try:
                    date(int(year), int(month), int(day or 1))
                except ValueError:
                    continue
                return f"{year}.{month}"
    return None


def _rows(path: Path) -> Generator[Row, None, None]:
    bytes_left = TEXT_BYTES_MAX
    with _opened(path) as files:
        for name, file in files:
            number = 0
            while line := file.readline(LINE_BYTES_MAX + 1):
                number += 1
                where = f"{name}, line {number}"
                if len(line) > LINE_BYTES_MAX:
                    raise SchemeError(f"{where}: longer than {LINE_BYTES_MAX} bytes, no line of a title list")
                bytes_left -= len(line)
                if bytes_left < 0:
                    raise SchemeError(f"{path}: holds more than {TEXT_BYTES_MAX} bytes of text")
                yield _row(line, where)


def _row(line: bytes, where: str) -> Row:
    try:
        fields = line.decode("utf-8-sig").rstrip("\r\n").split("\t")
    except UnicodeDecodeError as error:
        raise SchemeError(f"{where}: expected UTF-8, {error.reason} at byte {error.start}") from error
    if len(fields) != 3:
        raise SchemeError(f"{where}: got {len(fields)} fields, expected symbol, level, title between tabs")
    symbol, level, title = fields
    return Row(symbol, level, title, where)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """The text files of a title list in the order of their names, each open while it is at hand."""
    try:
        if path.is_dir():
            with closing(_files_of_folder(path)) as files:
                yield files
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive, closing(_files_of_zip(archive, path)) as files:
                yield files
        else:
            with closing(_files_of_folder(path.parent, only=path)) as files:
                yield files
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        # RuntimeError: an encrypted member; NotImplementedError: a compression that Python cannot undo.
        raise SchemeError(f"{path}: a zip that cannot be read: {error}") from error


def _files_of_folder(folder: Path, only: Path | None = None) -> Generator[tuple[str, IO[bytes]], None, None]:
    found = [only] if only is not None else sorted(folder.glob("*.txt"))
    _limit(len(found), folder)
    for path in found:
        with path.open("rb") as file:
            yield path.name, file


def _files_of_zip(archive: zipfile.ZipFile, path: Path) -> Generator[tuple[str, IO[bytes]], None, None]:
    found = sorted(
        (member for member in archive.infolist() if member.filename.lower().endswith(".txt")),
        key=lambda member: member.filename,
    )
    _limit(len(found), path)
    # What the zip claims is checked first, what it really holds while reading: a claim may lie.
    claimed = sum(member.file_size for member in found)
    if claimed > TEXT_BYTES_MAX:
        raise SchemeError(f"{path}: would unpack to {claimed} bytes, expected at most {TEXT_BYTES_MAX}")
    for member in found:
        with archive.open(member) as file:
            yield member.filename, file


def _limit(files: int, path: Path) -> None:
    if not files:
        raise SchemeError(f"{path}: holds no .txt file, expected those of a CPCTitleList")
    if files > FILES_MAX:
        raise SchemeError(f"{path}: holds {files} .txt files, expected at most {FILES_MAX}")
