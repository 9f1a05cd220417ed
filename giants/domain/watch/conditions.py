"""What a watchlist asks for and what a change has to offer, in tokens that can be compared.

A change matches a watchlist when, for each condition, one token of the change is among those of the
watchlist. Both sides are written here, next to each other, so that they cannot drift apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from giants.domain.lifecycle import TERM_YEARS, batch_year
from giants.domain.names import lookup_keys
from giants.domain.watch.context import CompanyContext
from schemas.base import BATCH_MAX
from schemas.changes import ListChange, ListSummary, RatingChange, SignalChange, StatusChange
from schemas.codes import Band, ChangeKind, ListChangeKind
from schemas.facts import Watchlist

Change = StatusChange | RatingChange | SignalChange | ListChange
Tokens = frozenset[str]

BANDS = tuple(Band)
# What is wanted where nothing is named: a desk that watches companies is not told of every list.
KINDS_OF_COMPANIES = frozenset(kind for kind in ChangeKind if kind.value not in set(ListChangeKind))
# No lookup key begins with this sign, so that an id is never taken for a name.
_ID_MARK = "#"


@dataclass(frozen=True, slots=True)
class Conditions:
    """The four conditions that may be empty; None matches everything.

    Of a watchlist they say what it asks for, of a change what it has. A rating change or a signal has its
    technology, a status change the technologies in which the company is rated, each with its band. What has
    none has an empty set, which no watchlist that asks for technologies takes.
    """

    companies: Tokens | None
    technologies: Tokens | None
    authorities: Tokens | None
    batches: Tokens | None


def asked_conditions(watchlist: Watchlist) -> Conditions:
    """What a watchlist asks of company, technology, authority and batch.

    An item of `companies` is a company id or any name. One in ASCII may be either, so it stands for both;
    anything else is a name, because ids are ASCII.
    """
    companies = {_ID_MARK + item for item in watchlist.companies if item.isascii()}
    companies.update(key for item in watchlist.companies for key in lookup_keys(item))
    return Conditions(
        companies=frozenset(companies) or None,
        technologies=frozenset(_asked_technologies(watchlist)) or None,
        authorities=frozenset(watchlist.authorities) or None,
        batches=frozenset(str(batch) for batch in watchlist.batches) or None,
    )


def asked_occasions(watchlist: Watchlist) -> Tokens:
    """The kinds of status change and of signal, and the bands that a watchlist asks for.

    `min_band` is a threshold for rating changes here; what it means for status changes is said by the
    technologies. `technologies` without `events` asks for rating changes and signals only; where `events`
    names kinds of status change beside technologies, those are wanted of companies that are rated in one of
    the technologies, `min_band` or higher.
    """
    kinds = set(watchlist.events or KINDS_OF_COMPANIES)
    if watchlist.technologies and not watchlist.events:
        kinds = {ChangeKind.RATING_CHANGED, ChangeKind.SIGNAL_RAISED, ChangeKind.SIGNAL_CLEARED}
    occasions = {kind.value for kind in kinds if kind is not ChangeKind.RATING_CHANGED}
    if ChangeKind.RATING_CHANGED in kinds:
        lowest = 0 if watchlist.min_band is None else BANDS.index(watchlist.min_band)
        occasions.update(band.value for band in BANDS[lowest:])
    return frozenset(occasions)


def offered_conditions(change: Change, context: CompanyContext) -> Conditions:
    """What a change has to offer: the company under all its ids and names, and where it stands.

    A status change carries the names, the authority and the batches of its own moment: they count beside
    those of the context, which may be a little older or newer. News of a list is about no company and no
    technology: it has its authority, and the batches that it designates or reviews.
    """
    if isinstance(change, ListChange):
        return _conditions_of_list(change.summary)
    companies = {_ID_MARK + id_ for id_ in (change.company_id, context.company_id, *context.merged_from)}
    authorities, batches = {context.authority}, set(context.batches)
    companies |= context.keys
    if isinstance(change, StatusChange):
        companies.update(key for name in _names(change) for key in lookup_keys(name))
        if change.merged_into is not None:
            companies.add(_ID_MARK + change.merged_into)
        authorities.add(change.authority)
        batches.update(change.batches)
    return Conditions(
        companies=frozenset(companies),
        technologies=_technologies(change, context),
        authorities=frozenset(authority.value for authority in authorities if authority is not None),
        batches=frozenset(str(batch) for batch in batches),
    )


def _conditions_of_list(summary: ListSummary) -> Conditions:
    return Conditions(
        companies=frozenset(),
        technologies=frozenset(),
        authorities=frozenset(() if summary.authority is None else (summary.authority.value,)),
        batches=frozenset(map(str, _batches_of_list(summary))),
    )


def _batches_of_list(summary: ListSummary) -> Iterator[int]:
    """The batch that a list designates, or those that are due in its review year (S-05)."""
    if summary.batch is not None:
        yield summary.batch
    if summary.review_year is not None:
        last = summary.review_year - TERM_YEARS
        yield from (
            batch for batch in range(1, BATCH_MAX) if batch_year(batch) in range(last, 0, -TERM_YEARS)
        )


def offered_occasion(change: Change) -> str:
    """The kind of a status change or of what happened to a signal, or the stronger band of a rating change.

    The stronger of the bands before and after, since falling below a threshold is news as much as rising
    above it.
    """
    if not isinstance(change, RatingChange):
        return change.kind.value
    bands = [rating.band for rating in (change.previous, change.current) if rating is not None]
    return max(bands, key=BANDS.index, default=BANDS[0]).value


def rated_token(technology: str, band: str) -> str:
    """That a company is rated in a technology, in a band; no technology has the sign in its name."""
    return f"{technology}@{band}"


def _asked_technologies(watchlist: Watchlist) -> Iterator[str]:
    """The technologies of rating changes and signals, and the ratings of companies whose status changes."""
    lowest = 0 if watchlist.min_band is None else BANDS.index(watchlist.min_band)
    for technology in watchlist.technologies:
        yield technology
        for band in BANDS[lowest:]:
            yield rated_token(technology, band)


def _technologies(change: StatusChange | RatingChange | SignalChange, context: CompanyContext) -> Tokens:
    if isinstance(change, StatusChange):
        return context.rated
    return frozenset() if change.technology is None else frozenset((change.technology,))


def _names(change: StatusChange) -> set[str]:
    names = {change.name}
    names.update(state.name for state in (change.previous, change.current) if state is not None)
    if change.name_en is not None:
        names.add(change.name_en)
    return names
