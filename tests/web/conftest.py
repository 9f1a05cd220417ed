"""A small programme in a real database, served by a real server; read only, one for all tests of a file."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from giants.kafka import topics
from giants.settings import Settings
from giants.store.client import Database, connect
from giants.store.migrations import migrate
from tests.store.builders import (
    TAXONOMY_DOCUMENT,
    company,
    delta,
    delta_frame,
    exposure,
    finding,
    focus_drift,
    incoming,
    rating_change,
    review_due,
    signal_change,
    signals,
    status_change,
    store,
)
from tests.web.serving import served

OPTICAL = "advanced-optical-communication"
# Five families with twelve instances, seven optical and two of radar: the worked example.
WORKED_EXAMPLE = (
    delta("lg-gls", "P1", ("H04B10/2519", "H04J14/02", "G02B6/42")),
    delta("lg-gls", "P2", ("H01S5/02", "H04B10/00")),
    delta("lg-gls", "P3", ("G02B6/12", "H04J14/0201")),
    delta("lg-gls", "P4", ("G01S13/02", "G01S13/88", "A01B1/00")),
    delta("lg-gls", "P5", ("A01B1/00", "A01B3/00")),
)
FINDINGS = ("count_mismatch", "unknown_company", "count_mismatch")
SIGNAL_CHANGES = (
    *(signal_change("lg-gls", seq, "radar", focus_drift()) for seq in (1, 2, 3)),
    signal_change("lg-gls", 1, None, review_due()),
    signal_change("lg-jel", 1, None, review_due()),
)
LAPSED: list[dict[str, object]] = [
    {
        "since": "2022-08-08",
        "status": "active",
        "sub_state": "new",
        "cause": {"kind": "designation", "ref": "b4@1"},
        "reason": None,
    },
    {
        "since": "2025-01-01",
        "status": "active",
        "sub_state": "review_pending",
        "cause": {"kind": "day", "ref": "2025-01-01"},
        "reason": None,
    },
    {
        "since": "2025-10-20",
        "status": "inactive",
        "sub_state": "lapsed",
        "cause": {"kind": "review", "ref": "r25@1"},
        "reason": "absent_from_complete_list",
    },
]


OUTSIDE_OWNER = "中国某某工业集团有限公司"


def owned(
    record_id: str, role: str, other: str, other_id: str | None, share: float | None
) -> dict[str, object]:
    """What a source names a company as."""
    return {
        "record_id": record_id,
        "ref": f"{record_id}@1",
        "role": role,
        "other": other,
        "other_id": other_id,
        "share_percent": share,
        "title": "Annual report 2025, page 88",
        "url": "https://records.example/2",
        "source": {"class": "supplementary", "publisher": "An exchange"},
        "on": "2025-11-05",
    }


def fill(database: Database) -> None:
    """Three companies: the worked example, one that lapsed, one that took another over and has no patents."""
    ningbo = company(
        "lg-jel",
        "宁波佳尔灵气动机械有限公司",
        names=[
            {
                "name": "宁波佳尓灵气动机械有限公司",
                "cause": "correction",
                "ref": "c-1@1",
                "since": "2020-11-13",
            },
            {
                "name": "宁波佳尔灵气动机械有限公司",
                "cause": "designation",
                "ref": "b2@1",
                "since": "2020-11-13",
            },
        ],
        name_en="Ningbo Jia'erling Pneumatic Machinery Co., Ltd.",
        names_en=["Ningbo Jia'erling Pneumatic Machinery Co., Ltd."],
        authority=None,
        batches=[2],
        merged_from=["lg-old"],
        caveats=["authority_unknown"],
        provisional=True,
        ownership=[
            owned("o-1", "subsidiary", "中科海讯数字科技", "lg-cas", 51.0),
            owned("o-2", "investee", OUTSIDE_OWNER, None, None),
            owned("o-3", "affiliate", "银河光电科技有限公司", "lg-gls", None),
        ],
        timeline=[LAPSED[0] | {"since": "2020-11-13"}],
        designations=[
            {
                "batch": 2,
                "stage": "final",
                "authority": None,
                "on": "2020-11-13",
                "ref": "b2@1",
                "confirmed": True,
            }
        ],
    )
    lapsed = company(
        "lg-cas",
        "北京中科海讯数字科技股份有限公司",
        name_en="Beijing Zhongke Haixun Digital Technology Co. Ltd.",
        status="inactive",
        sub_state="lapsed",
        tier="single_champion",
        authority="BJ",
        batches=[4],
        next_review_year=None,
        timeline=LAPSED,
        ownership=[owned("o-1", "parent", "宁波佳尔灵气动机械有限公司", "lg-jel", 51.0)],
        designations=[
            {
                "batch": 4,
                "stage": "final",
                "authority": "BJ",
                "on": "2022-08-08",
                "ref": "b4@1",
                "confirmed": True,
            }
        ],
        reviews=[
            {
                "review_year": 2025,
                "outcome": "absent",
                "authority": "BJ",
                "on": "2025-10-20",
                "ref": "r25@1",
                "reason": "absent_from_complete_list",
            }
        ],
    )
    example = company(
        "lg-gls",
        "银河光电科技有限公司",
        name_en="Galactic Light Solutions Co. Ltd.",
        ownership=[owned("o-3", "affiliate", "宁波佳尔灵气动机械有限公司", "lg-jel", None)],
    )
    store(
        database,
        incoming(topics.TAXONOMIES, TAXONOMY_DOCUMENT),
        *(
            incoming(topics.COMPANIES, c, key=c["company_id"], offset=n)
            for n, c in enumerate((ningbo, lapsed, example))
        ),
        incoming(
            topics.EXPOSURES,
            exposure("lg-gls", {OPTICAL: 7, "radar": 2}, families=5, instances=12),
            key="lg-gls",
        ),
        incoming(
            topics.EXPOSURES,
            exposure("lg-cas", {"radar": 300}, families=120, instances=600),
            key="lg-cas",
            offset=1,
        ),
        delta_frame(*WORKED_EXAMPLE),
        incoming(topics.STATUS_CHANGES, status_change("lg-gls", 1), key="lg-gls"),
        incoming(topics.STATUS_CHANGES, status_change("lg-gls", 2, "renamed"), key="lg-gls", offset=1),
        *(
            incoming(
                topics.RATING_CHANGES,
                rating_change("lg-cas", seq, at=f"2025-0{seq}-01T00:00:00Z"),
                key="lg-cas",
                offset=seq,
            )
            for seq in (1, 2, 3)
        ),
        *(
            incoming(topics.FINDINGS, finding(number, code), key=f"f-{number}", offset=number)
            for number, code in enumerate(FINDINGS, 1)
        ),
        incoming(
            topics.SIGNALS, signals("lg-gls", ("radar", focus_drift()), (None, review_due())), key="lg-gls"
        ),
        incoming(topics.SIGNALS, signals("lg-jel", (None, review_due())), key="lg-jel", offset=1),
        *(
            incoming(topics.SIGNAL_CHANGES, change, key=change["company_id"], offset=offset)
            for offset, change in enumerate(SIGNAL_CHANGES)
        ),
        incoming(
            topics.DEAD_LETTERS,
            b"\xff{",
            headers={
                "giants-error": b"not JSON",
                "giants-topic": b"giants.names.v1",
                "giants-partition": b"1",
            },
        ),
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def database(settings: Settings) -> Iterator[Database]:
    Path(settings.data_dir).mkdir(exist_ok=True)
    with connect(settings.clickhouse_dsn()) as opened:
        migrate(opened)
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def api(settings: Settings, database: Database) -> Iterator[httpx.Client]:
    """A client of the API over the small programme."""
    with served(settings) as client:
        client.base_url = client.base_url.join("/api/v1/")
        yield client
