"""A rebuild in parallel: a new epoch is built by workers of its own on topics of another prefix.

They may follow another taxonomy or be another version of the program, with another methodology. Readers see
the old epoch, which is still updated, until `switch`.
"""

from collections.abc import Callable

from giants.kafka.admin import create_topics
from giants.settings import Settings
from giants.store.client import Database
from giants.store.epochs import begin_next_epoch, complete_epoch, visible_epoch
from giants.store.errors import EpochError
from giants.store.replay import publish_journal
from giants.store.said import begin_quietly, go_on


def begin_parallel_rebuild(database: Database, settings: Settings, served_prefix: str) -> tuple[int, int]:
    """Begin an epoch on the topics of `settings`; returns its number and how many facts were published.

    Raises `EpochError` where the prefix is the one that is served, and the errors of store and broker.
    """
    if settings.topic_prefix == served_prefix:
        raise EpochError(f"the topics {served_prefix!r} are those that are served: give another prefix")
    epoch = begin_next_epoch(database)
    create_topics(settings)
    begin_quietly(database, settings, epoch)
    return epoch, publish_journal(database, settings)


def switch(database: Database, epoch: int, settings: Settings, until_through: Callable[[], None]) -> int:
    """Make an epoch that was built in parallel visible; returns how many facts were published to it again.

    The journal has grown since it was published, so it is published again; known facts change nothing.
    Raises `EpochError` where there is no such epoch or a newer one is served, and the errors of store and
    broker.
    """
    known = sorted(int(row["epoch"]) for row in database.rows("SELECT epoch FROM epochs"))
    if epoch not in known:
        raise EpochError(f"there is no epoch {epoch}, there is {', '.join(map(str, known)) or 'none'}")
    served = visible_epoch(database)
    if epoch <= served:
        raise EpochError(f"readers see epoch {served} already")
    facts = publish_journal(database, settings)
    until_through()
    go_on(database, settings, epoch)
    until_through()
    complete_epoch(database, epoch)
    return facts
