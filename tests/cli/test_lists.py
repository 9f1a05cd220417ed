"""Which lists were ingested, and taking one back, against a whole stack."""

from pathlib import Path

from tests.cli.facts import designation, write_lines
from tests.stack import Stack


def test_lists_are_shown_by_id_and_revision_and_can_be_withdrawn(stack: Stack, tmp_path: Path) -> None:
    first = designation("lists-zj", ["杭州误录阀门有限公司", "杭州误录轴承有限公司"], unread_rows=1)
    second = designation("lists-zj", ["杭州误录阀门有限公司"], revision=2, expected_count=1)
    assert (
        stack.giants("ingest", "announcements", write_lines(tmp_path / "a.jsonl", [first, second])).status
        == 0
    )

    def shown(*options: str) -> list[tuple[object, ...]]:
        rows = stack.giants("lists", "--json", *options).lines
        columns = ("revision", "what", "authority", "companies", "expected", "unread")
        return [tuple(row[column] for column in columns) for row in rows if row["list"] == "lists-zj"]

    assert shown() == [(2, "designation of batch 7", "ZJ", 1, 1, None)]
    assert [row[0] for row in shown("--all")] == [1, 2]
    taken_back = stack.giants("lists", "withdraw", "lists-zj", "--reason", "a test", "--wait")
    assert (taken_back.status, "revision 3 takes 1 company back" in taken_back.err) == (0, True)
    assert shown() == [(3, "designation of batch 7", "ZJ", "withdrawn", None, None)]
    assert stack.giants("company", "杭州误录阀门有限公司").status == 1, "no list designates it any more"
    again = stack.giants("lists", "withdraw", "lists-zj")
    assert (again.status, "was withdrawn already, by revision 3" in again.err) == (1, True)
    assert "there is no list" in stack.giants("lists", "withdraw", "no-such-list").err


def test_a_folder_of_lists_is_shown_and_ingested_when_it_is_said_so(stack: Stack, tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    text = "浙江省第七批专精特新“小巨人”企业名单\n序号,企业名称\n1,杭州夹录水泵有限公司\n2025年7月1日\n"
    (folder / "zj.csv").write_text(text, encoding="utf-8")
    (folder / "notes.txt").write_text("nothing\n", encoding="utf-8")
    shown = stack.giants("ingest", "lists", str(folder), "--dry-run")
    assert shown.status == 0
    for part in ("zj.csv", "designation, batch 7", "Set aside", "notes.txt"):
        assert part in shown.out
    asked = stack.giants("ingest", "lists", str(folder))
    assert (asked.status, "say --yes" in asked.err) == (1, True)
    assert stack.giants("company", "杭州夹录水泵有限公司").status == 1
    taken = stack.giants("ingest", "lists", str(folder), "--yes", "--wait", "--json")
    assert taken.status == 0
    (told,) = taken.lines
    assert [(one["file"], one["set_aside"] is None) for one in told["recognised"]] == [
        ("notes.txt", False),
        ("zj.csv", True),
    ]
    assert stack.giants("company", "杭州夹录水泵有限公司", "--json").lines[0]["status"] == "active"
