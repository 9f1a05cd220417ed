"""`giants mcp`: search, company, explanation, screening and changes for programs that speak the Model Context
Protocol. Every tool reads; none can write."""

from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from typing import Annotated, Any, Final, ParamSpec

import typer
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from giants.cli.target import Api
from giants.terminal.output import CommandError
from schemas.codes import Band, ChangeKind, Status

EXAMPLES: Final = (
    'Example, in the settings of an assistant: `{"command": "giants", "args": ["mcp"]}` · '
    "GIANTS_API_URL and GIANTS_API_KEY choose the API; without them the stack of this machine answers"
)
INSTRUCTIONS: Final = (
    "Data about China's Little Giants (专精特新小巨人): which firms hold the title, and how strongly their "
    "patents tie them to 74 critical technologies. Repeat the caveats of an answer: scores are derived, bands"
    " are assumed, and a name that is `review` or `ambiguous` is not a match. A listing says nothing about "
    "wrongdoing."
)
NAMES_MAX: Final = 100
LIMIT_MAX: Final = 50

Text = Annotated[str, Field(min_length=1, max_length=300)]
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX)]
Answer = dict[str, Any]
Asked = ParamSpec("Asked")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(mcp)


def mcp() -> None:
    """Answer a program that speaks the Model Context Protocol over stdin and stdout; read only."""
    with Api.of_stack() as api:
        server_of(api).run("stdio")


def server_of(api: Api) -> MCPServer:
    """The server over an API."""
    server = MCPServer(
        "little-giants",
        title="Little Giants · 专精特新小巨人",
        instructions=INSTRUCTIONS,
        version=version("little-giants-stream"),
        log_level="WARNING",
    )
    reading = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    for tool in tools_of(api):
        server.tool(annotations=reading)(_with_reasons(tool))
    return server


def _with_reasons(tool: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """A tool whose refusals by the API reach the caller with their reason."""

    @wraps(tool)
    def asked(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        try:
            return tool(*args, **kwargs)
        except CommandError as error:
            raise ToolError(str(error)) from error

    return asked


def tools_of(api: Api) -> tuple[Callable[..., Answer], ...]:
    """What the server offers."""

    def search(
        name: Annotated[str, Field(max_length=300)] = "",
        status: Status | None = None,
        technology: Annotated[str | None, Field(description="Id of a technology, see `technologies`")] = None,
        min_band: Band | None = None,
        limit: Limit = 10,
    ) -> Answer:
        """Find companies by a name in Chinese, English or pinyin, by status, and by technology and band."""
        answer: Answer = api.get(
            "/companies", q=name or None, status=status, technology=technology, min_band=min_band, limit=limit
        )
        return answer

    def company(company_id: Text) -> Answer:
        """A company: names, status with its history, designations, reviews, and its ratings."""
        about: Answer = api.get(f"/companies/{company_id}")
        return about | {"exposures": api.get(f"/companies/{company_id}/exposures")}

    def explain(company_id: Text, technology: Text) -> Answer:
        """How the score of a company in a technology is made, symbol by symbol, and what it depends on."""
        answer: Answer = api.get(f"/companies/{company_id}/explain/{technology}")
        return answer

    def screen(
        names: Annotated[list[Text], Field(min_length=1, max_length=NAMES_MAX)],
        place: Annotated[str | None, Field(description="City or province of all of them")] = None,
    ) -> Answer:
        """Which names are Little Giants: match, ambiguous, review (a person has to decide) or none."""
        regions = {"region": [place]} if place else {}
        queries = {
            str(at): {"schema": "Company", "properties": {"name": [name]} | regions}
            for at, name in enumerate(names)
        }
        answer: Answer = api.post("/match", {"queries": queries})
        responses = answer["responses"]
        return {
            "names": {name: _shortened(responses[str(at)]) for at, name in enumerate(names)},
            "version": answer["version"],
            "threshold": answer["threshold"],
            "cutoff": answer["cutoff"],
            "caveats": answer["caveats"],
        }

    def changes(
        since: Annotated[str | None, Field(description="An instant or a day, such as 2026-10-01")] = None,
        kind: ChangeKind | None = None,
        company_id: Annotated[str | None, Field(max_length=300)] = None,
        limit: Limit = 20,
    ) -> Answer:
        """What changed: designations, reviews, names, ratings and signals, with the cause of each."""
        answer: Answer = api.get(
            "/changes", since=since, kind=kind, company=company_id, backfill=False, limit=limit
        )
        return answer

    def technologies() -> Answer:
        """The 74 technologies with their ids, and how many companies have each band."""
        answer: Answer = api.get("/technologies")
        return answer

    return (search, company, explain, screen, changes, technologies)


def _shortened(response: Answer) -> Answer:
    """A response of `/match` without what was asked."""
    return {
        "verdict": response["verdict"],
        "detail": response["detail"],
        "ownership": response["ownership"],
        "candidates": [
            {
                "company_id": one["id"],
                "score": one["score"],
                "names": one["properties"],
                "features": {name: said["description"] for name, said in one["explanations"].items()},
                "little_giant": one["little_giant"],
            }
            for one in response["results"]
        ],
    }
