"""A migration that older programs cannot go on beside waits until their stores have ended."""

from collections.abc import Sequence

from giants.kafka.admin import admin_client
from giants.kafka.embedded_quirks import has_quirks
from giants.kafka.errors import KafkaFailure, UnreachableBrokerError
from giants.kafka.lag import STORE
from giants.settings import Settings
from giants.store.errors import OlderStoresError
from giants.store.migrations import Migration


def require_no_stores(settings: Settings, missing: Sequence[Migration]) -> None:
    """Raise `OlderStoresError` while the group of the stores has members and a migration is not rolling.

    Whoever is a member before the migrations are applied runs a program that does not know them. The embedded
    broker tells of no members, and needs none: its database is open in one process. Stores of another topic
    prefix are not seen.
    """
    alone = [migration.name for migration in missing if not migration.rolling]
    if not alone or has_quirks(settings):
        return
    members = _members(settings, settings.topic_prefix + STORE.group)
    if members:
        raise OlderStoresError(alone[0], members)


def _members(settings: Settings, group: str) -> int:
    try:
        with admin_client(settings) as admin:
            return len(admin.describe_groups([group])[group]["members"])
    except KafkaFailure as error:
        raise UnreachableBrokerError(settings.broker, error) from error
