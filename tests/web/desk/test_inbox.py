"""The inbox: a list kept as a portfolio, pairs side by side, decisions in bulk, and who may do what."""

import html
import json
import re
from datetime import UTC, datetime, timedelta

import httpx

from giants.kafka import topics
from giants.kafka.publisher import Publisher
from giants.keys import Scope, create_key, key_file
from giants.settings import Settings
from schemas.portfolios import MatchVerdict, PairFeature, PortfolioMatch
from tests.store.waiting import wait_until
from tests.web.desk.desk import NEAR, NINGBO, NOBODY, post

TABLE = f"reference,name,place\nV-1,{NEAR},浙江\nV-2,{NOBODY},\nV-3,佳尔灵气动有限公司,\nV-4,,\n"


def found(settings: Settings, portfolio_id: str, owner: str, entries: list[dict[str, str]]) -> None:
    """Send a pair to review for each entry, as the worker does."""
    publisher = Publisher(settings, 10)
    now = datetime.now(UTC)
    for place, entry in enumerate(entries):
        match = PortfolioMatch(
            id=f"m-{portfolio_id}-{entry['entry_id']}",
            portfolio_id=portfolio_id,
            owner=owner,
            entry_id=entry["entry_id"],
            entry_name=entry["name"],
            company_id="lg-jel",
            name=NINGBO,
            name_en=None,
            verdict=MatchVerdict.REVIEW,
            to_review=True,
            score=0.81,
            uscc=False,
            query_name=entry["name"],
            matched_name=NINGBO,
            features=(
                PairFeature(name="trade name", outcome="agrees", factor=1, detail="佳尔灵"),
                PairFeature(name="trade", outcome="differs", factor=0.81, detail="no 气动"),
            ),
            at=now + timedelta(milliseconds=place),
        )
        topic = topics.PORTFOLIO_MATCHES.full_name(settings)
        publisher.send(topic, portfolio_id, match.model_dump_json().encode())
    publisher.flush()
    publisher.close()


def kept(desk: httpx.Client, name: str = "Suppliers", **fields: str) -> str:
    """Keep the table as a portfolio; returns its id."""
    answer = post(desk, "/screen/portfolio", list=TABLE, portfolio_name=name, **fields)
    assert answer.status_code == 303, answer.text
    return httpx.URL(answer.headers["location"]).params["portfolio"]


def entries_of(desk: httpx.Client, portfolio_id: str) -> list[dict[str, str]]:
    items = desk.get(f"/api/v1/portfolios/{portfolio_id}/entries").json()["items"]
    return [one["entry"] for one in items if one["entry"]["name"] != NOBODY]


def pairs_of(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'name="pair" value="([^"]+)"', page)]


def test_a_list_is_kept_reviewed_and_decided_in_bulk(desk: httpx.Client, desk_settings: Settings) -> None:
    empty = desk.get("/inbox").text
    assert "No portfolio yet" in empty
    assert "Nothing was decided yet" in empty
    portfolio_id = kept(desk, portfolio_owner="desk-a")
    entries = entries_of(desk, portfolio_id)
    assert {one.get("place") for one in entries} == {"浙江", None}
    here = f"/inbox?portfolio={portfolio_id}"
    assert "3 entries; 1 row without a usable name" in desk.get(f"{here}&saved=3&left_out=1").text
    found(desk_settings, portfolio_id, "desk-a", entries)
    wait_until(lambda: len(pairs_of(desk.get(here).text)) == 2, "both pairs to wait")
    page = desk.get(here).text
    for shown in (NEAR, NINGBO, "trade name", "no 气动", "V-1", "Suppliers (2)", "/documents/b2%401"):
        assert shown in page, shown
    assert page.count('class="caveats"') == 1
    assert pairs_of(desk.get(f"{here}&q={NEAR}").text) == [
        json.dumps([portfolio_id, entry_id(entries), "lg-jel"])
    ]
    assert pairs_of(desk.get(f"{here}&answer=ambiguous").text) == []

    none = post(desk, "/inbox/judgements", verdict="rejected", back=f"portfolio={portfolio_id}")
    assert "choose+at+least+one+pair" in none.headers["location"]
    done = post(
        desk,
        "/inbox/judgements",
        pair=pairs_of(page),
        verdict="rejected",
        why="another <firm>",
        back=f"portfolio={portfolio_id}&q=&evil=https://elsewhere.example",
    )
    assert done.status_code == 303
    assert done.headers["location"] == f"/inbox?portfolio={portfolio_id}&decided=2"
    after = desk.get(done.headers["location"]).text
    assert pairs_of(after) == []
    assert "Decided: 2 pairs" in after
    assert "another &lt;firm&gt;" in after
    assert "by local" in after
    again = desk.get(f"{here}&state=rejected").text
    assert len(pairs_of(again)) == 2
    judged = desk.get(f"/api/v1/portfolios/{portfolio_id}/judgements").json()["items"]
    assert {one["verdict"] for one in judged} == {"rejected"}
    assert all(one["evidence"] and one["basis"] for one in judged)


