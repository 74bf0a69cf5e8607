"""Ghost orders of no size in a market by order: what truly became of them, and what models say.

A ghost is one lot that nobody sees. Each is followed by its own instances of every model, so
that ghosts do not compete; an instance starts with what a model without orders has seen. There
are two sets of instances: at L1 they see quotes and prints, at L2 the book by level too.
"""

from collections.abc import Sequence
from typing import Any, Final

from tools.core.events import Quote, Side, Trade
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.execution.fill_model import FillModel, Resting
from tools.execution.fills import level3, optimistic, power, risk_averse, through, touch
from tools.execution.order_events import OrderEvent, OrderEventKind
from tools.execution.venue_book import VenueBook
from tools.lab.truth.depth import DepthFeed
from tools.lab.truth.market import MarketByOrder

LIFE_NS: Final = 30 * NS_PER_S
MARKOUT_NS: Final = 5 * NS_PER_S
BATCH_NS: Final = 100 * NS_PER_MS
"""Between two updates by level, as on Binance spot."""

Name = tuple[str, str]
"""Who says it, and what he sees: one of `L1`, `L2`, `L3`, then a model or the truth."""

L1: Final = "L1"
L2: Final = "L2"
L3: Final = "L3"
FEEDS: Final = (L1, L2)

MODELS: Final[dict[str, tuple[Any, Any]]] = {
    "through": (through, through.Config()),
    "risk_averse": (risk_averse, risk_averse.Config()),
    "power_3": (power, power.Config(exponent=3)),
    "power_1": (power, power.Config(exponent=1)),
    "optimistic": (optimistic, optimistic.Config()),
    "touch": (touch, touch.Config()),
}
"""The models that see no order ids, from the one that fills least to the most."""

LEVEL3: Final = (L3, "level3")
TRUTH: Final = (L3, "truth")


class Probe:
    """One ghost: where it rests, and when each model and the truth filled it.

    `behind_ticks` is how far behind the best it came to rest, negative inside the spread.
    """

    def __init__(self, side: Side, price_ticks: int, rested_ns: int, behind_ticks: int) -> None:
        self.side: Final = side
        self.price_ticks: Final = price_ticks
        self.rested_ns: Final = rested_ns
        self.behind_ticks: Final = behind_ticks
        self.filled_ns: Final[dict[Name, int]] = {}
        self.markout_ht: Final[dict[Name, int]] = {}  # of each fill, 5 s after it


class View:
    """What one feed shows: its book, and models (some of `MODELS`) as they are without orders."""

    def __init__(self, feed: str, names: Sequence[str]) -> None:
        self.feed: Final = feed
        self.book: Final = VenueBook()
        self.bare: Final[dict[Name, FillModel]] = {(feed, name): _built(name) for name in names}

    def models(self, order: Resting) -> dict[Name, FillModel]:
        """Return models of their own for an order that comes to rest."""
        out: dict[Name, FillModel] = {}
        for key, bare in self.bare.items():
            model = _built(key[1])
            model.restore(bare.snapshot())
            model.on_rest(order, self.book)
            out[key] = model
        return out


def _built(name: str) -> FillModel:
    module, config = MODELS[name]
    model: FillModel = module.build(config)
    return model


class _Live:
    """A probe that rests, with its models by feed and what is known of its true place."""

    def __init__(
        self, probe: Probe, ends_ns: int, ahead_lots: int, last_number: int, real_id: int | None
    ) -> None:
        self.probe: Final = probe
        self.ends_ns = ends_ns
        self.ahead_lots = ahead_lots
        self.last_number: Final = last_number
        self.real_id: Final = real_id
        self.models: Final[dict[str, dict[Name, FillModel]]] = {}
        self.level3: level3.Level3 | None = None

    @property
    def settled(self) -> bool:
        """True once the truth and every model have filled it."""
        if self.level3 is not None or TRUTH not in self.probe.filled_ns:
            return False
        return not any(self.models.values())


