"""PDF notices: ruled tables page by page, numbered lines where a table has no rules, and scanned pages."""

from giants.sources.base import Context
from giants.sources.files import Input
from giants.sources.lists.adapters import PDF_MAGIC, ListSource
from giants.sources.lists.grid import Items
from giants.sources.lists.page_process import page_items


class ListPdf(ListSource):
    """A notice as a PDF file; scanned pages are read by text recognition, where that is installed."""

    name = "list-pdf"
    formats = "PDF with tables, or scanned"

    def sniff(self, source: Input) -> bool:
        """Whether the file begins as a PDF does."""
        return PDF_MAGIC in source.head[:1_024]

    def items(self, source: Input, content: bytes, context: Context) -> Items:
        """The lines and rows of all pages."""
        return page_items(source.name, content, "pdf", context)
