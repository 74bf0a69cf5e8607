"""How long a replay takes, as a multiple of only reading the same lines.

    python bench/replay.py [--rounds N] [--data DIR] [--profile]

The floor is what no replay of these files in Python can avoid: ``gzip`` and ``json.loads`` of
every line. Floor, interpreted and compiled take turns for some rounds, each in a process of its
own, so that a slow minute of the machine hits all of them. Times are CPU seconds without the start
of Python. Only the ratios mean anything on another machine. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from recordings import DATA, ROOT, SETS, Build, builds, measure, recorded, synthetic

FLOOR = "gzip + json.loads"
# At most this many times the floor, on one set; the others are for information.
AIMS = {"interpreted": 8, "compiled": 4}
UNMEASURED = ", no measures"
# A replay with all measures keeps at least this share of the speed without them.
KEPT = 0.8
AIMED_AT = "usdm_btcusdt_20240718+19"
# The envelope runs two paths over one observation; at most this many times one path.
ENVELOPE = "envelope"
BOTH = f", {ENVELOPE}"
ENVELOPE_AIM = 2.2


def read_only(paths: list[str]) -> int:
    """Parse every line; return how many there were."""
    loads = json.loads
    count = 0
    for path in paths:
        with gzip.open(path, "rb") as stream:
            for line in stream:
                loads(line.partition(b" ")[2])
                count += 1
    return count


def replay(paths: list[str], measures: bool = True, fills: str = "") -> int:
    """Replay with an audit log that goes nowhere; return how many lines were read."""
    from tools.execution.tca import QualityConfig
    from tools.lab.replay import Replay, plan_replay
    from tools.live.config import read_instruments
    from tools.live.settings import LabConfig

    config = LabConfig(quality=QualityConfig(measures=measures, edge_fills=0))
    run = Replay(plan_replay(paths, read_instruments(None), config, fills=fills), _nowhere)
    run.run()
    return run.feed.counts.lines


def _nowhere(line: str) -> None:
    pass


def worker(what: str, paths: list[str]) -> None:
    """Do one measurement in this process and print it."""
    import tools.core.units
    import tools.lab.replay  # loaded before the clock starts

    started = time.process_time()
    if what == "floor":
        lines = read_only(paths)
    else:
        lines = replay(paths, what != "unmeasured", ENVELOPE if what == ENVELOPE else "")
    seconds = time.process_time() - started
    print(json.dumps({"lines": lines, "seconds": seconds, "tools": tools.core.units.__file__}))


def profile(paths: list[str]) -> None:
    """Print where an interpreted replay spends its time."""
    import cProfile
    import pstats

    sys.path.insert(0, str(ROOT))
    profiler = cProfile.Profile()
    profiler.runcall(replay, paths)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def compare(name: str, paths: list[str], rounds: int, found: list[Build]) -> None:
    """Measure everything in turns and print a table."""
    rows = [(FLOOR, "floor", Build(FLOOR, ROOT))]
    for one in found:
        rows += [
            (one.name, "replay", one),
            (f"{one.name}{UNMEASURED}", "unmeasured", one),
            (f"{one.name}{BOTH}", ENVELOPE, one),
        ]
    seconds: dict[str, list[float]] = {title: [] for title, _, _ in rows}
    lines = 0
    for _ in range(rounds):
        for title, what, build in rows:
            result = measure(__file__, build, [what, *paths])
            seconds[title].append(result["seconds"])
            lines = result["lines"]
    floor_min, floor_median = min(seconds[FLOOR]), statistics.median(seconds[FLOOR])
    print(f"\n{name}: {lines} lines, {rounds} rounds")
    print(f"  {'':30}{'min s':>8}{'median s':>10}{'us/line':>9}{'x floor':>9}{'by median':>11}{'aim':>6}")
    for title, times in seconds.items():
        low, middle = min(times), statistics.median(times)
        aim = AIMS.get(title.split()[0]) if name == AIMED_AT and "," not in title else None
        print(
            f"  {title:30}{low:8.3f}{middle:10.3f}{low / max(1, lines) * 1e6:9.1f}"
            f"{low / floor_min:9.2f}{middle / floor_median:11.2f}{'' if aim is None else f'<= {aim}':>6}"
        )
    for one in found:
        pairs = list(
            zip(seconds[one.name], seconds[one.name + UNMEASURED], seconds[one.name + BOTH], strict=True)
        )
        kept = statistics.median(without / one_path for one_path, without, _ in pairs)
        wide = statistics.median(both / one_path for one_path, _, both in pairs)
        print(f"  {one.name}: with all measures {kept:.0%} of the speed without them; aim >= {KEPT:.0%}")
        print(f"  {one.name}: the envelope takes {wide:.2f} x one path; aim <= {ENVELOPE_AIM}")
    if len(found) == 1:
        print("  (no compiled build: `python scripts/compiled.py build --opt 3` makes one)")


def main(argv: list[str] | None = None) -> int:
    """Measure the recordings, or a synthetic one where they are absent."""
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["--worker"]:
        worker(given[1], given[2:])
        return 0
    parser = argparse.ArgumentParser(description="Replay against gzip + json.loads of the same lines.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default 5")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="where the recordings are")
    parser.add_argument("--profile", action="store_true", help="profile an interpreted replay instead")
    options = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = {name: paths for name in SETS if (paths := recorded(name, options.data))}
        if not found:
            found = {"synthetic, 12 minutes": synthetic(Path(folder))}
        at_hand = builds()
        for name, paths in found.items():
            if options.profile:
                profile(paths)
                break
            compare(name, paths, options.rounds, at_hand)
    return 0


if __name__ == "__main__":
    sys.exit(main())
