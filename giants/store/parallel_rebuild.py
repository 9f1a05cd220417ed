"""A rebuild in parallel: a new epoch is built by workers of its own on topics of another prefix.

They may have another number of partitions, follow another taxonomy or be another version of the program, with
another methodology. Readers see the old epoch, which is still updated, until `switch`. The old topics keep
their state, so that the same leads back (`begin_return`). docs/operations.md has the procedure.
"""

from collections.abc import Callable

from giants.kafka.admin import create_topics, has_members
from giants.kafka.forwarding import (
    BEHIND_INTAKE,
    Route,
    begin_at_end,
    begin_at_intake,
    begin_at_stored,
    forward_known,
    keep_alerts,
    stop_intake,
)
from giants.kafka.lag import REGISTRY, LagMonitor
from giants.kafka.stream_state import Forwarded, forwarded, note_forwarded, noted_partition_count
from giants.settings import Settings
from giants.store.client import Database
from giants.store.epochs import begin_next_epoch, complete_epoch, copy_state, visible_epoch
from giants.store.errors import EpochError
from giants.store.replay import publish_journal
from giants.store.said import begin_quietly, go_on

STOP_SECONDS_MAX = 120.0
THROUGH_SECONDS_MAX = 7_200.0

Report = Callable[[str], None]


def check_target(served: Settings, target: Settings) -> Forwarded | None:
    """Whether state can be built on the topics of `target`; what they say where they were served before.

    Raises `EpochError` where they are those that are served, hold other state, or workers still run on them,
    and the errors of the broker.
    """
    prefix = target.topic_prefix
    if prefix == served.topic_prefix:
        raise EpochError(f"the topics {prefix!r} are those that are served: give another prefix")
    before = forwarded(target)
    if before is None:
        if noted_partition_count(target) is not None:
            raise EpochError(
                f"the topics {prefix}… hold state already, which would be part of the new epoch in part "
                "only: delete them, or give another prefix"
            )
        return None
    if before.prefix != served.topic_prefix:
        raise EpochError(
            f"facts of {prefix}… are forwarded to {before.prefix}…, not to {served.topic_prefix}…, which is "
            "in GIANTS_TOPIC_PREFIX: give the prefix of what readers see now"
        )
    if has_members(target, prefix + REGISTRY.group):
        raise EpochError(
            f"workers of {prefix}… run: end them first, since they have to be started with another "
            "GIANTS_EPOCH (one that was killed counts for some seconds more)"
        )
    return before


def begin_parallel_rebuild(
    database: Database, served: Settings, target: Settings, report: Callable[[int], None] = lambda _: None
) -> tuple[int, int]:
    """Begin an epoch on the topics of `target`; returns its number and how many facts were published.

    `report` is told how many so far. Raises the errors of store and broker.
    """
    epoch = begin_next_epoch(database)
    create_topics(target)
    begin_quietly(database, target, epoch)
    begin_at_stored(served)
    facts = publish_journal(database, target, report)
    begin_at_end(target)
    return epoch, facts


def begin_return(database: Database, target: Settings, before: Forwarded) -> int:
    """Begin an epoch that goes on from the state that the topics of `target` had when they were left.

    What came since is forwarded by `switch`, as it is in the other direction.
    """
    epoch = begin_next_epoch(database)
    copy_state(database, before.epoch, epoch)
    begin_quietly(database, target, epoch)
    begin_at_intake(target)
    note_forwarded(target, None)
    return epoch


def switch(
    database: Database,
    epoch: int,
    route: Route,
    until_through: Callable[[Settings], None],
    report: Report = lambda _: None,
) -> Settings:
    """Make an epoch that was built on `target` visible; returns the settings of these topics.

    Nothing has to be stopped before: at the switch no more facts are taken in on the topics that are served,
    and when all that follows from the others is told, the new workers go on with what comes. Called again it
    goes on where it was. Raises `EpochError` where there is no such epoch or a newer one is served, and the
    errors of store and broker.
    """
    old = visible_epoch(database)
    _check_epoch(database, epoch, old)
    served, target = route.served, of_state(route.target)
    if epoch == old:
        return target
    route = Route(served, target)
    report("forwarding what came since the journal was published")
    forward_known(route)
    until_through(target)
    report(f"stopping intake on {served.topic_prefix}…; what comes from now on is told after the switch")
    stop_intake(served, Forwarded(target.topic_prefix, old), STOP_SECONDS_MAX)
    with LagMonitor(served) as progress:
        progress.wait(BEHIND_INTAKE, THROUGH_SECONDS_MAX)
    forward_known(route)
    until_through(target)
    report("carrying over what was said before")
    go_on(database, target, epoch)
    until_through(target)
    keep_alerts(target)
    complete_epoch(database, epoch)
    return target


def of_state(settings: Settings) -> Settings:
    """Settings with the number of partitions that the state was made with. Raises `EpochError`."""
    partitions = noted_partition_count(settings)
    if partitions is None:
        raise EpochError(f"no worker has run on the topics {settings.topic_prefix}… yet")
    return settings.model_copy(update={"partitions": partitions})


def _check_epoch(database: Database, epoch: int, served: int) -> None:
    known = sorted(int(row["epoch"]) for row in database.rows("SELECT epoch FROM epochs"))
    if epoch not in known:
        raise EpochError(f"there is no epoch {epoch}, there is {', '.join(map(str, known)) or 'none'}")
    if epoch < served:
        raise EpochError(f"readers see epoch {served} already")
