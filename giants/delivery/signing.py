"""Signatures of webhooks, as Standard Webhooks describes them (symmetric, version `v1`)."""

import hmac
from base64 import b64decode, b64encode
from hashlib import sha256
from secrets import token_bytes

from giants.delivery.errors import SecretError

_PREFIX = "whsec_"
_VERSION = "v1"


def signature(secret: str, message_id: str, timestamp_seconds: int, body: bytes) -> str:
    """Value of the header `webhook-signature`: HMAC-SHA256 over id, timestamp and body.

    Raises `SecretError` where the secret is not `whsec_` and base64.
    """
    content = f"{message_id}.{timestamp_seconds}.".encode() + body
    digest = hmac.new(_key(secret), content, sha256).digest()
    return f"{_VERSION},{b64encode(digest).decode()}"


def new_secret() -> str:
    """A secret of as many random bytes as the digest has."""
    return _PREFIX + b64encode(token_bytes(sha256().digest_size)).decode()


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        raise SecretError(f"the signing secret does not begin with {_PREFIX}")
    encoded = secret.removeprefix(_PREFIX)
    try:
        # Other implementations take secrets without padding, too.
        return b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:  # not base64, or not even ASCII
        # The cause is left out, since it could show the secret in a log.
        raise SecretError("the signing secret is not base64") from None
