"""Signing in with an OpenID provider: authorization code with PKCE, state and nonce (by Authlib).

What a provider answers is from outside: whatever breaks at it, in Authlib, in the client that it takes or in
the reading of keys and tokens, lets nobody in and is logged.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import structlog
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response

from giants.errors import FatalError
from giants.settings import Settings, is_loopback
from giants.web.dashboard.signed_in import Person
from giants.web.dashboard.signin_settings import SignInSettings

BEGIN: Final = "/sign-in/oidc"
BACK: Final = "/sign-in/oidc/back"
# Between leaving for the provider and coming back.
ROUND_TRIP_SECONDS_MAX: Final = 600
ATTEMPT_COOKIE: Final = "giants_sign_in_attempt"
_NEXT: Final = "next"
_NAME_CHARACTERS_MAX: Final = 100
_GROUPS_MAX: Final = 1_000

_logger = structlog.get_logger(__name__)


class NoOidcError(FatalError):
    """A provider is set that cannot be used as the settings are."""


class RefusedSignInError(Exception):
    """The provider's answer lets nobody in; the message is for whoever tried."""


class Provider:
    """The provider of the settings, over one registered client."""

    def __init__(self, settings: Settings, wanted: SignInSettings) -> None:
        """Raises `NoOidcError` without the extra, or without a public address to come back to."""
        try:
            from authlib.integrations.starlette_client import OAuth  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise NoOidcError(
                "GIANTS_OIDC_ISSUER needs the extra `oidc`: pip install 'little-giants-stream[oidc]'"
            ) from error
        self._wanted: Final = wanted
        self._public_url: Final = settings.public_url.rstrip("/")
        if not self._public_url and not is_loopback(settings.api_host):
            raise NoOidcError(
                "GIANTS_OIDC_ISSUER needs GIANTS_PUBLIC_URL: where the provider leads people back to"
            )
        secret = wanted.oidc_client_secret
        self._client = OAuth().register(
            "giants",
            client_id=wanted.oidc_client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            server_metadata_url=f"{(wanted.oidc_issuer or '').rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
        )

    def middleware(self, secret: str, *, is_https: bool) -> Middleware:
        """Keeps state, nonce and verifier of an attempt in a signed cookie of its own."""
        return Middleware(
            SessionMiddleware,
            secret_key=sha256(f"attempt {secret}".encode()).hexdigest(),
            session_cookie=ATTEMPT_COOKIE,
            max_age=ROUND_TRIP_SECONDS_MAX,
            path=BEGIN,
            same_site="lax",
            https_only=is_https,
        )

    async def lead_there(self, request: Request, target: str) -> Response:
        """Send a browser to the provider, to come back for `target`. Raises `RefusedSignInError`."""
        request.session.clear()
        request.session[_NEXT] = target
        base = self._public_url or f"{request.url.scheme}://{request.url.netloc}"
        try:
            answer: Response = await self._client.authorize_redirect(request, f"{base}{BACK}")
        except Exception as error:
            _logger.warning("the OpenID provider cannot be used", reason=_reason(error))
            raise RefusedSignInError("The provider of your sign-in does not answer; try again.") from error
        return answer

    async def come_back(self, request: Request) -> tuple[Person, str]:
        """Who the provider says came back, and where they wanted to go. Raises `RefusedSignInError`."""
        target = str(request.session.get(_NEXT, "/"))
        try:
            token = await self._client.authorize_access_token(request)
        except Exception as error:
            _logger.warning("a sign-in was refused", reason=_reason(error))
            raise RefusedSignInError("The provider did not confirm this sign-in; begin again.") from error
        finally:
            request.session.clear()
        return person_of(token.get("userinfo") or {}, self._wanted), target


def person_of(claims: Mapping[str, Any], wanted: SignInSettings) -> Person:
    """Who is meant by the claims of a verified token. Raises `RefusedSignInError` where they do not say."""
    subject, owner = claims.get("sub"), claims.get(wanted.oidc_owner_claim)
    if not isinstance(subject, str) or not subject:
        raise RefusedSignInError("The provider does not say who you are.")
    if not isinstance(owner, str):
        claim = wanted.oidc_owner_claim
        raise RefusedSignInError(f"The provider does not say whose data you see (claim {claim}).")
    named = (claims.get(claim) for claim in ("preferred_username", "email", "name"))
    name = next((one for one in named if isinstance(one, str) and one), subject)
    listed = claims.get(wanted.oidc_groups_claim)
    groups = listed[:_GROUPS_MAX] if isinstance(listed, list) else [listed]
    known = {*wanted.oidc_groups, *wanted.oidc_admin_groups}
    return Person(
        subject,
        name[:_NAME_CHARACTERS_MAX],
        owner.strip(),
        tuple(sorted(known.intersection(map(str, groups)))),
    )


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
