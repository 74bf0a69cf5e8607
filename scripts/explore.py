"""Deliver the reports of small worlds in every order, and hold each state against what must hold.

    python scripts/explore.py [--slice] [--world TEXT] [--min-paths N]

`tests/sim/worlds.py` says what the worlds are and what must come before what in them,
`tests/sim/followers.py` what is held against every state, `tests/sim/kill.py` what is held against
the loop and risk in the worlds that have a kill in them, `tests/sim/explorer.py` how paths are
merged and counted. stdout has one line for each world and one for all of them, the same bytes on
every machine; at a violation it shows a shortest path to it.

Exit codes: 0 done; 2 usage; 3 no world has this name; 6 a state that must not be, or fewer paths
than ``--min-paths``; 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.sim.explorer import Explored, Violation, World, explore  # noqa: E402
from tests.sim.followers import house_followers  # noqa: E402
from tests.sim.kill import kill_followers, slice_with_kill, worlds_with_kill  # noqa: E402
from tests.sim.worlds import every_world, slice_of_worlds  # noqa: E402


def told(name: str, found: Explored) -> str:
    """Return what was explored on one line."""
    return (
        f"{name}: {found.paths} paths, {found.nodes} states, {found.edges} steps between them, "
        f"{found.merges} merged"
    )


def run(worlds: list[World], min_paths: int) -> int:
    """Explore the worlds one after the other; stop at the first violation."""
    totals = Explored(0, 0, 0, 0)
    for world in worlds:
        try:
            killed = any(step.act.startswith("kill") for step in world.steps)
            found = explore(world, kill_followers() if killed else house_followers)
        except Violation as violation:
            print(f"{world.name}: VIOLATION: {violation.what}")
            for number, step in enumerate(violation.path, 1):
                print(f"  {number}. {step}")
            return 6
        print(told(world.name, found), flush=True)
        totals = Explored(*[before + more for before, more in zip(totals, found, strict=True)])
    print(told(f"{len(worlds)} worlds", totals))
    if totals.paths < min_paths:
        print(f"explore: {totals.paths} paths, wanted are {min_paths}", file=sys.stderr)
        return 6
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        prog="explore.py", description="Every order of delivery in small worlds."
    )
    parser.add_argument("--slice", action="store_true", help="a few worlds, about fifteen seconds of work")
    parser.add_argument(
        "--world", metavar="TEXT", default="", help="only the worlds whose name has this in it"
    )
    parser.add_argument("--min-paths", type=int, default=0, metavar="N", help="exit 6 below it")
    options = parser.parse_args(argv)
    worlds = slice_of_worlds() if options.slice else every_world()
    worlds += slice_with_kill(worlds) if options.slice else worlds_with_kill(worlds)
    worlds = [one for one in worlds if options.world in one.name]
    if not worlds:
        print(f"explore: no world has {options.world!r} in its name", file=sys.stderr)
        return 3
    try:
        return run(worlds, options.min_paths)
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
