"""Bulk export: whole tables as files."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from giants.store.export import EXPORTABLE, MEDIA_TYPES, ExportFormat, export_table
from giants.web.callers import InCaller
from giants.web.context import InContext
from giants.web.problems import problems

router = APIRouter(tags=["export"])

TableName = Annotated[
    str, Path(max_length=100, description=f"One of {', '.join(EXPORTABLE)}", examples=["companies"])
]
Format = Annotated[ExportFormat, Query(alias="format", description="Format of the file")]
_FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file, streamed",
        "content": {
            media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for media_type in MEDIA_TYPES.values()
        },
    }
}


@router.get(
    "/export/{table}",
    response_class=StreamingResponse,
    responses=_FILES | problems(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
)
def export(
    context: InContext, caller: InCaller, table: TableName, export_format: Format = ExportFormat.JSONL
) -> StreamingResponse:
    """A whole table, of alerts the caller's. CSV cells that a spreadsheet program would run are quoted."""
    pieces = export_table(context.database, table, export_format, caller.owner)
    return StreamingResponse(
        pieces,
        media_type=MEDIA_TYPES[export_format],
        headers={"Content-Disposition": f'attachment; filename="{table}.{export_format}"'},
    )
