"""`giants mcp` asked by the published client over stdio, in front of a real API."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from tests.web.conftest import OPTICAL

NINGBO = "宁波佳尔灵气动机械有限公司"
TOOLS = {"search", "company", "explain", "screen", "changes", "technologies"}
Asking = Callable[[Client], Coroutine[Any, Any, Any]]


@pytest.fixture
def ask(api: httpx.Client) -> Callable[[Asking], Any]:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "giants.cli", "mcp"],
        env=dict(os.environ) | {"GIANTS_API_URL": f"http://127.0.0.1:{api.base_url.port}"},
    )

    async def asked(asking: Asking) -> Any:
        async with Client(server) as client:
            return await asking(client)

    return lambda asking: asyncio.run(asked(asking))


def test_every_tool_says_that_it_only_reads(ask: Callable[[Asking], Any]) -> None:
    listed = ask(lambda client: client.list_tools()).tools
    assert {one.name for one in listed} == TOOLS
    assert all(one.annotations.read_only_hint for one in listed)
    assert all(one.description for one in listed)


def test_the_tools_answer_as_the_api_does(ask: Callable[[Asking], Any], api: httpx.Client) -> None:
    async def asking(client: Client) -> tuple[Any, ...]:
        return (
            await client.call_tool("search", {"name": "佳尔灵"}),
            await client.call_tool("company", {"company_id": "lg-gls"}),
            await client.call_tool("explain", {"company_id": "lg-gls", "technology": OPTICAL}),
            await client.call_tool("screen", {"names": [NINGBO, "没有这样的公司名字"]}),
            await client.call_tool("changes", {"kind": "renamed"}),
            await client.call_tool("technologies", {}),
        )

    found, company, explained, screened, changes, technologies = (
        answer.structured_content for answer in ask(asking)
    )
    assert [one["company_id"] for one in found["items"]] == ["lg-jel"]
    assert company["exposures"] == api.get("companies/lg-gls/exposures").json()
    assert explained == api.get(f"companies/lg-gls/explain/{OPTICAL}").json()
    assert screened["names"][NINGBO]["verdict"] == "match"
    assert screened["names"][NINGBO]["candidates"][0]["company_id"] == "lg-jel"
    assert screened["names"]["没有这样的公司名字"] == {
        "verdict": "none",
        "detail": None,
        "ownership": [],
        "candidates": [],
    }
    assert screened["caveats"]
    assert {one["kind"] for one in changes["items"]} == {"renamed"}
    assert technologies == api.get("technologies").json()


def test_a_refusal_reaches_the_caller_with_its_reason(ask: Callable[[Asking], Any]) -> None:
    refused = ask(lambda client: client.call_tool("company", {"company_id": "lg-nobody"}))
    assert refused.is_error
    assert "there is no company 'lg-nobody'" in refused.content[0].text
    too_many = ask(lambda client: client.call_tool("screen", {"names": ["x"] * 101}))
    assert too_many.is_error
