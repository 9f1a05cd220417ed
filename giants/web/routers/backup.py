"""What a backup needs of the process that has the embedded database open; `giants backup` asks for it."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from giants.store.export import MEDIA_TYPES, ExportFormat
from giants.store.journal import TABLES, DatabaseJournal, Versions
from giants.web.context import InContext
from giants.web.problems import problems

router = APIRouter(tags=["export"])

BackupTable = StrEnum("BackupTable", {name.upper(): name for name in TABLES})  # type: ignore[misc]  # names follow
_MEDIA_TYPE: Final = MEDIA_TYPES[ExportFormat.PARQUET]
_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file, streamed",
        "content": {_MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


class BackupContents(BaseModel):
    """What a backup of now would hold: versions, and each table with its number of rows."""

    model_config = ConfigDict(frozen=True)

    versions: Versions
    rows: dict[str, int]


@router.get("/backup", responses=problems())
def backup(context: InContext) -> BackupContents:
    """What a backup of now would hold. Needs the scope `operate`, since its tables hold secrets of all."""
    journal = DatabaseJournal(context.database)
    return BackupContents(versions=journal.versions(), rows=journal.rows())


@router.get(
    "/backup/{table}",
    response_class=StreamingResponse,
    responses=_FILES | problems(HTTPStatus.UNPROCESSABLE_ENTITY),
)
def backup_table(
    context: InContext, table: Annotated[BackupTable, Path(description="One of the tables of a backup")]
) -> StreamingResponse:
    """A table of a backup as Parquet, with every column. Needs the scope `operate`."""
    pieces = DatabaseJournal(context.database).table(table.value)
    return StreamingResponse(pieces, media_type=_MEDIA_TYPE)
