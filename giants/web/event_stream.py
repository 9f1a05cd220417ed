"""Server-sent events as this API answers them."""

from collections.abc import AsyncIterator
from typing import Final

import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

PING_SECONDS: Final = 15
# A client that takes nothing for so long is gone: it comes back with its last id, and misses nothing.
SEND_SECONDS_MAX: Final = 30

_logger = structlog.get_logger(__name__)


class EventStream(EventSourceResponse):
    """A stream of events that is kept alive by pings, and closed where the client takes nothing."""

    def __init__(self, events: AsyncIterator[ServerSentEvent], status_code: int = 200) -> None:
        super().__init__(
            events,
            status_code,
            ping=PING_SECONDS,
            send_timeout=SEND_SECONDS_MAX,
            headers={"Cache-Control": "no-store"},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until either side ends it."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            _logger.info("an event stream is closed: its client takes nothing", path=scope.get("path"))
