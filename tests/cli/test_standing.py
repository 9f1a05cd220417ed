"""Imported editions of CPC in explanations, and the standing of each company's symbols."""

import zipfile
from pathlib import Path

from tests.cli.facts import designation, families, write_lines
from tests.stack import Stack

COMPANY = "杭州立场光电科技有限公司"
TITLES = {
    "20220801": ("G01V7/00\t0\tMeasuring gravitational fields", "G01V7/02\t1\tDetails", "G01V7/99\t1\tOld"),
    "20250501": ("G01V7/00\t0\tMeasuring gravitational fields", "G01V7/02\t1\tDetails"),
}


def test_symbols_have_titles_and_a_standing_once_editions_are_imported(stack: Stack, tmp_path: Path) -> None:
    for day, lines in TITLES.items():
        path = tmp_path / f"list{day}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            text = "\n".join(("G\t\tPHYSICS", "G01\t\tMEASURING", "G01V\t\tGEOPHYSICS", *lines))
            archive.writestr(f"cpc-section-G_{day}.txt", text)
        assert stack.giants("cpc", "import", str(path)).status == 0
    lists = write_lines(tmp_path / "list.jsonl", [designation("standing", [COMPANY])])
    symbols = (("G01V7/02",), ("G01V7/99",), ("H04B1/00",))
    patents = write_lines(tmp_path / "families.jsonl", families("ST", COMPANY, symbols))
    assert stack.giants("ingest", "announcements", lists).status == 0
    assert stack.giants("ingest", "families", patents, "--wait").status == 0

    (standings,) = stack.giants("cpc", "standing", "--json", "--limit", "1000").lines
    (mine,) = [one for one in standings if one["company"] == COMPANY]
    assert (mine["current"], mine["retired"], mine["unknown"]) == (1, 1, 1)
    assert COMPANY in stack.giants("cpc", "standing", "--limit", "1000").out
    assert "Details" in stack.giants("explain", COMPANY, "gravitational").out

    ran = stack.giants("taxonomy", "check", "shipped", "--json")
    assert ran.lines, ran.err
    checked = ran.lines[0]["live"]
    named = {one["symbol"]: one for one in checked["symbols"]}
    assert {"G01V7/02", "G01V7/99"}.isdisjoint(named)
    assert named["H04B1/00"]["technologies"] == ["advanced-radiofrequency-communication"]
    assert checked["unknown_instances"] >= named["H04B1/00"]["instances"] >= 1
    report = stack.giants("taxonomy", "report", "--technology", "gravitational-force-sensors", "--json")
    assert report.lines[0]["technologies"][0]["matching"] >= 2

    other = tmp_path / "other.toml"
    other.write_text(
        'taxonomy = "ctt74"\nversion = 9\n[[technologies]]\nid = "radio"\nname = "Radio"\n'
        'cpc = { "H04B1/00" = "radio" }\n'
    )
    trial = stack.giants("taxonomy", "diff", "shipped", str(other), "--live", "--json").lines[0]["ratings"]
    (gained,) = [
        one for one in trial["differences"] if one["name"] == COMPANY and one["technology"] == "radio"
    ]
    assert gained["before"] is None
    assert gained["after"]["band"] == "very_weak"

    same = stack.giants("taxonomy", "diff", "live", "shipped", "--json").lines[0]["ratings"]
    assert same["companies"] >= 1
    assert [one for one in same["differences"] if one["name"] == COMPANY] == []
    moved = stack.giants("taxonomy", "diff", "live", str(other), "--json").lines[0]["ratings"]
    lost = [one for one in moved["differences"] if one["name"] == COMPANY and one["after"] is None]
    assert "gravitational-force-sensors" in {one["technology"] for one in lost}
