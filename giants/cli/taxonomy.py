"""`giants taxonomy`: what is mapped to what, held against the scheme, and what a new version would change."""

from dataclasses import asdict, astuple
from pathlib import Path
from typing import Annotated

import typer

from giants.cli.cpc import clear_errors, imported_editions, text_table, title_tree
from giants.cli.taxonomy_files import SHIPPED, load_file
from giants.cli.taxonomy_live import (
    counts_of,
    live_methodology,
    live_portfolios,
    live_ratings,
    show_unknown,
    stack_runs,
    unknown_as_dict,
)
from giants.cli.taxonomy_report import report
from giants.cli.taxonomy_trial import Trial, portfolios_of_files, rated_under
from giants.domain.cpc import normalize_symbol
from giants.domain.editions import Editions
from giants.domain.exposure import METHODOLOGIES, METHODOLOGY, Methodology
from giants.domain.scheme import Scheme
from giants.domain.scheme_file import edition_of, read_scheme
from giants.domain.taxonomy import Entry, EntryKind, Taxonomy
from giants.domain.taxonomy_check import Report, check_taxonomy
from giants.domain.taxonomy_children import recompiled
from giants.domain.taxonomy_diff import EntryDifference, differences_to, entry_differences
from giants.domain.taxonomy_expand import children_in, with_children
from giants.domain.taxonomy_file import TaxonomyFile, parents_of
from giants.domain.taxonomy_live import UnknownSymbols, unknown_symbols
from giants.terminal.output import FAILURE_STATUS, CommandError, Json, out, print_json, say
from schemas.facts import Technology

LIVE = "live"
FINDINGS_SHOWN_MAX = 50
ENTRIES_SHOWN_MAX = 8

taxonomy_app = typer.Typer(
    name="taxonomy", no_args_is_help=True, help="The mapping of technologies to CPC symbols."
)

