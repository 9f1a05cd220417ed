"""Pages as they are sent: what they say, what they refuse, and what they keep browsers from."""

import re
from html import unescape
from urllib.parse import quote

import httpx
import pytest

from giants.kafka import topics
from giants.store.client import Database
from giants.store.queries.exposures import TechnologyRow
from giants.web.dashboard.routes.home import strongest
from tests.store.builders import company, incoming, status_change, store
from tests.web.dashboard.cast import PAGES, Cast

HOSTILE = "<script>alert(1)</script>“x” ' onload=alert(1)"
TEXT = re.compile(r"<[^>]+>")


def words_of(answer: httpx.Response) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(TEXT.sub(" ", answer.text)).split())


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_nothing_but_our_own_files(pages: httpx.Client, cast: Cast, page: str) -> None:
    answer = pages.get(cast.path(page))
    assert answer.status_code == (404 if page == "not-found" else 200)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|<style|\son[a-z]+=|javascript:", answer.text)
    asked = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', answer.text)
    assert asked
    assert all(address.startswith("/static/") for address in asked)
    assert all(pages.get(unescape(address)).status_code == 200 for address in asked)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_a_page_leads_somewhere(pages: httpx.Client, cast: Cast, page: str) -> None:
    text = pages.get(cast.path(page)).text
    links = sorted(
        {unescape(link).partition("#")[0] for link in re.findall(r'<a [^>]*href="(/[^"]*)"', text)}
    )
    # Of many links of one kind a few stand for the others.
    kinds: dict[str, list[str]] = {}
    for link in links:
        kinds.setdefault(link.split("/")[1].partition("?")[0], []).append(link)
    for some in kinds.values():
        for link in some[:3]:
            assert pages.get(link).status_code in {200, 307}, link


def test_names_stand_in_both_languages_with_their_language(pages: httpx.Client, cast: Cast) -> None:
    text = pages.get(f"/companies/{cast.hero.company_id}").text
    assert f'lang="zh-Hans">{cast.hero.name}<' in text
    assert f'lang="en">{cast.hero.name_en}<' in text


def test_the_front_page_ranks_no_technology_without_a_rated_company() -> None:
    bands = dict.fromkeys(("very_weak", "weak", "moderate", "strong", "very_strong"), 0)
    rows = [
        TechnologyRow(name, name, "", (), rated, rated, bands | {"weak": rated})
        for name, rated in (("none", 0), ("one", 1), ("two", 2))
    ]
    assert [row.technology for row in strongest(rows)] == ["two", "one"]


def test_a_name_without_an_english_one_is_given_as_it_sounds(pages: httpx.Client, database: Database) -> None:
    row = database.rows(
        "SELECT company_id, name FROM companies WHERE name_en IS NULL ORDER BY company_id LIMIT 1"
    )
    text = pages.get(f"/companies/{row[0]['company_id']}").text
    assert 'lang="zh-Latn" title="Pinyin reading; no English name is known"' in text
    assert "none known. Pinyin reading:" in words_of(pages.get(f"/companies/{row[0]['company_id']}"))


def test_a_name_that_nobody_bears_just_so_gets_what_comes_near(pages: httpx.Client, cast: Cast) -> None:
    name = cast.hero.name
    asked = f"{name[:-2]}责任{name[-2:]}" if name.endswith("有限公司") else f"{name}深圳分公司"
    said = words_of(pages.get("/companies", params={"q": asked}))
    assert "These are similar:" in said
    assert name in said


def test_every_rating_says_what_is_derived_assumed_and_our_own(pages: httpx.Client, cast: Cast) -> None:
    said = words_of(pages.get(f"/companies/{cast.hero.company_id}/technologies/{cast.technology}"))
    assert "Score derived" in said
    assert "Band assumed" in said
    assert "own work" in said
    assert "Read with care" in said
    assert "no probability and no confidence interval" in said


