"""`giants dead-letters list|replay`: inputs that were refused, and another try for them."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from giants.cli.target import broker_settings
from giants.kafka import topics
from giants.kafka.follow import Follower, Message
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from giants.terminal.output import CommandError, Json, note, out, print_json, table

EXAMPLES_LIST = "Examples: `giants dead-letters list` · `giants dead-letters list --json | jq -r .reason`"
EXAMPLES_REPLAY = (
    "Examples: `giants dead-letters replay giants.families.v1/3/120` · `giants dead-letters replay --all` "
    "(after the cause was mended: a newer version, another taxonomy)"
)
VALUE_SHOWN_CHARACTERS = 60

Text = Annotated[
    str | None, typer.Option("--topic", help="Only letters of this input topic, without prefix.")
]


@dataclass(frozen=True, slots=True)
class Letter:
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
        """topic/partition/offset of the input: what names a letter."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    letters = typer.Typer(no_args_is_help=True, help="Inputs that were refused, with the reason.")
    letters.command("list", epilog=EXAMPLES_LIST)(list_letters)
    letters.command("replay", epilog=EXAMPLES_REPLAY)(replay)
    app.add_typer(letters, name="dead-letters")


def list_letters(topic: Text = None, json: Json = False) -> None:
    """List refused inputs with place, reason and bytes."""
    settings = broker_settings()
    found = list(_letters(settings, topic))
    if json:
        for letter in found:
            print_json(_as_dict(letter))
        return
    if not found:
        note("no input was refused")
        return
    rows = ((letter.place, _shown(letter.key), letter.reason, _shown(letter.value)) for letter in found)
    out().print(table(None, ("place", "key", "reason", "value"), rows))


def replay(
    places: Annotated[list[str] | None, typer.Argument(help="Letters: topic/partition/offset.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Try all again.")] = False,
    topic: Text = None,
) -> None:
    """Publish refused inputs again, byte for byte, to the topic that they came from."""
    if bool(places) == everything:
        raise CommandError("name the letters to try again (topic/partition/offset), or say --all")
    settings = broker_settings()
    found = {letter.place: letter for letter in _letters(settings, topic)}
    unknown = [place for place in places or () if place not in found]
    if unknown:
        raise CommandError(
            f"there is no dead letter {', '.join(unknown)}: `giants dead-letters list` shows them"
        )
    chosen = [found[place] for place in places] if places else list(found.values())
    inputs = {known.full_name(settings) for known in topics.INPUTS}
    with Publisher(settings) as publisher:
        for letter in chosen:
            if letter.topic not in inputs:
                raise CommandError(f"{letter.place} came from no input topic of this stack")
            publisher.send(
                letter.topic,
                letter.key,
                letter.value,
                timestamp_ms=letter.timestamp_ms,
                headers=letter.headers,
            )
    note(f"{len(chosen)} published again; what is still refused comes back as a new letter")


def _letters(settings: Settings, topic: str | None) -> Iterator[Letter]:
    with Follower(settings, [topics.DEAD_LETTERS]) as follower:
        letters = [_letter(message) for message in follower.to_end()]
    wanted = None if topic is None else settings.topic_prefix + topic.removeprefix(settings.topic_prefix)
    for letter in sorted(letters, key=lambda letter: (letter.topic, letter.partition, letter.offset)):
        if wanted in (None, letter.topic):
            yield letter


def _letter(message: Message) -> Letter:
    def text(name: str) -> str:
        return message.headers.get(name, b"").decode(errors="replace")

    return Letter(
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


def _as_dict(letter: Letter) -> dict[str, object]:
    value = letter.value
    return {
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason,
        "key": None if letter.key is None else letter.key.decode(errors="replace"),
        "value_base64": None if value is None else b64encode(value).decode(),
        "timestamp_ms": letter.timestamp_ms,
    }


def _shown(value: bytes | None) -> str | None:
    if value is None:
        return None
    text = value[: 4 * VALUE_SHOWN_CHARACTERS].decode(errors="replace")
    return text if len(text) <= VALUE_SHOWN_CHARACTERS else f"{text[:VALUE_SHOWN_CHARACTERS]}…"
