"""The manifest of a backup: its files with their checksums, and the versions behind them."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from giants.store.journal import Versions

# Format of the archive; a program reads its own and older ones.
FORMAT: Final = 2
MANIFEST: Final = "manifest.json"
MANIFEST_BYTES_MAX: Final = 1_000_000
MEMBERS_MAX: Final = 50

Count = Annotated[int, Field(ge=0)]


class Member(BaseModel):
    """One file: `rows` of a table, null for other files; size in bytes and SHA-256 of the file."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^(journal/[a-z_]{1,50}\.parquet|delivery\.sqlite|api-keys\.json)$")
    rows: Count | None = None
    bytes: Count
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """The contents of a backup."""

    model_config = ConfigDict(frozen=True)

    format: Count
    made_at: datetime
    versions: Versions
    members: tuple[Member, ...] = Field(max_length=MEMBERS_MAX)
