"""Labelled change points: calm for half an hour, then something that is known, again and again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from tools.core.chance import stream_id
from tools.core.errors import UsageError
from tools.core.market import MarketState
from tools.core.units import NS_PER_MS, NS_PER_S, PPM, UBPS_PER_BPS
from tools.lab.detectors.flow import PROCESSES, Draws, counts, cycle_ppm, wandering

CALM_S: Final = 1_800
DAY_S: Final = 86_400
MAIN: Final = "hawkes06"
"""The process on which every kind of change is shown; the others have the changes of rate."""

_TRADES: Final = 10  # a second, on average
_QUOTES: Final = 30
_START_NS: Final = 1_700_000_000 * NS_PER_S


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something that happens to one figure.

    Parameters
    ----------
    figure
        The feature that it moves, or ``link`` or ``excess_ns``, which no detector watches.
    length_s
        How long it lasts.
    process
        What draws the figure when it is calm; empty for the process of the table.
    factor
        ``factor(seconds into the change)``: how many times usual, in ppm.
    window_s
        It counts as found within this time.
    """

    figure: str
    length_s: int = 60
    process: str = ""
    factor: Callable[[int], int] = lambda second: PPM
    window_s: int = 60


def _times(multiple: int) -> Callable[[int], int]:
    return lambda second: multiple * PPM


CHANGES: Final[dict[str, Change]] = {
    "rate_x2": Change(figure="trades_1s", factor=_times(2)),
    "rate_x3": Change(figure="trades_1s", factor=_times(3)),
    "rate_x5": Change(figure="trades_1s", factor=_times(5)),
    "rate_x10": Change(figure="trades_1s", factor=_times(10)),
    "ramp_to_x3": Change(
        figure="trades_1s", length_s=600, factor=lambda second: PPM + 2 * PPM * second // 600, window_s=600
    ),
    "spike_x20": Change(figure="trades_1s", length_s=1, factor=_times(20), window_s=1),
    "quote_storm_x10": Change(figure="quotes_1s", process="negbin", factor=_times(10)),
    "spread_x3": Change(figure="spread_1s_ubps", process="wandering", factor=_times(3)),
    "depth_by_5": Change(figure="depth_10s_lots", process="wandering", factor=lambda second: PPM // 5),
    "silence": Change(figure="link", process="steady"),
    "latency_300ms": Change(figure="excess_ns", process="wandering"),
}
RATES: Final = ("rate_x2", "rate_x3", "rate_x5", "rate_x10")


@dataclass(frozen=True, kw_only=True)
class Series:
    """One value of a figure for each second, and the seconds at which a change begins."""

    figure: str
    values: list[int]
    starts: tuple[int, ...] = ()
    length_s: int = 0
    window_s: int = 60


def calm_days(figure: str, process: str, seed: int, ident: int, days: int) -> Series:
    """Return `days` of a figure to which nothing happens; another `ident` is other chance."""
    draws = Draws(seed, stream_id(f"detectors:calm:{figure}:{process}"), ident)
    return Series(figure=figure, values=_values(figure, process, draws, days * DAY_S, lambda second: PPM))


def with_changes(name: str, process: str, seed: int, events: int) -> Series:
    """Return a figure with `events` changes, each after half an hour of calm; then a minute more."""
    if name not in CHANGES:
        raise UsageError(f"change must be one of {', '.join(CHANGES)}, not {name[:40]!r}")
    change = CHANGES[name]
    period_s = CALM_S + change.length_s

    def factor_ppm(second: int) -> int:
        into = second % period_s - CALM_S
        return change.factor(into) if into >= 0 and second < events * period_s else PPM

    draws = Draws(seed, stream_id(f"detectors:{name}:{process}"), 0)
    seconds = events * period_s + 60
    if change.figure == "link":
        values = [max(0, second % period_s - CALM_S + 1) for second in range(seconds)]
    else:
        values = _values(change.figure, change.process or process, draws, seconds, factor_ppm)
    if change.figure == "excess_ns":
        for second in range(events * period_s):
            values[second] += 300 * NS_PER_MS if second % period_s >= CALM_S else 0
    return Series(
        figure=change.figure,
        values=values,
        starts=tuple(number * period_s + CALM_S for number in range(events)),
        length_s=change.length_s,
        window_s=change.window_s,
    )


def _values(
    figure: str, process: str, draws: Draws, seconds: int, factor_ppm: Callable[[int], int]
) -> list[int]:
    if process == "steady":
        return [0] * seconds
    if process == "wandering":
        low = {"spread_1s_ubps": UBPS_PER_BPS // 2, "depth_10s_lots": 5_000, "excess_ns": NS_PER_MS}[figure]
        calm = wandering(draws, seconds, low, low)
        return [value * factor_ppm(second) // PPM for second, value in enumerate(calm)]
    if process not in PROCESSES:
        raise UsageError(f"process must be one of {', '.join(PROCESSES)}, not {process[:40]!r}")
    mean = _QUOTES if figure == "quotes_1s" else _TRADES
    return counts(
        process, draws, seconds, lambda second: mean * cycle_ppm(second) * factor_ppm(second) // PPM
    )


_QUIET: Final[dict[str, Any]] = {
    "tick": True,
    "bid_ticks": 100_000,
    "bid_lots": 50,
    "ask_ticks": 100_001,
    "ask_lots": 50,
    "mid_ht": 200_001,
    "crossed_ns": None,
    "quote_age_ns": 10 * NS_PER_MS,
    "quote_p999_ns": 300 * NS_PER_MS,
    "trade_age_ns": 300 * NS_PER_MS,
    "trade_p999_ns": 3 * NS_PER_S,
    "link_age_ns": 10 * NS_PER_MS,
    "link_p999_ns": 300 * NS_PER_MS,
    "spread_1s_ubps": UBPS_PER_BPS,
    "spread_base_1h_ubps": UBPS_PER_BPS,
    "spread_base_24h_ubps": UBPS_PER_BPS,
    "depth_10s_lots": 10_000,
    "depth_base_1h_lots": 10_000,
    "move_1s_ht": 0,
    "move_10s_ht": 0,
    "move_base_ht": 4,
    "trades_1s": _TRADES,
    "quotes_1s": _QUOTES,
    "excess_ns": NS_PER_MS,
    "excess_p95_10s_ns": 5 * NS_PER_MS,
    "clock_jump_ns": 0,
    "gap_ids_60s": 0,
    "bad_lines_10s": 0,
    "disconnected": False,
    "loop_lag_ns": None,
    "samples": 3_600,
    "warm": True,
    "missing": (),
}


def states_of(series: Series) -> Iterator[MarketState]:
    """Yield the market of each second, in which only the figure of the series is not as usual.

    A latency is the newest and, since it lasts, the 95 % quantile; a value of ``link`` is the
    number of seconds for which nothing at all has come.
    """
    given = dict(_QUIET)
    figure = series.figure
    now_ns = _START_NS
    for value in series.values:
        if figure == "link":
            given.update(_silent(value) if value else _QUIET)
        elif figure == "excess_ns":
            given["excess_ns"] = given["excess_p95_10s_ns"] = value
        else:
            given[figure] = value
        yield MarketState(time_ns=now_ns, **given)
        now_ns += NS_PER_S


def _silent(seconds: int) -> dict[str, int]:
    age_ns = seconds * NS_PER_S
    return {
        "trades_1s": 0,
        "quotes_1s": 0,
        "link_age_ns": age_ns,
        "quote_age_ns": age_ns,
        "trade_age_ns": age_ns,
    }
