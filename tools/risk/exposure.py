"""What we hold, what could still fill, and what it is worth at worst: one instrument."""

from collections.abc import Callable
from typing import Final

from tools.core.errors import InvariantError
from tools.core.events import Side
from tools.core.instrument import UP, Instrument, Steps, to_steps
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt, read_parts, read_text
from tools.core.units import Amount

ANY_TICKS: Final = 1 << 61  # beyond any price
_BUY: Final = Side.BUY  # looked up once: every check asks


class Live:
    """An order that could still fill: sent or resting, its cancel perhaps under way."""

    def __init__(self, side: Side, lots: int, asked_lots: int, price_ticks: int, level: int) -> None:
        self.side: Final = side
        self.lots = lots  # the most that can still fill
        self.asked_lots = asked_lots  # the most that could fill when it was sent, or since
        self.price_ticks: Final = price_ticks  # 0 where nobody has told
        self.level: Final = level  # how aggressive it was, as a `Ceiling`; 0 where nobody has told


class Exposure:
    """Position, open orders and quote of one instrument, in lots and half-ticks.

    The worst case of a side is the position after every open order of that side has
    filled and none of the other side has; no other subset of fills leads further out.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.steps: Final[Steps] = instrument.steps()
        self.position_lots = 0
        self.quote_ht: int | None = None  # mid of the last quote, if it was one
        self.quote_ns: int | None = None  # when the last quote was shown, usable or not
        self.bid_ticks = 0
        self.ask_ticks = 0
        self.bid_lots = 0
        self.ask_lots = 0
        self.provider_ht: int | None = None  # what the provider said when it was asked last
        self.open_buy_lots = 0
        self.open_sell_lots = 0
        self.open_buys = 0
        self.open_sells = 0
        self.open: dict[str, Live] = {}  # by client id, oldest first
        self._nearest: tuple[int, int] | None = None  # what `nearest_ticks` returns, until an order changes

    def half_ticks(self, price: Amount) -> int:
        """Return a price in half-ticks, rounded up: worth more, so against us in a limit."""
        steps = self.steps
        return to_steps(price, 5 * steps.tick_units, steps.price_decimals + 1, UP, "price")

    def on_quote(self, now_ns: int, bid_ticks: int, ask_ticks: int, bid_lots: int, ask_lots: int) -> None:
        """Take a quote; one that is not positive, or crossed, is no mark."""
        self.quote_ns = now_ns
        self.bid_ticks = bid_ticks
        self.ask_ticks = ask_ticks
        self.bid_lots = bid_lots
        self.ask_lots = ask_lots
        self.quote_ht = bid_ticks + ask_ticks if 0 < bid_ticks <= ask_ticks else None

    def set_open(
        self, client_id: str, side: Side, lots: int, price_ticks: int = 0, level: int = 0, asked_lots: int = 0
    ) -> None:
        """Count what of an order could still fill; 0 takes it out. What was told once is kept."""
        known = self.open.get(client_id)
        if known is not None:
            if known.side is side and lots > 0 and price_ticks in (0, known.price_ticks):
                self._add_open(side, lots - known.lots, 0)
                known.lots = lots
                if lots > known.asked_lots:
                    known.asked_lots = lots
                return
            del self.open[client_id]
            self._add_open(known.side, -known.lots, -1)
            price_ticks = price_ticks or known.price_ticks
            level = level or known.level
            asked_lots = known.asked_lots
        if lots > 0:
            self.open[client_id] = Live(side, lots, max(lots, asked_lots), price_ticks, level)
            self._add_open(side, lots, 1)

    def forget_price(self, client_id: str) -> None:
        """Take the price of an open order as unknown: another was asked for, and either may hold."""
        known = self.open.get(client_id)
        if known is not None:
            self.open[client_id] = Live(known.side, known.lots, known.asked_lots, 0, known.level)
            self._nearest = None

    def nearest_ticks(self) -> tuple[int, int]:
        """Return the highest price of an open buy and the lowest of an open sell.

        Without one they are 0 and `ANY_TICKS`; an order of unknown price could be at any, so that with
        one among the buys they are `ANY_TICKS`, and 0 among the sells.
        """
        found = self._nearest
        if found is None:
            buy_ticks, sell_ticks = 0, ANY_TICKS
            for live in self.open.values():
                if live.side is _BUY:
                    buy_ticks = max(buy_ticks, live.price_ticks if live.price_ticks > 0 else ANY_TICKS)
                else:
                    sell_ticks = min(sell_ticks, max(0, live.price_ticks))
            found = self._nearest = buy_ticks, sell_ticks
        return found

    def _add_open(self, side: Side, lots: int, orders: int) -> None:
        if orders:
            self._nearest = None
        if side is _BUY:
            self.open_buy_lots += lots
            self.open_buys += orders
        else:
            self.open_sell_lots += lots
            self.open_sells += orders

    def fill(self, side: Side, lots: int) -> None:
        """Move the position by a fill; negative lots take one back."""
        self.position_lots += lots if side is Side.BUY else -lots

    def worst_long_lots(self) -> int:
        """Return the position after all open buys."""
        return self.position_lots + self.open_buy_lots

    def worst_short_lots(self) -> int:
        """Return the position after all open sells."""
        return self.position_lots - self.open_sell_lots

    def reduces(self, side: Side, qty_lots: int) -> bool:
        """Return True if the order can only bring the position nearer to flat.

        Open orders of the same side count: two reducing orders that together would flip
        the position are not both reducing. Flat, nothing reduces.
        """
        if side is _BUY:
            return self.position_lots + self.open_buy_lots + qty_lots <= 0
        return self.position_lots - self.open_sell_lots - qty_lots >= 0

    @property
    def mark_ht(self) -> int | None:
        """What a lot is valued at: the last quote, else what the provider said, else unknown."""
        return self.provider_ht if self.quote_ht is None else self.quote_ht

    @property
    def flat(self) -> bool:
        """True if nothing is held and no fill can change that."""
        return self.position_lots == 0 and self.open_buy_lots == 0 and self.open_sell_lots == 0

    def ask_provider(self, provider: Callable[[str], Amount], symbol: str) -> None:
        """Take a mark from a provider; what it raises, or no positive price, means none."""
        self.provider_ht = None
        try:
            answer_ht = self.half_ticks(provider(symbol))
        except Exception:  # det-ok: a provider that raises, whatever it raises, gives no mark
            return
        if answer_ht > 0:
            self.provider_ht = answer_ht

    def value_e8(self, lots: int, value_ht: int) -> int:
        """Return what `lots` of either sign are worth, in 1e-8 quote currency, rounded up."""
        return self.steps.e8_up(abs(lots) * value_ht)

    def worst_e8(self, value_ht: int) -> int:
        """Return the larger of the two sides' worst cases, in 1e-8 quote currency."""
        long_lots = abs(self.position_lots + self.open_buy_lots)
        short_lots = abs(self.position_lots - self.open_sell_lots)
        return self.steps.e8_up(max(long_lots, short_lots) * value_ht)

    def check(self) -> None:
        """Raise `InvariantError` unless the running sums equal the open orders they stand for."""
        buy_lots = sell_lots = buys = sells = 0
        for live in self.open.values():
            if live.side is Side.BUY:
                buy_lots += live.lots
                buys += 1
            else:
                sell_lots += live.lots
                sells += 1
        sums = (self.open_buy_lots, self.open_sell_lots, self.open_buys, self.open_sells)
        if (buy_lots, sell_lots, buys, sells) != sums:
            raise InvariantError(f"{self.steps.instrument.key}: open orders do not add up")

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        orders: list[object] = []
        for client_id, live in self.open.items():
            orders.append(
                {
                    "asked_lots": live.asked_lots,
                    "buy": live.side is Side.BUY,
                    "client_id": client_id,
                    "level": live.level,
                    "lots": live.lots,
                    "price_ticks": live.price_ticks,
                }
            )
        return {
            "ask_lots": self.ask_lots,
            "ask_ticks": self.ask_ticks,
            "bid_lots": self.bid_lots,
            "bid_ticks": self.bid_ticks,
            "open": orders,
            "position_lots": self.position_lots,
            "provider_ht": self.provider_ht,
            "quote_ns": self.quote_ns,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.open = {}
        self._nearest = None
        self.open_buy_lots = self.open_sell_lots = self.open_buys = self.open_sells = 0
        for part in read_parts(saved, "open"):
            side = Side.BUY if read_bool(part, "buy") else Side.SELL
            self.set_open(
                read_text(part, "client_id"),
                side,
                read_int(part, "lots"),
                read_int(part, "price_ticks"),
                read_int(part, "level"),
                read_int(part, "asked_lots"),
            )
        self.position_lots = read_int(saved, "position_lots")
        self.provider_ht = read_opt(saved, "provider_ht")
        self.on_quote(
            0,
            read_int(saved, "bid_ticks"),
            read_int(saved, "ask_ticks"),
            read_int(saved, "bid_lots"),
            read_int(saved, "ask_lots"),
        )
        self.quote_ns = read_opt(saved, "quote_ns")
