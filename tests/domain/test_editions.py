"""Imported editions: titles from the newest that has them, standings, and files that are whole or absent."""

from pathlib import Path

import pytest

from giants.domain.editions import EDITIONS_MAX, Editions, SymbolStatus, editions_in, keep_edition
from giants.domain.scheme import Row, Scheme, SchemeError

OLD = "G\t\tPHYSICS\nG01\t\tMEASURING\nG01S\t\tRADIO\nG01S13/00\t0\tradar\nG01S14/00\t0\told radar\n"
NEW = "G\t\tPHYSICS\nG01\t\tMEASURING\nG01S\t\tRADIO\nG01S13/00\t0\tradar systems\nG01S13/02\t1\tprimary\n"


def scheme(text: str) -> Scheme:
    rows = (line.split("\t") for line in text.splitlines())
    return Scheme.from_rows(Row(symbol, level, title, "line") for symbol, level, title in rows)


@pytest.fixture
def editions(tmp_path: Path) -> Editions:
    keep_edition(tmp_path, "2022.08", scheme(OLD))
    keep_edition(tmp_path, "2025.05", scheme(NEW))
    return editions_in(tmp_path)


def test_an_edition_is_read_back_as_it_was_kept(tmp_path: Path) -> None:
    keep_edition(tmp_path, "2025.05", scheme(NEW))
    read = editions_in(tmp_path).newest
    assert read is not None
    assert list(read.rows()) == list(scheme(NEW).rows())


def test_editions_come_newest_first_and_nothing_else_in_the_folder_counts(
    editions: Editions, tmp_path: Path
) -> None:
    (tmp_path / "2025.05.part").write_text("half")
    (tmp_path / "notes.zip").write_text("no edition")
    again = editions_in(tmp_path)
    assert again.names == editions.names == ("2025.05", "2022.08")
    assert again.oldest is not None
    assert again.oldest.exists("G01S14/00")


def test_a_title_is_that_of_the_newest_edition_which_has_the_symbol(editions: Editions) -> None:
    assert editions.title_path("G01S13/00")[-1] == ("G01S13/00", "radar systems")
    assert editions.title_path("G01S14/00")[-1] == ("G01S14/00", "old radar")
    assert editions.edition_of("G01S14/00") == "2022.08"
    assert editions.title_path("G01S99/00") == ()


def test_instances_are_counted_as_current_retired_and_unknown(editions: Editions) -> None:
    tallies = {"G01S13/00": 3, "G01S13/02": 1, "G01S14/00": 5, "G01S99/00": 2}
    assert editions.count(tallies) == {
        SymbolStatus.CURRENT: 4,
        SymbolStatus.RETIRED: 5,
        SymbolStatus.UNKNOWN: 2,
    }


def test_without_editions_there_are_no_titles_and_every_symbol_is_unknown(tmp_path: Path) -> None:
    none = editions_in(tmp_path / "absent")
    assert (none.names, none.newest, none.oldest, none.title_path("G01S13/00")) == ((), None, None, ())
    assert none.standing("G01S13/00") is SymbolStatus.UNKNOWN


def test_the_same_edition_again_replaces_the_first(tmp_path: Path) -> None:
    keep_edition(tmp_path, "2025.05", scheme(OLD))
    keep_edition(tmp_path, "2025.05", scheme(NEW))
    kept = editions_in(tmp_path)
    assert kept.names == ("2025.05",)
    assert kept.standing("G01S14/00") is SymbolStatus.UNKNOWN


@pytest.mark.parametrize("name", ["", "2025", "2025.13", "2025-05", "../2025.05", "2025.05/x"])
def test_a_name_that_is_no_edition_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SchemeError, match="expected year and month"):
        keep_edition(tmp_path, name, scheme(NEW))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_keeps_a_limited_number_of_editions(tmp_path: Path) -> None:
    for number in range(EDITIONS_MAX):
        (tmp_path / f"20{number // 12:02}.{number % 12 + 1:02}.zip").touch()
    with pytest.raises(SchemeError, match=f"holds {EDITIONS_MAX} editions already"):
        keep_edition(tmp_path, "2099.01", scheme(NEW))
