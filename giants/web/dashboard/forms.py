"""Forms that pages send: from this site alone, and no larger than the gate lets in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from giants.web.errors import NotAllowedError
from giants.web.gate import BODY_BYTES_MAX, is_own

FIELDS_MAX: Final = 2_000


@asynccontextmanager
async def own_form(request: Request) -> AsyncIterator[FormData]:
    """The fields of a form of this site. Raises `NotAllowedError` for another's, which needs no preflight.

    Where there are no keys, no cookie stands between another site and this machine.
    """
    headers = request.headers
    # Without https, browsers name the origin alone.
    named = urlsplit(headers.get("origin", "")).netloc if "sec-fetch-site" not in headers else ""
    if not is_own(headers) or (named or headers.get("host")) != headers.get("host"):
        raise NotAllowedError("this form was sent by another site: open the page here and send it again")
    async with request.form(max_files=1, max_fields=FIELDS_MAX, max_part_size=BODY_BYTES_MAX) as fields:
        yield fields


async def _fields(request: Request) -> AsyncIterator[FormData]:
    async with own_form(request) as fields:
        yield fields


InForm = Annotated[FormData, Depends(_fields)]


def text_of(fields: FormData, name: str, characters_max: int = 2_000) -> str:
    """A field of text without spaces around it; empty where it was not sent or is a file."""
    value = fields.get(name, "")
    return value.strip()[:characters_max] if isinstance(value, str) else ""
