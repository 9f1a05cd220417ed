"""Findings in force: what is odd in the facts and may want a person's eye (D-05)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from giants.store.client import Database
from giants.store.epochs import shown_rows
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor

_PAGE: Final = """
SELECT finding_id, code, severity, subject, detail, ref, at, toUnixTimestamp64Milli(at) AS at_ms
FROM findings_rows FINAL
WHERE epoch = {epoch:UInt32} AND (empty({codes:Array(String)}) OR has({codes:Array(String)}, code))
  AND (at_ms, finding_id) < ({at_ms:Int64}, {before:String})
ORDER BY at_ms DESC, finding_id DESC
LIMIT {limit:UInt32}
"""
_ABOUT: Final = """
SELECT finding_id, code, severity, subject, detail, ref, at
FROM findings_rows FINAL
WHERE epoch = {epoch:UInt32} AND subject = {subject:String}
ORDER BY at DESC, finding_id LIMIT {most:UInt32}
"""
FINDINGS_ABOUT_MAX: Final = 20
_END_MS: Final = 2**62


@dataclass(frozen=True, slots=True)
class FindingItem:
    """One finding: what (`code`), of what (`subject`), in words (`detail`), and by which fact (`ref`)."""

    finding_id: str
    code: str
    severity: str
    subject: str
    detail: str
    ref: str
    at: datetime


def findings(database: Database, codes: tuple[str, ...], cursor: str | None, limit: int) -> Page[FindingItem]:
    """Findings in force, newest first; those of some codes where any is named."""
    at_ms, before = decode_cursor("findings", cursor, (int, str)) if cursor else (_END_MS, "")
    limit = bounded(limit)
    rows = shown_rows(
        database, _PAGE, {"codes": list(codes), "at_ms": at_ms, "before": before, "limit": limit + 1}
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("findings", (last["at_ms"], last["finding_id"])) if last else None
    return Page(
        tuple(
            FindingItem(**{name: value for name, value in row.items() if name != "at_ms"})
            for row in rows[:limit]
        ),
        more,
    )


def findings_about(database: Database, subject: str) -> list[FindingItem]:
    """Findings in force about a company or another subject, the newest first, bounded."""
    rows = shown_rows(database, _ABOUT, {"subject": subject, "most": FINDINGS_ABOUT_MAX})
    return [FindingItem(**row) for row in rows]


def finding_counts(database: Database) -> dict[str, int]:
    """How many findings are in force of each code, the most frequent first."""
    rows = shown_rows(
        database,
        "SELECT code, count() AS findings FROM findings_rows FINAL WHERE epoch = {epoch:UInt32} "
        "GROUP BY code ORDER BY findings DESC, code",
    )
    return {row["code"]: row["findings"] for row in rows}
