"""Tables of docs/benchmarks.md and docs/scaling.md from bench/results/*.json; pictures go to docs/images.

    python -m bench.report

A table stands between `<!-- bench: NAME -->` and `<!-- end -->`; the rest of the pages is written by hand.
What has not been measured says so.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import copyfile
from statistics import median
from typing import Any, Final

from bench.plan import Costs
from bench.report_compiled import compiled_rows
from bench.report_plan import (
    MACHINE_COLUMNS,
    WORKER_COLUMNS,
    costs_of,
    costs_sentence,
    machine_rows,
    plan_rows,
    worker_rows,
)
from bench.report_portfolios import portfolio_rows
from bench.results import FOLDER, read_results

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGES: Final = ("benchmarks.md", "scaling.md")
_SLOT: Final = re.compile(r"(<!-- bench: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Found = Mapping[str, Any]
Rows = Sequence[Sequence[str]]


class UnknownTableError(Exception):
    """A page asks for a table that there is not."""

    def __init__(self, page: str, name: str) -> None:
        super().__init__(f"{page} asks for the table {name!r}; there are {', '.join(sorted(TABLES))}")


class NotMeasuredError(Exception):
    """There are no results of a benchmark."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Not measured yet: `python -m bench.{name}` measures it")


def main() -> None:
    """Write the pages again."""
    found = read_results()
    for name in PAGES:
        page = DOCS / name
        page.write_text(filled(name, page.read_text(encoding="utf-8"), found), encoding="utf-8")
    for picture in sorted(FOLDER.glob("*.svg")):
        copyfile(picture, DOCS / "images" / f"bench-{picture.name}")


def filled(page: str, text: str, found: Mapping[str, Found]) -> str:
    """A page with its tables written anew. Raises `UnknownTableError`."""

    def table(match: re.Match[str]) -> str:
        make = TABLES.get(match[2])
        if make is None:
            raise UnknownTableError(page, match[2])
        return f"{match[1]}{_written(make, found)}{match[3]}"

    return _SLOT.sub(table, text)


def _written(make: Callable[[Mapping[str, Found]], str], found: Mapping[str, Found]) -> str:
    try:
        return make(found)
    except NotMeasuredError as error:
        return f"*{error}.*\n"


def _of(found: Mapping[str, Found], name: str) -> Found:
    if name not in found:
        raise NotMeasuredError(name)
    return found[name]


def _peers(found: Mapping[str, Found]) -> str:
    runs = _by_program(found)
    base = _rate(runs["giants"]) if "giants" in runs else None
    rows = [
        (
            group[0]["title"],
            f"{group[0]['records']:,}",
            f"{_rate(group):,.0f}",
            f"{median(run['records'] / run['processor_seconds'] for run in group):,.0f}",
            f"{1e6 * median(run['broker_seconds'] / run['records'] for run in group):,.0f}",
            f"{median(run['memory_mb'] for run in group):,.0f}",
            "" if base is None else f"{base / _rate(group):.2f}",
            str(len(group)),
        )
        for group in runs.values()
    ]
    columns = (
        "program",
        "records",
        "records/s",
        "a processor second",
        "of the broker, µs each",
        "MB",
        "one worker is … times that",
        "runs",
    )
    return _table(columns, rows) + _picture("peers", "Records a second") + _provenance(_of(found, "peers"))


def _portfolios(found: Mapping[str, Found]) -> str:
    measured = _of(found, "portfolio_match")
    return _table(*portfolio_rows(measured)) + _provenance(measured)


def _compiled(found: Mapping[str, Found]) -> str:
    measured = _of(found, "compiled")
    return _table(*compiled_rows(measured)) + _provenance(measured)


def _targets(found: Mapping[str, Found]) -> str:
    runs = _by_program(found)
    rows = []
    for target in _of(found, "peers")["rows"]["targets"]:
        if target["of"] in runs and target["to"] in runs:
            rounds = zip(runs[target["of"]], runs[target["to"]], strict=True)
            ratio = median(_rate([one]) / _rate([other]) for one, other in rounds)
            titles = (runs[target[side]][0]["title"] for side in ("of", "to"))
            verdict = "met" if ratio >= target["at_least"] else "missed"
            share = f"{100 * median(map(_share_of_broker, runs[target['of']])):.0f} %"
            rows.append((" : ".join(titles), f"{ratio:.2f}", f"≥ {target['at_least']}", verdict, share))
    return _table(("ratio", "measured", "target", "", "the broker's share of the first"), rows)


