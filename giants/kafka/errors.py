"""Failures of Kafka, and which of them waiting can mend.

GiantsError
└── BrokerError
    ├── AuthorizationLostError    (FatalError)      a login or a right is refused
    ├── UnknownTopicError         (FatalError)      a topic is not there, or not shown to this user
    ├── WrongPartitionCountError  (FatalError)      a topic has another number of partitions than the state
    ├── StateCountError           (FatalError)      GIANTS_PARTITIONS is not the number that the state has
    ├── TopicGoneError            (FatalError)      a topic was deleted while it was in use
    ├── TopicRecreatedError       (FatalError)      a topic was deleted and made again while it was in use
    ├── LogGapError               (FatalError)      records that were not read yet were deleted
    ├── LogLostError              (FatalError)      a partition holds less than was read from it before
    ├── UnreachableBrokerError    (RetriableError)  no broker answers
    ├── NotCaughtUpError          (RetriableError)  the stream did not get through in time
    ├── IntakeRunningError        workers take in facts that are to be forwarded
    ├── GroupBusyError            a group whose offsets are to be changed has members
    ├── DiskFullError             (RetriableError)  the embedded broker cannot write to its disk
    ├── WorkersRunningError       workers still write what is to be deleted
    ├── PublishError              a record did not reach the broker
    ├── NotStartedError           the log was used before it was started
    ├── BatchTooLargeError        records that have to be atomic do not fit one batch
    └── OffsetMismatchError       a batch that was copied stands at another offset than expected

Both clients raise errors of their own, each below its own `KafkaError`. `KafkaFailure` names the two, and
`is_retriable` tells which of them, and of the above, another attempt may mend.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from kafka.errors import KafkaError as AdminKafkaError

from giants.errors import FatalError, GiantsError, RetriableError

KafkaFailure: Final[tuple[type[Exception], ...]] = (KafkaError, AdminKafkaError)
# By their names, since the two clients share no classes. Neither client counts them as retriable, but both
# wrap some in errors that are.
_REFUSALS: Final = frozenset(
    {
        "AuthenticationFailedError",
        "AuthenticationMethodNotSupported",
        "AuthorizationError",
        "ClusterAuthorizationFailedError",
        "GroupAuthorizationFailedError",
        "IllegalSaslStateError",
        "SaslAuthenticationFailed",
        "SaslAuthenticationFailedError",
        "SecurityDisabled",
        "SecurityDisabledError",
        "TopicAuthorizationFailedError",
        "TransactionalIdAuthorizationFailed",
        "TransactionalIdAuthorizationFailedError",
        "UnsupportedSaslMechanismError",
    }
)
# What a broker says of a batch that it will never take.
_REFUSED_RECORDS: Final = frozenset(
    {
        "InvalidRecordError",
        "InvalidTimestampError",
        "InvalidTopicError",
        "MessageSizeTooLargeError",
        "PolicyViolationError",
        "RecordListTooLargeError",
        "UnsupportedForMessageFormatError",
    }
)


_REPARTITION: Final = (
    "to have another number, build the state anew beside, on topics of another prefix (`giants rebuild "
    "--beside PREFIX`; Repartition in docs/operations.md)"
)


class BrokerError(GiantsError):
    """Something between this program and Kafka failed."""


class AuthorizationLostError(BrokerError, FatalError):
    """The broker refuses a login or a right."""

    def __init__(self, doing: str, got: BaseException) -> None:
        super().__init__(
            f"the broker refused {doing}: {got!r}; check GIANTS_BROKER_USERNAME, GIANTS_BROKER_PASSWORD "
            "and the rights of that user (deploy/kafka/acls.toml)"
        )


class UnknownTopicError(BrokerError, FatalError):
    """The broker has no such topic."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"the broker has no topic {topic}, or does not show it to this user (see `giants topics`)"
        )


class WrongPartitionCountError(BrokerError, FatalError):
    """A topic has another number of partitions than the state expects."""

    def __init__(self, topic: str, expected: int, got: int) -> None:
        super().__init__(
            f"topic {topic} has {got} partitions, but {expected} are expected: the number belongs to the "
            f"state and cannot change under it; {_REPARTITION}"
        )


class StateCountError(BrokerError, FatalError):
    """GIANTS_PARTITIONS is not the number that the state was made with."""

    def __init__(self, prefix: str, noted: int, got: int) -> None:
        super().__init__(
            f"the state on the topics {prefix}… was made with {noted} partitions, but GIANTS_PARTITIONS is "
            f"{got}: where state exists the number cannot change; {_REPARTITION}"
        )


class TopicGoneError(BrokerError, FatalError):
    """A topic was deleted while it was in use."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"topic {topic} is gone: it was deleted, or is not shown to this user any more; where it was "
            "deleted, `giants rebuild` makes it and all that follows from the journal again"
        )


class TopicRecreatedError(BrokerError, FatalError):
    """A topic was deleted and made again while it was in use."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"topic {topic} was deleted and made again: what it held is lost; `giants rebuild` makes all "
            "state again from the journal"
        )


