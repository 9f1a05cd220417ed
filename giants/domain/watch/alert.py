"""The alert that a change raises for a watchlist."""

from hashlib import sha256
from urllib.parse import quote

from giants.domain.authorities import is_sensitive
from giants.domain.names.reading import reading_in_words
from giants.domain.watch.conditions import Change
from giants.domain.watch.context import CompanyContext
from giants.domain.watch.sentence import nominator_of, sentence_for, sentence_of_news
from giants.domain.watch.text import one_line
from schemas.base import NAME_CHARACTERS_MAX
from schemas.changes import Alert, ListChange, RatingChange, SignalChange, StatusChange
from schemas.codes import ChangeKind, Grouping
from schemas.facts import Watchlist


def alert_id(watchlist_id: str, change_id: str) -> str:
    """Id of the alert for a pair: 64 hexadecimal digits, the same whenever the pair is met again.

    Ids of changes hold no zero byte, so the last one parts the two and no two pairs read the same.
    """
    return sha256(f"{watchlist_id}\0{change_id}".encode()).hexdigest()


def group_id(watchlist: Watchlist, change: Change) -> str:
    """Id of the piece of news that an alert of the change belongs to: 64 hexadecimal digits.

    All changes of one cause are one, or by the watchlist's wish each of them. Even then what one document
    does to the status and the signals of one company is one: a title that is lost takes its signals along.
    """
    if watchlist.grouping is Grouping.CAUSE:
        parts = ["cause", change.cause.kind, change.cause.ref]
    elif isinstance(change, StatusChange | SignalChange):
        parts = ["company", change.company_id, change.cause.kind, change.cause.ref]
    else:
        parts = ["change", change.id]
    return sha256("\0".join([watchlist.watchlist_id, *parts]).encode()).hexdigest()


def alert_for(watchlist: Watchlist, change: Change, context: CompanyContext, link_base: str) -> Alert:
    """The alert for a watchlist that `Watch.match` returned for the change.

    A pure function of its arguments: an alert that is raised again has the same id and bytes. Names and text
    are safe to show as plain text; `change` is untouched. `link_base` is the address of the dashboard.
    """
    if isinstance(change, ListChange):
        return _alert_of_list(watchlist, change, link_base)
    if isinstance(change, StatusChange):
        kind, technology = ChangeKind(change.kind.value), None
        name, name_en = change.name, change.name_en or context.name_en
    else:
        kind, technology = _kind(change), change.technology
        name, name_en = context.name, context.name_en
    link = _link(change.company_id, technology, link_base)
    nominator = nominator_of(change, context)
    return Alert(
        id=alert_id(watchlist.watchlist_id, change.id),
        watchlist_id=watchlist.watchlist_id,
        owner=watchlist.owner,
        kind=kind,
        company_id=change.company_id,
        name=one_line(name, NAME_CHARACTERS_MAX),
        name_en=one_line(name_en, NAME_CHARACTERS_MAX) if name_en else None,
        technology=technology,
        text=sentence_for(change, context, link),
        link=link,
        change=change,
        at=change.at,
        caveats=change.caveats,
        authority=nominator,
        sensitive=is_sensitive(nominator),
        name_reading=None if name_en else _reading(name),
        group_id=group_id(watchlist, change),
    )


def _alert_of_list(watchlist: Watchlist, change: ListChange, link_base: str) -> Alert:
    summary = change.summary
    ref = f"{change.list_id}@{summary.revision}"
    link = f"{link_base.rstrip('/')}/documents/{quote(ref, safe='')}"
    return Alert(
        id=alert_id(watchlist.watchlist_id, change.id),
        watchlist_id=watchlist.watchlist_id,
        owner=watchlist.owner,
        kind=ChangeKind(change.kind.value),
        company_id="",
        name=one_line(summary.source.title or change.list_id, NAME_CHARACTERS_MAX),
        name_en=None,
        technology=None,
        text=sentence_of_news(change, link),
        link=link,
        change=change,
        at=change.at,
        caveats=change.caveats,
        authority=summary.authority,
        sensitive=is_sensitive(summary.authority),
        group_id=group_id(watchlist, change),
    )


def _reading(name: str) -> str | None:
    reading = reading_in_words(name)
    return None if reading is None else one_line(reading, NAME_CHARACTERS_MAX)


def _kind(change: RatingChange | SignalChange) -> ChangeKind:
    return ChangeKind.RATING_CHANGED if isinstance(change, RatingChange) else ChangeKind(change.kind.value)


def _link(company_id: str, technology: str | None, link_base: str) -> str:
    """Address of the company's page; what is about a technology points at it there."""
    page = f"{link_base.rstrip('/')}/companies/{quote(company_id, safe='')}"
    return page if technology is None else f"{page}#{quote(technology, safe='-')}"
