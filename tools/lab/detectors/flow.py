"""Made-up flow: counts and figures per second of a process that is known, in integers.

Every draw is `tools.core.chance` on ``(seed, stream, ident, k)``. What a textbook draws with
``exp`` and ``log`` is drawn here from tables that integers have made, so that the same seed
gives the same counts on every machine. There are no floats.

=============  ================================================================================
process        counts per second
=============  ================================================================================
``poisson``    independent arrivals
``hawkes06``   each event brings 0.6 more on average, each after an exponential time of 0.2 s
``hawkes09``   the same with 0.9: nearly critical, as real flow is
``negbin``     negative binomial, shape 4: a rate that is drawn anew every second
=============  ================================================================================

All of them follow a day: +-50 % over six hours times +-20 % over one hour.
"""

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from tools.core.chance import mix64
from tools.core.errors import UsageError
from tools.core.units import PPM

Rate = Callable[[int], int]
"""Expected events per second in ppm, as a function of the second."""

_ONE: Final = 1 << 32  # fixed point of logarithms and of exponential draws
_U32: Final = (1 << 32) - 1
_U64: Final = (1 << 64) - 1
_KERNEL_US: Final = 200_000
_US_PER_S: Final = 1_000_000
_SHAPE: Final = 4  # of the negative binomial
_BRANCHING_PPM: Final[dict[str, int]] = {"poisson": 0, "hawkes06": 600_000, "hawkes09": 900_000}
PROCESSES: Final = ("poisson", "hawkes06", "hawkes09", "negbin")


