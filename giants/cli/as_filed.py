"""Ratings by filing date for people: of a day, and over the years."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console

from giants.terminal.output import pairs, table

TECHNOLOGIES_SHOWN_MAX: Final = 12
_BASES: Final = {
    "arrival": "what had been announced by the end of the day",
    "filed": "families filed by the end of the day, as they are known today",
}


def show_day(console: Console, exposure: dict[str, Any]) -> None:
    """The ratings of one day, and on which basis they are."""
    rated = [pair for pair in exposure["technologies"] if pair["band"] is not None]
    console.print(
        pairs(
            {
                "as of": f"{exposure['as_of']}, {_BASES[exposure['basis']]}",
                "families": _families(exposure),
                "confidence": f"{exposure['confidence']:.2f} by {exposure['methodology']}",
            }
        )
    )
    if not rated:
        console.print("not rated in any technology, which does not mean that it had no activity")
        return
    rows = (
        (pair["name"] or pair["technology"], f"{pair['score']:.1f}", _spoken(pair["band"]), pair["profile"])
        for pair in rated
    )
    console.print(table(None, ("technology", "score", "band", "profile"), rows))


def show_years(console: Console, answer: dict[str, Any]) -> None:
    """Scores at the ends of years, a column a technology: those that are rated highest in any year."""
    years = answer["years"]
    best: dict[str, float] = {}
    for year in years:
        for pair in year["technologies"]:
            best[pair["technology"]] = max(best.get(pair["technology"], 0.0), pair["score"] or 0.0)
    shown = sorted(best, key=lambda technology: (-best[technology], technology))[:TECHNOLOGIES_SHOWN_MAX]
    rows = [
        (year["on"], year["families"], year["classified"], f"{year['confidence']:.2f}", *_cells(year, shown))
        for year in years
    ]
    names = [answer["names"][technology] for technology in shown]
    console.print(table("As filed", ("by", "families", "classified", "confidence", *names), rows))
    if len(best) > len(shown):
        console.print(f"… and {len(best) - len(shown)} more technologies (--json has all)")
    console.print(f"{answer['undated']:,} families without a filing date are in no year.")


def show_pair_years(console: Console, answer: dict[str, Any]) -> None:
    """One technology at the ends of years, number by number."""
    rows = []
    for year in answer["years"]:
        pair = next(iter(year["technologies"]), None)
        rows.append(
            (
                year["on"],
                year["families"],
                year["classified"],
                f"{pair['matching'] if pair else 0:,} of {year['instances']:,}",
                f"{pair['alignment']:.1%}" if pair else None,
                f"{year['confidence']:.2f}",
                f"{pair['score']:.1f}" if pair and pair["score"] is not None else "unrated",
                _spoken(pair["band"]) if pair and pair["band"] else None,
                pair["profile"] if pair else None,
            )
        )
    columns = (
        "by",
        "families",
        "classified",
        "matching",
        "alignment",
        "confidence",
        "score",
        "band",
        "profile",
    )
    console.print(table(f"As filed, by {answer['methodology']}", columns, rows))
    console.print(f"{answer['undated']:,} families without a filing date are in no year.")


def _cells(year: dict[str, Any], technologies: Sequence[str]) -> list[str]:
    scores = {pair["technology"]: pair["score"] for pair in year["technologies"]}
    return [
        f"{scores[technology]:.1f}" if scores.get(technology) is not None else "·"
        for technology in technologies
    ]


def _families(exposure: dict[str, Any]) -> str:
    classified = exposure["classified"]
    families = f"{exposure['families']:,}"
    families += "" if classified is None else f", {classified:,} of them with a CPC symbol"
    if exposure["undated"]:
        families += f"; {exposure['undated']:,} without a filing date are not in it"
    return families


def _spoken(code: str) -> str:
    return code.replace("_", " ")
