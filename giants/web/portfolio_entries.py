"""Entries of a portfolio as somebody sends them: each is checked by itself, and the rest is kept."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError

from giants.domain.names import name_problem
from schemas.portfolios import PART_ENTRIES_MAX, PORTFOLIO_ENTRIES_MAX, Counterparty

PROBLEMS_SHOWN_MAX: Final = 1_000
PIECE_BYTES_MAX: Final = 4_000_000
GOT_CHARACTERS_MAX: Final = 60
_FIELDS: Final = frozenset(Counterparty.model_fields)

Problem = tuple[int, str]  # row from 1, and what is wrong with it


def checked_entries(rows: Sequence[Any]) -> tuple[list[Counterparty], list[Problem]]:
    """The entries that can be kept, and a line for each row that cannot, or not wholly."""
    kept: dict[str, Counterparty] = {}
    problems: list[Problem] = []
    first_row: dict[str, int] = {}
    for number, row in enumerate(rows[:PORTFOLIO_ENTRIES_MAX], 1):
        entry, found = _checked(row)
        problems += [(number, text) for text in found]
        if entry is None:
            continue
        if entry.entry_id in kept:
            problems.append((number, f"says the same as row {first_row[entry.entry_id]}: left out"))
            continue
        kept[entry.entry_id], first_row[entry.entry_id] = entry, number
    if len(rows) > PORTFOLIO_ENTRIES_MAX:
        text = f"got {len(rows):,} rows, a portfolio holds {PORTFOLIO_ENTRIES_MAX:,}: left out from here on"
        problems.append((PORTFOLIO_ENTRIES_MAX + 1, text))
    return list(kept.values()), problems


def pieces(entries: Sequence[Counterparty]) -> Iterator[tuple[Counterparty, ...]]:
    """The parts of a list, each small enough for a record; an empty list has one."""
    piece: list[Counterparty] = []
    size_bytes = 0
    for entry in entries:
        bytes_of_entry = len(entry.model_dump_json().encode())
        if piece and (len(piece) == PART_ENTRIES_MAX or size_bytes + bytes_of_entry > PIECE_BYTES_MAX):
            yield tuple(piece)
            piece, size_bytes = [], 0
        piece.append(entry)
        size_bytes += bytes_of_entry
    yield tuple(piece)


def entry_id(row: Mapping[str, Any]) -> str:
    """The id of an entry that has none: by the desk's own reference, else by its name, place and code."""
    reference = row.get("reference")
    parts = [str(reference)] if reference else [str(row.get(one) or "") for one in ("name", "place", "uscc")]
    return f"e-{sha256(chr(0).join(parts).encode(errors='replace')).hexdigest()[:16]}"


def _checked(row: Any) -> tuple[Counterparty | None, list[str]]:
    if isinstance(row, str):
        row = {"name": row}
    if not isinstance(row, dict):
        return None, [f"is {type(row).__name__}, expected an object or a name"]
    unknown = [f"{str(name)[:GOT_CHARACTERS_MAX]!r} is no field of an entry: passed over" for name in row]
    problems = [text for name, text in zip(row, unknown, strict=True) if name not in _FIELDS]
    given = {name: value for name, value in row.items() if name in _FIELDS and value not in ("", None, [])}
    name = given.get("name") or given.get("name_en")
    if not isinstance(name, str) or not name.strip():
        return None, [*problems, "has no name"]
    fault = name_problem(name)
    if fault is not None:
        return None, [*problems, fault if len(fault) < 2 * GOT_CHARACTERS_MAX else fault[:100] + "…"]
    given["name"] = name
    uscc = given.get("uscc")
    if isinstance(uscc, str):
        given["uscc"] = uscc.strip().upper()
    given.setdefault("entry_id", entry_id(given))
    try:
        return Counterparty.model_validate(given), problems
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        return None, [*problems, *(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults[:3])]
