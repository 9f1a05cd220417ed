"""Entries of the claims to publications; see `agents.claims_state`."""

from typing import Final

import msgspec


class Publication(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How many families claim a publication, the first of them, and its version where it is the only one."""

    count: int
    first: str
    version: int = 0


class Claim(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A claim to a shared publication, with the families before and after it."""

    version: int
    before: str = ""
    after: str = ""


decode_publication: Final = msgspec.msgpack.Decoder(Publication).decode
decode_claim: Final = msgspec.msgpack.Decoder(Claim).decode
NOBODY: Final = Publication(0, "")
