"""Properties of risk as a whole: no subset of fills leads beyond a limit, and worse never passes more."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tests.kit.risk import TAKE, change, hold, monitor, shadow
from tools.core.errors import ConfigError
from tools.core.events import Side
from tools.core.orders import Intent, OrderStatus, RefusedOrder
from tools.risk import ApprovedOrder, Figure, RuntimeRiskMonitor, TradingStatus
from tools.risk.controls import PROFILES
from tools.risk.panel import Panel

QUIET = share(2)
S = 10**9
NOW = 1_000 * S
sides = st.sampled_from([Side.BUY, Side.SELL])
symbols = st.sampled_from("AB")
MARKS = {"A": 7, "B": 11}

# What a life of trading is made of: try an order, or let the venue answer one in some way.
steps = st.lists(
    st.one_of(
        st.tuples(st.just("order"), symbols, sides, st.integers(1, 40)),
        st.tuples(
            st.sampled_from(["fill", "cancel", "pending", "overfill", "bust"]),
            st.integers(0, 9),
            st.integers(1, 40),
        ),
    ),
    max_size=25,
)


class Ledger:
    """The same orders and positions, kept in the plainest way."""

    def __init__(self) -> None:
        self.position = {"A": 0, "B": 0}
        self.open: dict[str, tuple[str, Side, int]] = {}

    def outcomes(self, symbol: str) -> list[int]:
        """Return the position after every subset of the open orders of a symbol has filled."""
        held = [(side, lots) for name, side, lots in self.open.values() if name == symbol]
        return [
            self.position[symbol]
            + sum(
                lots if side is Side.BUY else -lots
                for (side, lots), fills in zip(held, mask, strict=True)
                if fills
            )
            for mask in product((False, True), repeat=len(held))
        ]

    def worst_e8(self, symbol: str) -> int:
        return max(abs(lots) for lots in self.outcomes(symbol)) * MARKS[symbol]


def live(risk: RuntimeRiskMonitor, ledger: Ledger, step: tuple[Any, ...], number: int) -> bool:
    """Let one step happen to both; return True if an order left."""
    if step[0] == "order":
        _, symbol, side, lots = step
        if len(ledger.open) >= 10:
            return False
        answer = risk.check(Intent(symbol, 0, side, lots, MARKS[symbol]))
        if isinstance(answer, RefusedOrder):
            return False
        risk.on_order_sent(f"o{number}", answer)
        ledger.open[f"o{number}"] = (symbol, side, lots)
        return True
    kind, which, lots = step
    if not ledger.open:
        return False
    client_id = sorted(ledger.open)[which % len(ledger.open)]
    symbol, side, leaves = ledger.open[client_id]
    fill = {"fill": min(lots, leaves), "overfill": leaves + lots, "bust": -lots}.get(kind, 0)
    after = {"cancel": OrderStatus.CANCELED, "pending": OrderStatus.PENDING_CANCEL}.get(
        kind, OrderStatus.PARTIALLY_FILLED
    )
    left = 0 if kind in ("cancel", "overfill") else leaves - max(fill, 0)
    if left == 0 and kind == "fill":
        after = OrderStatus.FILLED
    risk.on_order_change(change(symbol, side, fill, left, client_id, after))
    ledger.position[symbol] += fill if side is Side.BUY else -fill
    if left:
        ledger.open[client_id] = (symbol, side, left)
    else:
        del ledger.open[client_id]
    return False


@QUIET
@given(steps, st.integers(50, 900), st.integers(50, 1_500))
def test_no_subset_of_fills_leads_further_out_than_what_is_computed(
    steps, inventory: int, total: int
) -> None:
    """After an approval, whatever of the open and in-flight orders fills, both limits hold."""
    risk = monitor(inventory_e8=inventory, total_e8=total)
    ledger = Ledger()
    for symbol, ticks in MARKS.items():
        risk.on_quote(symbol, ticks, ticks)
    for number, step in enumerate(steps):
        before = {symbol: ledger.worst_e8(symbol) for symbol in MARKS}
        left = live(risk, ledger, step, number)
        after = {symbol: ledger.worst_e8(symbol) for symbol in MARKS}
        for symbol in MARKS:
            exposure = risk.exposures().get(symbol)
            computed = 0 if exposure is None else exposure.worst_e8(2 * MARKS[symbol])
            assert computed == after[symbol], "neither too little nor too much"
        used = {name: now for name, now, _ in risk.headroom()}
        assert used["worst_total_e8"] == sum(after.values())
        if left:
            grown = [symbol for symbol in MARKS if after[symbol] > before[symbol]]
            # What only reduced may leave as it was what is beyond a limit; nothing may grow beyond it.
            assert all(after[symbol] <= inventory for symbol in grown)
            assert not grown or sum(after.values()) <= total


@QUIET
@given(steps)
def test_exposure_recomputed_from_the_ledger_is_the_running_one(steps) -> None:
    risk = monitor()
    ledger = Ledger()
    for number, step in enumerate(steps):
        live(risk, ledger, step, number)
        open_lots = {client_id: lots for client_id, (_, _, lots) in ledger.open.items()}
        risk.verify_exposure(ledger.position, open_lots)
        assert not risk.is_frozen()
    wrong = {**ledger.position, "A": ledger.position["A"] + 1}
    risk.on_quote("A", 7, 7)
    risk.verify_exposure(wrong, {client_id: lots for client_id, (_, _, lots) in ledger.open.items()})
    cause = risk.freeze_log.cause
    assert cause is not None and cause.trigger.value == "EXPOSURE_DRIFT"


@QUIET
@given(steps, steps)
def test_what_is_restored_answers_as_the_original_would(before, after) -> None:
    risk = monitor(inventory_e8=700, total_e8=900)
    ledger = Ledger()
    for symbol, ticks in MARKS.items():
        risk.on_quote(symbol, ticks, ticks)
    for number, step in enumerate(before):
        live(risk, ledger, step, number)
    twin = monitor(inventory_e8=700, total_e8=900)
    twin.restore(json.loads(json.dumps(risk.snapshot())))
    assert twin.snapshot() == risk.snapshot()
    other = Ledger()
    other.position, other.open = dict(ledger.position), dict(ledger.open)
    for number, step in enumerate(after, start=100):
        assert live(risk, ledger, step, number) == live(twin, other, step, number)
    assert twin.snapshot() == risk.snapshot()


# -- tighter, and worse -------------------------------------------------------------------------

intents = st.builds(
    Intent,
    symbol=symbols,
    time_ns=st.just(NOW),
    side=sides,
    qty_lots=st.integers(1, 60),
    price_ticks=st.one_of(st.none(), st.integers(90, 110)),
)
positions = st.tuples(st.integers(-50, 50), st.integers(-50, 50))
limits = st.fixed_dictionaries(
    {
        "inventory_e8": st.integers(100, 9_000),
        "total_e8": st.integers(100, 9_000),
    }
)


def passes(risk: RuntimeRiskMonitor, intent: Intent) -> bool:
    return isinstance(risk.check(intent, TAKE), ApprovedOrder)


def held(risk: RuntimeRiskMonitor, lots: tuple[int, int]) -> RuntimeRiskMonitor:
    hold(risk, "A", lots[0])
    hold(risk, "B", lots[1])
    return risk


@QUIET
@given(intents, positions, limits, st.integers(1, 99))
def test_a_tighter_limit_of_the_monitor_never_approves_more(intent, lots, limit, share: int) -> None:
    loose = held(shadow(NOW, **limit), lots)
    if passes(loose, intent):
        return
    for name in limit:
        tight = held(shadow(NOW, **{**limit, name: max(1, limit[name] * share // 100)}), lots)
        assert not passes(tight, intent)


def worse(risk: RuntimeRiskMonitor, how: str) -> None:
    later = {"quote", "balance", "clock", "profit", "heartbeat"}
    if how.removeprefix("stale ") in later:
        risk.advance(NOW + 200 * S)
        return
    {
        "no quote": lambda: risk.on_quote("A", 0, 0),
        "crossed": lambda: risk.on_quote("A", 105, 95),
        "wide": lambda: risk.on_quote("A", 50, 150),
        "no mark of B": lambda: risk.on_quote("B", 0, 0),
        "no balance": lambda: risk.on_balance("NaN"),
        "little balance": lambda: risk.on_balance("0.000001"),
        "no clock": lambda: risk.on_clock_offset(None),
        "clock off": lambda: risk.on_clock_offset(9),
        "no profit": lambda: risk.figures.tell(Figure.NET_PROFIT, "x", NOW),
        "halted": lambda: risk.on_status("A", TradingStatus.HALT),
        "no status": lambda: risk.on_status("A", None),
        "not compared": lambda: risk.on_books_missing("x"),
        "frozen": lambda: risk.freeze("x"),
        "frozen symbol": lambda: risk.freeze_symbol("x", "A"),
        "reduce only": lambda: risk.reduce_only("a", "b"),
    }[how]()


WORSE = (
    *(f"stale {name}" for name in ("quote", "balance", "clock", "profit", "heartbeat")),
    *("no quote", "crossed", "wide", "no mark of B", "no balance", "little balance", "no clock"),
    *("clock off", "no profit", "halted", "no status", "not compared", "frozen", "frozen symbol"),
    "reduce only",
)


@QUIET
@given(intents, positions, limits, st.lists(st.sampled_from(WORSE), min_size=1, max_size=4))
def test_a_worse_input_never_loosens(intent, lots, limit, how) -> None:
    risk = held(shadow(NOW, **limit), lots)
    before = passes(risk, intent)
    for item in how:
        worse(risk, item)
        now = passes(risk, intent)
        assert before or not now, item
        before = now


def test_every_control_is_in_the_strictest_profile() -> None:
    """What a looser profile holds against an order, the strictest does too."""
    assert set(PROFILES["demo"]) <= set(PROFILES["replay"]) < set(PROFILES["shadow"])
    try:
        Panel("shadow", {})
    except ConfigError as error:
        assert "must be declared" in str(error)
    else:
        raise AssertionError("it has started undeclared")
