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
    assert (taken_back.status, "revision 3 takes 1 companies back" in taken_back.err) == (0, True)
    assert shown() == [(3, "designation of batch 7", "ZJ", "withdrawn", None, None)]
    assert stack.giants("company", "杭州误录阀门有限公司").status == 1, "no list designates it any more"
    again = stack.giants("lists", "withdraw", "lists-zj")
    assert (again.status, "was withdrawn already, by revision 3" in again.err) == (1, True)
    assert "there is no list" in stack.giants("lists", "withdraw", "no-such-list").err
