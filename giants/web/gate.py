"""Who may ask what, and how often.

Where keys exist, every request needs one. Without keys only this machine is answered: refused are requests
from elsewhere, requests of a proxy, and requests for another host name, which a web page could make a browser
send (DNS rebinding).
"""

import math
import time
from ipaddress import ip_address
from typing import Final

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from giants.keys import Key, KeyFileError, KeyRing
from giants.web.callers import SCOPE_ENTRY, Caller
from giants.web.errors import (
    ApiError,
    KeyNeededError,
    NotAllowedError,
    NotReadyError,
    TooLargeError,
    TooManyRequestsError,
)
from giants.web.problems import problem_response

# Probes come from machines without a key; their answers say nothing about companies.
OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
# The largest list of the contract is smaller.
BODY_BYTES_MAX: Final = 8_000_000
READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# What is too long for a URL is posted, and changes nothing: queries, and tables to be made files of.
QUERY_PATHS: Final = ("/api/v1/match", "/api/v1/reconcile", "/tables/")
QUERY_PAGES: Final = frozenset({"/screen", "/screen/file"})
# Paths for operators alone: raw facts contain the secrets of watchlists.
OPERATOR_PATHS: Final = (
    "/api/v1/export/facts",
    "/api/v1/export/dead_letters",
    "/api/v1/dead-letters",
    "/api/v1/backup",
)
_HOW_TO_SEND: Final = (
    "send one as `Authorization: Bearer KEY`, set GIANTS_API_KEY for commands, or sign in at /sign-in in a "
    "browser; `giants keys create NAME` on the machine of this API prints a new one"
)
_KEY_MISSING: Final = f"this API has keys and asks everybody for one, also its own machine: {_HOW_TO_SEND}"
_KEY_UNKNOWN: Final = f"this key is not known here, or was deleted: {_HOW_TO_SEND}"
_LOCAL_NAMES: Final = frozenset({"localhost"})
_PROXY_HEADERS: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Gate:
    """ASGI middleware in front of every route."""

    def __init__(self, app: ASGIApp, keys: KeyRing, requests_per_minute: int) -> None:
        self._app = app
        self._keys = keys
        self._limit = RateLimitItemPerMinute(requests_per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why it is refused."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            key = self._admit(request)
            self._count(key.id if key is not None else _address(request))
            _check_size(request)
        except ApiError as error:
            response = problem_response(request, error.status, str(error), headers=error.headers)
            await response(scope, receive, send)
            return
        scope[SCOPE_ENTRY] = Caller.of(key)
        await self._app(scope, _bounded(receive), send)

    def _admit(self, request: Request) -> Key | None:
        """The key of the caller, None where there are no keys. Raises `ApiError` where it may not."""
        try:
            if self._keys.is_empty:
                _check_local(request)
                return None
            key = self._keys.find(_token(request.headers))
        except KeyFileError as error:
            raise NotReadyError(str(error)) from error
        if key is None:
            raise KeyNeededError(_KEY_UNKNOWN if _token(request.headers) else _KEY_MISSING)
        if not _allows(key, request):
            raise NotAllowedError(f"key {key.id} allows to read only")
        return key

    def _count(self, caller: str) -> None:
        if self._limiter.hit(self._limit, caller):
            return
        resets_at = self._limiter.get_window_stats(self._limit, caller).reset_time
        seconds = max(math.ceil(resets_at - time.time()), 1)
        raise TooManyRequestsError(self._limit.amount, seconds)


def _check_size(request: Request) -> None:
    """Refuse a body that says it is too large."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > BODY_BYTES_MAX:
        raise TooLargeError(BODY_BYTES_MAX)


def _bounded(receive: Receive) -> Receive:
    """Cut off a body that turns out to be too large while it is read."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > BODY_BYTES_MAX:
            raise HTTPException(TooLargeError.status, str(TooLargeError(BODY_BYTES_MAX)))
        return message

    return counted


def _allows(key: Key, request: Request) -> bool:
    if key.can_write:
        return True
    path = request.url.path
    is_query = path.startswith(QUERY_PATHS) or path in QUERY_PAGES
    is_reading = request.method in READING_METHODS or is_query
    return is_reading and not path.startswith(OPERATOR_PATHS)


def _token(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _check_local(request: Request) -> None:
    client = _address(request)
    proxied = any(header in request.headers for header in _PROXY_HEADERS)
    if proxied or not is_loopback(client) or not is_loopback(_host_name(request.headers)):
        raise NotAllowedError(
            "this API has no keys, so it answers requests from its own machine only, at a loopback address: "
            "`giants keys create NAME` on that machine makes a key for others"
        )


def _host_name(headers: Headers) -> str:
    host = headers.get("host", "")
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine."""
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
