"""`giants keys create|list|delete`: who may ask the API from elsewhere than this machine."""

from typing import Annotated

import typer

from giants.keys import Scope, create_key, delete_key, key_file, list_keys
from giants.terminal.output import Json, note, out, print_json, read_settings, say, table

EXAMPLES = (
    "Examples: `giants keys create desk-a` · `giants keys create loader --scope write` · `giants keys list` "
    "· `export GIANTS_API_KEY=$(giants keys create this-machine --scope write)`"
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(
        no_args_is_help=True,
        help="Keys of the HTTP API. While there are none, it answers requests from this machine only.",
    )
    keys.command("create", epilog=EXAMPLES)(create)
    keys.command("list")(show)
    keys.command("delete")(delete)
    app.add_typer(keys, name="keys")


def create(
    name: Annotated[str, typer.Argument(help="Whom the key is for.")],
    scope: Annotated[Scope, typer.Option(help="What it allows.")] = Scope.READ,
    owner: Annotated[
        str | None,
        typer.Option(help="Whose portfolios and judgements it sees; without it those of its name, `*` all."),
    ] = None,
) -> None:
    """Make a key and print it, this once: only its hash is kept.

    As soon as one key exists the API asks everybody for one, also the commands on this machine: they send
    what GIANTS_API_KEY holds.
    """
    settings = read_settings()
    is_first = not list_keys(key_file(settings))
    key, token = create_key(key_file(settings), name, scope, owner)
    note(f"key {key.id} for {key.name}, scope {key.scope}; programs send it as `Authorization: Bearer KEY`")
    if is_first:
        note("this is the first key: from now on the API asks everybody for one, also this machine")
    if settings.api_key is None:
        note("for commands on this machine:  export GIANTS_API_KEY=KEY   for a browser: sign in with KEY")
    say(token)


def show(json: Json = False) -> None:
    """List keys."""
    keys = list_keys(key_file(read_settings()))
    if json:
        for key in keys:
            print_json(key.model_dump(mode="json", exclude={"sha256"}))
        return
    if not keys:
        note("no keys: the API answers requests from this machine only; `giants keys create NAME` makes one")
        return
    rows = (
        (key.id, key.name, key.owner or key.name, key.scope.value, f"{key.created_at:%Y-%m-%d %H:%M}Z")
        for key in keys
    )
    out().print(table(None, ("id", "name", "owner", "scope", "made"), rows))


def delete(key_id: Annotated[str, typer.Argument(help="Id of the key, as `list` shows it.")]) -> None:
    """Delete a key; it is refused from then on."""
    key = delete_key(key_file(read_settings()), key_id)
    note(f"key {key.id} for {key.name} is deleted")
    if not list_keys(key_file(read_settings())):
        note("that was the last key: the API answers requests from this machine only, without a key")
