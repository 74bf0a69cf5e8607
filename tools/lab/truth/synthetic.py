"""The nine cells: three zero-intelligence books, and three ways in which their queues cancel."""

from collections.abc import Sequence
from typing import Final

from tools.core.events import Side
from tools.core.units import NS_PER_S
from tools.lab.stats.zi_book import BOOKS, order_events
from tools.lab.truth.trial import BATCH_NS, LIFE_NS, MARKOUT_NS, Probe, Trial

CELLS: Final[dict[str, tuple[str, int]]] = {
    f"{book}-{bias}": (book, bias) for book in BOOKS for bias in (1, 2, 4)
}
"""By name: the book, and how strongly cancels come from the back of a queue."""

EVERY_NS: Final = 2 * NS_PER_S
WARM_UP_NS: Final = 60 * NS_PER_S
BEHIND: Final = (0, 1, 2, 3)
"""Ticks behind the best at which ghosts come to rest, in turn."""


def probes_of(
    cell: str, count: int, seed: int, behind: Sequence[int] = BEHIND, batch_ns: int = BATCH_NS
) -> list[Probe]:
    """Return `count` ghosts, one every 2 s and on alternate sides, for 30 s each.

    Every pair of them rests another of the distances `behind` the best, in ticks, in turn.
    """
    book, bias = CELLS[cell]
    trial = Trial(batch_ns)
    placed, due_ns, last_ns = 0, WARM_UP_NS, None
    for events in order_events(book, bias, seed):
        now_ns = events[-1].time_ns
        while placed < count and due_ns < now_ns:
            side = Side.SELL if placed % 2 else Side.BUY
            away_ticks = behind[placed // 2 % len(behind)]
            best_ticks = trial.market.best_ticks(side)
            if best_ticks is not None:
                price_ticks = best_ticks + away_ticks if side is Side.SELL else best_ticks - away_ticks
                trial.place(side, price_ticks, due_ns, due_ns + LIFE_NS)
                placed += 1
                last_ns = due_ns
            due_ns += EVERY_NS
        if placed == count and last_ns is not None and now_ns > last_ns + LIFE_NS + MARKOUT_NS:
            break
        trial.step(events)
    return trial.finish()
