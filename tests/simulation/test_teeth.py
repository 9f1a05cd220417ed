"""The simulation has teeth: it finds every mistake that is made on purpose."""

import pytest

from giants.compiled import compiled_modules
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.run import failures


@pytest.mark.skipif(bool(compiled_modules()), reason="what is compiled cannot be replaced")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mistake_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutant.owner, mutant.attribute, mutant.replacement)
    found = next(failures(range(mutant.first_seed, mutant.first_seed + mutant.seeds_max)), None)
    assert found is not None, f"{mutant.seeds_max} seeds did not notice that {mutant.name}"
