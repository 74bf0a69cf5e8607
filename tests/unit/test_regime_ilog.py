"""The integer logarithm, against floating point and against its own promises."""

from __future__ import annotations

import math

import pytest

from tools.core.errors import UsageError
from tools.observer.regimes.ilog import ilog2_1p, least_reaching, poisson_floor_milli


def test_powers_of_two_are_exact() -> None:
    for exponent in range(48):
        assert ilog2_1p((1 << exponent) - 1) == exponent << 10


def test_error_is_below_one_unit() -> None:
    values = [*range(5_000), *(3**k for k in range(30)), *(10**k + 7 for k in range(18))]
    worst = max(abs(ilog2_1p(x) - 1024 * math.log2(1 + x)) for x in values)
    assert worst < 1


def test_order_is_kept() -> None:
    values = [ilog2_1p(x) for x in range(20_000)]
    assert values == sorted(values)


def test_negative_is_refused() -> None:
    with pytest.raises(UsageError):
        ilog2_1p(-1)


@pytest.mark.parametrize("log2_units", [-5, 0, 1, 1023, 1024, 1025, 5_000, 6_648, 20_000])
def test_least_reaching_is_the_first(log2_units: int) -> None:
    x = least_reaching(log2_units)
    assert ilog2_1p(x) >= log2_units
    assert x == 0 or ilog2_1p(x - 1) < log2_units


@pytest.mark.parametrize("count", [0, 1, 3, 15, 100, 10_000])
def test_poisson_floor(count: int) -> None:
    exact = 1024 * 1000 / (math.log(2) * math.sqrt(1 + count))
    assert abs(poisson_floor_milli(count) - exact) <= 1 + exact / 5e4
