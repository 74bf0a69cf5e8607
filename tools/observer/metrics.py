"""The observer's figures at one moment, for a researcher, a detector or a full audit."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record


@dataclass(init=False)
class Metrics(Record):
    """Everything the observer measures, as of `time_ns`.

    Windows are ``(t - w, t]``; the unit of a figure ends its name, the window stands before
    it. None means that the figure cannot be known: nothing was seen, or its window is longer
    than what was seen.

    References
    ----------
    Order-flow imbalance: Cont, Kukanov and Stoikov (2014). The others are counts, sums and
    time-weighted means.
    """

    time_ns: Final[int]  # when these figures hold
    join: Final[str | None]  # whose time joins quotes and trades: "exchange" or "receive"
    bid_ticks: Final[int | None]
    bid_lots: Final[int | None]
    ask_ticks: Final[int | None]
    ask_lots: Final[int | None]
    mid_ht: Final[int | None]
    weighted_mid_num: Final[int | None]  # b * qa + a * qb, in ticks x lots
    weighted_mid_den: Final[int | None]  # qb + qa, in lots
    imbalance_ppm: Final[int | None]  # qb / (qb + qa)
    spread_ubps: Final[int | None]  # quoted, now
    spread_1s_ubps: Final[int | None]  # time-weighted, as the next two
    spread_10s_ubps: Final[int | None]
    spread_60s_ubps: Final[int | None]
    one_tick_60s_ppm: Final[int | None]  # share of time with a spread of one tick
    mid_changes_10s: Final[int | None]
    move_1s_ht: Final[int | None]  # signed: mid now less mid then
    move_10s_ht: Final[int | None]
    rv_10s_ht2: Final[int | None]  # sum of squared changes on the 1 s grid
    rv_60s_ht2: Final[int | None]
    trades_1s: Final[int | None]
    trades_10s: Final[int | None]
    trades_60s: Final[int | None]
    buy_1s_lots: Final[int | None]  # bought by aggressors
    buy_10s_lots: Final[int | None]
    buy_60s_lots: Final[int | None]
    sell_1s_lots: Final[int | None]
    sell_10s_lots: Final[int | None]
    sell_60s_lots: Final[int | None]
    trade_imbalance_10s_ppm: Final[int | None]  # (buy - sell) / (buy + sell), -1e6 .. 1e6
    quotes_1s: Final[int | None]
    quotes_10s: Final[int | None]
    quotes_60s: Final[int | None]
    ofi_1s_lots: Final[int | None]  # order-flow imbalance at the best level
    ofi_10s_lots: Final[int | None]
    depth_lots: Final[int | None]  # smaller best size, now
    depth_10s_lots: Final[int | None]  # time-weighted
    quote_age_ns: Final[int | None]
    link_age_ns: Final[int | None]
    link_p999_ns: Final[int | None]
    crossed_ns: Final[int | None]
    gap_ids_60s: Final[int]
    excess_ns: Final[int | None]  # newest, the largest of the streams
    excess_p50_10s_ns: Final[int | None]  # over the smallest of each 100 ms
    excess_p95_10s_ns: Final[int | None]
    excess_p99_10s_ns: Final[int | None]
    clock_jump_ns: Final[int]
    floor_drift_60s_ppm: Final[int | None]  # how fast the latency floor moved, last minute

    def __init__(
        self,
        *,
        time_ns: int,
        join: str | None,
        bid_ticks: int | None,
        bid_lots: int | None,
        ask_ticks: int | None,
        ask_lots: int | None,
        mid_ht: int | None,
        weighted_mid_num: int | None,
        weighted_mid_den: int | None,
        imbalance_ppm: int | None,
        spread_ubps: int | None,
        spread_1s_ubps: int | None,
        spread_10s_ubps: int | None,
        spread_60s_ubps: int | None,
        one_tick_60s_ppm: int | None,
        mid_changes_10s: int | None,
        move_1s_ht: int | None,
        move_10s_ht: int | None,
        rv_10s_ht2: int | None,
        rv_60s_ht2: int | None,
        trades_1s: int | None,
        trades_10s: int | None,
        trades_60s: int | None,
        buy_1s_lots: int | None,
        buy_10s_lots: int | None,
        buy_60s_lots: int | None,
        sell_1s_lots: int | None,
        sell_10s_lots: int | None,
        sell_60s_lots: int | None,
        trade_imbalance_10s_ppm: int | None,
        quotes_1s: int | None,
        quotes_10s: int | None,
        quotes_60s: int | None,
        ofi_1s_lots: int | None,
        ofi_10s_lots: int | None,
        depth_lots: int | None,
        depth_10s_lots: int | None,
        quote_age_ns: int | None,
        link_age_ns: int | None,
        link_p999_ns: int | None,
        crossed_ns: int | None,
        gap_ids_60s: int,
        excess_ns: int | None,
        excess_p50_10s_ns: int | None,
        excess_p95_10s_ns: int | None,
        excess_p99_10s_ns: int | None,
        clock_jump_ns: int,
        floor_drift_60s_ppm: int | None,
    ) -> None:
        self.time_ns = time_ns
        self.join = join
        self.bid_ticks = bid_ticks
        self.bid_lots = bid_lots
        self.ask_ticks = ask_ticks
        self.ask_lots = ask_lots
        self.mid_ht = mid_ht
        self.weighted_mid_num = weighted_mid_num
        self.weighted_mid_den = weighted_mid_den
        self.imbalance_ppm = imbalance_ppm
        self.spread_ubps = spread_ubps
        self.spread_1s_ubps = spread_1s_ubps
        self.spread_10s_ubps = spread_10s_ubps
        self.spread_60s_ubps = spread_60s_ubps
        self.one_tick_60s_ppm = one_tick_60s_ppm
        self.mid_changes_10s = mid_changes_10s
        self.move_1s_ht = move_1s_ht
        self.move_10s_ht = move_10s_ht
        self.rv_10s_ht2 = rv_10s_ht2
        self.rv_60s_ht2 = rv_60s_ht2
        self.trades_1s = trades_1s
        self.trades_10s = trades_10s
        self.trades_60s = trades_60s
        self.buy_1s_lots = buy_1s_lots
        self.buy_10s_lots = buy_10s_lots
        self.buy_60s_lots = buy_60s_lots
        self.sell_1s_lots = sell_1s_lots
        self.sell_10s_lots = sell_10s_lots
        self.sell_60s_lots = sell_60s_lots
        self.trade_imbalance_10s_ppm = trade_imbalance_10s_ppm
        self.quotes_1s = quotes_1s
        self.quotes_10s = quotes_10s
        self.quotes_60s = quotes_60s
        self.ofi_1s_lots = ofi_1s_lots
        self.ofi_10s_lots = ofi_10s_lots
        self.depth_lots = depth_lots
        self.depth_10s_lots = depth_10s_lots
        self.quote_age_ns = quote_age_ns
        self.link_age_ns = link_age_ns
        self.link_p999_ns = link_p999_ns
        self.crossed_ns = crossed_ns
        self.gap_ids_60s = gap_ids_60s
        self.excess_ns = excess_ns
        self.excess_p50_10s_ns = excess_p50_10s_ns
        self.excess_p95_10s_ns = excess_p95_10s_ns
        self.excess_p99_10s_ns = excess_p99_10s_ns
        self.clock_jump_ns = clock_jump_ns
        self.floor_drift_60s_ppm = floor_drift_60s_ppm
