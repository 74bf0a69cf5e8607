"""The last reports about orders that are not in the store: none is booked twice.

They are of orders that were closed and dropped, and of orders that were never sent from
here. Kept by execution id, and found by every id that they name an order by, so that an
order of which more is heard can be put together again.
"""

from typing import Final

from tools.core.reports import ExecutionReport

_KEEP: Final = 10_000
_NONE: Final[list[ExecutionReport]] = []


class Gone:
    """Reports by execution id, in order of arrival; beyond `keep` the oldest are forgotten."""

    def __init__(self, keep: int = _KEEP) -> None:
        self._keep: Final = keep
        self._reports: dict[str, ExecutionReport] = {}
        self._about: dict[str, list[ExecutionReport]] = {}  # by every id of an order that they give

    def get(self, exec_id: str) -> ExecutionReport | None:
        """Return a report by its execution id."""
        return self._reports.get(exec_id)

    def about(self, order_id: str) -> list[ExecutionReport]:
        """Return what is remembered of an order by one of its ids, oldest first; not to be changed."""
        return self._about.get(order_id, _NONE)

    def add(self, report: ExecutionReport) -> None:
        """Remember a report; forget the oldest beyond the bound."""
        if report.exec_id in self._reports:
            return
        self._reports[report.exec_id] = report
        for order_id in _ids(report):
            self._about.setdefault(order_id, []).append(report)
        if len(self._reports) > self._keep:
            oldest = self._reports.pop(next(iter(self._reports)))
            for order_id in _ids(oldest):
                told = self._about[order_id]
                del told[0]
                if not told:
                    del self._about[order_id]

    def snapshot(self) -> list[object]:
        """Return the reports, oldest first."""
        return [report.to_dict() for report in self._reports.values()]


def _ids(report: ExecutionReport) -> dict[str, None]:
    """Return the ids that a report gives of its order, each once."""
    out: dict[str, None] = {}
    for order_id in (report.client_id, report.orig_id, report.exchange_id):
        if order_id:
            out[order_id] = None
    return out
