"""What it costs to apply a report, as a multiple of only reading the same report's line.

    python bench/orders.py [--rounds N] [--orders N]

The floor is `json.loads` of the line that each report is as JSON. In one process floor and
`InMemoryOrderStore.apply` take turns, a few hundred reports at a time, so that a slow moment of
the machine hits both; the minimum and the median over all turns are printed, in CPU time. An
order's life here is: acknowledged, two fills, a cancel looked into and refused, a last fill.
Interpreted, and compiled if there is a build, each in a process of its own. Nothing here passes
or fails.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from typing import Any

from recordings import builds, measure

AIM_US = 5  # of applying one report, interpreted, on an idle machine
TURN = 60  # orders in a turn


def life(number: int) -> list[Any]:
    """Return the reports of one order."""
    from tools.core.events import Side
    from tools.core.reports import ExecutionReport, Liquidity, ReportKind

    kinds = (
        (ReportKind.ACCEPTED, 0, 0), (ReportKind.TRADE, 300, 300), (ReportKind.TRADE, 300, 600),
        (ReportKind.PENDING_CANCEL, 0, 600), (ReportKind.CANCEL_REJECTED, 0, 600),
        (ReportKind.TRADE, 400, 1000),
    )  # fmt: skip
    client_id, exchange_id = f"CLI{number:08d}", f"ORD{number:06d}"
    return [
        ExecutionReport(
            f"{exchange_id}-{step}", kind, number * 1000 + step, client_id, exchange_id, "BTCUSDT", Side.BUY,
            lots, 6_500_000 if lots else 0, cum, Liquidity.MAKER if lots else Liquidity.UNKNOWN,
        )
        for step, (kind, lots, cum) in enumerate(kinds)
    ]  # fmt: skip


def worker(orders: int) -> None:
    """Measure in this process and print the nanoseconds of each turn, per report."""
    import tools.core.units
    from tools.core.canon import encode
    from tools.core.events import Side
    from tools.live.order_store import InMemoryOrderStore

    store = InMemoryOrderStore(keep_closed=1_000)
    loads, apply, clock = json.loads, store.apply, time.process_time_ns
    floor: list[float] = []
    applied: list[float] = []
    reports = 0
    gc.disable()  # its pauses would land on either side by chance
    for first in range(0, orders, TURN):
        lives = [life(number) for number in range(first, first + TURN)]
        # Reports of different orders follow each other, as on a venue's stream.
        stream = [report for step in zip(*lives, strict=True) for report in step]
        lines = [encode(report.to_dict()) for report in stream]
        for number in range(first, first + TURN):
            store.add(f"CLI{number:08d}", "BTCUSDT", Side.BUY, 1_000, 6_500_000, number * 1000)
        started = clock()
        for line in lines:
            loads(line)
        between = clock()
        for report in stream:
            apply(report)
        ended = clock()
        floor.append((between - started) / len(stream))
        applied.append((ended - between) / len(stream))
        reports += len(stream)
    assert store.counts()["filled"] == len(floor) * TURN and store.alerts() == {}
    print(
        json.dumps(
            {"applied": applied, "floor": floor, "reports": reports, "tools": tools.core.units.__file__}
        )
    )


def main(argv: list[str] | None = None) -> int:
    """Measure every build at hand and print a table."""
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["--worker"]:
        worker(int(given[1]))
        return 0
    parser = argparse.ArgumentParser(description="Applying a report against json.loads of its line.")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="processes for each build")
    parser.add_argument("--orders", type=int, default=6_000, metavar="N", help="of each process")
    options = parser.parse_args(given)
    found = builds()
    floor: dict[str, list[float]] = {build.name: [] for build in found}
    applied: dict[str, list[float]] = {build.name: [] for build in found}
    for _ in range(options.rounds):
        for build in found:
            result = measure(__file__, build, [str(options.orders)])
            floor[build.name] += result["floor"]
            applied[build.name] += result["applied"]
    print(f"\norders: {options.orders} orders of 6 reports, {options.rounds} rounds")
    print(f"  {'':16}{'min us':>8}{'median us':>11}{'floor us':>10}{'x floor':>9}{'by median':>11}{'aim':>8}")
    for name, times in applied.items():
        low, middle = min(times), statistics.median(times)
        low_floor, middle_floor = min(floor[name]), statistics.median(floor[name])
        print(
            f"  {name:16}{low / 1e3:8.2f}{middle / 1e3:11.2f}{low_floor / 1e3:10.2f}{low / low_floor:9.2f}"
            f"{middle / middle_floor:11.2f}{f'<= {AIM_US} us' if name == 'interpreted' else '':>8}"
        )
    if len(found) == 1:
        print("  (no compiled build: `python scripts/compiled.py build --opt 3` makes one)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
