"""The export for FollowTheMoney, loaded by its own package.

The package needs ICU's headers to install, so it has an environment of its own, which `make fetch` makes.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

ENVIRONMENT = Path(os.environ.get("GIANTS_FTM", Path.home() / ".cache" / "giants-ftm"))
READER = """
import sys, orjson
from followthemoney import model
read = []
for line in sys.stdin.buffer:
    given = orjson.loads(line)
    properties = given["properties"]
    entity = model.get_proxy(given, cleaned=False)
    entity.schema.validate(given)
    lost = [name for name, values in properties.items() if len(entity.get(name)) != len(values)]
    read.append({
        "id": entity.id,
        "schema": entity.schema.name,
        "lost": lost,
        "country": sorted(entity.countries),
        "names": sorted(entity.names),
    })
print(orjson.dumps(read).decode())
"""


def entities(api: httpx.Client) -> list[dict[str, Any]]:
    answer = api.get("export/companies", params={"format": "ftm"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json+ftm"
    return [orjson.loads(line) for line in answer.content.splitlines()]


def loaded(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        pytest.skip(f"followthemoney is not in {ENVIRONMENT}: `make fetch` installs it")
    done = subprocess.run(
        [str(python), "-c", READER],
        input=b"\n".join(map(orjson.dumps, lines)),
        capture_output=True,
        timeout=300,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_the_package_loads_every_entity_and_drops_no_value(api: httpx.Client) -> None:
    read = loaded(entities(api))
    assert [one for one in read if one["lost"]] == []
    by_id = {one["id"]: one for one in read}
    ningbo = by_id["lg-jel"]
    assert (ningbo["schema"], ningbo["country"]) == ("Company", ["cn"])
    assert {"宁波佳尔灵气动机械有限公司", "宁波佳尓灵气动机械有限公司"} < set(ningbo["names"])
    assert {one["schema"] for one in read} == {
        *("Company", "Project", "ProjectParticipant", "Ownership", "UnknownLink"),
    }


def test_a_designation_is_a_participation_and_no_topic(api: httpx.Client) -> None:
    by_id = {one["id"]: one for one in entities(api)}
    part = by_id["lg-cas-batch-4"]["properties"]
    assert part["participant"] == ["lg-cas"]
    assert part["project"] == ["lg-batch-4"]
    assert part["startDate"] == ["2022-08-08"]
    assert part["endDate"] == ["2025-10-20"]
    assert part["recordId"] == ["b4@1"]
    assert "program" in by_id["lg-batch-4"]["properties"]
    assert not any("topics" in one["properties"] for one in by_id.values())


def test_ownership_is_a_link_with_share_and_source_once_for_two_companies(api: httpx.Client) -> None:
    by_id = {one["id"]: one for one in entities(api)}
    inside = by_id["ownership-o-1"]
    assert inside["schema"] == "Ownership"
    said = inside["properties"]
    assert (said["owner"], said["asset"], said["percentage"]) == (["lg-cas"], ["lg-jel"], ["51"])
    assert (said["sourceUrl"], said["publisher"]) == (["https://records.example/2"], ["An exchange"])
    outside = by_id["ownership-o-2"]["properties"]
    (owner,) = outside["owner"]
    assert by_id[owner]["properties"] == {"name": ["中国某某工业集团有限公司"]}
    assert "percentage" not in outside
    assert by_id["link-o-3"]["schema"] == "UnknownLink"
    assert sum(one["schema"] == "Ownership" for one in by_id.values()) == 2


def test_other_tables_have_no_entities(api: httpx.Client) -> None:
    answer = api.get("export/designations", params={"format": "ftm"})
    assert answer.status_code == 400
    assert "companies alone" in answer.json()["detail"]
