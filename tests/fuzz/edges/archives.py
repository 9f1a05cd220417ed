"""Files that hold files: workbooks, tables in zip archives, Parquet, and gzip around anything.

The first byte chooses the form. Of workbooks and zip archives the rest of the input is one part of a sound
archive, which the second byte chooses, since no fuzzer finds a checksum; or it is the whole file.
"""

import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from tests.fuzz.edges.reading import read_file
from tests.sources.families.test_adapters import derwent_excel, google_parquet
from tests.sources.helpers import FIXTURES


@cache
def _made(make: Callable[..., Path], name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        return (make(path, wrapped=False) if make is google_parquet else make(path)).read_bytes()


def _workbook() -> bytes:
    return _made(derwent_excel, "book.xlsx")


@cache
def _tables() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for table in sorted((FIXTURES / "patentsview").iterdir()):
            archive.write(table, table.name)
    return packed.getvalue()


def _with_part(archive: bytes, data: bytes) -> bytes:
    """The archive with the part that the first byte names replaced by the rest."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as sound, zipfile.ZipFile(made, "w") as changed:
        names = sound.namelist()
        replaced = names[data[0] % len(names)] if data else ""
        for name in names:
            changed.writestr(name, data[1:] if name == replaced else sound.read(name))
    return made.getvalue()


_FORMS: tuple[Callable[[bytes], None], ...] = (
    lambda data: read_file("families", "book.xlsx", _with_part(_workbook(), data)),
    lambda data: read_file("announcements", "book.xlsx", _with_part(_workbook(), data)),
    lambda data: read_file("families", "tables.zip", _with_part(_tables(), data)),
    lambda data: read_file("families", "book.xlsx", data),
    lambda data: read_file("families", "tables.zip", data),
    lambda data: read_file("families", "google.parquet", data),
    lambda data: read_file("families", "lens.csv.gz", gzip.compress(data, compresslevel=1, mtime=0)),
    lambda data: read_file("announcements", "list.csv.gz", data),
)


def seeds() -> Iterator[bytes]:
    """Each part of the archives, and each file whole."""
    for form, archive in ((0, _workbook()), (1, _workbook()), (2, _tables())):
        with zipfile.ZipFile(io.BytesIO(archive)) as sound:
            for number, name in enumerate(sound.namelist()):
                yield bytes((form, number)) + sound.read(name)
    whole = (_workbook(), _tables(), _made(google_parquet, "google.parquet"))
    yield from (bytes((3 + number,)) + content for number, content in enumerate(whole))
    yield b"\x06" + (FIXTURES / "lens.csv").read_bytes()
    yield b"\x07" + gzip.compress((FIXTURES / "notice.csv").read_bytes(), mtime=0)


def one_input(data: bytes) -> None:
    """Read the file."""
    if data:
        _FORMS[data[0] % len(_FORMS)](data[1:])
