"""`giants names`: what was consolidated and why, what a person might confirm, and how good the names are.

Nothing here merges anything by itself. A confirmation is a fact on the names topic.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from giants.cli.tables import companies, rows
from giants.cli.target import Api, broker_settings
from giants.domain.names import (
    RECORD_CAUSES,
    Share,
    attribution_share,
    consistent_name_share,
    correction_share,
    is_chinese,
    lookup_keys,
    unknown_share,
)
from giants.domain.names.candidates import suggest_candidates
from giants.kafka.publisher import Publisher
from giants.matching import Answer, Candidate, Company, CompanyIndex, Matcher, Query, Verdict
from giants.matching.model import MATCH_MIN
from giants.matching.unmatched import unmatched_assignees
from giants.terminal.output import Json, note, out, print_json, say, table
from schemas.base import ID_CHARACTERS_MAX, Source, SourceClass
from schemas.changes import CompanySnapshot
from schemas.codes import Status
from schemas.facts import EnglishIdentity, Rename

EXAMPLES = (
    "Examples: `giants names list` · `giants names candidates` · `giants names proposals --apply` · "
    "`giants names confirm OLD NEW --since 2025-03-01` · `giants names report`"
)
SHOWN_MAX = 100

names_app = typer.Typer(no_args_is_help=True, help="Names of companies: consolidations, proposals, quality.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(names_app, name="names", epilog=EXAMPLES)


Limit = Annotated[int, typer.Option(min=1, max=100_000, help="Rows to show at most.")]


@names_app.command("list")
def list_(limit: Limit = SHOWN_MAX, json: Json = False) -> None:
    """List every name under which a company appears beside its first, with cause and document."""
    with Api.of_stack() as api:
        found = list(_consolidations(api, limit))
    if json:
        print_json(found)
        return
    columns = ("name", "also known as", "cause", "document", "since")
    values = ((one["company"], one["name"], one["cause"], one["ref"], one["since"]) for one in found)
    out().print(table(None, columns, values))


def _consolidations(api: Api, limit: int) -> Iterator[dict[str, object]]:
    count = 0
    for company in companies(api):
        for use in company.names:
            if use.name == company.name or count >= limit:
                continue
            count += 1
            yield {
                "company_id": company.company_id,
                "company": company.name,
                "name": use.name,
                "cause": use.cause,
                "ref": use.ref,
                "since": use.since,
            }


@names_app.command()
def candidates(limit: Limit = SHOWN_MAX, json: Json = False) -> None:
    """Suggest pairs of names that a person might confirm to be one company; merges nothing."""
    with Api.of_stack() as api:
        known = [company.name for company in companies(api)]
    found = list(suggest_candidates(known, candidates_max=limit))
    if json:
        print_json([asdict(one) for one in found])
        return
    columns = ("first", "second", "why", "score", "detail")
    values = ((one.first, one.second, one.reason, round(one.score, 2), one.detail) for one in found)
    out().print(table(None, columns, values))
    note("Confirm one with `giants names confirm OLD NEW --since DATE`.")


@names_app.command()
def proposals(
    apply: Annotated[
        bool, typer.Option("--apply", help=f"Record matches ({MATCH_MIN} and more, told apart) as facts.")
    ] = False,
    limit: Limit = SHOWN_MAX,
    json: Json = False,
) -> None:
    """Match English assignees of families with companies; uncertain matches are only proposed."""
    with Api.of_stack() as api:
        known = {company.company_id: company for company in companies(api)}
        found = list(_matches(api, known, limit))
    if json:
        print_json(
            [
                {
                    "assignee": answer.query.name,
                    "company_id": best.company_id,
                    "company": known[best.company_id].name,
                    "confidence": best.score,
                    "reasons": [feature.detail for feature in best.features],
                    "verdict": answer.verdict,
                }
                for answer in found
                for best in answer.candidates[:1]
            ]
        )
    else:
        columns = ("assignee", "company", "confidence", "why")
        shown = (
            (answer.query.name, known[best.company_id].name, round(best.score, 2), _why(answer))
            for answer in found
            for best in answer.candidates[:1]
        )
        out().print(table(None, columns, shown))
    if apply:
        certain = [(answer.query.name, answer.match) for answer in found if answer.match is not None]
        _record(certain, known)
        note(f"{len(certain)} of {len(found)} recorded as facts on the names topic.")


def _why(answer: Answer) -> str:
    reasons = "; ".join(feature.detail for feature in answer.candidates[0].features)
    return f"{reasons}; several fit as well" if answer.verdict is Verdict.AMBIGUOUS else reasons


def _matches(api: Api, known: dict[str, CompanySnapshot], limit: int) -> Iterator[Answer]:
    """What the matcher says of each English assignee that is not known as one of its company's names yet."""
    matcher = Matcher(CompanyIndex(map(_indexed, known.values())))
    # What a company bears by rule is its own already.
    borne = {key for one in known.values() for name in _all_names(one) for key in lookup_keys(name)}
    seen: set[str] = set()
    for row in rows(api, "families"):
        for assignee in row["assignees"]:
            if assignee in seen or is_chinese(assignee) or len(seen) >= limit:
                continue
            if not borne.isdisjoint(lookup_keys(assignee)):
                continue
            answer = matcher.match(Query(assignee))
            if answer.candidates:
                seen.add(assignee)
                yield answer


