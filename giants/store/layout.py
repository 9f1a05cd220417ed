"""How the tables of a database lie: on one server, on the replicas of a cluster, or in ClickHouse Cloud.

Migrations are written for one server; `Layout.statement` makes of each what the layout needs. The address of
ClickHouse says which layout it is: `…/giants?engine=replicated&cluster=main`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# Of how long ago an insert is known by its token; a store that was away for longer looks the feed up.
REMEMBERED_SECONDS: Final = 7 * 86_400
# Shorter than an answer is waited for: the server says which hosts did not answer.
DDL_SECONDS_MAX: Final = 50
CLUSTER_NAME: Final = re.compile(r"[A-Za-z0-9_.{}-]{1,100}")
_CREATE: Final = re.compile(r"^(CREATE (?:OR REPLACE )?(?:TABLE|VIEW)(?: IF NOT EXISTS)? \w+)")
_ENGINE: Final = re.compile(r"\bENGINE = (\w*MergeTree)\b")
_WINDOW: Final = re.compile(r"\bnon_replicated_deduplication_window = (\d+)")


class Engine(StrEnum):
    """What makes copies of the rows."""

    PLAIN = "plain"  # nothing: one server
    REPLICATED = "replicated"  # the tables: Replicated…MergeTree and ClickHouse Keeper
    CLOUD = "cloud"  # the service: of …MergeTree it makes Shared…MergeTree by itself


@dataclass(frozen=True, slots=True)
class Layout:
    """Engine, and the cluster on whose servers tables and views are made; "" where there is none to name.

    All servers of a cluster are replicas of one shard: views join and look rows up in other tables, which
    holds only where each server has all rows.
    """

    engine: Engine = Engine.PLAIN
    cluster: str = ""

    def statement(self, written: str) -> str:
        """A statement of a migration as this layout needs it.

        Only what makes a table or a view names the cluster: changes of replicated tables and rows that are
        inserted reach the other replicas by themselves.
        """
        made = written
        if self.engine is Engine.REPLICATED:
            made = _ENGINE.sub(r"ENGINE = Replicated\1", made)
        if self.engine is not Engine.PLAIN:
            made = _WINDOW.sub(
                r"replicated_deduplication_window = \1, "
                f"replicated_deduplication_window_seconds = {REMEMBERED_SECONDS}",
                made,
            )
        if self.cluster:
            made = _CREATE.sub(rf"\1 ON CLUSTER '{self.cluster}'", made)
        return made

    @property
    def settings(self) -> Mapping[str, int]:
        """Settings of every statement that follow from the layout."""
        if self.engine is Engine.CLOUD:
            # Each statement may be run by another server, which has to have seen what the one before wrote.
            return {"select_sequential_consistency": 1}
        return {"distributed_ddl_task_timeout": DDL_SECONDS_MAX} if self.cluster else {}

    def catch_up(self, table: str) -> str | None:
        """The statement after which this server shows all rows of a table that any replica took."""
        return f"SYSTEM SYNC REPLICA {table} LIGHTWEIGHT" if self.engine is Engine.REPLICATED else None
