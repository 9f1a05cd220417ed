"""The pages of results: tables from figures, and arithmetic that adds up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.plan import (
    PARTITIONS_A_WORKER,
    WORKER_BYTES,
    Costs,
    Measured,
    fleet_of,
    plan,
    two_machines,
)
from bench.report import DOCS, PAGES, TABLES, UnknownTableError, filled
from bench.results import read_results

SLOT = "before\n<!-- bench: flat -->\nold\n<!-- end -->\nafter"
A_RUN = {"run": 1, "records": 100, "memory_mb": 50, "broker_seconds": 0.001}
SOME = {
    "peers": {
        "measured_on": "2026-01-01",
        "processors": 2,
        "python": "3.11.0",
        "versions": {"quixstreams": "3"},
        "rows": {
            "runs": [
                A_RUN | {"program": "giants", "title": "ours", "seconds": 1.0, "processor_seconds": 0.5},
                A_RUN | {"program": "quix", "title": "theirs", "seconds": 2.0, "processor_seconds": 1.0},
            ],
            "targets": [{"of": "giants", "to": "quix", "at_least": 1.5}],
        },
    }
}


def test_a_table_is_written_between_its_marks() -> None:
    page = filled("page", "a\n<!-- bench: targets -->\nold\n<!-- end -->\nz", SOME)
    assert page.startswith("a\n<!-- bench: targets -->\n| ratio |")
    assert "| ours : theirs | 2.00 | ≥ 1.5 | met | 0 % |" in page
    assert page.endswith("<!-- end -->\nz")
    assert "old" not in page
    assert filled("page", page, SOME) == page


def test_a_comparison_names_rates_versions_and_processors() -> None:
    page = filled("page", "<!-- bench: peers -->\n<!-- end -->", SOME)
    assert "| theirs | 100 | 50 | 100 | 10 | 50 | 2.00 | 1 |" in page
    assert "with 2 processors, Python 3.11.0: quixstreams 3." in page
    fast = {"peers": SOME["peers"] | {"yardstick_ms": 12.5}}
    page = filled("page", "<!-- bench: peers -->\n<!-- end -->", fast)
    assert "with 2 processors of 12.5 ms, Python 3.11.0" in page


def test_queries_stand_with_the_slowest_first_and_the_scale_below() -> None:
    route = {"median_ms": 8.2, "processor_ms": 6.0, "statements": 3}
    routes = [route | {"route": "/fast", "p95_ms": 10.4}, route | {"route": "/slow", "p95_ms": 1_900.6}]
    measured = SOME["peers"] | {
        "settings": {"companies": 20_000, "pairs": 1_440_000, "changes": 10_000_000, "requests": 20},
        "rows": {"routes": routes},
    }
    page = filled("page", "<!-- bench: queries -->\n<!-- end -->", {"api_load": measured})
    assert page.index("| `/slow` | 8 | 1,901 | 6 | 3 |") < page.index("| `/fast` | 8 | 10 | 6 | 3 |")
    assert "20,000 companies, 1,440,000 pairs, 10,000,000 changes; 20 requests each." in page


def test_what_is_not_measured_says_which_command_measures_it() -> None:
    page = filled("page", "<!-- bench: backfill -->\n<!-- end -->", {})
    assert "Not measured yet: `python -m bench.backfill`" in page


def test_a_table_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownTableError, match="page asks for the table 'flat'"):
        filled("page", SLOT, {})


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_what_was_measured(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert filled(name, text, read_results()) == text, "run `python -m bench.report`"


def test_every_table_stands_on_a_page() -> None:
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in PAGES)
    assert set(re.findall(r"<!-- bench: ([a-z-]+) -->", text)) == set(TABLES)


@given(
    rate=st.floats(100, 100_000),
    a_family=st.floats(100, 5_000),
    a_company=st.floats(100, 10_000),
    a_name=st.floats(0, 800),
)
def test_a_plan_holds_state_and_load_with_one_worker_missing(
    rate: float, a_family: float, a_company: float, a_name: float
) -> None:
    empty = 150e6
    made = plan(Measured(rate, a_family, a_company, a_name, empty))
    left = made.workers - 1
    assert made.state_bytes + made.name_bytes <= left * (WORKER_BYTES - empty)
    assert made.processor_seconds <= left * 3_600
    assert made.partitions >= PARTITIONS_A_WORKER * made.workers


def test_names_that_fit_no_number_of_workers_are_told() -> None:
    with pytest.raises(ValueError, match="more than 1,024 partitions would be needed"):
        plan(Measured(1_000, 1_000, 1_000, 5_000, 150e6))


COSTS = st.builds(
    Costs,
    ingest=st.floats(1e-6, 1e-3),
    worker=st.floats(1e-6, 1e-3),
    store=st.floats(1e-6, 1e-3),
    broker=st.floats(1e-6, 1e-3),
    reached=st.floats(0.5, 1.0),
)


@given(COSTS, st.integers(1, 32))
def test_a_fleet_of_workers_holds_what_they_load(costs: Costs, workers: int) -> None:
    made = fleet_of(costs, workers)
    a_second = made.families_a_second / costs.reached
    assert made.workers == workers
    assert a_second * costs.store <= made.stores * 1.001
    assert a_second * costs.ingest <= made.ingests * 1.001
    assert made.partitions >= PARTITIONS_A_WORKER * workers


@given(COSTS, st.integers(2, 16))
def test_neither_of_two_machines_is_asked_for_more_than_it_has(costs: Costs, cores: int) -> None:
    made = two_machines(costs, cores)
    one, a_second = made.fleet, made.fleet.families_a_second / costs.reached
    first = (
        a_second * (costs.broker + costs.ingest)
        + a_second * costs.store * made.stores_on_first / one.stores
        + a_second * costs.worker * made.workers_on_first / one.workers
    )
    assert first <= cores * 1.001
    assert one.cores - first <= cores * 1.001
    assert 0 <= made.stores_on_first <= one.stores
    assert 0 <= made.workers_on_first <= one.workers
