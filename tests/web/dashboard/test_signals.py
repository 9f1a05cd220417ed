"""Trajectory signals on the pages: in force at a company, raised and cleared among the changes."""

import html

import httpx
import pytest

from giants.store.client import Database
from giants.store.queries.signals import SignalFilter, SignalRow, signal_counts, signals_in_force
from giants.web.dashboard.words import SIGNALS
from schemas.codes import SignalKind

ALL_OF_THE_WORLD = 1_000


def of_kind(database: Database, kind: SignalKind) -> SignalRow:
    found = signals_in_force(database, SignalFilter(kinds=(kind.value,)), None, 1).items
    assert found, f"the made-up world holds no {kind}: {signal_counts(database)}"
    return found[0]


@pytest.mark.parametrize("kind", [SignalKind.REVIEW_DUE, SignalKind.ELEVATION_CANDIDATE])
def test_a_company_shows_its_signals_with_their_numbers_and_that_they_are_no_findings(
    pages: httpx.Client, database: Database, kind: SignalKind
) -> None:
    signal = of_kind(database, kind)
    page = html.unescape(pages.get(f"/companies/{signal.company_id}").text)
    assert "Signals, not findings" in page
    assert SIGNALS[kind].capitalize() in page
    assert signal.text in page


def test_a_company_without_signals_has_no_such_section(pages: httpx.Client, database: Database) -> None:
    showing = {
        row.company_id for row in signals_in_force(database, SignalFilter(), None, ALL_OF_THE_WORLD).items
    }
    ids = database.rows("SELECT company_id FROM companies ORDER BY company_id")
    quiet = next(row["company_id"] for row in ids if row["company_id"] not in showing)
    assert "Signals, not findings" not in pages.get(f"/companies/{quiet}").text


@pytest.mark.parametrize("kind", ["signal-raised", "signal-cleared"])
def test_signals_that_were_raised_or_cleared_are_among_the_changes(pages: httpx.Client, kind: str) -> None:
    page = html.unescape(pages.get("/changes", params={"kind": kind}).text)
    assert page.count('class="entry ') > 0
    assert ("shows a signal" if kind == "signal-raised" else "no longer shows a signal") in page
    assert "review due within a year" in page
