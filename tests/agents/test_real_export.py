"""A real patent export, rated number by number as the oracle says, by each methodology."""

from collections.abc import Iterable

import pytest

from agents.messages import ExposureMessages
from giants.decoding.families import family_event
from giants.domain.events import Origin
from giants.domain.exposure import METHODOLOGIES
from giants.domain.family_record import Assignees
from giants.domain.portfolio import Portfolio
from giants.domain.ratings import Ratings
from giants.domain.registry import recompute_all
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.settings import Settings
from schemas.facts import Family
from tests.pipeline.test_oracle import _designation
from tests.simulation.oracle import truth
from tests.sources.helpers import read, sample

ORIGIN = Origin(0)


class Nobody:
    """No index of names: they are all known before the families come."""

    def carry(self, family_id: str, before: Assignees | None, after: Assignees) -> None:
        pass

    def of(self, key: str) -> Iterable[str]:
        return ()


@pytest.mark.parametrize("methodology", ["exposure-1", "exposure-2"])
def test_every_exposure_of_a_real_export_is_what_the_oracle_says(methodology: str) -> None:
    facts = read("families", sample("patents/lens_export_sample.csv.gz")).facts
    families = [fact for fact in facts if isinstance(fact, Family)]
    designation = _designation(sorted({name for family in families for name in family.assignees}))
    version = shipped_taxonomy()
    taxonomy = Taxonomy.compile(version)
    portfolio = Portfolio({}, Nobody(), dict(recompute_all([designation]).assignments()))
    ratings = Ratings(methodology=METHODOLOGIES[methodology])
    ratings.adopt(taxonomy, (version.version, 0))
    for family in families:
        for delta in portfolio.apply_family(family_event(family, ORIGIN, 0)):
            ratings.apply_delta(delta)
    messages = ExposureMessages(0, Settings.model_validate({"methodology": methodology}))
    records = (
        messages.exposure(company_id, company, taxonomy, 0)
        for company_id, company in ratings.companies.items()
    )
    found = {record.key: record.value for record in records if record.value is not None}
    assert found == truth([version, designation, *families], methodology=methodology).exposures
    assert len(found) > 500
