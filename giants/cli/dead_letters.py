"""`giants dead-letters list|replay`: inputs that were refused, and another try for them."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from giants.cli.target import broker_settings
from giants.kafka import topics
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower, Message
from giants.settings import Settings
from giants.terminal.output import CommandError, Json, note, out, print_json, table

EXAMPLES_LIST = "Examples: `giants dead-letters list` · `giants dead-letters list --json | jq -r .reason`"
EXAMPLES_REPLAY = (
    "Examples: `giants dead-letters replay giants.families.v1/3/120` · `giants dead-letters replay --all` "
    "(after the cause was repaired: a newer version, another taxonomy)"
)
VALUE_SHOWN_CHARACTERS = 60

Text = Annotated[
    str | None, typer.Option("--topic", help="Only dead letters of this input topic, without prefix.")
]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A refused input: where it stood, why it was refused, and its own bytes."""

    topic: str
    partition: int
    offset: int
    reason: str
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: tuple[tuple[str, bytes], ...]

    @property
    def place(self) -> str:
        """topic/partition/offset of the input, which identifies the dead letter."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    dead_letters = typer.Typer(no_args_is_help=True, help="Inputs that were refused, with the reason.")
    dead_letters.command("list", epilog=EXAMPLES_LIST)(list_dead_letters)
    dead_letters.command("replay", epilog=EXAMPLES_REPLAY)(replay)
    app.add_typer(dead_letters, name="dead-letters")


def list_dead_letters(topic: Text = None, json: Json = False) -> None:
    """List refused inputs with place, reason and bytes."""
    settings = broker_settings()
    found = list(_dead_letters(settings, topic))
    if json:
        for dead_letter in found:
            print_json(_as_dict(dead_letter))
        return
    if not found:
        note("no input was refused")
        return
    rows = (
        (dead_letter.place, _shown(dead_letter.key), dead_letter.reason, _shown(dead_letter.value))
        for dead_letter in found
    )
    out().print(table(None, ("place", "key", "reason", "value"), rows))


def replay(
    places: Annotated[list[str] | None, typer.Argument(help="Dead letters: topic/partition/offset.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Try all again.")] = False,
    topic: Text = None,
) -> None:
    """Publish refused inputs again, byte for byte, to the topic that they came from."""
    if bool(places) == everything:
        raise CommandError("name the dead letters to try again (topic/partition/offset), or say --all")
    settings = broker_settings()
    found = {dead_letter.place: dead_letter for dead_letter in _dead_letters(settings, topic)}
    unknown = [place for place in places or () if place not in found]
    if unknown:
        raise CommandError(
            f"there is no dead letter {', '.join(unknown)}: `giants dead-letters list` shows them"
        )
    chosen = [found[place] for place in places] if places else list(found.values())
    inputs = {known.full_name(settings) for known in topics.INPUTS}
    with Publisher(settings) as publisher:
        for dead_letter in chosen:
            if dead_letter.topic not in inputs:
                raise CommandError(f"{dead_letter.place} came from no input topic of this stack")
            publisher.send(
                dead_letter.topic,
                dead_letter.key,
                dead_letter.value,
                timestamp_ms=dead_letter.timestamp_ms,
                headers=dead_letter.headers,
            )
    note(f"{len(chosen)} published again; what is still refused comes back as a new dead letter")


def _dead_letters(settings: Settings, topic: str | None) -> Iterator[DeadLetter]:
    with Follower(settings, [topics.DEAD_LETTERS]) as follower:
        dead_letters = [_dead_letter(message) for message in follower.to_end()]
    wanted = None if topic is None else settings.topic_prefix + topic.removeprefix(settings.topic_prefix)
    for dead_letter in sorted(
        dead_letters, key=lambda dead_letter: (dead_letter.topic, dead_letter.partition, dead_letter.offset)
    ):
        if wanted in (None, dead_letter.topic):
            yield dead_letter


def _dead_letter(message: Message) -> DeadLetter:
    def text(name: str) -> str:
        return message.headers.get(name, b"").decode(errors="replace")

    return DeadLetter(
        topic=text("giants-topic"),
        partition=int(text("giants-partition") or -1),
        offset=int(text("giants-offset") or -1),
        reason=text("giants-error"),
        key=message.key,
        value=message.value,
        timestamp_ms=int(text("giants-timestamp") or message.timestamp_ms),
        headers=tuple(
            (name, value) for name, value in message.headers.items() if name in topics.KEPT_INPUT_HEADERS
        ),
    )


def _as_dict(dead_letter: DeadLetter) -> dict[str, object]:
    value = dead_letter.value
    return {
        "topic": dead_letter.topic,
        "partition": dead_letter.partition,
        "offset": dead_letter.offset,
        "reason": dead_letter.reason,
        "key": None if dead_letter.key is None else dead_letter.key.decode(errors="replace"),
        "value_base64": None if value is None else b64encode(value).decode(),
        "timestamp_ms": dead_letter.timestamp_ms,
    }


def _shown(value: bytes | None) -> str | None:
    if value is None:
        return None
    text = value[: 4 * VALUE_SHOWN_CHARACTERS].decode(errors="replace")
    return text if len(text) <= VALUE_SHOWN_CHARACTERS else f"{text[:VALUE_SHOWN_CHARACTERS]}…"
