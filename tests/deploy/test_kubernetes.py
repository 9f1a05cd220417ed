"""The Kubernetes manifests: valid, strict, and in words that the program knows."""

import shutil
import tomllib
from ipaddress import ip_address, ip_network
from typing import Any

import kubernetes_validate
import pytest
import yaml

from docs.generate.commands import commands
from docs.generate.settings import variables
from giants.settings import Settings
from tests.deploy.files import DEPLOY, containers, kubernetes_documents, run

FOLDER = DEPLOY / "kubernetes"
VERSION = "1.34"
DOCUMENTS = {f"{one['kind']}/{one['metadata']['name']}": one for one in kubernetes_documents()}
CONTAINERS = {name: (pod, container) for name, pod, container in containers()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_manifest_keeps_to_the_schema_of_kubernetes(name: str) -> None:
    kubernetes_validate.validate(DOCUMENTS[name], VERSION, strict=True)


def test_the_kustomization_names_every_file_of_its_folder() -> None:
    named = set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"])
    assert named == {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


def test_the_kustomization_can_be_built() -> None:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")
    built = list(yaml.safe_load_all(run(kubectl, "kustomize", str(FOLDER))))
    assert len(built) == len(DOCUMENTS)
    for document in built:
        kubernetes_validate.validate(document, VERSION, strict=True)
        assert document["kind"] == "Namespace" or document["metadata"]["namespace"] == "giants"


def environment(container: dict[str, Any]) -> dict[str, str | None]:
    """Variables of a container with their values, None where a secret holds it."""
    shared: dict[str, str | None] = dict(DOCUMENTS["ConfigMap/giants"]["data"])
    return shared | {one["name"]: one.get("value") for one in container["env"]}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_uses_settings_and_commands_that_there_are(name: str) -> None:
    _, container = CONTAINERS[name]
    assert not set(environment(container)) - variables()
    assert container["args"][0] in {words.split()[0] for words, _ in commands()}


@pytest.mark.parametrize("name", CONTAINERS)
def test_the_settings_of_a_container_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in environment(CONTAINERS[name][1]).items():
        if value is not None:
            monkeypatch.setenv(key, value)
    assert Settings().replication_factor == 3


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_can_do_nothing_that_it_need_not(name: str) -> None:
    pod, container = CONTAINERS[name]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_secret_stands_in_a_manifest(name: str) -> None:
    secret = {"GIANTS_CLICKHOUSE", "GIANTS_BROKER_PASSWORD", "GIANTS_SMTP_PASSWORD", "GIANTS_API_KEY"}
    given = environment(CONTAINERS[name][1])
    assert all(given[variable] is None for variable in secret & set(given))


@pytest.mark.parametrize("name", ["worker", "store", "delivery"])
def test_a_process_is_alive_while_it_recovers_or_waits_and_ready_afterwards(name: str) -> None:
    _, container = CONTAINERS[name]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    ports = {port["name"]: str(port["containerPort"]) for port in container["ports"]}
    port = ports[container["livenessProbe"]["httpGet"]["port"]]
    assert port == environment(container)[f"GIANTS_{name.upper()}_PORT"]


def test_the_api_listens_on_the_port_that_is_probed_and_served() -> None:
    _, api = CONTAINERS["api"]
    ports = {port["name"]: str(port["containerPort"]) for port in api["ports"]}
    assert ports == {"http": environment(api)["GIANTS_API_PORT"]}
    assert DOCUMENTS["Service/api"]["spec"]["ports"][0]["targetPort"] == "http"


def test_one_process_alone_has_the_queue_of_deliveries_open() -> None:
    delivery = DOCUMENTS["StatefulSet/delivery"]["spec"]
    assert delivery["replicas"] == 1
    (claim,) = delivery["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_the_backup_has_everything_at_hand_and_waits_for_what_was_accepted() -> None:
    pod, backup = CONTAINERS["backup"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in backup["volumeMounts"]}
    assert "--everything" in backup["args"]
    assert mounts["/var/lib/giants"]["persistentVolumeClaim"] == {"claimName": "data-delivery-0"}
    (affinity,) = pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert affinity["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": "delivery"}
    assert environment(backup)["GIANTS_BROKER"]
    assert {"GIANTS_CLICKHOUSE", "GIANTS_API_KEYS_FILE"} <= set(environment(backup))


def test_every_role_has_a_name_and_secrets_of_its_own() -> None:
    rules = tomllib.loads((DEPLOY / "kafka" / "acls.toml").read_text())
    names = {
        name: environment(container)["GIANTS_BROKER_USERNAME"] for name, (_, container) in CONTAINERS.items()
    }
    assert set(names.values()) <= set(rules)
    assert len(set(names.values())) == len(CONTAINERS)
    for name, (_, container) in CONTAINERS.items():
        secrets = [one["valueFrom"]["secretKeyRef"]["name"] for one in container["env"] if "valueFrom" in one]
        assert names[name] in secrets
        # The backup reads ClickHouse as the API does.
        assert set(secrets) <= {str(names[name]), "giants-api"} if name == "backup" else {str(names[name])}


def test_a_worker_that_waits_keeps_no_other_from_starting() -> None:
    assert DOCUMENTS["StatefulSet/worker"]["spec"]["podManagementPolicy"] == "Parallel"


def test_a_store_ends_before_its_new_version_starts() -> None:
    strategy = DOCUMENTS["Deployment/store"]["spec"]["strategy"]
    assert strategy == {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}


def test_replicas_of_the_api_sign_cookies_alike() -> None:
    (secret,) = (
        one["valueFrom"] for one in CONTAINERS["api"][1]["env"] if one["name"] == "GIANTS_SIGN_IN_SECRET"
    )
    assert not secret["secretKeyRef"].get("optional")


def test_links_and_senders_are_set() -> None:
    assert str(environment(CONTAINERS["worker"][1])["GIANTS_PUBLIC_URL"]).startswith("https://")
    assert "@" in str(environment(CONTAINERS["delivery"][1])["GIANTS_SMTP_FROM"])


def test_workers_are_not_more_than_partitions() -> None:
    partitions = int(DOCUMENTS["ConfigMap/giants"]["data"]["GIANTS_PARTITIONS"])
    assert DOCUMENTS["StatefulSet/worker"]["spec"]["replicas"] <= partitions


@pytest.mark.parametrize("kind", ["PodDisruptionBudget", "NetworkPolicy", "Service"])
def test_every_selector_means_a_workload_that_there_is(kind: str) -> None:
    chosen = [one for name, one in DOCUMENTS.items() if name.startswith(f"{kind}/")]
    assert chosen
    for document in chosen:
        spec = document["spec"]
        selector = spec.get("selector") or spec.get("podSelector") or {}
        labels = selector.get("matchLabels", selector if kind == "Service" else {})
        names = {labels[key] for key in labels}
        names |= {value for one in selector.get("matchExpressions", ()) for value in one["values"]}
        assert names <= set(CONTAINERS)


def test_webhooks_cannot_reach_the_network_of_the_cluster() -> None:
    internet, relay = DOCUMENTS["NetworkPolicy/delivery"]["spec"]["egress"]
    old, new = (target["ipBlock"] for target in internet["to"])
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(old["except"])
    inside = ("fc00::1", "fe80::1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1")
    assert not any(ip_address(one) in ip_network(new["cidr"]) for one in inside)
    assert ip_address("2606:4700::1") in ip_network(new["cidr"])
    assert [set(target) for target in relay["to"]] == [{"namespaceSelector"}]


def test_nothing_is_reachable_that_is_not_named() -> None:
    spec = DOCUMENTS["NetworkPolicy/nothing-by-default"]["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
