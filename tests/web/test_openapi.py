"""The OpenAPI document: an example of every answer and body, and every answer that is given is in it.

Examples are recorded by `python -m tests.web.examples`.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from docs.generate.http import openapi
from giants.delivery.database import QUEUE_FILE
from giants.delivery.queue import DeliveryQueue
from giants.kafka.admin import create_topics
from giants.keys import Scope, create_key, key_file
from giants.store.client import connect
from giants.store.migrations import migrate
from giants.web.openapi import examples, operations
from giants.web.problems import MEDIA_TYPE
from tests.broker import embedded, running_broker
from tests.delivery.samples import NOON, alert, webhook
from tests.store.waiting import wait_until
from tests.web.conftest import fill
from tests.web.serving import served

# Files of bytes have no example that could be written down.
BINARY = {"application/vnd.apache.parquet", "application/vnd.apache.arrow.stream", "application/pdf"}
# What is written is waited for until it is stored: of writing the bounds of every field are not all tried.
PHASES = {
    "reading": ("--include-method", "GET", "--phases", "examples,coverage,fuzzing"),
    "writing": ("--exclude-method", "GET", "--phases", "examples,fuzzing"),
}
EXAMPLES_EACH = 5
# Every text is a cursor by its schema, and few were given out: that such a request is refused is no fault.
LEFT_OUT = ("positive_data_acceptance",)
ENDLESS = "/changes/stream$"  # an answer that never ends; test_changes follows it
ANSWER_SECONDS_MAX = 30.0
TRIED = re.compile(r"([0-9]+) generated")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi()


def contents(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Where it stands, media type and description of every answer and body that has a content."""
    for method, path, operation in operations(document):
        for status, answer in operation["responses"].items():
            for media_type, content in answer.get("content", {}).items():
                yield f"{method} {path} {status}", media_type, content
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{method} {path} body", media_type, content


def closed(schema: Any) -> Any:
    """The same schema with no room for fields that it does not name: a stale example has some."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(part) for name, part in schema.items()}
    if "properties" in schema and isinstance(schema.get("type"), str):
        made.setdefault("additionalProperties", False)
    return made


def example_of(document: dict[str, Any], content: dict[str, Any]) -> Any:
    """The example of a content, or the first of its schema."""
    if "example" in content:
        return content["example"]
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"].get(name, {}).get("examples", [None])[0]


def test_every_answer_and_body_has_an_example_that_fits_its_schema(document: dict[str, Any]) -> None:
    components = closed(document["components"])
    for place, media_type, content in contents(document):
        if media_type in BINARY:
            continue
        example = example_of(document, content)
        assert example is not None, f"{place}: no example; add it to tests/web/examples.py and record"
        jsonschema.validate(example, {**content["schema"], "components": components})


def test_no_example_is_left_of_a_route_that_is_gone(document: dict[str, Any]) -> None:
    assert set(examples()) <= {f"{method} {path}" for method, path, _ in operations(document)}


def test_every_route_but_probes_needs_a_key_and_documents_its_problems(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        expected = {"500"} if path in {"/healthz", "/readyz"} else {"401", "403", "422", "429", "500", "503"}
        described = {
            status
            for status, answer in operation["responses"].items()
            if MEDIA_TYPE in answer.get("content", {})
        }
        assert expected <= described, f"{method} {path}"
        assert bool(operation["security"]) == (len(expected) > 1), f"{method} {path}"


@pytest.fixture(scope="module")
def served_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, str]]:
    """The small programme behind a real server with broker, store, queue and keys; a client and its token."""
    folder = tmp_path_factory.mktemp("openapi")
    with running_broker(folder) as broker:
        settings = embedded(
            broker,
            data_dir=folder / "data",
            partitions=1,
            store_flush_seconds=0.02,
            api_requests_per_minute=1_000_000,
        )
        create_topics(settings)
        with DeliveryQueue(settings.data_dir / QUEUE_FILE) as queue:
            queue.enqueue(alert(), webhook(), NOON)
            queue.disable(queue.due(NOON)[0], NOON, "answered 410 Gone")
        with connect(settings.clickhouse_dsn()) as database:
            migrate(database)
            fill(database)
            _, token = create_key(key_file(settings), "walker", Scope.WRITE)
            with served(settings, with_store=True) as client:
                wait_until(lambda: client.get("/readyz").status_code == 200, "the store to be ready")
                yield client, token


@pytest.mark.parametrize("what", PHASES)
def test_no_request_is_answered_by_a_fault_or_by_what_is_not_documented(
    served_api: tuple[httpx.Client, str], tmp_path: Path, what: str
) -> None:
    client, token = served_api
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{client.base_url}/openapi.json"),
            *("--header", f"Authorization: Bearer {token}"),
            *PHASES[what],
            *("--max-examples", str(EXAMPLES_EACH)),
            *("--exclude-checks", ",".join(LEFT_OUT)),
            *("--exclude-path-regex", ENDLESS),
            *("--request-timeout", str(ANSWER_SECONDS_MAX)),
            *("--suppress-health-check", "all"),
            *("--seed", "1", "--no-shrink", "--continue-on-failure", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert TRIED.search(ran.stdout), ran.stdout