def entry_id(entries: list[dict[str, str]]) -> str:
    return next(one["entry_id"] for one in entries if one["name"] == NEAR)


def many(settings: Settings, portfolio_id: str, owner: str, number: int) -> None:
    entries = [{"entry_id": f"n-{place}", "name": f"佳尔灵{place}机械有限公司"} for place in range(number)]
    found(settings, portfolio_id, owner, entries)


def kept_names(desk: httpx.Client, number: int) -> str:
    """A portfolio of so many near names, with the ids that `many` sends pairs of."""
    entries = [{"entry_id": f"n-{place}", "name": f"佳尔灵{place}机械有限公司"} for place in range(number)]
    portfolio_id = f"p-many-{number}"
    body = {"name": "Many", "owner": "desk-a", "entries": entries}
    assert desk.put(f"/api/v1/portfolios/{portfolio_id}", json=body).status_code == 200
    return portfolio_id


def test_all_pairs_of_a_filter_are_decided_on_all_pages_after_a_confirmation(
    desk: httpx.Client, desk_settings: Settings
) -> None:
    portfolio_id = kept_names(desk, 60)
    many(desk_settings, portfolio_id, "desk-a", 60)
    here, back = f"/inbox?portfolio={portfolio_id}", f"portfolio={portfolio_id}&q=佳尔灵5"
    wait_until(lambda: "all 60 that match this filter" in desk.get(here).text, "all pairs to wait")
    first = desk.get(here).text
    assert len(pairs_of(first)) == 50
    # Those found last come first, and pages go on where the one before ended.
    (address,) = set(re.findall(r'href="(/inbox\?[^"]*cursor=[^"]+)"', first))
    rest = pairs_of(desk.get(html.unescape(address)).text)
    assert len({*pairs_of(first), *rest}) == 60
    assert json.loads(pairs_of(first)[0])[1] == "n-59"
    assert json.loads(rest[-1])[1] == "n-0"

    fields = {"verdict": "rejected", "why": "another <firm>", "back": back, "scope": "all"}
    asked = post(desk, "/inbox/judgements", **fields)
    assert asked.status_code == 200
    assert "Reject 11 pairs?" in asked.text  # 5 and 50 to 59
    assert "another &lt;firm&gt;" in asked.text
    assert len(pairs_of(desk.get(here).text)) == 50, "nothing is decided yet"
    until = re.search(r'name="until_ms" value="(\d+)"', asked.text)
    assert until is not None
    late = [{"entry_id": "n-5", "name": "佳尔灵5机械有限公司"}]
    found(desk_settings, portfolio_id, "desk-a", late)  # found again, later than what was confirmed
    wait_until(
        lambda: json.loads(pairs_of(desk.get(f"{here}&q=佳尔灵5").text)[0])[1] == "n-5", "the later pair"
    )
    done = post(desk, "/inbox/judgements", until_ms=until[1], **fields)
    assert done.status_code == 303
    assert httpx.URL(done.headers["location"]).params["decided"] == "10"
    assert len(pairs_of(desk.get(f"{here}&state=rejected").text)) == 10
    assert [json.loads(one)[1] for one in pairs_of(desk.get(f"{here}&q=佳尔灵5").text)] == ["n-5"]


