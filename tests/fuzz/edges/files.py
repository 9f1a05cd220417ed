"""Files that are text: lists, exports of patent databases, facts as JSON, taxonomies.

The first byte chooses the kind of facts and the ending of the name, the rest is the file.
"""

from collections.abc import Iterator

from tests.agents.hostile import EXAMPLES, as_json
from tests.fuzz.edges.reading import read_file
from tests.sources.helpers import FIXTURES

_KINDS = ("announcements", "reviews", "names", "records", "families", "taxonomies", "watchlists")
_ENDINGS = (".csv", ".html", ".json", ".jsonl", ".xml", ".tsv", ".toml", "")
FORMS = tuple((kind, ending) for kind in _KINDS for ending in _ENDINGS)
_FIXTURES = (
    ("announcements", "batch1.csv"),
    ("announcements", "notice.csv"),
    ("announcements", "notice.html"),
    ("reviews", "notice.html"),
    ("families", "derwent.csv"),
    ("families", "docdb.xml"),
    ("families", "google.jsonl"),
    ("families", "lens.csv"),
    ("families", "lens.jsonl"),
    ("families", "plain.csv"),
)
_RECORDS = "类型,原名称,新名称,日期\n更名,甲科技有限公司,乙科技有限公司,2025-03-01\n"


def seeds() -> Iterator[bytes]:
    """Every fixture, every example as JSON lines, name records as a table, and a small taxonomy."""
    for kind, name in _FIXTURES:
        ending = name[name.rindex(".") :]
        yield bytes((FORMS.index((kind, ending)),)) + (FIXTURES / name).read_bytes()
    for kind in _KINDS:
        yield bytes((FORMS.index((kind, ".jsonl")),)) + as_json(EXAMPLES[kind]) + b"\n"
    yield bytes((FORMS.index(("names", ".csv")),)) + _RECORDS.encode()
    toml = (
        b'taxonomy = "ctt74"\nversion = 1\n[[technologies]]\nid = "radar"\nname = "R"\n[technologies.cpc]\n'
    )
    yield bytes((FORMS.index(("taxonomies", ".toml")),)) + toml + b'"G01S13/00" = "radar"\n'


def one_input(data: bytes) -> None:
    """Read the file."""
    if not data:
        return
    kind, ending = FORMS[data[0] % len(FORMS)]
    read_file(kind, f"file{ending}", data[1:])
