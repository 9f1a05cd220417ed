"""`giants taxonomy` and `giants cpc`, run as commands in a folder of their own."""

import gzip
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from giants.cli import cpc, taxonomy
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.domain.taxonomy_file import TAXONOMY_FILE_BYTES_MAX
from giants.terminal.output import CommandError

NOW = """\
G\t\tPHYSICS
G01\t\tMEASURING; TESTING
G01S\t\tRADIO DIRECTION-FINDING
G01S13/00\t0\tradar systems [RADAR]
G01S13/02\t1\tprimary radar
G01S15/00\t0\tsonar systems
"""
BEFORE = NOW.replace("G01S15/00\t0\tsonar", "G01S14/00\t0\told sonar")
OWN = """
taxonomy = "own"
version = 1

[[technologies]]
id = "radar"
name = "Radar"
cpc = { "G01S13/00" = "radar" }

[[technologies]]
id = "sonar"
name = "Sonar"
cpc = { "G01S15/00" = "sonar [of benzo[b]thiophene]" }
retired."G01S15/00" = { reason = "old sonar", symbols = ["G01S14/00"] }
"""


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    taxonomy.register(app)
    cpc.register(app)
    return app


@pytest.fixture
def titles(app: typer.Typer) -> None:
    for day, text in (("20250501", NOW), ("20220801", BEFORE)):
        with zipfile.ZipFile(f"list{day}.zip", "w") as archive:
            archive.writestr(f"cpc-section-G_{day}.txt", text)
        run(app, "cpc", "import", f"list{day}.zip")