def _share_of_broker(run: Found) -> float:
    """Of the processor time of a program and its broker, that of the broker."""
    return float(run["broker_seconds"]) / (float(run["broker_seconds"]) + float(run["processor_seconds"]))


def _side_by_side(found: Mapping[str, Found]) -> str:
    measured = _of(found, "side_by_side")
    (row,) = measured["rows"]["processes"]
    one, each = row["alone_microseconds"], row["at_once_microseconds"]
    both = f"{row['times_one']:.2f}"
    rows = (("one process", f"{one:.1f}", ""), ("two at once, each", f"{each:.1f}", both))
    return _table(("", "µs an update", "both, times one"), rows) + _provenance(measured)


def _clients(found: Mapping[str, Found]) -> str:
    measured = _of(found, "clients")
    rows = [
        (row["client"], f"{row['send_us']:.1f}", f"{row['read_us']:.1f}")
        for row in measured["rows"]["clients"]
    ]
    return _table(("client", "sent, µs a record", "read, µs a record"), rows) + _provenance(measured)


def _recovery(found: Mapping[str, Found]) -> str:
    rows = [
        (
            f"{row['families']:,}",
            row["store"],
            f"{row['changelog_records']:,}",
            f"{row['seconds']:.1f}",
            f"{row['slowest_seconds']:.1f}",
            f"{row['worker_mb']:,}",
            _yardstick(row),
        )
        for row in _of(found, "recovery")["rows"]["sizes"]
    ]
    columns = (
        "families",
        "state in",
        "changelog records",
        "seconds, median",
        "slowest",
        "worker MB",
        "yardstick, ms",
    )
    return _table(columns, rows) + _provenance(_of(found, "recovery"))


def _backfill(found: Mapping[str, Found]) -> str:
    processes = ("ingest", "worker", "store", "broker")
    rows = [
        (
            f"{row['families']:,}",
            str(row["workers"]),
            *(f"{row[f'{stage}_seconds']:,.0f}" for stage in ("published", "rated", "stored")),
            " / ".join(f"{row[f'{process}_processor_seconds']:,.0f}" for process in processes),
            " / ".join(f"{row[f'{process}_mb']:,}" for process in processes),
            _yardstick(row),
        )
        for row in _of(found, "backfill")["rows"]["sizes"]
    ]
    of_each = " / ".join(processes)
    columns = (
        "families",
        "workers",
        "published, s",
        "rated, s",
        "stored, s",
        f"processor seconds of {of_each}",
        f"MB of {of_each}",
        "yardstick, ms",
    )
    return _table(columns, rows) + _provenance(_of(found, "backfill"))


def _latency(found: Mapping[str, Found]) -> str:
    names = ("worker-1", "api", "broker", "clients")
    rows = [
        (
            f"{100 * row['share']:.0f} %",
            f"{row['records_a_second']:,}",
            *(
                f"{row[f'{where}_median_ms']:,.0f} / {row[f'{where}_99_ms']:,.0f}"
                for where in ("topic", "row", "browser")
            ),
            " / ".join(f"{row['processors'][name]:.2f}" for name in names),
        )
        for row in _of(found, "latency")["rows"]["levels"]
    ]
    columns = (
        "of capacity",
        "records/s",
        "change on the topic, ms",
        "row in ClickHouse, ms",
        "browser, ms",
        "processors busy: worker / API and store / broker / clients",
    )
    picture = _picture("latency", "Median latency by share of the capacity")
    return (
        _table(columns, rows) + "\nMedian / 99th percentile.\n" + picture + _provenance(_of(found, "latency"))
    )


