"""What alerts take is measured from their fact, by stage; history that is filled in is left out."""

import time
from datetime import UTC, datetime, timedelta

from agents.watch import _measure
from giants.kafka.metrics import KAFKA_METRICS
from streams.metrics import METRICS
from tests.domain.watchlists import status_change


def seconds(stage: str) -> tuple[float, float]:
    """How many were observed in a stage, and their sum."""
    asked = {"stage": stage}
    read = KAFKA_METRICS.registry.get_sample_value
    names = ("giants_alert_stage_seconds_count", "giants_alert_stage_seconds_sum")
    count, total = (read(name, asked) or 0.0 for name in names)
    return count, total


def test_stages_add_up_to_what_an_alert_took() -> None:
    now = time.time()
    at = datetime.fromtimestamp(now, UTC) - timedelta(seconds=3)
    live = status_change(id="live", at=at)
    filled = status_change(id="filled", at=at, backfill=True)
    written_ms = {"live": int((now - 1) * 1000), "filled": int((now - 1) * 1000)}
    before = {stage: seconds(stage) for stage in ("change", "alert")}
    whole = METRICS.registry.get_sample_value("giants_fact_to_alert_seconds_sum") or 0.0
    _measure([live, filled], written_ms, {})
    took = {stage: seconds(stage)[1] - before[stage][1] for stage in before}
    assert all(seconds(stage)[0] - before[stage][0] == 1 for stage in before)
    assert 1.9 < took["change"] < 2.1
    assert took["alert"] >= 0.99
    total = (METRICS.registry.get_sample_value("giants_fact_to_alert_seconds_sum") or 0.0) - whole
    assert abs(total - sum(took.values())) < 0.01
