"""Execution quality: exact sums over our own orders and fills of one instrument.

Slippage is signed and measured against the mid at which the order arrived, not against the
mid at the fill: ``d x (2 x price - arrival mid) x quantity`` in half-tick x lot, d = +1 for a
buy, so that a positive figure is a cost. The way from decision to arrival is kept apart:
``d x (arrival mid - decision mid) x quantity``.
"""

from typing import Final

from tools.core.events import Side
from tools.core.orders import ChangeAlert, OrderChange, OrderStatus
from tools.core.reports import ExecutionReport, Liquidity, ReportKind
from tools.core.snapshots import Snapshot, read_bool, read_int, read_opt, read_part, read_parts, read_text
from tools.core.units import UBPS_ONE, div_up
from tools.execution.durations import Durations

_ENDS: Final = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED)
_COUNTED_AS: Final = {OrderStatus.DONE_FOR_DAY: OrderStatus.EXPIRED}  # a day order's end is that of its time


_SUMS: Final = ("fills", "lots", "notional_htl", "measured_lots", "arrival_htl", "slippage_htl", "delay_htl")


class _Costs:
    """Sums over the fills of one liquidity."""

    def __init__(self) -> None:
        self.fills = 0
        self.lots = 0
        self.notional_htl = 0
        self.measured_lots = 0  # those with a known arrival mid, over which the rest runs
        self.arrival_htl = 0
        self.slippage_htl = 0
        self.delay_htl = 0

    def add(
        self, sign: int, lots: int, price_ht: int, arrival_ht: int | None, decision_ht: int | None
    ) -> None:
        self.fills += 1
        self.lots += lots
        self.notional_htl += price_ht * lots
        if arrival_ht is None:
            return
        self.measured_lots += lots
        self.arrival_htl += arrival_ht * lots
        self.slippage_htl += sign * (price_ht - arrival_ht) * lots
        if decision_ht is not None:
            self.delay_htl += sign * (arrival_ht - decision_ht) * lots

    def values(self) -> list[int]:
        return [
            self.fills,
            self.lots,
            self.notional_htl,
            self.measured_lots,
            self.arrival_htl,
            self.slippage_htl,
            self.delay_htl,
        ]

    def to_dict(self) -> dict[str, object]:
        out: dict[str, object] = dict(zip(_SUMS, self.values(), strict=True))
        out["slippage_ubps"] = (
            div_up(self.slippage_htl * UBPS_ONE, self.arrival_htl) if self.arrival_htl > 0 else None
        )
        return out

    def restore(self, saved: Snapshot) -> None:
        self.fills = read_int(saved, "fills")
        self.lots = read_int(saved, "lots")
        self.notional_htl = read_int(saved, "notional_htl")
        self.measured_lots = read_int(saved, "measured_lots")
        self.arrival_htl = read_int(saved, "arrival_htl")
        self.slippage_htl = read_int(saved, "slippage_htl")
        self.delay_htl = read_int(saved, "delay_htl")


class _Open:
    """What must be remembered of an order until it is closed."""

    def __init__(self, sent_ns: int, decision_ht: int | None) -> None:
        self.sent_ns: Final = sent_ns
        self.decision_ht: Final = decision_ht
        self.arrival_ht: int | None = None
        self.filled = False


