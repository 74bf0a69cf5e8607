"""Quantity and limit price in force: what was sent, and what the venue has stated since."""

from typing import Final

Moment = tuple[int, int, int, str]
"""When a statement holds from: venue time, announcement before confirmation, request, execution id."""

_SENT: Final[Moment] = (-(1 << 63), 0, 0, "")


class Terms:
    """The terms of one order.

    Of two statements the later one is in force, by the venue's time, so that it does not
    matter in which order they arrive. `confirmed_lots` leaves announcements out: a venue may
    state the quantity of a replace that it has not granted yet and may still refuse.
    """

    def __init__(self, qty_lots: int, price_ticks: int) -> None:
        self.qty_lots = qty_lots
        self.price_ticks = price_ticks
        self.confirmed_lots = qty_lots
        self.known = qty_lots > 0  # False: a cash amount, or an order of which only parts were seen
        self.since_ns: int | None = None  # when the quantity was stated; None: as sent
        self._qty_moment = _SENT
        self._price_moment = _SENT
        self._confirmed_moment = _SENT

    def state(
        self, time_ns: int, exec_id: str, qty_lots: int | None, price_ticks: int | None, number: int = 0
    ) -> None:
        """Take in terms that are in force from `time_ns`; None says nothing."""
        moment: Moment = (time_ns, 1, number, exec_id)
        if qty_lots is not None:
            self._take_lots(moment, qty_lots)
            if moment > self._confirmed_moment:
                self._confirmed_moment = moment
                self.confirmed_lots = qty_lots
        if price_ticks is not None and moment > self._price_moment:
            self._price_moment = moment
            self.price_ticks = price_ticks

    def announce(self, time_ns: int, exec_id: str, qty_lots: int | None, number: int) -> None:
        """Take in the quantity that a venue states while it looks into a replace."""
        if qty_lots is not None:
            self._take_lots((time_ns, 0, number, exec_id), qty_lots)

    def _take_lots(self, moment: Moment, qty_lots: int) -> None:
        if moment > self._qty_moment:
            self._qty_moment = moment
            self.qty_lots = qty_lots
            self.since_ns = moment[0]
            self.known = True
