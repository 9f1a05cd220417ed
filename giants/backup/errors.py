"""Everything that can go wrong with a backup, as one tree.

BackupError
├── ArchiveError     the file is not a backup, or is damaged
├── NewerError       a newer program made the backup
└── OccupiedError    the database or data folder to restore into is not empty
"""

from collections.abc import Mapping
from pathlib import Path

from giants.errors import GiantsError


class BackupError(GiantsError):
    """A backup cannot be made or restored."""


class ArchiveError(BackupError):
    """The file is not a backup, or is damaged; nothing was changed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")


class NewerError(BackupError):
    """A newer program made the backup; nothing was changed."""

    def __init__(self, what: str, got: int, known: int) -> None:
        super().__init__(
            f"the backup has {what} {got}, this program knows up to {known}: "
            "restore it with the program that made it, or a newer one"
        )


class OccupiedError(BackupError):
    """The database or data folder to restore into is not empty; nothing was changed."""

    def __init__(self, found: Mapping[str, int]) -> None:
        listed = ", ".join(f"{what} ({count:,})" if count > 1 else what for what, count in found.items())
        super().__init__(
            f"it is not empty: {listed}; --replace deletes that, and everything computed from it"
        )
