"""Records of input topics: facts and rows of the journal, or one dead letter with the same bytes.

The first byte chooses the topic, the second the header of the schema version, the rest is the value.
"""

from collections.abc import Iterator

from agents.intake import Input, Packer
from giants.decoding import facts
from giants.kafka import topics
from giants.settings import Settings
from giants.store.fact_rows import fact_rows
from giants.store.records import Incoming
from tests.agents.hostile import EXAMPLES, KINDS, as_json

VERSIONS = (None, None, b"1", b"2", b"\xff", b"")
_PACKER = Packer(Settings(partitions=3, topic_prefix=""))


def seeds() -> Iterator[bytes]:
    """One fact of each kind, so that the fuzzer does not have to guess their fields."""
    for number, kind in enumerate(KINDS):
        yield bytes((number, 0)) + as_json(EXAMPLES[kind])


def one_input(data: bytes) -> None:
    """Pack one record, and make the rows of the journal of it."""
    if len(data) < 2:
        return
    kind, version = KINDS[data[0] % len(KINDS)], VERSIONS[data[1] % len(VERSIONS)]
    headers = {} if version is None else {facts.SCHEMA_VERSION_HEADER: version}
    packed = _PACKER.pack([Input(kind, f"{kind}.v1", 0, 0, None, data[2:], 0, tuple(headers.items()))])
    refused = [record for record in packed if record.topic == topics.DEAD_LETTERS.name]
    if refused and (len(packed) != 1 or refused[0].value != data[2:]):
        raise RuntimeError(f"expected facts or one dead letter, got {packed}")
    rows = list(fact_rows(Incoming(f"{kind}.v1", 0, 0, None, data[2:], 0, headers)))
    # A taxonomy of another name is a fact to the journal, and a letter to the intake of this one.
    if bool(rows) == bool(refused) and kind != facts.TAXONOMIES:
        raise RuntimeError(f"intake and journal disagree: {packed} and {rows}")
