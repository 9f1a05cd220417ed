"""What is wrong with the data: findings, and inputs that were refused."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from giants.store.private import shown_raw
from giants.store.queries.findings import finding_counts, findings
from giants.store.queries.watchlists import dead_letters
from giants.web.answers import DeadLetterItem, DeadLetterList
from giants.web.answers_operations import FindingList
from giants.web.context import InContext
from giants.web.parameters import FindingsQuery, PageQuery
from giants.web.problems import problems

router = APIRouter(tags=["quality"])


@router.get("/findings", responses=problems(HTTPStatus.BAD_REQUEST))
def list_findings(context: InContext, query: Annotated[FindingsQuery, Query()]) -> FindingList:
    """Inconsistencies in the facts, newest first: findings are reported and block nothing (D-05)."""
    page = findings(context.database, tuple(query.code), query.cursor, query.limit)
    return FindingList(
        items=page.items,
        counts=finding_counts(context.database),
        next=page.next_cursor,
    )


@router.get("/dead-letters", responses=problems(HTTPStatus.BAD_REQUEST))
def list_dead_letters(context: InContext, query: Annotated[PageQuery, Query()]) -> DeadLetterList:
    """Refused inputs with their position and the reason, newest first."""
    page = dead_letters(context.database, query.cursor, query.limit)
    return DeadLetterList(
        items=tuple(
            DeadLetterItem(
                **(
                    asdict(row)
                    | {"value": shown_raw(row.topic, row.value.decode(errors="replace"))}
                    | {"reason": shown_raw(row.topic, row.reason)}
                )
            )
            for row in page.items
        ),
        next=page.next_cursor,
    )
