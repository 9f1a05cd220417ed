"""The CPC scheme: order and levels, titles, and title lists that are bounded."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.domain.scheme import (
    TITLE_CHARACTERS_MAX,
    Row,
    Scheme,
    SchemeError,
)
from giants.domain.scheme_file import FILES_MAX, LINE_BYTES_MAX, TEXT_BYTES_MAX, edition_of, read_scheme
from giants.domain.taxonomy import Entry

LIST = """\
H\t\tELECTRICITY
H04\t\tELECTRIC COMMUNICATION TECHNIQUE
H04B\t\tTRANSMISSION
H04B1/00\t0\tDetails
H04B10/00\t0\tTransmission by light
H04B10/25\t1\tfibre transmission
H04B10/2507\t2\treduction of distortion
H04B10/2513\t3\tdue to chromatic dispersion
H04B10/2519\t4\tusing Bragg gratings
H04B10/2525\t4\tusing fibres
H04B2010/2526\t4\t{breakdown of the last}
H04B10/27\t1\tnetworks
H04B100/00\t0\tA group whose number begins alike
H04J\t\tMULTIPLEX
H04J14/00\t0\tOptical multiplex
"""


def scheme(text: str = LIST) -> Scheme:
    return Scheme.from_rows(rows(text))


def rows(text: str) -> list[Row]:
    return [
        Row(symbol, level, title, f"line {number}")
        for number, line in enumerate(text.splitlines(), 1)
        for symbol, level, title in [line.split("\t")]
    ]


def test_titles_and_levels_are_those_of_the_list() -> None:
    read = scheme()
    assert len(read) == 15
    assert (read.title("H04B10/2519"), read.level("H04B10/2519")) == ("using Bragg gratings", 4)
    assert read.title("H04B") == "TRANSMISSION"
    assert read.exists("H04B10/00")
    assert list(read.symbols())[:2] == ["H04B1/00", "H04B10/00"]


@pytest.mark.parametrize("unknown", ["H04B10/2514", "H04B99/00", "H05", "", "H04B10/25199999", "ÄÖ"])
def test_what_is_not_of_the_edition_has_no_title_and_no_family(unknown: str) -> None:
    read = scheme()
    assert not read.exists(unknown)
    assert read.title(unknown) is None
    assert read.parent(unknown) is None
    assert read.level(unknown) is None
    assert not (*read.children(unknown), *read.descendants(unknown), *read.title_path(unknown))


def test_parents_follow_from_order_and_level_not_from_digits() -> None:
    read = scheme()
    assert read.parent("H04B10/2519") == "H04B10/2513"
    assert read.parent("H04B10/2507") == "H04B10/25"
    assert read.parent("H04B10/27") == "H04B10/00"
    assert read.parent("H04B10/00") == "H04B"
    assert read.parent("H") is None


def test_a_title_path_leads_from_the_section_down() -> None:
    assert [symbol for symbol, _ in scheme().title_path("H04B10/2507")] == [
        "H",
        "H04",
        "H04B",
        "H04B10/00",
        "H04B10/25",
        "H04B10/2507",
    ]
    assert scheme().title_path("H04B10/25")[-1] == ("H04B10/25", "fibre transmission")


def test_children_are_one_dot_deeper_descendants_any_number() -> None:
    read = scheme()
    assert read.children("H04B10/2513") == ("H04B10/2519", "H04B10/2525", "H04B2010/2526")
    assert read.children("H04B10/00") == ("H04B10/25", "H04B10/27")
    assert read.descendants("H04B10/25") == (
        "H04B10/2507", "H04B10/2513", "H04B10/2519", "H04B10/2525", "H04B2010/2526",
    )  # fmt: skip
    assert read.children("H04B10/27") == ()


def test_an_entry_takes_the_symbols_of_its_group_or_itself() -> None:
    read = scheme()
    assert read.taken_by(Entry("t", "H04B10/00")) == (
        "H04B10/00", "H04B10/25", "H04B10/2507", "H04B10/2513", "H04B10/2519", "H04B10/2525", "H04B10/27",
    )  # fmt: skip
    assert read.taken_by(Entry("t", "H04B10/25")) == ("H04B10/25",)
    assert read.taken_by(Entry("t", "H04B10/26")) == ()
    assert read.taken_by(Entry("t", "H04B1/00")) == ("H04B1/00",)


def test_an_entry_takes_its_compiled_children_in_the_order_of_the_scheme() -> None:
    children = frozenset({"H04B2010/2526", "H04B10/2519", "H04B10/9999"})
    assert scheme().taken_by(Entry("t", "H04B10/2513", children=children)) == (
        "H04B10/2513", "H04B10/2519", "H04B2010/2526",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("H04B10/00\t0\tone\nH04B10/00\t0\ttwo\n", "H04B10/00 twice"),
        ("H04B10/25\t1\torphan\n", "no main group stands above"),
        ("H04B\t\tTRANSMISSION\nH04B10/25\t1\torphan\n", "no main group stands above"),
        ("H04B10/00\t1\ta group with a dot\n", "got level '1' for H04B10/00"),
        ("H04B10/00\t0\tgroup\nH04B10/25\t0\tno dot\n", "got level '0' for H04B10/25"),
        ("H04B10/00\t\tno level\n", "got level ''"),
        ("H04B10/00\t-1\tnegative\n", "got level '-1'"),
        ("H04B10/00\t0\tg\nH04B10/25\t²\tnot a digit\n", "got level '²'"),
        ("H04B10/00\t0\tg\nH04B10/25\t" + "9" * 5_000 + "\tlong\n", "got level '99999999999999999999'"),
        ("title\t0\tsymbol\n", "line 1: not a CPC symbol"),
        (f"H04B10/00\t0\t{'x' * (TITLE_CHARACTERS_MAX + 1)}\n", f"at most {TITLE_CHARACTERS_MAX}"),
    ],
)
def test_a_list_that_describes_no_scheme_is_refused(text: str, told: str) -> None:
    with pytest.raises(SchemeError) as refused:
        scheme(text)
    assert told in str(refused.value)
    assert len(str(refused.value)) < 1_000


def test_more_rows_than_ten_schemes_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("giants.domain.scheme.SCHEME_ROWS_MAX", 14)
    with pytest.raises(SchemeError, match="line 15: more than 14 rows"):
        scheme()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_the_parent_is_the_nearest_row_before_of_a_lower_level(levels: list[int]) -> None:
    groups = 0
    listed: list[Row] = []
    for number, level in enumerate([0, *levels]):
        groups += level == 0
        symbol = f"H04B{groups}/00" if level == 0 else f"H04B{groups}/{number + 10}"
        listed.append(Row(symbol, str(level), f"title {number}", "line"))
    read = Scheme.from_rows(listed)

    for place, row in enumerate(listed):
        above = [before.symbol for before in listed[:place] if int(before.level) < int(row.level)]
        assert read.parent(row.symbol) == (above[-1] if above else None)
        assert read.title(row.symbol) == row.title
    for row in listed:
        below = [other.symbol for other in listed if read.parent(other.symbol) == row.symbol]
        assert list(read.children(row.symbol)) == below


def write_zip(path: Path, **files: str | bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.txt", content)
    return path


def test_a_zip_a_folder_and_a_file_are_read_alike(tmp_path: Path) -> None:
    text = tmp_path / "cpc-section-H_20250501.txt"
    text.write_bytes(LIST.replace("\n", "\r\n").encode())
    (tmp_path / "readme.md").write_text("not a title list")
    packed = write_zip(tmp_path / "list.zip", **{"cpc-section-H_20250501": LIST})
    for path in (text, tmp_path, packed):
        assert list(read_scheme(path).symbols()) == list(scheme().symbols())
        assert edition_of(path) == "2025.05"


def test_an_edition_that_is_not_named_is_not_guessed(tmp_path: Path) -> None:
    assert edition_of(write_zip(tmp_path / "list.zip", titles=LIST)) is None
    assert edition_of(write_zip(tmp_path / "odd.zip", titles_20259999=LIST)) is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"H04B10/00\t0\n", "titles.txt, line 1: got 2 fields"),
        (b"H04B10/00\t0\ta\tb\n", "got 4 fields"),
        (b"H04B10/00\t0\tok\nH04B10/25\t1\t\xff\n", "titles.txt, line 2: expected UTF-8"),
        (b"H04B10/00\t0\t" + b"x" * LINE_BYTES_MAX, f"longer than {LINE_BYTES_MAX} bytes"),
    ],
)
def test_a_bad_line_is_told_with_its_file_and_number(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(SchemeError) as refused:
        read_scheme(write_zip(tmp_path / "list.zip", titles=content))
    assert told in str(refused.value)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb.txt", "w") as file:
        for _ in range(TEXT_BYTES_MAX // 1_000_000 + 1):
            file.write(b"\0" * 1_000_000)
    assert bomb.stat().st_size < 1_000_000
    with pytest.raises(SchemeError, match=f"expected at most {TEXT_BYTES_MAX}"):
        read_scheme(bomb)


def test_a_zip_with_too_many_files_or_none_is_refused(tmp_path: Path) -> None:
    many = write_zip(tmp_path / "many.zip", **{f"f{number}": "" for number in range(FILES_MAX + 1)})
    with pytest.raises(SchemeError, match=f"at most {FILES_MAX}"):
        read_scheme(many)
    with pytest.raises(SchemeError, match=r"holds no \.txt file"):
        read_scheme(write_zip(tmp_path / "none.zip"))


def test_a_damaged_zip_is_refused_with_a_reason(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "list.zip", titles=LIST * 50)
    data = bytearray(path.read_bytes())
    data[60:200] = bytes(140)
    path.write_bytes(bytes(data))
    with pytest.raises(SchemeError, match="a zip that cannot be read"):
        read_scheme(path)


def test_the_scheme_of_may_2025_is_read_whole(scheme_202505: Scheme) -> None:
    assert len(scheme_202505) == 260_993
    assert sum(1 for _ in scheme_202505.symbols()) == 260_167


def test_the_bragg_gratings_of_the_seed_stand_below_chromatic_dispersion(scheme_202505: Scheme) -> None:
    assert scheme_202505.title("H04B10/2519") == "using Bragg gratings"
    assert scheme_202505.parent("H04B10/2519") == "H04B10/2513"
    assert "H04B10/2519" in scheme_202505.taken_by(Entry("optical", "H04B10/00"))
    assert "H04B10/2519" not in scheme_202505.taken_by(Entry("radio", "H04B1/00"))
