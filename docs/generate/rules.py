"""The page of the catalogue of rules."""

from docs.generate.markdown import page, table
from giants.domain.rules import CODE, Section, catalogue, parted_by_rules

_ABOUT = """\
What this system has to do was written down as a catalogue of rules before it was built. Codes such as
[X-04](#x-04) in these pages, in the code and in tests name a rule of it. Each is said here in one sentence of
this project's own; the [methodology](methodology.md) says how a rule is met, and what is derived or assumed.
The dashboard has the same page at `/rules`, and `giants rules X-04` prints a rule."""


def rules_page() -> str:
    """Every rule under an anchor of its own."""
    return page("Rules", _ABOUT, map(_section, catalogue()))


def _section(section: Section) -> str:
    rows = [(f'<a id="{rule.anchor}"></a>{rule.code}', rule.text) for rule in section.rules]
    return f"## {section.title}\n\n{table(('code', 'rule'), rows)}"


def linked(text: str) -> str:
    """Markdown in which codes of rules lead to the catalogue, but for those in code, links and headings."""
    lines = text.split("\n")
    is_code = False
    for number, line in enumerate(lines):
        is_code ^= line.startswith("```")
        if not is_code and not line.startswith(("#", "    ")) and CODE.search(line):
            lines[number] = _linked_line(line)
    return "\n".join(lines)


def _linked_line(line: str) -> str:
    parts = line.split("`")
    for number in range(0, len(parts), 2):
        parts[number] = "".join(
            f"[{piece}](rules.md#{rule.anchor})" if rule is not None else piece
            for piece, rule in parted_by_rules(parts[number])
        )
    return "`".join(parts)
