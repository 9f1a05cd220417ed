"""Failures of tasks and their state.

GiantsError
└── StateError                   the state of a worker cannot be used
    ├── StateLostError           (FatalError)      a changelog lacks an entry that was written to it
    ├── StateFormatError         (FatalError)      state of another release or methodology
    ├── RocksDbMissingError      (FatalError)      the library of the local store is not installed
    ├── LocalStoreTakenError     (FatalError)      another process has the folder of the local store
    └── LocalStoreDamagedError   (RetriableError)  the next start makes the local store anew

`IllegalTransitionError` is a fault of the program: a task was to enter a state that cannot follow its own.

Failures of the broker are in `giants.kafka`.
"""

from collections.abc import Iterable
from pathlib import Path

from giants.errors import FatalError, GiantsError, RetriableError


class StateError(GiantsError):
    """The state of a worker cannot be used."""


class StateLostError(StateError, FatalError):
    """A changelog lacks an entry that was written to it: compaction came before the owner's check."""

    def __init__(self, topic: str, partition: int, key: KeyError) -> None:
        super().__init__(
            f"{topic}/{partition} has a stale record of {key} but none that counts: it was compacted before "
            "its owner could check it; rebuild the state from the journal"
        )


class StateFormatError(StateError, FatalError):
    """The state was written by another release or methodology, and cannot be continued."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(
            f"the state of the exposures is of {got}, expected {expected}: "
            "build it anew with `giants rebuild`, or start with the settings and the release that wrote it"
        )


class RocksDbMissingError(StateError, FatalError):
    """The library of the local store is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "GIANTS_STATE_STORE=rocksdb needs RocksDB: install the extra `rocksdb`, or leave state in memory "
            "(GIANTS_STATE_STORE=memory)"
        )


class LocalStoreTakenError(StateError, FatalError):
    """Another process has the folder of the local store."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is in use by another worker: give each on this disk a GIANTS_WORKER_ID of its own"
        )


class LocalStoreDamagedError(StateError, RetriableError):
    """The database cannot be read or written any more; its folder is deleted at the next start."""

    def __init__(self, folder: Path, error: Exception) -> None:
        super().__init__(
            f"the local stores in {folder} cannot be used and are made anew at the next start: {error}"
        )


class IllegalTransitionError(Exception):
    """A task was to enter a state that cannot follow its own: an error of the program."""

    def __init__(self, task: str, state: str, target: str, legal: Iterable[str]) -> None:
        following = ", ".join(sorted(legal)) or "nothing"
        super().__init__(f"{task}: {target} cannot follow {state}, only {following}")
