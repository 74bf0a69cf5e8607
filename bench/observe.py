"""What the observer's figures cost for each quote or trade, and the book by level for each level.

    python bench/observe.py [--rounds N]

One recording is read into memory first. Then observers are shown its events, a thousand at a time and in
turns, so that a slow moment of the machine hits all: one that keeps what decisions use, one that keeps
every figure but the book by level, and one with the gauge `depth` alone, which is shown the depth
messages. The floor is `json.loads` of one trade's line, once for each event. CPU time; the minimum and
the median over all turns are printed. Interpreted, and compiled if there is a build, each in a process
of its own. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from recordings import builds, measure, recorded

SET = "usdm_btcusdt_20240718+19"
TURN = 1_000
LINE = (
    '{"e":"trade","E":1721347021000,"T":1721347020998,"s":"BTCUSDT","t":1,"p":"64000.1","q":"0.002","m":true}'
)
AIMS = {"every figure": 25, "a level": 2}


def worker(paths: list[str]) -> None:
    """Measure in this process and print the nanoseconds of each turn, per event or level."""
    import tools.core.units
    from tools.core.events import Depth, FeedStatus
    from tools.core.plugins import load_plugin
    from tools.live.config import read_instruments
    from tools.live.feeds import open_collector
    from tools.observer import Observer, ObserverConfig
    from tools.observer.gauge import PACKAGE
    from tools.observer.gauges import GAUGES

    instruments = read_instruments()
    key = "binance-usdm:BTCUSDT"
    events = [
        event
        for event in open_collector(paths, instruments, only=(key,), levels=True)
        if not isinstance(event, FeedStatus)
    ]
    configs: dict[str, Any] = {name: load_plugin(PACKAGE, name).Config() for name in GAUGES}
    depth = {"depth": configs.pop("depth")}
    observers = {
        "decisions": Observer(instruments[key], ObserverConfig(metrics=False)),
        "every figure": Observer(instruments[key], ObserverConfig(gauges=configs)),
        "a level": Observer(instruments[key], ObserverConfig(gauges=depth)),
    }
    turns: dict[str, list[float]] = {name: [] for name in ("floor", *observers)}
    clock: Callable[[], int] = time.process_time_ns
    loads = json.loads
    gc.disable()  # its pauses would land on one of them by chance
    for first in range(0, len(events), TURN):
        part = events[first : first + TURN]
        market = [event for event in part if not isinstance(event, Depth)]
        levels = sum(
            len(event.bids or ()) + len(event.asks or ()) for event in part if isinstance(event, Depth)
        )
        started = clock()
        for _ in market:
            loads(LINE)
        turns["floor"].append((clock() - started) / len(market))
        for name, observer in observers.items():
            admit = observer.admit
            if name != "a level":
                started = clock()
                for shown in market:
                    admit(shown)
                turns[name].append((clock() - started) / len(market))
                continue
            spent = 0
            for event in part:
                if isinstance(event, Depth):
                    started = clock()
                    admit(event)
                    spent += clock() - started
                else:
                    admit(event)
            if levels:
                turns[name].append(spent / levels)
    print(json.dumps({"events": len(events), "tools": tools.core.units.__file__, "turns": turns}))


def main(argv: list[str] | None = None) -> int:
    """Measure every build at hand and print a table."""
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["--worker"]:
        worker(given[1:])
        return 0
    parser = argparse.ArgumentParser(description="The observer's figures against json.loads of a line.")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="processes for each build")
    options = parser.parse_args(given)
    paths = recorded(SET)
    if not paths:
        return 0
    for build in builds():
        turns: dict[str, list[float]] = {}
        for _ in range(options.rounds):
            for name, found in measure(__file__, build, paths)["turns"].items():
                turns.setdefault(name, []).extend(found)
        print(f"\nobserve: {SET}, {build.name}, {options.rounds} rounds")
        print(f"  {'':16}{'min us':>8}{'median us':>11}{'x floor':>9}{'by median':>11}{'aim':>10}")
        floor = turns["floor"]
        for name, found in turns.items():
            low, middle = min(found), statistics.median(found)
            aim = f"<= {AIMS[name]} us" if name in AIMS and build.name == "interpreted" else ""
            print(
                f"  {name:16}{low / 1e3:8.2f}{middle / 1e3:11.2f}{low / min(floor):9.2f}"
                f"{middle / statistics.median(floor):11.2f}{aim:>10}"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
