"""How orders ended, how likely and how soon they filled, and what cancels came too late for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tools.core.units import NS_PER_S
from tools.lab.quality.columns import Columns, length_of
from tools.lab.quality.rows import Row
from tools.lab.stats.competing_risks import aalen_johansen, kaplan_meier
from tools.lab.stats.wilson import wilson

_TIMES: Final = (
    ("100ms", NS_PER_S // 10),
    ("1s", NS_PER_S),
    ("5s", 5 * NS_PER_S),
    ("20s", 20 * NS_PER_S),
    ("60s", 60 * NS_PER_S),
    ("300s", 300 * NS_PER_S),
)
_CAUSES: Final = ("FILL", "CANCEL", "EXPIRE")

# Label, from (exclusive) and to (inclusive) in ticks behind the own best; below 0 is inside the spread.
DISTANCES: Final = (
    ("inside", None, -1), ("0", -1, 0), ("1", 0, 1), ("2", 1, 2), ("3..5", 2, 5), ("6..10", 5, 10),
    ("over 10", 10, None),
)  # fmt: skip
_QUEUES: Final = (
    ("first", None, 0), ("to 25%", 0, 250_000), ("to 50%", 250_000, 500_000),
    ("to 75%", 500_000, 750_000), ("to 100%", 750_000, 1_000_000), ("over 100%", 1_000_000, None),
)  # fmt: skip

Band = tuple[str, int | None, int | None]


def share_row(table: str, name: str, cell: Mapping[str, Any], part: int, whole: int) -> Row:
    """Return a share with its Wilson interval."""
    bounds = wilson(part, whole)
    if bounds is None:
        return Row(table=table, name=name, unit="share", cell=cell, n=0)
    return Row(
        table=table,
        name=name,
        unit="share",
        cell=cell,
        n=whole,
        value=part / whole,
        low=bounds[0],
        high=bounds[1],
    )


def count_rows(orders: Columns, fills: int, cell: Mapping[str, Any]) -> list[Row]:
    """Return how many orders there were, how many fills, and how they went."""
    sent = length_of(orders)
    ends = [(f"ended_{end.lower()}", orders["end"].count(end)) for end in (*_CAUSES, "REJECT", "OPEN")]
    counts = [("orders", sent), ("fills", fills), *ends]
    counts.append(("impact_suspects", orders["impact_suspect"].count(True)))
    out = [
        Row(table="counts", name=name, unit="count", cell=cell, n=sent, value=float(count))
        for name, count in counts
    ]
    ratio = sent / fills if fills else None
    out.append(Row(table="counts", name="orders_per_fill", unit="ratio", cell=cell, n=fills, value=ratio))
    crossed = orders["post_only_reject"].count(True)
    return [*out, share_row("counts", "post_only_rejects", cell, crossed, sent)]


def rested(orders: Columns) -> list[int]:
    """Return the places of the orders that came to rest: not immediate, nor over as they arrived."""
    return [
        at
        for at in range(length_of(orders))
        if orders["end"][at] != "REJECT"
        and orders["time_in_force"][at] not in ("IOC", "FOK")
        and since(orders, at) is not None
    ]


def since(orders: Columns, at: int) -> int | None:
    """Return when an order came to rest, None if it never did; its arrival where the venue does not say."""
    when: int | None = orders["rested_ns"][at]
    told = orders["fill_class"][at] is not None  # then it says of each order whether it has rested
    return when if told or when is not None else orders["arrived_ns"][at]


def probability_rows(orders: Columns, cell: Mapping[str, Any]) -> list[Row]:
    """Return the share of resting orders that filled while they rested: all, by distance, by queue."""
    places = rested(orders)
    out = [_filled("all", orders, places, cell)]
    for column, what, bands in (("distance_ticks", "distance", DISTANCES), ("queue_ppm", "queue", _QUEUES)):
        for band in (*bands, None):
            inside = [at for at in places if within(orders[column][at], band)]
            if inside:
                label = "unknown" if band is None else band[0]
                out.append(_filled(f"{what} {label}", orders, inside, cell))
    return out


def within(value: int | None, band: Band | None) -> bool:
    """Return True if a value is in a band; with no band, if there is no value."""
    if value is None or band is None:
        return value is None and band is None
    _, above, upto = band
    return (above is None or value > above) and (upto is None or value <= upto)


def _filled(name: str, orders: Columns, places: Sequence[int], cell: Mapping[str, Any]) -> Row:
    filled = sum(1 for at in places if orders["resting_fills"][at] > 0)
    return share_row("fill_probability", name, cell, filled, len(places))


def time_rows(orders: Columns, cell: Mapping[str, Any]) -> list[Row]:
    """Return the share of resting orders that had their first fill, or another end, by some times.

    What an order took as it arrived is no fill of a resting order: it would count as one after 0 s.
    Aalen-Johansen; beside it, and named so, what Kaplan and Meier make of it when a cancel counts
    as a loss from sight. Without a value for times beyond the longest that any order was watched,
    unless none was left by then.
    """
    durations: list[int] = []
    causes: list[str | None] = []
    for at in rested(orders):
        start_ns = since(orders, at)
        first = orders["first_resting_fill_ns"][at]
        end = orders["end"][at]
        assert start_ns is not None
        durations.append(max(0, (orders["ended_ns"][at] if first is None else first) - start_ns))
        causes.append("FILL" if first is not None else end if end in _CAUSES else None)
    n = len(durations)
    ends = aalen_johansen(durations, causes, _CAUSES)
    alone = kaplan_meier(durations, [cause == "FILL" for cause in causes], "FILL")
    out: list[Row] = []
    for label, time in _TIMES:
        for cause in _CAUSES:
            value = ends.at(cause, time)
            name = f"{cause.lower()} within {label}"
            out.append(Row(table="time_to_fill", name=name, unit="share", cell=cell, n=n, value=value))
        value = alone.at("FILL", time)
        name = f"fill within {label}, if never cancelled"
        out.append(Row(table="time_to_fill", name=name, unit="share", cell=cell, n=n, value=value))
    return out


def race_rows(orders: Columns, cell: Mapping[str, Any]) -> list[Row]:
    """Return the share of the orders that were cancelled which filled while the cancel was under way."""
    sent = [at for at in range(length_of(orders)) if orders["cancel_sent_ns"][at] is not None]
    lost = sum(1 for at in sent if orders["raced_fills"][at] > 0)
    return [share_row("cancel_race", "filled_before_cancel", cell, lost, len(sent))]