def _all_names(company: CompanySnapshot) -> tuple[str, ...]:
    return (company.name, *(use.name for use in company.names), *company.names_en)


def _indexed(company: CompanySnapshot) -> Company:
    names = dict.fromkeys((company.name, *(use.name for use in company.names)))
    return Company(company.company_id, tuple(names), company.names_en, company.uscc, company.authority)


@names_app.command()
def unmatched(limit: Limit = SHOWN_MAX, json: Json = False) -> None:
    """List Chinese assignees whose families count for no company, with near matches and why they fail."""
    with Api.of_stack() as api:
        known = [_indexed(company) for company in companies(api)]
        assignees = (name for row in rows(api, "families") for name in row["assignees"])
        found = unmatched_assignees(assignees, known, Matcher(CompanyIndex(known)), limit)
    if json:
        print_json(
            [
                {
                    "assignee": one.assignee,
                    "families": one.families,
                    "near": [
                        {"company_id": near.company_id, "name": near.matched_name, "score": near.score}
                        for near in one.answer.candidates
                    ],
                    "why": one.why,
                }
                for one in found
            ]
        )
        return
    columns = ("assignee", "families", "why they count for nobody")
    out().print(table(None, columns, ((one.assignee, one.families, one.why) for one in found)))
    note("Confirm that one is a name of a company with `giants names confirm OLD NEW --since DATE`.")


def _record(certain: list[tuple[str, Candidate]], known: dict[str, CompanySnapshot]) -> None:
    source = Source(source_class=SourceClass.SUPPLEMENTARY, publisher="giants names proposals")
    with Publisher(broker_settings()) as publisher:
        for assignee, match in certain:
            publisher.send_fact(
                EnglishIdentity(
                    kind="english",
                    record_id=f"match-{match.company_id}-{assignee}"[:ID_CHARACTERS_MAX],
                    name=known[match.company_id].name,
                    english_names=(assignee,),
                    source=source,
                )
            )


@names_app.command()
def confirm(
    old: Annotated[str, typer.Argument(help="The name before.")],
    new: Annotated[str, typer.Argument(help="The name since; or the English name, with --english.")],
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the change.")] = None,
    english: Annotated[
        bool, typer.Option("--english", help="The second is the company's English name.")
    ] = False,
) -> None:
    """Record that two names are one company's: a fact on the names topic, with you as its source."""
    source = Source(source_class=SourceClass.SUPPLEMENTARY, publisher="confirmed by a person")
    record_id = f"confirmed-{old}-{new}"[:ID_CHARACTERS_MAX]
    fact: EnglishIdentity | Rename
    if english:
        names = (new,)
        fact = EnglishIdentity(
            kind="english", record_id=record_id, name=old, english_names=names, source=source
        )
    else:
        day = since.date() if since is not None else datetime.now(UTC).date()
        fact = Rename(
            kind="rename", record_id=record_id, old_name=old, new_name=new, effective_on=day, source=source
        )
    with Publisher(broker_settings()) as publisher:
        publisher.send_fact(fact)
    say(f"recorded as {fact.kind} {fact.record_id}")


@names_app.command()
def report(json: Json = False) -> None:
    """Compare the quality of names with the targets (N-04, N-11, P-14, S-08)."""
    with Api.of_stack() as api:
        found = _shares(list(companies(api)))
    if json:
        print_json(
            [{**asdict(one), "value": one.value, "target": one.target, "met": one.met} for one in found]
        )
        return
    values = ((one.what, one.count, one.total, _percent(one), one.target, _met(one)) for one in found)
    out().print(table(None, ("share of", "companies", "of", "share", "target", "met"), values))


def _shares(known: list[CompanySnapshot]) -> tuple[Share, ...]:
    designations = [one for company in known for one in company.designations if one.confirmed is not False]
    reviewed = [
        company for company in known if any(review.outcome != "pending" for review in company.reviews)
    ]
    return (
        consistent_name_share(
            [use.name for use in company.names if use.cause not in RECORD_CAUSES] for company in known
        ),
        correction_share(
            sum(any(use.cause == "correction" for use in company.names) for company in known), len(known)
        ),
        attribution_share((one.batch, one.authority is not None) for one in designations),
        unknown_share(sum(company.status is Status.UNKNOWN for company in reviewed), len(reviewed)),
    )


def _percent(share: Share) -> str | None:
    return None if share.value is None else f"{100 * share.value:.2f} %"


def _met(share: Share) -> str | None:
    return None if share.met is None else "yes" if share.met else "NO"
