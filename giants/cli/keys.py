"""`giants keys create|list|delete`: who may ask the API from elsewhere than this machine."""

from typing import Annotated

import typer

from giants.keys import Key, Scope, change_key, create_key, delete_key, key_file, list_keys
from giants.terminal.output import Json, note, out, print_json, read_settings, say, table

EXAMPLES = (
    "Examples: `giants keys create ann --owner desk-a --scope write` · "
    "`giants keys create nightly --scope operate` · `giants keys list` · "
    "`export GIANTS_API_KEY=$(giants keys create this-machine --scope admin)`"
)
_SCOPE_HELP = (
    "What it allows: read; screen (ask what names mean); write (change what is its owner's; holds both); "
    "operate (raw facts, refused inputs, backups); admin (everything, of every owner). "
    "Repeat it for several; without it read and screen."
)
_OWNER_HELP = (
    "Whose watchlists, portfolios, judgements, runs of screening, alerts and deliveries it sees; without it "
    "those of its name, `*` everybody's."
)
Scopes = Annotated[list[Scope] | None, typer.Option("--scope", help=_SCOPE_HELP)]
Owner = Annotated[str | None, typer.Option(help=_OWNER_HELP)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(
        no_args_is_help=True,
        help="Keys of the HTTP API. While there are none, it answers requests from this machine only.",
    )
    keys.command("create", epilog=EXAMPLES)(create)
    keys.command("list")(show)
    keys.command("change")(change)
    keys.command("delete")(delete)
    app.add_typer(keys, name="keys")


def create(
    name: Annotated[str, typer.Argument(help="Whom the key is for.")],
    scope: Scopes = None,
    owner: Owner = None,
) -> None:
    """Make a key and print it once: only its hash is kept.

    As soon as one key exists the API asks everybody for one, also the commands on this machine: they send
    what GIANTS_API_KEY holds.
    """
    settings = read_settings()
    is_first = not list_keys(key_file(settings))
    scopes = scope or [Scope.READ, Scope.SCREEN]
    key, token = create_key(key_file(settings), name, *scopes, owner=owner)
    note(f"key {key.id} for {key.name}, {_said(key)}; programs send it as `Authorization: Bearer KEY`")
    if is_first:
        note("this is the first key: from now on every request needs a key, from this machine too")
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
        (key.id, key.name, key.sees or "everybody", " ".join(key.scopes), f"{key.created_at:%Y-%m-%d %H:%M}Z")
        for key in keys
    )
    out().print(table(None, ("id", "name", "sees", "scopes", "made"), rows))


def change(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as `list` shows it.")],
    scope: Scopes = None,
    owner: Owner = None,
) -> None:
    """Give a key other scopes or another owner; the key itself stays, so nobody needs a new one."""
    key = change_key(key_file(read_settings()), key_id, tuple(scope or ()), owner)
    note(f"key {key.id} for {key.name}: {_said(key)}")


def delete(key_id: Annotated[str, typer.Argument(help="Id of the key, as `list` shows it.")]) -> None:
    """Delete a key; it is refused from then on."""
    key = delete_key(key_file(read_settings()), key_id)
    note(f"key {key.id} for {key.name} is deleted")
    if not list_keys(key_file(read_settings())):
        note("that was the last key: the API answers requests from this machine only, without a key")


def _said(key: Key) -> str:
    whose = f"what is {key.sees}'s" if key.sees else "what is anybody's"
    return f"scopes {', '.join(key.scopes)}, sees {whose}"