TaxonomyPath = Annotated[
    str, typer.Option("--taxonomy", help="A taxonomy file (TOML or JSON); `shipped` is the project's own.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(taxonomy_app, name="taxonomy")


taxonomy_app.command(epilog="Example: `giants taxonomy report --technology radar`")(report)


@taxonomy_app.command(epilog="Examples: `giants taxonomy show` · `giants taxonomy show radar --json`")
@clear_errors()
def show(
    technology: Annotated[str | None, typer.Argument(help="Id of a technology; all otherwise.")] = None,
    taxonomy: TaxonomyPath = SHIPPED,
    json: Json = False,
) -> None:
    """Show the technologies and their sizes, or the entries of one with their reasons."""
    file = load_file(taxonomy)
    compiled = Taxonomy.compile(file.version)
    if technology is None:
        _show_all(file, compiled, json=json)
        return
    if technology not in compiled.technologies:
        raise CommandError(
            f"{technology} is no technology of {compiled.id}: `giants taxonomy show` lists them"
        )
    editions = imported_editions()
    rows = [_entry_row(entry, file, editions) for entry in compiled.entries[technology]]
    if json:
        found = compiled.technologies[technology]
        print_json({"id": technology, "name": found.name, "note": found.note, "entries": rows})
        return
    _show_one(compiled.technologies[technology], rows)


@taxonomy_app.command(epilog="Example: `giants taxonomy explain H04B10/2519`")
@clear_errors()
def explain(
    symbol: Annotated[str, typer.Argument(help="A CPC symbol in any form.")],
    taxonomy: TaxonomyPath = SHIPPED,
    json: Json = False,
) -> None:
    """Say which technologies take a symbol, through which entry and why, and what the symbol means."""
    file = load_file(taxonomy)
    compiled = Taxonomy.compile(file.version)
    editions = imported_editions()
    normal = normalize_symbol(symbol)
    path = editions.title_path(normal)
    standing = editions.standing(normal) if editions.names else None
    taking = [
        (id_, entry) for id_ in compiled.technologies_of(normal) if (entry := compiled.entry_of(normal, id_))
    ]
    if json:
        print_json(
            {
                "symbol": normal,
                "taxonomy": compiled.id,
                "taxonomy_version": compiled.version,
                "standing": standing,
                "path": [{"symbol": above, "title": text} for above, text in path],
                "technologies": [
                    {
                        "technology": id_,
                        "name": compiled.technologies[id_].name,
                        **_entry_row(entry, file, None),
                    }
                    for id_, entry in taking
                ],
            }
        )
        return
    say(f"{normal} in {compiled.id} version {compiled.version}" + (f", {standing}" if standing else ""))
    rows = [
        (
            compiled.technologies[id_].name,
            entry.symbol,
            _takes(entry),
            entry.successor,
            _reason(file, entry),
        )
        for id_, entry in taking
    ]
    if rows:
        out().print(text_table(None, ("technology", "entry", "takes", "became", "reason"), rows))
    else:
        say("no technology takes it: it counts in the denominator only")
    if path:
        out().print(title_tree(path))
    elif not editions.names:
        say("no titles: `giants cpc import CPCTitleList….zip` reads them")


@taxonomy_app.command(epilog="Example: `giants taxonomy check own.toml --scheme CPCTitleList202505.zip`")
@clear_errors()
def check(
    file: Annotated[str, typer.Argument(help="A taxonomy file; `shipped` is the project's own.")] = SHIPPED,
    scheme: Annotated[
        Path | None, typer.Option(help="CPCTitleList in force; the newest imported edition otherwise.")
    ] = None,
    older: Annotated[
        Path | None,
        typer.Option(help="An older CPCTitleList, for retired entries; the oldest imported otherwise."),
    ] = None,
    live: Annotated[
        bool | None,
        typer.Option(
            "--live/--no-live",
            help="Name symbols of live portfolios that no known edition has; by default where a stack runs.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Check a taxonomy against the CPC scheme, and live portfolios against all imported editions."""
    loaded = load_file(file)
    schemes = _schemes(scheme, older)
    checked = check_taxonomy(loaded, *schemes)
    unknown = _unknown(loaded, schemes) if live or (live is None and stack_runs()) else None
    _print_report(checked, loaded, unknown, json=json)
    if checked.errors:
        raise typer.Exit(FAILURE_STATUS)


@taxonomy_app.command(
    epilog="Examples: `giants taxonomy diff shipped own.toml --families export.csv.gz` · "
    "`giants taxonomy diff shipped shipped --live --methodology-before exposure-1`"
)
@clear_errors()
def diff(
    old: Annotated[
        str,
        typer.Argument(
            help="A taxonomy file; `shipped` is the project's own, `live` what the running stack announced."
        ),
    ],
    new: Annotated[str, typer.Argument(help="The other taxonomy file.")],
    families: Annotated[
        list[Path] | None, typer.Option(help="Files of patent families to rate under both; repeat for more.")
    ] = None,
    companies: Annotated[
        Path | None, typer.Option(help="Companies as JSON lines, so that all names of one count together.")
    ] = None,
    live: Annotated[bool, typer.Option(help="Rate the portfolios of the running stack under both.")] = False,
    methodology: Annotated[
        str | None,
        typer.Option(help="Methodology of the ratings after; default: that of the stack, else the newest."),
    ] = None,
    methodology_before: Annotated[
        str | None, typer.Option(help="Methodology of the ratings before; default: the same as after.")
    ] = None,
    json: Json = False,
) -> None:
    """Show which entries differ between two versions, and whose ratings would change, with the reason."""
    after = Taxonomy.compile(load_file(new).version)
    if (live or old == LIVE) and families:
        raise CommandError("got live portfolios and --families, expected one of them: what is rated?")
    if old == LIVE and (methodology or methodology_before):
        raise CommandError("ratings that were announced keep their methodology: name two taxonomy files")
    if old == LIVE:
        _show_trial(_announced_against(after), (), json=json)
        return
    before = Taxonomy.compile(load_file(old).version)
    trial: Trial | None = None
    if live or families:
        later = _methodology(methodology) or (live_methodology() if live else METHODOLOGY)
        earlier = _methodology(methodology_before) or later
        rated = live_portfolios() if live else portfolios_of_files(families or [], companies)
        trial = rated_under(*rated, before, after, (earlier, later))
    differences = entry_differences(before, after)
    if not json:
        _show_entries(differences)
    _show_trial(trial, differences, json=json)


@taxonomy_app.command(epilog="Example: `giants taxonomy expand shipped --number 3 > wide.json`")
@clear_errors()
def expand(
    file: Annotated[str, typer.Argument(help="A taxonomy file; `shipped` is the project's own.")],
    number: Annotated[int, typer.Option(min=1, help="Number of the version that is written.")],
    scheme: Annotated[
        Path | None, typer.Option(help="CPCTitleList in force; the newest imported edition otherwise.")
    ] = None,
) -> None:
    """Write a version whose entries all include their dot-indented children, as JSON of the contract."""
    current, _ = _schemes(scheme, None)
    edition = edition_of(scheme) if scheme is not None else imported_editions().names[0]
    version = with_children(load_file(file).version, current, edition, number)
    print_json(version.model_dump(mode="json"))


@taxonomy_app.command(name="compile", epilog="Example: `giants taxonomy compile own.toml > compiled.toml`")
@clear_errors()
def compile_(
    file: Annotated[Path, typer.Argument(help="A taxonomy file in TOML that names its edition.")],
    scheme: Annotated[
        Path | None, typer.Option(help="CPCTitleList of that edition; the imported one otherwise.")
    ] = None,
) -> None:
    """Write a taxonomy file again, with the children that its entries include listed at its end."""
    data = file.read_bytes()
    edition, parents = parents_of(data, str(file))
    found = read_scheme(scheme) if scheme is not None else imported_editions().scheme(edition)
    if found is None:
        raise CommandError(
            f"{file} is listed in {edition}, which is not imported: `giants cpc import` reads it"
        )
    if scheme is not None and (named := edition_of(scheme)) not in (None, edition):
        raise CommandError(f"{scheme} is edition {named}, expected {edition}, in which {file} is listed")
    text = recompiled(data.decode(), children_in(found, edition, parents))
    out().print(text, end="", markup=False, highlight=False, soft_wrap=True)


def _methodology(id_: str | None) -> Methodology | None:
    if id_ is not None and id_ not in METHODOLOGIES:
        raise CommandError(f"got methodology {id_!r}, expected one of {', '.join(METHODOLOGIES)}")
    return METHODOLOGIES[id_] if id_ is not None else None


def _schemes(scheme: Path | None, older: Path | None) -> tuple[Scheme, Scheme | None]:
    editions = imported_editions()
    current = read_scheme(scheme) if scheme is not None else editions.newest
    if current is None:
        raise CommandError("no CPC scheme is at hand: give --scheme, or `giants cpc import` one")
    if older is not None:
        return current, read_scheme(older)
    return current, editions.oldest if scheme is None else None


def _announced_against(after: Taxonomy) -> Trial:
    portfolios, names = live_portfolios()
    found = differences_to(live_ratings(), portfolios, after, live_methodology())
    return Trial(len(portfolios), tuple(found), names)


def _show_entries(differences: tuple[EntryDifference, ...]) -> None:
    if differences:
        rows = [(one.technology, _some(one.added), _some(one.removed)) for one in differences]
        out().print(text_table("entries", ("technology", "added", "removed"), rows))
    else:
        say("the entries are the same")


def _show_trial(trial: Trial | None, entries: tuple[EntryDifference, ...], *, json: bool) -> None:
    if json:
        print_json(
            {
                "entries": [
                    {"technology": one.technology, "added": one.added, "removed": one.removed}
                    for one in entries
                ],
                "ratings": trial.as_dicts() if trial is not None else None,
            }
        )
    elif trial is not None:
        trial.show()


def _unknown(file: TaxonomyFile, schemes: tuple[Scheme, Scheme | None]) -> UnknownSymbols:
    """Hold the portfolios of the running stack against the given schemes and all imported editions."""
    editions = imported_editions()
    counts = counts_of(live_portfolios()[0])

    def is_known(symbol: str) -> bool:
        given = any(scheme is not None and scheme.exists(symbol) for scheme in schemes)
        return given or editions.edition_of(symbol) is not None

    names = editions.names or ("those given",)
    return unknown_symbols(counts, names, is_known, Taxonomy.compile(file.version))


def _show_all(file: TaxonomyFile, taxonomy: Taxonomy, *, json: bool) -> None:
    rows = [
        {
            "id": id_,
            "name": technology.name,
            "category": technology.category,
            "entries": sum(entry.listed for entry in taxonomy.entries[id_]),
            "with_children": sum(bool(entry.children) for entry in taxonomy.entries[id_]),
            "retired": sum(entry.retired for entry in taxonomy.entries[id_]),
            "successors": sum(entry.kind is EntryKind.SUCCESSOR for entry in taxonomy.entries[id_]),
            "since": file.since.get(id_),
        }
        for id_, technology in taxonomy.technologies.items()
    ]
    if json:
        for row in rows:
            print_json(row)
        return
    title = f"{taxonomy.id} version {taxonomy.version}: {len(rows)} technologies"
    out().print(text_table(title, tuple(rows[0]), (tuple(row.values()) for row in rows)))
    if file.version.note:
        say(file.version.note)


def _show_one(technology: Technology, rows: list[dict[str, str | int | bool | None]]) -> None:
    columns = ("entry", "edition", "takes", "became or came from", "reason", "title")
    shown = [
        (row["symbol"], row["edition"], row["takes"], row["counterpart"], row["reason"], row["title"])
        for row in rows
    ]
    out().print(text_table(technology.name, columns, shown))
    if technology.note:
        say(technology.note)
    for row in rows:
        if row["note"]:
            say(f"{row['symbol']}: {row['note']}")


def _print_report(report: Report, file: TaxonomyFile, unknown: UnknownSymbols | None, *, json: bool) -> None:
    if json:
        print_json(
            {
                "taxonomy": file.version.taxonomy,
                "version": file.version.version,
                "errors": len(report.errors),
                "findings": [
                    {
                        "fault": one.fault,
                        "error": one.is_error,
                        "technology": one.technology,
                        "entry": one.entry,
                        "text": one.text,
                    }
                    for one in report.findings
                ],
                "scheme_symbols": report.scheme_symbols,
                "mapped_symbols": report.mapped_symbols,
                "live": unknown_as_dict(unknown) if unknown is not None else None,
                "coverage": {id_: asdict(one) for id_, one in report.coverage.items()},
            }
        )
        return
    rows = [(id_, *astuple(one)) for id_, one in report.coverage.items()]
    columns = ("technology", "entries", "with children", "retired", "successors", "symbols taken")
    out().print(text_table("coverage", columns, rows))
    if report.findings:
        found = [
            (one.fault.value, one.technology, one.entry, one.text)
            for one in report.findings[:FINDINGS_SHOWN_MAX]
        ]
        out().print(text_table("findings", ("fault", "technology", "entry", "what"), found))
        if len(report.findings) > FINDINGS_SHOWN_MAX:
            say(f"… {len(report.findings) - FINDINGS_SHOWN_MAX} more: --json shows all")
    share = f"{report.mapped_symbols / report.scheme_symbols:.1%}"
    say(f"{report.mapped_symbols:,} of {report.scheme_symbols:,} symbols of the scheme are mapped, {share}")
    say(f"{len(report.findings)} findings, {len(report.errors)} of them errors")
    if unknown is not None:
        show_unknown(unknown)


def _entry_row(
    entry: Entry, file: TaxonomyFile, editions: Editions | None
) -> dict[str, str | int | bool | None]:
    path = editions.title_path(entry.symbol) if editions is not None else ()
    return {
        "symbol": entry.symbol,
        "takes": _takes(entry),
        "children": len(entry.children),
        "edition": entry.edition,
        "kind": entry.kind,
        "retired": entry.retired,
        "successor": entry.successor,
        "counterpart": entry.counterpart,
        "reason": _reason(file, entry),
        "note": file.notes.get((entry.technology, entry.symbol)),
        "title": path[-1][1] if path else None,
    }


def _takes(entry: Entry) -> str:
    takes = "the whole main group" if entry.whole_group else "this symbol"
    return f"{takes} and {len(entry.children)} below it" if entry.children else takes


def _reason(file: TaxonomyFile, entry: Entry) -> str | None:
    return file.reasons.get((entry.technology, entry.symbol))


def _some(symbols: tuple[str, ...]) -> str | None:
    if not symbols:
        return None
    rest = len(symbols) - ENTRIES_SHOWN_MAX
    return ", ".join(symbols[:ENTRIES_SHOWN_MAX]) + (f" … {rest} more" if rest > 0 else "")
