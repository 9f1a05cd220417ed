"""The generated documents describe the contract, and the golden files guard it."""

import copy
import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from giants.kafka import topics
from giants.kafka.contract import ASYNCAPI_FILE, channels, documents
from schemas.compatibility import incompatibilities
from schemas.documents import ASYNCAPI_VERSION, Channel, Document, Role

GOLDEN = Path(__file__).parents[2] / "schemas" / "golden"
ROLES = {f"{channel.name}.schema.json": channel.role for channel in channels()}
GENERATED = documents("giants.", version("little-giants-stream"))
SCHEMAS = {name: document for name, document in GENERATED.items() if name != ASYNCAPI_FILE}


# Where the schema of the specification lies for tests; it is no part of the project.
ASYNCAPI_FOLDER = Path(os.environ.get("GIANTS_ASYNCAPI", Path.home() / ".cache" / "giants-asyncapi"))
ASYNCAPI_INSTALL = f"npm install --prefix {ASYNCAPI_FOLDER} @asyncapi/specs@6.11.1"


@pytest.fixture(scope="module")
def asyncapi_schema() -> Document:
    """The JSON Schema of AsyncAPI; the test is skipped where it is not installed."""
    folder = ASYNCAPI_FOLDER / "node_modules" / "@asyncapi" / "specs" / "schemas"
    path = folder / f"{ASYNCAPI_VERSION}.json"
    if not path.is_file():
        pytest.skip(f"no schema of AsyncAPI: {ASYNCAPI_INSTALL} (or set GIANTS_ASYNCAPI)")
    schema: Document = json.loads(path.read_text(encoding="utf-8"))
    return schema


def golden(name: str) -> Document:
    document: Document = json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_no_incompatible_change_within_a_version(name: str) -> None:
    assert incompatibilities(golden(name), SCHEMAS[name], ROLES[name]) == []


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_golden_files_are_up_to_date(name: str) -> None:
    assert golden(name) == GENERATED[name], "run `giants schema --write schemas/golden`"


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(GENERATED)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_valid_json_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("channel", [one for one in channels() if one.payload], ids=lambda one: one.name)
def test_every_message_has_examples_that_are_valid_by_model_and_schema(channel: Channel) -> None:
    assert channel.examples, f"schemas/examples/{channel.name}.json is missing"
    assert channel.payload is not None
    for value in channel.examples:
        channel.payload.validate_json(json.dumps(value))
        jsonschema.validate(value, SCHEMAS[f"{channel.name}.schema.json"])


def test_no_example_is_left_of_a_topic_that_is_gone() -> None:
    names = {f"{channel.name}.json" for channel in channels()}
    assert {path.name for path in (GOLDEN.parent / "examples").iterdir()} <= names


def test_asyncapi_is_valid_by_its_specification(asyncapi_schema: Document) -> None:
    jsonschema.Draft7Validator(asyncapi_schema).validate(GENERATED[ASYNCAPI_FILE])


def test_a_document_that_is_no_asyncapi_is_told_from_one(asyncapi_schema: Document) -> None:
    wrong = copy.deepcopy(GENERATED[ASYNCAPI_FILE])
    next(iter(wrong["operations"].values()))["action"] = "shout"
    assert not jsonschema.Draft7Validator(asyncapi_schema).is_valid(wrong)


def test_asyncapi_names_every_topic_of_the_contract_and_resolves_all_its_references() -> None:
    document = GENERATED[ASYNCAPI_FILE]
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {f"giants.{topic.name}" for topic in topics.INPUTS + topics.OUTPUTS}
    references = list(_references(document))
    assert references
    for reference in references:
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for item in node for found in _references(item)] if isinstance(node, list) else []


FAMILY, RATING = "families.v1.schema.json", "rating-changes.v1.schema.json"


def _changed(name: str, change: Any) -> list[str]:
    document = copy.deepcopy(SCHEMAS[name])
    change(document)
    return incompatibilities(SCHEMAS[name], document, ROLES[name])


def test_a_new_optional_field_is_compatible() -> None:
    assert _changed(FAMILY, lambda d: d["properties"].update(title={"type": "string"})) == []
    assert _changed(RATING, lambda d: d["properties"].update(note={"type": "string"})) == []


def test_a_new_value_of_an_output_vocabulary_is_compatible() -> None:
    assert _changed(RATING, lambda d: d["$defs"]["Caveat"]["enum"].append("new")) == []


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (FAMILY, lambda d: d["properties"].pop("cpc"), "$.cpc: removed"),
        (FAMILY, lambda d: d["required"].append("cpc"), "$.cpc: has become required"),
        (
            FAMILY,
            lambda d: d["properties"]["cpc"].update(maxItems=10),
            "$.cpc: maxItems shrank from 2000 to 10",
        ),
        (
            FAMILY,
            lambda d: d["properties"]["version"].update(minimum=1),
            "$.version: minimum grew from 0 to 1",
        ),
        (
            FAMILY,
            lambda d: d["properties"]["family_id"].update(pattern="^x"),
            "$.family_id: pattern changed from none to ^x",
        ),
        (
            FAMILY,
            lambda d: d["properties"].update(filed_on={"type": "string"}),
            "$.filed_on: no longer takes null",
        ),
        (RATING, lambda d: d["properties"].pop("seq"), "$.seq: removed"),
        (RATING, lambda d: d["required"].remove("seq"), "$.seq: may now be absent"),
        (RATING, lambda d: d["properties"]["seq"].update(type="string"), "$.seq: may now be string"),
        (
            RATING,
            lambda d: d["$defs"]["Band"]["enum"].remove("weak"),
            "$.previous.band: lost the values weak",
        ),
    ],
)
def test_what_breaks_a_program_is_named(name: str, change: Any, message: str) -> None:
    assert message in _changed(name, change)


def test_a_further_kind_of_record_is_compatible_where_there_are_several_and_changes_of_one_are_seen() -> None:
    def union(*titles: str, field: str = "a") -> Document:
        fields = {field: {"type": "string"}}
        members = [{"type": "object", "title": title, "properties": fields} for title in titles]
        return {"type": "object", "properties": {"change": {"anyOf": members}}}

    assert incompatibilities(union("Old", "Older"), union("Old", "New", "Older"), Role.OUTPUT) == []
    assert incompatibilities(union("Old"), union("Old", "New"), Role.OUTPUT) != []
    changed = union("Old", "Older", field="b")
    assert incompatibilities(union("Old", "Older"), changed, Role.OUTPUT) == ["$.change.a: removed"] * 2
    assert incompatibilities(union("Old", "Older"), union("Old", "New"), Role.INPUT) == [
        "$.change: no longer takes object Older"
    ]


def test_an_output_may_become_narrower_and_an_input_wider() -> None:
    narrower = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    wider = {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
    assert incompatibilities(wider, narrower, Role.OUTPUT) == []
    assert incompatibilities(narrower, wider, Role.INPUT) == []
    assert incompatibilities(narrower, wider, Role.OUTPUT) != []
    assert incompatibilities(wider, narrower, Role.INPUT) != []
