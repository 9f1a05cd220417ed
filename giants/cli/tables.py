"""Whole tables of the API as objects, for commands that compute over all companies."""

from collections.abc import Iterator
from typing import Any

import orjson

from giants.cli.target import Api
from schemas.changes import CompanySnapshot


def rows(api: Api, table: str) -> Iterator[dict[str, Any]]:
    """Rows of an exported table, one at a time."""
    rest = b""
    for piece in api.download(f"/export/{table}", format="jsonl"):
        *lines, rest = (rest + piece).split(b"\n")
        yield from (orjson.loads(line) for line in lines if line)
    if rest:
        yield orjson.loads(rest)


def companies(api: Api) -> Iterator[CompanySnapshot]:
    """Every company as it is now."""
    for row in rows(api, "companies"):
        stretches = row.pop("timeline")
        for stretch in stretches:
            stretch["cause"] = {"kind": stretch.pop("cause_kind"), "ref": stretch.pop("cause_ref")}
        yield CompanySnapshot.model_validate({**row, "timeline": stretches})
