"""JSON Schemas as tables of fields: what is in a message, of which type, within which limits."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from docs.generate.markdown import code, one_line, table

Schema = Mapping[str, Any]

_REFERENCE: Final = "#/$defs/"
_LIMITS: Final = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "maxProperties": "at most {} entries",
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "pattern": "`{}`",
}


def fields(schema: Schema) -> str:
    """The properties of an object as a table."""
    required = set(schema.get("required", ()))
    rows = (
        (code(name), type_name(node), _presence(name, node, required), limits(node))
        for name, node in schema.get("properties", {}).items()
    )
    return table(("field", "type", "given", "limits"), rows)


def part(name: str, schema: Schema) -> str:
    """A part that messages share: an object, or a closed vocabulary."""
    heading = f"### {name}\n\n{one_line(schema.get('description', ''))}".rstrip()
    if "enum" in schema:
        return f"{heading}\n\n{', '.join(code(value) for value in schema['enum'])}"
    return f"{heading}\n\n{fields(schema)}"


def type_name(node: Schema) -> str:
    """The type of a field, in words; parts are linked to."""
    if "$ref" in node:
        name = str(node["$ref"]).removeprefix(_REFERENCE)
        return f"[{name}](#{name.lower()})"
    for choice in ("anyOf", "oneOf"):
        if choice in node:
            return " or ".join(dict.fromkeys(type_name(option) for option in node[choice]))
    if "const" in node or "enum" in node:
        return " or ".join(code(value) for value in node.get("enum", [node.get("const")]))
    return _container(node) or str(node.get("format") or node.get("type") or "anything")


def _container(node: Schema) -> str | None:
    if node.get("type") == "array":
        return f"list of {type_name(node.get('items', {}))}"
    if node.get("type") == "object" and isinstance(node.get("additionalProperties"), Mapping):
        return f"map to {type_name(node['additionalProperties'])}"
    return None


def limits(node: Schema) -> str:
    """Every limit of a field and of what is in it."""
    return "; ".join(dict.fromkeys(_limits(node)))


def _limits(node: Schema) -> Iterator[str]:
    for key, text in _LIMITS.items():
        if key in node:
            yield text.format(node[key])
    for option in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _limits(option)
    if "items" in node:
        yield from (f"each {limit}" for limit in _limits(node["items"]))


def _presence(name: str, node: Schema, required: set[str]) -> str:
    if name in required:
        return "always"
    default = node.get("default")
    return f"default {code(_json(default))}" if "default" in node else "may be left out"


def _json(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
