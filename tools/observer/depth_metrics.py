"""The figures of depth, cancels, flicker and resiliency at one moment."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record


@dataclass(init=False)
class DepthMetrics(Record):
    """What `DepthView` measures, as of `time_ns`.

    Windows are ``(t - w, t]``; the unit of a figure ends its name, the window or the distance
    stands before it. None means that the figure cannot be known: the book is not LIVE or does
    not reach so far, nothing of the kind happened, or the window is longer than what was
    seen. Removals and improvements enter a window when they are decided, 200 ms after they
    were received (see `tools.observer.best_flow`).
    """

    time_ns: Final[int]  # when these figures hold
    book_state: Final[str]  # of `BookState`
    book_age_ns: Final[int | None]  # since the last update that the LIVE book took in
    bid_1bps_htl: Final[int | None]  # value of the bids within 1 bps of the mid of the LIVE book
    ask_1bps_htl: Final[int | None]
    bid_5bps_htl: Final[int | None]  # within 5 bps
    ask_5bps_htl: Final[int | None]
    bid_10bps_htl: Final[int | None]  # within 10 bps
    ask_10bps_htl: Final[int | None]
    best_10s_lots: Final[int | None]  # smaller best size, time-weighted; quotes only, as all below
    best_10s_htl: Final[int | None]  # smaller best size x mid, time-weighted
    cancelled_60s_lots: Final[int | None]  # left an unchanged best price, no print explains it
    matched_60s_lots: Final[int | None]  # left an unchanged best price by prints
    cancel_share_60s_ppm: Final[int | None]  # cancelled / (cancelled + matched)
    improvements_60s: Final[int | None]  # improvements of a best price that ended
    improvement_life_60s_ns: Final[int | None]  # median
    fleeting_60s_ppm: Final[int | None]  # share below 100 ms among those that no print reached
    fleeting_any_60s_ppm: Final[int | None]  # share below 100 ms among all
    sweeps_600s: Final[int | None]  # orders that printed at two prices or more
    resiliency_600s_ns: Final[int | None]  # median time for the spread to return to its 60 s median
    recovering_ns: Final[int | None]  # since the sweep whose recovery is under way
    joined_by: Final[str | None]  # EXCHANGE or RECEIVE time joins quotes and prints

    def __init__(
        self,
        *,
        time_ns: int,
        book_state: str,
        book_age_ns: int | None,
        bid_1bps_htl: int | None,
        ask_1bps_htl: int | None,
        bid_5bps_htl: int | None,
        ask_5bps_htl: int | None,
        bid_10bps_htl: int | None,
        ask_10bps_htl: int | None,
        best_10s_lots: int | None,
        best_10s_htl: int | None,
        cancelled_60s_lots: int | None,
        matched_60s_lots: int | None,
        cancel_share_60s_ppm: int | None,
        improvements_60s: int | None,
        improvement_life_60s_ns: int | None,
        fleeting_60s_ppm: int | None,
        fleeting_any_60s_ppm: int | None,
        sweeps_600s: int | None,
        resiliency_600s_ns: int | None,
        recovering_ns: int | None,
        joined_by: str | None,
    ) -> None:
        self.time_ns = time_ns
        self.book_state = book_state
        self.book_age_ns = book_age_ns
        self.bid_1bps_htl = bid_1bps_htl
        self.ask_1bps_htl = ask_1bps_htl
        self.bid_5bps_htl = bid_5bps_htl
        self.ask_5bps_htl = ask_5bps_htl
        self.bid_10bps_htl = bid_10bps_htl
        self.ask_10bps_htl = ask_10bps_htl
        self.best_10s_lots = best_10s_lots
        self.best_10s_htl = best_10s_htl
        self.cancelled_60s_lots = cancelled_60s_lots
        self.matched_60s_lots = matched_60s_lots
        self.cancel_share_60s_ppm = cancel_share_60s_ppm
        self.improvements_60s = improvements_60s
        self.improvement_life_60s_ns = improvement_life_60s_ns
        self.fleeting_60s_ppm = fleeting_60s_ppm
        self.fleeting_any_60s_ppm = fleeting_any_60s_ppm
        self.sweeps_600s = sweeps_600s
        self.resiliency_600s_ns = resiliency_600s_ns
        self.recovering_ns = recovering_ns
        self.joined_by = joined_by
