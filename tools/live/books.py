"""What our own orders and fills come to: positions, execution quality, how many were rejected."""

from collections.abc import Mapping
from typing import Final

from tools.core.audit import AuditLog
from tools.core.funding import FundingReport
from tools.core.instrument import Instrument
from tools.core.orders import ChangeAlert, OrderChange, OrderOutcome
from tools.core.quality import ExecQuality
from tools.core.reports import ExecutionReport, ReportKind
from tools.core.units import E8, NS_PER_S, UBPS_PER_BPS, div_half_even, format_scaled
from tools.core.verdicts import Colour, Gate, Regime
from tools.execution import ExecutionQuality, FeeConfig, Position, Positions, Quoter
from tools.execution.money import Money
from tools.execution.tca import Measures, QualityConfig
from tools.live.ports import OrderListener
from tools.observer import CountWindow
from tools.risk import ApprovedOrder

_WINDOW_NS: Final = 60 * NS_PER_S
_EDGE_DECIMALS: Final = len(str(UBPS_PER_BPS)) - 1


def in_units(position: Position) -> dict[str, object]:
    """Return a position for people: decimal text in base units and in the quote currency."""
    steps = position.steps
    figures = position.to_dict()
    average, net_e8 = position.average_ticks_e8(), figures["net_e8"]
    out: dict[str, object] = {
        "average_entry_price": None if average is None else steps.price_text(div_half_even(average, E8)),
        "fees": format_scaled(position.fees_e8, 8),
        "net_profit": format_scaled(net_e8, 8) if isinstance(net_e8, int) else None,
        "position": steps.qty_text(position.position_lots),
    }
    if position.funding_e8:
        out["funding"] = format_scaled(position.funding_e8, 8)
    return out


