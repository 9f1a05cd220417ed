"""HEAD and OPTIONS (RFC 9110 §9.3): routes name the other methods alone, and these are answered from them."""

from http import HTTPStatus
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Every address takes them where it takes GET.
_IMPLIED: Final = ("GET", "HEAD")


class HeadAsGet:
    """ASGI middleware: routes name GET alone, and this answers HEAD from them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask as GET; the answer ends with its headers, so that an event stream ends as well."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app({**scope, "method": "GET"}, receive, send_headers)


class OptionsAsAllow:
    """ASGI middleware: a refusal of OPTIONS names the methods that there are, which is the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; `Allow` of a refusal gets what is implied, and a refused OPTIONS becomes a success."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answered = False

        async def send_allowed(message: Message) -> None:
            nonlocal answered
            refused = message.get("status") == HTTPStatus.METHOD_NOT_ALLOWED
            if message["type"] == "http.response.start" and refused:
                headers = MutableHeaders(scope=message)
                headers["allow"] = allowed = _with_implied(headers.get("allow", "GET"))
                if scope["method"] == "OPTIONS":
                    answered = True
                    kept = [(b"allow", allowed.encode("ascii"))]
                    await send({"type": message["type"], "status": HTTPStatus.NO_CONTENT, "headers": kept})
                    await send({"type": "http.response.body", "body": b""})
                    return
            if not answered:
                await send(message)

        await self._app(scope, receive, send_allowed)


def _with_implied(allowed: str) -> str:
    methods = {method.strip() for method in allowed.split(",")}
    if "GET" in methods:
        methods.update(_IMPLIED)
    return ", ".join(sorted(methods | {"OPTIONS"}))
