"""Feed the topics edge with inputs that atheris makes, guided by what they reach. Not for CI.

    .venv/bin/pip install --group fuzz
    .venv/bin/python -m tests.fuzz.topics_edge CORPUS_FOLDER -runs=1000000

The first byte of an input chooses the topic, the second the headers, the rest is the value. libFuzzer writes
crashes to files, and running the module with such a file repeats one. Whatever comes has to end in facts or
in one dead letter; every other exception is a finding, and so is an input that takes seconds, or more than
the memory that libFuzzer allows (`-timeout=5 -rss_limit_mb=2048`).
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["agents", "giants.domain", "schemas", "streams.frames"]):
    from agents.intake import Input, Packer
    from giants.domain import facts
    from streams import topics
    from streams.settings import Settings
    from tests.agents.hostile import EXAMPLES, KINDS, as_json

_PACKER = Packer(Settings(partitions=3, topic_prefix=""))
_VERSIONS = (None, None, b"1", b"2", b"\xff", b"")


def one_input(data: bytes) -> None:
    """Pack one input."""
    if len(data) < 2:
        return
    kind, version = KINDS[data[0] % len(KINDS)], _VERSIONS[data[1] % len(_VERSIONS)]
    headers = () if version is None else ((facts.SCHEMA_VERSION_HEADER, version),)
    packed = _PACKER.pack([Input(kind, kind, 0, 0, None, data[2:], 0, headers)])
    refused = [record for record in packed if record.topic == topics.DEAD_LETTERS.name]
    if refused and (len(packed) != 1 or refused[0].value != data[2:]):
        raise RuntimeError(f"expected facts or one dead letter, got {packed}")


def seed_corpus(folder: Path) -> None:
    """Begin with one fact of each kind, so that the fuzzer does not have to guess their fields."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, kind in enumerate(KINDS):
        (folder / f"example-{kind}").write_bytes(bytes((number, 0)) + as_json(EXAMPLES[kind]))


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        if not argument.startswith("-") and not Path(argument).is_file():
            seed_corpus(Path(argument))
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
