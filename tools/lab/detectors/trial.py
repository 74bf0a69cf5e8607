"""One detector over one series: when it is on, and what that is worth against the labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isqrt
from types import ModuleType
from typing import Any, Final

from tools.core.chance import below, stream_id
from tools.core.errors import ConfigError
from tools.core.market import MarketState
from tools.core.plugins import load_plugin
from tools.core.units import PPM
from tools.core.verdicts import Regime, RegimeVerdict
from tools.lab.detectors.changes import Series, states_of
from tools.observer.regimes.caps import CapsConfig, HardCaps
from tools.observer.regimes.detector import QUIET
from tools.observer.windows import rank_of
from tools.permission.severity import CLEAN, SeverityConfig, SeverityMeter

MIN_SAMPLES: Final = 120
_RESAMPLES: Final = 1_000
_MEDIAN: Final = 500_000

Judge = Callable[[MarketState], bool]
"""Takes each second in order; answers whether something is unusual now."""


def judge_of(name: str, figure: str, scale_ppm: int) -> Judge | None:
    """Return a fresh judge that watches one figure; None if it cannot.

    Parameters
    ----------
    name
        A detector's file, or ``hard_caps`` or ``gate``, which have no limits to calibrate.
    figure
        The feature to watch alone.
    scale_ppm
        Every alarm limit of a detector times this share; its module names them in ``LIMITS``.
    """
    if name == "hard_caps":
        caps = HardCaps(CapsConfig(), "major")
        return lambda state: caps.judge(state) is not None
    if name == "gate":
        meter = SeverityMeter(SeverityConfig())
        normal = RegimeVerdict(0, Regime.NORMAL, "", 0, ())
        return lambda state: meter.step(normal, state, state.time_ns) > CLEAN
    module = load_plugin("tools.observer.regimes", name)
    config = scaled(module, figure, scale_ppm)
    if config is None:
        return None
    detector = module.build(config, "major", MIN_SAMPLES)

    def judge(state: MarketState) -> bool:
        detector.sample(state)
        return bool(detector.level(state.time_ns) != QUIET)

    return judge


def scaled(module: ModuleType, figure: str, scale_ppm: int) -> Any:
    """Return a detector's configuration for one feature with its limits scaled; None if it has none."""
    config = module.Config()
    limits = {limit: getattr(config, limit) * scale_ppm // PPM for limit in getattr(module, "LIMITS", ())}
    try:
        return replace(config, features=(figure,), **limits)
    except (ConfigError, TypeError):
        return None


def watch(judges: Sequence[Judge], series: Series, most: int | None = None) -> list[list[bool]]:
    """Return for each judge whether it was on in each second; all see the same states.

    A judge with more than `most` episodes is not asked any more; when none is left, it ends.
    """
    out: list[list[bool]] = [[] for _ in judges]
    asked = [(judge, said) for judge, said in zip(judges, out, strict=True)]
    found = [0] * len(judges)
    for second, state in enumerate(states_of(series)):
        for number, (judge, said) in enumerate(asked):
            if most is not None and found[number] > most:
                continue
            on = judge(state)
            if on and not (second and said[-1]):
                found[number] += 1
            said.append(on)
        if most is not None and second % 1_000 == 0 and min(found) > most:
            break
    return out


def episodes(on: list[bool]) -> int:
    """Return how many maximal stretches are on."""
    return sum(1 for at, now in enumerate(on) if now and not (at and on[at - 1]))


def longest(on: list[bool]) -> int:
    """Return the length of the longest stretch that is on."""
    best = run = 0
    for now in on:
        run = run + 1 if now else 0
        best = max(best, run)
    return best


@dataclass(frozen=True, kw_only=True)
class Found:
    """What became of the changes of a series. Delays are in whole seconds: 1 is the first second.

    Intervals are 95 %: of the misses after Wilson (1927), of the median delay by resampling.
    """

    changes: int
    missed: int
    missed_low_ppm: int
    missed_high_ppm: int
    delay_median_s: int | None
    delay_median_low_s: int | None
    delay_median_high_s: int | None
    delay_p90_s: int | None
    precision_ppm: int | None
    recall_ppm: int
    on_longest_s: int


def score(on: list[bool], series: Series, seed: int) -> Found:
    """Hold what a judge said against the labels of a series."""
    delays: list[int] = []
    inside = 0
    for start in series.starts:
        stretch = on[start : start + series.length_s]
        inside += sum(stretch)
        within = on[start : start + series.window_s]
        if True in within:
            delays.append(within.index(True) + 1)
    delays.sort()
    total_on = sum(on)
    missed = len(series.starts) - len(delays)
    low, high = wilson_ppm(missed, len(series.starts))
    median_low, median_high = _median_interval(delays, seed)
    return Found(
        changes=len(series.starts),
        missed=missed,
        missed_low_ppm=low,
        missed_high_ppm=high,
        delay_median_s=_quantile(delays, _MEDIAN),
        delay_median_low_s=median_low,
        delay_median_high_s=median_high,
        delay_p90_s=_quantile(delays, 900_000),
        precision_ppm=inside * PPM // total_on if total_on else None,
        recall_ppm=inside * PPM // (series.length_s * len(series.starts)),
        on_longest_s=longest(on),
    )


def _quantile(ordered: list[int], quantile_ppm: int) -> int | None:
    return ordered[rank_of(len(ordered), quantile_ppm)] if ordered else None


def _median_interval(ordered: list[int], seed: int) -> tuple[int | None, int | None]:
    """Return the 2.5 and 97.5 % quantiles of the median of resampled delays."""
    if not ordered:
        return None, None
    stream = stream_id("detectors:median")
    count = len(ordered)
    medians: list[int] = []
    for number in range(_RESAMPLES):
        ranks = sorted(below(seed, stream, number, k, count) for k in range(count))
        medians.append(ordered[ranks[rank_of(count, _MEDIAN)]])
    medians.sort()
    return _quantile(medians, 25_000), _quantile(medians, 975_000)


def wilson_ppm(hits: int, trials: int) -> tuple[int, int]:
    """Return the 95 % interval of a share after Wilson, in ppm, rounded outwards.

    With z = 1.96, z^2 = 3.8416: ``(h + z^2/2 -+ z sqrt(h (n - h) / n + z^2 / 4)) / (n + z^2)``,
    everything times 10,000 so that it is whole.
    """
    if trials < 1:
        return 0, PPM
    # The root times 19,600 = sqrt(h (n - h) / n * 19,600^2 + 19,600^2 * 0.9604).
    square = 19_600 * 19_600
    half = isqrt(square * hits * (trials - hits) // trials + square * 9_604 // 10_000)
    centre = 10_000 * hits + 19_208
    whole = 10_000 * trials + 38_416
    return max(0, (centre - half - 1) * PPM // whole), min(PPM, -(-(centre + half + 1) * PPM // whole))
