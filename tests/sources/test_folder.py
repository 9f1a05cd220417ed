"""A folder of thirty mixed documents: what each is recognised as, and why some are set aside."""

from collections import Counter
from datetime import date
from pathlib import Path, PurePath

import pytest

from giants.sources.base import Hints, Options
from giants.sources.folder import Recognised, recognise
from giants.sources.hints import hints_of
from schemas.base import AuthorityCode, Stage
from schemas.facts import Announcement, Review
from tests.sources.helpers import FIXTURES
from tests.sources.lists import document_maker as make
from tests.sources.lists.pdf_maker import Page, make_pdf

HB, NM, XPCC, ZJ = AuthorityCode.HB, AuthorityCode.NM, AuthorityCode.XPCC, AuthorityCode.ZJ
NUMERALS = "一二三四五六七"
FORMATS = {
    "xls": make.xls,
    "docx": make.word,
    "ofd": make.ofd,
    "pdf": make.pdf,
    "md": make.markdown,
    "rtf": make.rtf,
    "xml": make.xml_2003,
}


def rows(place: str, batch: int) -> list[list[str]]:
    names = [f"{place}{word}{NUMERALS[batch - 1]}号轴承有限公司" for word in ("隆中", "汉江")]
    return [["序号", "地区", "企业名称"], *([str(n), place, name] for n, name in enumerate(names, 1))]


def thirty_documents(folder: Path) -> None:
    """Seven batches of two provinces in seven formats, reviews, renames, and what does not belong there."""
    for batch, (ending, made) in enumerate(FORMATS.items(), start=1):
        year = 2018 + batch
        title = f"第{NUMERALS[batch - 1]}批专精特新“小巨人”企业名单"
        for place in ("湖北省", "浙江省"):
            put(folder, f"{title} {place}/{year}-07-01.{ending}", made(f"{place}{title}", rows(place, batch)))
    for year, place in ((2022, "湖北省"), (2023, "浙江省"), (2024, "湖北省"), (2025, "浙江省")):
        title = f"{year}年专精特新“小巨人”复核通过企业名单"
        put(folder, f"reviews/{place}-{year}1020.docx", make.word(title, rows(place, year - 2021)))
    bare = [["企业名称"], ["包头昆河稀土有限公司"]]
    put(folder, "Inner Mongolia/b7-notice-20250901.csv", "\n".join(row[0] for row in bare).encode())
    put(folder, "nm review 2025 20251020.csv", "\n".join(row[0] for row in bare).encode())
    renames = "更名前企业名称,更名后企业名称,更名时间\n包头甲机械有限公司,包头乙机械有限公司,2025年3月1日\n"
    put(folder, "更名 20250401.csv", renames.encode())
    corps = [["序号", "企业名称"], ["1", "石河子天山棉机有限公司"]]
    corps_title = "新疆生产建设兵团第七批专精特新“小巨人”企业名单"
    put(folder, "兵团 20250901.zip", make.zipped({"附件1.xls": make.xls(corps_title, corps)}))
    title = "浙江省第一批专精特新“小巨人”企业名单"
    put(folder, "again/copy 2019-07-01.txt", make.text(title, rows("浙江省", 1)))
    put(folder, "lens.csv", (FIXTURES / "lens.csv").read_bytes())
    put(folder, "省级专精特新“小巨人”企业名单 20250701.csv", "企业名称\n甲光电有限公司\n".encode())
    put(folder, "重点小巨人/第三批 20250701.html", "<h1>第三批重点“小巨人”企业名单</h1>".encode())
    put(folder, "scan.pdf", make_pdf(Page()))
    put(folder, "readme.txt", b"Lists of the ministry, as collected.\n")
    put(folder, "unknown/list.csv", "企业名称\n甲光电有限公司\n".encode())
    put(folder, "b7/undated.csv", "企业名称\n甲光电有限公司\n".encode())
    put(folder, "~$lock.docx", b"x")


def put(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recognised]:
    folder = tmp_path_factory.mktemp("lists")
    thirty_documents(folder)
    return {one.name: one for one in recognise(folder, Options(complete=True))}


def test_thirty_documents_are_recognised_or_set_aside(found: dict[str, Recognised]) -> None:
    assert len(found) == 30
    taken = [one for one in found.values() if one.set_aside is None]
    announced = Counter(fact.batch for one in taken for fact in one.lists if isinstance(fact, Announcement))
    assert announced == {1: 2, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2, 7: 4}
    reviews = [fact for one in taken for fact in one.lists if isinstance(fact, Review)]
    assert sorted((fact.review_year, fact.authority) for fact in reviews) == [
        (2022, HB),
        (2023, ZJ),
        (2024, HB),
        (2025, NM),
        (2025, ZJ),
    ]
    assert all(fact.complete for one in taken for fact in one.lists)


def test_names_of_files_say_what_documents_do_not(found: dict[str, Recognised]) -> None:
    (fact,) = found["Inner Mongolia/b7-notice-20250901.csv"].lists
    assert isinstance(fact, Announcement)
    assert (fact.batch, fact.authority, fact.stage, fact.published_on) == (
        7,
        NM,
        Stage.PUBLIC_NOTICE,
        date(2025, 9, 1),
    )
    (corps,) = found["兵团 20250901.zip"].lists
    assert corps.authority is XPCC
    assert found["更名 20250401.csv"].names == 1


def test_what_is_set_aside_says_why(found: dict[str, Recognised]) -> None:
    reasons = {name: one.set_aside for name, one in found.items() if one.set_aside is not None}
    for name, reason in {
        "lens.csv": "holds families",
        "scan.pdf": "holds no text",
        "readme.txt": "names no company",
        "unknown/list.csv": "which batch it announces",
        "b7/undated.csv": "when it was published",
        "省级专精特新“小巨人”企业名单 20250701.csv": "provincial or municipal",
        "重点小巨人/第三批 20250701.html": "funding for Little Giants",
        "第一批专精特新“小巨人”企业名单 浙江省/2019-07-01.xls": "says the same as again/copy 2019-07-01.txt",
    }.items():
        assert reason in (reasons.pop(name) or ""), name
    assert reasons == {}


@pytest.mark.parametrize(
    ("path", "hints"),
    [
        ("zj-b7-notice-20251020.csv", Hints(7, None, ZJ, Stage.PUBLIC_NOTICE, date(2025, 10, 20))),
        ("浙江省/第八批公示 2026年7月1日.pdf", Hints(8, None, ZJ, Stage.PUBLIC_NOTICE, date(2026, 7, 1))),
        ("Inner Mongolia/batch 8 final.xlsx", Hints(8, None, NM, Stage.FINAL, None)),
        ("2025年复核/兵团.docx", Hints(None, 2025, XPCC, None, None)),
        ("list.csv", Hints()),
    ],
)
def test_hints_of_paths(path: str, hints: Hints) -> None:
    assert hints_of(PurePath(path)).hints == hints


def test_a_rename_of_a_folder_is_read_as_one(tmp_path: Path) -> None:
    put(
        tmp_path,
        "renames 2025-04-01.csv",
        "原企业名称,现企业名称\n包头甲机械有限公司,包头乙机械有限公司\n".encode(),
    )
    (one,) = recognise(tmp_path, Options())
    assert (one.kind.value, one.names, one.set_aside) == ("names", 1, None)
