"""The peer in Java, built once into the cache folder from `kafka_streams`, and the tables it looks up."""

import json
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from bench.peers.environments import CACHE
from bench.peers.kit import COMMIT_SECONDS, Order, companies, taxonomy
from giants.domain.cpc import main_group_of
from tests.kafka.cluster import kafka_version

SOURCES: Final = Path(__file__).parent / "kafka_streams"
# As much as one worker of the others takes for the records of the comparison, and some.
_HEAP_MEGABYTES_MAX: Final = 768
_DIGEST_CHARACTERS: Final = 12
_TOLD_CHARACTERS_MAX: Final = 1_000
# Keys of names in the directory begin with this sign where they are the whole normal form.
_WHOLE_NAME: Final = "="
# A subgroup that no taxonomy lists, so that the whole group answers for it.
_UNLISTED_SUBGROUP: Final = "999999"


class JavaMissingError(Exception):
    """The peer in Java cannot be built or run here."""


def jars() -> Path:
    """The folder of the jars, built where it is not there yet. Raises `JavaMissingError`."""
    folder = _folder()
    if not folder.is_dir():
        _build(folder)
    return folder / "jars"


def is_built() -> bool:
    """Whether the jars are there, and Java to run them."""
    return shutil.which("java") is not None and _folder().is_dir()


def command_of(order: Order, guarantee: str) -> list[str | Path]:
    """The command; `guarantee` is one of Kafka Streams' own. Raises `JavaMissingError`."""
    commit_ms = str(int(COMMIT_SECONDS * 1_000))
    options = [
        f"-Xmx{_HEAP_MEGABYTES_MAX}m",
        "-XX:+UseSerialGC",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    ]
    return [_found("java"), *options, "-cp", f"{jars()}/*", "giants.bench.App", guarantee, commit_ms]


def write_tables(order: Order) -> None:
    """Write what the program looks up: companies by name, technologies by symbol and by main group."""
    symbols: dict[str, list[str]] = {}
    groups: dict[str, list[str]] = {}
    for entries in taxonomy().entries.values():
        for entry in entries:
            for symbol in {entry.symbol, *entry.children}:
                symbols[symbol] = list(taxonomy().technologies_of(symbol))
            if entry.whole_group:
                group = main_group_of(entry.symbol)
                groups[group] = list(taxonomy().technologies_of(f"{group}/{_UNLISTED_SUBGROUP}"))
    names = {
        key.removeprefix(_WHOLE_NAME): company_id
        for key, company_id in companies().items()
        if key.startswith(_WHOLE_NAME)
    }
    tables: dict[str, Any] = {"companies": names, "by_symbol": symbols, "by_group": groups}
    (order.state / "tables.json").write_text(json.dumps(tables), encoding="utf-8")


def _folder() -> Path:
    digest = sha256()
    for file in sorted(SOURCES.rglob("*")):
        if file.is_file():
            digest.update(str(file.relative_to(SOURCES)).encode() + file.read_bytes())
    return CACHE / f"kafka-streams-{kafka_version()}-{digest.hexdigest()[:_DIGEST_CHARACTERS]}"


def _build(folder: Path) -> None:
    partial = folder.with_name(f"{folder.name}.{uuid4().hex}")
    command = [_found("mvn"), "-B", "-q", "-ntp", "-f", str(SOURCES / "pom.xml"), "package"]
    properties = [f"-Dkafka.version={kafka_version()}", f"-Dgiants.streams.folder={partial}"]
    done = subprocess.run([*command, *properties], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        output = (done.stdout + done.stderr)[-_TOLD_CHARACTERS_MAX:]
        raise JavaMissingError(f"{SOURCES / 'pom.xml'} cannot be built: {output}")
    partial.rename(folder)


def _found(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise JavaMissingError(f"no {program}: Kafka Streams needs Java 17 or later, and Maven to be built")
    return found


if __name__ == "__main__":
    print(jars())
