"""Print hftbacktest beside this engine: small cases whose truth is known, and one recording.

    python -m peers [--rounds N] [--data DIR] [--orders N]

The cases come first, because only they say who is right. On the recording both engines are given
the same quotes and prints and send the very same orders; what they make of them is compared order
by order. Speed is in CPU seconds of the replay itself, the median of the rounds, in turns.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from pkgutil import iter_modules

import tools.execution.fills
from peers import ours, theirs
from peers.cases import CASES, Case
from peers.lines import Line, Quoting, Run, Tape, recorded_lines
from recordings import DATA, recorded
from tools.execution.fills import DEFAULT_FILL_MODEL

RECORDING = "usdm_btcusdt_20240718+19"
KEY = "binance-usdm:BTCUSDT"
SHOWN = ("power", "optimistic")  # of our fill models, beside the default
THEIRS = (("risk averse", "partial"), ("power3 3", "partial"), ("risk averse", "whole"))


def our_models() -> list[str]:
    """Return the default fill model, and those of `SHOWN` that this version has."""
    there = {module.name for module in iter_modules(tools.execution.fills.__path__)}
    return [DEFAULT_FILL_MODEL, *(name for name in SHOWN if name in there and name != DEFAULT_FILL_MODEL)]


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}..{high}"


def _told(case: Case, given: list[int], position: int) -> str:
    mark = "" if case.holds(given, position) else "  WRONG"
    return f"{' and '.join(map(str, given))} filled, position {position}{mark}"


def show_cases() -> None:
    """Print each case: what is true and why, and what the engines make of it."""
    print("Small cases: lots filled of each order, and the position that the engine tells.\n")
    for case in CASES:
        print(f"{case.name}")
        filled = " and ".join(_span(*truth) for truth in case.truth)
        print(f"  {'true':26}{filled} filled, position {_span(*case.position)}: {case.why}")
        for queue, exchange in THEIRS:
            told = _told(case, *theirs.run_case(case, queue, exchange))
            print(f"  {f'hftbacktest, {queue}, {exchange}'[:44]:44}{told}")
        for model in our_models():
            print(f"  {f'ours, {model}':44}{_told(case, *ours.run_case(case, model))}")
        print(f"  {'cause':26}{case.cause}\n")


def replay(lines: list[Line], quoting: Quoting, rounds: int) -> dict[str, Run]:
    """Run every engine and model in turns; return the last run of each with its median seconds."""
    rows: list[tuple[str, Callable[[], Run]]] = [
        (
            f"hftbacktest, {queue}, {exchange}",
            lambda q=queue, e=exchange: theirs.run_quoting(lines, quoting, q, e),
        )
        for queue, exchange in THEIRS
    ]
    rows += [(f"ours, {name}", lambda n=name: ours.run_quoting(lines, quoting, n)) for name in our_models()]
    runs: dict[str, Run] = {}
    seconds: dict[str, list[float]] = {name: [] for name, _ in rows}
    for _ in range(rounds):
        for name, run in rows:
            runs[name] = run()
            seconds[name].append(runs[name].seconds)
    return {
        name: Run(run.given, run.cancels, run.position, statistics.median(seconds[name]))
        for name, run in runs.items()
    }


def show_runs(lines: list[Line], quoting: Quoting, runs: dict[str, Run]) -> None:
    """Print what each run came to."""
    print(f"{RECORDING}: {len(lines)} quotes and prints; every {quoting.every_ns // 10**9} s an order of "
          f"{quoting.lots} lots at each best price, delays {quoting.delay_ns // 10**6} ms.\n")  # fmt: skip
    head = ("orders", "filled", "in part", "lots", "held", "position", "events/s")
    print(f"  {'':36}" + "".join(f"{name:>10}" for name in head))
    for name, run in runs.items():
        whole = sum(lots == quoting.lots for lots in run.given)
        part = sum(0 < lots < quoting.lots for lots in run.given)
        cells = (len(run.given), whole, part, sum(run.given), run.held, run.position)
        rate = len(lines) / max(1e-9, run.seconds)
        print(f"  {name:36}" + "".join(f"{cell:>10}" for cell in cells) + f"{rate:>10,.0f}")
    print("\n  held: what the orders' own fills come to; position: what the engine says that we hold.\n")


def show_differences(lines: list[Line], quoting: Quoting, runs: dict[str, Run], shown: int) -> None:
    """Print in how many orders two engines differ and by which cause, and the first of them."""
    names = list(runs)
    one, other = names[0], next(name for name in names if name.startswith("ours"))
    tape = Tape(lines, quoting)
    kinds: dict[str, list[int]] = {}
    examples: list[str] = []
    for number, (a, b) in enumerate(zip(runs[one].given, runs[other].given, strict=True)):
        if a == b:
            continue
        price, displayed = tape.prices(number)
        at_price, beyond, crossed = tape.traded(number)
        kind = kind_of(a, b, displayed, at_price, beyond, crossed)
        kinds.setdefault(kind, []).append(a - b)
        if len(examples) < shown:
            side = "bid" if number % 2 == 0 else "ask"
            across = ", crossed by a quote" if crossed else ""
            examples.append(
                f"    order {number}, {side} {price} behind {displayed}: {a} and {b}; "
                f"traded there {at_price}, past it {beyond}{across}: {kind}"
            )
    count = sum(map(len, kinds.values()))
    _show_envelope(one, runs)
    print(f"  {one} against {other}: {count} of {len(runs[one].given)} orders differ")
    for kind, gaps in sorted(kinds.items()):
        print(f"    {len(gaps):5} orders, {sum(gaps):+8} lots  {kind}")
    print("\n".join(["  the first of them:", *examples]) if examples else "")


def _show_envelope(one: str, runs: dict[str, Run]) -> None:
    """Print for how many orders `one` lies between our two edges, where this version has both."""
    low, high = runs.get("ours, risk_averse"), runs.get("ours, optimistic")
    if low is None or high is None:
        return
    inside = sum(a <= x <= b for a, x, b in zip(low.given, runs[one].given, high.given, strict=True))
    wide = sum(a != b for a, b in zip(low.given, high.given, strict=True))
    print(f"  {one}: between our risk_averse and optimistic in {inside} of {len(low.given)} orders, "
          f"of which the two give {wide} more than one answer")  # fmt: skip


BEYOND = "a print past the price or a quote across it fills the whole order"
QUEUE = "quotes that shrank have shortened the queue: prints counted twice, cancels taken for granted"
OURS_MORE = "ours filled more"
OTHER = "neither of these"


def kind_of(a: int, b: int, displayed: int, at_price: int, beyond: int, crossed: bool) -> str:
    """Return why hftbacktest gave `a` lots and we `b`, from what was displayed and traded.

    Behind `displayed` lots, prints alone give ``at_price - displayed`` lots at the price.
    """
    if a < b:
        return OURS_MORE
    if beyond > 0 or crossed:
        return BEYOND
    return QUEUE if a > max(0, at_price - displayed) else OTHER


def main(argv: list[str] | None = None) -> int:
    """Print cases, runs and differences."""
    parser = argparse.ArgumentParser(prog="peers", description="hftbacktest beside this engine.")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of the replays; default 3")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="where the recordings are")
    parser.add_argument("--orders", type=int, default=5, metavar="N", help="how many that differ are listed")
    options = parser.parse_args(sys.argv[1:] if argv is None else argv)
    show_cases()
    paths = recorded(RECORDING, options.data)
    if not paths:
        return 0
    lines = recorded_lines(paths, KEY)
    quoting = Quoting(first_ns=lines[0][1] + 10**9)
    runs = replay(lines, quoting, max(1, options.rounds))
    show_runs(lines, quoting, runs)
    show_differences(lines, quoting, runs, options.orders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
