"""Who is signed in: cookies that name a key or a person, are signed, and run out.

A cookie holds neither key nor password. It names the key, so that deleting the key ends what was signed in
with it; a person of an OpenID provider is held against the settings with every request.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import structlog
from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import TypeAdapter, ValidationError

from giants.keys import EVERYBODY, Key, KeyFileError, KeyRing, Scope, all_scopes
from giants.settings import Settings
from giants.web.callers import Caller
from giants.web.dashboard.signin_settings import ANYBODY, SignInSettings
from giants.web.shared_state import SharedState
from schemas.base import Id

SECRET_FILE: Final = "sign-in-secret"  # noqa: S105
TOKEN_CHARACTERS_MAX: Final = 3_500
_SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_SALT: Final = "giants signed in"
_OWNER: Final[TypeAdapter[str]] = TypeAdapter(Id)

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a provider knows: its claims, of the groups those that the settings name."""

    subject: str
    name: str
    owner: str
    groups: tuple[str, ...] = ()


class SignedIn:
    """Makes and reads the cookies' values."""

    def __init__(self, keys: KeyRing, secret: str, settings: SignInSettings, shared: SharedState) -> None:
        self._keys: Final = keys
        self._settings: Final = settings
        self.seconds_max: Final = settings.sign_in_seconds
        self._serializer = URLSafeTimedSerializer(secret, salt=_SALT, signer_kwargs={"digest_method": sha256})
        self._shared: Final = shared  # knows who signed out before the cookie ran out

    def of_key(self, key: Key) -> str:
        """The value for somebody who brought a key."""
        return self._signed({"key": key.id})

    def of_person(self, person: Person) -> str:
        """The value for somebody whom the provider knows."""
        of_them = {"sub": person.subject, "name": person.name, "owner": person.owner}
        return self._signed(of_them | {"groups": person.groups})

    async def caller(self, value: str) -> Caller | None:
        """Who has a value; None for one that is forged, has run out, was ended, or whose key is gone."""
        content = self._content(value)
        if content is None or await self._shared.has_ended(str(content.get("nonce"))):
            return None
        if "key" in content:
            try:
                key = self._keys.of_id(str(content["key"]))
            except KeyFileError:
                return None
            return None if key is None else Caller.of(key)
        person = Person(content["sub"], content["name"], content["owner"], tuple(content["groups"]))
        return caller_of_person(person, self._settings)

    async def end(self, value: str) -> None:
        """Let a value not be taken any more."""
        content = self._content(value)
        if content is not None:
            await self._shared.end(str(content.get("nonce")))

    def _signed(self, content: Mapping[str, Any]) -> str:
        value: str = self._serializer.dumps({**content, "nonce": secrets.token_urlsafe(_NONCE_BYTES)})
        return value

    def _content(self, value: str) -> dict[str, Any] | None:
        if not value or len(value) > TOKEN_CHARACTERS_MAX:
            return None
        try:
            content = self._serializer.loads(value, max_age=self.seconds_max)
        except BadSignature:
            return None
        return content if isinstance(content, dict) else None


def caller_of_person(person: Person, settings: SignInSettings) -> Caller | None:
    """What somebody may do by the settings of now; None for one who may not sign in, or owns nothing."""
    groups = set(person.groups)
    is_admin = not groups.isdisjoint(settings.oidc_admin_groups)
    is_allowed = (
        is_admin
        or not {ANYBODY, person.subject}.isdisjoint(settings.oidc_subjects)
        or not groups.isdisjoint(settings.oidc_groups)
    )
    if settings.oidc_issuer is None or not is_allowed or not is_owner(person.owner):
        return None
    name = sha256(f"{settings.oidc_issuer} {person.subject}".encode()).hexdigest()[:16]
    scopes = all_scopes((Scope.ADMIN,) if is_admin else settings.oidc_scopes)
    sees_all = Scope.ADMIN in scopes
    return Caller(person.name, "" if sees_all else person.owner, scopes, f"oidc-{name}")


def is_owner(name: object) -> bool:
    """Whether a claim can be the owner of data: never one that stands for all."""
    try:
        return _OWNER.validate_python(name, strict=True) not in {"", EVERYBODY}
    except ValidationError:
        return False


def signing_secret(settings: Settings, wanted: SignInSettings) -> str:
    """What cookies are signed with: that of the settings, or one that is kept in the data folder."""
    if wanted.sign_in_secret is not None:
        return wanted.sign_in_secret.get_secret_value()
    path = settings.data_dir / SECRET_FILE
    drawn = secrets.token_urlsafe(_SECRET_BYTES)
    try:
        return _kept(path, drawn)
    except OSError as error:
        # As in a container whose files cannot be written: good until the process ends.
        reason = f"{path}: {error.strerror or error}"
        _logger.info("a restart signs everybody out: set GIANTS_SIGN_IN_SECRET", reason=reason)
        return drawn


def _kept(path: Path, drawn: str) -> str:
    """The secret in a file, which only its owner reads; written once, by whoever comes first."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(drawn)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    kept = path.read_text(encoding="ascii").strip()
    return kept or drawn
