"""How long `giants screen` takes for 10,000 names against a programme of full size, and its memory.

    python -m bench.screening_command

A made-up programme is stored in chDB and served by a process of its own; the command is another. Queries are
those of `bench.screening`. Run it on a machine that has nothing else to do.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import httpx

from bench.api_world import company_document, incoming, store_records
from bench.name_damage import LOOKS, Named
from bench.screening import PARTS, SEED, labelled, made_up
from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.store.records import Incoming
from giants.web.server import serve


def records(companies: list[Named]) -> Iterator[Incoming]:
    """Snapshots of some companies as their topic brings them."""
    source = random.Random(SEED)
    for number, named in enumerate(companies):
        names = {"name": named.name, "name_en": named.name_en or None}
        known = [{"name": named.name, "cause": "designation", "ref": "b1@1", "since": "2019-09-01"}]
        document = company_document(source, number) | names | {"names": known}
        yield incoming(topics.COMPANIES, document["company_id"], document, number)


def serve_it(folder: Path, companies: int) -> None:
    """Fill a folder, serve it, and print the port."""
    settings = Settings(data_dir=folder)
    with connect(settings.clickhouse_dsn()) as database:
        migrate(database)
        store_records(database, records(made_up(1.0)[:companies]))
    ports: Queue[int] = Queue()
    stop = threading.Event()
    threading.Thread(target=lambda: print(ports.get(), flush=True)).start()
    serve(settings, stop, with_store=False, on_started=ports.put)


def main() -> None:
    """Serve, ask once so that the index is there, and time the command."""
    parser = argparse.ArgumentParser(description="Time giants screen.")
    parser.add_argument("--companies", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve_it(options.serve, options.companies)
        return
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "bench.screening_command", "--serve", folder]
        asked = [*words, "--companies", str(options.companies)]
        with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as server:
            try:
                measure(Path(folder), server, options.queries)
            finally:
                server.terminate()


def measure(folder: Path, server: subprocess.Popen[str], queries: int) -> None:
    """Time the first question, which makes the index, and the command over all names."""
    port = server.stdout.readline().strip() if server.stdout else ""
    address = f"http://127.0.0.1:{port}"
    body = {"queries": {"q": {"schema": "Company", "properties": {"name": ["某某有限公司"]}}}}
    started = time.perf_counter()
    answer = httpx.post(f"{address}/api/v1/match", json=body, timeout=120).raise_for_status().json()
    print(f"index of {answer['version']['companies']:,} companies: {time.perf_counter() - started:.1f} s")
    print(f"memory of the server: {memory_of(server.pid):.0f} MiB")
    known = made_up(1.0)
    made = [query.text for part in PARTS for query in labelled(known, LOOKS, part)]
    names = random.Random(SEED).sample(made, min(queries, len(made)))
    listed = folder / "names.csv"
    listed.write_text("\n".join(["name", *(f'"{name}"' for name in names)]), encoding="utf-8")
    started, before = time.perf_counter(), processor_seconds(server.pid)
    environment = os.environ | {"GIANTS_API_URL": address}
    subprocess.run([sys.executable, "-m", "giants.cli", "screen", listed], check=True, env=environment)
    print(f"giants screen, {len(names):,} names: {time.perf_counter() - started:.1f} s")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"processor of the server: {processor_seconds(server.pid) - before:.1f} s")
    print(f"processor of the command: {used.ru_utime + used.ru_stime:.1f} s")
    print(f"memory of the server: {memory_of(server.pid):.0f} MiB")
    print(f"memory of the command: {used.ru_maxrss / 1024:.0f} MiB at most")


def processor_seconds(pid: int) -> float:
    """Time that a process has used of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid: int) -> float:
    """Resident memory of a process in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
