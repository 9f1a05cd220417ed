"""The files of deployment, read."""

import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"


def yaml_of(path: Path) -> Any:
    """A file with one document."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def compose() -> dict[str, Any]:
    """docker-compose.yml, its anchors resolved."""
    read: dict[str, Any] = yaml_of(ROOT / "docker-compose.yml")
    return read


def kubernetes_documents() -> list[dict[str, Any]]:
    """Every manifest of the kustomization, as it stands in its file."""
    folder = DEPLOY / "kubernetes"
    files = yaml_of(folder / "kustomization.yaml")["resources"]
    return [
        document
        for name in files
        for document in yaml.safe_load_all((folder / name).read_text(encoding="utf-8"))
    ]


def containers() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name of the workload, specification of its pod, and container, for every container."""
    found = []
    for document in kubernetes_documents():
        spec = document.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        pod = spec.get("template", {}).get("spec")
        if pod is not None:
            found += [(document["metadata"]["name"], pod, container) for container in pod["containers"]]
    return found


def run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None, seconds_max: float = 240) -> str:
    """What a program prints; fails with what it said where it fails."""
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=seconds_max
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout
