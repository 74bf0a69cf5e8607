"""The channel by which the paper venue's reports travel to us, numbered and in order."""

from typing import Final

from tools.core.events import Side
from tools.core.reports import ExecutionReport, Liquidity, ReportKind, report_from
from tools.core.snapshots import Snapshot, read_int, read_ints, read_parts
from tools.execution.latency_model import LatencyModel
from tools.execution.venue_orders import Closed, VenueOrder


class ReportChannel:
    """Makes reports, and lets each out once its response latency has passed.

    A report never overtakes an earlier one. Execution ids count up: PXE00000001, ...
    """

    def __init__(self, latency: LatencyModel) -> None:
        self._latency: Final = latency
        self._executions = 0
        self._under_way: list[tuple[int, ExecutionReport]] = []  # (due, report), in order
        self._arrived: list[ExecutionReport] = []

    def tell(
        self,
        order: VenueOrder,
        kind: ReportKind,
        time_ns: int,
        mid_ht: int | None,
        *,
        lots: int = 0,
        price_ticks: int = 0,
        liquidity: Liquidity = Liquidity.UNKNOWN,
        text: str = "",
    ) -> None:
        """Report what happened to an order at `time_ns`."""
        self._executions += 1
        self._send(
            ExecutionReport(
                exec_id=f"PXE{self._executions:08d}",
                kind=kind,
                time_ns=time_ns,
                client_id=order.client_id,
                exchange_id=order.exchange_id,
                symbol=order.symbol,
                side=order.side,
                last_lots=lots,
                last_ticks=price_ticks,
                cum_lots=order.cum_lots,
                liquidity=liquidity,
                text=text,
                mid_ht=mid_ht,
            )
        )

    def refuse_cancel(
        self, client_id: str, closed: Closed | None, time_ns: int, mid_ht: int | None, text: str
    ) -> None:
        """Report that a cancel found no order to cancel."""
        self._executions += 1
        self._send(
            ExecutionReport(
                exec_id=f"PXE{self._executions:08d}",
                kind=ReportKind.CANCEL_REJECTED,
                time_ns=time_ns,
                client_id=client_id,
                exchange_id="" if closed is None else closed.exchange_id,
                symbol="" if closed is None else closed.symbol,
                side=Side.BUY if closed is None else closed.side,
                text=text,
                mid_ht=mid_ht,
            )
        )

    def _send(self, report: ExecutionReport) -> None:
        due_ns = report.time_ns + self._latency.response_ns(report.time_ns, self._executions)
        if self._under_way:
            due_ns = max(due_ns, self._under_way[-1][0])
        self._under_way.append((due_ns, report))

    def advance(self, now_ns: int) -> None:
        """Let out what is due."""
        due = 0
        for due_ns, report in self._under_way:
            if due_ns > now_ns:
                break
            self._arrived.append(report)
            due += 1
        if due:
            del self._under_way[:due]

    def drain(self) -> list[ExecutionReport]:
        """Return what came out since the last call."""
        arrived = self._arrived
        if arrived:
            self._arrived = []
        return arrived

    def next_due_ns(self) -> int | None:
        """Return when the next report is due; None if none is under way."""
        return self._under_way[0][0] if self._under_way else None

    def snapshot(self) -> Snapshot:
        """Return the counter and every report that was not drained yet."""
        due_ns: list[int] = []
        under_way: list[object] = []
        for when_ns, report in self._under_way:
            due_ns.append(when_ns)
            under_way.append(report.to_dict())
        arrived: list[object] = []
        for report in self._arrived:
            arrived.append(report.to_dict())
        return {
            "arrived": arrived,
            "due_ns": due_ns,
            "executions": self._executions,
            "under_way": under_way,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._executions = read_int(saved, "executions")
        self._arrived = [report_from(part) for part in read_parts(saved, "arrived")]
        due_ns = read_ints(saved, "due_ns")
        self._under_way = []
        for at, part in enumerate(read_parts(saved, "under_way")):
            self._under_way.append((due_ns[at], report_from(part)))
