"""A feed on two clocks: what the venue did, when it did it, ahead of when we heard of it.

An order meets the market that is there when it arrives, and not the one that our screen showed.
So each quote and print, and each depth message where levels are asked for, comes twice: for the
venue at its venue time, and for us, as every other event, at its receive time. At the same instant
the venue comes first; of equal venue times a trade comes before a quote, which already shows what
the trade has left. Funding times, which no feed tells of, come among the venue's events at theirs,
before all else of that instant.

Messages of one instant arrive over a while, so the feed reads ahead: an event is handed out
once everything within `look_ahead_ns` after it has been read. A message that was later than that,
or than `max_events` others, is handed to the venue as soon as it may be, and counted
(`late`). Both bounds are properties of the recording, not of how it is cut into blocks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tools.core.errors import ConfigError
from tools.core.events import Depth, FeedStatus, MarketEvent, Quote, Trade
from tools.core.funding import Funding
from tools.core.units import NS_PER_S
from tools.observer import LatencyConfig
from tools.observer.venue_time import REFUSED, VenueEvent, VenueTime

LOCAL: Final = -1
"""In place of a venue time: the event is ours, at its receive time."""

Timed = tuple[MarketEvent | Funding, int]
"""An event, and when it happened at the venue or `LOCAL`; funding is the venue's alone."""

_Waiting = tuple[int, bool, int, VenueEvent | Funding]  # (venue_ns, is no trade, number, event)


@dataclass(frozen=True, kw_only=True)
class TwoClocksConfig:
    """How far a feed reads ahead.

    Parameters
    ----------
    look_ahead_ns
        A message may be this much later than its event and still reach the venue in time.
    max_events
        Nor may it come after more than this many others: a bound of memory in a flood.
    levels
        Read the levels of depth messages and show them to the venue, so that an order that
        takes can reach beyond the best, and the queue of one that rests behind it has a
        bound. Takes a replay longer.
    """

    look_ahead_ns: int = 2 * NS_PER_S
    max_events: int = 20_000
    levels: bool = False

    def __post_init__(self) -> None:
        if self.look_ahead_ns < 0:
            raise ConfigError(f"two_clocks.look_ahead_ns: must not be negative, not {self.look_ahead_ns}")
        if self.max_events < 1:
            raise ConfigError(f"two_clocks.max_events: must be at least 1, not {self.max_events}")


class TwoClocks:
    """Events of a feed on both clocks, in order.

    Parameters
    ----------
    next_batch
        Of the feed: its next events in the order of their receive times; none at its end.
    latency
        As the observer is configured.
    config
        Defaults if not given.
    fundings
        Known beforehand, in order. Those before the first event of the feed or after its last
        are not handed out.

    Notes
    -----
    `late` counts the events that reached the venue later than they happened there, `depths` the
    depth messages that it was shown.
    """

    def __init__(
        self,
        next_batch: Callable[[], list[MarketEvent]],
        latency: LatencyConfig | None = None,
        config: TwoClocksConfig | None = None,
        fundings: Sequence[Funding] = (),
    ) -> None:
        self.config: Final = TwoClocksConfig() if config is None else config
        self._fundings = list(fundings)  # not yet among the venue's
        self.late = 0
        self.depths = 0
        self._next_batch: Final = next_batch
        self._latency: Final = LatencyConfig() if latency is None else latency
        self._times: Final[dict[str, VenueTime]] = {}
        self._local: list[MarketEvent] = []  # read, and not handed out
        self._venue: list[_Waiting] = []  # of these; sorted
        self._number = 0
        self._fundings_before = 0  # the first event
        self._ended = False

    def join(self, key: str) -> str | None:
        """Return whose time orders an instrument's quotes and prints, as `VenueTime.join` says."""
        clock = self._times.get(key)
        return None if clock is None else clock.join

    def fundings_left(self) -> int:
        """Return how many funding times were not handed out, so far or as outside of the feed."""
        waiting = [item for item in self._venue if isinstance(item[3], Funding)]
        return self._fundings_before + len(self._fundings) + len(waiting)

    def next_batch(self) -> list[Timed]:
        """Return the next events, at least one; an empty list when there are no more."""
        while not self._ended:
            batch = self._next_batch()
            if not batch:
                self._ended = True
                break
            self._read(batch)
            out = self._due(self._horizon_ns())
            if out:
                return out
        out = self._due(None)
        return out

    def _read(self, batch: list[MarketEvent]) -> None:
        """Take events in, and find out when the venue did what they tell."""
        local, venue, times = self._local, self._venue, self._times
        look_ahead_ns = self.config.look_ahead_ns
        behind = self.config.max_events
        levels = self.config.levels
        index = len(local)
        number = self._number
        local += batch
        if self._fundings:
            self._read_fundings(batch[0].recv_ns)
        for event in batch:
            if isinstance(event, (Quote, Trade)) or (levels and isinstance(event, Depth)):
                clock = times.get(event.symbol)
                if clock is None:
                    clock = times[event.symbol] = VenueTime(self._latency)
                venue_ns = clock.of(event)
                if venue_ns != REFUSED:
                    soonest_ns = event.recv_ns - look_ahead_ns
                    if index >= behind and local[index - behind].recv_ns > soonest_ns:
                        soonest_ns = local[index - behind].recv_ns
                    if venue_ns < soonest_ns:
                        venue_ns = soonest_ns
                        self.late += 1
                    if isinstance(event, Depth):
                        self.depths += 1
                    venue.append((venue_ns, not isinstance(event, Trade), number, event))
                    number += 1
            elif isinstance(event, FeedStatus):
                for key, clock in times.items():
                    if event.symbol in ("", key):
                        clock.on_status(event)
            index += 1
        self._number = number
        venue.sort()  # it nearly is

    def _read_fundings(self, first_ns: int) -> None:
        """Put the funding times among the venue's events, but for those before the first event."""
        for at, funding in enumerate(self._fundings, -len(self._fundings)):
            if funding.time_ns < first_ns:
                self._fundings_before += 1
            else:
                self._venue.append((funding.time_ns, False, at, funding))
        self._fundings = []

    def _horizon_ns(self) -> int:
        """Return the time from which on what is still to be read may belong."""
        local = self._local
        horizon_ns = local[-1].recv_ns - self.config.look_ahead_ns
        beyond = len(local) - self.config.max_events
        if beyond >= 0 and local[beyond].recv_ns > horizon_ns:
            horizon_ns = local[beyond].recv_ns
        return horizon_ns

    def _due(self, horizon_ns: int | None) -> list[Timed]:
        """Hand out what lies before the horizon, in order; everything if there is none."""
        local, venue = self._local, self._venue
        out: list[Timed] = []
        append = out.append
        at = 0
        count = len(venue)
        done = 0
        for event in local:
            now_ns = event.recv_ns
            if horizon_ns is not None and now_ns >= horizon_ns:
                break
            while at < count and venue[at][0] <= now_ns:
                append((venue[at][3], venue[at][0]))
                at += 1
            append((event, LOCAL))
            done += 1
        del local[:done]
        del venue[:at]
        return out
