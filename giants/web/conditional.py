"""ETags: an answer that the caller already has is not sent again (RFC 9110 §13)."""

from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A larger answer is streamed without a tag.
ANSWER_BYTES_MAX: Final = 4_000_000
_TAGGED_TYPE: Final = "application/json"


class ConditionalGet:
    """ASGI middleware: adds an ETag to JSON answers of GET, and answers 304 where the caller has that tag."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Buffer the answer until its tag is computed."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Tagger(Headers(scope=scope).get("if-none-match", ""), send))


class _Tagger:
    """Replaces `send` during one request."""

    def __init__(self, wanted: str, send: Send) -> None:
        self._wanted = wanted
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if _is_tagged(message):
                self._start = message
            else:
                await self._send(message)
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body", False) and len(self._body) <= ANSWER_BYTES_MAX:
                return
            await self._release(self._start, more_body=message.get("more_body", False))
        else:
            await self._send(message)

    async def _release(self, start: Message, *, more_body: bool) -> None:
        self._start = None
        body = bytes(self._body)
        if not more_body:
            tag = f'"{sha256(body).hexdigest()[:32]}"'
            headers = MutableHeaders(raw=start["headers"])
            headers["ETag"] = tag
            headers["Cache-Control"] = "private, no-cache"
            if _names(self._wanted, tag):
                for name in ("content-length", "content-type"):
                    del headers[name]
                start["status"], body = 304, b""
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": more_body})


def _is_tagged(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and headers.get("content-type", "").startswith(_TAGGED_TYPE)


def _names(wanted: str, tag: str) -> bool:
    """Whether an If-None-Match header names a tag; weak comparison."""
    candidates = {candidate.strip().removeprefix("W/") for candidate in wanted.split(",")}
    return tag in candidates or "*" in candidates
