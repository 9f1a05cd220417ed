"""The container of old Office programs (.xls, .doc, .et, .wps): which kind of document it holds."""

from giants.sources.files import DOCUMENT_BYTES_MAX, Input

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of the streams by which programs find their document, as the directory of the container has them.
_WORKBOOK = tuple(name.encode("utf-16-le") for name in ("Workbook\0", "Book\0"))


def is_ole(source: Input) -> bool:
    """Whether the file is such a container."""
    return not source.is_folder and source.head.startswith(OLE_MAGIC)


def is_old_workbook(source: Input) -> bool:
    """Whether the container holds a workbook or is named as one; anything else is taken for text."""
    if not is_ole(source):
        return False
    if source.suffix in {".xls", ".et"}:
        return True
    content = source.seekable().read(DOCUMENT_BYTES_MAX)
    return any(name in content for name in _WORKBOOK)
