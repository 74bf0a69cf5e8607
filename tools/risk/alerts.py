"""Alerts: what a person must hear of within seconds. They decide nothing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tools.core.canon import Record
from tools.core.snapshots import Snapshot, read_int, read_part
from tools.core.verdicts import Evidence

MOST_DELAY_NS: Final = 5_000_000_000
"""An alert is raised at most this long after its event, in event time (RTS 6, article 16)."""


class AlertReason(StrEnum):
    """What an alert is about."""

    LIMIT_NEAR = "LIMIT_NEAR"  # a limit is used beyond its warning share; once for each crossing
    HELD = "HELD"  # a latch or a timer has closed
    REFUSED = "REFUSED"  # a control that must be heard of has refused an order
    ODD_REPORT = "ODD_REPORT"  # the venue has reported something that cannot be, or an overfill
    IN_FLIGHT = "IN_FLIGHT"  # nobody has answered a request for too long
    MISMATCH = "MISMATCH"  # our books and the venue's differ
    NOT_COMPARED = "NOT_COMPARED"  # the venue could not be asked for its books
    CANCEL_FAILED = "CANCEL_FAILED"  # a cancel could not be sent; it is tried again
    STEP_FAILED = "STEP_FAILED"  # a step of a kill raised; the kill went on
    FLATTEN_FAILED = "FLATTEN_FAILED"  # a killed position could not be brought to flat
    RESOLVED = "RESOLVED"  # a named person has looked into a request that nobody answered
    OVERRIDDEN = "OVERRIDDEN"  # a refused order was let through by a named person


@dataclass(init=False)
class Alert(Record):
    """One alert: when it was raised, when what it is about happened, and the figure."""

    time_ns: Final[int]
    since_ns: Final[int]
    reason: Final[AlertReason]
    symbol: Final[str]
    text: Final[str]
    figure: Final[Evidence | None]

    def __init__(
        self,
        time_ns: int,
        since_ns: int,
        reason: AlertReason,
        symbol: str,
        text: str,
        figure: Evidence | None = None,
    ) -> None:
        self.time_ns = time_ns
        self.since_ns = since_ns
        self.reason = reason
        self.symbol = symbol
        self.text = text
        self.figure = figure


class Alerts:
    """Alerts not taken yet, and how many of each there were."""

    def __init__(self) -> None:
        self.news: list[Alert] = []
        self._counts: dict[str, int] = {}

    def add(self, alert: Alert) -> None:
        """Raise an alert."""
        self.news.append(alert)
        self._counts[alert.reason.value] = self._counts.get(alert.reason.value, 0) + 1

    def take(self) -> list[Alert]:
        """Return the alerts since the last call, in order."""
        if not self.news:
            return []
        taken = self.news
        self.news = []
        return taken

    def counts(self) -> dict[str, int]:
        """Return how many there were of each reason, sorted by name."""
        return dict(sorted(self._counts.items()))

    def snapshot(self) -> Snapshot:
        """Return the counts."""
        return {"counts": dict(self._counts)}

    def restore(self, saved: Snapshot) -> None:
        """Take over what `snapshot` returned."""
        counts = read_part(saved, "counts")
        self._counts = {name: read_int(counts, name) for name in counts}
        self.news = []
