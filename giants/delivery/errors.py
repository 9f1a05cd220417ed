"""What can go wrong on the way of an alert, as one tree.

DeliveryError
├── QueueVersionError    fatal      a newer version of this program wrote the queue
├── QueueFullError       retriable  the queue takes no more; nothing is acknowledged until it does
├── UnresolvedHostError  retriable  the host of a webhook has no address just now
├── AlertTooLargeError              an alert is too large for any receiver
├── NoQueueError                    no delivery process has ever run on a data folder
├── RefusedTargetError              an address or a URL to which nothing is sent
└── SecretError                     a signing secret cannot be used
"""

from pathlib import Path

from giants.errors import FatalError, GiantsError, RetriableError


class DeliveryError(GiantsError):
    """An alert cannot be delivered, or not now."""


class AlertTooLargeError(DeliveryError):
    """An alert is larger than any that this program makes."""

    def __init__(self, alert_id: str, got_bytes: int, bytes_max: int) -> None:
        super().__init__(f"alert {alert_id} has {got_bytes:,} bytes, expected at most {bytes_max:,}")


class NoQueueError(DeliveryError):
    """There is no queue in a data folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"there is no queue of deliveries at {path}: `giants up` makes one; where `giants delivery` runs "
            "by itself, ask on its machine and with its GIANTS_DATA_DIR"
        )


class QueueFullError(DeliveryError, RetriableError):
    """Too many deliveries wait for their receivers."""

    def __init__(self, pending: int, pending_max: int) -> None:
        super().__init__(f"{pending:,} deliveries are waiting, expected at most {pending_max:,}")


class QueueVersionError(DeliveryError, FatalError):
    """The queue's file has a schema that this version does not know."""

    def __init__(self, path: Path, got: int, newest: int) -> None:
        super().__init__(
            f"{path}: got schema version {got}, expected at most {newest}; a newer program wrote it"
        )


class RefusedTargetError(DeliveryError):
    """Nothing is sent to this target, for the reason given."""


class SecretError(DeliveryError):
    """A signing secret is not what Standard Webhooks expects. The message never holds the secret."""


class UnresolvedHostError(DeliveryError, RetriableError):
    """The host of a webhook has no address just now."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host} cannot be resolved: {reason}")
