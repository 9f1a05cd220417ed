"""Signatures, held against the published package."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from giants.delivery.errors import SecretError
from giants.delivery.signing import signature
from tests.delivery.samples import SECRET


@given(
    key=st.binary(min_size=12, max_size=64),
    body=st.text(max_size=200),
    timestamp_seconds=st.integers(0, 4_000_000_000),
    padded=st.booleans(),
)
def test_the_published_package_makes_the_same_signature(
    key: bytes, body: str, timestamp_seconds: int, padded: bool
) -> None:
    secret = "whsec_" + b64encode(key).decode()
    expected = Webhook(secret).sign("id-1", datetime.fromtimestamp(timestamp_seconds, UTC), body)
    given_secret = secret if padded else secret.rstrip("=")
    assert signature(given_secret, "id-1", timestamp_seconds, body.encode()) == expected


def test_the_published_package_accepts_a_signature_of_now() -> None:
    now = int(datetime.now(UTC).timestamp())
    headers = {
        "webhook-id": "id-1",
        "webhook-timestamp": str(now),
        "webhook-signature": signature(SECRET, "id-1", now, '{"name": "甲"}'.encode()),
    }
    assert Webhook(SECRET).verify('{"name": "甲"}', headers) == {"name": "甲"}


@pytest.mark.parametrize("secret", ["whsec_a=b=c=d=e=f=g=h=i", "whsec_abcde", "whsec_甲乙丙丁", "plain", ""])
def test_a_secret_that_cannot_be_used_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(SecretError) as caught:
        signature(secret, "id-1", 0, b"")
    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(caught.value)
