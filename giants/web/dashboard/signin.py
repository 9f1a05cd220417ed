"""Signing in: a browser cannot send a key with every address, so it keeps the key in a cookie.

The cookie is for this site alone and no script reads it. A request that brings it is passed on as if it had
brought the key itself, unless another site made it and it would change something.
"""

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from giants.keys import TOKEN_CHARACTERS_MAX, KeyFileError, KeyRing
from giants.web.dashboard.errors import API_PATH
from giants.web.dashboard.files import SWAGGER_PACKAGE, Files
from giants.web.dashboard.headers import SafeHeaders
from giants.web.dashboard.rendering import COOKIE, render
from giants.web.gate import is_own

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
STATIC_PATH: Final = "/static/"
SWAGGER_PATH: Final = "/static/swagger"
FORM_BYTES_MAX: Final = 4_000
ADDRESS_CHARACTERS_MAX: Final = 2_000
_READING: Final = frozenset({"GET", "HEAD"})


class SignIn:
    """ASGI middleware in front of what asks for keys; serves the sign-in page and what it needs itself."""

    def __init__(self, app: ASGIApp, keys: KeyRing) -> None:
        self._app = app
        self._keys = keys
        self._open = Starlette(
            routes=[
                Route(SIGN_IN, self._page, methods=["GET"]),
                Route(SIGN_IN, self._enter, methods=["POST"]),
                Route(SIGN_OUT, self._leave, methods=["POST"]),
                Mount(SWAGGER_PATH, StaticFiles(packages=[SWAGGER_PACKAGE])),
                Mount(STATIC_PATH, Files()),
            ],
            middleware=[Middleware(SafeHeaders)],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on with the key that the cookie holds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] in {SIGN_IN, SIGN_OUT} or scope["path"].startswith(STATIC_PATH):
            await self._open(scope, receive, send)
        elif _is_page(scope):
            await self._app(_with_key(scope), receive, _to_sign_in(scope, send))
        else:
            await self._app(_with_key(scope), receive, send)

    async def _page(self, request: Request) -> Response:
        return _form(request, _own_address(request.query_params.get("next", "/")))

    async def _enter(self, request: Request) -> Response:
        fields = await _fields(request) if is_own(request.headers) else None
        if fields is None:
            return _form(request, "/", HTTPStatus.BAD_REQUEST, "This form cannot be understood.")
        target, token = _own_address(fields.get("next", "/")), fields.get("key", "").strip()
        try:
            known = self._keys.find(token)
        except KeyFileError:
            said = "Keys cannot be read for the moment; the operator's log says why."
            return _form(request, target, HTTPStatus.SERVICE_UNAVAILABLE, said)
        if known is None:
            return _form(request, target, HTTPStatus.FORBIDDEN, "This key is not known here.")
        answer = RedirectResponse(target, HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
        )
        return answer

    async def _leave(self, request: Request) -> Response:
        if not is_own(request.headers):
            return _form(request, "/", HTTPStatus.FORBIDDEN, "Another site asked for this.")
        answer = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
        return answer


def _form(request: Request, target: str, status: int = HTTPStatus.OK, fault: str = "") -> Response:
    headers = {"Cache-Control": "no-store"}
    return render(request, "signin.html", status_code=status, headers=headers, target=target, fault=fault)


async def _fields(request: Request) -> dict[str, str] | None:
    """The fields of the form; None for a body that is none."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_BYTES_MAX:
            return None
    try:
        return {name: values[0] for name, values in parse_qs(body.decode(), max_num_fields=10).items()}
    except ValueError:
        return None


def _own_address(address: str) -> str:
    """Where to go on: an address of this site alone, whatever a link to the sign-in page says."""
    is_own = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if is_own and address.isprintable() and len(address) <= ADDRESS_CHARACTERS_MAX else "/"


def _is_page(scope: Scope) -> bool:
    accepted = Headers(scope=scope).get("accept", "")
    return scope["method"] in _READING and "text/html" in accepted and not scope["path"].startswith(API_PATH)


def _with_key(scope: Scope) -> MutableMapping[str, Any]:
    headers = Headers(scope=scope)
    token = Request(scope).cookies.get(COOKIE, "")
    is_safe = scope["method"] in _READING or is_own(headers)
    if not token or len(token) > TOKEN_CHARACTERS_MAX or "authorization" in headers or not is_safe:
        return scope
    return {**scope, "headers": [*scope["headers"], (b"authorization", f"Bearer {token}".encode("latin-1"))]}


def _to_sign_in(scope: Scope, send: Send) -> Send:
    """Answer with the sign-in page where a key is missing."""
    redirected = False

    async def sent(message: Message) -> None:
        nonlocal redirected
        if message["type"] == "http.response.start" and message["status"] == HTTPStatus.UNAUTHORIZED:
            redirected = True
            query = scope["query_string"].decode("latin-1")
            address = scope["path"] + (f"?{query}" if query else "")
            location = f"{SIGN_IN}?next={quote(address, safe='/')}"
            headers = [(b"location", location.encode("latin-1")), (b"content-length", b"0")]
            await send(
                {"type": "http.response.start", "status": HTTPStatus.SEE_OTHER.value, "headers": headers}
            )
            await send({"type": "http.response.body", "body": b""})
        elif not redirected:
            await send(message)

    return sent
