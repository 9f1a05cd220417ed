"""Rating families of files under two taxonomies or methodologies: whose ratings would change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from giants.cli.cpc import text_table
from giants.domain.exposure import METHODOLOGY, Methodology
from giants.domain.names.normal import normal_form
from giants.domain.rating import Rating
from giants.domain.tallies import portfolios_of
from giants.domain.taxonomy import Taxonomy
from giants.domain.taxonomy_diff import Moved, Portfolio, RatingDifference, rating_differences
from giants.sources.base import Kind, Options
from giants.sources.catalogue import open_source
from giants.terminal.output import CommandError, bars, err, out, say
from schemas.facts import Family

DIFFERENCES_SHOWN_MAX = 100
REASONS_SHOWN_MAX = 3  # entries gained and entries lost that are named for a rating
COMPANY_LINE_BYTES_MAX = 8_000_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What rating the same families under two taxonomies brought."""

    companies: int
    differences: tuple[RatingDifference, ...]
    names: Mapping[str, str]  # by id of company; an id without one is a name
    methodologies: tuple[Methodology, Methodology] = (METHODOLOGY, METHODOLOGY)

    def as_dicts(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "companies": self.companies,
            "differences": [
                {
                    "company_id": one.company_id,
                    "name": self._name(one),
                    "technology": one.technology,
                    "before": _rating(one.before),
                    "after": _rating(one.after),
                    "gained": _moved(one.gained),
                    "lost": _moved(one.lost),
                    "families": one.families,
                    "classified": one.classified,
                }
                for one in self.differences
            ],
        }

    def show(self) -> None:
        """For people."""
        changed = len({one.company_id for one in self.differences})
        say(f"{changed:,} of {self.companies:,} companies would see {len(self.differences):,} ratings change")
        largest = sorted(self.differences, key=_step, reverse=True)
        rows = [
            (
                self._name(one),
                one.technology,
                _rating_text(one.before),
                _rating_text(one.after),
                self._why(one),
            )
            for one in largest[:DIFFERENCES_SHOWN_MAX]
        ]
        if rows:
            columns = ("company", "technology", "before", "after", "why")
            out().print(text_table("ratings, the largest steps first", columns, rows))
        if len(self.differences) > DIFFERENCES_SHOWN_MAX:
            say(f"… {len(self.differences) - DIFFERENCES_SHOWN_MAX:,} more: --json shows all")

    def _name(self, one: RatingDifference) -> str:
        return self.names.get(one.company_id, one.company_id)

    def _why(self, one: RatingDifference) -> str:
        """Instances gained and lost by entry; between two methodologies how many families are classified."""
        changes = [f"+{moved.instances} {moved.entry}" for moved in one.gained[:REASONS_SHOWN_MAX]]
        changes += [f"-{moved.instances} {moved.entry}" for moved in one.lost[:REASONS_SHOWN_MAX]]
        if self.methodologies[0] != self.methodologies[1]:
            changes.append(f"{one.classified:,} of {one.families:,} families classified")
        return ", ".join(changes)


def rated_under(
    portfolios: list[Portfolio],
    names: Mapping[str, str],
    old: Taxonomy,
    new: Taxonomy,
    methodologies: tuple[Methodology, Methodology] = (METHODOLOGY, METHODOLOGY),
) -> Trial:
    """Rate portfolios under two taxonomies and methodologies; `names` gives the names of companies by id."""
    earlier, later = methodologies
    with bars(err()) as shown:
        tracked = shown.track(portfolios, description="rating")
        found = tuple(rating_differences(tracked, old, new, later, earlier))
        return Trial(len(portfolios), found, names, methodologies)


def portfolios_of_files(
    files: list[Path], companies: Path | None
) -> tuple[list[Portfolio], Mapping[str, str]]:
    """Tally the families of files, and name the companies by id.

    With a file of companies only theirs are counted, each under all its names; without, each assignee's name
    is a company of its own.
    """
    owners, names = _owners(companies) if companies is not None else (None, {})

    def company_of(assignee: str) -> str | None:
        form = normal_form(assignee)
        if owners is not None:
            return owners.get(form)
        names.setdefault(form, assignee)
        return form

    return list(portfolios_of(_families(files), company_of)), names


def _families(files: list[Path]) -> Iterator[Family]:
    # Nothing is published, so that any day lets in what has none of its own.
    undated = Options(exported_on=datetime.now(UTC).date())
    for path in files:
        with open_source(Kind.FAMILIES, path, undated) as reading:
            for row in reading:
                if isinstance(row.fact, Family):
                    yield row.fact


def _owners(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Give the company of each name, and the name of each company, from exported companies."""
    owners: dict[str, str] = {}
    names: dict[str, str] = {}
    with path.open("rb") as file:
        number = 0
        while line := file.readline(COMPANY_LINE_BYTES_MAX + 1):
            number += 1
            if not line.strip():
                continue
            company_id, name, known = _company(line, f"{path}, line {number}")
            names[company_id] = name
            owners.update((normal_form(one), company_id) for one in (name, *known))
    return owners, names


def _company(line: bytes, where: str) -> tuple[str, str, list[str]]:
    if len(line) > COMPANY_LINE_BYTES_MAX:
        raise CommandError(
            f"{where}: longer than {COMPANY_LINE_BYTES_MAX} bytes, expected one company a line"
        )
    try:
        company = orjson.loads(line)
        # A snapshot holds names as objects, an export of the table as lists whose first item is the name.
        known = [one["name"] if isinstance(one, dict) else one[0] for one in company.get("names", ())]
        found = (company["company_id"], company["name"], known)
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise CommandError(
            f"{where}: expected a company with company_id, name and names: {error!r}"
        ) from error
    if not all(isinstance(one, str) for one in (found[0], found[1], *known)):
        raise CommandError(f"{where}: company_id and names must be text")
    return found


def _rating(rating: Rating | None) -> dict[str, Any] | None:
    if rating is None:
        return None
    return {"band": rating.band, "profile": rating.profile, "score": round(rating.score, 4)}


def _moved(moved: tuple[Moved, ...]) -> list[dict[str, Any]]:
    return [{"entry": one.entry, "instances": one.instances} for one in moved]


def _step(one: RatingDifference) -> float:
    """How far the score moves; unrated counts as 0."""
    return abs((one.after.score if one.after else 0.0) - (one.before.score if one.before else 0.0))


def _rating_text(rating: Rating | None) -> str:
    return "unrated" if rating is None else f"{rating.band}, {rating.profile} ({rating.score:.1f})"
