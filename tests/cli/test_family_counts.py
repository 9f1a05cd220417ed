"""What files of families bring, against an API of the test's own."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import httpx
import pytest

from giants.cli.family_counts import ASKED_AT_ONCE, Comparison, FamilyCounts
from giants.cli.target import Api
from giants.sources.base import Row
from schemas.facts import Family


def family(id_: str, version: int = 2, cpc: Sequence[str] = ("G01S13/88",)) -> Family:
    return Family(
        family_id=id_, version=version, assignees=("ACME",), cpc=tuple(cpc), filed_on=date(2024, 5, 1)
    )


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    known = {
        one.family_id: one
        for one in (family("same"), family("moved", 1, ["A01K1/00"]), family("newer", 3, []))
    }

    def answer(request: httpx.Request) -> httpx.Response:
        ids = request.url.params.get_list("id")
        assert 0 < len(ids) <= ASKED_AT_ONCE
        items = [known[id_].model_dump(mode="json") for id_ in ids if id_ in known]
        return httpx.Response(200, json={"items": items})

    with Api("http://127.0.0.1:1") as opened:
        opened._client = httpx.Client(
            transport=httpx.MockTransport(answer), base_url="http://127.0.0.1/api/v1"
        )
        yield opened


def rows(*families: Family) -> list[Row]:
    return [Row(line, one) for line, one in enumerate(families, 2)]


def test_families_are_new_unchanged_changed_or_older(api: Api) -> None:
    comparison = Comparison(api)
    given = rows(family("same", 9), family("moved"), family("newer"), family("unheard"))
    assert list(comparison.compared(given)) == given
    assert comparison.counts == FamilyCounts(new=1, unchanged=1, changed=1, older=1)
    assert comparison.is_complete


def test_many_families_are_asked_for_in_several_requests(api: Api) -> None:
    comparison = Comparison(api)
    given = rows(*(family(f"f{number}") for number in range(2 * ASKED_AT_ONCE + 1)))
    assert len(list(comparison.compared(given))) == len(given)
    assert comparison.counts == FamilyCounts(new=len(given))


def test_rows_without_a_family_are_given_and_not_counted(api: Api) -> None:
    comparison = Comparison(api)
    given = [Row(1, problem="odd"), Row(2, note="a note")]
    assert list(comparison.compared(given)) == given
    assert comparison.seen == 0


def test_an_api_that_does_not_answer_stops_no_file() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with Api("http://127.0.0.1:1") as gone:
        gone._client = httpx.Client(transport=httpx.MockTransport(refuse), base_url="http://127.0.0.1/api/v1")
        comparison = Comparison(gone)
        given: list[Any] = rows(family("a"), family("b"))
        assert list(comparison.compared(given)) == given
    assert not comparison.is_complete
