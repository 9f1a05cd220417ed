"""From companies and their changes of status to rows."""

from collections.abc import Iterable
from datetime import date

from giants.store.records import (
    DATE_MIN,
    Incoming,
    checked_epoch,
    feed_row,
    first_wins,
    parsed,
    storable_date,
    storable_date_or_none,
    storable_instant,
    value_of,
)
from giants.store.search import search_text
from giants.store.tables import CompanyRow, StatusChangeRow, StoreRow
from schemas.changes import CompanyLink, CompanySnapshot, CompanyState, CompanyTag, StatusChange


def company_rows(record: Incoming) -> Iterable[StoreRow]:
    """The row of a company; a null value says that it is gone. Raises `UnreadableError`."""
    if record.value is None:
        return (_gone_company(record),)
    company = parsed(CompanySnapshot, record.value)
    names = [company.name, *(use.name for use in company.names)]
    names_en = [*company.names_en, *([company.name_en] if company.name_en else [])]
    return (
        CompanyRow(
            epoch=record.epoch,
            company_id=company.company_id,
            name=company.name,
            name_en=company.name_en,
            names=tuple(
                (use.name, use.cause, use.ref, storable_date_or_none(use.since)) for use in company.names
            ),
            names_en=company.names_en,
            status=company.status,
            sub_state=company.sub_state,
            since=storable_date(company.since),
            next_review_year=company.next_review_year,
            authority=company.authority,
            tier=company.tier,
            batches=company.batches,
            framework=company.framework,
            designations=tuple(
                (d.batch, d.stage, d.authority, storable_date(d.on), d.ref, d.confirmed)
                for d in company.designations
            ),
            reviews=tuple(
                (r.review_year, r.outcome, r.authority, storable_date_or_none(r.on), r.ref, r.reason)
                for r in company.reviews
            ),
            timeline=tuple(
                (storable_date(t.since), t.status, t.sub_state, t.cause.kind, t.cause.ref, t.reason)
                for t in company.timeline
            ),
            merged_from=company.merged_from,
            uscc=company.uscc,
            reason=company.reason,
            provisional=company.provisional,
            caveats=company.caveats,
            tags=tuple(_tag(tag) for tag in company.tags),
            links=tuple(_link(link) for link in company.links),
            search=search_text(names, names_en),
            body=record.value,
            updated_at=record.at,
            precedence=record.offset,
            deleted=0,
        ),
    )


def _tag(tag: CompanyTag) -> tuple[str, str, str, str, str | None, str, date]:
    on = storable_date(tag.on)
    return tag.record_id, tag.ref, tag.category, tag.evidence, tag.url, tag.author, on


def _link(
    link: CompanyLink,
) -> tuple[str, str, str, str, str, tuple[str, str | None, str | None, str | None], date]:
    one = link.source
    source = one.source_class, one.publisher, one.url, one.title
    return link.record_id, link.ref, link.record, link.title, link.url, source, storable_date(link.on)


def status_change_rows(record: Incoming) -> Iterable[StoreRow]:
    """The rows of a change of status: its own, and that of the feed. Raises `UnreadableError`."""
    value = value_of(record)
    change = parsed(StatusChange, value)
    yield StatusChangeRow(
        epoch=checked_epoch(change.epoch),
        company_id=change.company_id,
        seq=change.seq,
        id=change.id,
        kind=change.kind,
        name=change.name,
        name_en=change.name_en,
        previous=_state(change.previous),
        current=_state(change.current),
        effective_on=storable_date(change.effective_on),
        cause_kind=change.cause.kind,
        cause_ref=change.cause.ref,
        reason=change.reason,
        stage=change.stage,
        authority=change.authority,
        batches=change.batches,
        merged_into=change.merged_into,
        at=storable_instant(change.at),
        backfill=change.backfill,
        replayed=change.replayed,
        caveats=change.caveats,
        body=value,
        precedence=first_wins(record.offset),
    )
    yield feed_row(record, change, change.kind)._replace(authority=change.authority, batches=change.batches)


def _gone_company(record: Incoming) -> CompanyRow:
    return CompanyRow(
        epoch=record.epoch,
        company_id=record.key_text,
        name="",
        name_en=None,
        names=(),
        names_en=(),
        status="",
        sub_state="",
        since=DATE_MIN,
        next_review_year=None,
        authority=None,
        tier=None,
        batches=(),
        framework=None,
        designations=(),
        reviews=(),
        timeline=(),
        merged_from=(),
        uscc=None,
        reason=None,
        provisional=False,
        caveats=(),
        tags=(),
        links=(),
        search="",
        body=b"",
        updated_at=record.at,
        precedence=record.offset,
        deleted=1,
    )


def _state(state: CompanyState | None) -> tuple[tuple[str, str | None, str], ...]:
    return () if state is None else ((state.status, state.tier, state.name),)
