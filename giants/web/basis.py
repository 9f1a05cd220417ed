"""What answers of screening are made from, and how runs of it are written down."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from giants.kafka import topics
from giants.matching import Candidate, Thresholds
from giants.screening.screener import Screened
from giants.web.answers_match import ALGORITHM
from giants.web.callers import Caller
from giants.web.context import Context
from giants.web.errors import NotReadyError
from schemas.portfolios import Basis, RunOrigin, ScreenedName, ScreeningRun

_RUN_BYTES: Final = 8


def basis_of(context: Context, screened: Screened, thresholds: Thresholds) -> Basis:
    """The state of the programme, versions and thresholds behind an answer."""
    try:
        taxonomy_version = context.taxonomy().version
    except NotReadyError:
        taxonomy_version = None
    return Basis(
        epoch=screened.epoch,
        newest_change_at=context.newest_change_at(),
        companies=screened.companies_known,
        algorithm=ALGORITHM,
        taxonomy=context.settings.taxonomy,
        taxonomy_version=taxonomy_version,
        methodology=context.settings.methodology,
        match_min=thresholds.match,
        review_min=thresholds.review,
    )


def default_thresholds(context: Context) -> Thresholds:
    """The thresholds of the settings."""
    settings = context.settings
    return Thresholds(settings.match_min, min(settings.review_min, settings.match_min))


def new_run_id() -> str:
    """An id for a run that has none."""
    return f"r-{secrets.token_hex(_RUN_BYTES)}"


def why(candidate: Candidate) -> str:
    """What keeps a score from being one, or what it rests on."""
    reasons = [one.detail for one in candidate.features if one.factor < 1] or [candidate.features[0].detail]
    return "; ".join(reasons)


def record_run(
    context: Context,
    caller: Caller,
    names: Iterable[ScreenedName],
    basis: Basis,
    *,
    run: tuple[str, int, RunOrigin, str | None],
) -> str | None:
    """Write a part of a run down; returns why it could not be."""
    run_id, part, origin, label = run
    record = ScreeningRun(
        run_id=run_id,
        part=part,
        origin=origin,
        label=label,
        owner=caller.own,
        by=caller.name,
        at=datetime.now(UTC),
        basis=basis,
        names=tuple(names),
    )
    try:
        context.facts.send(topics.SCREENINGS, run_id, record.model_dump_json().encode())
    except NotReadyError as error:
        return str(error)
    return None