def test_a_decision_about_all_touches_nobody_elses_pairs(desk: httpx.Client, desk_settings: Settings) -> None:
    portfolio_id = kept_names(desk, 3)
    many(desk_settings, portfolio_id, "desk-a", 3)
    here = f"/inbox?portfolio={portfolio_id}"
    wait_until(lambda: len(pairs_of(desk.get(here).text)) == 3, "the pairs to wait")
    file = key_file(desk_settings)
    _, other = create_key(file, "eve", Scope.WRITE, owner="desk-c")
    fields = {"verdict": "confirmed", "back": f"portfolio={portfolio_id}", "scope": "all"}
    try:
        desk.headers["Authorization"] = f"Bearer {other}"
        page = post(desk, "/inbox/judgements", **fields).text
        assert "Confirm 0 pairs?" in page
        assert "Many" not in page
        done = post(desk, "/inbox/judgements", until_ms=str(2**60), **fields)
        assert "decided=0" in done.headers["location"]
        assert post(desk, "/inbox/judgements", until_ms="soon", **fields).status_code == 422
    finally:
        del desk.headers["Authorization"]
        file.unlink()
    assert len(pairs_of(desk.get(here).text)) == 3


def test_what_cannot_be_understood_is_refused(desk: httpx.Client) -> None:
    for fields in ({"verdict": "maybe"}, {"verdict": "confirmed", "pair": '["p"]'}, {}):
        assert post(desk, "/inbox/judgements", **fields).status_code == 422
    gone = post(desk, "/inbox/judgements", verdict="unsure", pair='["p-none", "e", "c"]')
    assert "no+portfolio" in gone.headers["location"].lower() or "fault=" in gone.headers["location"]
    unnamed = post(desk, "/screen/portfolio", list=TABLE)
    assert unnamed.status_code == 422
    assert "The portfolio needs a name" in unnamed.text
    other = desk.post(
        "/inbox/judgements", data={"verdict": "confirmed"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert other.status_code == 403


def test_a_key_sees_and_decides_its_own_alone(desk: httpx.Client, desk_settings: Settings) -> None:
    file = key_file(desk_settings)
    _, writer = create_key(file, "ann", Scope.WRITE, owner="desk-b")
    _, reader = create_key(file, "bob", Scope.READ, Scope.SCREEN, owner="desk-b")
    _, other = create_key(file, "eve", Scope.WRITE, owner="desk-c")
    try:
        desk.headers["Authorization"] = f"Bearer {writer}"
        portfolio_id = kept(desk, "Investors")
        assert desk.get(f"/api/v1/portfolios/{portfolio_id}").json()["owner"] == "desk-b"
        taken = post(desk, "/screen/portfolio", list=TABLE, portfolio_name="x", portfolio_owner="desk-c")
        assert taken.status_code == 422
        found(desk_settings, portfolio_id, "desk-b", entries_of(desk, portfolio_id)[:1])
        wait_until(lambda: pairs_of(desk.get("/inbox").text) != [], "the pair to wait")
        (pair,) = pairs_of(desk.get("/inbox").text)

        desk.headers["Authorization"] = f"Bearer {other}"
        assert "Investors" not in desk.get("/inbox").text
        refused = post(desk, "/inbox/judgements", verdict="confirmed", pair=pair)
        assert "fault=" in refused.headers["location"]
        assert "decided=0" in refused.headers["location"]

        desk.headers["Authorization"] = f"Bearer {reader}"
        assert post(desk, list=TABLE).status_code == 200
        assert post(desk, "/screen/file", list=TABLE).status_code == 200
        assert post(desk, "/screen/portfolio", list=TABLE, portfolio_name="x").status_code == 403
        assert post(desk, "/inbox/judgements", verdict="confirmed", pair=pair).status_code == 403
        page = desk.get("/inbox").text
        assert "Investors" in page
        assert "Your key reads only" in page
        assert pairs_of(page) == []
    finally:
        del desk.headers["Authorization"]
        file.unlink()
