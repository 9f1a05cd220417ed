"""What the programs of the comparison share comes to what the oracle comes to, whatever the order."""

import os
import random
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.peers import kit
from bench.peers.clickhouse_batch import run_batch
from bench.peers.oracle import Oracle, Portfolio, WrongAnswerError, portfolio_in
from bench.peers.runs import Loads, Task
from bench.tracker import agent_frames
from bench.workload import directory, families, id_of, name_of, records
from giants.decoding.frames import decode_delta_frame
from giants.domain.names import lookup_keys
from schemas.facts import Family


def worked_off(some: list[Family]) -> tuple[dict[str, Portfolio], list[bytes]]:
    """The latest snapshots and all changes, through states that are encoded after every record."""
    counted: dict[str, bytes] = {}
    tallies: dict[str, bytes] = {}
    snapshots: dict[str, Portfolio] = {}
    changes: list[bytes] = []
    for fact in some:
        family = kit.read_family(fact.model_dump_json(by_alias=True).encode())
        known = counted.get(family.family_id)
        step = kit.count_family(kit.decode_counted(known) if known else None, family)
        if step is None:
            continue
        counted[family.family_id] = kit.encode(step[0])
        for delta in step[1]:
            held = tallies.get(delta.company_id)
            tally = kit.decode_tally(held) if held else kit.Tally()
            result = kit.rate_company(tally, kit.decode_delta(kit.encode(delta)))
            tallies[delta.company_id] = kit.encode(tally)
            snapshots[result.company_id] = portfolio_in(orjson.loads(result.snapshot))
            changes.extend(result.changes)
    return snapshots, changes


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 300))
def test_in_any_order_the_shared_work_comes_to_the_oracle(seed: int, count: int) -> None:
    some = records(count, companies=20)
    random.Random(seed).shuffle(some)
    snapshots, _ = worked_off(some)
    Oracle.of(some).check("the kit", snapshots)


def test_the_changes_of_a_pair_form_a_chain_that_ends_with_its_snapshot() -> None:
    snapshots, changes = worked_off(records(400, companies=10))
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for change in map(orjson.loads, changes):
        pair = change["company_id"], change["technology"]
        before = last.get(pair, {"seq": 0, "current": None})
        assert change["seq"] == before["seq"] + 1
        assert change["previous"] == before["current"]
        last[pair] = change
    assert len(last) > 20
    for (company, technology), change in last.items():
        _, score, band, _ = snapshots[company].technologies.get(technology, (0, None, None, None))
        current = change["current"]
        assert (None if current is None else current["band"]) == band
        assert (score is None) == (current is None)


def test_the_oracle_counts_a_family_once_and_its_newest_version() -> None:
    first = next(families(1, companies=5))
    second = first.model_copy(update={"version": 2, "cpc": first.cpc[:3]})
    oracle = Oracle.of([first, second, first])
    (portfolio,) = oracle.portfolios.values()
    assert (portfolio.families, portfolio.instances, oracle.deltas) == (1, 3, 2)


def test_a_wrong_answer_is_told_with_the_company() -> None:
    oracle = Oracle.of(records(50, companies=3))
    snapshots, _ = worked_off(records(49, companies=3))
    with pytest.raises(WrongAnswerError, match=r"some program is wrong about \d+ companies: lg-"):
        oracle.check("some program", snapshots)


def test_clickhouse_comes_to_the_oracle_in_one_statement(tmp_path: Path) -> None:
    warm_up, backlog = records(200, prefix="w"), records(600)
    oracle = Oracle.of([*warm_up, *backlog])
    task = Task("", os.getpid(), tmp_path, Loads(1, warm_up, backlog), oracle, Oracle.of(warm_up))
    outcome = run_batch(task)
    assert outcome.records == 800
    assert outcome.records_a_second > 0


def test_the_load_has_the_records_that_were_asked_for_some_of_them_twice() -> None:
    load = records(1_000)
    assert len(load) == 1_000
    assert len({(family.family_id, family.version) for family in load}) == 980
    assert sum(family.version == 2 for family in load) == 20
    assert load == records(1_000)


def test_companies_are_found_by_the_keys_of_their_names() -> None:
    known = directory(50)
    assert {known[key] for key in lookup_keys(name_of(7))} == {id_of(7)}
    assert len(set(known.values())) == 50


def test_the_log_of_an_agent_holds_every_delta_once() -> None:
    warm_up, backlog = records(100, prefix="w"), records(900)
    first, second = agent_frames(4, warm_up, backlog)
    events = [
        event
        for load in (first, second)
        for place in load.records.values()
        for record in place
        for event in decode_delta_frame(record.value or b"").events
    ]
    deltas = Oracle.of([*warm_up, *backlog]).deltas
    assert len(events) == deltas + 4  # and the taxonomy in every partition