def _hops(found: Mapping[str, Found]) -> str:
    """The hops of the same run; one from before hops were measured has none."""
    levels = [row for row in _of(found, "latency")["rows"]["levels"] if "hops" in row]
    if not levels:
        raise NotMeasuredError("latency")
    rows = [
        (
            f"{100 * row['share']:.0f} %",
            *(f"{middle:,.0f} / {most:,.0f}" for middle, most in row["hops"].values()),
            f"{row['alert_median_ms']:,.0f} / {row['alert_99_ms']:,.0f}",
        )
        for row in levels
    ]
    columns = (
        "of capacity",
        "to the family log, ms",
        "on to the delta log, ms",
        "on to the change, ms",
        "on to the alert, ms",
        "fact to alert, ms",
    )
    return _table(columns, rows) + _provenance(_of(found, "latency"))


def _idle(found: Mapping[str, Found]) -> str:
    measured = _of(found, "idle")
    rows = [(row["process"], f"{row['percent']:.1f}") for row in measured["rows"]["processes"]]
    return _table(("process", "% of a processor"), rows) + _provenance(measured)


def _burst(found: Mapping[str, Found]) -> str:
    measured = _of(found, "burst")
    rows = [
        (
            f"{row['firms']:,}",
            str(row["probes"]),
            *(f"{row[name]:,.0f}" for name in ("median_ms", "99_ms", "most_ms")),
            "" if row["list_seconds"] is None else f"{row['list_seconds']:.1f}",
        )
        for row in measured["rows"]["parts"]
    ]
    columns = (
        "firms of the list",
        "families timed",
        "median, ms",
        "99th percentile, ms",
        "most, ms",
        "list, s",
    )
    return _table(columns, rows) + _provenance(measured)


def _flat_portfolio(found: Mapping[str, Found]) -> str:
    picture = _picture("flat-portfolio", "Cost of an update by the size of its portfolio")
    return _costs(_of(found, "flat")["rows"]["portfolio"], "families of the company") + picture


def _flat_companies(found: Mapping[str, Found]) -> str:
    picture = _picture("flat-companies", "Cost of an update by the number of companies")
    return _costs(_of(found, "flat")["rows"]["companies"], "companies of the partition") + picture


def _flat_watchlists(found: Mapping[str, Found]) -> str:
    rows = [
        (
            f"{row['size']:,}",
            *(
                text
                for load in ("distinct", "crowded")
                for text in (f"{row[f'{load}_microseconds']:,.1f}", f"{row[f'{load}_matches']:,.1f}")
            ),
        )
        for row in _of(found, "flat")["rows"]["watchlists"]
    ]
    columns = ("watchlists", "own interests, µs", "matches", "shared interests, µs", "matches")
    picture = _picture("flat-watchlists", "Cost of matching a change by the number of watchlists")
    return _table(columns, rows) + picture + _provenance(_of(found, "flat"))


def _costs(measured: Sequence[Found], what: str) -> str:
    smallest = measured[0]["microseconds"]
    rows = [
        (f"{row['size']:,}", f"{row['microseconds']:.1f}", f"{row['microseconds'] / smallest:.2f}")
        for row in measured
    ]
    return _table((what, "µs an update", "against the smallest"), rows)


def _memory(found: Mapping[str, Found]) -> str:
    rows = [
        (
            f"{row['families']:,}",
            f"{row['state_mb']:,.0f}",
            f"{row['bytes_a_family']:,}",
            f"{row['exposure_bytes_a_company']:,}",
            f"{row['names_bytes_a_company']:,}",
            f"{row['changelog_bytes_a_family']:,}",
            f"{row['changelog_bytes_a_company']:,}",
        )
        for row in _of(found, "memory")["rows"]["sizes"]
    ]
    columns = (
        "families",
        "state, MB",
        "bytes a family",
        "exposure bytes a company",
        "names, bytes a company",
        "changelog bytes a family",
        "changelog bytes a company",
    )
    picture = _picture("memory", "State in memory by the number of families")
    return _table(columns, rows) + picture + _provenance(_of(found, "memory"))


def _local_store(found: Mapping[str, Found]) -> str:
    rows = [
        (
            row["store"],
            f"{row['families']:,}",
            f"{row['microseconds']:.1f}",
            f"{row['held_mb']:,}",
            f"{row['disk_mb']:,}",
            f"{row['reopened_seconds']:.2f}" if row["store"] != "memory" else "",
            f"{row['families_in_4_gib']:,}" if row["families_in_4_gib"] else "as the disk has room",
        )
        for row in _of(found, "local_store")["rows"]["stores"]
    ]
    columns = (
        "state in",
        "families",
        "µs a family",
        "memory, MB",
        "disk, MB",
        "opened again, s",
        "families in 4 GiB",
    )
    return _table(columns, rows) + _provenance(_of(found, "local_store"))


