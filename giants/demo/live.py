"""The live scenes: a new batch, a company that loses its status, a rating that crosses bands."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from statistics import median
from typing import Final

from pydantic import BaseModel

from giants.demo.programme.firms import Firm, FirmMaker
from giants.demo.stack import DemoError
from giants.demo.watching import Watcher
from giants.kafka.publisher import Publisher
from giants.settings import Settings
from schemas.base import AuthorityCode, Source, SourceClass
from schemas.changes import CompanySnapshot
from schemas.facts import Announcement, AnnouncementKind, Day, Entry, Family, Passed, Review

NEW_BATCH: Final = 8
NEW_COMPANIES: Final = 8
NEW_AUTHORITY: Final = AuthorityCode.HB
NEW_BATCH_ON: Final = date(2026, 8, 3)
REVIEW_YEAR: Final = 2026
REVIEW_ON: Final = date(2026, 9, 1)
# So few companies should be due that each line can be read.
DUE_MIN, DUE_MAX = 3, 8
FAMILIES_OF_THE_RATED: Final = 36
FAMILIES_AT_A_TIME: Final = 4
OPTICAL_SYMBOLS: Final = ("H04B10/2519", "H01S5/02", "H04J14/02", "G02B6/42", "H02G15/08")
_SIMULATED: Final = Source(source_class=SourceClass.AUTHORITY, publisher="simulated for the demo")


@dataclass(frozen=True, slots=True)
class Scene:
    """What was seen of a scene: number of changes, and seconds from the fact to each change."""

    changes: int
    seconds: tuple[float, ...]

    @property
    def median_milliseconds(self) -> float:
        """Half of the changes were seen faster."""
        return 1000 * median(self.seconds)


class Live:
    """Plays the scenes against a running stack."""

    def __init__(self, settings: Settings, watcher: Watcher, seed: int) -> None:
        self._settings, self._watcher, self._seed = settings, watcher, seed

    def new_batch(self) -> tuple[Scene, str]:
        """A list of a new batch; returns also the name of one of its companies."""
        maker = FirmMaker(Random(self._seed + NEW_BATCH))
        known = {company["name"] for company in self._watcher.companies.values()}
        firms: list[Firm] = []
        while len(firms) < NEW_COMPANIES:
            firm = maker.make()
            if firm.authority is NEW_AUTHORITY and firm.name not in known:
                firms.append(firm)
        announcement = Announcement(
            list_id="demo-b8-hb",
            kind=AnnouncementKind.DESIGNATION,
            batch=NEW_BATCH,
            published_on=NEW_BATCH_ON,
            authority=NEW_AUTHORITY,
            complete=True,
            source=_SIMULATED,
            entries=tuple(
                Entry(seq=seq, name=firm.name, name_en=firm.name_en) for seq, firm in enumerate(firms, 1)
            ),
        )
        mark = self._watcher.mark()
        sent = self._publish([Day(day=NEW_BATCH_ON), announcement])
        self._wait_for_kinds(mark, {"designated": NEW_COMPANIES})
        return self._scene(mark, sent), firms[0].name

    def lost_status(self, snapshots: Sequence[CompanySnapshot]) -> Scene:
        """A complete review list that leaves one company out."""
        loser, *others = few_due(snapshots)
        review = Review(
            list_id=f"demo-review-{REVIEW_YEAR}-{str(loser.authority).lower()}",
            review_year=REVIEW_YEAR,
            published_on=REVIEW_ON,
            authority=loser.authority,
            complete=True,
            source=_SIMULATED,
            passed=tuple(Passed(name=snapshot.name) for snapshot in others),
        )
        mark = self._watcher.mark()
        sent = self._publish([Day(day=REVIEW_ON), review])
        self._wait_for_kinds(mark, {"decertified": 1, "review-passed": len(others)})
        return self._scene(mark, sent)

    def crossing(self, name: str) -> Scene:
        """Families of one company, a few at a time, until its rating has crossed bands."""
        random = Random(self._seed)
        company_id = self._company_id(name)
        scenes = []
        for first in range(0, FAMILIES_OF_THE_RATED, FAMILIES_AT_A_TIME):
            numbers = range(first, first + FAMILIES_AT_A_TIME)
            mark = self._watcher.mark()
            sent = self._publish([_family(number, name, random) for number in numbers])
            self._wait_for_families(company_id, numbers.stop)
            scenes.append(self._scene(mark, sent))
        return Scene(
            sum(scene.changes for scene in scenes),
            tuple(seconds for scene in scenes for seconds in scene.seconds),
        )

    def _publish(self, facts: Sequence[BaseModel]) -> float:
        """Publish facts; returns when, on the monotonic clock."""
        began = time.monotonic()
        with Publisher(self._settings) as publisher:
            for fact in facts:
                publisher.send_fact(fact)
        return began

    def _wait_for_kinds(self, mark: int, wanted: dict[str, int]) -> None:
        def all_seen() -> bool:
            kinds = [seen.change.get("kind") for seen in self._watcher.since(mark)]
            return all(kinds.count(kind) >= count for kind, count in wanted.items())

        self._watcher.wait(" and ".join(wanted), all_seen)

    def _wait_for_families(self, company_id: str, families: int) -> None:
        self._watcher.wait("the exposure", lambda: self._families_of(company_id) >= families)

    def _scene(self, mark: int, sent: float) -> Scene:
        seen = self._watcher.since(mark)
        return Scene(len(seen), tuple(one.at - sent for one in seen))

    def _company_id(self, name: str) -> str:
        for company_id, company in self._watcher.companies.items():
            if company["name"] == name:
                return company_id
        raise DemoError(f"the company {name} is not known")

    def _families_of(self, company_id: str) -> int:
        exposure = self._watcher.exposures.get(company_id)
        return int(exposure["families"]) if exposure else 0


def few_due(snapshots: Iterable[CompanySnapshot]) -> list[CompanySnapshot]:
    """Companies that an authority with few of them has to review; raises `DemoError` where none has few."""
    due: dict[AuthorityCode, list[CompanySnapshot]] = {}
    for snapshot in snapshots:
        if snapshot.next_review_year == REVIEW_YEAR and snapshot.authority is not None:
            due.setdefault(snapshot.authority, []).append(snapshot)
    few = [companies for companies in due.values() if DUE_MIN <= len(companies) <= DUE_MAX]
    if not few:
        raise DemoError(f"no authority has {DUE_MIN} to {DUE_MAX} companies due in {REVIEW_YEAR}")
    return sorted(few[0], key=lambda snapshot: snapshot.company_id)


def _family(number: int, name: str, random: Random) -> Family:
    return Family(
        family_id=f"LIVE-{number}",
        version=1,
        assignees=(name,),
        cpc=tuple(sorted(random.sample(OPTICAL_SYMBOLS, 3))),
        filed_on=NEW_BATCH_ON,
    )
