"""Findings: what is odd in the facts. They are reported and block nothing (D-05)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class FindingCode(StrEnum):
    """Kinds of findings."""

    COUNT_MISMATCH = "count_mismatch"
    UNREAD_ROWS = "unread_rows"
    TOTAL_MISMATCH = "total_mismatch"
    CONTESTED_REVISION = "contested_revision"
    CONTRADICTION = "contradiction"
    REVIEW_NOT_DUE = "review_not_due"
    UNKNOWN_COMPANY = "unknown_company"
    RENAME_REFUSED = "rename_refused"
    CORRECTION_REFUSED = "correction_refused"
    ENGLISH_NAME_AMBIGUOUS = "english_name_ambiguous"
    IMPLAUSIBLE_DAY = "implausible_day"
    IMPLAUSIBLE_DATE = "implausible_date"
    DATE_TO_COME = "date_to_come"
    TOO_MANY_RECORDS = "too_many_records"
    SAME_INVENTION = "same_invention"
    PUBLICATION_SHARED_WIDELY = "publication_shared_widely"


class Severity(StrEnum):
    """How much a person should care: `info` may settle by itself when more lists come."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding: what (`code`), of what (`subject`), in words (`detail`), and by which fact (`ref`)."""

    code: FindingCode
    severity: Severity
    subject: str
    detail: str
    ref: str


class FindingBook:
    """Findings in force, by what they were found in; tells which are new."""

    def __init__(self) -> None:
        self._by_source: dict[str, tuple[Finding, ...]] = {}
        self._sources: Counter[Finding] = Counter()
        self._was_in_force: dict[Finding, bool] = {}

    def put(self, source: str, findings: Iterable[Finding]) -> None:
        """Replace what was found in a source."""
        for finding in self._by_source.pop(source, ()):
            self._count(finding, -1)
        found = tuple(findings)
        for finding in found:
            self._count(finding, 1)
        if found:
            self._by_source[source] = found

    def moved(self) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Findings that were raised, and those that were settled, since this was asked last; each sorted."""
        asked = self._was_in_force
        raised = sorted(finding for finding, was in asked.items() if not was and self._sources[finding])
        settled = sorted(finding for finding, was in asked.items() if was and not self._sources[finding])
        asked.clear()
        return tuple(raised), tuple(settled)

    def in_force(self) -> tuple[Finding, ...]:
        """All findings, sorted."""
        return tuple(sorted(finding for finding, sources in self._sources.items() if sources))

    def _count(self, finding: Finding, step: int) -> None:
        self._was_in_force.setdefault(finding, self._sources[finding] > 0)
        self._sources[finding] += step
        if not self._sources[finding]:
            del self._sources[finding]
