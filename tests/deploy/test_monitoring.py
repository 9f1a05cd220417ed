"""Rules and dashboards: they parse, and they ask for metrics that there are."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from agents.first_screening import GROUP as FIRST_SCREENING
from docs.generate.metrics import all_metrics
from giants.kafka.lag import DELIVERY, FLOW, WATCH
from tests.deploy.files import DEPLOY, ROOT, run, yaml_of

RULES = [rule for group in yaml_of(DEPLOY / "prometheus" / "rules.yml")["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "giants.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
KNOWN = {name: metric for metrics in all_metrics().values() for metric in metrics for name in metric.series}
# Metrics that others measure: Prometheus itself, and kafka-exporter 1.9.
OTHERS = {
    "up": {"job", "instance"},
    "kafka_consumergroup_lag": {"consumergroup", "topic", "partition"},
    "kafka_consumergroup_members": {"consumergroup"},
}
ADDED_LABELS = {"job", "instance", "le"}


def selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    """Every selector of time series in an expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("lhs", "rhs", "expr", "vector_selector", "selector"):
        inner = getattr(node, name, None)
        if inner is not None:
            yield from selectors(inner)
    for argument in getattr(node, "args", ()) or ():
        yield from selectors(argument)


def check(expression: str) -> None:
    """The expression parses, and each metric in it is measured, with the labels that are asked for."""
    text = expression.replace("$__rate_interval", "5m")
    found = list(selectors(promql_parser.parse(text)))
    assert found, expression
    names = {selector.name for selector in found}
    assert names == set(re.findall(r"\b(?:giants|kafka)_\w+|\bup\b", text)), "the walk has missed a selector"
    for selector in found:
        assert selector.name in KNOWN or selector.name in OTHERS, f"nobody measures {selector.name}"
        labels = set(OTHERS.get(selector.name, ())) or set(KNOWN[selector.name].labels)
        asked = {matcher.name for matcher in selector.matchers.matchers}
        assert asked <= labels | ADDED_LABELS, f"{selector.name} has no labels {asked - labels}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_metrics_that_are_measured(rule: dict[str, Any]) -> None:
    check(rule["expr"])


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_asks_for_metrics_that_are_measured(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        check(target["expr"])


GROUPS = {one.group for one in (*FLOW, WATCH, DELIVERY)} | {FIRST_SCREENING}


@pytest.mark.parametrize("metric", ["kafka_consumergroup_lag", "kafka_consumergroup_members"])
@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_group_of_consumers_is_watched(metric: str, group: str) -> None:
    asked = [
        matcher.value
        for rule in RULES
        for selector in selectors(promql_parser.parse(rule["expr"]))
        if selector.name == metric
        for matcher in selector.matchers.matchers
        if matcher.name == "consumergroup"
    ]
    assert any(re.fullmatch(pattern, f"giants.{group}") for pattern in asked)


def test_the_panel_of_lag_shows_every_group() -> None:
    text = json.dumps(PANELS)
    patterns = re.findall(r'kafka_consumergroup_lag\{consumergroup=~\\\\?"([^"\\]+)', text)
    assert patterns
    for group in GROUPS:
        assert any(re.fullmatch(pattern, f"giants.{group}") for pattern in patterns), group


def test_a_metric_that_nobody_measures_is_found_out() -> None:
    with pytest.raises(AssertionError, match="nobody measures giants_wishes_total"):
        check('sum(rate(giants_wishes_total{topic="a"}[5m]))')
    with pytest.raises(AssertionError, match="has no labels"):
        check('giants_watchlists{company="a"}')


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_is_explained_where_it_says(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert anchor == rule["alert"].lower()
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rule["alert"] in headings
    assert rule["labels"]["severity"] in {"warning", "critical"}


def test_the_alerts_that_are_explained_are_those_that_there_are() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### (Giants\w+)$", text, flags=re.MULTILINE)) == {
        rule["alert"] for rule in RULES
    }


@pytest.mark.parametrize("part", all_metrics())
def test_every_metric_is_on_the_dashboard_or_in_a_rule(part: str) -> None:
    text = json.dumps(DASHBOARD) + json.dumps(RULES)
    unused = {
        metric.name for metric in all_metrics()[part] if not any(name in text for name in metric.series)
    }
    assert unused == set()


def test_panels_lie_beside_each_other() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    taken: set[tuple[int, int]] = set()
    for place in places:
        cells = {
            (column, row)
            for column in range(place["x"], place["x"] + place["w"])
            for row in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)


RULE_TESTS = [DEPLOY / "prometheus" / name for name in ("rules_test.yml", "rules_ends_test.yml")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_tried_with_what_makes_it_fire_and_with_what_does_not(rule: dict[str, Any]) -> None:
    tried = [
        one
        for file in RULE_TESTS
        for test in yaml_of(file)["tests"]
        for one in test["alert_rule_test"]
        if one["alertname"] == rule["alert"]
    ]
    assert {bool(one.get("exp_alerts")) for one in tried} == {True, False}


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed")
    return found


@pytest.mark.parametrize("file", RULE_TESTS, ids=lambda file: file.stem)
def test_the_rules_fire_when_they_should_and_not_in_a_rolling_restart(promtool: str, file: Path) -> None:
    assert "SUCCESS" in run(promtool, "test", "rules", str(file))


def test_prometheus_takes_the_rules_and_the_configuration_of_the_compose_file(promtool: str) -> None:
    folder = DEPLOY / "prometheus"
    assert f"{len(RULES)} rules found" in run(promtool, "check", "rules", str(folder / "rules.yml"))
    # The token is in the container alone.
    assert "SUCCESS" in run(promtool, "check", "config", "--syntax-only", str(folder / "prometheus.yml"))


def test_alertmanager_tells_of_every_severity_and_names_alerts_that_there_are() -> None:
    config = yaml_of(DEPLOY / "prometheus" / "alertmanager.yml")
    receivers = {one["name"] for one in config["receivers"]}
    assert {config["route"]["receiver"], *(one["receiver"] for one in config["route"]["routes"])} == receivers
    named = set(re.findall(r"Giants\w+", (DEPLOY / "prometheus" / "alertmanager.yml").read_text()))
    assert named <= {rule["alert"] for rule in RULES}
    amtool = shutil.which("amtool")
    if amtool is not None:
        run(amtool, "check-config", str(DEPLOY / "prometheus" / "alertmanager.yml"))


def test_both_configurations_scrape_under_the_names_of_jobs_that_the_rules_ask_for() -> None:
    asked = set(re.findall(r'job="([\w-]+)"', json.dumps(RULES).replace("\\", "")))
    for name in ("prometheus.yml", "kubernetes.yml"):
        jobs = {one["job_name"] for one in yaml_of(DEPLOY / "prometheus" / name)["scrape_configs"]}
        assert asked <= jobs
        assert {"giants-store", "giants-delivery", "kafka-exporter"} <= jobs