def test_a_day_in_the_past_shows_the_status_of_that_day(pages: httpx.Client, cast: Cast) -> None:
    first = cast.hero.timeline[0]
    address = f"/companies/{cast.hero.company_id}"
    before = words_of(pages.get(address, params={"as_of": "2018-06-01"}))
    assert "On 1 Jun 2018 Not designated yet." in before
    on_the_day = words_of(pages.get(address, params={"as_of": first.since.isoformat()}))
    assert f"{first.status} {first.sub_state.replace('_', ' ')} since" in on_the_day


def test_the_status_of_a_batch_can_be_seen_on_a_day_in_the_past(
    pages: httpx.Client, database: Database
) -> None:
    designated = database.rows(
        "SELECT uniqExact(company_id) AS n FROM designations WHERE batch = 1 AND ifNull(confirmed, 1)"
    )[0]["n"]
    said = words_of(pages.get("/batches", params={"as_of": "2020-01-01"}))
    assert f"1 2019 {designated} {designated} 0 0" in said


def test_empty_fields_of_a_form_ask_for_nothing(pages: httpx.Client) -> None:
    everything = words_of(pages.get("/companies"))
    empty = pages.get(
        "/companies?q=&status=&authority=&batch=&technology=&min_band=&profile=&tier=&provisional=&as_of="
    )
    assert re.search(r"\d+ companies", everything)
    assert re.findall(r"\d+ companies", words_of(empty)) == re.findall(r"\d+ companies", everything)


def test_a_list_is_filtered_by_profile_and_by_what_is_not_confirmed(
    pages: httpx.Client, database: Database
) -> None:
    for asked, counted in (
        (
            "profile=established",
            "SELECT uniqExact(company_id) AS n FROM exposures WHERE profile = 'established'",
        ),
        ("provisional=true", "SELECT count() AS n FROM companies WHERE provisional"),
        ("provisional=false", "SELECT count() AS n FROM companies WHERE NOT provisional"),
        ("tier=single_champion", "SELECT count() AS n FROM companies WHERE tier = 'single_champion'"),
    ):
        answer = pages.get(f"/companies?{asked}")
        expected = database.rows(counted)[0]["n"]
        assert re.search(rf"\b{expected:,} compan(y|ies)\b", words_of(answer)), asked
        name, value = asked.split("=")
        chosen = rf'<select id="{name}".*?<option value="{value}" selected>'
        assert re.search(chosen, answer.text, re.DOTALL), asked


def test_a_list_goes_on_where_its_page_ended(pages: httpx.Client) -> None:
    first = pages.get("/companies")
    after = re.search(r'href="(/companies\?cursor=[^"]+)"', first.text)
    assert after
    second = pages.get(unescape(after[1]))
    ids = [set(re.findall(r'href="/companies/(lg-[0-9a-f]+)"', page.text)) for page in (first, second)]
    assert all(len(found) == 50 for found in ids)
    assert not ids[0] & ids[1]


def test_a_document_tells_what_it_lacks_and_links_the_companies_that_it_names(pages: httpx.Client) -> None:
    answer = pages.get("/documents/2025-review-ah%401")
    said = words_of(answer)
    assert "not known: absence from it means nothing" in said
    assert "that it says it has" in said
    assert 'href="/companies/lg-' in answer.text


def test_what_analysts_add_stands_on_the_page_with_its_evidence_and_who_said_it(
    pages: httpx.Client, database: Database
) -> None:
    (tagged,) = database.rows("SELECT company_id FROM company_tags")
    page = pages.get(f"/companies/{tagged['company_id']}")
    words = words_of(page)
    assert "never inferred from designation" in words
    assert "Its sensors are in <every> second turbine, says an annual report" in words
    assert "set by desk-a on" in words
    assert "China Defence Universities Tracker" in words
    assert 'href="https://universities.example/1" rel="noreferrer external"' in page.text
    assert "put in a category by an analyst : emerging advantage" in words
    in_category = pages.get("/companies?tag=emerging_advantage").text
    assert set(re.findall(r"/companies/(lg-[0-9a-f]+)", in_category)) == {tagged["company_id"]}
    document = words_of(pages.get("/documents/tag-1%401"))
    assert "Analyst's tag" in document
    assert "desk-a , an analyst" in document


