"""Was there a jump? The ratio test of Barndorff-Nielsen and Shephard (2006), Huang and Tauchen's form.

Report only, and only where it means something: where a tick is as large as the usual change of
an interval the test finds jumps everywhere (its size is 20 to 100 % in place of 1 %), so a
sample with changes under 4 ticks or a tenth of them 0 gives None.
"""

from collections.abc import Sequence
from math import fsum, sqrt

# mu_1^-2 = pi / 2; mu_{4/3} = 2^(2/3) Gamma(7/6) / Gamma(1/2); pi^2 / 4 + pi - 5.
_MU1_INV2 = 1.5707963267948966
_MU43 = 0.8308609
_THETA = 0.608994
_CUBE_BITS = 24  # binary digits of a cube root after the point

LEVEL_1_PERCENT = 2.3263478740408408
"""The statistic exceeds this once in a hundred where there is no jump."""


def cube_root(value: int) -> int:
    """Return the largest integer whose cube does not exceed `value` >= 0.

    >>> cube_root(26), cube_root(27)
    (2, 3)
    """
    if value < 2:
        return value
    root = 1 << -(-value.bit_length() // 3)
    while True:  # Newton from above falls until it is there
        lower = (2 * root + value // (root * root)) // 3
        if lower >= root:
            return root
        root = lower


def _power_4_3(value: int) -> float:
    """Return ``value ** (4/3)`` from integers, because ``pow`` differs between machines."""
    return cube_root(value**4 << 3 * _CUBE_BITS) / (1 << _CUBE_BITS)


def ratio_statistic(changes: Sequence[int]) -> float | None:
    """Return Z, nearly standard normal without jumps; None for fewer than 3 changes or none that count.

    Parameters
    ----------
    changes
        Changes of the price over intervals of equal length, in any integer unit.
    """
    n = len(changes)
    sizes = [abs(change) for change in changes]
    if n < 3:
        return None
    realised = sum(size * size for size in sizes)
    bipower = _MU1_INV2 * (n / (n - 1)) * sum(sizes[at] * sizes[at - 1] for at in range(1, n))
    if realised == 0 or bipower == 0:
        return None
    quarticity = fsum(_power_4_3(sizes[at] * sizes[at - 1] * sizes[at - 2]) for at in range(2, n))
    quarticity *= n / (_MU43 * _MU43 * _MU43) * (n / (n - 2))
    worst = max(1.0, quarticity / (bipower * bipower))
    return (realised - bipower) / realised / sqrt(_THETA / n * worst)


def applicable(changes: Sequence[int], tick: int) -> bool:
    """Return whether the test means anything: changes of 4 ticks or more, few of them 0."""
    n = len(changes)
    if n < 3:
        return False
    mean_square = sum(change * change for change in changes) / n
    return mean_square >= (4 * tick) ** 2 and 10 * sum(change == 0 for change in changes) < n


def jump_test(changes: Sequence[int], tick: int) -> float | None:
    """Return Z where the test is `applicable`, else None; `tick` in the unit of the changes."""
    return ratio_statistic(changes) if applicable(changes, tick) else None
