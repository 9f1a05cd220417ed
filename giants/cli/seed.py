"""`giants seed`: small made-up files to try the commands with."""

from pathlib import Path
from typing import Annotated

import typer

from giants.demo.seed import COMPANIES_MAX, COMPANIES_MIN, FAMILIES_MAX, SeedSize, make_samples, write_samples
from giants.terminal.output import Json, print_json, say

EXAMPLES = (
    "Examples: `giants seed` · `giants seed samples --companies 200 --families 5000` · `giants seed --json`"
)

_SIZE = SeedSize()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(seed)


def seed(
    folder: Annotated[Path, typer.Argument(help="Where the files go; made where it is absent.")] = Path(
        "seed"
    ),
    companies: Annotated[
        int, typer.Option(min=COMPANIES_MIN, max=COMPANIES_MAX, help="Made-up companies.")
    ] = _SIZE.companies,
    families: Annotated[
        int, typer.Option(min=1, max=FAMILIES_MAX, help="Made-up families.")
    ] = _SIZE.families,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the random choices; the same seed makes the same data.")
    ] = _SIZE.seed,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    json: Json = False,
) -> None:
    """Write made-up lists, names, families and records to try the system with, and say what to type next."""
    samples = make_samples(SeedSize(companies, families, seed))
    write_samples(folder, samples, overwrite=overwrite)
    if json:
        for sample in samples:
            print_json(
                {"file": f"{folder / sample.file}", "kind": sample.kind, "command": sample.command(folder)}
            )
        return
    say(f"{len(samples)} files with {companies} made-up companies are in {folder}.")
    say("With `giants up` running:\n")
    for sample in samples:
        say(f"  {sample.command(folder)}")
    say("  giants tail\n\nAdd --dry-run to see what a file is understood as; nothing is published then.")
