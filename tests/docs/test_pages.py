"""The documentation: whole, up to date, and without a link that leads nowhere."""

import re
import sys
from pathlib import Path

import pytest

from docs.generate import FOLDER, PAGES
from docs.generate.commands import commands
from docs.generate.http import openapi, routes
from docs.generate.metrics import all_metrics
from docs.generate.settings import variables
from giants.kafka.topics import ALL, Topic
from tests.deploy.files import ROOT, run, yaml_of


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_says_what_the_program_says(name: str) -> None:
    assert text_of(name) == PAGES[name](), f"{FOLDER / name} is out of date: run `make docs`"


@pytest.mark.parametrize("topic", ALL, ids=lambda topic: topic.name)
def test_a_topic_is_documented(topic: Topic) -> None:
    assert f"| `{topic.name}` |" in text_of("contract.md")


def test_every_route_is_documented() -> None:
    page = text_of("http.md").splitlines()
    found = [f"## {method} {path}" for method, path, _ in routes(openapi())]
    assert len(found) > 20
    assert not [heading for heading in found if heading not in page]


def test_every_command_is_documented_with_what_it_does() -> None:
    page = text_of("commands.md").splitlines()
    found = list(commands())
    assert {"up", "ingest", "keys create", "dead-letters replay"} <= {name for name, _ in found}
    for name, command in found:
        assert f"## giants {name}" in page
        assert command.help, f"giants {name} does not say what it does"


def test_every_setting_is_documented() -> None:
    page = text_of("settings.md")
    assert not [name for name in variables() if f"| `{name}` |" not in page]


def test_every_metric_is_documented() -> None:
    page = text_of("metrics.md")
    metrics = [metric for part in all_metrics().values() for metric in part]
    assert not [one.name for one in metrics if f"| `{one.name}" not in page]
    assert all(one.about for one in metrics)


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda page: page.name)
def test_a_page_names_settings_and_commands_that_there_are(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"GIANTS_[A-Z_]+[A-Z]", text))
    assert named <= variables() | {"GIANTS_TEST_DATA", "GIANTS_AXE", "GIANTS_ASYNCAPI"}
    known = {name.split()[0] for name, _ in commands()}
    assert set(re.findall(r"`giants ([a-z-]+)", text)) <= known


def test_every_page_and_every_decision_can_be_found() -> None:
    configuration = yaml_of(ROOT / "mkdocs.yml")
    named = set(re.findall(r"[\w/-]+\.md", str(configuration["nav"])))
    assert named == {str(page.relative_to(FOLDER)) for page in FOLDER.rglob("*.md")}


@pytest.mark.timeout(180)
def test_the_pages_are_built_without_a_warning(tmp_path: Path) -> None:
    run(sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site"))
    start = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "Little Giants stream" in start
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?://[^"]+)"', start)
    assert loaded == [], "a page loads something from elsewhere"
