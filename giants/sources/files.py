"""Opening what a user gives: a file, standard input (`-`) or a folder; gzip is undone on the way.

Whatever a file holds, memory stays bounded: bytes are handed on as they are read, a compressed file
that grows out of proportion is refused, and what must be read whole has a limit.
"""

import io
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from gzip import BadGzipFile, GzipFile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from giants.sources.errors import TooLargeError, UnreadableFileError

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed import WriteableBuffer

# Bytes that an adapter may look at to recognise a file.
HEAD_BYTES = 65_536
# Text of patents and lists compresses some 5 to 20 times; a bomb a thousand times.
EXPANSION_RATIO_MAX = 200
# Small files may repeat themselves more: the ratio counts from here on.
EXPANSION_GRACE_BYTES = 64_000_000
# What is read whole (lists, workbooks), and what is unpacked or copied to disk because it must be seekable.
DOCUMENT_BYTES_MAX = 64_000_000
SPOOL_BYTES_MAX = 64_000_000_000
ZIP_MEMBERS_MAX = 10_000
CHUNK_BYTES = 1_048_576

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
STANDARD_INPUT = Path("-")


class Progress:
    """How far a file was read, in bytes as it lies on disk."""

    __slots__ = ("bytes_read",)

    def __init__(self) -> None:
        self.bytes_read = 0


class _Counted(io.RawIOBase):
    """The bytes of a file as they are, counted."""

    def __init__(self, raw: IO[bytes], progress: Progress) -> None:
        self._raw = raw
        self._progress = progress

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        chunk = self._raw.read(len(view))
        view[: len(chunk)] = chunk
        self._progress.bytes_read += len(chunk)
        return len(chunk)


class _Gunzipped(io.RawIOBase):
    """The bytes inside a gzip file; damage, truncation and bombs end in `UnreadableFileError`."""

    def __init__(self, compressed: IO[bytes], name: str, progress: Progress) -> None:
        self._gunzip = GzipFile(fileobj=compressed)
        self._name = name
        self._progress = progress
        self._bytes_out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        try:
            chunk = self._gunzip.read(len(view))
        except EOFError:
            raise UnreadableFileError(self._name, "the gzip file is cut off before its end") from None
        except (BadGzipFile, zlib.error) as error:
            raise UnreadableFileError(self._name, f"the gzip file is damaged: {error}") from None
        self._bytes_out += len(chunk)
        refuse_bomb(self._name, self._bytes_out, self._progress.bytes_read)
        view[: len(chunk)] = chunk
        return len(chunk)


def refuse_bomb(name: str, bytes_out: int, bytes_in: int) -> None:
    """Refuse what unpacks to far more than text does; raises `UnreadableFileError`."""
    if bytes_out > EXPANSION_GRACE_BYTES and bytes_out > EXPANSION_RATIO_MAX * max(bytes_in, 1):
        raise UnreadableFileError(
            name,
            f"unpacks to more than {EXPANSION_RATIO_MAX} times its size, which no list or patent file does",
        )


