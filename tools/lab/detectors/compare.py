"""The comparison: every detector on every change, at equal false-alarm rates and as shipped.

Limits are calibrated on calm days, by a search that has no chance in it: the least scale of a
fixed grid at which a detector has at most two false alarms a day, found by bisection. The
rate that is reported is that of other calm days, which the search has not seen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pkgutil import iter_modules
from typing import Final

import tools.observer.regimes
from tools.core.errors import UsageError
from tools.core.plugins import load_plugin
from tools.core.units import PPM
from tools.lab.detectors import trial
from tools.lab.detectors.changes import CHANGES, DAY_S, MAIN, RATES, Series, calm_days, with_changes
from tools.lab.detectors.flow import PROCESSES

MOST_PER_DAY: Final = 2
CHANGES_PER_DAY: Final = 20
SHIPPED: Final = "shipped"
EQUAL: Final = "equal"
OTHERS: Final = ("hard_caps", "gate")
"""Judged beside the detectors where no detector watches the figure."""

Narrate = Callable[[str], None]


def _grid() -> tuple[int, ...]:
    """Return the scales that are tried: a fifth to about eight times the shipped limits, by 5 %."""
    out = [200_000]
    while out[-1] < 8 * PPM:
        out.append(out[-1] * 21 // 20)
    return tuple(out)


GRID: Final = _grid()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; `kind` ``row``. Rates and shares are of the fresh calm days."""

    process: str
    change: str
    detector: str
    limits: str
    scale_ppm: int
    calm_days: int
    false_per_day_milli: int
    mean_time_between_false_s: int | None
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


COLUMNS: Final = tuple(Row.__dataclass_fields__)


def detector_names() -> tuple[str, ...]:
    """Return every regime detector that can be named in a configuration, sorted."""
    found = sorted(info.name for info in iter_modules(tools.observer.regimes.__path__))
    package = "tools.observer.regimes"
    out: list[str] = []
    for name in found:
        if hasattr(__import__(f"{package}.{name}", fromlist=["build"]), "build"):
            load_plugin(package, name)
            out.append(name)
    return tuple(out)


def chosen(names: Sequence[str], known: Sequence[str], what: str) -> tuple[str, ...]:
    """Return the names in the order of those known, all if none is given; refuse an unknown one."""
    for name in names:
        if name not in known:
            raise UsageError(f"--{what} {name[:40]}: must be one of {', '.join(known)}")
    return tuple(name for name in known if name in names or not names)


class Comparison:
    """The rows of one seed, made as they are asked for.

    Parameters
    ----------
    seed
        Of all flow.
    days
        Calm days of the main process, with 20 changes a day of each kind; other processes, and
        figures other than trades, have a third of both, at least one day.
    detectors, processes
        Which; empty for all.
    narrate
        Told what is under way.
    """

    def __init__(
        self,
        seed: int,
        days: int,
        detectors: Sequence[str] = (),
        processes: Sequence[str] = (),
        narrate: Narrate = lambda line: None,
    ) -> None:
        if not 1 <= days <= 100:
            raise UsageError(f"--days {days}: must be within 1..100")
        self._seed: Final = seed
        self._days: Final = days
        self._detectors: Final = chosen(detectors, detector_names(), "detector")
        self._processes: Final = chosen(processes, PROCESSES, "process")
        self._narrate: Final = narrate
        self.seconds_judged = 0

    def rows(self) -> Iterator[Row]:
        """Yield every row: processes, then figures, then changes, then detectors, in fixed order."""
        fewer = max(1, self._days // 3)
        for process in self._processes:
            figures: dict[tuple[str, str], list[str]] = {}
            for name, change in CHANGES.items():
                if process == MAIN or name in RATES:
                    figures.setdefault((change.figure, change.process or process), []).append(name)
            for (figure, drawn_by), names in figures.items():
                days = self._days if (process, figure) == (MAIN, "trades_1s") else fewer
                yield from self._figure(figure, drawn_by, names, days)

    def _figure(self, figure: str, process: str, names: list[str], days: int) -> Iterator[Row]:
        self._narrate(f"{process} {figure}: {days} calm days, twice")
        seen, fresh = (calm_days(figure, process, self._seed, ident, days) for ident in (0, 1))
        able = [name for name in self._detectors if trial.judge_of(name, figure, PPM) is not None]
        limits = [(name, SHIPPED, PPM) for name in able or OTHERS]
        if able:
            scales = self._calibrated(able, seen)
            limits += [(name, EQUAL, scale_ppm) for name, scale_ppm in scales.items()]
            limits.sort(key=lambda item: able.index(item[0]))
        false = [trial.episodes(on) for on in self._watch(limits, fresh)]
        for name in names:
            series = with_changes(name, process, self._seed, CHANGES_PER_DAY * days)
            self._narrate(f"{process} {name}: {len(series.starts)} changes, {len(limits)} judges")
            for (detector, said, scale_ppm), on, count in zip(
                limits, self._watch(limits, series), false, strict=True
            ):
                yield Row(
                    process=process,
                    change=name,
                    detector=detector,
                    limits=said,
                    scale_ppm=scale_ppm,
                    calm_days=days,
                    false_per_day_milli=count * 1_000 // days,
                    mean_time_between_false_s=days * DAY_S // count if count else None,
                    **asdict(trial.score(on, series, self._seed)),
                )

    def _watch(
        self, limits: Sequence[tuple[str, str, int]], series: Series, most: int | None = None
    ) -> list[list[bool]]:
        """Return what each judge said of a series."""
        judges = [trial.judge_of(name, series.figure, scale_ppm) for name, _, scale_ppm in limits]
        said = trial.watch([judge for judge in judges if judge is not None], series, most)
        self.seconds_judged += sum(len(on) for on in said)
        return said

    def _calibrated(self, names: Sequence[str], series: Series) -> dict[str, int]:
        """Return for each detector the least scale with few enough false alarms, by bisection.

        All detectors go through the calm days together. A scale at which a detector has no
        valid configuration is too low.
        """
        most = MOST_PER_DAY * len(series.values) // DAY_S
        bounds = {name: (0, len(GRID) - 1) for name in names}
        for name in names:
            while trial.judge_of(name, series.figure, GRID[bounds[name][0]]) is None:
                bounds[name] = (bounds[name][0] + 1, bounds[name][1])
        while any(low < high for low, high in bounds.values()):
            open_ = [name for name in names if bounds[name][0] < bounds[name][1]]
            tried = [(name, EQUAL, GRID[sum(bounds[name]) // 2]) for name in open_]
            self._narrate("  trying " + ", ".join(f"{name} at {scale}" for name, _, scale in tried))
            for name, on in zip(open_, self._watch(tried, series, most), strict=True):
                low, high = bounds[name]
                middle = (low + high) // 2
                too_many = trial.episodes(on) > most
                bounds[name] = (middle + 1, high) if too_many else (low, middle)
        return {name: GRID[low] for name, (low, _) in bounds.items()}
