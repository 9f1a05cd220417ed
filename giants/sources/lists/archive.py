"""Several attachments in one zip file: each is read as if it had come by itself."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import ClassVar
from zipfile import ZipFile, ZipInfo

from giants.sources.base import Context, Kind, Row, Source
from giants.sources.errors import TooLargeError, UnreadableFileError, WrongKindError
from giants.sources.files import DOCUMENT_BYTES_MAX, ZIP_MAGIC, Input, open_zip, zip_member

ARCHIVE_BYTES_MAX = 512_000_000
ATTACHMENTS_MAX = 200
# What archivers add by themselves.
_NOT_DOCUMENTS = ("__MACOSX/", ".DS_Store", "Thumbs.db")
LIST_KINDS = frozenset({Kind.ANNOUNCEMENTS, Kind.REVIEWS, Kind.NAMES})

Choose = Callable[[Input, Kind], Source]


class ListZip(Source):
    """A zip file of lists. Attachments that hold none are told; an archive within it is not opened."""

    name: ClassVar[str] = "list-zip"
    kinds = LIST_KINDS
    formats = "zip file of such documents"

    def __init__(self, choose: Choose) -> None:
        self._choose = choose

    def sniff(self, source: Input) -> bool:
        """Whether the file is a zip archive; documents that are archives themselves are asked before."""
        return not source.is_folder and source.head.startswith(ZIP_MAGIC)

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """The rows of all attachments; raises `UnreadableFileError` where none could be read."""
        rows: list[Row] = []
        refused: list[str] = []
        with (
            open_zip(source.name, source.seekable(), ARCHIVE_BYTES_MAX) as archive,
            tempfile.TemporaryDirectory(prefix="giants-") as folder,
        ):
            members = [member for member in archive.infolist() if _is_document(member)]
            if len(members) > ATTACHMENTS_MAX:
                raise TooLargeError(source.name, "the number of attachments", ATTACHMENTS_MAX)
            for number, member in enumerate(members):
                try:
                    rows += self._attachment(source, archive, member, Path(folder) / str(number), context)
                except UnreadableFileError as error:
                    refused.append(str(error))
        if not rows:
            raise UnreadableFileError(source.name, refused[0] if refused else "holds no document")
        rows += [Row(0, problem=reason) for reason in refused]
        return iter(rows)

    def _attachment(
        self, source: Input, archive: ZipFile, member: ZipInfo, folder: Path, context: Context
    ) -> list[Row]:
        name = member_name(member)
        folder.mkdir()
        path = folder / name
        with zip_member(source.name, archive, member) as packed:
            content = packed.read(DOCUMENT_BYTES_MAX + 1)
        if len(content) > DOCUMENT_BYTES_MAX:
            raise TooLargeError(name, "the attachment", DOCUMENT_BYTES_MAX)
        path.write_bytes(content)
        with Input(path, source.encoding) as attachment:
            adapter = self._choose(attachment, context.kind)
            if isinstance(adapter, ListZip):
                raise UnreadableFileError(name, "is an archive within an archive: unpack it")
            try:
                return list(adapter.read(attachment, context))
            except WrongKindError as error:
                # One notice may hold new firms in one attachment and those reviewed in another.
                held = next((kind for kind in LIST_KINDS if kind.value == error.held), None)
                if held is None:
                    raise
        with Input(path, source.encoding) as attachment:
            other = Context(held, context.options, context.understanding)
            return list(adapter.read(attachment, other))


def _is_document(member: ZipInfo) -> bool:
    return not member.is_dir() and not any(part in member.filename for part in _NOT_DOCUMENTS)


def member_name(member: ZipInfo) -> str:
    """The name of a member without folders; archives made on Chinese Windows hold it as GBK."""
    name = member.filename
    if not member.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = member.filename
    return PurePosixPath(name.replace("\\", "/")).name or "attachment"
