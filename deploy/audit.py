"""Hold every pinned version against the known vulnerabilities: `python -m deploy.audit PIP-AUDIT FILE`.

Not every index tells of vulnerabilities, and pip-audit passes over what it cannot ask about. So one package
is asked about first: where nothing is known of it, nothing could be audited, and that is said.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

ANSWER_SECONDS_MAX = 600


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found: versions that were looked up, that could not be, and known faults."""

    looked_up: int
    passed_over: int
    faults: tuple[str, ...]


class AuditError(Exception):
    """The audit could not be made."""


def read(report: str) -> Audit:
    """Read a report of pip-audit (JSON). Raises `AuditError` where it is none."""
    try:
        dependencies = json.loads(report)["dependencies"]
        passed_over = [one for one in dependencies if "skip_reason" in one]
        faults = tuple(
            f"{one['name']} {one['version']}: {fault['id']}, mended in {_versions(fault['fix_versions'])}"
            for one in dependencies
            for fault in one.get("vulns", ())
        )
    except (ValueError, KeyError, TypeError) as error:
        raise AuditError(f"expected a report of pip-audit, got {report[:200]!r}") from error
    return Audit(len(dependencies) - len(passed_over), len(passed_over), faults)


def _versions(mended_in: Sequence[str]) -> str:
    return ", ".join(mended_in) or "-"


def pinned(text: str) -> list[str]:
    """The lines of a constraints file that pin a version."""
    return [line for line in text.splitlines() if "==" in line and not line.startswith("#")]


def audit(program: str, requirements: Iterable[str]) -> Audit:
    """Ask pip-audit about pinned requirements as they are. Raises `AuditError`."""
    with NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(requirements))
        file.flush()
        asked = [program, "--no-deps", "--disable-pip", "--format=json", "--requirement", file.name]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=ANSWER_SECONDS_MAX)
    if not done.stdout:
        raise AuditError(done.stderr.strip()[-300:] or f"{program} said nothing")
    return read(done.stdout)


def _audit_all(program: str, requirements: Sequence[str]) -> Audit:
    if not audit(program, requirements[:1]).looked_up:
        raise AuditError("the package index tells nothing of vulnerabilities")
    return audit(program, requirements)


def main(arguments: Sequence[str]) -> int:
    """Audit and tell; 1 where a version has a known vulnerability."""
    program, file = arguments
    lines = pinned(Path(file).read_text(encoding="utf-8"))
    try:
        found = _audit_all(program, lines)
    except (AuditError, OSError, subprocess.TimeoutExpired) as error:
        sys.stdout.write(f"could not audit {len(lines)} versions: {error}\n")
        return 0
    for fault in found.faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(
        f"{found.looked_up} versions audited, {len(found.faults)} vulnerabilities, "
        f"{found.passed_over} versions unknown to the index\n"
    )
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