def test_a_company_without_records_of_analysts_has_no_such_section(pages: httpx.Client, cast: Cast) -> None:
    assert "never inferred" not in words_of(pages.get(f"/companies/{cast.unpatented}"))


def test_the_id_of_a_company_that_was_merged_leads_to_the_one_it_became(
    pages: httpx.Client, database: Database
) -> None:
    merged = company("lg-survivor", "合并幸存公司", merged_from=["lg-gone"])
    store(database, incoming(topics.COMPANIES, merged, key="lg-survivor", offset=10_000_000))
    answer = pages.get("/companies/lg-gone?as_of=2025-11-01")
    assert answer.status_code == 307
    assert answer.headers["location"] == "/companies/lg-survivor?as_of=2025-11-01"
    assert (
        pages.get("/companies/lg-gone/technologies/radar")
        .headers["location"]
        .startswith("/companies/lg-survivor/")
    )


def test_a_token_of_a_group_that_a_rename_brought_is_shown_as_a_hint(
    pages: httpx.Client, database: Database
) -> None:
    """N-08, N-14."""
    names = [
        {"name": name, "cause": cause, "ref": "r-1@1", "since": "2025-10-20"}
        for name, cause in (("中航虚构(洛阳)有限公司", "rename"), ("洛阳虚构有限公司", "designation"))
    ]
    renamed = company("lg-token", names[0]["name"], names=names)
    plain = company("lg-plain", names[1]["name"], names=names[1:])
    store(
        database,
        incoming(topics.COMPANIES, renamed, key="lg-token", offset=10_000_002),
        incoming(topics.COMPANIES, plain, key="lg-plain", offset=10_000_003),
    )
    said = words_of(pages.get("/companies/lg-token"))
    assert "中航 in 中航虚构(洛阳)有限公司" in said
    assert "Aviation Industry Corporation of China (AVIC)" in said
    assert "a change of name brought it" in said
    assert "nothing is merged or linked" in said
    assert "Hints in its names" not in words_of(pages.get("/companies/lg-plain"))


def test_hostile_names_and_reasons_are_text(pages: httpx.Client, database: Database) -> None:
    hostile = company("lg-h<'\">&", HOSTILE, name_en=HOSTILE, reason=HOSTILE)
    changed = status_change("lg-h<'\">&", 1, reason=HOSTILE, name=HOSTILE, at="2025-10-20T08:00:00.000Z")
    store(
        database,
        incoming(topics.COMPANIES, hostile, key="lg-h", offset=10_000_001),
        incoming(topics.STATUS_CHANGES, changed, key="lg-h", offset=10_000_001),
    )
    address = f"/companies/{quote(hostile['company_id'], safe='')}"
    for path in (
        address,
        f"/companies?q={quote(HOSTILE)}",
        f"/changes?company={quote(hostile['company_id'])}",
    ):
        answer = pages.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text
        assert not re.search(r'="[^"]*"\s*onload=', answer.text)
    assert HOSTILE in unescape(pages.get(address).text)


