"""Hard caps: limits that no baseline can move, judged at every evaluation.

An adaptive baseline gets used to a slow decline; these do not. They also say which input is
missing. Where a learnt figure widens a cap (the link's own gaps, the 24 h spread) and is
not known, the fixed part alone holds.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.errors import ConfigError
from tools.core.market import MarketState
from tools.core.units import NS_PER_S, UBPS_ONE, UBPS_PER_BPS
from tools.core.verdicts import Evidence


class Reason(StrEnum):
    """Which cap, or which missing input."""

    DISCONNECTED = "DISCONNECTED"  # the feed said that the link is down
    LINK_STALE = "LINK_STALE"  # nothing at all has come for too long
    QUOTES_STALE = "QUOTES_STALE"  # quotes stopped while something else still comes
    TRADES_STALE = "TRADES_STALE"  # trades stopped while something else still comes
    CROSSED_BOOK = "CROSSED_BOOK"  # bid at or above ask for too long
    LATENCY_CAP = "LATENCY_CAP"  # the newest message came too late
    SPREAD_CAP = "SPREAD_CAP"  # the spread of the last second is too wide
    MOVE_CAP = "MOVE_CAP"  # the mid moved too far within a second
    LINK_MISSING = "LINK_MISSING"  # no message was seen yet
    QUOTES_MISSING = "QUOTES_MISSING"  # no quote was seen yet
    TRADES_MISSING = "TRADES_MISSING"  # no trade was seen yet
    LATENCY_MISSING = "LATENCY_MISSING"  # excess latency cannot be known
    SPREAD_MISSING = "SPREAD_MISSING"  # the spread of the last second cannot be known
    MOVE_MISSING = "MOVE_MISSING"  # the move of the last second cannot be known
    INPUT_MISSING = "INPUT_MISSING"  # an input that no other reason names


_STREAMS: Final[dict[str, Reason]] = {
    "quotes": Reason.QUOTES_MISSING,
    "trades": Reason.TRADES_MISSING,
    "latency": Reason.LATENCY_MISSING,
}
_MISSING: Final[dict[Reason, str]] = {
    Reason.LINK_MISSING: "link_age_ns",
    Reason.QUOTES_MISSING: "quotes_1s",
    Reason.TRADES_MISSING: "trades_1s",
    Reason.LATENCY_MISSING: "excess_ns",
    Reason.SPREAD_MISSING: "spread_1s_ubps",
    Reason.MOVE_MISSING: "move_1s_ubps",
    Reason.INPUT_MISSING: "input",
}


@dataclass(frozen=True, kw_only=True)
class CapsConfig:
    """Limits; a figure that reaches its limit trips it.

    Parameters
    ----------
    spread_multiple
        Of the 24 h median of the one-second spread.
    spread_floor_major_ubps, spread_floor_minor_ubps
        The spread cap is never below this, by profile.
    link_age_ns, link_multiple
        The cap on link age is the larger of the time and the multiple of the link's own
        99.9 % gap.
    quote_age_ns, trade_age_ns, stream_multiple
        The same for quotes and for prints, each against its own 99.9 % gap: a stream that
        died while others speak. Prints may pause for longer than quotes.
    excess_ns
        Newest excess latency.
    move_major_ubps, move_minor_ubps
        Move of the mid within one second, relative to the mid.
    crossed_ns
        How long the book may stay crossed or locked.
    """

    spread_multiple: int = 5
    spread_floor_major_ubps: int = 10 * UBPS_PER_BPS
    spread_floor_minor_ubps: int = 100 * UBPS_PER_BPS
    link_age_ns: int = 3 * NS_PER_S
    link_multiple: int = 3
    quote_age_ns: int = 10 * NS_PER_S
    trade_age_ns: int = 60 * NS_PER_S
    stream_multiple: int = 10
    excess_ns: int = 2 * NS_PER_S
    move_major_ubps: int = 50 * UBPS_PER_BPS
    move_minor_ubps: int = 300 * UBPS_PER_BPS
    crossed_ns: int = NS_PER_S

    def __post_init__(self) -> None:
        for name, value in (
            ("spread_multiple", self.spread_multiple),
            ("spread_floor_major_ubps", self.spread_floor_major_ubps),
            ("spread_floor_minor_ubps", self.spread_floor_minor_ubps),
            ("link_age_ns", self.link_age_ns),
            ("link_multiple", self.link_multiple),
            ("quote_age_ns", self.quote_age_ns),
            ("trade_age_ns", self.trade_age_ns),
            ("stream_multiple", self.stream_multiple),
            ("excess_ns", self.excess_ns),
            ("move_major_ubps", self.move_major_ubps),
            ("move_minor_ubps", self.move_minor_ubps),
            ("crossed_ns", self.crossed_ns),
        ):
            if value < 1:
                raise ConfigError(f"regime.caps.{name}: must be positive, not {value}")


class HardCaps:
    """The caps of one instrument; holds no state."""

    def __init__(self, config: CapsConfig, profile: str) -> None:
        minor = profile == "minor"
        self._spread_multiple: Final = config.spread_multiple
        self._spread_floor_ubps: Final = (
            config.spread_floor_minor_ubps if minor else config.spread_floor_major_ubps
        )
        self._link_age_ns: Final = config.link_age_ns
        self._link_multiple: Final = config.link_multiple
        self._quote_age_ns: Final = config.quote_age_ns
        self._trade_age_ns: Final = config.trade_age_ns
        self._stream_multiple: Final = config.stream_multiple
        self._excess_ns: Final = config.excess_ns
        self._move_ubps: Final = config.move_minor_ubps if minor else config.move_major_ubps
        self._crossed_ns: Final = config.crossed_ns

    def judge(self, state: MarketState) -> Reason | None:
        """Return the first cap that is tripped or input that is missing, or None.

        A figure that merely needs more time (the first second's spread) is not missing
        before the state is warm.
        """
        if state.disconnected:
            return Reason.DISCONNECTED
        link_age_ns = state.link_age_ns
        if link_age_ns is None:
            return Reason.LINK_MISSING
        if link_age_ns >= self._link_age_ns and link_age_ns >= self.link_limit_ns(state):
            return Reason.LINK_STALE
        age_ns = state.quote_age_ns
        if age_ns is not None and age_ns >= self._quote_age_ns and age_ns >= self.quote_limit_ns(state):
            return Reason.QUOTES_STALE
        age_ns = state.trade_age_ns
        if age_ns is not None and age_ns >= self._trade_age_ns and age_ns >= self.trade_limit_ns(state):
            return Reason.TRADES_STALE
        crossed_ns = state.crossed_ns
        if crossed_ns is not None and crossed_ns >= self._crossed_ns:
            return Reason.CROSSED_BOOK
        if state.missing:
            return _missing_stream(state.missing)
        if state.quote_age_ns is None:
            return Reason.QUOTES_MISSING
        if state.trade_age_ns is None:
            return Reason.TRADES_MISSING
        excess_ns = state.excess_ns
        if excess_ns is None:
            return Reason.LATENCY_MISSING if state.warm else None
        if excess_ns >= self._excess_ns:
            return Reason.LATENCY_CAP
        spread_ubps = state.spread_1s_ubps
        if spread_ubps is None:
            return Reason.SPREAD_MISSING if state.warm else None
        if spread_ubps >= self._spread_floor_ubps and spread_ubps >= self.spread_limit_ubps(state):
            return Reason.SPREAD_CAP
        move_ht = state.move_1s_ht
        mid_ht = state.mid_ht
        if move_ht is None or mid_ht is None:
            return Reason.MOVE_MISSING if state.warm else None
        if move_ht * UBPS_ONE >= self._move_ubps * mid_ht:
            return Reason.MOVE_CAP
        return None

    def link_limit_ns(self, state: MarketState) -> int:
        """Return the cap on link age now in force."""
        gap_ns = state.link_p999_ns
        if gap_ns is None:
            return self._link_age_ns
        return max(self._link_age_ns, self._link_multiple * gap_ns)

    def quote_limit_ns(self, state: MarketState) -> int:
        """Return the cap on the age of the last quote now in force."""
        return max(self._quote_age_ns, self._stream_multiple * (state.quote_p999_ns or 0))

    def trade_limit_ns(self, state: MarketState) -> int:
        """Return the cap on the age of the last print now in force."""
        return max(self._trade_age_ns, self._stream_multiple * (state.trade_p999_ns or 0))

    def spread_limit_ubps(self, state: MarketState) -> int:
        """Return the cap on the one-second spread now in force."""
        base_ubps = state.spread_base_24h_ubps
        if base_ubps is None:
            return self._spread_floor_ubps
        return max(self._spread_floor_ubps, self._spread_multiple * base_ubps)

    def bounds(self, state: MarketState) -> tuple[Evidence, ...]:
        """Return every capped figure with the limit now in force; None where it is unknown."""
        move_ubps: int | None = None
        if state.move_1s_ht is not None and state.mid_ht is not None and state.mid_ht > 0:
            move_ubps = state.move_1s_ht * UBPS_ONE // state.mid_ht
        return (
            ("disconnected", 1 if state.disconnected else 0, 1),
            ("link_age_ns", state.link_age_ns, self.link_limit_ns(state)),
            ("crossed_ns", 0 if state.crossed_ns is None else state.crossed_ns, self._crossed_ns),
            ("excess_ns", state.excess_ns, self._excess_ns),
            ("spread_1s_ubps", state.spread_1s_ubps, self.spread_limit_ubps(state)),
            ("move_1s_ubps", move_ubps, self._move_ubps),
            ("quote_age_ns", state.quote_age_ns, self.quote_limit_ns(state)),
            ("trade_age_ns", state.trade_age_ns, self.trade_limit_ns(state)),
        )

    def evidence(self, reason: Reason, state: MarketState) -> tuple[Evidence, ...]:
        """Return the figure behind a reason."""
        if reason in _MISSING:
            return ((_MISSING[reason], None, None),)
        index = _BOUND_OF[reason]
        return (self.bounds(state)[index],)


# Where `HardCaps.bounds` has the figure of a reason.
_BOUND_OF: Final[dict[Reason, int]] = {
    Reason.DISCONNECTED: 0,
    Reason.LINK_STALE: 1,
    Reason.CROSSED_BOOK: 2,
    Reason.LATENCY_CAP: 3,
    Reason.SPREAD_CAP: 4,
    Reason.MOVE_CAP: 5,
    Reason.QUOTES_STALE: 6,
    Reason.TRADES_STALE: 7,
}


def is_missing(reason: Reason) -> bool:
    """Return True if a reason says that an input is missing rather than out of bounds."""
    return reason in _MISSING


def is_silent(reason: Reason | None) -> bool:
    """Return True if a reason says that the link or a stream is dead: nothing is to be learnt then."""
    return (
        reason is Reason.DISCONNECTED
        or reason is Reason.LINK_STALE
        or reason is Reason.QUOTES_STALE
        or reason is Reason.TRADES_STALE
        or reason is Reason.LINK_MISSING
    )


def _missing_stream(missing: tuple[str, ...]) -> Reason:
    for name, reason in _STREAMS.items():
        if name in missing:
            return reason
    return Reason.INPUT_MISSING
