"""Lists as pictures and scanned pages, read by text recognition."""

import io
import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from giants.sources import UnreadableFileError
from giants.sources.lists import page_process
from schemas.base import AuthorityCode
from schemas.facts import Announcement
from tests.sources.helpers import Read, read, read_or_refusal
from tests.sources.lists.document_maker import written, zipped
from tests.sources.lists.pdf_maker import Page, make_pdf
from tests.sources.lists.scan_maker import Look, page, saved

ON = date(2026, 7, 1)
TITLE = "浙江省第八批专精特新“小巨人”企业名单"
ROWS = [
    ["序号", "地区", "企业名称"],
    ["1", "杭州市", "杭州余杭茶机有限公司"],
    ["2", "宁波市", "宁波北仑光电股份有限公司"],
    ["3", "绍兴市", "绍兴越城石材有限公司"],
]
NAMES = ["杭州余杭茶机有限公司", "绍兴越城石材有限公司"]


def recognition() -> None:
    pytest.importorskip("rapidocr", reason="text recognition is not installed: the extra `ocr`")


def facts(result: Read) -> dict[AuthorityCode | None, Announcement]:
    return {fact.authority: fact for fact in result.facts if isinstance(fact, Announcement)}


@pytest.mark.parametrize(
    ("kind", "name", "look"),
    [
        ("PNG", "list.png", Look()),
        ("JPEG", "list.jpg", Look(dpi=120, font="serif", blur=0.6, noise=6)),
        ("TIFF", "list.tif", Look(skew=1.0)),
        ("PDF", "scan.pdf", Look(skew=-0.7, noise=2)),
        ("PNG", "plain.png", Look(ruled=False)),
    ],
)
def test_a_picture_of_a_list_is_read_and_says_how_certain_it_is(
    tmp_path: Path, kind: str, name: str, look: Look
) -> None:
    recognition()
    options = {"resolution": look.dpi} if kind == "PDF" else {}
    path = written(tmp_path, name, saved(page(TITLE, ROWS, look), kind, **options))
    result = read("announcements", path, published_on=ON, complete=True)
    assert result.problems == []
    found = facts(result)
    assert [entry.name for entry in found[AuthorityCode.ZJ].entries] == NAMES
    assert [entry.name for entry in found[AuthorityCode.NB].entries] == ["宁波北仑光电股份有限公司"]
    notes = [entry.note or "" for fact in found.values() for entry in fact.entries]
    assert all(note.startswith("read from a picture, confidence 0.9") for note in notes)
    assert {(fact.batch, fact.complete) for fact in found.values()} == {(8, True)}


def test_a_page_that_stands_on_its_head_or_side_is_turned(tmp_path: Path) -> None:
    recognition()
    for turn in (180, 90):
        content = saved(page(TITLE, ROWS, Look(dpi=100)).rotate(turn, expand=True), "PNG")
        result = read("announcements", written(tmp_path, f"{turn}.png", content), published_on=ON)
        assert [entry.name for entry in facts(result)[AuthorityCode.ZJ].entries] == NAMES


def test_a_name_over_two_lines_of_its_cell_is_one(tmp_path: Path) -> None:
    recognition()
    rows = [["序号", "企业名称"], ["1", "杭州余杭高山\n茶机有限公司"], ["2", "绍兴越城石材有限公司"]]
    picture = page(TITLE, rows, Look(points=10), widths=(18, 60))
    result = read("announcements", written(tmp_path, "list.png", saved(picture, "PNG")), published_on=ON)
    assert [entry.name for entry in facts(result)[AuthorityCode.ZJ].entries] == [
        "杭州余杭高山茶机有限公司",
        NAMES[1],
    ]


def test_rows_below_the_threshold_are_proposed_and_their_list_proves_nothing(tmp_path: Path) -> None:
    recognition()
    path = written(tmp_path, "list.png", saved(page(TITLE, ROWS), "PNG"))
    options = {"published_on": ON, "complete": True, "ocr_confidence_min": 1.0}
    with pytest.raises(UnreadableFileError, match="read from a picture with confidence 0"):
        read("announcements", path, **options)
    result = read("announcements", path, **options, accept=(NAMES[0],))
    (fact,) = facts(result).values()
    assert [entry.name for entry in fact.entries] == [NAMES[0]]
    assert (fact.complete, fact.unread_rows > 0) == (False, True)
    proposed = [row.problem for row in result.rows if row.is_proposed]
    assert any("绍兴越城石材有限公司" in (reason or "") for reason in proposed)


def test_a_picture_without_numbers_or_a_count_proves_no_absence(tmp_path: Path) -> None:
    recognition()
    rows = [row[1:] for row in ROWS]
    path = written(tmp_path, "list.png", saved(page(TITLE, rows, widths=(30, 110)), "PNG"))
    result = read("announcements", path, published_on=ON, complete=True)
    assert {fact.complete for fact in facts(result).values()} == {False}
    assert any("without numbers or a count" in note for _, note in result.notes)


