"""Ghost orders of no size in a market by order: what truly became of them, and what models say.

A ghost is one lot that nobody sees. Each is followed by its own instances of every model, so
that ghosts do not compete; an instance starts with what a model without orders has seen.
"""

from typing import Any, Final

from tools.core.events import Side, Trade
from tools.core.units import NS_PER_S
from tools.execution.fill_model import FillModel, Resting
from tools.execution.fills import level3, optimistic, power, risk_averse, through, touch
from tools.execution.order_events import OrderEvent, OrderEventKind
from tools.execution.venue_book import VenueBook
from tools.lab.truth.market import MarketByOrder

LIFE_NS: Final = 30 * NS_PER_S
MARKOUT_NS: Final = 5 * NS_PER_S

MODELS: Final[dict[str, tuple[Any, Any]]] = {
    "through": (through, through.Config()),
    "risk_averse": (risk_averse, risk_averse.Config()),
    "power_3": (power, power.Config(exponent=3)),
    "power_1": (power, power.Config(exponent=1)),
    "optimistic": (optimistic, optimistic.Config()),
    "touch": (touch, touch.Config()),
}
"""The models that see quotes and prints alone, from the one that fills least to the most."""

LEVEL3: Final = "level3"
TRUTH: Final = "truth"
NAMES: Final = (TRUTH, LEVEL3, *MODELS)


class Probe:
    """One ghost: where it rests, when it ends, and when each model and the truth filled it."""

    def __init__(self, side: Side, price_ticks: int, rested_ns: int) -> None:
        self.side: Final = side
        self.price_ticks: Final = price_ticks
        self.rested_ns: Final = rested_ns
        self.filled_ns: Final[dict[str, int]] = {}
        self.markout_ht: Final[dict[str, int]] = {}  # of each fill, 5 s after it


class _Live:
    """A probe that rests, with its models and what is known of its true place."""

    def __init__(
        self, probe: Probe, ends_ns: int, ahead_lots: int, last_number: int, real_id: int | None
    ) -> None:
        self.probe: Final = probe
        self.ends_ns = ends_ns
        self.ahead_lots = ahead_lots
        self.last_number: Final = last_number
        self.real_id: Final = real_id
        self.models: dict[str, FillModel] = {}
        self.level3: level3.Level3 | None = None

    @property
    def settled(self) -> bool:
        """True once the truth and every model have filled it."""
        return not self.models and self.level3 is None and TRUTH in self.probe.filled_ns


class Trial:
    """Runs a market by order past the models.

    `probes` are those that have ended, with their markouts once `MARKOUT_NS` has passed.
    """

    def __init__(self) -> None:
        self.market: Final = MarketByOrder()
        self.probes: Final[list[Probe]] = []
        self._book: Final = VenueBook()
        self._bare: Final[dict[str, FillModel]] = {
            name: module.build(config) for name, (module, config) in MODELS.items()
        }
        self._bare3: Final = level3.build(level3.Config())
        self._numbers: Final[dict[int, int]] = {}  # of orders, as they came
        self._count = 0
        self._live: list[_Live] = []
        self._due: Final[list[tuple[int, Probe, str]]] = []
        self._head = 0

    @property
    def usable(self) -> bool:
        """True once both sides of the market are there."""
        return self._book.usable

    def place(
        self, side: Side, price_ticks: int, now_ns: int, ends_ns: int, real_id: int | None = None
    ) -> None:
        """Let a ghost come to rest behind all that rests at its price.

        With `real_id` it stands where that order, which comes next, will: its fate is the
        order's first fill, and it ends where the order is taken back.
        """
        probe = Probe(side, price_ticks, now_ns)
        live = _Live(probe, ends_ns, self.market.lots_at(side, price_ticks), self._count, real_id)
        order = Resting("G", side, price_ticks, 1, now_ns)
        for name, (module, config) in MODELS.items():
            model: FillModel = module.build(config)
            model.restore(self._bare[name].snapshot())
            model.on_rest(order, self._book)
            live.models[name] = model
        live.level3 = level3.build(level3.Config())
        live.level3.restore(self._bare3.snapshot())
        live.level3.on_rest(order, self._book)
        self._live.append(live)

    def withdraw(self) -> None:
        """Drop every ghost that rests, unscored."""
        self._live = []

    def step(self, events: list[OrderEvent]) -> None:
        """Let one cause happen: the truth, then its prints, then the quote that shows it."""
        now_ns = events[-1].time_ns
        self._pass_time(now_ns)
        for event in events:
            self._bare3.on_order(event)
            if event.kind is OrderEventKind.ADDED:
                self._count += 1
                self._numbers[event.order_id] = self._count
        for live in self._live:
            for event in events:
                self._befall(live, event)
        prints, quote = self.market.apply(events)
        for print_ in prints:
            self._print(print_, now_ns)
        if quote is not None:
            self._book.on_quote(quote)
            for model in self._bare.values():
                model.on_quote(self._book, now_ns)
            for live in self._live:
                for name, model in list(live.models.items()):
                    if model.on_quote(self._book, now_ns):
                        self._filled(live, name, now_ns)
        self._retire(self._live)

    def finish(self) -> list[Probe]:
        """End every ghost that still rests; return all that were placed and not withdrawn."""
        self.probes.extend(live.probe for live in self._live)
        self._live = []
        return self.probes

    def _retire(self, lives: list[_Live]) -> None:
        """Let go of the ghosts about which nothing can change any more."""
        if any(live.settled for live in lives):
            self.probes.extend(live.probe for live in lives if live.settled)
            self._live = [live for live in lives if not live.settled]

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
        for model in self._bare.values():
            model.on_trade(print_, now_ns)
        for live in self._live:
            if (live.probe.side is Side.SELL) is not print_.buyer_aggressor:
                continue
            for name, model in list(live.models.items()):
                if model.on_trade(print_, now_ns):
                    self._filled(live, name, now_ns)

    def _filled(self, live: _Live, name: str, now_ns: int) -> None:
        live.probe.filled_ns[name] = now_ns
        live.models.pop(name, None)
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
