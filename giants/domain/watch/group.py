"""Alerts of one piece of news as one: counts, a few members, one sentence."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from giants.domain.watch.sentence import (
    SENTENCE_CHARACTERS_MAX,
    beware,
    cause_in_words,
    event_of,
    shown_company,
)
from giants.domain.watch.text import one_line
from schemas.base import NAME_CHARACTERS_MAX
from schemas.changes import Alert, AlertGroup, AlertMember, GroupedAlert, ListChange, StatusChange
from schemas.codes import Caveat, ListChangeKind

MEMBERS_SHOWN_MAX: Final = 20
_NAMES_IN_SENTENCE: Final = 3
_EVENTS_IN_SENTENCE: Final = 4
_NEWS: Final = frozenset(kind.value for kind in ListChangeKind)


def group_link(alert: Alert, link_base: str) -> str:
    """Address of the page with all alerts of the group that an alert belongs to."""
    watchlist = quote(alert.watchlist_id, safe="")
    return f"{link_base.rstrip('/')}/alerts/{watchlist}/{alert.group_id or alert.id}"


def group_of(alerts: Sequence[Alert], link_base: str, earlier: int = 0) -> AlertGroup:
    """What some alerts of one group come to, in the order given; `earlier` ones were sent before."""
    first = alerts[0]
    return AlertGroup(
        group_id=first.group_id or first.id,
        cause=first.change.cause,
        members=len(alerts),
        earlier=earlier,
        companies=len(_companies(alerts)),
        sensitive=len({alert.company_id for alert in alerts if alert.sensitive}),
        kinds=dict(Counter(alert.kind for alert in alerts).most_common()),
        sample=tuple(map(member_of, alerts[:MEMBERS_SHOWN_MAX])),
        link=group_link(first, link_base),
    )


def member_of(alert: Alert) -> AlertMember:
    """What a message of a group shows of one alert."""
    values = {name: getattr(alert, name) for name in AlertMember.model_fields if name != "alert_id"}
    return AlertMember(alert_id=alert.id, **values)


def grouped_alert(message_id: str, alerts: Sequence[Alert], link_base: str, earlier: int = 0) -> GroupedAlert:
    """One message for some alerts of one group; `message_id` is that of the message."""
    group, lead = group_of(alerts, link_base, earlier), _lead(alerts)
    authorities = {alert.authority for alert in alerts}
    about_many = {"company_id": "", "name_en": None, "name_reading": None, "technology": None}
    about_many["name"] = one_line(cause_in_words(group.cause), NAME_CHARACTERS_MAX)
    values = {name: getattr(lead, name) for name in Alert.model_fields}
    values |= {} if _is_one_company(group) else about_many
    values |= {
        "id": message_id,
        "text": group_sentence(alerts, group),
        "link": group.link,
        "at": max(alert.at for alert in alerts),
        "caveats": _caveats(alerts),
        "authority": lead.authority if len(authorities) == 1 else None,
        "sensitive": any(alert.sensitive for alert in alerts),
        "group": group,
    }
    return GroupedAlert.model_validate(values)


def group_sentence(alerts: Sequence[Alert], group: AlertGroup) -> str:
    """What happened to how many and why, at most `SENTENCE_CHARACTERS_MAX` characters.

    `alerts` are those of the group, or the first of them; counts are those of the group. The link is never
    cut: it ends the sentence whatever the length of the names.
    """
    is_one = _is_one_company(group)
    what = _of_one(alerts) if is_one else _of_many(alerts, group)
    more = f", after {group.earlier:,} of the same cause that were sent before" if group.earlier else ""
    ending = f"; see {group.link}"
    cause = f"because of {cause_in_words(group.cause)}"
    body = f"{what}, {cause}{more}{_sensitive(group, is_one=is_one)}{beware(_caveats(alerts))}"
    return one_line(body, SENTENCE_CHARACTERS_MAX - len(ending)) + ending


def _is_one_company(group: AlertGroup) -> bool:
    return group.companies == 1 and not any(kind in _NEWS for kind in group.kinds)


def _sensitive(group: AlertGroup, *, is_one: bool) -> str:
    if not group.sensitive:
        return ""
    who = "the nominator" if is_one else f"{group.sensitive:,} of them have a nominator that"
    return f"; {who} administers Xinjiang, which is context about the place and no finding about a company"


def _of_one(alerts: Sequence[Alert]) -> str:
    """Several things that happened to one company, the change of its status first."""
    ordered = sorted(alerts, key=lambda alert: not isinstance(alert.change, StatusChange))
    lead = ordered[0]
    events = [event_of(one.change) for one in ordered if not isinstance(one.change, ListChange)]
    shown = "; it also ".join(events[:_EVENTS_IN_SENTENCE])
    rest = len(events) - _EVENTS_IN_SENTENCE
    more = f"; and {rest:,} changes more" if rest > 0 else ""
    return f"{shown_company(lead.name, lead.name_en, lead.name_reading)} {shown}{more}"


def _of_many(alerts: Sequence[Alert], group: AlertGroup) -> str:
    news = "; ".join(one.change.text.rstrip(".") for one in alerts if isinstance(one.change, ListChange))
    if not group.companies:
        return news
    names = dict.fromkeys(
        shown_company(one.name, one.name_en, one.name_reading) for one in alerts if one.company_id
    )
    counts = ", ".join(
        f"{number:,} {kind.replace('-', ' ')}" for kind, number in group.kinds.items() if kind not in _NEWS
    )
    companies = f"{group.companies:,} {'company' if group.companies == 1 else 'companies'}"
    listed = "such as " if group.companies > _NAMES_IN_SENTENCE else ""
    such_as = ", ".join(list(names)[:_NAMES_IN_SENTENCE])
    return f"{news}{'; ' if news else ''}{companies} ({counts}): {listed}{such_as}"


def _lead(alerts: Sequence[Alert]) -> Alert:
    """The alert whose change stands for the group: news of the list, then a change of status."""

    def order(alert: Alert) -> tuple[bool, bool]:
        return not isinstance(alert.change, ListChange), not isinstance(alert.change, StatusChange)

    return min(alerts, key=order)


def _companies(alerts: Sequence[Alert]) -> set[str]:
    return {alert.company_id for alert in alerts if alert.company_id}


def _caveats(alerts: Sequence[Alert]) -> tuple[Caveat, ...]:
    named = {caveat for alert in alerts for caveat in alert.caveats}
    return tuple(caveat for caveat in Caveat if caveat in named)
