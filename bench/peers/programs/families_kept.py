"""Families counted one by one, their state kept in a dictionary or in RocksDB; prints one JSON line."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from rocksdict import Options, Rdict

from bench.peers.kit import count_family, decode_counted, encode, read_family, warm_up
from bench.processes import memory_mb
from bench.workload import families


def main(kind: str, count: int, folder: Path) -> None:
    """Count so many families, then open the store again where there is one."""
    warm_up()
    values = (family.model_dump_json(by_alias=True).encode() for family in families(count))
    store = _opened(kind, folder)
    own = Path("/proc/self").readlink().name
    empty_mb = memory_mb(int(own), peak=False)
    seconds = 0.0
    for value in values:
        family = read_family(value)
        began = time.perf_counter()
        key = family.family_id.encode()
        known = store.get(key)
        step = count_family(decode_counted(known) if known is not None else None, family)
        if step is not None:
            store[key] = encode(step[0])
        seconds += time.perf_counter() - began
    held_mb = memory_mb(int(own), peak=False) - empty_mb
    began = time.perf_counter()
    if kind == "rocksdb":
        store.close()
        began = time.perf_counter()
        store = _opened(kind, folder)
        assert store.get(b"b%09d" % (count - 1)) is not None, "what was kept is there again"
    reopened_seconds = time.perf_counter() - began
    figures = {
        "store": kind,
        "families": count,
        "microseconds": round(1e6 * seconds / count, 2),
        "held_mb": held_mb,
        "reopened_seconds": round(reopened_seconds, 2),
    }
    sys.stdout.write(f"{json.dumps(figures)}\n")


def _opened(kind: str, folder: Path) -> Any:
    return Rdict(str(folder), Options(raw_mode=True)) if kind == "rocksdb" else {}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
