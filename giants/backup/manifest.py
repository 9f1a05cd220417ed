"""The manifest of a backup: what is in it, by which program, with the checksum of every file."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from giants.store.journal import Versions

# Of the archive; a program reads its own and older ones.
FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
MANIFEST_BYTES_MAX: Final = 1_000_000
MEMBERS_MAX: Final = 50

Count = Annotated[int, Field(ge=0)]


class Member(BaseModel):
    """One file: `rows` of a table, null of what is none; bytes and SHA-256 of the file as it is."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^(journal/[a-z_]{1,50}\.parquet|delivery\.sqlite|api-keys\.json)$")
    rows: Count | None = None
    bytes: Count
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What a backup holds."""

    model_config = ConfigDict(frozen=True)

    format: Count
    made_at: datetime
    versions: Versions
    members: tuple[Member, ...] = Field(max_length=MEMBERS_MAX)