def _queries(found: Mapping[str, Found]) -> str:
    """What the API answers, the slowest first."""
    measured = _of(found, "api_load")
    rows = [
        (
            f"`{row['route']}`",
            f"{row['median_ms']:,.0f}",
            f"{row['p95_ms']:,.0f}",
            f"{row['processor_ms']:,.0f}",
            str(row["statements"]),
        )
        for row in sorted(measured["rows"]["routes"], key=lambda row: (-row["p95_ms"], row["route"]))
    ]
    columns = ("request", "median, ms", "95th percentile, ms", "processor, ms", "statements")
    of = measured["settings"]
    scale = (
        f"\n{of['companies']:,} companies, {of['pairs']:,} pairs, {of['changes']:,} changes; "
        f"{of['requests']:,} requests each.\n"
    )
    return _table(columns, rows) + scale + _provenance(measured)


def _plan(found: Mapping[str, Found]) -> str:
    """Arithmetic for a hundred times the data; see `bench.plan`."""
    try:
        rows = plan_rows(_by_program(found)["giants"], _of(found, "memory"))
    except ValueError as error:
        return f"*No such plan: {error}.*\n"
    return _table(("what", "how", "figure"), rows)


def _workers(found: Mapping[str, Found]) -> str:
    """What so many workers load, and what the others need meanwhile."""
    costs = _costs_of_load(found)
    return _table(WORKER_COLUMNS, list(worker_rows(costs))) + costs_sentence(costs)


def _two_machines(found: Mapping[str, Found]) -> str:
    return _table(MACHINE_COLUMNS, list(machine_rows(_costs_of_load(found))))


def _costs_of_load(found: Mapping[str, Found]) -> Costs:
    load, peers = _of(found, "backfill"), _of(found, "peers")
    return costs_of(load["rows"]["sizes"], _by_program(found)["giants-2"], int(peers["processors"]))


def _by_program(found: Mapping[str, Found]) -> dict[str, list[Found]]:
    programs: dict[str, list[Found]] = {}
    for run in _of(found, "peers")["rows"]["runs"]:
        programs.setdefault(run["program"], []).append(run)
    return programs


def _rate(runs: Sequence[Found]) -> float:
    return median(float(run["records"]) / float(run["seconds"]) for run in runs)


def _table(columns: Sequence[str], rows: Rows) -> str:
    """Markdown; the first column is text, the others are numbers."""
    head = f"| {' | '.join(columns)} |\n|---|{'--:|' * (len(columns) - 1)}\n"
    return head + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _picture(name: str, about: str) -> str:
    return f"\n![{about}](images/bench-{name}.svg)\n"


def _yardstick(row: Mapping[str, Any]) -> str:
    """What the processors took for the fixed loop when this row was measured."""
    return f"{row['yardstick_ms']:.0f}" if "yardstick_ms" in row else ""


def _provenance(one: Found) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in one["versions"].items())
    speed = f" of {one['yardstick_ms']} ms" if "yardstick_ms" in one else ""
    return (
        f"\nMeasured on {one['measured_on']} with {one['processors']} processors{speed}, "
        f"Python {one['python']}: {versions}.\n"
    )


TABLES: Final[Mapping[str, Callable[[Mapping[str, Found]], str]]] = {
    "peers": _peers,
    "targets": _targets,
    "side-by-side": _side_by_side,
    "clients": _clients,
    "compiled": _compiled,
    "recovery": _recovery,
    "backfill": _backfill,
    "latency": _latency,
    "hops": _hops,
    "idle": _idle,
    "burst": _burst,
    "portfolio": _flat_portfolio,
    "companies": _flat_companies,
    "watchlists": _flat_watchlists,
    "portfolios": _portfolios,
    "memory": _memory,
    "local-store": _local_store,
    "queries": _queries,
    "plan": _plan,
    "workers": _workers,
    "two-machines": _two_machines,
}


if __name__ == "__main__":
    main()
