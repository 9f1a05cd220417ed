"""Commands that need no stack."""

import io
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from giants.cli.app import build, outline
from giants.cli.catalogue import COMMANDS
from giants.cli.caveats import show_caveats
from giants.compiled import compiled_modules
from giants.settings import Settings
from giants.terminal.output import table
from tests.stack import giants

FOR_PEOPLE = [name for name, command in COMMANDS.items() if not command.hidden]
# What no list of commands needs, and what would make it slow.
SLOW = {"chdb", "faust", "fastapi", "matplotlib", "pydantic"}


def test_the_list_of_commands_says_what_the_commands_say() -> None:
    told = [CliRunner().invoke(app, ["--help"]).output for app in (outline(), build())]
    assert told[0] == told[1]
    assert [name for name in COMMANDS if f" {name} " in told[0]] == FOR_PEOPLE


def test_the_list_of_commands_imports_nothing_that_commands_need() -> None:
    program = (
        "import sys; from giants.cli.app import outline; from typer.testing import CliRunner; "
        "CliRunner().invoke(outline(), ['--help']); print(*sys.modules)"
    )
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not SLOW & set(modules.stdout.split())


@pytest.mark.parametrize("command", FOR_PEOPLE)
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(build(command), [command, "--help"])
    assert result.exit_code == 0
    assert f"Usage: giants {command}" in " ".join(result.output.split()).replace("root", "giants")


def test_without_a_stack_the_commands_say_how_to_get_one(tmp_path: Path) -> None:
    for command in (["tail"], ["company", "x"], ["export", "companies"], ["dead-letters", "list"]):
        ran = giants(*command, data_dir=tmp_path)
        assert ran.status == 1
        assert ran.out == ""
        assert ran.err.startswith(f"error: no stack runs on {tmp_path}")
        assert ran.err.count("\n") == 1


def test_a_bad_setting_is_named_with_what_was_got(tmp_path: Path) -> None:
    ran = giants("topics", data_dir=tmp_path, GIANTS_API_PORT="x")
    assert ran.status == 1
    assert ran.err.startswith("error: GIANTS_API_PORT: ")
    assert "'x'" in ran.err


def test_doctor_lists_every_setting_and_masks_secrets(tmp_path: Path) -> None:
    secrets = {
        "GIANTS_BROKER_PASSWORD": "broker-secret",
        "GIANTS_CLICKHOUSE": "clickhouse://user:clickhouse-secret@localhost:8123/giants",
        "GIANTS_API_KEY": "key-secret",
    }
    for form in ([], ["--json"]):
        ran = giants("doctor", *form, data_dir=tmp_path, **secrets)
        assert "secret" not in ran.out + ran.err
        for name in Settings.model_fields:
            assert f"GIANTS_{name.upper()}" in ran.out


def test_doctor_says_whether_modules_are_compiled(tmp_path: Path) -> None:
    (report,) = giants("doctor", "--json", data_dir=tmp_path).lines
    (build,) = [finding for finding in report["findings"] if finding["name"] == "build"]
    modules = compiled_modules()
    assert build["got"] == (f"compiled: {len(modules)} modules" if modules else "pure Python")


def test_doctor_tells_what_to_do_about_a_broker_that_does_not_answer(tmp_path: Path) -> None:
    ran = giants("doctor", "--json", data_dir=tmp_path, GIANTS_BROKER="127.0.0.1:1")
    assert ran.status == 1
    (report,) = ran.lines
    fault = next(finding for finding in report["findings"] if finding["name"] == "broker")
    assert fault["state"] == "fault"
    assert fault["fix"]


def test_topics_are_listed_with_the_prefix(tmp_path: Path) -> None:
    ran = giants("topics", "--json", data_dir=tmp_path, GIANTS_TOPIC_PREFIX="x.")
    assert {"x.families.v1", "x.rating-changes.v1"} <= {line["name"] for line in ran.lines}


def test_schemas_are_printed_and_written_and_an_incompatible_one_is_not(tmp_path: Path) -> None:
    printed = giants("schema", "families.v1", data_dir=tmp_path)
    assert json.loads(printed.out)["properties"]["family_id"]
    folder = tmp_path / "schemas"
    assert giants("schema", "--write", str(folder), data_dir=tmp_path).status == 0
    file = folder / "families.v1.schema.json"
    document = json.loads(file.read_text())
    document["properties"]["grade"] = {"type": "string"}
    file.write_text(json.dumps(document))
    refused = giants("schema", "--write", str(folder), data_dir=tmp_path)
    assert refused.status == 1
    assert "families.v1.schema.json $.grade: removed" in refused.err


def test_keys_are_made_listed_and_deleted_and_the_secret_is_shown_once(tmp_path: Path) -> None:
    token = giants("keys", "create", "desk-a", data_dir=tmp_path).out.strip()
    (key,) = giants("keys", "list", "--json", data_dir=tmp_path).lines
    assert (key["name"], key["scopes"]) == ("desk-a", ["read", "screen"])
    assert token not in "".join(path.read_text() for path in tmp_path.iterdir() if path.is_file())
    assert giants("keys", "delete", key["id"], data_dir=tmp_path).status == 0
    assert giants("keys", "list", "--json", data_dir=tmp_path).lines == []
    assert giants("keys", "delete", key["id"], data_dir=tmp_path).status == 1


def test_the_version_is_printed() -> None:
    ran = CliRunner().invoke(outline(), ["--version"])
    assert (ran.exit_code, ran.output) == (0, f"giants {version('little-giants-stream')}\n")


def test_caveats_are_printed_in_full_once_and_then_as_codes(tmp_path: Path) -> None:
    caveats = [{"code": "rating_not_intent", "text": "A rating says nothing of intent."}]
    console = Console(file=io.StringIO(), width=200)
    for _ in range(2):
        show_caveats(console, Settings(data_dir=tmp_path), caveats)
    assert isinstance(console.file, io.StringIO)
    first, second = (line for line in console.file.getvalue().splitlines() if line)
    assert first == "· A rating says nothing of intent. (rating_not_intent)"
    assert second.startswith("Caveats as before: rating_not_intent (in full:")


def test_years_in_tables_have_no_mark_of_thousands() -> None:
    console = Console(file=io.StringIO(), width=80)
    console.print(table(None, ("review year", "companies"), [(2029, 12345)]))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().split()[-2:] == ["2029", "12,345"]


def test_errors_are_sentences_and_folders_are_called_so(tmp_path: Path) -> None:
    ran = giants("topics", data_dir=tmp_path, GIANTS_API_PORT="x")
    assert ran.err == "error: GIANTS_API_PORT: is not a whole number (got 'x')\n"
    (tmp_path / "lists").mkdir()
    ran = giants("ingest", "announcements", "--dry-run", str(tmp_path / "lists"), data_dir=tmp_path)
    assert (
        "is a folder, expected a file of announcements; `giants ingest lists FOLDER` reads"
        in ran.out + ran.err
    )
    table_file = tmp_path / "table.csv"
    table_file.write_text("Colour,Weight\nred,1\n")
    ran = giants("ingest", "families", "--dry-run", str(table_file), data_dir=tmp_path)
    assert (
        "cannot be read as families (its first row is 'Colour', 'Weight'); expected one of:"
        in ran.out + ran.err
    )
