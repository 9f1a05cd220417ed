"""Who asks: a key, or this machine where there are no keys; and whose portfolios it sees."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from giants.keys import Key

LOCAL: Final = "local"
SCOPE_ENTRY: Final = "giants.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """The name that is written down with what is decided; `owner` is empty for one that sees everything.

    `writes` is false for a key to read.
    """

    name: str
    owner: str
    writes: bool = True

    @classmethod
    def of(cls, key: Key | None) -> "Caller":
        """The caller of a key; without keys this machine may see everything."""
        return cls(LOCAL, "") if key is None else cls(key.name, key.sees, key.can_write)

    def sees(self, owner: str) -> bool:
        """Whether what belongs to an owner is this caller's."""
        return not self.owner or self.owner == owner

    @property
    def own(self) -> str:
        """Who owns what this caller makes and says nothing else of."""
        return self.owner or self.name


def caller_of(request: Request) -> Caller:
    """Who sent a request, as the gate admitted it."""
    found: Caller = request.scope.get(SCOPE_ENTRY, Caller.of(None))
    return found


InCaller = Annotated[Caller, Depends(caller_of)]
