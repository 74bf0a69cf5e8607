"""Workload W: rolling figures, a regime, a quoting rule and paper fills for every event of a stream.

    python bench/workload_w.py [--events N] [--seed N] [--rounds N] [--fills NAME] [--profile]

What is done for each event is written down in `bench/workload/reference.py`, which the tests hold
this run against. The sources, the compiled build if there is one, and hftbacktest if it is at hand
(`make peers` puts it into an environment of its own) take turns, each in a process of its own.
Times are CPU seconds of the run itself: making the stream, imports and numba's compiling are left
out. The engines have rules of fills of their own, so the last lines of the checks differ; the
other lines must not, and the exit code is 6 if they do.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))  # last: a worker's tree comes first

from recordings import ROOT, builds, measure

CHUNK = 20_000
PEERS_PYTHON = ROOT / ".venv-peers" / "bin" / "python"
SAME = ("events", "requotes", "trades_1s", "spread_10s_ppm", "normal", "fast", "unstable")
RV_TOLERANCE = 1e-4  # of the sum of rv_10s: moves are rounded to 1e-10 by one of two


def run(events: int, seed: int, fill_model: str) -> tuple[dict[str, Any], float]:
    """Run workload W here; return its checks and the CPU seconds."""
    from workload.ours import WorkloadW, event_of
    from workload.stream import rows

    workload = WorkloadW(fill_model)
    step, clock = workload.step, time.process_time
    stream = enumerate(rows(seed, events), 1)
    seconds = 0.0
    while True:
        chunk = [event_of(row, number) for number, row in islice(stream, CHUNK)]
        if not chunk:
            return workload.checks().to_dict(), seconds
        started = clock()
        for event in chunk:
            step(event)
        seconds += clock() - started


def worker(events: int, seed: int, fill_model: str) -> None:
    """Measure in this process and print the result."""
    import tools.core.units

    checks, seconds = run(events, seed, fill_model)
    print(json.dumps({"checks": checks, "seconds": seconds, "tools": tools.core.units.__file__}))


def profile(events: int, seed: int, fill_model: str) -> None:
    """Print where an interpreted run spends its time."""
    import cProfile
    import pstats

    profiler = cProfile.Profile()
    profiler.runcall(run, events, seed, fill_model)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def peer(events: int, seed: int) -> dict[str, Any] | None:
    """Run the same stream through hftbacktest; None, and a message, if it is not here."""
    python = sys.executable if importlib.util.find_spec("hftbacktest") else str(PEERS_PYTHON)
    if python != sys.executable and not PEERS_PYTHON.is_file():
        print("hftbacktest: not here; `make peers` installs it into .venv-peers and runs it beside ours")
        return None
    argv = [python, "-m", "peers.workload", str(events), str(seed)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "bench"), str(ROOT)))}
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def agree(name: str, mine: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Return a line for each check that must be the same and is not."""
    wrong = [f"{name}: {key} {other[key]}, not {mine[key]}" for key in SAME if mine[key] != other[key]]
    if abs(other["rv_10s"] - mine["rv_10s"]) > RV_TOLERANCE * mine["rv_10s"]:
        wrong.append(f"{name}: rv_10s {other['rv_10s']}, not {mine['rv_10s']}")
    return wrong


def main(argv: list[str] | None = None) -> int:
    """Run every engine at hand in turns; print checks and speed."""
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["--worker"]:
        worker(int(given[1]), int(given[2]), given[3])
        return 0
    parser = argparse.ArgumentParser(description="Workload W, in events per second.")
    parser.add_argument("--events", type=int, default=1_000_000, metavar="N", help="default 1,000,000")
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="of the stream; default 42")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--fills", default="w_queue", metavar="NAME", help="our fill model; default: W's own")
    parser.add_argument("--profile", action="store_true", help="profile an interpreted run instead")
    options = parser.parse_args(given)
    if options.events < 1 or options.rounds < 1:
        parser.error("--events and --rounds: at least 1")
    if options.profile:
        profile(options.events, options.seed, options.fills)
        return 0
    found = builds()
    arguments = [str(options.events), str(options.seed), options.fills]
    seconds: dict[str, list[float]] = {}
    checks: dict[str, dict[str, Any]] = {}
    here = True
    for _ in range(options.rounds):
        for build in found:
            _note(build.name, measure(__file__, build, arguments), seconds, checks)
        told = peer(options.events, options.seed) if here else None
        here = told is not None
        if told is not None:
            _note("hftbacktest 2.4.4", told, seconds, checks)
    return _show(options, seconds, checks)


def _note(name: str, told: dict[str, Any], seconds: dict[str, list[float]], checks: dict[str, Any]) -> None:
    seconds.setdefault(name, []).append(told["seconds"])
    checks[name] = told["checks"]


def _show(options: argparse.Namespace, seconds: dict[str, list[float]], checks: dict[str, Any]) -> int:
    names = list(checks)
    mine = checks[names[0]]
    print(f"\nworkload W: {options.events} events, seed {options.seed}, {options.rounds} rounds")
    print(f"  {'':18}" + "".join(f"{name:>20}" for name in names))
    for key in mine:
        cells = "".join(f"{checks[name][key]:>20.9g}" if key == "rv_10s" else f"{checks[name][key]:>20}"
                        for name in names)  # fmt: skip
        print(f"  {key:18}{cells}")
    base = statistics.median(seconds[names[0]])
    print(f"\n  {'':24}{'min s':>8}{'median s':>10}{'events/s':>12}{'x interpreted':>15}")
    for name, times in seconds.items():
        middle = statistics.median(times)
        rate = options.events / max(1e-9, middle)
        print(f"  {name:24}{min(times):8.3f}{middle:10.3f}{rate:12,.0f}{base / max(1e-9, middle):15.2f}")
    wrong = [line for name in names[1:] for line in agree(name, mine, checks[name])]
    wrong += [
        f"{name}: {checks[name]}, not {mine}"
        for name in names[1:]
        if name.startswith("compiled") and checks[name] != mine
    ]
    for line in wrong:
        print(f"differs: {line}", file=sys.stderr)
    return 6 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