class LogGapError(BrokerError, FatalError):
    """Records that were not read yet were deleted."""

    def __init__(self, topic: str, partition: int, expected: int, first: int, group: str = "") -> None:
        """`group` is given where it is a consumer group that lacks them: it may go on without."""
        remedy = (
            f"send them again and let the group {group} go on with `giants topics accept-gaps`"
            if group
            else "`giants rebuild` makes all state again from the journal"
        )
        super().__init__(
            f"{topic}/{partition} begins at offset {first}, but is to be read from {expected}: the records "
            f"{expected} to {first - 1} were deleted before they were read; {remedy}; "
            "`giants topics check` says which settings let that happen"
        )


class UnreachableBrokerError(BrokerError, RetriableError):
    """No broker answers."""

    def __init__(self, servers: str | None, got: object) -> None:
        super().__init__(
            f"the broker does not answer: {servers}: {got}; check GIANTS_BROKER with `giants doctor`"
        )


class DiskFullError(BrokerError, RetriableError):
    """The embedded broker cannot write to its disk, and kept nothing of a batch."""

    def __init__(self) -> None:
        super().__init__(
            "the embedded broker cannot write to its disk (topics in GIANTS_DATA_DIR, see logs/broker.log "
            "there) and did not keep the record: free some space, then publish it again"
        )


class WorkersRunningError(BrokerError):
    """Workers still write what is to be deleted."""

    def __init__(self, group: str, got: str) -> None:
        super().__init__(f"the group {group} cannot be deleted ({got}): stop all workers before a rebuild")


class IntakeRunningError(BrokerError):
    """Workers go on taking in facts that are to be forwarded."""

    def __init__(self, group: str, seconds: float) -> None:
        super().__init__(
            f"after {seconds:.0f} s the group {group} still has members: end workers that do not stop their "
            "intake by themselves (an older version, one that hangs) and run the command again"
        )


class GroupBusyError(BrokerError):
    """A group whose offsets are to be changed has members."""

    def __init__(self, group: str, got: str) -> None:
        super().__init__(
            f"the offsets of the group {group} cannot be changed ({got}): stop its processes, wait some "
            "seconds until the broker has noticed, and try again"
        )


class PublishError(BrokerError):
    """A record did not reach the broker."""

    def __init__(self, topic: str, key: str | bytes | None, got: BaseException) -> None:
        super().__init__(f"the record {key!r} could not be published to {topic}: {got or repr(got)}")


class NotStartedError(BrokerError):
    """The log was used before it was started."""

    def __str__(self) -> str:
        return "the log has no connection: call start() first"


class BatchTooLargeError(BrokerError):
    """Records that have to be atomic do not fit one batch."""

    def __init__(self, topic: str, partition: int, records: int) -> None:
        super().__init__(f"{records} records do not fit one batch of {topic}/{partition}")


class LogLostError(BrokerError, FatalError):
    """A partition holds less than what was read from it before: the broker lost records."""

    def __init__(self, topic: str, partition: int, expected: int, got: int) -> None:
        super().__init__(
            f"{topic}/{partition} has to reach offset {expected}, but it ends at {got}: the broker lost "
            "records, or the topic was made again; `giants rebuild` makes all state again from the journal"
        )


class OffsetMismatchError(BrokerError):
    """A partition that is copied goes on at another offset than expected."""

    def __init__(self, partition: TopicPartition, expected: int, got: int) -> None:
        super().__init__(
            f"{partition.topic}/{partition.partition} goes on at offset {got}, expected {expected}: "
            "it cannot be copied as it is"
        )


@contextmanager
def named_refusals(doing: str) -> Iterator[None]:
    """Let refusals of a client leave the block as `AuthorizationLostError`."""
    try:
        yield
    except KafkaFailure as error:
        raise_refusal(error, doing)
        raise


def is_refusal(error: BaseException | None) -> bool:
    """Whether a login or a right was refused, told by an error or by what led to it."""
    while error is not None:
        if type(error).__name__ in _REFUSALS:
            return True
        error = error.__cause__ or error.__context__
    return False


def is_retriable(error: BaseException) -> bool:
    """Whether another attempt may succeed: every failure of a client but a refusal."""
    if isinstance(error, FatalError):
        return False
    if isinstance(error, (*KafkaFailure, TimeoutError)):
        return not is_refusal(error) and type(error).__name__ not in _REFUSED_RECORDS
    return isinstance(error, RetriableError)


def raise_refusal(error: BaseException, doing: str) -> None:
    """Raise `AuthorizationLostError` where an error tells of a refused login or right."""
    if is_refusal(error):
        raise AuthorizationLostError(doing, error) from error
