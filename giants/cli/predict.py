"""`giants predict`: do signals before a review go with a lost title? Over whatever data is loaded."""

from typing import Any

import typer

from giants.cli.target import Api
from giants.terminal.output import Json, note, out, print_json, table

EXAMPLES = "Examples: `giants predict` · `giants predict --json`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(predict)


def predict(json: Json = False) -> None:
    """Compare signals before reviews with the outcomes: precision, recall and lift, with intervals."""
    with Api.of_stack() as api:
        answer = api.get("/prediction")
    if json:
        print_json(answer)
        return
    console = out()
    lost = answer["lost"]
    console.print(
        f"{lost['whole']:,} settled reviews with families filed before, {lost['part']:,} titles lost: "
        f"{_share(lost)} is what any signal is held against."
    )
    for year in answer["years"]:
        console.print(f"  {year['review_year']}: {year['reviews']:,} reviews, {year['lost']:,} lost")
    for name, why in (
        ("uncovered", "no family filed before the review year"),
        ("undated", "too many families without a filing date"),
    ):
        apart = answer[name]
        if apart["reviews"]:
            console.print(f"Left out, {why}: {apart['reviews']:,} reviews, {apart['lost']:,} lost.")
    console.print()
    rows = [
        (
            one["meaning"],
            _of(one["recall"]),
            _of(one["passed_with"]),
            _share(one["precision"]),
            _lift(one["lift"]),
            f"{one['p']:.3g}",
            "yes" if one["stands_out"] else "no",
        )
        for one in answer["signals"]
    ]
    columns = ("signal", "of the lost", "of the passed", "precision", "lift", "p, adjusted", "stands out")
    console.print(table("Signals before the review year", columns, rows))
    console.print(f"{answer['tried']} signals were tried, by {answer['methodology']}; intervals are at 95 %.")
    if not answer["enough"]:
        console.print("Too few titles were lost or kept for any statement.")
    for caveat in answer["caveats"]:
        note(caveat["text"])


def _of(share: dict[str, Any]) -> str:
    return f"{share['part']:,} of {share['whole']:,}, {_share(share)}" if share["whole"] else "none"


def _share(share: dict[str, Any]) -> str:
    if share["share"] is None:
        return "·"
    return f"{share['share']:.1%} ({share['low']:.1%} to {share['high']:.1%})"


def _lift(lift: dict[str, Any]) -> str:
    return "·" if lift["value"] is None else f"{lift['value']:.2f} ({lift['low']:.2f} to {lift['high']:.2f})"
