"""Makes small PDF files with Chinese text and ruled tables, as the notices of authorities have them.

The font is one that every reader knows by name (STSong-Light) and is not embedded, so a file needs no font.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

PAGE_WIDTH, PAGE_HEIGHT = 595, 842
FONT_SIZE = 10
LINE_HEIGHT = 14

FONT = (
    b"""<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H
    /DescendantFonts [4 0 R] >>""",
    b"""<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 5 0 R /DW 1000
    /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>""",
    b"""<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]
    /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>""",
)


@dataclass
class Page:
    """The drawing of one page; `y` runs from the top down."""

    commands: list[str] = field(default_factory=list)
    y: float = 60

    def text(self, text: str, x: float = 60) -> "Page":
        """A line of text, and on to the next."""
        self._show(text, x, self.y)
        self.y += 2 * LINE_HEIGHT
        return self

    def table(
        self,
        widths: Sequence[int],
        rows: Sequence[Sequence[str | None]],
        x: float = 60,
        *,
        without_rule: int | None = None,
        bold: bool = False,
    ) -> "Page":
        """A ruled table; a null cell is merged with the one above; a line break in a cell wraps it.

        `without_rule` leaves out the horizontal rule of that number; `bold` prints each text twice.
        """
        tops = [self.y]
        for row in rows:
            tops.append(tops[-1] + LINE_HEIGHT * max((cell or "").count("\n") + 1 for cell in row) + 4)
        edges = [x + sum(widths[:n]) for n in range(len(widths) + 1)]
        for edge in edges:
            self._rule(edge, tops[0], edge, tops[-1])
        for number, top in enumerate(tops):
            for column, (left, right) in enumerate(pairwise(edges)):
                if number != without_rule and (number == len(rows) or rows[number][column] is not None):
                    self._rule(left, top, right, top)
        for top, row in zip(tops, rows, strict=False):
            for left, cell in zip(edges, row, strict=False):
                for number, line in enumerate((cell or "").split("\n")):
                    for shift in (0, 0.3) if bold else (0,):
                        self._show(line, left + 2 + shift, top + 3 + number * LINE_HEIGHT)
        self.y = tops[-1] + LINE_HEIGHT
        return self

    def _show(self, text: str, x: float, y: float) -> None:
        if text:
            code = text.encode("utf-16-be").hex()
            self.commands.append(f"BT /F1 {FONT_SIZE} Tf {x} {PAGE_HEIGHT - y - FONT_SIZE} Td <{code}> Tj ET")

    def _rule(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.commands.append(f"{x0} {PAGE_HEIGHT - y0} m {x1} {PAGE_HEIGHT - y1} l S")


def make_pdf(*pages: Page) -> bytes:
    """The bytes of a PDF with these pages."""
    kids = " ".join(f"{6 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        *FONT,
    ]
    for number, page in enumerate(pages):
        content = "\n".join(page.commands).encode()
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {7 + 2 * number} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
