"""What the edges of files share: a file of given bytes, read to its end, gives rows or one clear refusal."""

import tempfile
from datetime import date
from functools import cache
from pathlib import Path

from giants.sources import Options, UnreadableFileError, open_source
from tests.fuzz.edges import HELD

# In memory where the machine has such a folder: a million files are written.
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
_OPTIONS = Options(published_on=date(2025, 10, 20), batch=7, review_year=2025)


@cache
def _folder() -> Path:
    HELD.callback(_folder.cache_clear)
    where = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    return Path(HELD.enter_context(tempfile.TemporaryDirectory(dir=where)))


def read_file(kind: str, name: str, content: bytes) -> None:
    """Read the file; raises what a user would see as a defect."""
    path = _folder() / name
    path.write_bytes(content)
    try:
        with open_source(kind, path, _OPTIONS) as reading:
            for row in reading:
                if not (row.fact or row.problem or row.note):
                    raise RuntimeError(f"a row that says nothing: {row}")
    except UnreadableFileError as error:
        if "\n" in str(error):
            raise RuntimeError(f"expected one line, got {str(error)!r}") from error
