"""Every example of README and documentation, as it is printed, against a running stack.

Commands run in a shell in a folder that holds the files they name; the stack has changes of every kind.
"""

import csv
import gzip
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path

import orjson
import pytest
from openpyxl import Workbook
from pydantic import BaseModel

from docs.generate import FOLDER
from giants.embedded.runfile import of_running, read_run_file
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from schemas.facts import Announcement, Day, Review
from tests.cli.facts import designation, families, write_lines
from tests.deploy.files import run
from tests.docs.fenced import Example, examples
from tests.stack import PARTITIONS, Stack, running_stack
from tests.waiting import wait_for

pytestmark = pytest.mark.timeout(600)
COMMAND_SECONDS_MAX = 120
WAIT_SECONDS_MAX = 120.0

COMPANY = "北京中科海讯数字科技股份有限公司"
DUE = "宁波启明气动机械有限公司"
FAILED = "杭州远山精密仪器有限公司"
KEY = "lg_none-is-needed"
LENS_HEADING = (
    "#",
    "Jurisdiction",
    "Kind",
    "Publication Number",
    "Lens ID",
    "Publication Date",
    "Application Date",
    "Priority Numbers",
    "Title",
    "Applicants",
    "CPC Classifications",
)
# The stack of these tests is what it starts.
STARTS = ("giants up",)
# Those that need what no test of these has, or are run by other tests; with the reason.
ELSEWHERE = {
    "make demo": "make runs in tests/packaging; the demo in tests/demo",
    "kubectl": "a cluster; the manifests are validated by tests/deploy",
    "npm install": "fetches from a registry, once and beforehand",
}
# No programs: diagrams, and documents that others hold.
DOCUMENTS = {
    ("README.md", "mermaid"): "a picture",
    ("docs/contract.md", "json"): "validated by tests/schemas",
    ("docs/operations.md", "yaml"): "a part of a manifest",
    ("docs/security.md", "sh"): "asks for an OpenID provider: tests/web/test_oidc.py signs in with one",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with the files that examples name, and the stack that they ask."""

    stack: Stack
    folder: Path
    environment: Mapping[str, str]
    numbers: "count[int]" = field(default_factory=lambda: count(100))

    def run(self, command: str) -> str:
        """What a command prints; it has to succeed. Without a terminal --yes stands for the answer."""
        command += " --yes" if command.startswith("giants ingest lists") else ""
        ran = subprocess.run(
            ["/bin/bash", "-ec", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def follow(
        self, command: str, wanted: Collection[str], cause: Callable[[str], None] | None = None
    ) -> str:
        """Run what does not end by itself until it has printed everything wanted; give what it printed.

        `cause` is called again and again with what is printed so far, since nobody else makes changes.
        """
        printed = self.folder / "printed.txt"
        with (
            printed.open("w") as out,
            subprocess.Popen(
                ["/bin/bash", "-ec", f"exec {command}"],
                cwd=self.folder,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            ) as process,
        ):

            def is_printed() -> bool:
                text = printed.read_text()
                if cause is not None:
                    cause(text)
                return all(part in text for part in wanted) or process.poll() is not None

            try:
                wait_for(f"{command} to print {wanted}", is_printed, WAIT_SECONDS_MAX)
            finally:
                process.terminate()
        text = printed.read_text()
        assert all(part in text for part in wanted), text
        return text

    def designate(self, _: str) -> None:
        """Designate a company that was not known before."""
        number = next(self.numbers)
        self.publish(
            Announcement.model_validate(designation(f"example-{number}", [f"宁波第{number}泵业有限公司"]))
        )

    def publish(self, fact: BaseModel) -> None:
        """Send a fact to the stack."""
        running = read_run_file(self.stack.data_dir)
        assert running is not None
        settings = Settings(data_dir=self.stack.data_dir, partitions=int(PARTITIONS))
        with Publisher(of_running(settings, running)) as publisher:
            publisher.send_fact(fact)

    def decertify_listener(self, printed: str) -> None:
        """Let a review fail a company as soon as the stream has begun; again it changes nothing."""
        if "retry:" not in printed:
            return
        review = {
            "list_id": "example-review",
            "revision": 1,
            "review_year": 2026,
            "stage": "final",
            "published_on": "2026-06-01",
            "authority": "ZJ",
            "source": {"class": "authority"},
            "passed": [],
            "failed": [{"name": FAILED, "reason": "focus_mismatch"}],
        }
        self.publish(Review.model_validate(review))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "bin").mkdir()
    giants = folder / "bin" / "giants"
    giants.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m giants.cli "$@"\n')
    giants.chmod(0o755)
    _write_files(folder)
    with running_stack(folder / "data") as stack:
        environment = dict(os.environ) | {
            "PATH": f"{giants.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join((str(FOLDER.parent), os.environ.get("PYTHONPATH", ""))),
            "GIANTS_DATA_DIR": str(stack.data_dir),
            "API": stack.ready["api"],
            "KEY": KEY,
            "NO_COLOR": "1",
            "GIANTS_PARTITIONS": PARTITIONS,
        }
        made = Desk(stack, folder, environment)
        _cause_every_kind_of_change(made)
        yield made


def _write_files(folder: Path) -> None:
    with (folder / "zj.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("企业名称",), (COMPANY,)])
    (folder / "archive").mkdir()
    (folder / "archive" / "安徽省第六批专精特新小巨人企业名单.csv").write_text(
        "安徽省第六批专精特新“小巨人”企业名单\n2024年9月2日\n序号,企业名称\n1,合肥星野光电科技有限公司\n",
        encoding="utf-8",
    )
    with gzip.open(folder / "lens-export.csv.gz", "wt", encoding="utf-8", newline="") as packed:
        rows = [
            (n, "CN", "A", f"CN {n} A", f"000-{n:03}-000-000-000", "2020-05-01", "2019-01-01", "", "Sonar",
             COMPANY, "G01S15/02;;G01S13/02")
            for n in range(1, 60)
        ]  # fmt: skip
        csv.writer(packed).writerows([LENS_HEADING, *rows])
    (folder / "suppliers.csv").write_text(f"name\n{COMPANY}\n", encoding="utf-8")
    (folder / "names.txt").write_text(f"{COMPANY}\n", encoding="utf-8")
    (folder / "list.csv").write_text(f"Nr;Lieferant;Ort\n1;{COMPANY};北京\n", encoding="utf-8")
    book = Workbook()
    assert book.active is not None
    book.active.append(("name",))
    book.active.append((COMPANY,))
    book.save(folder / "suppliers.xlsx")


def _cause_every_kind_of_change(desk: Desk) -> None:
    """A designation, ratings, a signal (a review that is due), news of a list."""
    named = designation("example-b5", [DUE, FAILED], batch=5, published_on="2023-07-14", complete=False)
    lists = write_lines(desk.folder / "list.jsonl", [named])
    patents = write_lines(desk.folder / "families.jsonl", families("EX", DUE, [("G01S13/02",)] * 5))
    for kind, file in (("announcements", lists), ("families", patents)):
        ran = desk.stack.giants("ingest", kind, file, "--wait")
        assert ran.status == 0, ran.err
    desk.publish(Day(day=date(2026, 2, 1)))


def is_run(example: Example) -> bool:
    """Whether a block is a program or a command, and not a drawing or a document."""
    if (example.page, example.language) in DOCUMENTS:
        return False
    return example.language not in {"", "yaml", "mermaid"} or example.text.startswith("giants ")


TUTORIAL = "docs/tutorial.md"  # run as a whole by test_tutorial
SHELL = [
    one
    for one in examples()
    if is_run(one)
    and one.language in {"", "sh"}
    and one.page != TUTORIAL
    and not one.commands[0].startswith("kubectl")  # as a whole: loops and comments go with it
]


def test_every_example_is_run_by_a_test_or_has_a_reason_why_not() -> None:
    languages = {(one.page, one.language) for one in examples() if is_run(one)}
    assert languages == {
        ("README.md", "sh"),
        ("README.md", "sql"),
        ("docs/consumers.md", "python"),
        ("docs/consumers.md", "javascript"),  # test_examples
        ("docs/consumers.md", "sh"),
        ("docs/contributing.md", "sh"),
        ("docs/index.md", "sh"),
        ("docs/operations.md", "sh"),
        ("docs/screening.md", ""),
        ("docs/screening.md", "csv"),
        ("docs/screening.md", "json"),
        (TUTORIAL, "json"),
        (TUTORIAL, "sh"),
    }


@pytest.mark.parametrize("example", SHELL, ids=lambda one: f"{one.page}-{one.commands[0][:20]}")
def test_commands_do_what_they_are_printed_for(desk: Desk, example: Example) -> None:
    for command in example.commands:
        if command.startswith((*STARTS, *ELSEWHERE, "make ")):
            continue
        if command.startswith("curl --no-buffer"):
            told = desk.follow(command, ("event: decertified", FAILED), desk.decertify_listener)
            assert "event: designated" not in told
        elif command == "giants tail":
            desk.follow(command, ("designated",), desk.designate)
        else:
            assert desk.run(command).strip() or command.startswith(
                ("giants ingest", "giants screen", "giants portfolios put")
            )


def test_the_python_example_prints_changes_of_every_kind(desk: Desk) -> None:
    (example, _) = [one for one in examples() if one.language == "python"]
    (desk.folder / "follow.py").write_text(example.text, encoding="utf-8")
    told = desk.follow(
        f'"{sys.executable}" follow.py', ("designated", "signal-raised review-due", "radar unrated ->")
    )
    assert "Traceback" not in told


def test_the_python_example_prints_pairs_of_a_portfolio(desk: Desk) -> None:
    (_, example) = [one for one in examples() if one.language == "python"]
    (desk.folder / "follow_matches.py").write_text(example.text, encoding="utf-8")
    desk.run("giants ingest announcements zj.csv --batch 7 --published-on 2025-10-20 --wait")
    desk.run("giants portfolios put suppliers.csv --id p-followed --title Suppliers")
    told = desk.follow(f'"{sys.executable}" follow_matches.py', (f"p-followed {COMPANY} = {COMPANY}",))
    assert "Traceback" not in told


def test_the_query_of_the_matching_api_is_answered(desk: Desk) -> None:
    (example,) = [one for one in examples() if (one.page, one.language) == ("docs/screening.md", "json")]
    (desk.folder / "query.json").write_text(example.text, encoding="utf-8")
    answer = desk.run('curl --silent --fail --json @query.json "$API/api/v1/match"')
    assert set(orjson.loads(answer)["responses"]) == {"row-1"}


def test_the_table_of_owners_is_taken_and_shown_on_the_company(desk: Desk) -> None:
    (example,) = [one for one in examples() if one.language == "csv"]
    table = example.text.replace("杭州星野光电科技有限公司", COMPANY)
    (desk.folder / "owners.csv").write_text(table, encoding="utf-8")
    desk.run("giants ingest announcements zj.csv --batch 7 --published-on 2025-10-20 --wait")
    desk.run("giants ingest records owners.csv --wait")
    assert "星野控股集团有限公司" in desk.run(f"giants company {COMPANY}")


FILL_AND_ASK = """
import sys
from pathlib import Path
from giants.store.client import connect
from giants.store.migrations import migrate
from tests.web.conftest import fill
with connect(f"chdb://{sys.argv[1]}") as database:
    migrate(database)
    fill(database)
    print(len(database.rows(Path(sys.argv[2]).read_text())))
"""


def test_the_query_of_the_readme_is_valid(tmp_path: Path) -> None:
    (example,) = [one for one in examples() if one.language == "sql"]
    (tmp_path / "query.sql").write_text(example.text, encoding="utf-8")
    # A process of its own: one process opens one embedded database.
    told = run(sys.executable, "-c", FILL_AND_ASK, str(tmp_path / "db"), str(tmp_path / "query.sql"))
    assert int(told) >= 0


def test_an_include_that_is_not_expanded_fails_the_build(tmp_path: Path) -> None:
    for include in ('--8 < --"examples/follow_changes.py"', '--8<-- "examples/nothing.py"'):
        (tmp_path / "docs").mkdir(exist_ok=True)
        (tmp_path / "docs" / "index.md").write_text(f"# Page\n\n```python\n{include}\n```\n")
        (tmp_path / "mkdocs.yml").write_text(
            f"site_name: test\nhooks: [{FOLDER / 'includes.py'}]\n"
            "markdown_extensions:\n  - pymdownx.superfences\n"
            "  - pymdownx.snippets:\n      base_path: [docs]\n      check_paths: true\n"
        )
        built = subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert built.returncode != 0
        assert "include was not expanded" in built.stderr or "nothing.py" in built.stderr
