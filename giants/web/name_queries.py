"""What a request asks of the matcher, for every route that takes names: their texts as one question."""

import re
from collections.abc import Iterable
from typing import Final

from giants.domain.names import name_problem
from giants.matching import Query

# What is longer is no place; what was understood of one is remembered.
PLACE_CHARACTERS_MAX: Final = 100
_USCC: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


def stripped(values: Iterable[str]) -> list[str]:
    """Values that say something, without the space around them."""
    return [text for value in values if (text := value.strip())]


def problem_of_names(names: Iterable[str]) -> str | None:
    """Why one of the names cannot be matched; None where all can."""
    return next((problem for name in names if (problem := name_problem(name)) is not None), None)


def name_query(names: Iterable[str], places: Iterable[str] = (), codes: Iterable[str] = ()) -> Query | None:
    """The question: the first name with all others beside it, the first place, the first code that is one.

    None where no name says anything.
    """
    asked = stripped(names)
    if not asked:
        return None
    known = [code.upper() for code in stripped(codes)]
    return Query(
        name=asked[0],
        place=next((place[:PLACE_CHARACTERS_MAX] for place in stripped(places)), None),
        uscc=next((code for code in known if _USCC.fullmatch(code)), None),
        other_names=tuple(asked[1:]),
    )