class Trial:
    """Runs a market by order past the models.

    `probes` are those that have ended, with their markouts once `MARKOUT_NS` has passed.
    `batch_ns` is between two updates by level; 0 for one after every cause.
    """

    def __init__(self, batch_ns: int = BATCH_NS) -> None:
        self.market: Final = MarketByOrder()
        self.probes: Final[list[Probe]] = []
        self._views: Final = [View(feed, tuple(MODELS)) for feed in FEEDS]
        self._depths: Final = DepthFeed(self.market, batch_ns)
        self._bare3: Final = level3.build(level3.Config())
        self._numbers: Final[dict[int, int]] = {}  # of orders, as they came
        self._count = 0
        self._live: list[_Live] = []
        self._due: Final[list[tuple[int, Probe, Name]]] = []
        self._head = 0

    @property
    def usable(self) -> bool:
        """True once both sides of the market are there."""
        return self._views[0].book.usable

    def place(
        self, side: Side, price_ticks: int, now_ns: int, ends_ns: int, real_id: int | None = None
    ) -> None:
        """Let a ghost come to rest behind all that rests at its price, in a market that is usable.

        With `real_id` it stands where that order, which comes next, will: its fate is the
        order's first fill, and it ends where the order is taken back.
        """
        self._tell_depth(now_ns)
        best_ticks = self.market.best_ticks(side) or price_ticks
        behind_ticks = best_ticks - price_ticks if side is Side.BUY else price_ticks - best_ticks
        probe = Probe(side, price_ticks, now_ns, behind_ticks)
        live = _Live(probe, ends_ns, self.market.lots_at(side, price_ticks), self._count, real_id)
        order = Resting("G", side, price_ticks, 1, now_ns)
        for view in self._views:
            live.models[view.feed] = view.models(order)
        live.level3 = level3.build(level3.Config())
        live.level3.restore(self._bare3.snapshot())
        live.level3.on_rest(order, self._views[0].book)
        self._live.append(live)

    def withdraw(self) -> None:
        """Drop every ghost that rests, unscored."""
        self._live = []

    def step(self, events: list[OrderEvent]) -> None:
        """Let one cause happen: the truth, then its prints, then the quote that shows it.

        Updates by level that were due before it come before it; the models hear of them with
        the next quote, as in a replay.
        """
        now_ns = events[-1].time_ns
        self._pass_time(now_ns)
        self._tell_depth(now_ns)
        for event in events:
            self._bare3.on_order(event)
            if event.kind is OrderEventKind.ADDED:
                self._count += 1
                self._numbers[event.order_id] = self._count
        for live in self._live:
            for event in events:
                self._befall(live, event)
        prints, quote = self.market.apply(events)
        self._depths.note(events)
        for print_ in prints:
            self._print(print_, now_ns)
        if quote is not None:
            for view in self._views:
                self._quote(view, quote, now_ns)
        self._retire()

    def _quote(self, view: View, quote: Quote, now_ns: int) -> None:
        book = view.book
        book.on_quote(quote)
        for model in view.bare.values():
            model.on_quote(book, now_ns)
        for live in self._live:
            filled = [name for name, model in live.models[view.feed].items() if model.on_quote(book, now_ns)]
            for name in filled:
                self._filled(live, name, now_ns)

    def _tell_depth(self, now_ns: int) -> None:
        """Give the updates by level that are due to the book of the feed that has them."""
        book = self._views[-1].book
        live = book.depth is not None and book.depth.live
        for event in self._depths.due(now_ns, live):
            book.on_depth(event, event.recv_ns)

    def finish(self) -> list[Probe]:
        """End every ghost that still rests; return all that were placed and not withdrawn."""
        self.probes.extend(live.probe for live in self._live)
        self._live = []
        return self.probes

    def _retire(self) -> None:
        """Let go of the ghosts about which nothing can change any more."""
        settled = [live.probe for live in self._live if live.settled]
        if settled:
            self.probes.extend(settled)
            self._live = [live for live in self._live if not live.settled]

    def _befall(self, live: _Live, event: OrderEvent) -> None:
        """Follow the true fate of a ghost."""
        probe = live.probe
        if live.level3 is not None and (event.side is probe.side or event.kind is OrderEventKind.ADDED):
            if live.level3.on_order(event):
                live.level3 = None
                self._filled(live, LEVEL3, event.time_ns)
        if TRUTH in probe.filled_ns:
            return
        if live.real_id is not None:
            if event.order_id == live.real_id:
                if event.kind is OrderEventKind.TRADED:
                    self._filled(live, TRUTH, event.time_ns)
                elif event.kind is OrderEventKind.CANCELED and event.lots == self.market.open_lots(
                    event.order_id
                ):
                    live.ends_ns = event.time_ns - 1  # what else happens at that instant comes after it
            return
        sign = 1 if probe.side is Side.BUY else -1
        beyond_ticks = sign * (probe.price_ticks - event.price_ticks)
        if event.kind is OrderEventKind.ADDED:
            if event.side is not probe.side and beyond_ticks >= 0:
                self._filled(live, TRUTH, event.time_ns)
        elif event.side is probe.side:
            before = self._numbers[event.order_id] <= live.last_number
            if beyond_ticks == 0 and before:
                live.ahead_lots -= event.lots
            elif beyond_ticks >= 0 and event.kind is OrderEventKind.TRADED:
                self._filled(live, TRUTH, event.time_ns)

    def _print(self, print_: Trade, now_ns: int) -> None:
        for view in self._views:
            for model in view.bare.values():
                model.on_trade(print_, now_ns)
        for live in self._live:
            if (live.probe.side is Side.SELL) is not print_.buyer_aggressor:
                continue
            for models in live.models.values():
                filled = [name for name, model in models.items() if model.on_trade(print_, now_ns)]
                for name in filled:
                    self._filled(live, name, now_ns)

    def _filled(self, live: _Live, name: Name, now_ns: int) -> None:
        live.probe.filled_ns[name] = now_ns
        models = live.models.get(name[0])
        if models is not None:
            models.pop(name, None)
        self._due.append((now_ns + MARKOUT_NS, live.probe, name))

    def _pass_time(self, now_ns: int) -> None:
        """End ghosts whose life is over before `now_ns`, and take the markouts that are due."""
        mid_ht = self.market.mid_ht
        while self._head < len(self._due) and self._due[self._head][0] < now_ns:
            _, probe, name = self._due[self._head]
            self._head += 1
            if mid_ht is not None:
                gain_ht = mid_ht - 2 * probe.price_ticks
                probe.markout_ht[name] = gain_ht if probe.side is Side.BUY else -gain_ht
        ended = [live for live in self._live if live.ends_ns < now_ns]
        if ended:
            self._live = [live for live in self._live if live.ends_ns >= now_ns]
        self.probes.extend(live.probe for live in ended)
