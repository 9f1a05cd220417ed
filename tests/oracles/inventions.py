"""An independent answer to which families are one invention: all at once, from all families (C-03).

Numbers are brought into one spelling here too, by other means than in the program.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple


class Filed(NamedTuple):
    """A family that is not withdrawn, with publications in any spelling."""

    family_id: str
    version: int
    publications: tuple[str, ...]


class Found(NamedTuple):
    """What is found of a family: code, severity, family, words, under which it counts."""

    code: str
    severity: str
    family_id: str
    words: str
    under: str


def spelled(number: str) -> str:
    """One spelling of a publication number; empty where it is none."""
    bare = "".join(character for character in number if character not in " /.,-").upper()
    american = re.fullmatch("US(19..|20..)([0-9]{6})(A[0-9]?)", bare)
    if american:
        bare = f"US{american[1]}0{american[2]}{american[3]}"
    is_number = bare.isascii() and bare.isalnum() and bare[:2].isalpha()
    return bare if is_number and sum(character.isdigit() for character in bare) >= 4 else ""


def one_invention_once(families: Collection[Filed], most_together: int) -> list[Found]:
    """Of families that hang together by publications the newest counts, unless too many hang together."""
    versions = {one.family_id: one.version for one in families}
    numbers = {one.family_id: {spelled(number) for number in one.publications} - {""} for one in families}
    found = []
    for group in _groups(numbers):
        newest = max(group, key=lambda id_: (versions[id_], id_))
        for id_ in group:
            elsewhere = set().union(*(numbers[other] for other in group if other != id_))
            shared, directly = numbers[id_] & elsewhere, numbers[id_] & numbers[newest]
            if len(group) > most_together:
                words = (
                    f"{id_} shares {_listed(shared)} with families that hang together with more than "
                    f"{most_together}: that is no invention, and each counts by itself"
                )
                found.append(Found("publication_shared_widely", "warning", id_, words, id_))
            elif id_ != newest:
                with_whom = (
                    f"{newest}, whose record is the newest"
                    if directly
                    else f"others of the same invention, of which {newest} is the newest record"
                )
                words = f"{id_} shares {_listed(directly or shared)} with {with_whom}, and counts under it"
                found.append(Found("same_invention", "info", id_, words, newest))
    return found


def _groups(numbers: dict[str, set[str]]) -> Iterator[set[str]]:
    """Sets of at least two families that hang together, by merging sets until nothing changes."""
    groups = [({id_}, set(of)) for id_, of in numbers.items() if of]
    merged = True
    while merged:
        merged = False
        rest = groups
        groups = []
        for ids, of in rest:
            same = next((one for one in groups if one[1] & of), None)
            if same is None:
                groups.append((ids, of))
            else:
                same[0].update(ids)
                same[1].update(of)
                merged = True
    return (ids for ids, _ in groups if len(ids) > 1)


def _listed(numbers: set[str]) -> str:
    first, more = sorted(numbers)[:3], len(numbers) - 3
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")