def ln_q32(numerator: int, denominator: int) -> int:
    """Return ``ln(numerator / denominator)``, at least 0, in units of 2**-32.

    The ratio is halved into [1, 2); then ``ln x = 2 atanh((x - 1) / (x + 1))``, term by term.
    """
    if not 0 < denominator <= numerator:
        raise UsageError(f"ln wants a ratio of at least 1, not {numerator}/{denominator}")
    halvings = (numerator // denominator).bit_length() - 1
    out = _atanh_twice(numerator - (denominator << halvings), numerator + (denominator << halvings))
    return (out + halvings * _atanh_twice(1, 3)) >> 16


def _atanh_twice(numerator: int, denominator: int) -> int:
    """Return ``2 atanh(numerator / denominator)`` in units of 2**-48, for a ratio up to 1/3."""
    ratio = (numerator << 48) // denominator
    square = ratio * ratio >> 48
    total, power, odd = 0, ratio, 1
    while power:
        total += power // odd
        power = power * square >> 48
        odd += 2
    return 2 * total


_LN2: Final = ln_q32(2, 1)
_LN: Final = tuple(ln_q32(4096 + i, 4096) for i in range(4097))
"""``ln(1 + i / 4096)``; a draw interpolates between two of them."""


def exponential(draw: int) -> int:
    """Return ``-ln((draw + 1) / 2**64)`` in units of 2**-32: exponential with mean 1.

    `draw` is uniform over 64 bits. Linear between 4,097 exact logarithms: within 2**-26.
    """
    value = draw + 1
    bits = value.bit_length()
    mantissa = (value << (64 - bits) >> 31) & _U32 if bits <= 64 else 0
    index = mantissa >> 20
    low = _LN[index]
    return (65 - bits) * _LN2 - low - ((_LN[index + 1] - low) * (mantissa & 0xFFFFF) >> 20)


@lru_cache(maxsize=8)
def offspring_table(mean_ppm: int) -> tuple[int, ...]:
    """Return the Poisson distribution function of a mean of at most 1, times 2**32, up to 1 - 2**-32.

    ``bisect_right(table, draw of 32 bits)`` is then a Poisson draw.
    """
    scale = 1 << 96
    # exp(-m) by its series: alternating, and exact to the last of 96 bits.
    power, total, k = scale, scale, 0
    while power:
        k += 1
        power = power * mean_ppm // (k * PPM)
        total += -power if k % 2 else power
    out: list[int] = []
    mass, reached, k = total, 0, 0
    while (reached + mass) >> 64 > reached >> 64 or k == 0:
        reached += mass
        out.append(min(reached >> 64, _U32))
        k += 1
        mass = mass * mean_ppm // (k * PPM)
    return tuple(out)


class Draws:
    """The draws ``k = 0, 1, ...`` of one ``(seed, stream, ident)``, as `draw64` gives them."""

    def __init__(self, seed: int, stream: int, ident: int) -> None:
        self._prefix: Final = mix64(mix64(mix64(seed & _U64) ^ stream) ^ (ident & _U64))
        self._k = -1

    def next64(self) -> int:
        """Return the next draw: uniform over 64 bits. `mix64` is written out: this is called often."""
        self._k += 1
        z = ((self._prefix ^ self._k) + 0x9E3779B97F4A7C15) & _U64
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _U64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _U64
        return z ^ (z >> 31)


def sine_ppm(second: int, period_s: int) -> int:
    """Return the sine of the phase of `second`, in ppm, by Bhaskara's fraction (within 0.2 %)."""
    phase = second % period_s
    half = period_s // 2
    sign = 1
    if phase >= half:
        phase -= half
        sign = -1
    product = phase * (half - phase)
    return sign * (16 * PPM * product // (5 * half * half - 4 * product))


def cycle_ppm(second: int) -> int:
    """Return the day's cycle at a second: +-50 % over six hours times +-20 % over one hour."""
    six = PPM + sine_ppm(second, 21_600) // 2
    one = PPM + sine_ppm(second, 3_600) // 5
    return six * one // PPM


def counts(process: str, draws: Draws, seconds: int, rate: Rate) -> list[int]:
    """Return the number of events in each second of a process.

    Raises
    ------
    UsageError
        There is no such process.
    """
    if process == "negbin":
        return _negative_binomial(draws, seconds, rate)
    if process not in _BRANCHING_PPM:
        raise UsageError(f"process must be one of {', '.join(PROCESSES)}, not {process[:40]!r}")
    return _clusters(draws, seconds, rate, _BRANCHING_PPM[process])


def _clusters(draws: Draws, seconds: int, rate: Rate, branching_ppm: int) -> list[int]:
    """Return counts of a Hawkes process as a branching process; without branching it is Poisson.

    First-generation events come at ``rate * (1 - branching)``; each event has a Poisson number
    of children, each after an exponential delay. Of an event's draw the high half says how
    many children it has. What falls behind the end is dropped.
    """
    out = [0] * seconds
    table = offspring_table(branching_ppm)
    childless = table[0]
    next64 = draws.next64
    end_us = seconds * _US_PER_S
    pending: list[int] = []
    wait = exponential(next64())
    for second in range(seconds):
        span = rate(second) * (PPM - branching_ppm) * _ONE // (PPM * PPM)
        start_us = second * _US_PER_S
        while wait < span:
            pending.append(start_us + wait * _US_PER_S // span)
            wait += exponential(next64())
        wait -= span
        if not branching_ppm:
            out[second] = len(pending)
            pending.clear()
        while pending:
            at_us = pending.pop()
            if at_us >= end_us:
                continue
            out[at_us // _US_PER_S] += 1
            half = next64() >> 32
            if half >= childless:
                for _ in range(bisect_right(table, half)):
                    pending.append(at_us + (exponential(next64()) * _KERNEL_US >> 32))
    return out


def _negative_binomial(draws: Draws, seconds: int, rate: Rate) -> list[int]:
    """Return counts that are sums of `_SHAPE` geometric draws: floor(E / ln(1 + shape / mean))."""
    out: list[int] = []
    next64 = draws.next64
    for second in range(seconds):
        mean_ppm = rate(second)
        step = _geometric_step(mean_ppm)
        count = 0
        for _ in range(_SHAPE):
            count += exponential(next64()) // step
        out.append(count)
    return out


@lru_cache(maxsize=65_536)
def _geometric_step(mean_ppm: int) -> int:
    return max(1, ln_q32(mean_ppm + _SHAPE * PPM, max(mean_ppm, 1)))


def wandering(draws: Draws, seconds: int, low: int, spread: int) -> list[int]:
    """Return a positive figure that wanders: `low` plus `spread` times an average of mean 1.

    The average moves by an eighth of the way to an exponential draw each second, so its
    neighbours are alike and its scatter is a quarter of its mean, skewed upwards.
    """
    out: list[int] = []
    level = _ONE
    for _ in range(seconds):
        level += (exponential(draws.next64()) - level) >> 3
        out.append(low + (spread * level >> 32))
    return out
