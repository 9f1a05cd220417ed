"""Caveats at the end of an answer: in full the first time that a data folder shows them, then as codes."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from giants.settings import Settings

SEEN_FILE: Final = "caveats-shown.txt"


def show_caveats(console: Console, settings: Settings, caveats: Iterable[Mapping[str, str]]) -> None:
    """Print caveats; those that were printed in full before, by their codes on one line."""
    texts = {one["code"]: one["text"] for one in caveats}
    file = settings.data_dir / SEEN_FILE
    seen = _seen(file)
    fresh = [code for code in texts if code not in seen]
    console.print()
    for code in fresh:
        console.print(f"[dim]· {texts[code]}[/] [dim]({code})[/]")
    if known := [code for code in texts if code in seen]:
        console.print(
            f"[dim]Caveats as before: {', '.join(known)} (in full: --json, or the page /method)[/]",
            soft_wrap=True,
        )
    if fresh and settings.data_dir.is_dir():
        _note(file, seen | set(fresh))


def _seen(file: Path) -> frozenset[str]:
    try:
        return frozenset(file.read_text(encoding="utf-8").split())
    except (OSError, ValueError):
        return frozenset()


def _note(file: Path, codes: Iterable[str]) -> None:
    try:
        file.write_text("\n".join(sorted(codes)) + "\n", encoding="utf-8")
    except OSError:
        return  # a folder that may only be read: they are printed in full again
