"""What is wrong with a taxonomy, held against the CPC scheme, and how much of that it takes (C-01)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from giants.domain.scheme import Scheme
from giants.domain.taxonomy import Entry, EntryKind, Taxonomy
from giants.domain.taxonomy_expand import children_of
from giants.domain.taxonomy_file import TaxonomyFile
from giants.domain.taxonomy_overlap import overlaps_of

# Words that say nothing about a subject: they would make any reason fit any title.
_EMPTY_WORDS_TEXT = """
and any apparatus are arrangement arrangements based being by characterised characterized comprising details
device devices for from general groups having including into its kind like means method methods more not one
other others otherwise particular process processes provided special specially specific such system systems
than that the their therefor therefrom thereof thereto type types use used using adapted whole with without
"""
_EMPTY_WORDS = frozenset(_EMPTY_WORDS_TEXT.split())
_WORD = re.compile(r"[a-z0-9]{2,}")
# Inflections differ at the end of a word: semiconductor, semiconducting; oxide, oxides.
_STEM_CHARACTERS = 5
# Symbols of an overlap that a finding names.
SYMBOLS_SHOWN_MAX = 3
# Sections and classes are too broad to tell whether a reason fits.
_TITLES_LEFT_OUT = 2


class Fault(StrEnum):
    """What can be wrong with a taxonomy."""

    MISSING = "missing"  # a current entry is not of the scheme
    NOT_RETIRED = "not-retired"  # a retired entry is still of the scheme
    NEVER_THERE = "never-there"  # a retired entry is not of the older scheme
    SUCCESSOR_MISSING = "successor-missing"
    SPLIT_FROM_MISSING = "split-from-missing"  # a symbol of a later edition is tied to what is not listed
    CHILDREN_DIFFER = "children-differ"  # compiled from another edition than the scheme, or by hand
    SUCCESSOR_ELSEWHERE = "successor-elsewhere"  # its technology does not take it: counts depend on the year
    REASON_UNFIT = "reason-unfit"  # the reason shares no word with the titles
    REDUNDANT = "redundant"  # the technology takes the symbol through another listed entry already
    OVERLAP_UNEXPLAINED = "overlap-unexplained"
    OVERLAP_STALE = "overlap-stale"  # explained, but there is none


# With these a symbol is lost or counted wrongly; the others are for the author to look at.
ERRORS = frozenset(
    {
        Fault.MISSING,
        Fault.NOT_RETIRED,
        Fault.NEVER_THERE,
        Fault.SUCCESSOR_MISSING,
        Fault.SPLIT_FROM_MISSING,
        Fault.CHILDREN_DIFFER,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in a technology (or a pair, joined by ` & `), at an entry where it has one."""

    fault: Fault
    technology: str
    entry: str | None
    text: str

    @property
    def is_error(self) -> bool:
        """Whether the entry loses symbols or counts them wrongly."""
        return self.fault in ERRORS


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a scheme one technology takes."""

    listed: int  # the size of the mapping (T-05)
    with_children: int  # listed entries that take their dot-indented children
    retired: int
    successors: int
    symbols: int  # symbols of the scheme that the listed entries take, each once


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check. `coverage` is by technology, in the order of the taxonomy."""

    findings: tuple[Finding, ...]
    coverage: Mapping[str, Coverage]
    scheme_symbols: int
    mapped_symbols: int  # that at least one technology takes

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make the taxonomy wrong."""
        return tuple(finding for finding in self.findings if finding.is_error)


def check_taxonomy(file: TaxonomyFile, scheme: Scheme, older: Scheme | None = None) -> Report:
    """Hold a taxonomy against the scheme in force, and its retired entries against an older one.

    Without reasons or overlaps in the file (a JSON fact has none) those are not checked.
    Raises `TaxonomyError` where the taxonomy cannot be compiled.
    """
    taxonomy = Taxonomy.compile(file.version)
    findings = [
        *_entry_findings(taxonomy, scheme, older),
        *_redundant(taxonomy),
        *(_unfit_reasons(file, taxonomy, scheme, older) if file.reasons else ()),
        *(_overlap_findings(file, taxonomy) if file.overlaps else ()),
    ]
    taken = {id_: _symbols_taken(entries, scheme) for id_, entries in taxonomy.entries.items()}
    return Report(
        findings=tuple(findings),
        coverage={
            id_: Coverage(
                listed=sum(entry.listed for entry in entries),
                with_children=sum(bool(entry.children) for entry in entries),
                retired=sum(entry.retired for entry in entries),
                successors=sum(entry.kind is EntryKind.SUCCESSOR for entry in entries),
                symbols=len(taken[id_]),
            )
            for id_, entries in taxonomy.entries.items()
        },
        scheme_symbols=sum(1 for _ in scheme.symbols()),
        mapped_symbols=len(set().union(*taken.values())),
    )


def _symbols_taken(entries: tuple[Entry, ...], scheme: Scheme) -> set[str]:
    return {symbol for entry in entries if entry.listed for symbol in scheme.taken_by(entry)}


def _entry_findings(taxonomy: Taxonomy, scheme: Scheme, older: Scheme | None) -> Iterator[Finding]:
    for id_, entries in taxonomy.entries.items():
        for entry in entries:
            if entry.retired:
                yield from _retired_findings(entry, taxonomy, scheme, older)
            elif entry.kind is EntryKind.SUCCESSOR:
                yield from _successor_findings(entry, taxonomy)
            elif entry.children and (text := _difference(entry, scheme)):
                yield Finding(Fault.CHILDREN_DIFFER, id_, entry.symbol, text)
            elif not scheme.exists(entry.symbol):
                was = " but was of the older one" if older is not None and older.exists(entry.symbol) else ""
                yield Finding(Fault.MISSING, id_, entry.symbol, f"is not of the scheme{was}")


def _retired_findings(
    entry: Entry, taxonomy: Taxonomy, scheme: Scheme, older: Scheme | None
) -> Iterator[Finding]:
    id_, symbol, successor = entry.technology, entry.symbol, entry.successor
    if scheme.exists(symbol):
        yield Finding(Fault.NOT_RETIRED, id_, symbol, "is listed as retired but is of the scheme")
    # What was retired before the older scheme cannot be looked up in it.
    of_older = entry.edition == taxonomy.definition.retired_edition
    if older is not None and of_older and not older.exists(symbol):
        yield Finding(Fault.NEVER_THERE, id_, symbol, "is listed as retired but is not of the older scheme")
    if successor is None:
        return
    if not scheme.exists(successor):
        yield Finding(Fault.SUCCESSOR_MISSING, id_, symbol, f"its successor {successor} is not of the scheme")
    elif id_ not in taxonomy.technologies_of(successor):
        text = f"its successor {successor} is not taken by the technology"
        yield Finding(Fault.SUCCESSOR_ELSEWHERE, id_, symbol, text)


def _successor_findings(entry: Entry, taxonomy: Taxonomy) -> Iterator[Finding]:
    listed = {other.symbol for other in taxonomy.entries[entry.technology] if other.listed}
    if entry.counterpart not in listed:
        text = f"is tied to {entry.counterpart}, which is not listed"
        yield Finding(Fault.SPLIT_FROM_MISSING, entry.technology, entry.symbol, text)


def _difference(entry: Entry, scheme: Scheme) -> str:
    """Say how compiled children differ from those of the scheme; '' where they do not."""
    right = set(children_of(entry.symbol, scheme))
    if entry.children == right:
        return ""
    return (
        f"its children differ from the scheme's: {len(right - entry.children)} are not compiled, "
        f"{len(entry.children - right)} are not there: `giants taxonomy compile` writes them"
    )


def _redundant(taxonomy: Taxonomy) -> Iterator[Finding]:
    for id_, entries in taxonomy.entries.items():
        for entry in entries:
            if not entry.listed and not entry.whole_group:
                continue  # a symbol of another edition may stand below what took it over by its number
            wider = (other for other in entries if other.listed and other is not entry)
            through = next((other for other in wider if other.takes(entry.symbol)), None)
            if through is not None:
                text = f"is taken through {through.symbol} already"
                yield Finding(Fault.REDUNDANT, id_, entry.symbol, text)


def _unfit_reasons(
    file: TaxonomyFile, taxonomy: Taxonomy, scheme: Scheme, older: Scheme | None
) -> Iterator[Finding]:
    listed = {
        (technology.id, text)
        for technology in file.version.technologies
        for text in (*technology.cpc, *technology.retired)
    }
    for id_, entries in taxonomy.entries.items():
        reasons = {symbol: reason for (of, symbol), reason in file.reasons.items() if of == id_}
        for entry in entries:
            reason = reasons.get(entry.symbol)
            edition = older if entry.retired else scheme
            if reason is None or edition is None or (id_, entry.symbol) not in listed:
                continue
            path = edition.title_path(entry.symbol)[_TITLES_LEFT_OUT:]
            if path and not content_words(reason) & content_words(" ".join(title for _, title in path)):
                text = f"the reason {reason!r} shares no word with the title {path[-1][1]!r}"
                yield Finding(Fault.REASON_UNFIT, id_, entry.symbol, text)


def content_words(text: str) -> frozenset[str]:
    """Give the stems of the words of a text that say something about its subject."""
    return frozenset(
        word[:_STEM_CHARACTERS] for word in _WORD.findall(text.lower()) if word not in _EMPTY_WORDS
    )


def _overlap_findings(file: TaxonomyFile, taxonomy: Taxonomy) -> Iterator[Finding]:
    found = overlaps_of(taxonomy)
    explained = {
        (min(overlap.technologies), max(overlap.technologies)): overlap.reason for overlap in file.overlaps
    }
    for pair, symbols in found.items():
        if pair not in explained:
            shown = ", ".join(symbols[:SYMBOLS_SHOWN_MAX]) + (
                " …" if len(symbols) > SYMBOLS_SHOWN_MAX else ""
            )
            text = f"both take {shown}, and no reason is given"
            yield Finding(Fault.OVERLAP_UNEXPLAINED, " & ".join(pair), None, text)
    for pair in sorted(explained.keys() - found.keys()):
        yield Finding(Fault.OVERLAP_STALE, " & ".join(pair), None, "a reason is given but nothing is shared")
