"""Does a state sort what execution costs? Detectors on recordings, ON against OFF.

A detector is good if the seconds that follow are worse when it is on. Three costs are taken at
every whole second: the absolute return of the next 10 s, the mean one-second spread of the
next 10 s, and the 5 s markout of a passive probe that joined the best then. **Lift** is the
mean when ON over the mean when OFF; its interval resamples blocks of a minute, because
neighbouring seconds are alike. ON is the whole episode: the alarm, its hold and the dwell.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.core.chance import below, stream_id
from tools.core.errors import InputError
from tools.core.events import MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.market import MarketState
from tools.core.plugins import load_plugin
from tools.core.units import NS_PER_S, PPM, UBPS_ONE
from tools.engine import StateEngine
from tools.lab.detectors.probe import Probe
from tools.lab.detectors.trial import MIN_SAMPLES, scaled
from tools.live.feeds import open_collector
from tools.observer import Observer, ObserverConfig
from tools.observer.regimes.caps import CapsConfig, HardCaps, is_silent
from tools.observer.regimes.detector import FAST, QUIET
from tools.observer.regimes.engine import RegimeConfig
from tools.observer.regimes.features import FEATURES
from tools.observer.windows import rank_of

AHEAD_S: Final = 10
BLOCK_S: Final = 60
RESAMPLES: Final = 1_000
LIFT_LEAST_MILLI: Final = 2_000
LIFT_LOW_MILLI: Final = 1_200
ON_MOST_PPM: Final = 50_000
ON_LEAST: Final = 30
_OFF, _ON, _COLD = 0, 1, 2
_REGIME: Final = RegimeConfig()

Samples = list[tuple[int, int]]
"""``(index of the second, cost)``"""


@dataclass(frozen=True, kw_only=True)
class LiftRow:
    """One line of the table. Means are in micro basis points; a lift is in thousandths.

    `earns` is the rule for switching a feature on: lift at least 2, its lower bound above 1.2,
    on for at most 5 % of the time; and it asks for at least 30 samples when on.
    """

    instrument: str
    detector: str
    features: str
    seconds: int
    on_ppm: int
    episodes: int
    cost: str
    on_count: int
    off_count: int
    on_mean_ubps: int | None
    off_mean_ubps: int | None
    lift_milli: int | None
    lift_low_milli: int | None
    lift_high_milli: int | None
    earns: bool


LIFT_COLUMNS: Final = tuple(LiftRow.__dataclass_fields__)


class Candidate:
    """One detector with some features, and what it said at each second of one instrument."""

    def __init__(self, name: str, features: str, detector: Any) -> None:
        self.name: Final = name
        self.features: Final = features
        self.detector: Final = detector
        self.said: Final[list[int]] = []
        self._until_ns = 0

    def judge(self, state: MarketState, silent: bool) -> None:
        """Take the sample of a second, unless a stream is dead, and note what holds then.

        An alarm is on until the regime that it makes is over: its hold, then the dwell.
        """
        now_ns = state.time_ns
        if not silent:
            self.detector.sample(state)
        level = self.detector.level(now_ns)
        if level != QUIET:
            dwell_ns = _REGIME.fast_dwell_ns + (_REGIME.unstable_dwell_ns if level > FAST else 0)
            self._until_ns = max(self._until_ns, self.detector.hold_until_ns() + dwell_ns)
        warm = state.warm and self.detector.warm()
        self.said.append(_COLD if not warm else _ON if now_ns < self._until_ns else _OFF)


def candidates(names: Sequence[str], profile: str) -> list[Candidate]:
    """Return each detector as shipped, and with each feature alone that it can watch."""
    out: list[Candidate] = []
    for name in names:
        module = load_plugin("tools.observer.regimes", name)
        config = module.Config()
        whole = "+".join(getattr(config, "features", ("as shipped",)))
        out.append(Candidate(name, whole, module.build(config, profile, MIN_SAMPLES)))
        for feature in FEATURES:
            alone = scaled(module, feature, PPM)
            if alone is not None:
                out.append(Candidate(name, feature, module.build(alone, profile, MIN_SAMPLES)))
    return out


class Lane:
    """One instrument of the recordings."""

    def __init__(self, instrument: Instrument, names: Sequence[str]) -> None:
        self.candidates: Final = candidates(names, instrument.profile)
        self._observer: Final = Observer(instrument, ObserverConfig(metrics=False))
        self._states: Final = StateEngine()
        self._caps: Final = HardCaps(CapsConfig(), instrument.profile)
        self._probe: Final = Probe()
        self._seconds: Final[list[int]] = []
        self._mids_ht: Final[list[int | None]] = []
        self._spreads_ubps: Final[list[int | None]] = []

    def step(self, event: MarketEvent) -> None:
        """Take in one event; judge and place probes at whole seconds."""
        accepted = self._observer.admit(event)
        self._probe.pass_time(event.recv_ns)
        if not accepted:
            return
        if isinstance(event, Quote):
            self._probe.on_quote(event)
        elif isinstance(event, Trade):
            self._probe.on_trade(event)
        elif isinstance(event, Tick):
            self._second(event.recv_ns)

    def _second(self, now_ns: int) -> None:
        state = self._states.step(self._observer, now_ns, True)
        silent = is_silent(self._caps.judge(state))
        for item in self.candidates:
            item.judge(state, silent)
        self._probe.place(len(self._seconds), now_ns)
        self._seconds.append(now_ns // NS_PER_S)
        self._mids_ht.append(state.mid_ht)
        self._spreads_ubps.append(state.spread_1s_ubps)

    def costs(self) -> dict[str, Samples]:
        """Return every cost by name, each sample with the index of its second."""
        returns: Samples = []
        spreads: Samples = []
        for at in range(len(self._seconds) - AHEAD_S):
            if self._seconds[at + AHEAD_S] != self._seconds[at] + AHEAD_S:
                continue  # the recording has a hole here
            now_ht, then_ht = self._mids_ht[at], self._mids_ht[at + AHEAD_S]
            if now_ht is not None and then_ht is not None:
                returns.append((at, abs(then_ht - now_ht) * UBPS_ONE // now_ht))
            ahead = [value for value in self._spreads_ubps[at + 1 : at + 1 + AHEAD_S] if value is not None]
            if len(ahead) == AHEAD_S:
                spreads.append((at, sum(ahead) // AHEAD_S))
        return {"abs_return_10s": returns, "spread_10s": spreads, "markout_cost_5s": self._probe.costs}

    def rows(self, key: str, seed: int) -> Iterator[LiftRow]:
        """Yield a row for each candidate and cost."""
        costs = self.costs()
        blocks = sorted({second // BLOCK_S for second in self._seconds})
        place = {block: number for number, block in enumerate(blocks)}
        block_of = [place[second // BLOCK_S] for second in self._seconds]
        picks = resamples(seed, key, len(blocks))
        for item in self.candidates:
            for cost, samples in costs.items():
                yield _row(key, item, cost, samples, block_of, picks)


def resamples(seed: int, key: str, blocks: int) -> list[list[int]]:
    """Return for each resample how often each block is in it: `blocks` draws with replacement."""
    stream = stream_id(f"detectors:lift:{key}")
    out: list[list[int]] = []
    for number in range(RESAMPLES):
        times = [0] * blocks
        for k in range(blocks):
            times[below(seed, stream, number, k, blocks)] += 1
        out.append(times)
    return out


def _row(
    key: str, item: Candidate, cost: str, samples: Samples, block_of: list[int], picks: list[list[int]]
) -> LiftRow:
    on: dict[int, tuple[int, int]] = {}  # by block: sum, count
    off: dict[int, tuple[int, int]] = {}
    for at, value in samples:
        said = item.said[at]
        if said != _COLD:
            side = on if said == _ON else off
            total, count = side.get(block_of[at], (0, 0))
            side[block_of[at]] = (total + value, count + 1)
    warm = [said for said in item.said if said != _COLD]
    stretches = sum(1 for at, said in enumerate(warm) if said == _ON and not (at and warm[at - 1] == _ON))
    on_sum, on_count = _total(on)
    off_sum, off_count = _total(off)
    on_ppm = warm.count(_ON) * PPM // len(warm) if warm else 0
    lift_milli = ratio_milli(on_sum, on_count, off_sum, off_count)
    low, high = _interval(on, off, picks) if lift_milli is not None else (None, None)
    return LiftRow(
        instrument=key,
        detector=item.name,
        features=item.features,
        seconds=len(warm),
        on_ppm=on_ppm,
        episodes=stretches,
        cost=cost,
        on_count=on_count,
        off_count=off_count,
        on_mean_ubps=on_sum // on_count if on_count else None,
        off_mean_ubps=off_sum // off_count if off_count else None,
        lift_milli=lift_milli,
        lift_low_milli=low,
        lift_high_milli=high,
        earns=lift_milli is not None
        and low is not None
        and lift_milli >= LIFT_LEAST_MILLI
        and low > LIFT_LOW_MILLI
        and on_ppm <= ON_MOST_PPM
        and on_count >= ON_LEAST,
    )


def _total(side: Mapping[int, tuple[int, int]]) -> tuple[int, int]:
    return sum(total for total, _ in side.values()), sum(count for _, count in side.values())


def ratio_milli(on_sum: int, on_count: int, off_sum: int, off_count: int) -> int | None:
    """Return mean ON over mean OFF in thousandths; None if either is missing or OFF costs nothing.

    A ratio of a gain to a cost says nothing, so None too where being OFF pays.
    """
    if not on_count or not off_count or off_sum <= 0:
        return None
    return on_sum * off_count * 1_000 // (on_count * off_sum)


def _interval(
    on: Mapping[int, tuple[int, int]], off: Mapping[int, tuple[int, int]], picks: list[list[int]]
) -> tuple[int | None, int | None]:
    """Return the 95 % interval over the resamples that have a ratio; None if fewer than half do."""
    ratios: list[int] = []
    for times in picks:
        sums = [0, 0, 0, 0]
        for at, side in ((0, on), (2, off)):
            for block, (total, count) in side.items():
                sums[at] += times[block] * total
                sums[at + 1] += times[block] * count
        ratio = ratio_milli(sums[0], sums[1], sums[2], sums[3])
        if ratio is not None:
            ratios.append(ratio)
    if 2 * len(ratios) < len(picks):
        return None, None
    ratios.sort()
    return ratios[rank_of(len(ratios), 25_000)], ratios[rank_of(len(ratios), 975_000)]


def lift_rows(
    paths: Sequence[str],
    instruments: dict[str, Instrument],
    names: Sequence[str],
    seed: int,
    narrate: Callable[[str], None] = lambda line: None,
) -> Iterator[LiftRow]:
    """Yield the rows of every instrument in the recordings, sorted by its key.

    Raises
    ------
    InputError
        A recording cannot be read, or none holds anything usable.
    """
    feed = open_collector(list(paths), instruments)
    lanes: dict[str, Lane] = {}
    for event in feed:
        key = "" if isinstance(event, Tick) else event.symbol
        if key == "":  # a whole second, or word of the feed itself: for every instrument
            for lane in lanes.values():
                lane.step(event)
            continue
        if key not in lanes:
            lanes[key] = Lane(instruments[key], names)
        lanes[key].step(event)
    for problem in feed.problems:
        raise InputError(problem)
    if not lanes:
        raise InputError("the recordings hold nothing usable")
    for key in sorted(lanes):
        narrate(f"{key}: resampling")
        yield from lanes[key].rows(key, seed)
