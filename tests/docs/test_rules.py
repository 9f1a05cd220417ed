"""The catalogue of rules holds every code that product or pages mention, once, with one sentence."""

import re

from docs.generate import FOLDER
from docs.generate.rules import linked
from giants.domain.rules import CODE
from tests.deploy.files import ROOT

ROW = re.compile(r'^\| <a id="([^"]+)"></a>(\S+) \| (.+) \|$', re.MULTILINE)
PRODUCT = ("giants", "streams", "agents", "schemas", "docs")


def rules() -> list[tuple[str, str, str]]:
    """Anchor, code and sentence of every rule."""
    return ROW.findall((FOLDER / "rules.md").read_text(encoding="utf-8"))


def mentioned() -> dict[str, str]:
    """Every code that is mentioned outside the catalogue, with a file that mentions it."""
    files = [ROOT / "README.md"]
    for package in PRODUCT:
        files += [path for ending in ("*.py", "*.md", "*.html") for path in (ROOT / package).rglob(ending)]
    return {
        code: str(path.relative_to(ROOT))
        for path in files
        if path.name != "rules.md"
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }


def test_every_code_that_is_mentioned_is_in_the_catalogue() -> None:
    known = {code for _, code, _ in rules()}
    found = mentioned()
    assert {"X-04", "S-17", "N-02a"} <= found.keys()
    assert {code: where for code, where in found.items() if code not in known} == {}


def test_a_rule_is_one_sentence_under_its_own_anchor() -> None:
    found = rules()
    codes = [code for _, code, _ in found]
    assert len(codes) > 80
    assert len(codes) == len(set(codes))
    for anchor, code, sentence in found:
        assert anchor == code.lower()
        assert sentence.endswith(".")
        assert not re.search(r"\. [A-Z]", sentence), f"{code} is more than one sentence"


def test_no_row_of_the_catalogue_is_skipped_by_these_tests() -> None:
    text = (FOLDER / "rules.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if CODE.search(line) and line.startswith("|")]
    assert len(rows) == len(rules())


def test_codes_in_generated_pages_lead_to_the_catalogue() -> None:
    assert linked("Counts (X-03), not `X-04`.") == "Counts ([X-03](rules.md#x-03)), not `X-04`."
    assert linked("## P-12\n```\nP-12\n```\n") == "## P-12\n```\nP-12\n```\n"
    for name in ("http.md", "contract.md", "commands.md"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert "](rules.md#" in text, name
        assert "](/rules" not in text, name
