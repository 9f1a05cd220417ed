"""The page of a run: one page however long its texts are, with what matters first."""

import re
from datetime import UTC, datetime

from giants.screening.trail_pdf import judgements_as_pdf, run_as_pdf
from giants.store.queries.screening_runs import RunHead
from schemas.codes import Status
from schemas.portfolios import Basis, Judgement, MatchVerdict, ScreenedCandidate, ScreenedName

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BASIS = Basis(
    epoch=1,
    companies=20_000,
    algorithm="giants-match-1",
    taxonomy="ctt74",
    taxonomy_version=2,
    methodology="exposure-2",
    match_min=0.9,
    review_min=0.7,
)


def name(number: int, text: str, *owners: str) -> ScreenedName:
    candidate = ScreenedCandidate(
        company_id=f"c-{number}", name=text, name_en=text, status=Status.ACTIVE, score=0.95, ownership=owners
    )
    return ScreenedName(key=str(number), name=text, verdict=MatchVerdict.MATCH, candidates=(candidate,))


def head(names: int) -> RunHead:
    return RunHead(
        run_id="r-1",
        origin="command",
        label="suppliers.csv",
        owner="desk-a",
        by="desk-a",
        began_at=AT,
        parts=1,
        names=names,
        matched=names,
        ambiguous=0,
        review=0,
        none=0,
        problems=0,
    )


def pages(document: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", document))


def test_a_run_is_one_page_whatever_its_texts() -> None:
    long = "某某数控机床装备制造" * 25
    for text in ("甲公司", long):
        names = [
            name(number, text, f"named as subsidiary of {text}, https://r.example") for number in range(99)
        ]
        assert pages(run_as_pdf(head(99), BASIS, names, ())) == 1


def test_judgements_are_one_page_whatever_their_reasons() -> None:
    judged = Judgement.model_validate(
        {
            "kind": "judgement",
            "portfolio_id": "p-1",
            "owner": "desk-a",
            "judgement_id": "j-1",
            "entry_id": "e-1",
            "company_id": "c-1",
            "verdict": "rejected",
            "by": "desk-a",
            "at": AT,
            "why": "另一家同名企业" * 40,
            "company_name": "宁波佳尔灵气动机械有限公司" * 8,
        }
    )
    assert pages(judgements_as_pdf("p-1", [judged] * 200, 200)) == 1
