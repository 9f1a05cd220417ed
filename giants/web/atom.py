"""Changes as an Atom feed (RFC 4287), with the sentences of alerts."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from giants.domain.watch import alert_for
from giants.domain.watch.context import CompanyContext
from giants.domain.watch.text import one_line
from giants.store.queries.companies import Known
from schemas.base import AuthorityCode
from schemas.changes import Alert, ListChange, RatingChange, SignalChange, StatusChange
from schemas.facts import Watchlist

MEDIA_TYPE: Final = "application/atom+xml"
TITLE_CHARACTERS_MAX: Final = 150
AUTHOR: Final = "Little Giants stream"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_ANYBODY: Final = Watchlist(watchlist_id="changes", owner="feed")
# Where there is no change yet: a feed has to say when it was updated.
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)

Change = StatusChange | RatingChange | SignalChange | ListChange


def atom_feed(
    changes: Iterable[Change], companies: Mapping[str, Known], self_link: str, link_base: str, query: str
) -> bytes:
    """A feed of changes in their order; `query` is what was asked for, from which the id of the feed follows.

    Ids do not depend on the address under which the feed is read: a reader shows no entry twice.
    """
    entries = [(change.id, _sentence(change, companies, link_base)) for change in changes]
    feed = Element("feed", xmlns=_NAMESPACE)
    _text(feed, "id", _urn(f"giants:changes?{query}"))
    _text(feed, "title", "Little Giants: changes")
    _text(feed, "updated", _instant(max((alert.at for _, alert in entries), default=_NEVER)))
    _text(SubElement(feed, "author"), "name", AUTHOR)
    SubElement(feed, "link", rel="self", type=MEDIA_TYPE, href=self_link)
    SubElement(feed, "link", rel="alternate", type="text/html", href=f"{link_base.rstrip('/')}/changes")
    for change_id, alert in entries:
        entry = SubElement(feed, "entry")
        _text(entry, "id", _urn(f"giants:change:{change_id}"))
        about = f" in {alert.technology.replace('-', ' ')}" if alert.technology else ""
        name = f"{alert.name} ({alert.name_en})" if alert.name_en else alert.name
        title = one_line(f"{name}: {alert.kind.replace('-', ' ')}{about}", TITLE_CHARACTERS_MAX)
        _text(entry, "title", title)
        _text(entry, "updated", _instant(alert.at))
        SubElement(entry, "link", rel="alternate", type="text/html", href=alert.link)
        SubElement(entry, "category", term=alert.kind.value)
        _text(entry, "content", alert.text)
    made: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return made


def _sentence(change: Change, companies: Mapping[str, Known], link_base: str) -> Alert:
    """What an alert would say of a change."""
    if isinstance(change, ListChange):
        return alert_for(_ANYBODY, change, CompanyContext("", ""), link_base)
    name, name_en, authority = companies.get(change.company_id, Known(change.company_id, None, None))
    context = CompanyContext(
        change.company_id, name, name_en, AuthorityCode(authority) if authority else None
    )
    return alert_for(_ANYBODY, change, context, link_base)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _urn(of: str) -> str:
    return uuid5(NAMESPACE_URL, of).urn


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
