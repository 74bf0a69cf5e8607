"""Small worlds for the explorer: what a venue did with one or two orders, and how we may hear of it.

What must come before what:

- Our own requests about one order are sent in their order.
- In every world a request is sent before anything that names its id (its announcement, its answer,
  a fill of the order as replaced), and a repetition comes after the disconnect.
- In an *ordered* world the reports about one order also keep their order within each of two
  channels, executions (trades, corrections, busts) and everything else: two sockets, or a stream
  and the answers to requests. The channels race, the orders race, and our own requests race.
  After a disconnect everything said before it is told again, in the venue's order, while the live
  channels go on; what of it had not arrived live does so no more.
- In a *loose* world nothing else holds: any report may overtake any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.kit.venue_model import Asked, Venue, VenueOrder
from tests.sim.explorer import Step, World
from tools.core.events import Side
from tools.core.reports import ReportKind

_EXECUTIONS = (ReportKind.TRADE, ReportKind.TRADE_CORRECT, ReportKind.TRADE_CANCEL)


class Plan(NamedTuple):
    """An order, what is asked of it, and what the venue does, as words for `_play`."""

    client_id: str
    side: Side
    qty_lots: int
    asks: tuple[int | None, ...]  # quantity of a replace, None for a cancel
    script: tuple[str, ...]


def interleaved(*tracks: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield every order of the words of all tracks that keeps the order within each."""
    if not any(tracks):
        yield ()
    for number, track in enumerate(tracks):
        if track:
            rest = (*tracks[:number], track[1:], *tracks[number + 1 :])
            for others in interleaved(*rest):
                yield (track[0], *others)


def _play(order: VenueOrder, word: str) -> None:
    """Let the venue do what a word says, as far as it still may."""
    name, _, figure = word.partition(" ")
    number = int(figure or 0)
    if name == "fill":
        if order.fillable:
            order.trade(min(number, order.leaves_lots), 500 + len(order.fills))
    elif name == "announce":
        if order.works:
            order.announce(order.asked[number])
    elif name == "answer":
        order.grant(order.asked[number])
    elif name == "correct":
        order.correct(next(iter(order.fills)), number, 490)
    elif name == "bust":
        order.bust(next(iter(order.fills)))
    elif name == "restate":
        order.restate(number)
    elif name != "expire" or order.leaves_lots > 0:
        getattr(order, name)()


def world(
    name: str, plans: tuple[Plan, ...], *, loose: bool, states_asked: bool = False, cut: int | None = None
) -> World:
    """Return the world in which the venue does what the plans say, one order after the other.

    With `cut`, the connection breaks once, and the first `cut` reports are told again after it.
    """
    venue = Venue(states_asked)
    orders = []
    owners: list[str] = []
    for plan in plans:
        order = VenueOrder(venue, plan.client_id, plan.qty_lots, plan.side)
        order.asked = [Asked(f"{plan.client_id}{number}", qty) for number, qty in enumerate(plan.asks, 1)]
        for word in ("accept", *plan.script):
            _play(order, word)
            owners += [plan.client_id] * (len(venue.said) - len(owners))
        orders.append(order)
    steps: list[Step] = []
    asked_at: dict[str, int] = {}
    for order in orders:
        before: tuple[int, ...] = ()
        for ask in order.asked:
            asked_at[ask.request_id] = len(steps)
            steps.append(Step(f"send {ask.request_id}", before, client_id=order.first_id, ask=ask))
            before = (asked_at[ask.request_id],)
    broken = None
    if cut is not None:
        broken = len(steps)
        steps.append(Step("disconnect", act="disconnect"))
    last: dict[object, int] = {}  # of each channel, the step before
    for repeated in (False, True) if cut is not None else (False,):
        for at, (owner, said) in enumerate(zip(owners, venue.said, strict=True)):
            early = cut is not None and at < cut
            if repeated and not early:
                continue
            after = [asked_at[said.client_id]] if said.client_id in asked_at else []
            if broken is not None and (repeated or not early):
                after.append(broken)
            channel = "again" if repeated else (owner, said.kind in _EXECUTIONS)
            if not loose:
                after += [last[channel]] if channel in last else []
                last[channel] = len(steps)
            lots = f" {said.last_lots}" if said.last_lots else ""
            text = f"{said.exec_id} {said.kind} {said.client_id}{lots}{' again' if repeated else ''}"
            lost_by = broken if early and not repeated else None
            steps.append(Step(text, tuple(after), lost_by, owner, tell=said))
    return World(name, tuple(orders), tuple(steps))


FILLS = ("fill 4", "fill 6")
REPLACE = ("announce 0", "answer 0")
CANCEL = ("announce 1", "answer 1")
OTHERS = tuple(interleaved(("fill 2",), ("announce 0", "answer 0")))


def _pair(number: int, script: tuple[str, ...]) -> tuple[Plan, Plan]:
    """Return two orders: two fills, a replace and a cancel of the one, a fill and a cancel of the other."""
    replaced = (14, 6)[number % 2]
    return (
        Plan("A", Side.BUY, 10, (replaced, None), script),
        Plan("B", Side.SELL, 6, (None,), OTHERS[number % len(OTHERS)]),
    )


def _pairs() -> list[tuple[Plan, Plan]]:
    return [_pair(number, script) for number, script in enumerate(interleaved(FILLS, REPLACE, CANCEL))]


AMENDED = {
    "a bust and a correction around an expiry": ("fill 4", "fill 3", "correct 2", "expire", "bust"),
    "a bust makes room for a fill": ("fill 4", "fill 6", "bust", "fill 4"),
    "suspended, resumed, filled": ("fill 4", "suspend", "resume", "fill 6"),
    "restated, stopped, canceled unasked": ("fill 1", "restate 8", "stop", "fill 2", "cancel"),
    "done for the day, renewed, filled": ("fill 1", "finish_day", "restate 10", "fill 9", "calculate"),
}


def _amended() -> list[World]:
    return [
        world(name, (Plan("A", Side.BUY, 10, (), script),), loose=True) for name, script in AMENDED.items()
    ]


def _named(kind: str, plans: tuple[Plan, Plan], number: int, *, loose: bool, cut: int | None = None) -> World:
    text = f"{kind}, history {number}"
    return world(text, plans, loose=loose, states_asked=number % 4 >= 2, cut=cut)


def every_world() -> list[World]:
    """Return the worlds of `make explore`."""
    pairs = _pairs()
    found = _amended()
    for number, plans in enumerate(pairs):
        found.append(_named("ordered", plans, number, loose=False))
    for number in range(3, len(pairs), 40):
        found.append(_named("loose", pairs[number], number, loose=True))
    for number in range(5, len(pairs), 28):
        found.append(_named("ordered, disconnect", pairs[number], number, loose=False, cut=5))
    return found


def slice_of_worlds() -> list[World]:
    """Return the worlds of `make explore-slice`: few, and always the same."""
    pairs = _pairs()
    found = _amended()
    for number in range(0, len(pairs), 15):
        found.append(_named("ordered", pairs[number], number, loose=False))
    found.append(_named("ordered, disconnect", pairs[5], 5, loose=False, cut=5))
    return found