def test_scanned_pages_beside_pages_of_text_and_pages_of_one_tif(tmp_path: Path) -> None:
    recognition()
    more = [["4", "杭州市", "杭州临安竹业有限公司"]]
    first, second = page(TITLE, ROWS), page("", more)
    tif = saved(first, "TIFF", save_all=True, append_images=[second])
    result = read("announcements", written(tmp_path, "list.tif", tif), published_on=ON, complete=True)
    assert [entry.seq for entry in facts(result)[AuthorityCode.ZJ].entries] == [1, 3, 4]
    archive = zipped({"附件.png": saved(first, "PNG")})
    inside = read("announcements", written(tmp_path, "list.zip", archive), published_on=ON)
    assert len(facts(inside)) == 2


def test_where_text_recognition_is_missing_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker runs as it does where the package is not installed: its import fails."""
    shut = written(tmp_path, "sitecustomize.py", b"import sys\nsys.modules['rapidocr'] = None\n")
    monkeypatch.setenv("PYTHONPATH", f"{shut.parent}:{Path.cwd()}")
    for kind, name in (("PNG", "list.png"), ("PDF", "scan.pdf")):
        path = written(tmp_path, name, saved(Image.new("L", (400, 560), 255), kind))
        with pytest.raises(UnreadableFileError, match=r'pip install "little-giants-stream\[ocr\]"'):
            read("announcements", path, published_on=ON)


def test_a_page_without_text_recognition_keeps_a_pdf_from_proving_absence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = written(tmp_path, "sitecustomize.py", b"import sys\nsys.modules['rapidocr'] = None\n")
    monkeypatch.setenv("PYTHONPATH", f"{shut.parent}:{Path.cwd()}")
    printed = make_pdf(Page().text(TITLE).table([40, 100, 260], ROWS))
    path = written(tmp_path, "list.pdf", joined(printed, saved(Image.new("L", (400, 560), 255), "PDF")))
    result = read("announcements", path, published_on=ON, complete=True)
    assert {fact.complete for fact in facts(result).values()} == {False}
    assert any("page 2 is a picture" in reason for _, reason in result.problems)


def test_a_picture_beside_text_is_read_and_an_empty_back_page_costs_nothing(tmp_path: Path) -> None:
    recognition()
    table = page("", ROWS).crop((90, 190, 1_100, 470))
    canvas = Canvas(str(tmp_path / "list.pdf"), pagesize=A4)
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas.setFont("STSong-Light", 12)
    for line, text in enumerate(
        (TITLE, "各有关单位：现将第八批专精特新小巨人企业名单予以公布，请各地做好服务工作。")
    ):
        canvas.drawString(60, 780 - 24 * line, text)
    canvas.drawImage(ImageReader(table), 60, 500, width=480, height=480 * table.height / table.width)
    canvas.showPage()
    canvas.drawImage(ImageReader(Image.new("L", (400, 560), 250)), 0, 0, *A4)
    canvas.save()
    result = read("announcements", tmp_path / "list.pdf", published_on=ON, complete=True)
    found = facts(result)
    assert [entry.name for entry in found[AuthorityCode.ZJ].entries] == NAMES
    assert {fact.complete for fact in found.values()} == {True}


def joined(*documents: bytes) -> bytes:
    pdfium = import_module("pypdfium2")  # it brings no types
    whole = pdfium.PdfDocument.new()
    for content in documents:
        whole.import_pages(pdfium.PdfDocument(content))
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def test_damaged_pictures_and_bombs_are_one_clear_refusal(tmp_path: Path) -> None:
    recognition()
    for kind, name in (("PNG", "list.png"), ("JPEG", "list.jpg"), ("TIFF", "list.tif")):
        content = saved(page(TITLE, ROWS, Look(dpi=60)), kind)
        for cut in (12, len(content) // 2):
            read_or_refusal("announcements", written(tmp_path, name, content[:cut]), published_on=ON)
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")
    with pytest.raises(UnreadableFileError, match=r"pixels|bomb"):
        read("announcements", written(tmp_path, "bomb.png", bomb), published_on=ON)
    empty = written(tmp_path, "empty.png", saved(Image.new("L", (300, 300), 255), "PNG"))
    with pytest.raises(UnreadableFileError, match="holds no text"):
        read("announcements", empty, published_on=ON)


def test_nothing_is_fetched_to_recognise_text(tmp_path: Path) -> None:
    """Sockets are shut before the worker begins: a look at the network would end it."""
    recognition()
    run = (
        "import runpy, socket, sys\n"
        "def refuse(*_, **__): raise RuntimeError('the network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "sys.argv = ['page_worker', 'picture']\n"
        "runpy.run_module('giants.sources.lists.page_worker', run_name='__main__')"
    )
    picture = saved(page(TITLE, ROWS, Look(dpi=100)), "PNG")
    done = subprocess.run([sys.executable, "-c", run], input=picture, capture_output=True, check=False)
    assert "绍兴越城".encode() in done.stdout, done.stderr.decode()[-2_000:]
    assert page_process.ERROR.encode() not in done.stdout
