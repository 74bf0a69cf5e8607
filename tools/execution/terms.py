"""Quantity and limit price in force: what was sent, and what the venue has stated since."""

from typing import Final

Moment = tuple[int, int, int, str]
"""When a statement holds from: venue time, announcement before confirmation, request, execution id."""

_SENT: Final[Moment] = (-(1 << 63), 0, 0, "")


class Terms:
    """The terms of one order.

    Of two statements the later one is in force, by the venue's time, so that it does not
    matter in which order they arrive. `confirmed_lots` leaves announcements out: a venue may
    state the quantity of a replace that it has not granted yet. Once it has answered, what
    it announced holds no longer: granted, it is confirmed, and refused, it never was.
    """

    def __init__(self, qty_lots: int, price_ticks: int) -> None:
        self.qty_lots = qty_lots
        self.price_ticks = price_ticks
        self.confirmed_lots = qty_lots
        self.known = qty_lots > 0  # False: a cash amount, or an order of which only parts were seen
        self.since_ns: int | None = None  # when the quantity was stated; None: as sent
        self._price_moment = _SENT
        self._confirmed_moment = _SENT
        self._announced: dict[int, tuple[Moment, int]] = {}  # by number of the request

    def state(
        self, time_ns: int, exec_id: str, qty_lots: int | None, price_ticks: int | None, number: int = 0
    ) -> None:
        """Take in terms that are in force from `time_ns`; None says nothing."""
        moment: Moment = (time_ns, 1, number, exec_id)
        if qty_lots is not None and moment > self._confirmed_moment:
            self._confirmed_moment = moment
            self.confirmed_lots = qty_lots
            self._settle_quantity()
        if price_ticks is not None and moment > self._price_moment:
            self._price_moment = moment
            self.price_ticks = price_ticks

    def announce(self, time_ns: int, exec_id: str, qty_lots: int | None, number: int) -> None:
        """Take in the quantity that a venue states while it looks into a replace."""
        if qty_lots is None:
            return
        moment: Moment = (time_ns, 0, number, exec_id)
        before = self._announced.get(number)
        if before is None or moment > before[0]:
            self._announced[number] = (moment, qty_lots)
            self._settle_quantity()

    def retract(self, number: int) -> None:
        """The venue has answered a request: what it announced about it holds no longer."""
        if self._announced.pop(number, None) is not None:
            self._settle_quantity()

    def retract_all(self) -> None:
        """The venue's last word on the order answers whatever was asked."""
        if self._announced:
            self._announced.clear()
            self._settle_quantity()

    def announced_ns(self, number: int) -> int:
        """Return when the quantity of a request was announced; long ago if it was not."""
        found = self._announced.get(number)
        return _SENT[0] if found is None else found[0][0]

    def _settle_quantity(self) -> None:
        moment, qty_lots = self._confirmed_moment, self.confirmed_lots
        for announced, lots in self._announced.values():
            if announced > moment:
                moment, qty_lots = announced, lots
        self.qty_lots = qty_lots
        self.since_ns = None if moment == _SENT else moment[0]
        self.known = qty_lots > 0 or moment != _SENT
