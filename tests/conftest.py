"""Options and fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

# How many examples a property gets, chosen once for all of them: a test that asks for a number
# of its own does so as a share of the profile's (`tests.kit.effort.share`). No profile has a
# time limit that a busy machine could break, and each runs the same examples every time; those
# of a smaller profile are the first ones of a larger one.
#   brief  `make compiled-slice`: the same tests once more, on other code
#   house  `make test`: short enough for every run
#   slice  `.ci/run`: the theorems of the gate, health and decision once more, with more
#   full   `make properties`: every theorem with 3,000 or more
#   other  `make properties SEED=n`: as many as in `full`, but others
EXAMPLES = {"brief": 40, "house": 200, "slice": 500, "full": 3_000, "other": 3_000}

for _name, _examples in EXAMPLES.items():
    settings.register_profile(
        _name, max_examples=_examples, derandomize=_name != "other", deadline=None, database=None
    )
settings.load_profile("house")  # unless --hypothesis-profile names another one


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden-update", action="store_true", help="write the goldens instead of comparing with them"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)


def compare_golden(path: Path, actual: str, *, update: bool) -> None:
    """Hold a text against a golden file, byte for byte; under `update` write the file instead."""
    data = actual.encode("utf-8")
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
        return
    assert path.exists(), f"{path.name} is missing: `make golden-update` writes it"
    expected = path.read_bytes()
    if expected != data:
        # Lists of lines, because pytest then shows the first difference and its context.
        assert actual.splitlines() == expected.decode("utf-8").splitlines(), path.name
        raise AssertionError(f"{path.name}: the lines agree, the line ends do not")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Return ``golden(path, actual)``: the text must equal the file's, or replaces it on request."""
    return partial(compare_golden, update=bool(request.config.getoption("--golden-update")))
