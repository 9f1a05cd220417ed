"""Failures that a command expects, and what to tell the person about each."""

import sqlite3

import httpx
from kafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError

from giants.backup.errors import BackupError
from giants.delivery.errors import DeliveryError
from giants.demo.seed import SeedExistsError
from giants.demo.stack import DemoError
from giants.embedded.errors import EmbeddedError
from giants.kafka.admin import WrongPartitionsError
from giants.kafka.lag import NotCaughtUpError
from giants.kafka.publisher import PublishError, UnreachableBrokerError
from giants.kafka.rebuild import WorkersRunningError
from giants.kafka.tracing import TracingMissingError
from giants.keys import KeyFileError, UnknownKeyError
from giants.settings import MissingBrokerError
from giants.sources.errors import SourceError
from giants.store.errors import StoreError
from giants.terminal.output import CommandError
from streams.rocksdb_backend import ExtraMissingError, FolderTakenError

EXPECTED = (
    CommandError,
    DemoError,
    SeedExistsError,
    BackupError,
    EmbeddedError,
    MissingBrokerError,
    ExtraMissingError,
    FolderTakenError,
    TracingMissingError,
    WrongPartitionsError,
    WorkersRunningError,
    NotCaughtUpError,
    PublishError,
    UnreachableBrokerError,
    KeyFileError,
    UnknownKeyError,
    DeliveryError,
    sqlite3.OperationalError,
    SourceError,
    StoreError,
    KafkaError,
    httpx.HTTPError,
    OSError,
)


def explain(error: Exception) -> str:
    """One line about a failure, with what to do where that is known."""
    if isinstance(error, KafkaConnectionError | KafkaTimeoutError):
        return f"the broker does not answer: {error}; check GIANTS_BROKER with `giants doctor`"
    if isinstance(error, KafkaError):
        return f"the broker refused: {error}; check GIANTS_BROKER with `giants doctor`"
    if isinstance(error, httpx.HTTPError):
        return f"the API: {error or type(error).__name__}; check GIANTS_API_URL with `giants doctor`"
    if isinstance(error, sqlite3.OperationalError):
        return f"the queue of deliveries: {error}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
