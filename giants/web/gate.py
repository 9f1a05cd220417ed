"""Who may ask what, and how often.

Where keys exist, every request needs one, or the cookie of somebody signed in. Without keys only this
machine is answered: refused are requests from elsewhere, requests of a proxy, and requests for another host
name, which a web page could make a browser send (DNS rebinding). It may read; to write as well is a setting,
since a proxy on this machine that says nothing of itself looks like this machine.
"""

import math
from typing import Final

from limits import RateLimitItemPerMinute
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from giants.keys import KeyFileError, KeyRing
from giants.keys import Scope as KeyScope
from giants.settings import Settings, is_loopback
from giants.web.callers import SCOPE_ENTRY, SIGNED_IN_ENTRY, Caller
from giants.web.errors import (
    ApiError,
    KeyNeededError,
    NotAllowedError,
    NotReadyError,
    TooLargeError,
    TooManyRequestsError,
)
from giants.web.problems import problem_response
from giants.web.shared_state import SharedState

# Probes come from machines without a key; their answers say nothing about companies.
OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
# The largest list of the contract is smaller.
BODY_BYTES_MAX: Final = 8_000_000
READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# What is too long for a URL is posted, and changes nothing: names to look up, tables to be made files of.
SCREENING_PATHS: Final = ("/api/v1/match", "/api/v1/reconcile")
SCREENING_PAGES: Final = frozenset({"/screen", "/screen/file"})
TABLE_PATHS: Final = "/tables/"
METRICS_PATH: Final = "/metrics"
# Paths for operators alone: raw facts, refused inputs and backups hold what belongs to anybody.
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
_PROXY_HEADERS: Final = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "client-ip"}
)
# X-Forwarded-For, -Host, -Proto, -Prefix and whatever else a proxy says of whom it asks for.
_PROXY_PREFIXES: Final = ("x-forwarded", "x-original-", "x-envoy-", "cf-", "fly-", "x-amzn-")
_OWN_SITES: Final = frozenset({"", "same-origin", "none"})


class Gate:
    """ASGI middleware in front of every route.

    `has_others` says that people sign in otherwise than with keys, so that nobody is let in without.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: KeyRing,
        shared: SharedState,
        settings: Settings,
        *,
        has_others: bool = False,
    ) -> None:
        self._app = app
        self._keys = keys
        self._local: Final = Caller.local(may_write=settings.api_without_keys == "write")
        self._has_others: Final = has_others
        self._limit = RateLimitItemPerMinute(settings.api_requests_per_minute)
        self._shared: Final = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer why it is refused."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            caller = self._admitted(request)
            await self._count(caller.id or _address(request))
            _check_allowed(caller, request)
            _check_size(request)
        except ApiError as error:
            response = problem_response(request, error.status, str(error), headers=error.headers)
            await response(scope, receive, send)
            return
        scope[SCOPE_ENTRY] = caller
        await self._app(scope, _bounded(receive), send)

    def _admitted(self, request: Request) -> Caller:
        """Who asks. Raises `ApiError` for somebody who is not known."""
        token = _token(request.headers)
        signed_in: Caller | None = request.scope.get(SIGNED_IN_ENTRY)
        if signed_in is not None and not token:
            return signed_in
        try:
            if self._keys.is_empty and not self._has_others:
                _check_local(request)
                return self._local
            key = self._keys.find(token)
        except KeyFileError as error:
            raise NotReadyError(str(error)) from error
        if key is None:
            raise KeyNeededError(_KEY_UNKNOWN if token else _KEY_MISSING)
        return Caller.of(key)

    async def _count(self, caller: str) -> None:
        seconds = await self._shared.seconds_to_wait(self._limit, caller)
        if seconds:
            raise TooManyRequestsError(self._limit.amount, math.ceil(seconds))


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


def _check_allowed(caller: Caller, request: Request) -> None:
    needed = needed_scopes(request.method, request.url.path)
    if not needed & caller.scopes:
        scopes = " or ".join(sorted(needed))
        if caller.id:
            raise NotAllowedError(
                f"this needs the scope {scopes}, and {caller.name!r} has {', '.join(sorted(caller.scopes))}"
            )
        raise NotAllowedError(
            "without keys this machine may only read: set GIANTS_API_WITHOUT_KEYS=write where nobody else "
            "reaches it (`giants up` does so itself), or make a key: `giants keys create NAME --scope write`"
        )
    # With keys it is the cookie that another site could have sent; the sign-in does not take it from there.
    if not caller.id and request.method not in READING_METHODS and not is_own(request.headers):
        raise NotAllowedError(
            "a page of another site sent this request: it is refused while the API has no keys"
        )


def needed_scopes(method: str, path: str) -> frozenset[KeyScope]:
    """The scopes of which a request needs one."""
    is_reading = method in READING_METHODS
    if path.startswith(OPERATOR_PATHS):
        return frozenset({KeyScope.OPERATE})
    if path == METRICS_PATH:
        return frozenset({KeyScope.READ, KeyScope.OPERATE})
    if path.startswith(SCREENING_PATHS) or (path in SCREENING_PAGES and not is_reading):
        return frozenset({KeyScope.SCREEN})
    if is_reading or path.startswith(TABLE_PATHS):
        return frozenset({KeyScope.READ})
    return frozenset({KeyScope.WRITE})


def is_own(headers: Headers) -> bool:
    """Whether this site made the request; an old browser that does not say keeps the cookie to itself."""
    return headers.get("sec-fetch-site", "") in _OWN_SITES


def _token(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _check_local(request: Request) -> None:
    client = _address(request)
    proxied = any(name in _PROXY_HEADERS or name.startswith(_PROXY_PREFIXES) for name in request.headers)
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
