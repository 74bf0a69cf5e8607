"""How long one full check of an order takes, as a multiple of a floor, under each profile.

    python bench/risk_check.py [--rounds N]

The order is a typical one: ten open orders rest in its instrument, two other instruments hold
something, every input is told and fresh, and it passes, so that every control is asked. The floor
is one `json.loads` of the order's own audit line, which no check can be expected to beat by much
in Python. Floor and checks take turns for some rounds in a process of their own for each build.
Nothing here passes or fails; the aim, on an idle machine of about 3 GHz, is 25 us interpreted
and 5 us compiled under the profile ``shadow``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

from recordings import builds, measure

PROFILES = ("demo", "replay", "shadow")
REPEATS = 2_000
S = 10**9


def scene(profile: str) -> tuple[Any, Any, Any]:
    """Return a monitor that would let the order pass, the order, and the decision in force."""
    from tools.core.events import Side
    from tools.core.instrument import Instrument
    from tools.core.orders import ChangeAlert, Intent, OrderChange, OrderStatus
    from tools.core.verdicts import Ceiling, Decision
    from tools.risk import ApprovedOrder, RuntimeRiskMonitor, TradingStatus
    from tools.risk.controls import permission

    now_ns = 1_735_689_600 * S
    names = ("AAA", "BBB", "CCC")
    risk = RuntimeRiskMonitor(
        max_inventory_usd_per_symbol=10_000,
        max_total_notional_usd=50_000,
        edge_freeze_threshold_bps="1.5",
        instruments={n: Instrument(venue="v", symbol=n, tick="0.1", lot="0.001") for n in names},
        profile=profile,
        controls={"permission": permission.Config(symbols=names)},
    )
    risk.advance(now_ns)
    risk.on_heartbeat()
    risk.on_balance(100_000)
    risk.on_clock_offset(0)
    risk.on_profit_e8(0)
    risk.on_books({}, [], {})
    for name in names:
        risk.on_status(name, TradingStatus.TRADING)
        risk.on_quote(name, 499_990, 500_010, 5_000, 5_000)
    take = Decision(now_ns, True, Ceiling.TAKE, 1_000_000, "BENCH", ())

    def send(client_id: str, name: str, side: Side, price_ticks: int) -> None:
        answer = risk.check(Intent(name, now_ns, side, 2, price_ticks), take)
        assert isinstance(answer, ApprovedOrder), answer.to_json()
        risk.on_order_sent(client_id, answer)
        before, after = OrderStatus.PENDING_NEW, OrderStatus.NEW
        nothing = (0, 0, 0, 0, 0)  # booked, taken back, filled
        change = OrderChange(client_id, name, side, before, after, *nothing, 2, 2, None, ChangeAlert.NONE)
        risk.on_order_change(change)

    for number in range(5):
        send(f"b{number}", "AAA", Side.BUY, 499_900 - number)
        send(f"s{number}", "AAA", Side.SELL, 500_100 + number)
    for name in names[1:]:
        send(name, name, Side.BUY, 499_900)
    return risk, Intent("AAA", now_ns, Side.BUY, 2, 499_950), take


def worker(rounds: int) -> None:
    """Measure in this process and print nanoseconds by what was measured, one for each round."""
    import tools.core.units
    from tools.risk import ApprovedOrder

    scenes = {profile: scene(profile) for profile in PROFILES}
    line = scenes["shadow"][1].to_json()
    found: dict[str, list[float]] = {name: [] for name in ("floor", *PROFILES)}
    for _ in range(rounds):
        started = time.process_time_ns()
        for _ in range(REPEATS):
            json.loads(line)
        found["floor"].append((time.process_time_ns() - started) / REPEATS)
        for profile, (risk, intent, take) in scenes.items():
            assert isinstance(risk.check(intent, take), ApprovedOrder), risk.last_refusal.to_json()
            started = time.process_time_ns()
            for _ in range(REPEATS):
                risk.check(intent, take)
            found[profile].append((time.process_time_ns() - started) / REPEATS)
    print(json.dumps({"ns": found, "tools": tools.core.units.__file__}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("given", nargs="?", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        worker(args.given)
        return
    print(f"{'build':16} {'what':8} {'us':>7} {'x floor':>8}")
    for build in builds():
        ns = measure(__file__, build, [str(args.rounds)])["ns"]
        floor = statistics.median(ns["floor"])
        for name, values in ns.items():
            middle = statistics.median(values)
            print(f"{build.name:16} {name:8} {middle / 1_000:7.2f} {middle / floor:8.2f}")


if __name__ == "__main__":
    main()
