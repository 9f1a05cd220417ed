"""Notices as pictures: photographs and scans, read by text recognition."""

from giants.sources.base import Context
from giants.sources.files import Input
from giants.sources.lists.adapters import ListSource
from giants.sources.lists.grid import Items
from giants.sources.lists.page_process import page_items

# PNG, JPEG, TIFF of either order of bytes.
MAGICS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")


class ListPicture(ListSource):
    """A page as .png, .jpg or .tif (of one page or several)."""

    name = "list-picture"
    formats = "picture (.png, .jpg, .tif), where text recognition is installed"

    def sniff(self, source: Input) -> bool:
        """Whether the file begins as a picture does."""
        return source.head.startswith(MAGICS)

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The lines and rows of all pages."""
        return page_items(source.name, content, "picture", context)
