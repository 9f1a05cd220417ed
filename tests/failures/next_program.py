"""The program of the next version: this one with one more migration, and a store that fills what it adds."""

import shutil
from pathlib import Path
from typing import Final

from giants.store.migrations import migrations

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("schemas", "giants", "agents", "streams")
NUMBER: Final = migrations()[-1].number + 1
# Of a row that a program stored which does not know the column.
BEFORE: Final = "the version before"
NEXT: Final = "the next version"
_MIGRATION: Final = """\
-- Rolling: {rolling}
-- Which program stored a change.

ALTER TABLE feed_rows ADD COLUMN IF NOT EXISTS stored_by LowCardinality(String) DEFAULT '{before}' AFTER body;

CREATE VIEW storing AS SELECT id, stored_by FROM feed_rows;
"""
_LAST_COLUMN: Final = "    replayed: bool\n    body: bytes\n\n\nclass PortfolioRow"


def next_program(folder: Path, *, rolling: bool) -> dict[str, str]:
    """Make it in a folder; gives the environment in which processes run it."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    ddl = folder / "giants" / "store" / "ddl" / f"{NUMBER:04}_stored_by.sql"
    ddl.write_text(_MIGRATION.format(rolling="yes" if rolling else "no", before=BEFORE))
    tables = folder / "giants" / "store" / "tables.py"
    text = tables.read_text()
    assert text.count(_LAST_COLUMN) == 1
    column = _LAST_COLUMN.replace("body: bytes\n", f'body: bytes\n    stored_by: str = "{NEXT}"\n')
    tables.write_text(text.replace(_LAST_COLUMN, column))
    # Without the second variable the folder that a process is started in comes first.
    return {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
