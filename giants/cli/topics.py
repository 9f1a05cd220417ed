"""`giants topics`: every topic; whether the broker has them as the stream needs them, and making it so."""

import typer

from giants.cli.target import broker_settings
from giants.kafka.admin import create_topics
from giants.kafka.gaps import accept, gaps
from giants.kafka.topic_settings import apply, differences
from giants.kafka.topics import ALL
from giants.terminal.output import Json, note, out, print_json, read_settings, table

EXAMPLES = "Examples: `giants topics` · `giants topics --json | jq -r .name` · `giants topics check`"
EXAMPLES_CHECK = "Examples: `giants topics check` · `giants topics check --json`"
EXAMPLES_APPLY = "Examples: `GIANTS_BROKER=kafka:9092 giants topics apply`"
EXAMPLES_GAPS = "Examples: `giants topics accept-gaps` (first stop the processes whose groups lack records)"


def register(app: typer.Typer) -> None:
    """Add the command, which is a group of commands as well."""
    group = typer.Typer(invoke_without_command=True, help=topics.__doc__, epilog=EXAMPLES)
    group.callback(epilog=EXAMPLES)(topics)
    group.command("check", epilog=EXAMPLES_CHECK)(check)
    group.command("apply", epilog=EXAMPLES_APPLY)(apply_settings)
    group.command("accept-gaps", epilog=EXAMPLES_GAPS)(accept_gaps)
    app.add_typer(group, name="topics")


def topics(context: typer.Context, json: Json = False) -> None:
    """List every topic with its key, partitions and meaning."""
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    rows = [
        {
            "name": topic.full_name(settings),
            "role": topic.role.value,
            "key": topic.key,
            "partitions": topic.partition_count(settings),
            "compacted": topic.compacted,
            "about": topic.about,
            "room": topic.role.value,  # what `role` was called; goes with the next version
        }
        for topic in ALL
    ]
    if json:
        for row in rows:
            print_json(row)
        return
    columns = ("topic", "role", "key", "partitions", "kept", "about")
    shown = (
        (
            row["name"],
            row["role"],
            row["key"],
            row["partitions"],
            "latest of a key" if row["compacted"] else "all",
            row["about"],
        )
        for row in rows
    )
    out().print(table(None, columns, shown))


def check(json: Json = False) -> None:
    """Compare the topics of the broker with what the stream needs; status 1 where something differs."""
    found = differences(broker_settings())
    for one in found if json else ():
        print_json({"topic": one.topic, "setting": one.setting, "expected": one.expected, "got": one.got})
    if not found:
        note("the topics are as the stream needs them")
        return
    if not json:
        rows = ((one.topic, one.setting, one.expected, one.got) for one in found)
        out().print(table(None, ("topic", "setting", "expected", "got"), rows))
        note("`giants topics apply` makes topics that are missing, and sets what can be set")
    raise typer.Exit(1)


def apply_settings() -> None:
    """Create missing topics and configure the others as the stream needs; needs an administrator."""
    settings = broker_settings()
    made = create_topics(settings)
    changed = apply(settings, differences(settings))
    note(f"{len(made)} topics made, {changed} settings changed")


def accept_gaps() -> None:
    """Let groups continue after records that were deleted before they were read; prints which are lost."""
    settings = broker_settings()
    found = gaps(settings)
    accept(settings, found)
    for one in found:
        note(
            f"{one.group} goes on without {one.topic}/{one.partition}, "
            f"offsets {one.committed} to {one.first - 1}"
        )
    if not found:
        note("no group lacks records")
