"""The fail-closed matrix: each input of a control, missing or wrong in each way.

Under the profile ``shadow`` everything is told and right, so that an order passes. Then one input
is spoilt in one way: an order that adds risk is refused with that input's reason, and one that
only reduces still passes, unless the catalogue says otherwise. Cancels never come here: that they
leave is tested with the loop in ``test_kill.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.kit.risk import INSTRUMENTS, TAKE, change, hold, monitor, ready, shadow
from tools.core.errors import ConfigError, LabError, UsageError
from tools.core.events import Side
from tools.core.orders import Intent, OpenOrder, RefusedOrder
from tools.risk import Figure, RuntimeRiskMonitor, TradingStatus
from tools.risk.controls import (
    balance,
    clock,
    fat_finger,
    loss_limit,
    market_data,
    message_rate,
    open_orders,
    order_value,
    permission,
    price_collar,
)

BUY, SELL = Side.BUY, Side.SELL
S = 10**9
NOW = 1_000 * S
HELD = 50  # lots of A
BIG_RISK = 20


def world(**settings: Any) -> RuntimeRiskMonitor:
    """Return a monitor that holds A and B, is told everything, and would let orders in A pass."""
    risk = shadow(NOW, **settings)
    hold(risk, "A", HELD)
    hold(risk, "B", 1)
    risk.on_books({}, [], {"A": HELD, "B": 1})
    return risk


def raises(*args: object) -> str:
    raise RuntimeError("provider")


def ask(risk: RuntimeRiskMonitor, side: Side, lots: int = BIG_RISK, at: int | None = None) -> list[str]:
    """Return every reason against an order, primary first; nothing if it passes."""
    made = Intent("A", risk.now_ns if at is None else at, side, lots, 100)
    answer = risk.check(made, TAKE)
    return [answer.reason, *answer.also] if isinstance(answer, RefusedOrder) else []


def later(risk: RuntimeRiskMonitor, seconds: int, *kept: str) -> None:
    """Let time pass, with everything told again but what is not in `kept`."""
    risk.advance(NOW + seconds * S)
    if "heartbeat" not in kept:
        risk.on_heartbeat()
    if "balance" not in kept:
        risk.on_balance(1_000_000)
    if "clock" not in kept:
        risk.on_clock_offset("0.001")
    if "profit" not in kept:
        risk.on_profit_e8(0)
    for symbol in INSTRUMENTS:
        if f"quote {symbol}" not in kept:
            risk.on_quote(symbol, 99, 101, 10**6, 10**6)


def profit(risk: RuntimeRiskMonitor, value: Any) -> None:
    risk.figures.tell(Figure.NET_PROFIT, value, risk.now_ns)
    risk.tick()


def unknown_position(risk: RuntimeRiskMonitor) -> None:
    risk.on_order_change(change("ZZZ", BUY, 3, after=None))


def venue_says(lots: int | None) -> Callable[[RuntimeRiskMonitor], None]:
    def told(risk: RuntimeRiskMonitor) -> None:
        for _ in range(2):  # as many as `reconcile_confirmations` asks for
            risk.on_books({}, [], {"A": lots, "B": 1})

    return told


# (input, what is wrong with it) -> (how to spoil it, reason, whether a reducing order passes)
Spoil = Callable[[RuntimeRiskMonitor], None]
MATRIX: dict[tuple[str, str], tuple[Spoil, str, bool]] = {
    # P01: "every order is denied": whoever does not see the market does not know what an order does.
    ("quote", "stale"): (lambda r: later(r, 11, "quote A"), "QUOTE_STALE", False),
    ("quote", "negative"): (lambda r: r.on_quote("A", -1, 101), "QUOTE_ABSURD", False),
    ("quote", "crossed"): (lambda r: r.on_quote("A", 101, 99), "QUOTE_ABSURD", False),
    ("other mark", "negative"): (lambda r: r.on_quote("B", -1, 1), "TOTAL_NOTIONAL_UNKNOWN", True),
    ("other mark", "stale"): (lambda r: later(r, 61, "quote B"), "TOTAL_NOTIONAL_UNKNOWN", True),
    ("account", "missing"): (lambda r: r.on_balance(None), "BALANCE_UNKNOWN", True),
    ("account", "NaN text"): (lambda r: r.on_balance("NaN"), "BALANCE_UNKNOWN", True),
    ("account", "infinite"): (lambda r: r.on_balance(math.inf), "BALANCE_UNKNOWN", True),
    ("account", "stale"): (lambda r: later(r, 61, "balance"), "BALANCE_UNKNOWN", True),
    ("account", "negative"): (lambda r: r.on_balance(-1), "BALANCE_EXCEEDED", True),
    ("account", "exception"): (
        lambda r: r.figures.ask(Figure.FREE_BALANCE, raises, r.now_ns) and None,
        "BALANCE_UNKNOWN",
        True,
    ),
    ("clock", "missing"): (lambda r: r.on_clock_offset(None), "CLOCK_UNKNOWN", True),
    ("clock", "NaN text"): (lambda r: r.on_clock_offset("nan"), "CLOCK_UNKNOWN", True),
    ("clock", "stale"): (lambda r: later(r, 121, "clock"), "CLOCK_UNKNOWN", True),
    ("clock", "negative"): (lambda r: r.on_clock_offset("-0.6"), "CLOCK_OFFSET", True),
    ("clock", "exception"): (
        lambda r: r.figures.ask(Figure.CLOCK_OFFSET, raises, r.now_ns) and None,
        "CLOCK_UNKNOWN",
        True,
    ),
    ("PnL", "missing"): (lambda r: r.on_profit_e8(None), "PNL_UNKNOWN", True),
    ("PnL", "NaN text"): (lambda r: profit(r, "NaN"), "REDUCE_ONLY", True),
    ("PnL", "stale"): (lambda r: later(r, 31, "profit"), "PNL_UNKNOWN", True),
    ("PnL", "negative"): (lambda r: profit(r, "-500.00000001"), "REDUCE_ONLY", True),
    ("PnL", "exception"): (
        lambda r: r.figures.ask(Figure.NET_PROFIT, raises, r.now_ns) and None,
        "PNL_UNKNOWN",
        True,
    ),
    # Nothing is known to reduce a position that is not known.
    ("position", "missing"): (unknown_position, "FROZEN", False),
    ("position", "not the venue's"): (venue_says(HELD + 1), "FROZEN", False),
    ("position", "NaN text"): (venue_says(None), "FROZEN", False),
    ("position", "exception"): (lambda r: r.on_books_missing("raised"), "NOT_RECONCILED", False),
    # P02: no order into an instrument that is not traded, or not known to be.
    ("status", "missing"): (lambda r: r.on_status("A", None), "STATUS_UNKNOWN", False),
    ("status", "cancel only"): (
        lambda r: r.on_status("A", TradingStatus.CANCEL_ONLY),
        "NOT_TRADING",
        False,
    ),
    # A02: whoever does not hear the venue does not hear of fills either.
    ("heartbeat", "stale"): (lambda r: later(r, 11, "heartbeat"), "HEARTBEAT_LOST", False),
}


def test_with_nothing_spoilt_both_orders_pass() -> None:
    risk = world()
    assert ask(risk, BUY) == []
    assert ask(risk, SELL) == []
    later(risk, 60)
    assert ask(risk, BUY) == [] and ask(risk, SELL) == []


@pytest.mark.parametrize(("case", "row"), MATRIX.items(), ids=[" ".join(case) for case in MATRIX])
def test_new_risk_is_refused_with_the_input_s_reason(case, row) -> None:
    spoil, reason, reducing_passes = row
    risk = world()
    spoil(risk)
    assert reason in ask(risk, BUY), case
    assert (ask(risk, SELL) == []) is reducing_passes, case


@pytest.mark.parametrize("figure", ["quote", "heartbeat", "books", "status", "balance", "clock", "profit"])
def test_what_was_never_told_is_refused(figure: str) -> None:
    """At the start: one of the inputs has not come yet."""
    allowed = {"permission": permission.Config(symbols=("A",))}
    risk = monitor(profile="shadow", controls=allowed)
    risk.advance(NOW)
    tellings: dict[str, Callable[[], object]] = {
        "quote": lambda: risk.on_quote("A", 99, 101, 10**6, 10**6),
        "heartbeat": risk.on_heartbeat,
        "books": lambda: risk.on_books({}, [], {}),
        "status": lambda: risk.on_status("A", TradingStatus.TRADING),
        "balance": lambda: risk.on_balance(10**6),
        "clock": lambda: risk.on_clock_offset(0),
        "profit": lambda: risk.on_profit_e8(0),
    }
    for name, tell in tellings.items():
        if name != figure:
            tell()
    expected = {
        "quote": "QUOTE_MISSING",
        "heartbeat": "HEARTBEAT_MISSING",
        "books": "NOT_RECONCILED",
        "status": "STATUS_UNKNOWN",
        "balance": "BALANCE_UNKNOWN",
        "clock": "CLOCK_UNKNOWN",
        "profit": "PNL_UNKNOWN",
    }[figure]
    assert ask(risk, BUY)[0] == expected
    tellings[figure]()
    assert ask(risk, BUY) == []


NO_PRICES = ("NaN", -1, 0, None, math.inf, "x")


@pytest.mark.parametrize("bad", [raises, *({"A": value}.get for value in NO_PRICES)])
def test_a_reference_price_that_is_none_is_refused(bad) -> None:
    risk = shadow(NOW, get_mark_price=bad)
    risk.on_quote("A", 0, 0)  # only the provider is left
    assert {"REFERENCE_MISSING", "QUOTE_ABSURD"} <= set(ask(risk, BUY))
    assert not risk.check_before_order("A", "Buy", 1)  # an order without a price of its own
    assert risk.last_refusal is not None
    assert "MARK_MISSING" in risk.last_refusal.also


@pytest.mark.parametrize("bad", ["NaN", math.nan, math.inf, -1, 0, None, "", "ten"])
@pytest.mark.parametrize("limit", ["max_inventory_usd_per_symbol", "max_total_notional_usd"])
def test_a_limit_that_is_none_keeps_the_engine_from_starting(limit: str, bad: object) -> None:
    with pytest.raises(LabError):
        monitor(**{limit: bad})


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (order_value.Config, "max_order_e8"),
        (price_collar.Config, "max_paying_ubps"),
        (open_orders.Config, "max_side"),
        (message_rate.Config, "max_new"),
        (fat_finger.Config, "max_displayed_ppm"),
        (loss_limit.Config, "max_daily_loss_e8"),
        (clock.Config, "max_offset_ns"),
        (balance.Config, "max_told_age_ns"),
    ],
)
def test_a_negative_limit_of_a_control_is_refused(config: type, field: str) -> None:
    with pytest.raises(ConfigError):
        config(**{field: -1})


def test_the_engine_does_not_start_without_a_list_of_what_it_may_trade() -> None:
    """RTS 6, article 8: the limits are declared before the first order."""
    for symbols in ((), ("*",)):
        with pytest.raises(ConfigError, match=r"control\.permission\.symbols: must be declared"):
            monitor(profile="shadow", controls={"permission": permission.Config(symbols=symbols)})
    with pytest.raises(ConfigError):
        monitor(profile="shadow")
    monitor(profile="replay")  # a recording trades what it holds


def test_an_undeclared_symbol_is_refused() -> None:
    risk = shadow(NOW, {"permission": permission.Config(symbols=("B",))})
    assert ask(risk, BUY)[0] == "SYMBOL_NOT_PERMITTED"


@pytest.mark.parametrize("field", ["qty", "price"])
@pytest.mark.parametrize("bad", ["NaN", math.nan, -1, 0, "x", 10**50])
def test_an_order_s_own_figures(field: str, bad: object) -> None:
    risk = ready(monitor())
    arguments: dict[str, Any] = {"qty": 1, "price": 1, field: bad}
    assert risk.check_before_order("A", "Buy", arguments["qty"], arguments["price"]) is False


def test_stale_means_older_than_the_limit_and_not_as_old() -> None:
    risk = world(controls={"market_data": market_data.Config(max_age_ns=10 * S)})
    later(risk, 10, "quote A")
    assert ask(risk, BUY) == []
    risk.advance(NOW + 10 * S + 1)
    assert ask(risk, BUY)[0] == "QUOTE_STALE"


def test_an_unsigned_command_does_nothing() -> None:
    risk = world()
    for command in (risk.kill, risk.reduce_only):
        for operator, reason in (("", "x"), ("x", " ")):
            with pytest.raises(UsageError):
                command(operator, reason)
    assert ask(risk, BUY) == []


def test_books_that_could_not_be_compared_are_an_alert_and_agree_again_by_themselves() -> None:
    risk = world()
    risk.on_books_missing("RuntimeError: the venue could not be asked")
    risk.on_books_missing("RuntimeError: the venue could not be asked")
    assert risk.alerts.counts()["NOT_COMPARED"] == 1
    assert not risk.verdict("A").open
    risk.on_books({}, [], {"A": HELD, "B": 1})
    assert risk.verdict("A").open and ask(risk, BUY) == []


def test_an_order_at_the_venue_that_nobody_knows_freezes() -> None:
    risk = world()
    strange = OpenOrder("X1", "E1", "A", BUY, 5, 5, 100)
    for _ in range(2):
        assert not risk.is_frozen()
        risk.on_books({}, [strange], {"A": HELD, "B": 1})
    assert risk.is_frozen()
    assert risk.alerts.counts()["MISMATCH"] == 1
    assert risk.exposures()["A"].position_lots == HELD, "nothing is corrected"
    assert risk.exposures()["A"].open == {}
