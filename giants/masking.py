"""Secrets in texts, masked: signing secrets, paths of webhooks (often tokens), and addresses of people."""

import re
from typing import Final

ELLIPSIS: Final = "…"
_SECRET: Final = re.compile(r"whsec_[A-Za-z0-9+/=_-]+")
# JSON may write a slash as \/.
_URL: Final = re.compile(
    r"(https?:(?:\\?/){2})(?:[^\s\"'/\\?#@]*@)?([^\s\"'/\\?#@]+)[^\s\"']*", re.IGNORECASE
)
# What follows the @ has a letter: after that of the reference of a document there is a number.
_EMAIL: Final = re.compile(r"[^\s\"'<>@,;:/\\]+@(?=[\d.-]*[^\W\d_])([^\s\"'<>@,;:/\\]+)")
_MASKED_SECRET: Final = "whsec_***"  # noqa: S105


def masked_text(text: str) -> str:
    """A text with each secret, path of a URL and local part of an address replaced."""
    text = _SECRET.sub(_MASKED_SECRET, text)
    text = _URL.sub(rf"\1\2/{ELLIPSIS}", text)
    return _EMAIL.sub(rf"{ELLIPSIS}@\1", text)