class Book:
    """One instrument's own orders; `measures` is None where nothing is measured."""

    def __init__(self, measures: Measures | None) -> None:
        self.quality: Final = ExecutionQuality()
        self.measures: Final = measures
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
    quality
        What is measured; the defaults if not given.
    audit
        Takes a line about each order that is over and each fill that is measured.

    Notes
    -----
    `now_ns` is our time and `seq` the number of the event; whoever drives the books sets both.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        fees: FeeConfig,
        quality: QualityConfig | None = None,
        audit: AuditLog | None = None,
    ) -> None:
        self.positions: Final = Positions(instruments, fees)
        self.now_ns = 0
        self.seq = 0
        self.quoters: Final[dict[str, Quoter]] = {}
        self.fundings: Final[dict[str, tuple[FundingReport, int]]] = {}  # the last of each, and its e8
        self._config: Final = QualityConfig() if quality is None else quality
        self._audit: Final = audit
        self._books: Final[dict[str, Book]] = {}
        self._edge_fresh = False

    def book(self, symbol: str) -> Book:
        """Return an instrument's book, made at first sight."""
        found = self._books.get(symbol)
        if found is None:
            position = self.positions.by_symbol.get(symbol)
            measures: Measures | None = None
            if self._config.measures and position is not None:
                measures = Measures(symbol, self._config, Money(position.steps))
            found = Book(measures)
            self._books[symbol] = found
        return found

    # -- the market ---------------------------------------------------------------------

    def mark(self, symbol: str, mid_ht: int) -> None:
        """Take the mid of a quote, as we receive it: positions and decisions are held against it."""
        self.book(symbol).mid_ht = mid_ht
        self.positions.mark(symbol, mid_ht)

    def on_venue_quote(self, symbol: str, bid_ticks: int, ask_ticks: int, venue_ns: int) -> None:
        """Take a quote as it is made at the venue: fills are held against it. A crossed one is no mid."""
        measures = self.book(symbol).measures
        if measures is not None and bid_ticks <= ask_ticks:
            measures.on_quote(bid_ticks, ask_ticks, venue_ns)
            if measures.edge_fresh:
                self._edge_fresh = True
            if measures.ready:
                self._write(measures)

    def on_verdicts(self, symbol: str, regime: Regime, gate: Gate, colour: Colour) -> None:
        """Take the verdicts in force from now on."""
        measures = self.book(symbol).measures
        if measures is not None:
            measures.on_verdicts(self.now_ns, regime, gate, colour)

    # -- the own orders -----------------------------------------------------------------

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
        intent = order.intent
        book = self.book(intent.symbol)
        book.sent(client_id, time_ns)
        if book.measures is not None:
            book.measures.on_sent(
                client_id,
                intent.side,
                intent.time_in_force,
                order.price_ticks,
                intent.qty_lots,
                time_ns,
                book.mid_ht,
            )

    def on_cancel(self, client_id: str, symbol: str, time_ns: int) -> None:
        """Note a cancel that leaves now."""
        measures = self.book(symbol).measures
        if measures is not None:
            measures.on_cancel(client_id, time_ns)

    def on_outcome(self, outcome: OrderOutcome) -> None:
        """Note what the venue knows of an order; before the report that closes it."""
        measures = self.book(outcome.symbol).measures
        if measures is not None:
            measures.on_outcome(outcome)

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
        fee_e8: int | None = None
        if change.fill_lots > 0 and report.kind is ReportKind.TRADE:
            fee_e8 = self.positions.on_fill(
                change.symbol, change.side, change.fill_lots, change.fill_ticks, report.liquidity
            )
        elif change.fill_lots or change.undone_lots:
            self.positions.get(change.symbol).amend(change)
        if book.measures is not None:
            book.measures.on_report(report, change, self.now_ns, fee_e8)
            if book.measures.ready:
                self._write(book.measures)

    def on_funding(self, report: FundingReport) -> None:
        """Book what a position paid or received at a funding time, and write a line about it."""
        funding_e8 = self.positions.on_funding(
            report.symbol, report.rate_ubps, report.mark_ticks_e8, report.position_lots
        )
        measures = self.book(report.symbol).measures
        if measures is not None:
            measures.on_funding(funding_e8)
        self.fundings[report.symbol] = (report, funding_e8)
        if self._audit is not None:
            body = {**report.to_dict(), "funding_e8": funding_e8, "heard_ns": self.now_ns}
            self._audit.write("funding", self.seq, body)

    # -- what it came to ----------------------------------------------------------------

    def fresh_edges(self) -> list[tuple[str, str]]:
        """Return the net edges measured anew since the last call: symbol, and basis points as text."""
        out: list[tuple[str, str]] = []
        if not self._edge_fresh:
            return out
        self._edge_fresh = False
        for symbol, book in self._books.items():
            edge_ubps = None if book.measures is None else book.measures.fresh_edge()
            if edge_ubps is not None:
                out.append((symbol, format_scaled(edge_ubps, _EDGE_DECIMALS)))
        return out

    def edges(self) -> dict[str, dict[str, object]]:
        """Return the net edge of every instrument that was seen, and of how many fills it is."""
        out: dict[str, dict[str, object]] = {}
        for symbol, book in self._books.items():
            if book.measures is not None and book.measures.seen:
                out[symbol] = book.measures.edge()
        return out

    def finish(self, now_ns: int) -> None:
        """End the run: measure what can be measured, and write about the orders still open."""
        for book in self._books.values():
            if book.measures is not None:
                book.measures.finish(now_ns)
                self._write(book.measures)

    def measures(self) -> dict[str, dict[str, object]]:
        """Return what every instrument's measures came to, by symbol; nothing where none are kept."""
        out: dict[str, dict[str, object]] = {}
        for symbol, book in self._books.items():
            if book.measures is not None:
                out[symbol] = book.measures.to_dict(self.positions.get(symbol))
        return out

    def _write(self, measures: Measures) -> None:
        """Write a line for each record that has become complete."""
        for kind, record in measures.drain():
            if self._audit is not None:
                self._audit.write(kind, self.seq, record.to_dict())
