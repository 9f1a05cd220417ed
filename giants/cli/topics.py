"""`giants topics`: every topic, what keys it, how it is spread."""

import typer

from giants.kafka.topics import ALL
from giants.terminal.output import Json, out, print_json, read_settings, table

EXAMPLES = "Examples: `giants topics` · `giants topics --json | jq -r .name`"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(topics)


def topics(json: Json = False) -> None:
    """List every topic with its key, partitions and meaning."""
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