def test_codes_of_rules_lead_to_the_catalogue(pages: httpx.Client) -> None:
    catalogue = pages.get("/rules").text
    assert '<tr id="x-04">' in catalogue
    for page in ("/about", "/quality"):
        found = re.findall(r'<a href="/rules#([^"]+)"', pages.get(page).text)
        assert found, page
        assert all(f'<tr id="{anchor}">' in catalogue for anchor in found)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nowhere", 404, "Nothing is served at /nowhere"),
        ("/companies/lg-nobody", 404, "There is no company 'lg-nobody'"),
        ("/technologies/astrology", 404, "There is no technology 'astrology'"),
        ("/documents/none%401", 404, "There is no document 'none@1'"),
        ("/families/none", 404, "There is no patent family 'none'"),
        ("/watchlists/none", 404, "There is no watchlist 'none'"),
        ("/batches/59", 404, "There is no batch '59'"),
        ("/batches/61", 422, "must be 60 or less"),
        ("/authorities/ZZ", 422, "code"),
        ("/companies?status=lost", 422, "status"),
        ("/companies?as_of=yesterday", 422, "as_of"),
        ("/companies?q=" + "长" * 201, 422, "is longer than 200 characters"),
        ("/companies?cursor=zzz", 400, "not one that an earlier page led to"),
        ("/changes?cursor=zzz", 400, "not one that an earlier page led to"),
        ("/movements?days=0", 422, "days"),
        ("/technologies/Radar", 422, "does not have the form"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_page(
    pages: httpx.Client, path: str, status: int, said: str
) -> None:
    answer = pages.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert said in words_of(answer)
    assert 'role="search"' in answer.text


def test_programs_are_told_as_programs(pages: httpx.Client) -> None:
    for path, status in (("/nowhere", 404), ("/companies/lg-nobody", 404), ("/movements?days=0", 422)):
        answer = pages.get(path, headers={"Accept": "*/*"})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_api_keeps_its_own_addresses(pages: httpx.Client) -> None:
    unknown = pages.get("/api/v1/nothing")
    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"
    wrong = pages.post("/api/v1/batches")
    assert wrong.status_code == 405
    assert wrong.headers["content-type"] == "application/problem+json"
    assert pages.post("/healthz").status_code == 405


def test_new_changes_are_those_after_the_cursor_of_the_page(pages: httpx.Client, database: Database) -> None:
    cursor = re.search(r'data-cursor="([^"]+)"', pages.get("/").text)
    assert cursor
    nothing = pages.get("/parts/changes", params={"since": cursor[1]})
    assert 'data-count="0"' in nothing.text
    change = status_change("lg-new", 1, name="新变化公司", at="2026-01-20T08:00:00.000Z")
    store(database, incoming(topics.STATUS_CHANGES, change, key="lg-new", offset=10_000_002))
    fresh = pages.get("/parts/changes", params={"since": cursor[1]})
    assert 'data-count="1"' in fresh.text
    assert "新变化公司" in fresh.text
    after = re.search(r'data-cursor="([^"]+)"', fresh.text)
    assert after
    assert 'data-count="0"' in pages.get("/parts/changes", params={"since": after[1]}).text


def test_a_feed_of_another_history_is_told_to_begin_anew(pages: httpx.Client, database: Database) -> None:
    from giants.store.queries.feed import Position, encode_position

    answer = pages.get("/parts/changes", params={"since": encode_position(Position(999, 0, {}))})
    assert 'data-reset="yes"' in answer.text


def test_a_company_shows_its_scores_by_filing_date_as_a_chart_and_as_the_same_numbers(
    pages: httpx.Client, cast: Cast
) -> None:
    path = cast.path("company")
    answer = pages.get(path)
    section = answer.text.partition('id="as-filed"')[2].partition("</section>")[0]
    assert "chart-filed" in section
    api = pages.get(f"/api/v1{path}/as-filed", headers={"Accept": "application/json"}).json()
    last = api["years"][-1]
    best = last["technologies"][0]
    said = " ".join(unescape(TEXT.sub(" ", section)).split())
    assert f"{api['names'][best['technology']]}" in said
    assert f"{best['score']:.1f}" in said
    assert str(last["year"]) in said
    assert "not what had been announced then" in said


def test_a_day_in_the_past_says_what_was_announced_and_what_was_filed(
    pages: httpx.Client, cast: Cast
) -> None:
    said = words_of(pages.get(cast.path("company-on-a-day")))
    assert "announced by then" in said
    assert "families filed by then, as known today" in said
