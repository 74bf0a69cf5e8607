"""Funding of perpetual futures: when a position pays or receives a part of its value."""

from dataclasses import dataclass
from typing import Final

from tools.core.canon import Record
from tools.core.snapshots import Snapshot, read_int, read_text


@dataclass(init=False)
class Funding(Record):
    """One funding time of one instrument, known beforehand; no recording tells of it.

    `time_ns` is the venue's. `rate_ubps` is of the position's value, in 1e-10: where it is
    positive, longs pay shorts. `mark_ticks_e8` is the price that values it, in 1e-8 ticks;
    None for the venue's own mid of that moment.
    """

    symbol: Final[str]
    time_ns: Final[int]
    rate_ubps: Final[int]
    mark_ticks_e8: Final[int | None]

    def __init__(self, symbol: str, time_ns: int, rate_ubps: int, mark_ticks_e8: int | None = None) -> None:
        self.symbol = symbol
        self.time_ns = time_ns
        self.rate_ubps = rate_ubps
        self.mark_ticks_e8 = mark_ticks_e8


@dataclass(init=False)
class FundingReport(Record):
    """What a venue tells an account that held something at a funding time.

    It is no execution: nothing was traded, and no position changes. `exec_id` is its own, from
    the same count; `position_lots` is what the venue held for the account at `time_ns`.
    """

    exec_id: Final[str]
    symbol: Final[str]
    time_ns: Final[int]
    position_lots: Final[int]
    rate_ubps: Final[int]
    mark_ticks_e8: Final[int]

    def __init__(
        self,
        exec_id: str,
        symbol: str,
        time_ns: int,
        position_lots: int,
        rate_ubps: int,
        mark_ticks_e8: int,
    ) -> None:
        self.exec_id = exec_id
        self.symbol = symbol
        self.time_ns = time_ns
        self.position_lots = position_lots
        self.rate_ubps = rate_ubps
        self.mark_ticks_e8 = mark_ticks_e8


def funding_report_from(saved: Snapshot) -> FundingReport:
    """Return the report of which `saved` holds the fields."""
    return FundingReport(
        read_text(saved, "exec_id"),
        read_text(saved, "symbol"),
        read_int(saved, "time_ns"),
        read_int(saved, "position_lots"),
        read_int(saved, "rate_ubps"),
        read_int(saved, "mark_ticks_e8"),
    )
