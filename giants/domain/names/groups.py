"""Hints in names: tokens that groups use for their firms (N-08). A hint merges and links nothing (N-14).

A token counts only where the brand begins, after leading places: not in 星河动力航天, but in 北京中科海讯.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from giants.domain.data_files import data_file
from giants.domain.names.forms import name_parts
from giants.domain.names.normal import NORMAL_FORM_CACHE_ENTRIES
from giants.domain.names.places import places_and_rest
from schemas.changes import NameUse


class TokenReading(StrEnum):
    """Who says what a token stands for."""

    PUBLISHED = "published"
    OWN_WORK = "own_work"


@dataclass(frozen=True, slots=True)
class GroupToken:
    """A token, the group that uses it, and the text it was read in."""

    token: str
    group: str
    reading: TokenReading
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class GroupHint:
    """A token in a name of a company, with the name as evidence.

    `came_by_rename` says that a change of name brought it: no other name of the company has it (N-08).
    """

    token: GroupToken
    use: NameUse
    came_by_rename: bool


GROUP_TOKENS: Final = msgspec.convert(data_file("groups.toml")["groups"], tuple[GroupToken, ...])


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def group_token_of(name: str) -> GroupToken | None:
    """The token that the brand of a name begins with, or None."""
    brand = places_and_rest(name_parts(name).bare_body)[1]
    return next((one for one in GROUP_TOKENS if brand.startswith(one.token)), None)


def group_hints(names: Sequence[NameUse]) -> tuple[GroupHint, ...]:
    """One hint for each token in the names of a company, with the first name that has it, in their order."""
    found = [(group_token_of(use.name), use) for use in names]
    hints: dict[str, GroupHint] = {}
    for token, use in found:
        if token is not None and token.token not in hints:
            others = [other for other, at in found if at.name != use.name]
            is_new = use.cause == "rename" and bool(others) and token not in others
            hints[token.token] = GroupHint(token, use, is_new)
    return tuple(hints.values())
