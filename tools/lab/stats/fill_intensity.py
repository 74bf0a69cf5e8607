"""How often resting orders fill by how far away they rest: ``A exp(-kappa distance)``.

The form is that of Avellaneda and Stoikov (2008). An order is watched for a time, and is filled at
its end or lost from sight; if its chance to fill next is the same at every moment, fills at one
distance are a Poisson number of mean ``A exp(-kappa distance) x time``, and that is the likelihood.
At its peak A is ``fills / sum of time x exp(-kappa distance)``, and the mean distance of time weighted
by ``exp(-kappa distance)`` is that of the fills: one equation, which falls in kappa, for Newton.

Exponentials are those of `decimal`, rounded correctly and so alike on every machine, as those of
the C library are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from math import sqrt
from typing import Final, NamedTuple

from tools.core.units import NS_PER_S
from tools.lab.stats.bootstrap import widening
from tools.lab.stats.wilson import Z95

_DIGITS: Final = Context(prec=34, Emin=MIN_EMIN, Emax=MAX_EMAX)
_STEPS: Final = 200  # with a root between two bounds halving alone takes about a hundred
_CLOSE: Final = Decimal("1e-20")


class Watched(NamedTuple):
    """A resting order: its distance, how long it was exposed, and whether it filled at the end of that."""

    distance: int
    exposed_ns: int
    filled: bool


@dataclass(frozen=True, kw_only=True)
class Intensity:
    """A fitted decay.

    Parameters
    ----------
    per_s
        A: fills per second of exposure at distance 0.
    kappa
        Per unit of distance.
    per_s_range, kappa_range
        95 % intervals, see `fit`; None from fewer than two blocks.
    residuals
        Of each order: filled or not, less its expected number of fills.
    """

    per_s: float
    kappa: float
    per_s_range: tuple[float, float] | None
    kappa_range: tuple[float, float] | None
    residuals: list[float]


def rate_interval(events: int, exposed_ns: int, z: float = Z95) -> tuple[float, float] | None:
    """Return the score interval of a Poisson rate per second; None without exposure.

    Its bounds r solve ``|events - r T| = z sqrt(r T)``: sensible for no events too.
    """
    if exposed_ns <= 0:
        return None
    middle, half = events + z * z / 2, z * sqrt(events + z * z / 4)
    exposed_s = exposed_ns / NS_PER_S
    return max(0.0, middle - half) / exposed_s, (middle + half) / exposed_s


def fit(orders: Sequence[Watched], block: int) -> Intensity | None:
    """Return the decay of fills with distance, most likely for orders in the sequence of time.

    Errors are those of a sandwich: what `block` neighbours leave unexplained is summed before it is
    squared, so that fills that come together do not count as so many, and few blocks are widened as
    in `widening`. The Poisson error itself would be that of independent orders.

    None where there is no finite peak: no fills, or all of them at the nearest or the farthest
    distance at which time was spent.
    """
    with localcontext(_DIGITS):
        exposed: dict[int, int] = {}
        for order in orders:
            exposed[order.distance] = exposed.get(order.distance, 0) + order.exposed_ns
        at_risk = [(distance, Decimal(ns)) for distance, ns in sorted(exposed.items()) if ns > 0]
        filled = [order.distance for order in orders if order.filled]
        if not filled or not at_risk:
            return None
        if not at_risk[0][0] * len(filled) < sum(filled) < at_risk[-1][0] * len(filled):
            return None
        kappa = _peak(at_risk, Decimal(sum(filled)) / len(filled))
        if kappa is None:
            return None
        return _described(orders, at_risk, kappa, len(filled), block)


def _moments(at_risk: list[tuple[int, Decimal]], kappa: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Return time weighted by ``exp(-kappa distance)``: its sum, mean distance and variance of distance."""
    weights = [time * (-kappa * distance).exp() for distance, time in at_risk]
    total = sum(weights, Decimal(0))
    pairs = list(zip(at_risk, weights, strict=True))
    mean = sum((at[0] * weight for at, weight in pairs), Decimal(0)) / total
    squares = ((at[0] - mean) * (at[0] - mean) * weight for at, weight in pairs)
    variance = sum(squares, Decimal(0)) / total
    return total, mean, variance


def _peak(at_risk: list[tuple[int, Decimal]], wanted: Decimal) -> Decimal | None:
    """Return the kappa at which the weighted mean distance is `wanted`: Newton, halving where that leaves."""
    low: Decimal | None = None
    high: Decimal | None = None
    kappa = Decimal(0)
    for _ in range(_STEPS):
        _, mean, variance = _moments(at_risk, kappa)
        beyond = mean - wanted
        if beyond > 0:
            low = kappa
        else:
            high = kappa
        reach = 1 + abs(kappa)
        step = beyond / variance if variance else reach.copy_sign(beyond)
        following = kappa + max(-reach, min(reach, step))
        if low is not None and high is not None and not low <= following <= high:
            following = (low + high) / 2
        if abs(following - kappa) <= _CLOSE * reach:
            return following
        kappa = following
    return None


def _described(
    orders: Sequence[Watched], at_risk: list[tuple[int, Decimal]], kappa: Decimal, fills: int, block: int
) -> Intensity:
    total, mean, variance = _moments(at_risk, kappa)
    per_ns = fills / total
    expected = {order.distance: per_ns * (-kappa * order.distance).exp() for order in orders}
    residuals: list[float] = []
    shifts_a: list[Decimal] = []  # what each block moves log A and kappa by
    shifts_kappa: list[Decimal] = []
    for at, order in enumerate(orders):
        if at % block == 0:
            shifts_a.append(Decimal(0))
            shifts_kappa.append(Decimal(0))
        residual = int(order.filled) - expected[order.distance] * order.exposed_ns
        residuals.append(float(residual))
        shift = -residual * (order.distance - mean) / (fills * variance)
        shifts_kappa[-1] += shift
        shifts_a[-1] += residual / fills + mean * shift
    a_range: tuple[float, float] | None = None
    kappa_range: tuple[float, float] | None = None
    if len(orders) >= 2 * block:
        reach = Decimal(Z95 * widening(len(orders) / block))
        log_off = reach * sum((shift * shift for shift in shifts_a), Decimal(0)).sqrt()
        off = reach * sum((shift * shift for shift in shifts_kappa), Decimal(0)).sqrt()
        per_s = per_ns * NS_PER_S
        a_range = float(per_s * (-log_off).exp()), float(per_s * log_off.exp())
        kappa_range = float(kappa - off), float(kappa + off)
    return Intensity(
        per_s=float(per_ns * NS_PER_S),
        kappa=float(kappa),
        per_s_range=a_range,
        kappa_range=kappa_range,
        residuals=residuals,
    )
