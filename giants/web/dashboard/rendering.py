"""Templates into pages: one environment, escaping everything, refusing names that are not given."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from giants.domain.authorities import AUTHORITY_BY_CODE, Authority
from giants.domain.caveats import caveat_texts
from giants.domain.exposure import METHODOLOGIES, METHODOLOGY
from giants.domain.names import branch_of, is_chinese
from giants.domain.names.reading import reading_in_words
from giants.domain.rules import parted_by_rules
from giants.web.context import Context
from giants.web.dashboard import words
from schemas.base import AuthorityCode
from schemas.codes import Band, ChangeKind, Profile, Status, SubState

# Says who signed in.
COOKIE: Final = "giants_signed_in"
_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
TEMPLATES: Final = _HERE / "templates"
NOTHING: Final = Markup("–")


def render(
    request: Request,
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """A page, or a part of one, as a response."""
    text = (
        environment()
        .get_template(template)
        .render(
            path=request.url.path,
            signed_in=COOKIE in request.cookies,
            facts_replayed=_facts_replayed(request),
            **values,
        )
    )
    all_headers = {"Cache-Control": "no-cache"} | dict(headers or {})
    return HTMLResponse(text, status_code, headers=all_headers)


def _facts_replayed(request: Request) -> int:
    # The page for signing in is served before there is a context.
    context: Context | None = getattr(request.app.state, "context", None)
    return context.facts_replayed() if context is not None else 0


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates with what all of them use."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=number,
        percent=percent,
        points=points,
        day=day,
        instant=instant,
        spoken=words.spoken,
        reason=words.reason_text,
        pinyin=pinyin,
        segment=segment,
        is_chinese=is_chinese,
        is_branch=is_branch,
        with_rules=with_rules,
    )
    made.globals.update(
        static=static_address,
        query=query,
        authority_of=authority_of,
        caveat_texts=caveat_texts,
        words=words,
        methodology=METHODOLOGY,
        methodologies=METHODOLOGIES,
        bands=tuple(Band),
        statuses=tuple(Status),
        sub_states=tuple(SubState),
        profiles=tuple(Profile),
        kinds=tuple(ChangeKind),
        nothing=NOTHING,
    )
    return made


def number(value: float | None) -> str:
    """A count with thousands parted."""
    return NOTHING if value is None else f"{value:,.0f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share of 0 … 1 in percent."""
    return NOTHING if value is None else f"{value * 100:.{digits}f} %"


def points(value: float | None) -> str:
    """A score to one decimal: below 0.05 it still is not nothing (Z-25)."""
    if value is None:
        return NOTHING
    return "<0.1" if 0 < value < 0.05 else f"{value:.1f}"


def day(value: date | None) -> Markup:
    """A day, readable and exact."""
    if value is None:
        return NOTHING
    shown = f"{value.day} {value:%b %Y}"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), shown)


def instant(value: datetime | None) -> Markup:
    """An instant in UTC, to the minute."""
    if value is None:
        return NOTHING
    utc = value.astimezone(UTC)
    shown = f"{utc.day} {utc:%b %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(utc.isoformat(timespec="seconds"), shown)


def with_rules(text: str) -> Markup:
    """A text whose codes of rules lead to the catalogue, and say on the way what they stand for."""
    link = Markup('<a href="/rules#{}" title="{}">{}</a>')
    pieces = (
        escape(piece) if rule is None else link.format(rule.anchor, rule.text, piece)
        for piece, rule in parted_by_rules(text)
    )
    return Markup("").join(pieces)


def is_branch(name: str) -> bool:
    """Whether a name is that of a branch, whose families count for its firm."""
    return branch_of(name) is not None


def pinyin(name: str) -> str:
    """The reading of a Chinese name, for readers without Chinese where no English name is known."""
    return reading_in_words(name) or name


def segment(value: object) -> str:
    """A value as one segment of a path."""
    return quote(str(value), safe="")


def query(*groups: Mapping[str, Any], **values: Any) -> str:
    """The query of an address, with its question mark; empty values are left out, later ones win."""
    merged: dict[str, Any] = {}
    for group in (*groups, values):
        merged.update(group)
    kept = {name: value for name, value in merged.items() if value not in (None, "", (), [], False)}
    return f"?{urlencode(kept, doseq=True)}" if kept else ""


def authority_of(code: str | None) -> Authority | None:
    """The authority of a code; None where no list says which it is, or for a code that is none."""
    if code is None:
        return None
    try:
        return AUTHORITY_BY_CODE[AuthorityCode(code)]
    except ValueError:
        return None


@lru_cache(maxsize=64)
def static_address(name: str) -> str:
    """Address of a file that changes with its content, so that browsers may keep it."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return str(escape(f"/static/{name}?v={digest}"))