def run(app: typer.Typer, *words: str, status: int = 0) -> Result:
    result = CliRunner().invoke(app, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result


def run_json(app: typer.Typer, *words: str, status: int = 0) -> Any:
    return orjson.loads(run(app, *words, "--json", status=status).stdout)


def own(text: str = OWN, name: str = "own.toml") -> str:
    Path(name).write_text(text)
    return name


def test_explain_names_the_technologies_the_entries_and_the_titles(app: typer.Typer, titles: None) -> None:
    told = run_json(app, "taxonomy", "explain", "g01s 13/02")
    assert (told["symbol"], told["standing"], told["taxonomy"], told["taxonomy_version"]) == (
        "G01S13/02",
        "current",
        "ctt74",
        2,
    )
    assert [(one["technology"], one["symbol"]) for one in told["technologies"]] == [("radar", "G01S13/00")]
    assert [step["symbol"] for step in told["path"]] == ["G", "G01", "G01S", "G01S13/00", "G01S13/02"]
    shown = run(app, "taxonomy", "explain", "G01S13/02").stdout
    assert "radar systems [RADAR]" in shown


def test_explain_says_that_a_symbol_is_outside_or_retired(app: typer.Typer, titles: None) -> None:
    assert "counts in the denominator only" in run(app, "taxonomy", "explain", "F03D1/06").stdout
    told = run_json(app, "taxonomy", "explain", "G01S14/00", "--taxonomy", own())
    assert told["standing"] == "retired"
    assert [(one["retired"], one["successor"]) for one in told["technologies"]] == [(True, "G01S15/00")]


def test_explain_works_without_titles_and_says_how_to_get_them(app: typer.Typer) -> None:
    assert "giants cpc import" in run(app, "taxonomy", "explain", "H04B10/2519").stdout
    assert run_json(app, "taxonomy", "explain", "H04B10/2519")["path"] == []


def test_show_lists_74_technologies_and_the_entries_of_one(app: typer.Typer) -> None:
    listed = [orjson.loads(line) for line in run(app, "taxonomy", "show", "--json").stdout.splitlines()]
    assert [one["id"] for one in listed] == list(Taxonomy.compile(shipped_taxonomy()).technologies)
    assert "74 technologies" in run(app, "taxonomy", "show").stdout
    entries = run_json(app, "taxonomy", "show", "gravitational-force-sensors")["entries"]
    assert [(entry["symbol"], entry["takes"]) for entry in entries] == [("G01V7/00", "the whole main group")]


def test_show_tells_editions_children_and_notes(app: typer.Typer) -> None:
    chips = run_json(app, "taxonomy", "show", "advanced-integrated-circuit-design-and-fabrication")
    entries = {entry["symbol"]: entry for entry in chips["entries"]}
    split = entries["H10P50/00"]
    assert (split["kind"], split["edition"], split["counterpart"]) == ("successor", "2026.01", "H01L21/00")
    assert entries["G06F30/30"]["children"] > 10
    assert "Single power devices" in chips["note"]
    shown = run(app, "taxonomy", "show", "hypersonic-detection-and-tracking").stdout
    assert "CPC has no place for hypersonic targets" in shown
    assert "G01S13/66: Tracking of several targets" in shown


def test_what_titles_and_reasons_hold_is_shown_as_it_is(app: typer.Typer) -> None:
    assert "sonar [of benzo[b]thiophene]" in run(app, "taxonomy", "show", "sonar", "--taxonomy", own()).stdout


def test_check_against_imported_editions_passes_a_sound_taxonomy(app: typer.Typer, titles: None) -> None:
    report = run_json(app, "taxonomy", "check", own())
    assert (report["errors"], report["findings"]) == (0, [])
    radar = report["coverage"]["radar"]
    assert (radar["listed"], radar["retired"], radar["successors"], radar["symbols"]) == (1, 0, 0, 2)
    assert "3 of 3 symbols of the scheme are mapped" in run(app, "taxonomy", "check", own()).stdout


def test_check_against_given_lists_fails_where_an_entry_is_missing(app: typer.Typer) -> None:
    Path("now.txt").write_text(NOW)
    Path("before.txt").write_text(BEFORE)
    wrong = own(OWN.replace('"G01S13/00" = "radar"', '"G01S13/99" = "radar"'))
    given = ("taxonomy", "check", wrong, "--scheme", "now.txt", "--older", "before.txt")
    report = run_json(app, *given, status=1)
    assert [(one["fault"], one["entry"]) for one in report["findings"] if one["error"]] == [
        ("missing", "G01S13/99")
    ]
    assert "1 of them errors" in run(app, *given, status=1).stdout


def test_diff_tells_entries_and_whose_ratings_would_change(app: typer.Typer) -> None:
    Path("families.jsonl").write_bytes(
        b"\n".join(
            orjson.dumps({"family_id": f"f{number}", "version": 1, "assignees": [assignee], "cpc": cpc})
            for number, (assignee, cpc) in enumerate(
                [("甲有限公司", ["G01S13/02"]), ("甲 有限公司", ["G01S13/88"]), ("乙有限公司", ["G01S15/89"])]
            )
        )
    )
    new = own(OWN.replace('"G01S13/00"', '"G01S13/02"').replace("version = 1", "version = 2"), "new.toml")
    given = ("taxonomy", "diff", own(), new, "--families", "families.jsonl")
    told = run_json(app, *given)
    assert told["entries"] == [{"technology": "radar", "added": ["G01S13/02"], "removed": ["G01S13/00"]}]
    assert told["ratings"]["companies"] == 2
    assert told["ratings"]["differences"] == []  # the score moves inside its band

    new = own(OWN.replace('"G01S13/00"', '"G01S13/99"'), "new.toml")
    told = run_json(app, "taxonomy", "diff", own(), new, "--families", "families.jsonl")
    (difference,) = told["ratings"]["differences"]
    assert (difference["name"], difference["technology"], difference["after"]) == (
        "甲有限公司",
        "radar",
        None,
    )
    assert difference["before"]["band"] == "very_weak"
    assert (
        "1 of 2 companies would see 1 ratings change"
        in run(app, "taxonomy", "diff", own(), new, "--families", "families.jsonl").stdout
    )


def test_diff_holds_two_methodologies_against_each_other(app: typer.Typer) -> None:
    families = [
        {"family_id": f"f{number}", "version": 1, "assignees": ["甲有限公司"], "cpc": cpc}
        for number, cpc in enumerate([["G01S13/02"]] * 3 + [[]] * 97)
    ]
    Path("families.jsonl").write_bytes(b"\n".join(map(orjson.dumps, families)))
    compared = ("taxonomy", "diff", own(), own(), "--families", "families.jsonl")
    given = (*compared, "--methodology-before", "exposure-1")
    (difference,) = run_json(app, *given)["ratings"]["differences"]
    assert (difference["families"], difference["classified"]) == (100, 3)
    assert (difference["before"]["band"], difference["after"]["band"]) == ("very_strong", "very_weak")
    assert "3 of 100" in run(app, *given).stdout
    with pytest.raises(CommandError, match="expected one of exposure-1, exposure-2"):
        run(app, *given[:-1], "exposure-9")


@pytest.mark.parametrize("names", [[{"name": "乙有限公司"}], [["乙有限公司", "rename", "r-1", None]]])
def test_diff_counts_all_names_of_a_company_together(app: typer.Typer, names: list[object]) -> None:
    Path("families.jsonl").write_text(
        '{"family_id": "f1", "version": 1, "assignees": ["甲有限公司", "乙有限公司"], "cpc": ["G01S13/02"]}\n'
        '{"family_id": "f2", "version": 1, "assignees": ["丙有限公司"], "cpc": ["G01S13/02"]}\n'
    )
    Path("companies.jsonl").write_bytes(
        orjson.dumps({"company_id": "c1", "name": "甲有限公司", "names": names})
    )
    new = own(OWN.replace('"G01S13/00"', '"G01S13/99"'), "new.toml")
    told = run_json(
        app, "taxonomy", "diff", own(), new, "--families", "families.jsonl", "--companies", "companies.jsonl"
    )
    assert told["ratings"]["companies"] == 1
    assert [one["company_id"] for one in told["ratings"]["differences"]] == ["c1"]


def test_diff_of_a_version_with_itself_says_so(app: typer.Typer) -> None:
    assert "the entries are the same" in run(app, "taxonomy", "diff", "shipped", "shipped").stdout


def test_expand_writes_a_version_that_the_commands_read(app: typer.Typer, titles: None) -> None:
    narrow = own(OWN.replace('"G01S13/00" =', '"G01S13/02" ='))
    written = run(app, "taxonomy", "expand", narrow, "--number", "7").stdout
    Path("wide.json").write_text(written)
    report = run_json(app, "taxonomy", "check", "wide.json")
    assert (report["version"], report["errors"]) == (7, 0)


def test_a_compiled_file_takes_children_and_is_compiled_again_to_the_same(
    app: typer.Typer, titles: None
) -> None:
    text = OWN.replace('"G01S13/00" = "radar"', '"G01S13/02" = "radar"').replace('"G01S13/00"', '"G01S13/02"')
    file = own(text.replace("version = 1", 'version = 1\nedition = "2025.05"\nchildren = true'))
    with pytest.raises(CommandError, match="1 entries take children, but none are compiled"):
        run(app, "taxonomy", "show", "radar", "--taxonomy", file)
    written = run(app, "taxonomy", "compile", file).stdout
    Path(file).write_text(written)
    assert run(app, "taxonomy", "compile", file).stdout == written
    assert run_json(app, "taxonomy", "check", file)["errors"] == 0
    with pytest.raises(CommandError, match=r"is edition 2022\.08, expected 2025\.05"):
        run(app, "taxonomy", "compile", file, "--scheme", "list20220801.zip")


def test_report_takes_portfolios_apart_by_entry(app: typer.Typer) -> None:
    Path("families.jsonl").write_text(
        '{"family_id": "f1", "version": 1, "assignees": ["甲有限公司"], "cpc": ["G01S13/02", "G01S15/89"]}\n'
        '{"family_id": "f2", "version": 1, "assignees": ["乙有限公司"], "cpc": ["G01S13/02", "A01B1/00"]}\n'
    )
    both = OWN + '[[technologies]]\nid = "primary"\nname = "Primary"\ncpc = { "G01S13/02" = "primary" }\n'
    given = ("taxonomy", "report", own(both), "--families", "families.jsonl")
    told = run_json(app, *given, "--technology", "radar")
    assert told["instances"] == 4
    (radar,) = told["technologies"]
    (entry,) = radar["entries"]
    assert (radar["matching"], entry["symbol"], entry["instances"], entry["alone"]) == (2, "G01S13/00", 2, 0)
    assert told["shared"] == [{"technologies": ["primary", "radar"], "instances": 2, "shares": [1.0, 1.0]}]
    assert "what each entry brings" in run(app, *given, "--technology", "radar").stdout
    assert "shared instances" in run(app, *given).stdout


def test_import_title_and_import_again(app: typer.Typer, titles: None) -> None:
    told = run_json(app, "cpc", "title", "G01S 13/00")
    assert (told["standing"], told["edition"]) == ("current", "2025.05")
    assert told["children"] == [{"symbol": "G01S13/02", "title": "primary radar"}]
    shown = run(app, "cpc", "title", "G01S13/00").stdout
    assert shown.index("G01S13/00 radar systems [RADAR]") < shown.index("G01S13/02 primary radar")
    again = run_json(app, "cpc", "import", "list20250501.zip")
    assert (again["edition"], again["symbols"]) == ("2025.05", 3)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("cpc", "title", "G01S13/00"), "giants cpc import FILE"),
        (("cpc", "title", "no symbol"), "not a CPC symbol: got 'no symbol'"),
        (("cpc", "import", "bad.txt"), "give it as --edition 2025.05"),
        (("cpc", "import", "bad.txt", "--edition", "2025.05"), "bad.txt, line 1: got 1 fields"),
        (("cpc", "import", "titles.txt", "--edition", "May 2025"), "expected year and month"),
        (("taxonomy", "explain", "H04B"), "not a CPC symbol: got 'H04B'"),
        (("taxonomy", "show", "beekeeping"), "beekeeping is no technology of ctt74"),
        (("taxonomy", "show", "--taxonomy", "bad.txt"), "taxonomy file bad.txt: expected TOML"),
        (("taxonomy", "show", "--taxonomy", "large.txt"), f"expected at most {TAXONOMY_FILE_BYTES_MAX}"),
        (("taxonomy", "check"), "no CPC scheme is at hand"),
        (("taxonomy", "check", "--scheme", "bad.txt"), "got 1 fields"),
        (("taxonomy", "check", "shipped", "--scheme", "titles.txt", "--live"), "no stack runs"),
        (("taxonomy", "report"), "no stack runs"),
        (("taxonomy", "report", "--technology", "bees"), "bees is no technology of ctt74"),
        (("taxonomy", "diff", "shipped", "shipped", "--live"), "no stack runs"),
        (("taxonomy", "diff", "live", "shipped"), "no stack runs"),
        (
            ("taxonomy", "diff", "shipped", "shipped", "--live", "--families", "families.csv.gz"),
            "got live portfolios and --families",
        ),
        (("taxonomy", "diff", "shipped", "wrong.toml"), "taxonomy own version 1 is refused: radar, cpc"),
        (
            (
                "taxonomy",
                "diff",
                "shipped",
                "shipped",
                "--families",
                "families.csv.gz",
                "--companies",
                "bad.txt",
            ),
            "bad.txt, line 1: expected a company",
        ),
    ],
)
def test_what_cannot_be_done_ends_with_one_clear_line(
    app: typer.Typer, words: tuple[str, ...], told: str
) -> None:
    Path("bad.txt").write_text("what is this")
    Path("titles.txt").write_text(NOW)
    Path("large.txt").write_bytes(b"#" * (TAXONOMY_FILE_BYTES_MAX + 1))
    Path("wrong.toml").write_text(OWN.replace('"G01S13/00" =', '"radar" ='))
    Path("families.csv.gz").write_bytes(gzip.compress(b"family_id,assignees,cpc\nf1,a,G01S13/00\n"))
    with pytest.raises(CommandError) as refused:
        run(app, *words)
    assert told in str(refused.value)


def test_a_file_that_is_not_there_is_told_by_its_name(app: typer.Typer) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.toml"):
        run(app, "taxonomy", "show", "--taxonomy", "absent.toml")
