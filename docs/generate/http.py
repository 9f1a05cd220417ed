"""The page of the HTTP API, from its OpenAPI document."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.generate.markdown import code, one_line, page, table
from docs.generate.schema import limits, type_name
from giants.settings import Settings
from giants.store.client import connect
from giants.web.app import create_app

_ABOUT = """\
OpenAPI is served at `/openapi.json`. Errors are problem documents (RFC 9457). With
[keys](commands.md#giants-keys-create) every request but a probe needs one (`Authorization: Bearer …`);
an API without keys answers requests from its own machine only, and lets it read. What belongs to other owners
is not there for a key ([whose data is whose](security.md#whose-data-is-whose)). A page is followed by its
`next`, which goes into `cursor`. Every answer carries its caveats."""
_COMPONENTS = "#/components/schemas/"


def http_page() -> str:
    """Each route with its parameters and answers."""
    document = openapi()
    return page("HTTP API", _ABOUT, (_section(*route) for route in routes(document)))


def openapi() -> dict[str, Any]:
    """The OpenAPI document of an application over an empty embedded database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        with connect(settings.clickhouse_dsn()) as database:
            return create_app(database, settings).openapi()


def routes(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of each route."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    shown = [f"## {method} {path}", " ".join(operation.get("description", "").split())]
    rows = [_parameter(parameter) for parameter in operation.get("parameters", ())]
    if rows:
        shown.append(table(("parameter", "in", "type", "limits", "meaning"), rows))
    if "requestBody" in operation:
        shown.append(f"Body: {_content(operation['requestBody'])}.")
    shown.append(f"Answers: {', '.join(_answers(operation['responses']))}.")
    return "\n\n".join(shown)


def _parameter(parameter: dict[str, Any]) -> tuple[str, ...]:
    name = code(parameter["name"]) + (" (always)" if parameter["required"] else "")
    schema = parameter["schema"]
    about = one_line(parameter.get("description", ""))
    return (name, parameter["in"], _plain(type_name(schema)), limits(schema), about)


def _answers(answers: dict[str, Any]) -> Iterator[str]:
    for status, answer in answers.items():
        content = _content(answer)
        is_problem = "Problem" in content
        yield f"{status}{f' {content}' if content and not is_problem else ''}"


def _content(answer: dict[str, Any]) -> str:
    kinds = answer.get("content", {})
    return " or ".join(_named(kind, content.get("schema", {})) for kind, content in kinds.items())


def _named(kind: str, schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").removeprefix(_COMPONENTS)
    return code(name) if name else code(kind)


def _plain(text: str) -> str:
    """Types by name alone: the parts are described in the OpenAPI document."""
    for name in _links(text):
        text = text.replace(f"[{_COMPONENTS}{name}](#{(_COMPONENTS + name).lower()})", code(name))
    return text


def _links(text: str) -> list[str]:
    return [piece.partition("]")[0] for piece in text.split(f"[{_COMPONENTS}")[1:]]
