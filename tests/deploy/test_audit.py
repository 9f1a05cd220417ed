"""The audit: what is wrong is told, and that nothing could be looked up is not told as "nothing is wrong"."""

import json
import sys
from pathlib import Path

import pytest

from deploy.audit import Audit, AuditError, main, pinned, read
from tests.deploy.files import ROOT

CLEAN = {"name": "anyio", "version": "4.0", "vulns": []}
SKIPPED = {"name": "anyio", "skip_reason": "Dependency not found on PyPI and could not be audited"}
FAULTY = {
    "name": "jinja2",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"]}, {"id": "PYSEC-1", "fix_versions": []}],
}


def report(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def pip_audit(folder: Path, *reports: str) -> str:
    """A program that gives one report after the other, as pip-audit does where it is asked repeatedly."""
    for number, text in enumerate(reports):
        (folder / f"{number}.json").write_text(text)
    program = folder / "pip-audit"
    program.write_text(
        f"#!{sys.executable}\n"
        "from pathlib import Path\n"
        f"first = sorted(Path({str(folder)!r}).glob('*.json'))[0]\n"
        "print(first.read_text())\n"
        "first.unlink()\n"
    )
    program.chmod(0o755)
    return str(program)


def test_faults_versions_that_were_looked_up_and_those_that_were_not_are_told_apart() -> None:
    assert read(report(CLEAN, SKIPPED, FAULTY)) == Audit(
        2,
        1,
        (
            "jinja2 2.0: PYSEC-2019-217, mended in 2.10.1",
            "jinja2 2.0: PYSEC-1, mended in -",
        ),
    )


def test_what_is_no_report_is_refused() -> None:
    with pytest.raises(AuditError, match="expected a report of pip-audit"):
        read("<html>")


def test_every_pinned_version_is_asked_about() -> None:
    lines = pinned((ROOT / "constraints.txt").read_text())
    assert len(lines) > 100
    assert all(line.partition("==")[2] for line in lines)


def test_an_index_that_tells_nothing_is_not_taken_for_a_clean_audit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = pip_audit(tmp_path, report(SKIPPED))
    assert main([program, str(ROOT / "constraints.txt")]) == 0
    assert "could not audit" in capsys.readouterr().out


def test_a_known_vulnerability_fails_the_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = pip_audit(tmp_path, report(CLEAN), report(CLEAN, FAULTY))
    assert main([program, str(ROOT / "constraints.txt")]) == 1
    told = capsys.readouterr().out
    assert "PYSEC-2019-217" in told
    assert "2 versions audited, 2 vulnerabilities, 0 versions unknown" in told


def test_a_clean_audit_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = pip_audit(tmp_path, report(CLEAN), report(CLEAN))
    assert main([program, str(ROOT / "constraints.txt")]) == 0
    assert "1 versions audited, 0 vulnerabilities" in capsys.readouterr().out
