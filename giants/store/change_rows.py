"""From output topics and the delta log to rows: which builder takes which, and those of single rows."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Final

from giants.kafka import topics
from giants.store.company_rows import company_rows, status_change_rows
from giants.store.exposure_rows import exposure_rows, portfolio_rows, rating_change_rows
from giants.store.records import Incoming, first_wins, parsed, storable_instant, value_of
from giants.store.signal_rows import signal_change_rows, signals_row
from giants.store.tables import AlertRow, DeadLetterRow, FindingRow, StoreRow
from schemas.changes import Alert, Finding

REASON_CHARACTERS_MAX: Final = 2_000
HEADERS_MAX: Final = 50


def change_rows(record: Incoming) -> Iterable[StoreRow]:
    """Rows of a record of an output topic or of the delta log. Raises `UnreadableError`."""
    return _BUILDERS[record.topic](record)


def _finding(record: Incoming) -> Iterable[StoreRow]:
    if record.value is None:
        settled = FindingRow(record.epoch, record.key_text, "", "", "", "", "", record.at, record.offset, 1)
        return (settled,)
    finding = parsed(Finding, record.value)
    return (
        FindingRow(
            epoch=record.epoch,
            finding_id=finding.finding_id,
            code=finding.code,
            severity=finding.severity,
            subject=finding.subject,
            detail=finding.detail,
            ref=finding.ref,
            at=storable_instant(finding.at),
            precedence=record.offset,
            deleted=0,
        ),
    )


def _alert(record: Incoming) -> Iterable[StoreRow]:
    value = value_of(record)
    alert = parsed(Alert, value)
    yield AlertRow(
        watchlist_id=alert.watchlist_id,
        id=alert.id,
        owner=alert.owner,
        kind=alert.kind,
        company_id=alert.company_id,
        name=alert.name,
        name_en=alert.name_en,
        technology=alert.technology,
        text=alert.text,
        link=alert.link,
        at=storable_instant(alert.at),
        caveats=alert.caveats,
        body=value,
        precedence=first_wins(record.offset),
    )


def _dead_letter(record: Incoming) -> Iterable[StoreRow]:
    texts = {name: value.decode(errors="replace") for name, value in record.headers.items()}
    value = record.value or b""
    yield DeadLetterRow(
        topic=texts.get("giants-topic", ""),
        partition=_number(texts.get("giants-partition")),
        offset=_number(texts.get("giants-offset")),
        digest=sha256(value).digest(),
        key=record.key or b"",
        value=value,
        reason=texts.get("giants-error", "")[:REASON_CHARACTERS_MAX],
        headers=dict(list(texts.items())[:HEADERS_MAX]),
        received_at=record.at,
        precedence=first_wins(record.at_ms),
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) <= 18 else -1


_BUILDERS: Final[Mapping[str, Callable[[Incoming], Iterable[StoreRow]]]] = {
    topics.COMPANIES.name: company_rows,
    topics.EXPOSURES.name: exposure_rows,
    topics.STATUS_CHANGES.name: status_change_rows,
    topics.RATING_CHANGES.name: rating_change_rows,
    topics.SIGNALS.name: signals_row,
    topics.SIGNAL_CHANGES.name: signal_change_rows,
    topics.FINDINGS.name: _finding,
    topics.ALERTS.name: _alert,
    topics.DEAD_LETTERS.name: _dead_letter,
    topics.DELTA_LOG.name: portfolio_rows,
}
