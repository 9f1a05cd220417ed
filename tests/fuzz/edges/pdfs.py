"""PDF files, each read by a process of its own as in service, which makes this edge slow."""

from collections.abc import Iterator

from tests.fuzz.edges.reading import read_file
from tests.sources.lists.pdf_maker import Page, make_pdf


def seeds() -> Iterator[bytes]:
    """A ruled table, and lines of text."""
    rows = [["序号", "企业名称"], ["1", "甲光电有限公司"], ["2", "乙光电有限公司"]]
    yield make_pdf(Page().table([40, 260], rows))
    yield make_pdf(Page().text("企业名称"))


def one_input(data: bytes) -> None:
    """Read the file as a notice."""
    read_file("announcements", "notice.pdf", b"%PDF-" + data.removeprefix(b"%PDF-"))
