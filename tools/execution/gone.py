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
        self.reports: Final[dict[str, ExecutionReport]] = {}
        # By every id of an order that they give; made when it is asked for: few runs ever ask.
        self._about: dict[str, list[ExecutionReport]] | None = None

    def about(self, order_id: str) -> list[ExecutionReport]:
        """Return what is remembered of an order by one of its ids, oldest first; not to be changed."""
        about = self._about
        if about is None:
            about = {}
            for report in self.reports.values():
                _index(about, report)
            self._about = about
        return about.get(order_id, _NONE)

    def add(self, report: ExecutionReport) -> None:
        """Remember a report; forget the oldest beyond the bound."""
        if report.exec_id in self.reports:
            return
        self.reports[report.exec_id] = report
        about = self._about
        if about is not None:
            _index(about, report)
        if len(self.reports) > self._keep:
            oldest = self.reports.pop(next(iter(self.reports)))
            if about is not None:
                _take_out(about, oldest)

    def snapshot(self) -> list[object]:
        """Return the reports, oldest first."""
        return [report.to_dict() for report in self.reports.values()]


def _index(about: dict[str, list[ExecutionReport]], report: ExecutionReport) -> None:
    for order_id in _ids(report):
        about.setdefault(order_id, []).append(report)


def _take_out(about: dict[str, list[ExecutionReport]], oldest: ExecutionReport) -> None:
    for order_id in _ids(oldest):
        told = about[order_id]
        del told[0]
        if not told:
            del about[order_id]


def _ids(report: ExecutionReport) -> list[str]:
    """Return the ids that a report gives of its order, each once."""
    client_id, orig_id, exchange_id = report.client_id, report.orig_id, report.exchange_id
    out = [client_id] if client_id else []
    if exchange_id and exchange_id != client_id:
        out.append(exchange_id)
    if orig_id and orig_id not in out:
        out.append(orig_id)
    return out
