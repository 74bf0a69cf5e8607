"""The structured world at one moment: what the layers after the observer decide on."""

from dataclasses import dataclass
from typing import Any, Final

from tools.core.canon import Record
from tools.core.snapshots import Snapshot


@dataclass(init=False)
class MarketState(Record):
    """Everything that regime, gate and health may look at, as of `time_ns`.

    None means that the figure cannot be known yet (no data, or fewer samples than it
    needs); whoever reads it must treat None as the worst value, never as a neutral one.

    `tick` is True on the evaluations at whole seconds of event time, where the regime
    takes its samples. Windows are ``(t - w, t]``. `warm` is True once every baseline has
    its minimum of one-second samples; `missing` names what has never been seen
    (``"quotes"``, ``"trades"``, ``"latency"``), sorted.
    """

    time_ns: Final[int]
    tick: Final[bool]
    bid_ticks: Final[int | None]
    bid_lots: Final[int | None]
    ask_ticks: Final[int | None]
    ask_lots: Final[int | None]
    mid_ht: Final[int | None]
    crossed_ns: Final[int | None]  # how long bid >= ask has lasted; None when it is not
    quote_age_ns: Final[int | None]
    quote_p999_ns: Final[int | None]  # 99.9 % quantile of the gaps between quotes, last hour
    trade_age_ns: Final[int | None]
    trade_p999_ns: Final[int | None]
    link_age_ns: Final[int | None]
    link_p999_ns: Final[int | None]  # 99.9 % quantile of the link's own gaps, last hour
    spread_1s_ubps: Final[int | None]  # time-weighted
    spread_base_1h_ubps: Final[int | None]  # median of one-second samples
    spread_base_24h_ubps: Final[int | None]
    depth_10s_lots: Final[int | None]  # time-weighted smaller side of the best level
    depth_base_1h_lots: Final[int | None]
    move_1s_ht: Final[int | None]  # |mid - mid one second ago|
    move_10s_ht: Final[int | None]
    move_base_ht: Final[int | None]  # robust scale of move_10s_ht over the last hour
    trades_1s: Final[int]
    quotes_1s: Final[int]
    excess_ns: Final[int | None]  # newest excess latency, the larger of the streams
    excess_p95_10s_ns: Final[int | None]
    clock_jump_ns: Final[int]  # largest jump of the latency floor in the last 10 s
    gap_ids_60s: Final[int]  # missing trade ids noticed in the last 60 s
    bad_lines_10s: Final[int]  # quarantined lines in the last 10 s
    disconnected: Final[bool]
    loop_lag_ns: Final[int | None]
    samples: Final[int]
    warm: Final[bool]
    missing: Final[tuple[str, ...]]

    def __init__(
        self,
        *,
        time_ns: int,
        tick: bool,
        bid_ticks: int | None,
        bid_lots: int | None,
        ask_ticks: int | None,
        ask_lots: int | None,
        mid_ht: int | None,
        crossed_ns: int | None,
        quote_age_ns: int | None,
        quote_p999_ns: int | None,
        trade_age_ns: int | None,
        trade_p999_ns: int | None,
        link_age_ns: int | None,
        link_p999_ns: int | None,
        spread_1s_ubps: int | None,
        spread_base_1h_ubps: int | None,
        spread_base_24h_ubps: int | None,
        depth_10s_lots: int | None,
        depth_base_1h_lots: int | None,
        move_1s_ht: int | None,
        move_10s_ht: int | None,
        move_base_ht: int | None,
        trades_1s: int,
        quotes_1s: int,
        excess_ns: int | None,
        excess_p95_10s_ns: int | None,
        clock_jump_ns: int,
        gap_ids_60s: int,
        bad_lines_10s: int,
        disconnected: bool,
        loop_lag_ns: int | None,
        samples: int,
        warm: bool,
        missing: tuple[str, ...],
    ) -> None:
        self.time_ns = time_ns
        self.tick = tick
        self.bid_ticks = bid_ticks
        self.bid_lots = bid_lots
        self.ask_ticks = ask_ticks
        self.ask_lots = ask_lots
        self.mid_ht = mid_ht
        self.crossed_ns = crossed_ns
        self.quote_age_ns = quote_age_ns
        self.quote_p999_ns = quote_p999_ns
        self.trade_age_ns = trade_age_ns
        self.trade_p999_ns = trade_p999_ns
        self.link_age_ns = link_age_ns
        self.link_p999_ns = link_p999_ns
        self.spread_1s_ubps = spread_1s_ubps
        self.spread_base_1h_ubps = spread_base_1h_ubps
        self.spread_base_24h_ubps = spread_base_24h_ubps
        self.depth_10s_lots = depth_10s_lots
        self.depth_base_1h_lots = depth_base_1h_lots
        self.move_1s_ht = move_1s_ht
        self.move_10s_ht = move_10s_ht
        self.move_base_ht = move_base_ht
        self.trades_1s = trades_1s
        self.quotes_1s = quotes_1s
        self.excess_ns = excess_ns
        self.excess_p95_10s_ns = excess_p95_10s_ns
        self.clock_jump_ns = clock_jump_ns
        self.gap_ids_60s = gap_ids_60s
        self.bad_lines_10s = bad_lines_10s
        self.disconnected = disconnected
        self.loop_lag_ns = loop_lag_ns
        self.samples = samples
        self.warm = warm
        self.missing = missing


def state_from(saved: Snapshot) -> MarketState:
    """Return the state that `MarketState.to_dict` was made of."""
    values: dict[str, Any] = dict(saved)
    values["missing"] = tuple(values["missing"])
    return MarketState(**values)
