"""Texts without secrets."""

import pytest

from giants.masking import masked_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "https://hooks.slack.com/…"),
        (r'{"url":"https:\/\/hooks.slack.com\/services\/T0"}', r'{"url":"https:\/\/hooks.slack.com/…"}'),
        ("see https://user:pw@host.example:8443/a?token=b now", "see https://host.example:8443/… now"),
        ("HTTPS://HOST.example?token=b", "HTTPS://HOST.example/…"),
        ("whsec_AAAAAAAAAAAAAAAAAAAAAAAA== and more", "whsec_*** and more"),
        ("550 <ann.lee@mail.example>: unknown", "550 <…@mail.example>: unknown"),
        ("r25@1 failed", "r25@1 failed"),
        ("nothing here 佳尔灵", "nothing here 佳尔灵"),
    ],
)
def test_secrets_are_replaced_and_the_rest_stays(text: str, shown: str) -> None:
    assert masked_text(text) == shown