class ExecutionQuality:
    """How the orders of one instrument fared.

    Only open orders are held one by one. A fill that comes after its order was closed, or
    of an order never sent from here, is counted without slippage. A fill is measured as it
    was first reported: busts, corrections and redenominations are the position's, not ours.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.acknowledged = 0
        self.cancels_refused = 0
        self._costs: Final[dict[str, _Costs]] = {}
        for liquidity in Liquidity:
            self._costs[liquidity.value] = _Costs()
        self._closed: Final[dict[str, int]] = {}
        for status in _ENDS:
            self._closed[status.value] = 0
        self._to_acknowledge: Final = Durations()
        self._to_fill: Final = Durations()
        self._open: dict[str, _Open] = {}

    def on_sent(self, client_id: str, time_ns: int, mid_ht: int | None) -> None:
        """Take note of an order at the moment of its decision, with our mid of that moment."""
        self.sent += 1
        self._open[client_id] = _Open(time_ns, mid_ht)

    def on_report(self, report: ExecutionReport, change: OrderChange, now_ns: int | None = None) -> None:
        """Take note of a report and of what it did to its order.

        Parameters
        ----------
        report, change
            As they came from the exchange client and the order ledger.
        now_ns
            When the report reached us; the acknowledgement is timed by it. Without it, by
            when it happened. A fill is always timed by when it happened.
        """
        order = self._open.get(change.client_id)
        heard = change.alert is ChangeAlert.NONE or change.alert is ChangeAlert.GAP
        if change.fill_lots > 0:
            if report.kind is ReportKind.TRADE:
                self._fill(report, change, order)
        elif not heard:
            pass  # told before, too late, or of no order of ours
        elif report.kind is ReportKind.ACCEPTED and order is not None:
            self.acknowledged += 1
            order.arrival_ht = report.mid_ht
            self._to_acknowledge.add((report.time_ns if now_ns is None else now_ns) - order.sent_ns)
        elif report.kind is ReportKind.CANCEL_REJECTED:
            self.cancels_refused += 1
        if order is not None and change.closed_as is not None:
            del self._open[change.client_id]
            self._closed[_COUNTED_AS.get(change.closed_as, change.closed_as).value] += 1

    def _fill(self, report: ExecutionReport, change: OrderChange, order: _Open | None) -> None:
        arrival_ht: int | None = None
        decision_ht: int | None = None
        if order is not None:
            arrival_ht = order.arrival_ht
            decision_ht = order.decision_ht
            if not order.filled:
                order.filled = True
                self._to_fill.add(report.time_ns - order.sent_ns)
        sign = 1 if change.side is Side.BUY else -1
        self._costs[report.liquidity.value].add(
            sign, change.fill_lots, 2 * change.fill_ticks, arrival_ht, decision_ht
        )

    def filled(self) -> tuple[int, int]:
        """Return the number of fills, and their notional in half-tick x lot."""
        fills = notional_htl = 0
        for sums in self._costs.values():
            fills += sums.fills
            notional_htl += sums.notional_htl
        return fills, notional_htl

    def to_dict(self) -> dict[str, object]:
        """Return every figure as an integer, its unit in its name."""
        costs: dict[str, object] = {}
        for name, sums in self._costs.items():
            costs[name.lower()] = sums.to_dict()
        closed: dict[str, object] = {}
        for status, count in self._closed.items():
            closed[status.lower()] = count
        return {
            "acknowledged": self.acknowledged,
            "cancels_refused": self.cancels_refused,
            "closed": closed,
            "decision_to_acknowledge": self._to_acknowledge.to_dict(),
            "decision_to_first_fill": self._to_fill.to_dict(),
            "fills": costs,
            "open": len(self._open),
            "sent": self.sent,
        }

    def snapshot(self) -> Snapshot:
        """Return everything that the future depends on."""
        costs: dict[str, object] = {}
        for name, sums in self._costs.items():
            costs[name] = dict(zip(_SUMS, sums.values(), strict=True))
        still_open: list[object] = []
        for client_id, order in self._open.items():
            still_open.append(
                {
                    "arrival_ht": order.arrival_ht,
                    "client_id": client_id,
                    "decision_ht": order.decision_ht,
                    "filled": order.filled,
                    "sent_ns": order.sent_ns,
                }
            )
        return {
            "acknowledged": self.acknowledged,
            "cancels_refused": self.cancels_refused,
            "closed": dict(self._closed),
            "costs": costs,
            "open": still_open,
            "sent": self.sent,
            "to_acknowledge": self._to_acknowledge.snapshot(),
            "to_fill": self._to_fill.snapshot(),
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self.acknowledged = read_int(saved, "acknowledged")
        self.cancels_refused = read_int(saved, "cancels_refused")
        self.sent = read_int(saved, "sent")
        closed = read_part(saved, "closed")
        for status in self._closed:
            self._closed[status] = read_int(closed, status)
        costs = read_part(saved, "costs")
        for name, sums in self._costs.items():
            sums.restore(read_part(costs, name))
        self._to_acknowledge.restore(read_part(saved, "to_acknowledge"))
        self._to_fill.restore(read_part(saved, "to_fill"))
        self._open = {}
        for part in read_parts(saved, "open"):
            order = _Open(read_int(part, "sent_ns"), read_opt(part, "decision_ht"))
            order.arrival_ht = read_opt(part, "arrival_ht")
            order.filled = read_bool(part, "filled")
            self._open[read_text(part, "client_id")] = order
