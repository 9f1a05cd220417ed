"""Makes the documents in which authorities publish lists, one table in each format."""

import io
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import xlwt

from tests.sources.lists.pdf_maker import Page, make_pdf

Rows = Sequence[Sequence[str]]


def xls(title: str, rows: Rows) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("名单")
    sheet.write_merge(0, 0, 0, len(rows[0]) - 1, title)
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            sheet.write(line, column, int(cell) if cell.isdigit() else cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xml_2003(title: str, rows: Rows) -> bytes:
    def cell(text: str, more: str = "") -> str:
        return f'<Cell{more}><Data ss:Type="String">{text}</Data></Cell>'

    merged = cell(title, ' ss:MergeAcross="1"')
    lines = [f"<Row>{merged}</Row>"]
    lines += [f"<Row>{''.join(map(cell, row))}</Row>" for row in rows]
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{name}" xmlns:ss="{name}"><Worksheet ss:Name="名单">'
        f"<Table>{''.join(lines)}</Table></Worksheet></Workbook>"
    ).encode()


def html_xls(title: str, rows: Rows) -> bytes:
    lines = [f'<tr><td colspan="{len(rows[0])}">{title}</td></tr>']
    lines += ["<tr><td>" + "</td><td>".join(row) + "</td></tr>" for row in rows]
    return f"<html><body><table>{''.join(lines)}</table></body></html>".encode("gb18030")


def word(title: str, rows: Rows) -> bytes:
    document = docx.Document()
    document.add_paragraph(title)
    table = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def rtf(title: str, rows: Rows) -> bytes:
    def coded(text: str) -> str:
        return "".join(f"\\u{ord(character)}?" if ord(character) > 127 else character for character in text)

    lines = ["\\trowd " + "".join(f"\\intbl {coded(cell)}\\cell " for cell in row) + "\\row" for row in rows]
    return (r"{\rtf1\ansi\ansicpg936 \pard " + coded(title) + "\\par\n" + "\n".join(lines) + "}").encode()


def markdown(title: str, rows: Rows) -> bytes:
    lines = [f"# {title}", "", *("| " + " | ".join(row) + " |" for row in rows)]
    lines.insert(3, "|" + "---|" * len(rows[0]))
    return "\n".join(lines).encode()


def text(title: str, rows: Rows) -> bytes:
    return "\n".join([title, *(" ".join(row) for row in rows)]).encode()


def pdf(title: str, rows: Rows) -> bytes:
    return make_pdf(Page().text(title).table([40, 100, 260], rows))


def ofd(title: str, rows: Rows) -> bytes:
    """One page in millimetres: a ruled table with columns of 20, 40 and 100, rows of 8."""
    edges = [20, 40, 80, 180]
    parts = [text_object(title, 50, 20)]
    for line, row in enumerate(rows):
        top = 30 + 8 * line
        parts += [text_object(cell, left + 1, top + 5) for left, cell in zip(edges, row, strict=False)]
        parts.append(path_object(edges[0], top, f"M 0 0 L {edges[-1] - edges[0]} 0"))
    bottom = 8 * len(rows)
    parts.append(path_object(edges[0], 30 + bottom, f"M 0 0 L {edges[-1] - edges[0]} 0"))
    parts += [path_object(edge, 30, f"M 0 0 L 0 {bottom}") for edge in edges]
    return ofd_of("".join(parts))


def ofd_of(objects: str) -> bytes:
    name = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    members = {
        "OFD.xml": (
            f"<ofd:OFD {name}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
            "</ofd:OFD>"
        ),
        "Doc_0/Document.xml": (
            f'<ofd:Document {name}><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
            "</ofd:Pages></ofd:Document>"
        ),
        "Doc_0/Pages/Page_0/Content.xml": (
            f"<ofd:Page {name}><ofd:Content><ofd:Layer>{objects}</ofd:Layer></ofd:Content></ofd:Page>"
        ),
    }
    return zipped({member: content.encode() for member, content in members.items()})


def text_object(text: str, x: float, y: float) -> str:
    return (
        f'<ofd:TextObject Boundary="{x} {y - 4} 100 5" Size="4"><ofd:TextCode X="0" Y="4">{text}'
        "</ofd:TextCode></ofd:TextObject>"
    )


def path_object(x: float, y: float, data: str) -> str:
    return (
        f'<ofd:PathObject Boundary="{x} {y} 1 1"><ofd:AbbreviatedData>{data}</ofd:AbbreviatedData>'
        "</ofd:PathObject>"
    )


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
