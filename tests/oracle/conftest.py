"""Tests against other people's code: run apart, by `make oracles`, where that code is installed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = ("numpy", "pandas", "polars", "statsmodels")
MISSING = [name for name in PACKAGES if find_spec(name) is None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.oracle)


@pytest.fixture(autouse=True)
def oracle_packages(request: pytest.FixtureRequest) -> None:
    if MISSING and "no_packages" not in request.keywords:
        pytest.skip(f"needs {', '.join(MISSING)}: `make oracles` installs the extra `oracle` and runs this")
