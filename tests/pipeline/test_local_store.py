"""A worker with its state on the local disk: killed, and back on its copies, on none, on wrong ones."""

import random
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from giants.demo.programme import programme
from giants.domain.taxonomy import shipped_taxonomy
from giants.settings import Settings
from schemas.facts import Announcement
from tests.broker import running_broker
from tests.pipeline.running import held, publish, settle, worker
from tests.pipeline.test_oracle import families_of
from tests.simulation.oracle import truth

_SEED = 42
_FAMILIES = 600


def test_killed_and_back_on_its_copies_or_on_none_it_ends_where_the_batch_computation_does(
    broker_settings: Settings,
) -> None:
    settings = on_disk(broker_settings)
    facts = shuffled_facts()
    third = len(facts) // 3
    play(settings, facts[:third])
    old = settings.data_dir / "old"
    shutil.copytree(settings.state_directory_path(), old)
    play(settings, facts[third : 2 * third])
    shutil.rmtree(settings.state_directory_path())
    shutil.copytree(old, settings.state_directory_path())  # as from a backup of the disk
    publish(settings, facts[2 * third :])
    with killed(settings):
        settle(settings)
    shutil.rmtree(settings.state_directory_path())
    publish(settings, facts[:50])  # known already
    with killed(settings):
        settle(settings)
    check(settings, facts)


def test_copies_of_another_cluster_are_thrown_away(broker_settings: Settings, tmp_path: Path) -> None:
    settings = on_disk(broker_settings)
    with running_broker(tmp_path) as other:
        elsewhere = settings.model_copy(update={"broker": other})
        with killed(elsewhere):
            publish(elsewhere, shuffled_facts(seed=7))
            settle(elsewhere)
    facts = shuffled_facts()
    play(settings, facts)
    check(settings, facts)
    log = (settings.data_dir / "worker.log").read_text()
    assert "local store emptied" in log


def on_disk(settings: Settings) -> Settings:
    return settings.model_copy(update={"state_store": "rocksdb", "worker_id": "worker-1"})


def play(settings: Settings, facts: Iterable[BaseModel]) -> None:
    """Start a worker, publish, kill it in the middle; start it again, let it end its work, and kill it."""
    with killed(settings):
        publish(settings, facts)
    with killed(settings):  # on its copies
        settle(settings)


@contextmanager
def killed(settings: Settings) -> Iterator[None]:
    with worker(settings) as process:
        yield
        process.kill()


def check(settings: Settings, facts: list[BaseModel]) -> None:
    result, expected = held(settings), truth(facts)
    assert result.companies == expected.companies
    assert result.exposures == expected.exposures
    assert result.signals == expected.signals
    assert not result.dead_letters


def shuffled_facts(seed: int = _SEED) -> list[BaseModel]:
    random_ = random.Random(seed)
    programme_facts = list(programme(seed, scale=0.005))
    names = [
        entry.name for fact in programme_facts if isinstance(fact, Announcement) for entry in fact.entries
    ]
    facts: list[BaseModel] = [shipped_taxonomy(), *programme_facts, *families_of(random_, names, _FAMILIES)]
    random_.shuffle(facts)
    return facts
