"""Signing in: a browser cannot send a key with every address, so it keeps a cookie that says who it is.

The cookie is for this site alone and no script reads it; it is signed, runs out, and holds no key. A request
that brings it is passed on as that of its caller, unless another site made it and it would change something.
"""

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from giants.keys import KeyFileError, KeyRing
from giants.settings import Settings
from giants.web.callers import SIGNED_IN_ENTRY
from giants.web.dashboard.errors import API_PATH
from giants.web.dashboard.files import SWAGGER_PACKAGE, Files
from giants.web.dashboard.headers import SafeHeaders
from giants.web.dashboard.oidc import BACK, BEGIN, Provider, RefusedSignInError
from giants.web.dashboard.rendering import COOKIE, render
from giants.web.dashboard.signed_in import SignedIn, caller_of_person, signing_secret
from giants.web.dashboard.signin_settings import SignInSettings
from giants.web.gate import is_own
from giants.web.shared_state import SharedState

SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
# Of versions before 0.4: the key itself.
KEY_COOKIE: Final = "giants_key"
STATIC_PATH: Final = "/static/"
SWAGGER_PATH: Final = "/static/swagger"
FORM_BYTES_MAX: Final = 4_000
ADDRESS_CHARACTERS_MAX: Final = 2_000
_READING: Final = frozenset({"GET", "HEAD"})


class SignIn:
    """ASGI middleware in front of what asks for keys; serves the sign-in page and what it needs itself."""

    def __init__(
        self, app: ASGIApp, keys: KeyRing, settings: Settings, wanted: SignInSettings, shared: SharedState
    ) -> None:
        self._app = app
        self._keys = keys
        secret = signing_secret(settings, wanted)
        self._signed_in: Final = SignedIn(keys, secret, wanted, shared)
        self._wanted: Final = wanted
        self._is_https: Final = settings.public_url.lower().startswith("https:")
        provider = Provider(settings, wanted) if wanted.oidc_issuer is not None else None
        routes: list[BaseRoute] = [
            Route(SIGN_IN, self._page, methods=["GET"]),
            Route(SIGN_IN, self._enter, methods=["POST"]),
            Route(SIGN_OUT, self._leave, methods=["POST"]),
            Mount(SWAGGER_PATH, StaticFiles(packages=[SWAGGER_PACKAGE])),
            Mount(STATIC_PATH, Files()),
        ]
        middleware = [Middleware(SafeHeaders)]
        if provider is not None:
            routes += self._routes_of(provider)
            middleware.append(provider.middleware(secret, is_https=self._is_https))
        self._paths: Final = frozenset({SIGN_IN, SIGN_OUT, BEGIN, BACK})
        self._open = Starlette(routes=routes, middleware=middleware)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on with the caller whom the cookie names."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] in self._paths or scope["path"].startswith(STATIC_PATH):
            await self._open(scope, receive, send)
        elif _is_page(scope):
            await self._app(await self._with_caller(scope), receive, _to_sign_in(scope, send))
        else:
            await self._app(await self._with_caller(scope), receive, send)

    async def _with_caller(self, scope: Scope) -> MutableMapping[str, Any]:
        headers = Headers(scope=scope)
        is_safe = scope["method"] in _READING or is_own(headers)
        if "authorization" in headers or not is_safe:
            return scope
        caller = await self._signed_in.caller(Request(scope).cookies.get(COOKIE, ""))
        return scope if caller is None else {**scope, SIGNED_IN_ENTRY: caller}

    async def _page(self, request: Request) -> Response:
        return self._form(request, _own_address(request.query_params.get("next", "/")))

    async def _enter(self, request: Request) -> Response:
        fields = await _fields(request) if is_own(request.headers) else None
        if fields is None:
            return self._form(request, "/", HTTPStatus.BAD_REQUEST, "This form cannot be understood.")
        target, token = _own_address(fields.get("next", "/")), fields.get("key", "").strip()
        try:
            known = self._keys.find(token)
        except KeyFileError:
            said = "Keys cannot be read for the moment; the operator's log says why."
            return self._form(request, target, HTTPStatus.SERVICE_UNAVAILABLE, said)
        if known is None:
            return self._form(request, target, HTTPStatus.FORBIDDEN, "This key is not known here.")
        return self._entered(request, target, self._signed_in.of_key(known))

    def _routes_of(self, provider: Provider) -> list[Route]:
        """What leads to the provider, and back from it."""

        async def begin(request: Request) -> Response:
            target = _own_address(request.query_params.get("next", "/"))
            try:
                return await provider.lead_there(request, target)
            except RefusedSignInError as error:
                return self._form(request, target, HTTPStatus.BAD_GATEWAY, str(error))

        async def back(request: Request) -> Response:
            try:
                person, target = await provider.come_back(request)
            except RefusedSignInError as error:
                return self._form(request, "/", HTTPStatus.FORBIDDEN, str(error))
            if caller_of_person(person, self._wanted) is None:
                said = "You are known, but may not sign in here: ask who runs this service."
                return self._form(request, "/", HTTPStatus.FORBIDDEN, said)
            return self._entered(request, _own_address(target), self._signed_in.of_person(person))

        return [Route(BEGIN, begin, methods=["GET"]), Route(BACK, back, methods=["GET"])]

    async def _leave(self, request: Request) -> Response:
        if not is_own(request.headers):
            return self._form(request, "/", HTTPStatus.FORBIDDEN, "Another site asked for this.")
        await self._signed_in.end(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
        _forget(answer)
        return answer

    def _entered(self, request: Request, target: str, value: str) -> Response:
        answer = RedirectResponse(target, HTTPStatus.SEE_OTHER)
        _forget(answer)
        answer.set_cookie(
            COOKIE,
            value,
            max_age=self._signed_in.seconds_max,
            httponly=True,
            samesite="lax",
            secure=self._is_https or request.url.scheme == "https",
            path="/",
        )
        return answer

    def _form(self, request: Request, target: str, status: int = HTTPStatus.OK, fault: str = "") -> Response:
        return render(
            request,
            "signin.html",
            status_code=status,
            headers={"Cache-Control": "no-store"},
            target=target,
            fault=fault,
            hours=self._wanted.sign_in_hours,
            provider=urlsplit(self._wanted.oidc_issuer or "").netloc,
            begin=f"{BEGIN}?next={quote(target, safe='/')}",
        )


def _forget(answer: Response) -> None:
    """Delete the cookies of this and of an earlier version, which held the key itself."""
    for name in (COOKIE, KEY_COOKIE):
        answer.delete_cookie(name, path="/", httponly=True, samesite="lax")


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
