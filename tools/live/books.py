"""What our own orders and fills come to: positions, execution quality, how many were rejected."""

from collections.abc import Mapping
from typing import Final

from tools.core.instrument import Instrument
from tools.core.orders import ChangeAlert, OrderChange
from tools.core.quality import ExecQuality
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.units import E8, NS_PER_S, div_half_even, format_scaled
from tools.execution import ExecutionQuality, FeeConfig, Position, Positions, Quoter
from tools.live.ports import OrderListener
from tools.observer import CountWindow
from tools.risk import ApprovedOrder

_WINDOW_NS: Final = 60 * NS_PER_S


def in_units(position: Position) -> dict[str, object]:
    """Return a position for people: decimal text in base units and in the quote currency."""
    steps = position.steps
    figures = position.to_dict()
    average, net_e8 = position.average_ticks_e8(), figures["net_e8"]
    return {
        "average_entry_price": None if average is None else steps.price_text(div_half_even(average, E8)),
        "fees": format_scaled(position.fees_e8, 8),
        "net_profit": format_scaled(net_e8, 8) if isinstance(net_e8, int) else None,
        "position": steps.qty_text(position.position_lots),
    }


class Book:
    """One instrument's own orders."""

    def __init__(self) -> None:
        self.quality: Final = ExecutionQuality()
        self.mid_ht: int | None = None
        self._sent: Final = CountWindow(_WINDOW_NS)
        self._rejected: Final = CountWindow(_WINDOW_NS)
        self._told: ExecQuality = ExecQuality(0, 0)

    def sent(self, client_id: str, time_ns: int) -> None:
        """Note an order that leaves, with our mid of the moment."""
        self._sent.add(time_ns)
        self.quality.on_sent(client_id, time_ns, self.mid_ht)

    def rejected(self, time_ns: int) -> None:
        """Note a rejection by the exchange."""
        self._rejected.add(time_ns)

    def recent(self, now_ns: int) -> ExecQuality:
        """Return what health looks at; the same object while the numbers stay the same."""
        sent, rejected = self._sent.count(now_ns), self._rejected.count(now_ns)
        if sent != self._told.sent_60s or rejected != self._told.rejected_60s:
            self._told = ExecQuality(sent, rejected)
        return self._told


class Books(OrderListener):
    """The books of every instrument; a rejection is also told to the instrument's quoter.

    Parameters
    ----------
    instruments
        By key.
    fees
        Of every instrument.
    """

    def __init__(self, instruments: Mapping[str, Instrument], fees: FeeConfig) -> None:
        self.positions: Final = Positions(instruments, fees)
        self.now_ns = 0
        self.quoters: Final[dict[str, Quoter]] = {}
        self._books: Final[dict[str, Book]] = {}

    def book(self, symbol: str) -> Book:
        """Return an instrument's book, made at first sight."""
        found = self._books.get(symbol)
        if found is None:
            found = Book()
            self._books[symbol] = found
        return found

    def mark(self, symbol: str, mid_ht: int) -> None:
        """Take the mid of a quote."""
        self.book(symbol).mid_ht = mid_ht
        self.positions.mark(symbol, mid_ht)

    def net_profit_e8(self) -> int | None:
        """Return what all instruments have brought at their marks, after fees; None if one has no mark."""
        total_e8 = 0
        for position in self.positions.by_symbol.values():
            net_e8 = position.net_e8()
            if net_e8 is None:
                return None
            total_e8 += net_e8
        return total_e8

    def entry_ticks_e8(self) -> dict[str, int]:
        """Return the average entry price of each position that is not flat, in 1e-8 ticks."""
        out: dict[str, int] = {}
        for symbol, position in self.positions.by_symbol.items():
            average = position.average_ticks_e8()
            if average is not None:
                out[symbol] = average
        return out

    def on_sent(self, client_id: str, order: ApprovedOrder, time_ns: int) -> None:
        """Note an order that leaves now."""
        self.book(order.intent.symbol).sent(client_id, time_ns)

    def on_report(self, report: ExecutionReport, change: OrderChange) -> None:
        """Book a report: its fill, its answer, its time.

        An instrument that is not traded here has no book: risk freezes at its first fill.
        """
        if change.symbol not in self.positions.by_symbol:
            return
        book = self.book(change.symbol)
        book.quality.on_report(report, change, self.now_ns)
        if report.kind is ReportKind.REJECTED and change.alert is ChangeAlert.NONE:
            book.rejected(self.now_ns)
            quoter = self.quoters.get(change.symbol)
            if quoter is not None:
                quoter.on_turned_down(change.side, self.now_ns)
        if change.fill_lots > 0 and report.kind is ReportKind.TRADE:
            self.positions.on_fill(
                change.symbol, change.side, change.fill_lots, change.fill_ticks, report.liquidity
            )
        elif change.fill_lots or change.undone_lots:
            self.positions.get(change.symbol).amend(change)
