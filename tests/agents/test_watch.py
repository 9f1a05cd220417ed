"""What watch knows: watchlists and companies, as the newest record that it understands says."""

import orjson

from agents.watch_directory import Directory
from giants.decoding.facts import SCHEMA_VERSION_HEADER
from giants.settings import Settings
from schemas.facts import Watchlist
from tests.domain.watchlists import rating_change, status_change
from tests.store.builders import company


def value(owner: str) -> bytes:
    return Watchlist(watchlist_id="w", owner=owner).model_dump_json().encode()


def owner(directory: Directory) -> str | None:
    watchlist = directory.watch.get("w")
    return None if watchlist is None else watchlist.owner


def test_a_watchlist_of_a_later_version_of_the_contract_leaves_the_one_before_in_force() -> None:
    directory = Directory(Settings())
    directory.take_watchlist(b"w", value("desk-a"))
    directory.take_watchlist(b"w", value("desk-b"), ((SCHEMA_VERSION_HEADER, b"2"),))
    assert owner(directory) == "desk-a"
    directory.take_watchlist(b"w", value("desk-b"), ((SCHEMA_VERSION_HEADER, b"1"),))
    assert owner(directory) == "desk-b"


def test_a_watchlist_that_is_none_leaves_the_one_before_in_force() -> None:
    directory = Directory(Settings())
    directory.take_watchlist(b"w", value("desk-a"))
    directory.take_watchlist(b"w", b"{")
    directory.take_watchlist(b"\xff", None)
    assert owner(directory) == "desk-a"
    directory.take_watchlist(b"w", None)
    assert owner(directory) is None


def test_a_company_is_known_by_its_newest_snapshot_that_can_be_read() -> None:
    directory, change = Directory(Settings()), rating_change(company_id="lg-gls")
    assert directory.context_of(change) is None
    for name in ("甲有限公司", "乙有限公司"):
        directory.take_company(b"lg-gls", orjson.dumps(company("lg-gls", name)))
    directory.take_company(b"\xff", b"{}")
    context = directory.context_of(change)
    assert context is not None
    assert context.name == "乙有限公司"
    directory.take_company(b"lg-gls", b"{")
    assert directory.context_of(change) == context


def test_a_status_change_knows_in_which_technologies_its_company_is_rated() -> None:
    directory, change = Directory(Settings()), status_change(company_id="c-1")
    pairs = [{"technology": "radar", "band": "strong"}, {"technology": "lasers", "band": None}]
    directory.take_exposure(b"c-1", orjson.dumps({"technologies": pairs}))
    directory.take_exposure(b"c-1", b"{")
    directory.take_exposure(None, b"{}")

    def rated() -> frozenset[str]:
        context = directory.context_of(change)
        assert context is not None
        return context.rated

    assert rated() == {"radar@strong"}
    directory.take_exposure(b"c-1", None)
    assert rated() == frozenset()
