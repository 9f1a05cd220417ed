"""docker-compose.yml: valid, pinned, closed to other machines, and in words that the program knows."""

import json
import os
import re
import shlex
import sys
from typing import Any

import compose_spec
import pytest
from lxml import etree

from docs.generate.commands import commands
from docs.generate.settings import variables
from giants.domain.taxonomy_file import parse_taxonomy
from giants.settings import Settings
from tests.deploy.files import DEPLOY, ROOT, compose, run

IMAGE = "little-giants-stream:0.1.0"
SERVICES = compose()["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == IMAGE}
# Services without an endpoint to ask; the exporter's image has no shell to ask it with.
WITHOUT_HEALTH_CHECK = {"taxonomy", "kafka-exporter"}


def secrets(folder: Any) -> dict[str, str]:
    """What deploy/secrets.sh draws, as compose reads it."""
    file = folder / ".env"
    run("sh", str(DEPLOY / "secrets.sh"), str(file))
    lines = (line for line in file.read_text().splitlines() if not line.startswith("#"))
    pairs = (line.partition("=") for line in lines)
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def test_the_file_keeps_to_the_compose_specification() -> None:
    document = compose()
    parsed = compose_spec.PyCompose.from_json(json.dumps(document))
    parsed.validate()
    assert set(parsed.service_names()) == set(SERVICES)


def test_one_service_builds_the_image_and_none_asks_a_registry_for_it() -> None:
    builders = [name for name, service in SERVICES.items() if "build" in service]
    assert builders == ["worker-1"]
    for name, service in OURS.items():
        assert service["pull_policy"] == ("build" if name in builders else "never")


def test_every_image_is_pinned_to_a_whole_version() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":v?\d+\.\d+\.\d+(\.\d+)?$", service["image"]), f"{name}: {service['image']}"


def test_every_port_is_published_on_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports), ports


def test_no_password_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked_for = re.findall(r"\$\{(\w+)([^}]*)\}", text)
    assert {name for name, _ in asked_for} == {
        "CLICKHOUSE_PASSWORD",
        "CLICKHOUSE_STORE_PASSWORD",
        "CLICKHOUSE_API_PASSWORD",
        "CLICKHOUSE_READER_PASSWORD",
        "GRAFANA_PASSWORD",
    }
    assert all(rest == ":?run deploy/secrets.sh first" for _, rest in asked_for)


def test_what_is_asked_of_the_environment_is_what_the_script_draws(tmp_path: Any) -> None:
    drawn = secrets(tmp_path)
    text = (ROOT / "docker-compose.yml").read_text()
    asked_for = set(re.findall(r"\$\{(\w+)", text)) | set(re.findall(r"\{ environment: (\w+) \}", text))
    assert asked_for <= set(drawn)
    assert set(drawn) - asked_for == {"OPERATOR_TOKEN"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - WITHOUT_HEALTH_CHECK))
def test_every_service_says_how_it_is_asked_whether_it_is_well(name: str) -> None:
    check = SERVICES[name]["healthcheck"]["test"]
    assert check[0] == "CMD"


def test_every_dependency_is_waited_for_until_it_is_well() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            has_check = "disable" not in SERVICES[needed].get("healthcheck", {"disable": True})
            if how["condition"] == "service_healthy":
                assert has_check, f"{name} waits for {needed}, which has no check"


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_of_ours_uses_settings_and_commands_that_there_are(name: str) -> None:
    service = OURS[name]
    unknown = set(service["environment"]) - variables()
    assert not unknown
    assert service["command"][0] in {words.split()[0] for words, _ in commands()}


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_settings_of_a_service_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {key: value for key, value in OURS[name]["environment"].items() if value is not None}
    for key, value in given.items():
        monkeypatch.setenv(key, re.sub(r"\$\{\w+:\?[^}]*\}", "drawn", value))
    settings = Settings()
    assert settings.broker == "kafka:9092"
    assert settings.partitions == 8


@pytest.mark.parametrize("name", ["worker-1", "store", "api", "delivery"])
def test_the_command_of_a_service_starts_with_its_environment(name: str) -> None:
    given = {key: value for key, value in OURS[name]["environment"].items() if value is not None}
    environment = os.environ | {key: value.replace("${", "").replace("}", "") for key, value in given.items()}
    told = run(sys.executable, "-m", "giants.cli", *OURS[name]["command"], "--help", env=environment)
    assert f"giants {OURS[name]['command'][0]}" in told


def test_all_services_of_ours_share_one_broker_and_one_number_of_partitions() -> None:
    shared = [
        (one["environment"]["GIANTS_BROKER"], one["environment"]["GIANTS_PARTITIONS"])
        for one in OURS.values()
    ]
    assert len(set(shared)) == 1
    listeners = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert f"INSIDE://{shared[0][0]}" in listeners


def test_store_and_api_are_users_of_clickhouse_of_their_own() -> None:
    users = etree.parse(DEPLOY / "clickhouse" / "users.xml").getroot().iterfind("users/*")
    passwords = {str(user.tag): one.get("from_env") for user in users for one in user.iterfind("password")}
    server = SERVICES["clickhouse"]
    assert set(passwords.values()) <= set(server["environment"])
    assert "./deploy/clickhouse/users.xml:/etc/clickhouse-server/users.d/giants.xml:ro" in server["volumes"]
    used = {
        name: re.match(r"clickhouse://(\w+):\$\{(\w+):\?[^}]*\}@clickhouse:8123/giants", address)
        for name, service in OURS.items()
        if (address := service["environment"].get("GIANTS_CLICKHOUSE")) is not None
    }
    assert {name: found and found[1] for name, found in used.items()} == {
        "store": "giants_store",
        "api": "giants_api",
    }
    for found in used.values():
        assert found is not None
        assert found[2] == passwords[found[1]]


def test_what_is_mounted_is_there() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    named = set(compose()["volumes"])
    for source in (mount.partition(":")[0] for mount in mounts):
        assert source in named or (ROOT / source).exists(), source


def test_prometheus_asks_services_that_there_are_on_the_ports_that_they_listen_on() -> None:
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    asked = dict(re.findall(r'"([\w-]+):(\d+)"', text))
    assert set(asked) == {
        "worker-1",
        "worker-2",
        "store",
        "delivery",
        "api",
        "kafka-exporter",
        "alertmanager",
    }
    for name in ("worker-1", "worker-2"):
        assert asked[name] == OURS[name]["environment"]["GIANTS_WORKER_PORT"]
    for name in ("store", "delivery"):
        assert asked[name] == OURS[name]["environment"][f"GIANTS_{name.upper()}_PORT"]
    assert asked["api"] == OURS["api"]["environment"]["GIANTS_API_PORT"]
    assert "/run/secrets/metrics-token" in text
    assert SERVICES["prometheus"]["secrets"][0]["source"] == "metrics-token"


def test_the_taxonomy_that_is_published_is_the_one_that_the_image_links_to() -> None:
    link = OURS["taxonomy"]["command"][-1]
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    found = re.search(r"import giants\.domain; .*/data/(\S+)\" \\\n\s+(\S+) \\\n", dockerfile)
    assert found is not None
    assert found[2] == link
    shipped = ROOT / "giants" / "domain" / "data" / found[1]
    assert parse_taxonomy(shipped.read_bytes(), shipped.name).version.technologies
