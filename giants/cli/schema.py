"""`giants schema`: the contract as JSON Schemas and an AsyncAPI document."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from giants.kafka.contract import ASYNCAPI_FILE, channels, documents
from giants.terminal.output import CommandError, note, read_settings, say
from schemas.compatibility import incompatibilities
from schemas.documents import Document

EXAMPLES = (
    "Examples: `giants schema` · `giants schema rating-changes.v1` · `giants schema asyncapi` · "
    "`giants schema --write schemas/golden`"
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(schema)


def schema(
    name: Annotated[str | None, typer.Argument(help="A topic without its prefix, or `asyncapi`.")] = None,
    write: Annotated[Path | None, typer.Option(help="Folder to write every document into.")] = None,
) -> None:
    """Print the schema of a topic, or write all documents."""
    generated = documents(read_settings().topic_prefix, version("little-giants-stream"))
    if write is not None:
        _write(generated, write)
    elif name is None:
        for file_name in sorted(generated):
            say(file_name.removesuffix(".json").removesuffix(".schema"))
    else:
        say(_text(_find(generated, name)).rstrip())


def _find(generated: dict[str, Document], name: str) -> Document:
    for file_name in (name, f"{name}.json", f"{name}.schema.json"):
        if file_name in generated:
            return generated[file_name]
    known = ", ".join(file.removesuffix(".json").removesuffix(".schema") for file in sorted(generated))
    raise CommandError(f"there is no document of the name {name!r}; there are: {known}")


def _write(generated: dict[str, Document], folder: Path) -> None:
    """Write the documents; what was written before must still hold (design §3)."""
    roles = {f"{channel.name}.schema.json": channel.role for channel in channels()}
    broken: list[str] = []
    for file_name, role in roles.items():
        before = folder / file_name
        if before.exists() and file_name in generated:
            old = json.loads(before.read_text(encoding="utf-8"))
            broken += [
                f"{file_name} {problem}" for problem in incompatibilities(old, generated[file_name], role)
            ]
    if broken:
        raise CommandError(f"programs written against {folder} would break: {'; '.join(broken)}")
    folder.mkdir(parents=True, exist_ok=True)
    for file_name, document in generated.items():
        (folder / file_name).write_text(_text(document), encoding="utf-8")
    note(f"{len(generated)} documents in {folder}, {ASYNCAPI_FILE} among them")


def _text(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
