"""Who asks: a key, somebody signed in, or this machine where there are no keys; and whose data it sees."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from giants.keys import READER, Key
from giants.keys import Scope as KeyScope

LOCAL: Final = "local"
SCOPE_ENTRY: Final = "giants.caller"
# Put there by the sign-in for requests with its cookie, before the gate.
SIGNED_IN_ENTRY: Final = "giants.signed_in"


@dataclass(frozen=True, slots=True)
class Caller:
    """The name that is written down with what is decided; `owner` is empty for one that sees everything.

    `id` is what requests are counted by; empty for this machine.
    """

    name: str
    owner: str
    scopes: frozenset[KeyScope]
    id: str = ""

    @classmethod
    def of(cls, key: Key) -> "Caller":
        """The caller of a key."""
        return cls(key.name, key.sees, key.allowed, key.id)

    @classmethod
    def local(cls, *, may_write: bool) -> "Caller":
        """This machine, where there are no keys; to read alone unless it is set otherwise."""
        return cls(LOCAL, "", frozenset(KeyScope) if may_write else READER)

    @property
    def writes(self) -> bool:
        """Whether the caller may change what it sees."""
        return KeyScope.WRITE in self.scopes

    def sees(self, owner: str) -> bool:
        """Whether what belongs to an owner is this caller's."""
        return not self.owner or self.owner == owner

    @property
    def own(self) -> str:
        """Who owns what this caller makes and says nothing else of."""
        return self.owner or self.name


def caller_of(request: Request) -> Caller:
    """Who sent a request, as the gate admitted it; nobody where no gate did."""
    found: Caller = request.scope.get(SCOPE_ENTRY, _NOBODY)
    return found


_NOBODY: Final = Caller("nobody", "nobody", frozenset())
InCaller = Annotated[Caller, Depends(caller_of)]
