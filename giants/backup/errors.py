"""Everything that can go wrong with a backup, as one tree.

BackupError
├── ArchiveError     the file is not a backup, or is damaged
├── NewerError       a newer program made the backup
├── MissingPartError a part that was asked for is not at hand
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


class MissingPartError(BackupError):
    """A part of the backup that was asked for is not at hand; nothing was written."""

    def __init__(self, what: str, path: Path) -> None:
        super().__init__(
            f"the {what} should be in {path}, and nothing is there: run the backup where it is, with that "
            "folder as GIANTS_DATA_DIR, or without --everything"
        )


class OccupiedError(BackupError):
    """The database or data folder to restore into is not empty; nothing was changed."""

    def __init__(self, found: Mapping[str, int]) -> None:
        listed = ", ".join(f"{what} ({count:,})" if count > 1 else what for what, count in found.items())
        super().__init__(
            f"it is not empty: {listed}; --replace deletes that, and everything computed from it"
        )