class Input:
    """What is read: `stream` hands on its bytes, unpacked; `head` are the first of them.

    `encoding` is the one that the user named, if any; `progress` is shared by the files of one folder.

    Use it as a context manager: temporary copies go when it is closed.
    """

    def __init__(self, path: Path, encoding: str | None = None, progress: Progress | None = None) -> None:
        self.path = path
        self.encoding = encoding
        self.is_folder = path != STANDARD_INPUT and path.is_dir()
        self.name = "standard input" if path == STANDARD_INPUT else path.name
        self.progress = progress or Progress()
        self.bytes_total: int | None = None
        self._raw: IO[bytes] = io.BytesIO()
        self._spool: IO[bytes] | None = None
        self._files = ExitStack()
        if self.is_folder:
            self.bytes_total = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
        elif path == STANDARD_INPUT:
            self._raw = sys.stdin.buffer
        else:
            self._raw = self._open(path)
            self.bytes_total = path.stat().st_size if path.is_file() else None
        try:
            self._look()
        except BaseException:
            self.close()
            raise

    def _look(self) -> None:
        """Look at the first bytes; damage may show in them already."""
        self.stream: io.BufferedReader[Any] = io.BufferedReader(
            _Counted(self._raw, self.progress), HEAD_BYTES
        )
        self.is_packed = self.stream.peek(2)[:2] == GZIP_MAGIC
        if self.is_packed:
            self.stream = io.BufferedReader(_Gunzipped(self.stream, self.name, self.progress), HEAD_BYTES)
        self.head = b"" if self.is_folder else self.stream.peek(HEAD_BYTES)[:HEAD_BYTES]

    def _open(self, path: Path) -> IO[bytes]:
        try:
            return self._files.enter_context(path.open("rb"))
        except OSError as error:
            raise UnreadableFileError(str(path), error.strerror or str(error)) from None

    @property
    def suffix(self) -> str:
        """The ending of the name in small letters, `.gz` left out: `.csv` of `LIST.CSV.gz`."""
        name = self.path.name.lower().removesuffix(".gz")
        return Path(name).suffix

    def content(self, bytes_max: int = DOCUMENT_BYTES_MAX) -> bytes:
        """Everything, unpacked; raises `TooLargeError`."""
        content = (self.stream if self._spool is None else self.seekable()).read(bytes_max + 1)
        if len(content) > bytes_max:
            raise TooLargeError(self.name, "the file", bytes_max)
        return content

    def seekable(self) -> IO[bytes]:
        """The unpacked file as one that can be read in any order: itself, or a copy on disk."""
        if self._spool is None:
            self._spool = (
                self._spooled() if self.is_packed or not self._raw.seekable() else self._open(self.path)
            )
        self._spool.seek(0)
        return self._spool

    def _spooled(self) -> IO[bytes]:
        with ExitStack() as stack:
            spool = stack.enter_context(tempfile.TemporaryFile(prefix="giants-"))
            copied = 0
            while chunk := self.stream.read(CHUNK_BYTES):
                copied += len(chunk)
                if copied > SPOOL_BYTES_MAX:
                    raise TooLargeError(self.name, "the unpacked file", SPOOL_BYTES_MAX)
                spool.write(chunk)
            self._files.enter_context(stack.pop_all())
        return spool

    def close(self) -> None:
        """Close the file and remove copies; standard input stays open."""
        self._files.close()

    def __enter__(self) -> "Input":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        self.close()


def open_zip(name: str, file: IO[bytes], bytes_max: int) -> ZipFile:
    """A zip archive whose members together stay within `bytes_max`; raises `UnreadableFileError`."""
    try:
        archive = ZipFile(file)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError(name, f"the zip archive is damaged: {error}") from None
    members = archive.infolist()
    if len(members) > ZIP_MEMBERS_MAX:
        raise TooLargeError(name, "the number of files in the archive", ZIP_MEMBERS_MAX)
    unpacked = sum(member.file_size for member in members)
    if unpacked > bytes_max:
        raise TooLargeError(name, "the content of the archive", bytes_max)
    refuse_bomb(name, unpacked, sum(member.compress_size for member in members))
    if any(member.flag_bits & 0x1 for member in members):
        raise UnreadableFileError(name, "the archive is protected by a password")
    return archive


@contextmanager
def zip_member(name: str, archive: ZipFile, member: ZipInfo) -> Iterator[IO[bytes]]:
    """One file of an archive; damage met while it is read becomes `UnreadableFileError`."""
    try:
        file = archive.open(member)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError(name, f"{member.filename!r} in the archive is damaged: {error}") from None
    try:
        with file:
            yield file
    except (BadZipFile, zlib.error, EOFError, OSError) as error:
        raise UnreadableFileError(name, f"{member.filename!r} in the archive is damaged: {error}") from None
