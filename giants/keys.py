"""API keys: made once, shown once, kept as hashes in a file that only its owner reads.

A key is `lg_` + id + `_` + 32 random bytes, so that a plain SHA-256 is as good as a slow hash: there is
nothing to guess. The file is read again when it changes; deleting a key takes effect with the next request.
"""

import fcntl
import hmac
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from giants.errors import GiantsError
from giants.settings import Settings

FILE_NAME: Final = "api-keys.json"
KEYS_MAX: Final = 10_000
FILE_BYTES_MAX: Final = 10_000_000
NAME_CHARACTERS_MAX: Final = 100
# The owner of a key that sees what belongs to anybody.
EVERYBODY: Final = "*"
TOKEN_CHARACTERS_MAX: Final = 200
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32
_PREFIX: Final = "lg"


class KeysError(GiantsError):
    """The API keys cannot be used as asked."""


class KeyFileError(KeysError):
    """The file of the keys cannot be used; nobody is let in meanwhile."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"the file of API keys {path} cannot be used: {reason}")


class UnknownKeyError(KeysError):
    """No key has this id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no API key {key_id[:40]!r}")


class Scope(StrEnum):
    """What a key allows. Whose data it sees is said by its owner; `admin` alone is for those of all."""

    READ = "read"  # to read: the programme, and what belongs to its owner
    SCREEN = "screen"  # to ask what names mean; each run is written down for its owner
    WRITE = "write"  # to change what belongs to its owner
    OPERATE = "operate"  # raw facts, refused inputs, backups: they hold what belongs to anybody
    ADMIN = "admin"  # everything, of every owner


READER: Final = frozenset({Scope.READ, Scope.SCREEN})
# What comes with a scope.
_INCLUDED: Final = {
    Scope.WRITE: READER,
    Scope.ADMIN: frozenset(Scope),
}
# What a key that was made before there were scopes could do.
_BEFORE_SCOPES: Final = {
    "read": (Scope.READ, Scope.SCREEN),
    "write": (Scope.WRITE, Scope.OPERATE),
}


def all_scopes(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """Some scopes with those that come with them."""
    return frozenset().union(*(_INCLUDED.get(one, frozenset()) | {one} for one in scopes))


class Key(BaseModel):
    """A key as it is kept. One of an older file has a single `scope`; it allows what it did."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str = Field(min_length=1, max_length=NAME_CHARACTERS_MAX)
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=len(Scope))
    created_at: datetime
    sha256: str = Field(repr=False)
    owner: str | None = Field(default=None, min_length=1, max_length=NAME_CHARACTERS_MAX)

    @model_validator(mode="before")
    @classmethod
    def _of_an_older_file(cls, values: Any) -> Any:
        if isinstance(values, dict) and "scope" in values and "scopes" not in values:
            rest = {name: value for name, value in values.items() if name != "scope"}
            return rest | {"scopes": _BEFORE_SCOPES.get(str(values["scope"]), (values["scope"],))}
        return values

    @property
    def sees(self) -> str:
        """Whose data the key sees: its owner's, else its name's; empty for everybody's."""
        owner = EVERYBODY if Scope.ADMIN in self.scopes else self.owner or self.name
        return "" if owner == EVERYBODY else owner

    @property
    def allowed(self) -> frozenset[Scope]:
        """Every scope that the key has."""
        return all_scopes(self.scopes)


class _KeyFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: tuple[Key, ...] = Field(default=(), max_length=KEYS_MAX)


def key_file(settings: Settings) -> Path:
    """Where the keys of these settings are kept."""
    return settings.api_keys_file or settings.data_dir / FILE_NAME


def create_key(path: Path, name: str, *scopes: Scope, owner: str | None = None) -> tuple[Key, str]:
    """Make a key; returns what is kept and the token, which cannot be shown again. Raises `KeyFileError`."""
    key_id, secret = secrets.token_hex(_ID_BYTES), secrets.token_urlsafe(_SECRET_BYTES)
    token = f"{_PREFIX}_{key_id}_{secret}"
    try:
        at = datetime.now(UTC)
        key = Key(id=key_id, name=name, scopes=scopes, created_at=at, sha256=_hash(token), owner=owner)
        with _locked(path):
            _write(path, _KeyFile(keys=(*_read(path).keys, key)))
    except ValidationError as error:
        raise KeyFileError(path, str(error)) from error
    return key, token


def list_keys(path: Path) -> tuple[Key, ...]:
    """All keys, oldest first. Raises `KeyFileError`."""
    return _read(path).keys


def delete_key(path: Path, key_id: str) -> Key:
    """Delete a key; returns what was kept of it. Raises `UnknownKeyError` and `KeyFileError`."""
    with _locked(path):
        keys = _read(path).keys
        found = next((key for key in keys if key.id == key_id), None)
        if found is None:
            raise UnknownKeyError(key_id)
        _write(path, _KeyFile(keys=tuple(key for key in keys if key is not found)))
    return found


def change_key(path: Path, key_id: str, scopes: tuple[Scope, ...], owner: str | None) -> Key:
    """Give a key other scopes or another owner, where they are given; its token stays.

    Raises `UnknownKeyError` and `KeyFileError`.
    """
    wanted = ({"scopes": scopes} if scopes else {}) | ({"owner": owner} if owner is not None else {})
    with _locked(path):
        keys = _read(path).keys
        found = next((key for key in keys if key.id == key_id), None)
        if found is None:
            raise UnknownKeyError(key_id)
        try:
            changed = Key.model_validate(found.model_dump() | wanted)
        except ValidationError as error:
            raise KeyFileError(path, str(error)) from error
        _write(path, _KeyFile(keys=tuple(changed if key is found else key for key in keys)))
    return changed


class KeyRing:
    """The keys of a file, read again whenever it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no key was ever made, or all are deleted. Raises `KeyFileError`."""
        return not self._current()

    def find(self, token: str) -> Key | None:
        """The key of a token; None for a token that is none. Raises `KeyFileError`."""
        parts = token[:TOKEN_CHARACTERS_MAX].split("_", 2)
        key = self._current().get(parts[1]) if len(parts) == 3 and parts[0] == _PREFIX else None
        # Compared also where there is no such key, so that time tells nothing.
        expected = key.sha256 if key is not None else _hash("")
        return key if hmac.compare_digest(_hash(token), expected) and key is not None else None

    def of_id(self, key_id: str) -> Key | None:
        """The key of an id; None for one that is not there any more. Raises `KeyFileError`."""
        return self._current().get(key_id)

    def _current(self) -> dict[str, Key]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._keys = None, {}
            return self._keys
        except OSError as error:
            raise KeyFileError(self._path, str(error)) from error
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if stamp != self._stamp:
            self._keys = {key.id: key for key in _read(self._path).keys}
            self._stamp = stamp
        return self._keys


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _read(path: Path) -> _KeyFile:
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return _KeyFile()
    except OSError as error:
        raise KeyFileError(path, str(error)) from error
    if len(raw) > FILE_BYTES_MAX:
        raise KeyFileError(path, f"it has more than {FILE_BYTES_MAX} bytes")
    try:
        return _KeyFile.model_validate_json(raw)
    except ValidationError as error:
        raise KeyFileError(path, f"it does not hold keys: {error.error_count()} faults") from error


def _write(path: Path, content: _KeyFile) -> None:
    """Put the new file in the place of the old one at once, readable by its owner alone."""
    draft = path.with_name(path.name + ".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content.model_dump_json(indent=2) + "\n")
    draft.replace(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one program at a time change the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(path.name + ".lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise KeyFileError(path, str(error)) from error
