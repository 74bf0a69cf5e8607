"""The channel by which the paper venue's reports travel to us, numbered and in order."""

from typing import Final

from tools.core.events import Side
from tools.core.funding import Funding, FundingReport, funding_report_from
from tools.core.orders import OrderOutcome
from tools.core.reports import ExecutionReport, Liquidity, ReportKind, report_from
from tools.core.snapshots import Snapshot, read_int, read_part, read_parts, read_text
from tools.execution.latency_model import LatencyModel
from tools.execution.venue_orders import Closed, VenueOrder, outcome_from


class _Parcel:
    """Something under way: a report, the outcome of the order that the report before it closed, funding."""

    def __init__(
        self,
        due_ns: int,
        account: str,
        report: ExecutionReport | None,
        outcome: OrderOutcome | None,
        funding: FundingReport | None = None,
    ) -> None:
        self.due_ns: Final = due_ns
        self.account: Final = account
        self.report: Final = report
        self.outcome: Final = outcome
        self.funding: Final = funding


class ReportChannel:
    """Makes reports, and lets each out once its response latency has passed.

    A report never overtakes an earlier one to the same account; accounts do not wait for each
    other. Execution ids count up over all of them: PXE00000001, ... An order's outcome comes
    out with the report that closed it, and not before.
    """

    def __init__(self, latency: LatencyModel) -> None:
        self._latency: Final = latency
        self._executions = 0
        self._told: dict[str, int] = {}  # how many reports, by account: what names a draw
        self._last_ns: dict[str, int] = {}  # when the newest to an account is due
        self._excess_ns: dict[str, int] = {}
        self._under_way: list[_Parcel] = []  # by due time, and as they were made
        self._arrived: dict[str, list[ExecutionReport]] = {}  # by account
        self._outcomes: dict[str, list[OrderOutcome]] = {}
        self._fundings: dict[str, list[FundingReport]] = {}

    def on_feed_excess(self, symbol: str, excess_ns: int) -> None:
        """Note by how much the feed of an instrument lags behind its own best."""
        self._excess_ns[symbol] = excess_ns

    def excess_ns(self, symbol: str) -> int:
        """Return the newest excess latency of an instrument's feed."""
        return self._excess_ns.get(symbol, 0)

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
        terms: bool = False,
    ) -> None:
        """Report what happened to an order at `time_ns`; with `terms`, also its terms in force."""
        self._executions += 1
        report = ExecutionReport(
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
            qty_lots=order.qty_lots if terms else None,
            price_ticks=order.price_ticks if terms and order.price_ticks > 0 else None,
        )
        self._send(order.account, report)

    def refuse(
        self,
        account: str,
        client_id: str,
        known: Closed | None,
        time_ns: int,
        mid_ht: int | None,
        text: str,
    ) -> None:
        """Report that a cancel or an amendment was refused; `known` is what the order was, if it was."""
        self._executions += 1
        report = ExecutionReport(
            exec_id=f"PXE{self._executions:08d}",
            kind=ReportKind.CANCEL_REJECTED,
            time_ns=time_ns,
            client_id=client_id,
            exchange_id="" if known is None else known.exchange_id,
            symbol="" if known is None else known.symbol,
            side=Side.BUY if known is None else known.side,
            text=text,
            mid_ht=mid_ht,
        )
        self._send(account, report)

    def tell_funding(self, account: str, funding: Funding, position_lots: int, mark_ticks_e8: int) -> None:
        """Report a funding time to an account that holds something."""
        self._executions += 1
        report = FundingReport(
            f"PXE{self._executions:08d}",
            funding.symbol,
            funding.time_ns,
            position_lots,
            funding.rate_ubps,
            mark_ticks_e8,
        )
        due_ns = self._due_ns(account, funding.symbol, funding.time_ns)
        self._put(_Parcel(due_ns, account, None, None, report))

    def _send(self, account: str, report: ExecutionReport) -> None:
        due_ns = self._due_ns(account, report.symbol, report.time_ns)
        self._put(_Parcel(due_ns, account, report, None))

    def _due_ns(self, account: str, symbol: str, time_ns: int) -> int:
        """Return when an account's newest report comes out; never before an earlier one of its own."""
        number = self._told.get(account, 0) + 1
        self._told[account] = number
        excess_ns = self._excess_ns.get(symbol, 0)
        due_ns = time_ns + self._latency.response_ns(time_ns, number, excess_ns)
        due_ns = max(due_ns, self._last_ns.get(account, 0))
        self._last_ns[account] = due_ns
        return due_ns

    def follow(self, outcome: OrderOutcome) -> None:
        """Send an outcome along with the report to its account that was made last."""
        account = outcome.account
        self._put(_Parcel(self._last_ns[account], account, None, outcome))

    def _put(self, parcel: _Parcel) -> None:
        under_way = self._under_way
        at = len(under_way)
        while at > 0 and under_way[at - 1].due_ns > parcel.due_ns:
            at -= 1
        under_way.insert(at, parcel)

    def advance(self, now_ns: int) -> None:
        """Let out what is due."""
        due = 0
        for parcel in self._under_way:
            if parcel.due_ns > now_ns:
                break
            if parcel.report is not None:
                self._arrived.setdefault(parcel.account, []).append(parcel.report)
            elif parcel.outcome is not None:
                self._outcomes.setdefault(parcel.account, []).append(parcel.outcome)
            elif parcel.funding is not None:
                self._fundings.setdefault(parcel.account, []).append(parcel.funding)
            due += 1
        if due:
            del self._under_way[:due]

    def drain(self, account: str) -> list[ExecutionReport]:
        """Return an account's reports that came out since the last call."""
        return self._arrived.pop(account, []) if self._arrived else []

    def next_fill(self, account: str) -> ExecutionReport | None:
        """Take out an account's oldest fill that came out; None if there is none. The others wait."""
        waiting = self._arrived.get(account, [])
        for at, report in enumerate(waiting):
            if report.kind is ReportKind.TRADE:
                del waiting[at]
                if not waiting:
                    del self._arrived[account]
                return report
        return None

    def outcomes(self, account: str) -> list[OrderOutcome]:
        """Return an account's outcomes that came out since the last call."""
        return self._outcomes.pop(account, []) if self._outcomes else []

    def fundings(self, account: str) -> list[FundingReport]:
        """Return an account's funding reports that came out since the last call."""
        return self._fundings.pop(account, []) if self._fundings else []

    @property
    def waiting(self) -> bool:
        """True while something came out that nobody has fetched."""
        return bool(self._arrived) or bool(self._outcomes) or bool(self._fundings)

    def next_due_ns(self) -> int | None:
        """Return when the next report is due; None if none is under way."""
        return self._under_way[0].due_ns if self._under_way else None

    def snapshot(self) -> Snapshot:
        """Return the counter and everything that was not drained yet."""
        under_way: list[object] = []
        for parcel in self._under_way:
            under_way.append(
                {
                    "account": parcel.account,
                    "due_ns": parcel.due_ns,
                    "funding": None if parcel.funding is None else parcel.funding.to_dict(),
                    "outcome": None if parcel.outcome is None else parcel.outcome.to_dict(),
                    "report": None if parcel.report is None else parcel.report.to_dict(),
                }
            )
        arrived: Snapshot = {}
        for account, reports in self._arrived.items():
            arrived[account] = [report.to_dict() for report in reports]
        outcomes: Snapshot = {}
        for account, closed in self._outcomes.items():
            outcomes[account] = [outcome.to_dict() for outcome in closed]
        fundings: Snapshot = {}
        for account, told in self._fundings.items():
            fundings[account] = [report.to_dict() for report in told]
        return {
            "arrived": arrived,
            "excess_ns": dict(self._excess_ns),
            "executions": self._executions,
            "fundings": fundings,
            "outcomes": outcomes,
            "told": dict(self._told),
            "under_way": under_way,
        }

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        self._executions = read_int(saved, "executions")
        told = read_part(saved, "told")
        self._told = {account: read_int(told, account) for account in told}
        excess_ns = read_part(saved, "excess_ns")
        self._excess_ns = {symbol: read_int(excess_ns, symbol) for symbol in excess_ns}
        arrived = read_part(saved, "arrived")
        self._arrived = {}
        for account in arrived:
            self._arrived[account] = [report_from(part) for part in read_parts(arrived, account)]
        outcomes = read_part(saved, "outcomes")
        self._outcomes = {}
        for account in outcomes:
            self._outcomes[account] = [outcome_from(part) for part in read_parts(outcomes, account)]
        fundings = read_part(saved, "fundings")
        self._fundings = {}
        for account in fundings:
            self._fundings[account] = [funding_report_from(part) for part in read_parts(fundings, account)]
        self._under_way = []
        self._last_ns = {}  # what has come out is not after anything to come
        for part in read_parts(saved, "under_way"):
            report = None if part["report"] is None else report_from(read_part(part, "report"))
            outcome = None if part["outcome"] is None else outcome_from(read_part(part, "outcome"))
            funding = None if part["funding"] is None else funding_report_from(read_part(part, "funding"))
            due_ns, account = read_int(part, "due_ns"), read_text(part, "account")
            self._under_way.append(_Parcel(due_ns, account, report, outcome, funding))
            self._last_ns[account] = due_ns
