"""`giants lists` and `giants lists withdraw ID`: which lists were ingested, and taking one back."""

from collections.abc import Iterable
from typing import Annotated

import typer

from giants.cli.target import broker_settings
from giants.decoding.facts import FactError, read_fact
from giants.kafka import topics
from giants.kafka.publisher import Publisher
from giants.kafka.topic_reader import Follower
from giants.settings import Settings
from giants.terminal.output import CommandError, Json, note, out, print_json, table
from giants.terminal.waiting import wait_until_through
from schemas.facts import Announcement, Review

EXAMPLES = (
    "Examples: `giants lists` · `giants lists --all --json` · `giants lists withdraw 2026-b8-hb-final-1f2e3d`"
)
EXAMPLES_WITHDRAW = (
    "Example: `giants lists withdraw 2026-b8-hb-final-1f2e3d --reason 'another file by mistake'`"
)
_TOPICS = (topics.ANNOUNCEMENTS, topics.REVIEWS)
COLUMNS = (
    *("list", "revision", "what", "authority", "stage", "published", "companies", "expected"),
    *("unread", "complete", "source"),
)

List = Announcement | Review


def register(app: typer.Typer) -> None:
    """Add the commands."""
    lists = typer.Typer(invoke_without_command=True, help="Lists that were ingested, by id and revision.")
    lists.callback(epilog=EXAMPLES)(show)
    lists.command("withdraw", epilog=EXAMPLES_WITHDRAW)(withdraw)
    app.add_typer(lists, name="lists")


def show(
    context: typer.Context,
    revisions: Annotated[
        bool, typer.Option("--all", help="Every revision, not only the one in force.")
    ] = False,
    json: Json = False,
) -> None:
    """List what was ingested: what each list says, of whom, and what it lacks."""
    if context.invoked_subcommand is not None:
        return
    found = _lists(broker_settings())
    rows = [_row(fact) for facts in found.values() for fact in (facts if revisions else facts[-1:])]
    if json:
        for row in rows:
            print_json(dict(zip(COLUMNS, row, strict=True)))
    elif rows:
        out().print(table(None, COLUMNS, rows))
    else:
        note("no list was ingested")


def withdraw(
    list_id: Annotated[str, typer.Argument(help="Id of the list, as `giants lists` shows it.")],
    reason: Annotated[str | None, typer.Option(help="Why, for those who look at the list later.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when everything is rated and stored.")] = False,
) -> None:
    """Withdraw a list: the next revision names nobody and says so."""
    settings = broker_settings()
    found = [facts[-1] for facts in _lists(settings).values() if facts[-1].list_id == list_id]
    if not found:
        raise CommandError(f"there is no list {list_id!r}: `giants lists` shows those there are")
    for fact in found:
        if fact.withdrawn:
            raise CommandError(f"{list_id} was withdrawn already, by revision {fact.revision}")
    with Publisher(settings) as publisher:
        for fact in found:
            publisher.send_fact(withdrawn(fact, reason))
            word = "company" if _companies(fact) == 1 else "companies"
            note(f"{list_id}: revision {fact.revision + 1} takes {_companies(fact):,} {word} back")
    if wait:
        wait_until_through(settings)


def withdrawn(fact: List, reason: str | None) -> List:
    """The revision that takes a list back; it proves and expects nothing."""
    named = ("entries",) if isinstance(fact, Announcement) else ("passed", "failed")
    left_out = {*named, "expected_count", "batch_total", "round_total", "unread_rows"}
    source = fact.source.model_dump(by_alias=True)
    if reason:
        source["title"] = f"withdrawn: {reason}"
    changed = {"revision": fact.revision + 1, "complete": False, "withdrawn": True, "source": source}
    return type(fact).model_validate(fact.model_dump(by_alias=True, exclude=left_out) | changed)


def _lists(settings: Settings) -> dict[tuple[str, str], list[List]]:
    """The lists by topic and id, each with its revisions in order; of equal revisions the first counts."""
    found: dict[tuple[str, str], dict[int, List]] = {}
    with Follower(settings, _TOPICS) as follower:
        for message in follower.to_end():
            fact = _fact(message.topic.removesuffix(".v1"), message.value)
            if fact is not None:
                found.setdefault((message.topic, fact.list_id), {}).setdefault(fact.revision, fact)
    return {key: [revisions[n] for n in sorted(revisions)] for key, revisions in sorted(found.items())}


def _fact(topic: str, value: bytes | None) -> List | None:
    """A list; None for what intake refuses."""
    try:
        fact = read_fact(topic, value or b"")
    except FactError:
        return None
    return fact if isinstance(fact, Announcement | Review) else None


def _row(fact: List) -> tuple[object, ...]:
    return (
        fact.list_id,
        fact.revision,
        _what(fact),
        fact.authority.value if fact.authority is not None else None,
        fact.stage.value,
        fact.published_on.isoformat(),
        "withdrawn" if fact.withdrawn else _companies(fact),
        fact.expected_count,
        fact.unread_rows or None,
        "yes" if fact.complete else None,
        fact.source.publisher or fact.source.title or fact.source.source_class.value,
    )


def _what(fact: List) -> str:
    if isinstance(fact, Review):
        return f"review {fact.review_year}"
    return f"{fact.kind.value} of batch {fact.batch}" if fact.batch is not None else fact.kind.value


def _companies(fact: List) -> int:
    named: Iterable[object] = fact.entries if isinstance(fact, Announcement) else (*fact.passed, *fact.failed)
    return len(tuple(named))
