"""The epoch file: how the process that has ClickHouse open tells the supervisor which epoch the workers fill.

Where the topics of the embedded broker were restored (giants.embedded.topic_files) the epoch goes on. Else a
new one begins: the journal is published, then the workers start, and when they and the store have caught up
the epoch is complete. The supervisor removes the file when it starts a broker; a process that dies in between
finds it and goes on with the same epoch.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

EPOCH_FILE = "epoch.json"


class EpochFile(BaseModel):
    """An epoch, how far it is, and how many facts of the journal are published again for it.

    `id` tells the epoch from one of the same number in another database. An epoch is refused where the topics
    were restored from files that belong to another one.
    """

    model_config = ConfigDict(frozen=True)

    epoch: int
    state: Literal["filling", "published", "complete", "refused"]
    facts: int
    id: str = ""


def write_epoch_file(data_dir: Path, epoch_file: EpochFile) -> None:
    """Tell how far the epoch is; readers see the old file or the new one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    draft = data_dir / f"{EPOCH_FILE}.draft"
    draft.write_text(epoch_file.model_dump_json() + "\n", encoding="utf-8")
    draft.replace(data_dir / EPOCH_FILE)


def read_epoch_file(data_dir: Path) -> EpochFile | None:
    """How far the epoch is; None where none was begun since the broker started."""
    try:
        return EpochFile.model_validate_json((data_dir / EPOCH_FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def forget_epoch(data_dir: Path) -> None:
    """Let the next process begin a new epoch."""
    (data_dir / EPOCH_FILE).unlink(missing_ok=True)
