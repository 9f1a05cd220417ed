"""The chains of changes of one company."""

from typing import Final

from giants.store.client import Database, Row
from giants.store.epochs import shown_rows
from giants.store.queries.pages import Page, bounded, decode_cursor, encode_cursor
from schemas.changes import Cause, Rating, RatingChange, StatusChange
from schemas.codes import Band, Profile

STATUS_CHANGES_MAX: Final = 1_000
_OLDEST_FIRST: Final = 2**63
_STATUS: Final = """
SELECT body FROM status_changes_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id = {id:String}
ORDER BY seq DESC LIMIT {most:UInt32}
"""
_RATINGS: Final = """
SELECT *, toUnixTimestamp64Milli(at) AS at_ms
FROM rating_changes_rows FINAL
WHERE epoch = {epoch:UInt32} AND company_id = {id:String}
  AND ({technology:String} = '' OR technology = {technology:String})
  AND (at_ms, technology, seq) < ({at_ms:Int64}, {name:String}, {seq:UInt64})
ORDER BY at_ms DESC, technology DESC, seq DESC LIMIT {limit:UInt32}
"""


def status_changes(database: Database, company_id: str) -> list[StatusChange]:
    """The chain of a company, newest first; at most `STATUS_CHANGES_MAX` links."""
    rows = shown_rows(database, _STATUS, {"id": company_id, "most": STATUS_CHANGES_MAX}, raw=("body",))
    return [StatusChange.model_validate_json(row["body"]) for row in rows]


def rating_changes(
    database: Database, company_id: str, technology: str | None, cursor: str | None, limit: int
) -> Page[RatingChange]:
    """Rating changes of a company, newest first."""
    at_ms, name, seq = (
        decode_cursor("ratings", cursor, (int, str, int)) if cursor else (_OLDEST_FIRST - 1, "", 0)
    )
    limit = bounded(limit)
    rows = shown_rows(
        database,
        _RATINGS,
        {
            "id": company_id,
            "technology": technology or "",
            "at_ms": at_ms,
            "name": name,
            "seq": seq,
            "limit": limit + 1,
        },
    )
    last = rows[limit - 1] if len(rows) > limit else None
    more = encode_cursor("ratings", (last["at_ms"], last["technology"], last["seq"])) if last else None
    return Page(tuple(rating_change_of(row) for row in rows[:limit]), more)


def rating_change_of(row: Row) -> RatingChange:
    """A row of the table or the view `rating_changes` as a message."""
    cause = Cause(kind=row["cause_kind"], ref=row["cause_ref"])
    chain = {"previous": _rating(row, "previous"), "current": _rating(row, "current"), "cause": cause}
    return RatingChange.model_validate(row | chain)


def _rating(row: Row, which: str) -> Rating | None:
    band, profile, score = row[f"{which}_band"], row[f"{which}_profile"], row[f"{which}_score"]
    return None if band is None else Rating(band=Band(band), profile=Profile(profile), score=score)
