"""Which broker the state of a data folder was made on: with another one it is made again from the journal.

A broker that is not the last one holds none of the logs, or those of an earlier time. The file is written
when everything is ready, so that a move that was broken off is begun again.
"""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from giants.embedded.topic_files import FOLDER

LAST_BROKER_FILE: Final = "broker.json"
EMBEDDED: Final = "embedded"
NO_BROKER: Final = ""


class LastBroker(BaseModel):
    """The id of a Kafka cluster with the prefix of topics, `EMBEDDED`, or `NO_BROKER` after a restore."""

    model_config = ConfigDict(frozen=True)

    cluster: str


def note_broker(data_dir: Path, cluster: str) -> None:
    """Note the broker on which all is ready; readers see the old file or the new one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    draft = data_dir / f"{LAST_BROKER_FILE}.draft"
    draft.write_text(LastBroker(cluster=cluster).model_dump_json() + "\n", encoding="utf-8")
    draft.replace(data_dir / LAST_BROKER_FILE)


def is_another_broker(data_dir: Path, cluster: str) -> bool:
    """Whether the state was made on another broker than this; not where nobody knows."""
    try:
        known = LastBroker.model_validate_json((data_dir / LAST_BROKER_FILE).read_bytes()).cluster
    except (FileNotFoundError, ValidationError):
        return cluster != EMBEDDED and (data_dir / FOLDER).exists()
    return known != cluster
