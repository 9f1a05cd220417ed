"""What pages ask of the store, held against the same computed here, row by row, from what was stored."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.store.client import Database, Row
from giants.store.migrations import migrations
from giants.store.queries.dashboard_documents import companies_named, contents, documents, family_document
from giants.store.queries.dashboard_programme import (
    authorities_of_batch,
    batches_of_authority,
    newest_day,
    retention,
    reviews_due,
)
from giants.store.queries.dashboard_quality import quality_shares, refusals, symbol_report
from giants.store.queries.dashboard_similar import similar_companies
from giants.store.queries.dashboard_technologies import authorities_of_technology, technology_names
from giants.store.queries.exposures import companies_of_technology, portfolio
from giants.store.queries.findings import finding_counts, findings
from giants.store.queries.movements import Movers, Period, movers, strong_shares, technology_flows
from giants.store.queries.pages import PAGE_ROWS_MAX
from schemas.changes import CompanySnapshot
from schemas.codes import Band
from tests.web.dashboard.cast import Cast
from tests.web.dashboard.world import LAST_DAY

BANDS = list(Band)
SINCE = datetime(2025, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def snapshots(database: Database) -> list[CompanySnapshot]:
    rows = database.rows("SELECT body FROM companies ORDER BY company_id", raw=("body",))
    return [CompanySnapshot.model_validate_json(row["body"]) for row in rows]


def status_on(company: CompanySnapshot, day: date) -> str | None:
    return next((spell.status for spell in reversed(company.timeline) if spell.since <= day), None)


def test_the_newest_day_is_the_last_that_was_a_fact(database: Database) -> None:
    assert newest_day(database) == LAST_DAY


def test_retention_is_the_share_of_a_batch_that_holds_the_title(
    database: Database, snapshots: list[CompanySnapshot]
) -> None:
    rows = {(row.batch, row.year): row for row in retention(database, 2025)}
    assert {batch for batch, _ in rows} == set(range(1, 8))
    for (batch, year), row in rows.items():
        members = [
            company
            for company in snapshots
            if any(one.batch == batch and one.confirmed is not False for one in company.designations)
        ]
        then = Counter(status_on(company, date(year, 12, 31)) for company in members)
        assert (row.companies, row.active, row.unknown) == (len(members), then["active"], then["unknown"])


def test_batches_and_authorities_count_the_same_designations(
    database: Database, snapshots: list[CompanySnapshot]
) -> None:
    wanted = Counter(
        (one.batch, one.authority)
        for company in snapshots
        for one in company.designations
        if one.confirmed is not False
    )
    by_batch = {
        (batch, row.authority): row.companies
        for batch in range(1, 8)
        for row in authorities_of_batch(database, batch)
    }
    assert by_batch == dict(wanted)
    of_jiangsu = {row.batch: row.companies for row in batches_of_authority(database, "JS")}
    assert of_jiangsu == {batch: count for (batch, code), count in wanted.items() if code == "JS"}


def test_reviews_come_up_when_the_companies_say(database: Database, snapshots: list[CompanySnapshot]) -> None:
    wanted = Counter(
        (company.next_review_year, max(company.batches))
        for company in snapshots
        if company.next_review_year is not None and company.status != "inactive"
    )
    assert {(row.review_year, row.batch): row.companies for row in reviews_due(database)} == dict(wanted)


def test_companies_are_alike_by_what_their_rated_alignments_share(database: Database, cast: Cast) -> None:
    def focus(company_id: str) -> dict[str, float]:
        found = portfolio(database, company_id)
        return {pair.technology: pair.alignment for pair in found.pairs if pair.band} if found else {}

    mine = focus(cast.hero.company_id)
    found = similar_companies(database, cast.hero.company_id, mine)
    assert found
    wanted = {}
    for row in database.rows("SELECT company_id FROM portfolios"):
        other = focus(row["company_id"])
        shared = sum(min(mine.get(id_, 0), other.get(id_, 0)) for id_ in {*mine, *other})
        most = sum(max(mine.get(id_, 0), other.get(id_, 0)) for id_ in {*mine, *other})
        if row["company_id"] != cast.hero.company_id and shared > 0:
            wanted[row["company_id"]] = shared / most
    best = sorted(wanted, key=lambda id_: (-wanted[id_], id_))[: len(found)]
    assert [one.company_id for one in found] == best
    assert [one.overlap for one in found] == pytest.approx([wanted[id_] for id_ in best])


def test_a_company_without_ratings_is_like_nobody(database: Database, cast: Cast) -> None:
    assert similar_companies(database, cast.unpatented, {}) == []


@pytest.mark.parametrize("backfill", [False, True])
@pytest.mark.parametrize("of_technology", [False, True])
@pytest.mark.parametrize("of_authority", [False, True])
def test_movements_span_the_first_and_the_last_announcement_of_a_period(
    database: Database, cast: Cast, *, backfill: bool, of_technology: bool, of_authority: bool
) -> None:
    technology = cast.technology if of_technology else ""
    authority = cast.hero.authority or "" if of_authority else ""
    of = {
        row["company_id"]: row["authority"]
        for row in database.rows("SELECT company_id, authority FROM companies")
    }
    chains: dict[tuple[str, str], list[Row]] = {}
    for row in database.rows("SELECT * FROM rating_changes ORDER BY company_id, technology, seq"):
        is_asked = technology in ("", row["technology"]) and authority in ("", of.get(row["company_id"]))
        if is_asked and row["at"] >= SINCE and (backfill or not row["backfill"]):
            chains.setdefault((row["company_id"], row["technology"]), []).append(row)
    steps = {
        pair: (links[-1]["current_score"] or 0) - (links[0]["previous_score"] or 0)
        for pair, links in chains.items()
    }
    period = Period(SINCE, include_backfill=backfill, technology=technology, authority=authority)
    both = movers(database, period)
    for sign, found in ((1, both.rose), (-1, both.fell)):
        best = sorted((-abs(step), *pair) for pair, step in steps.items() if step * sign > 0)[:50]
        assert [(-abs(one.step), one.company_id, one.technology) for one in found] == best
        for one in found:
            last = chains[one.company_id, one.technology][-1]
            assert (one.at, one.cause_kind, one.cause_ref) == (
                last["at"],
                last["cause_kind"],
                last["cause_ref"],
            )
    gained = Counter(
        technology
        for (_, technology), links in chains.items()
        if links[0]["previous_band"] is None and links[-1]["current_band"] is not None
    )
    flows = technology_flows(database, period)
    assert {row.technology: row.gained for row in flows if row.gained} == dict(gained)
    assert sum(flow.gained + flow.lost + flow.rose + flow.fell for flow in flows) <= len(chains)


def test_a_change_that_is_stored_twice_moves_nothing_twice(database: Database) -> None:
    before = technology_flows(database, Period(SINCE))
    database.execute(
        "INSERT INTO moves_rows SELECT * FROM moves_rows WHERE at >= {since:DateTime64(3, 'UTC')}",
        {"since": SINCE},
    )
    assert technology_flows(database, Period(SINCE)) == before


def test_moves_are_made_from_the_changes_that_a_database_has(database: Database) -> None:
    moves = "SELECT DISTINCT * FROM moves_rows ORDER BY company_id, technology, seq"
    before = database.rows(moves)
    [migration] = [one for one in migrations() if one.name == "0011_moves_by_week.sql"]
    for statement in migration.statements:
        database.execute(statement)
    assert before
    assert database.rows(moves) == before


def test_nothing_moves_after_the_newest_change(database: Database) -> None:
    future = Period(datetime.combine(LAST_DAY, datetime.min.time(), UTC) + timedelta(days=900))
    assert movers(database, future) == Movers()
    assert technology_flows(database, future) == []


def test_strong_shares_count_companies_by_their_best_band(
    database: Database, snapshots: list[CompanySnapshot]
) -> None:
    best = {
        row["company_id"]: max((BANDS.index(Band(band)) for band in row["band"] if band), default=-1)
        for row in database.rows("SELECT company_id, band FROM portfolios")
    }
    for row in strong_shares(database):
        members = [company for company in snapshots if row.batch in company.batches]
        levels = [best.get(company.company_id) for company in members]
        assert row.companies == len(members)
        assert row.with_families == sum(level is not None for level in levels)
        assert row.rated == sum(level is not None and level >= 0 for level in levels)
        assert row.strong == sum(level is not None and level >= 3 for level in levels)


@pytest.mark.parametrize("min_band", [None, *Band])
def test_companies_of_a_technology_are_the_rated_pairs_of_it_best_first(
    database: Database, cast: Cast, min_band: Band | None
) -> None:
    rows = database.rows(
        "SELECT * FROM exposures WHERE technology = {t:String} AND band IS NOT NULL", {"t": cast.technology}
    )
    columns = ("company_id", "families", "instances", "matching", "alignment", "score", "band", "profile")
    wanted = [
        tuple(row[column] for column in columns)
        for row in sorted(rows, key=lambda row: (-row["score"], row["company_id"]))
        if BANDS.index(Band(row["band"])) >= (BANDS.index(min_band) if min_band else 0)
    ]
    found: list[tuple[object, ...]] = []
    cursor = None
    while True:
        page = companies_of_technology(database, cast.technology, min_band, cursor, 7)
        found += [tuple(getattr(one, column) for column in columns) for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == wanted


def test_authorities_of_a_technology_add_up_to_its_companies(database: Database, cast: Cast) -> None:
    rated = database.rows(
        "SELECT countIf(band IS NOT NULL) AS rated, countIf(band IN ('strong', 'very_strong')) AS strong "
        "FROM exposures WHERE technology = {t:String}",
        {"t": cast.technology},
    )[0]
    found = authorities_of_technology(database, cast.technology)
    assert (sum(row.rated for row in found), sum(row.strong for row in found)) == tuple(rated.values())
    assert cast.technology in technology_names(database, "ctt74")


def test_the_shares_of_quality_are_those_of_the_companies(
    database: Database, snapshots: list[CompanySnapshot]
) -> None:
    shares = {share.rule: share for share in quality_shares(database)}
    assert list(shares) == ["P-14", "S-08", "N-04", "N-11"]
    later = [
        one
        for company in snapshots
        for one in company.designations
        if one.batch >= 4 and one.confirmed is not False
    ]
    assert (shares["P-14"].count, shares["P-14"].total) == (
        sum(one.authority is not None for one in later),
        len(later),
    )
    reviewed = [
        company for company in snapshots if any(review.outcome != "pending" for review in company.reviews)
    ]
    unknown = sum(company.status == "unknown" for company in reviewed)
    assert unknown > 0
    assert (shares["S-08"].count, shares["S-08"].total) == (unknown, len(reviewed))
    assert shares["N-04"].total == len(snapshots)


def test_findings_in_force_are_those_that_the_facts_did_not_settle(database: Database) -> None:
    found = findings(database, (), None, PAGE_ROWS_MAX).items
    told = {(one.code, one.ref) for one in found}
    assert {
        ("count_mismatch", "2025-review-odd@1"),
        ("count_mismatch", "2025-review-ah@1"),
        ("unknown_company", "2025-review-odd@1"),
    } <= told
    assert not any(ref.startswith("2025-b7") for _, ref in told)
    assert Counter(one.code for one in found) == finding_counts(database)
    (stray,) = [one for one in found if one.subject == "海口幻影仪器有限公司"]
    assert (stray.code, stray.severity) == ("unknown_company", "warning")


def test_refused_inputs_are_counted_by_topic_and_reason(database: Database) -> None:
    found = {(one.topic, one.reason): one.inputs for one in refusals(database)}
    assert found["families.v1", "version: field required"] == 1
    assert sum(found.values()) == 5


def test_symbols_are_matched_retired_or_outside_as_the_taxonomy_says(database: Database) -> None:
    taxonomy = Taxonomy.compile(shipped_taxonomy())
    carried = Counter(
        symbol for row in database.rows("SELECT symbols FROM portfolio") for symbol in row["symbols"]
    )
    report = symbol_report(database, taxonomy)
    assert (report.instances, report.symbols) == (carried.total(), len(carried))
    assert report.matched == sum(
        count for symbol, count in carried.items() if taxonomy.technologies_of(symbol)
    )
    retired = {
        symbol
        for symbol in carried
        if any(
            entry is not None and entry.retired
            for id_ in taxonomy.technologies_of(symbol)
            for entry in [taxonomy.entry_of(symbol, id_)]
        )
    }
    assert retired
    assert report.retired == sum(carried[symbol] for symbol in retired)
    assert {use.symbol for use in report.retired_symbols} <= retired
    assert all(not taxonomy.technologies_of(use.symbol) for use in report.unmapped_symbols)


def test_a_document_is_known_by_its_reference_with_all_that_it_names(database: Database) -> None:
    found = contents(database, "2025-review-ah@1")
    assert found is not None
    assert found.document.kind == "review"
    assert found.document.review_year == 2025
    assert found.document.authority == "AH"
    assert found.complete is False
    assert found.expected is not None
    assert found.expected > len(found.mentions)
    assert contents(database, "no-such-list@1") is None
    assert documents(database, ["no-such-list@1", "2025-01-01"]) == {}


def test_companies_are_named_whatever_the_spacing_of_a_list(database: Database, cast: Cast) -> None:
    spaced = " ".join(cast.hero.name)
    found = companies_named(database, [spaced, "没有这家公司", ""])
    assert list(found) == [spaced]
    assert found[spaced].company_id == cast.hero.company_id


def test_a_record_names_its_company_by_name_or_by_id(database: Database, cast: Cast) -> None:
    found = contents(database, "link-1@1")
    assert found is not None
    assert (found.document.kind, found.document.title) == ("link", "An entry of the tracker")
    assert found.document.url == "https://universities.example/1"
    assert [mention.said for mention in found.mentions] == ["link"]
    by_id = companies_named(database, [cast.hero.company_id])
    assert by_id[cast.hero.company_id].name == cast.hero.name


def test_a_family_is_shown_as_it_was_received(database: Database, cast: Cast) -> None:
    found = family_document(database, cast.family)
    assert found is not None
    assert found.assignees
    assert found.cpc
    assert family_document(database, "no-such-family") is None
