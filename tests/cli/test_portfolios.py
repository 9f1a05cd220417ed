"""A newly designated counterparty, from a list to a webhook, and its judgement and trail by commands."""

import json
from pathlib import Path

from tests.cli.facts import designation, write_lines
from tests.delivery.receivers import receiving
from tests.delivery.samples import SECRET
from tests.stack import running_stack
from tests.waiting import wait_for

MINE, NEAR, THEIRS = "寧波星野氣動機械股份有限公司", "星野气动机械有限公司", "宁波星野气动机械有限公司"
OTHER = "上海华灿光电科技有限公司"
AGENTS = {"GIANTS_WEBHOOK_ALLOW_PRIVATE": "true", "GIANTS_CLOCK": "false", "GIANTS_SIGNALS": "false"}


def test_a_counterparty_that_is_designated_reaches_the_desk(tmp_path: Path) -> None:
    listed = tmp_path / "suppliers.csv"
    listed.write_text(f"name,reference\n{MINE},V-1\n{NEAR},V-2\n{OTHER},V-3\n,V-4\n", encoding="utf-8")
    data_dir = tmp_path / "data"
    with receiving() as desk, running_stack(data_dir, **AGENTS) as stack:
        old = designation("2025-b7-sh-final", [OTHER], authority="SH")
        assert stack.giants("ingest", "announcements", write_lines(tmp_path / "old.jsonl", [old])).status == 0
        wait_for("the first company", lambda: stack.get("/companies")["items"])

        put = stack.giants(
            *("portfolios", "put", str(listed), "--id", "p-1", "--title", "Suppliers", "--json"),
            *("--webhook", desk.url, "--secret", SECRET),
        )
        assert put.status == 0, put.err
        assert put.lines[0]["entries"] == 3
        assert put.lines[0]["problems"] == [{"where": "line 5", "detail": "has no name"}]
        # The first screening pairs what is there, and alerts nobody.
        pairs = wait_for("the first pair", lambda: stack.get("/portfolios/p-1/matches")["items"])
        assert [(one["match"]["entry_name"], one["match"]["to_review"]) for one in pairs] == [(OTHER, False)]

        new = designation("2026-b8-nb-final", [THEIRS], batch=8, published_on="2026-10-20", authority="NB")
        assert stack.giants("ingest", "announcements", write_lines(tmp_path / "new.jsonl", [new])).status == 0
        wait_for("the webhook", lambda: desk.received)
        body = json.loads(desk.received[0].body)
        assert desk.received[0].is_signed
        assert (body["portfolio_id"], body["entry_name"], body["kind"]) == ("p-1", MINE, "designated")
        assert body["watchlist_id"] == "portfolio:p-1"
        waiting = wait_for(
            "the pair to review",
            lambda: stack.get("/portfolios/p-1/matches", to_review="true")["items"],
        )
        assert [one["match"]["entry_name"] for one in waiting] == [NEAR]

        entry, company = (waiting[0]["match"][name] for name in ("entry_id", "company_id"))
        judged = stack.giants(
            "portfolios", "judge", "p-1", entry, company, "rejected", "--why", "another firm"
        )
        assert judged.status == 0, judged.err
        wait_for(
            "nothing to review",
            lambda: not stack.get("/portfolios/p-1/matches", to_review="true")["items"],
        )
        screened = stack.giants("screen", str(listed), "-o", str(tmp_path / "out.csv"), "--json")
        run_id = screened.lines[0]["run_id"]
        wait_for("the run in the trail", lambda: stack.get("/screenings")["items"])
        file = tmp_path / "run.pdf"
        exported = stack.giants("screenings", "export", run_id, "--format", "pdf", "-o", str(file))
        assert exported.status == 0, exported.err
        assert file.read_bytes().startswith(b"%PDF-")
        assert len(desk.received) == 1
