"""The verdict: what does not hold in the end (design §4, invariants 1, 2, 4), and what came again."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from giants.kafka import topics
from giants.kafka.topic_reader import Message
from giants.kafka.topics import Topic
from giants.store.client import Database
from schemas.changes import Alert, CompanySnapshot, ExposureSnapshot, RatingChange, SignalChange, StatusChange
from tests.chaos.feeder import digest
from tests.chaos.outcome import Coordinates, Outcome
from tests.chaos.views import Change, Views

Place = tuple[str, str]  # company, technology; of a status chain the technology is empty


@dataclass(slots=True)
class Verdict:
    """Violations, one sentence each, and how often something came again: allowed where it is the same."""

    outcome: Outcome
    confirmed: Counter[tuple[str, bytes]]
    # The embedded broker ended in between: what is there came from the journal, each content once, and what
    # was refused is among the dead letters alone.
    broker_forgets: bool = False
    violations: list[str] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)
    changes: dict[str, Change] = field(default_factory=dict)
    signals: dict[str, SignalChange] = field(default_factory=dict)
    alerts: dict[str, Alert] = field(default_factory=dict)

    def judge(self, database: Database) -> None:
        """Look at everything."""
        checks: tuple[Callable[[], Iterable[str]], ...] = (
            self._inputs_are_there,
            self.outcome.stale,
            self._status_chains,
            self._rating_chains,
            self._signal_chains,
            self._alerts,
            self._dead_letters,
        )
        for check in checks:
            self.violations.extend(check())
        views = Views(database, self.outcome, self.changes)
        self.violations.extend(views.violations(broker_forgot=self.broker_forgets))
        self.again["rows of the feed"] = views.repeated_in_feed()

    def _inputs_are_there(self) -> Iterator[str]:
        """What the broker confirmed is there, but for what a compacted topic may forget."""
        there = Counter((kind, digest(message.value)) for kind, message, _ in self.outcome.inputs)
        forgets = {topic.name.removesuffix(".v1") for topic in topics.INPUTS if topic.compacted}
        letters = {digest(message.value) for message in self.outcome.of(topics.DEAD_LETTERS)}
        missing = [
            what
            for what, times in self.confirmed.items()
            if there[what] < (1 if self.broker_forgets else times)
            and what[0] not in forgets
            and not (self.broker_forgets and what[1] in letters)
        ]
        if missing:
            yield f"{len(missing)} confirmed inputs are not on their topics, such as one of {missing[0][0]}"

    def _status_chains(self) -> Iterator[str]:
        chains: dict[Place, list[StatusChange]] = {}
        for message in self._once(topics.STATUS_CHANGES):
            change = StatusChange.model_validate_json(message.value or b"")
            self.changes[change.id] = change
            chains.setdefault((change.company_id, ""), []).append(change)
        told = {}
        for key, value in self.outcome.expected.companies.items():
            one = CompanySnapshot.model_validate_json(value)
            told[key.decode(), ""] = (one.status, one.tier, one.name)
        ends = {
            place: (end.status, end.tier, end.name)
            for place, chain in chains.items()
            if (end := chain[-1].current) is not None
        }
        for place, chain in chains.items():
            yield from _broken_links(place, chain)
        yield from _ends(ends, told)

    def _rating_chains(self) -> Iterator[str]:
        chains: dict[Place, list[RatingChange]] = {}
        for message in self._once(topics.RATING_CHANGES):
            change = RatingChange.model_validate_json(message.value or b"")
            self.changes[change.id] = change
            chains.setdefault((change.company_id, change.technology), []).append(change)
        told = {
            (key.decode(), one.technology): (one.band, one.profile)
            for key, value in self.outcome.expected.exposures.items()
            for one in ExposureSnapshot.model_validate_json(value).technologies
            if one.band is not None
        }
        ends = {
            place: (end.band, end.profile)
            for place, chain in chains.items()
            if (end := chain[-1].current) is not None
        }
        for place, chain in chains.items():
            yield from _broken_links(place, chain)
        yield from _ends(ends, told)

    def _signal_chains(self) -> Iterator[str]:
        chains: dict[tuple[str, str], list[SignalChange]] = {}
        for message in self._once(topics.SIGNAL_CHANGES):
            change = SignalChange.model_validate_json(message.value or b"")
            self.signals[change.id] = change
            place = change.company_id, f"{change.signal} {change.technology}"
            chains.setdefault(place, []).append(change)
        for place, chain in chains.items():
            yield from _broken_links(place, chain)

    def _once(self, topic: Topic) -> Iterator[Message]:
        """The changes of a topic, each once; the same id has to come with the same bytes."""
        known: dict[bytes, Message] = {}
        for message in self.outcome.of(topic):
            first = known.setdefault(message.headers["ce_id"], message)
            if first is message:
                yield message
                continue
            self.again[topic.name] += 1
            if _bytes(first) != _bytes(message):
                self.violations.append(f"a change came twice with other bytes: {first} and {message}")

    def _alerts(self) -> Iterator[str]:
        """The watchlist that matches everything is told of each change, by one alert."""
        alerts = self.alerts
        for message in self.outcome.of(topics.ALERTS):
            alert = Alert.model_validate_json(message.value or b"")
            self.again[topics.ALERTS.name] += alert.id in alerts
            alerts[alert.id] = alert
        told = Counter(alert.change.id for alert in alerts.values())
        wanted = {id_ for id_, change in (self.changes | self.signals).items() if not change.replayed}
        if told.keys() != wanted:
            yield f"alerts: {len(wanted - told.keys())} changes untold, {len(told.keys() - wanted)} unknown"
        several = sum(times > 1 for times in told.values())
        if several:
            yield f"alerts: {several} changes were told by several alerts"

    def _dead_letters(self) -> Iterator[str]:
        refused, letters = self.outcome.refused, set[Coordinates]()
        for message in self.outcome.of(topics.DEAD_LETTERS):
            headers = {name: value.decode() for name, value in message.headers.items()}
            place = (headers["giants-topic"], int(headers["giants-partition"]), int(headers["giants-offset"]))
            self.again[topics.DEAD_LETTERS.name] += place in letters
            letters.add(place)
            # Letters that came back name places of a broker that is gone; another input may be there now.
            original = None if self.broker_forgets else refused.get(place)
            if original is not None and (original.key, original.value) != (message.key, message.value):
                yield f"the dead letter of {place} is not what was sent"
        if self.broker_forgets:  # those of inputs that are not there any more came back by themselves
            letters &= refused.keys()
        if letters != refused.keys():
            lost, wrong = refused.keys() - letters, letters - refused.keys()
            yield f"dead letters: {len(lost)} missing, {len(wrong)} of what is no rubbish"


def _bytes(message: Message) -> tuple[object, ...]:
    return message.key, message.value, message.timestamp_ms, dict(message.headers)


def _broken_links(place: Place, chain: Sequence[Change | SignalChange]) -> Iterator[str]:
    previous: object = None
    for number, change in enumerate(chain, 1):
        if change.seq != number:
            yield f"chain of {place}: expected seq {number}, got {change.seq}"
        if change.previous != previous:
            yield f"chain of {place}, seq {change.seq}: {change.previous} follows {previous}"
        previous = change.current


def _ends(ends: Mapping[Place, object], told: Mapping[Place, object]) -> Iterator[str]:
    """Each chain ends in what the snapshot says."""
    for place in sorted(ends.keys() | told.keys()):
        if ends.get(place) != told.get(place):
            yield f"chain of {place} ends in {ends.get(place)}, the snapshot says {told.get(place)}"
