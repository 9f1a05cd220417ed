"""Files of facts for the tests of the commands."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Five families with twelve instances, of which seven and two match: the published example.
WORKED_EXAMPLE = (
    ("H04B10/2519", "H04J14/02", "G02B6/42"),
    ("H01S5/02", "H04B10/00"),
    ("G02B6/12", "H04J14/0201"),
    ("G01V7/02", "G01V7/04", "A47B13/00"),
    ("A47B13/02", "A47B13/04"),
)


def write_lines(path: Path, documents: Iterable[Any]) -> str:
    """Write JSON lines; returns the path as the command takes it."""
    path.write_text(
        "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in documents), encoding="utf-8"
    )
    return str(path)


def designation(list_id: str, names: Iterable[str], **fields: Any) -> dict[str, Any]:
    """A designation list of batch 7."""
    return {
        "list_id": list_id,
        "revision": 1,
        "kind": "designation",
        "batch": 7,
        "stage": "final",
        "published_on": "2025-10-20",
        "authority": "ZJ",
        "source": {"class": "authority"},
        "entries": [{"name": name} for name in names],
        **fields,
    }


def families(prefix: str, name: str, symbols: Iterable[Iterable[str]]) -> list[dict[str, Any]]:
    """Families of one company."""
    return [
        {"family_id": f"{prefix}{number}", "version": 1, "assignees": [name], "cpc": list(cpc)}
        for number, cpc in enumerate(symbols, 1)
    ]
