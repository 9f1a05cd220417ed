"""Hints of names: raised by names alone, with evidence, whatever the status (N-08, N-09)."""

from datetime import date

import msgspec
import pytest

from giants.domain.events import ProgrammeStatus
from giants.domain.names.hints import CLUSTERS, JointStockForm, name_hints
from giants.domain.signals import PortfolioByYear, caveats_of, sentence_of, signals_of
from schemas.changes import NameUse
from schemas.codes import Caveat, SignalKind, Status, SubState
from schemas.signals import SignalsSnapshot
from tests.domain.signals.examples import standing

OLD, NEW = "洛阳隆盛科技有限责任公司", "中航隆盛(洛阳)科技有限责任公司"
LIMITED, JOINT = "杭州安奥轴承有限公司", "杭州安奥轴承股份有限公司"


def use(name: str, since: str | None = "2022-08-08", cause: str = "designation", ref: str = "l@1") -> NameUse:
    return NameUse(
        name=name, cause=cause, ref=ref, since=None if since is None else date.fromisoformat(since)
    )


def kinds(current: str, *names: NameUse) -> list[str]:
    return [str(hint.__struct_config__.tag) for hint in name_hints(current, names)]


def test_a_rename_to_a_groups_token_is_a_hint_with_its_document() -> None:
    renamed = use(NEW, "2025-03-01", "rename", "r-1@1")
    (hint,) = name_hints(NEW, (use(OLD), renamed))
    sentence = sentence_of(hint, "")
    assert "中航 in 中航隆盛(洛阳)科技有限责任公司 (r-1@1) is a token that firms of Aviation" in sentence
    assert "a change of name brought it" in sentence
    assert "firms without any tie use the same words" in sentence


@pytest.mark.parametrize(
    ("current", "names", "found"),
    [
        (JOINT, (use(LIMITED), use(JOINT, "2025-10-20")), ["joint-stock-form"]),
        (JOINT, (use(LIMITED, "2025-10-20"), use(JOINT)), []),  # the limited form came later
        (JOINT, (use(LIMITED, None), use(JOINT)), []),  # nobody knows which came first
        (JOINT, (use(JOINT),), []),
        (LIMITED, (use(LIMITED, "2025-10-20"), use(JOINT)), []),
        (
            "杭州新名股份有限公司",
            (use(LIMITED), use("杭州新名股份有限公司", None, "rename")),
            ["joint-stock-form"],
        ),
        ("杭州新名股份有限公司", (use(LIMITED), use("杭州新名股份有限公司", "2025-10-20")), []),
        ("南京江宁星野阀门有限公司", (use("南京江宁星野阀门有限公司"),), ["cluster-place"]),
        ("南京市江宁区星野阀门有限公司", (use("南京市江宁区星野阀门有限公司"),), ["cluster-place"]),
        ("武汉光谷星野激光有限公司", (use("武汉光谷星野激光有限公司"),), ["cluster-place"]),
        ("深圳光谷星野激光有限公司", (use("深圳光谷星野激光有限公司"),), []),
    ],
)
def test_names_hint_at_a_conversion_or_a_cluster(
    current: str, names: tuple[NameUse, ...], found: list[str]
) -> None:
    assert kinds(current, *names) == found


@pytest.mark.parametrize("status", list(Status))
def test_hints_are_in_force_whatever_the_status_and_without_a_day(status: Status) -> None:
    hints = name_hints(JOINT, (use(LIMITED), use(JOINT, "2025-10-20")))
    company = ProgrammeStatus(status, SubState.NEW, None, None, hints)
    assert [subject.kind for subject in signals_of(PortfolioByYear(None, ()), company, 0, 0)] == [
        SignalKind.JOINT_STOCK_FORM
    ]


def test_a_status_from_before_is_read_without_hints() -> None:
    before = msgspec.msgpack.encode(["active", "new", None, 2028])
    assert msgspec.msgpack.decode(before, type=ProgrammeStatus).hints == ()
    hints = name_hints(JOINT, (use(LIMITED), use(JOINT, "2025-10-20")))
    now = ProgrammeStatus(Status.ACTIVE, SubState.NEW, None, 2028, hints)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(now), type=ProgrammeStatus) == now
    assert isinstance(hints[0], JointStockForm)


def test_evidence_reads_as_the_contract_says() -> None:
    names = (use("南京江宁中航星野有限公司"), use("中航星野有限公司"), use(LIMITED), use(JOINT, "2025-10-20"))
    hints = name_hints(JOINT, names)
    assert len(hints) == 3
    SignalsSnapshot.model_validate(
        {
            "company_id": "c",
            "signals": [
                {
                    "signal": hint.__struct_config__.tag,
                    "technology": None,
                    "evidence": msgspec.to_builtins(hint),
                    "text": sentence_of(hint, ""),
                }
                for hint in hints
            ],
            "methodology": "signals-1",
            "caveats": [],
        }
    )
    assert all(Caveat.SIGNAL_NOT_FINDING in caveats_of(kind) for kind in SignalKind)


def test_clusters_are_few_and_sourced() -> None:
    assert len({one.words for one in CLUSTERS}) == len(CLUSTERS) == 3
    assert all(one.source for one in CLUSTERS)
    assert standing().hints == ()
