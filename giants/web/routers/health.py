"""Whether the process lives, whether it serves, and its metrics."""

from datetime import datetime
from typing import Any, Final, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel, ConfigDict

from giants.store.epochs import unfinished_epochs
from giants.store.errors import StoreError
from giants.store.migrations import schema_is_current
from giants.store.queries.feed import newest_change_at
from giants.web.context import Context, InContext
from giants.web.problems import open_problems, problems
from giants.web.shared_state import SHARED_STATE


class Alive(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


class Check(BaseModel):
    """One thing that serving needs, or does with less where it is not `required`."""

    model_config = ConfigDict(frozen=True)

    name: str
    ok: bool
    detail: str
    required: bool = True


class Readiness(BaseModel):
    """Whether requests are answered and records stored; `behind` counts records that wait to be stored."""

    model_config = ConfigDict(frozen=True)

    ready: bool
    checks: tuple[Check, ...]
    behind: int | None
    newest_record_at: datetime | None
    newest_change_at: datetime | None


router = APIRouter(tags=["health"])
_NOT_READY: Final[dict[int | str, dict[str, Any]]] = {
    503: {"model": Readiness, "description": "Not ready; `checks` says why"}
}
_METRICS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Prometheus text format",
        "content": {CONTENT_TYPE_LATEST.partition(";")[0]: {"schema": {"type": "string"}}},
    }
}


@router.get("/healthz", responses=open_problems())
def healthz() -> Alive:
    """Whether the process lives."""
    return Alive()


@router.get("/readyz", responses=_NOT_READY | open_problems())
def readyz(context: InContext, response: Response) -> Readiness:
    """Whether ClickHouse answers, its schema is current, and the store (where it runs here) stores."""
    state = readiness(context)
    response.status_code = 200 if state.ready else 503
    return state


def readiness(context: Context) -> Readiness:
    """What `/readyz` answers, for the page that shows it."""
    checks = []
    newest_change: datetime | None = None
    try:
        current = schema_is_current(context.database)
        checks.append(Check(name="clickhouse", ok=True, detail=f"answers at {context.database.where}"))
        detail = "current" if current else "migrations are missing: the store applies them when it starts"
        checks.append(Check(name="schema", ok=current, detail=detail))
        newest_change = newest_change_at(context.database) if current else None
        for epoch in unfinished_epochs(context.database) if current else ():
            detail = f"epoch {epoch['epoch']} is being built since {epoch['started_at']:%Y-%m-%d %H:%M} UTC; "
            checks.append(Check(name="epoch", ok=True, detail=f"{detail}readers see the one before"))
    except StoreError as error:
        checks.append(Check(name="clickhouse", ok=False, detail=str(error)))
    state = context.writer_state()
    if state is not None:
        waits = state.waiting_for or ("it has no partitions yet" if not state.partitions else "stores")
        checks.append(Check(name="store", ok=state.ready, detail=waits))
    if context.hub.waits_for is not None:
        detail = "the broker is away: event streams give changes once they are stored"
        checks.append(Check(name="stream", ok=False, detail=detail, required=False))
    if context.shared.waits_for is not None:
        detail = f"{SHARED_STATE} is away: requests are counted, and sign-outs known, by each process alone"
        checks.append(Check(name="shared", ok=False, detail=detail, required=False))
    replayed = context.facts_replayed()
    if replayed:
        detail = f"{replayed:,} facts are being replayed; answers are those of the epoch before"
        checks.append(Check(name="journal", ok=True, detail=detail))
    ready = all(check.ok for check in checks if check.required)
    return Readiness(
        ready=ready,
        checks=tuple(checks),
        behind=state.behind if state else None,
        newest_record_at=state.newest_record_at if state else None,
        newest_change_at=newest_change,
    )


@router.get("/metrics", response_class=Response, responses=_METRICS | problems())
def metrics(request: Request) -> Response:
    """Metrics for Prometheus."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(request.app.state.metrics.registry), media_type=content_type)
