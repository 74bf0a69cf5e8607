"""Several accounts at one venue: paths that share its queue, its prints and what is taken from its books.

A path alone drives its exchange through time. Here the venue is driven once for all of them: at every
instant at which something arrives, each account in turn hears what was reported to it, in the
order in which the accounts were named, before the venue goes on.
"""

from collections.abc import Sequence
from typing import Final

from tools.core.events import Depth, Quote, Trade
from tools.core.funding import Funding
from tools.core.market import MarketState
from tools.live.paper_exchange import PaperExchange
from tools.live.path import Path


class Accounts:
    """What a session does to a path, done to paths that trade at one venue.

    Parameters
    ----------
    exchange
        The venue.
    paths
        Made for it, each under a name of its own.
    """

    def __init__(self, exchange: PaperExchange, paths: Sequence[Path]) -> None:
        self._exchange: Final = exchange
        self._paths: Final = tuple(paths)

    def on_venue(self, event: Quote | Trade | Depth, venue_ns: int, seq: int) -> None:
        """Let the venue see what happened there, once its earlier answers are booked."""
        self.answers(venue_ns, seq)
        self._exchange.on_market(event, venue_ns)
        if isinstance(event, Quote):
            for path in self._paths:
                path.books.seq = seq
                path.books.on_venue_quote(event.symbol, event.bid_ticks, event.ask_ticks, venue_ns)

    def on_funding(self, funding: Funding, seq: int) -> None:
        """Let the venue fund what every account holds, once its earlier answers are booked."""
        self.answers(funding.time_ns, seq)
        self._exchange.on_funding(funding)
        for path in self._paths:
            path.note_funding(funding)

    def on_quote(self, quote: Quote) -> None:
        """Show an accepted quote to every account."""
        for path in self._paths:
            path.on_quote(quote)

    def answers(self, until_ns: int, seq: int) -> None:
        """Book what the venue has to say before `until_ns`, each answer at its own time."""
        due_ns = self._exchange.next_due_ns()
        while due_ns is not None and due_ns < until_ns:
            self.turn(due_ns, seq)
            due_ns = self._exchange.next_due_ns()

    def turn(self, now_ns: int, seq: int) -> None:
        """Let time pass for every account.

        What one asks for may be answered to another at this very instant, where nothing takes
        time: so until nobody has anything to hear.
        """
        for path in self._paths:
            path.turn(now_ns, seq)
        while self._exchange.waiting:
            for path in self._paths:
                path.turn(now_ns, seq)

    def tick(self, now_ns: int) -> None:
        """Let the risk of every account look at the time."""
        for path in self._paths:
            path.tick(now_ns)

    def act(self, key: str, state: MarketState, now_ns: int, seq: int) -> None:
        """Let every account decide on the state of a market, and act on it."""
        for path in self._paths:
            path.act(key, state, now_ns, seq)

    def finish(self, until_ns: int, seq: int, last_ns: int) -> None:
        """Wait for the answers under way to anybody, then close the books of every account."""
        self.answers(until_ns, seq)
        for path in self._paths:
            path.finish(until_ns, seq, last_ns)
