"""What became of alerts: every delivery with its state, and another try for those that were given up."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query

from giants.delivery.batches import DeliveryItem
from giants.delivery.errors import DeliveryError
from giants.delivery.queue import DeliveryQueue, open_queue
from giants.store.queries.pages import decode_cursor, encode_cursor
from giants.web.answers_operations import DeliveryList
from giants.web.callers import InCaller
from giants.web.context import Context, InContext
from giants.web.errors import ConflictError, ElsewhereError, NotFoundError, NotReadyError
from giants.web.parameters import DeliveriesQuery, DeliveryId
from giants.web.problems import problems

_KIND: Final = "deliveries"

router = APIRouter(tags=["watchlists"])


@router.get("/deliveries", responses=problems(HTTPStatus.BAD_REQUEST))
def list_deliveries(
    context: InContext, caller: InCaller, query: Annotated[DeliveriesQuery, Query()]
) -> DeliveryList:
    """Deliveries of the caller's alerts to webhooks and mail addresses, newest first.

    Answered where the API has the data folder of the delivery process; elsewhere ask `giants deliveries list`
    on the machine of that process.
    """
    (before,) = decode_cursor(_KIND, query.cursor, (int,)) if query.cursor else (None,)
    with _queue(context) as queue:
        found = queue.list_deliveries(query.state, query.watchlist, before, query.limit + 1, caller.owner)
        counts = queue.counts(caller.owner)
    more = encode_cursor(_KIND, (found[query.limit - 1].delivery_id,)) if len(found) > query.limit else None
    return DeliveryList(items=tuple(found[: query.limit]), counts=counts, next=more)


@router.post(
    "/deliveries/{delivery_id}/resend", responses=problems(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
)
def resend_delivery(context: InContext, caller: InCaller, delivery_id: DeliveryId) -> DeliveryItem:
    """Send a failed delivery again with all its attempts; a disabled target is enabled again."""
    with _queue(context) as queue:
        if queue.delivery(delivery_id, caller.owner) is None:
            raise NotFoundError("delivery", str(delivery_id))
        resent = queue.resend(delivery_id, datetime.now(UTC))
        found = queue.delivery(delivery_id, caller.owner)
    if found is None:
        raise NotFoundError("delivery", str(delivery_id))
    if not resent:
        raise ConflictError(
            f"delivery {delivery_id} is {found.state}: only one that failed, and whose target is still on "
            "its watchlist, can be sent again"
        )
    return found


@contextmanager
def _queue(context: Context) -> Iterator[DeliveryQueue]:
    """The queue of the delivery process of this data folder, for one request."""
    try:
        with open_queue(context.settings.data_dir) as queue:
            yield queue
    except DeliveryError as error:
        raise ElsewhereError(str(error)) from error
    except sqlite3.OperationalError as error:
        raise NotReadyError(f"the queue of deliveries cannot be read now: {error}") from error
