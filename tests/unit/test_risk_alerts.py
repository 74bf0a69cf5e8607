"""What the monitor tells when it holds, refuses aloud or closes a position, in every figure."""

from __future__ import annotations

import pytest

from tests.kit.orders import intent
from tests.kit.risk import INSTRUMENTS, TAKE, hold, monitor, ready
from tools.core.events import Side
from tools.core.orders import Intent, RefusedOrder, TimeInForce
from tools.core.verdicts import Ceiling
from tools.risk import Alert, AlertReason, ApprovedOrder, Exposure, ExposureBook, RuntimeRiskMonitor
from tools.risk.controls import permission

BUY, SELL = Side.BUY, Side.SELL


def told(risk: RuntimeRiskMonitor, reason: AlertReason) -> list[Alert]:
    return [alert for alert in risk.alerts.take() if alert.reason is reason]


def test_a_hold_is_told_with_its_trigger_symbol_and_figure() -> None:
    risk = monitor()
    risk.advance(7)
    risk.on_edge_update("A", "1.25")
    (alert,) = told(risk, AlertReason.HELD)
    assert (alert.time_ns, alert.since_ns, alert.symbol) == (7, 7, "A")
    assert alert.text == "EDGE_BELOW_THRESHOLD: Edge degradation: 1.25 BPS < 1.50 BPS"
    assert alert.figure == ("edge_ubps", 1_250_000, 1_500_000)
    risk.on_edge_update("A", "1.25")
    assert told(risk, AlertReason.HELD) == [], "it holds already"


def test_a_hold_of_everything_is_told_without_a_symbol() -> None:
    risk = monitor()
    risk.freeze("stop")
    (alert,) = told(risk, AlertReason.HELD)
    assert (alert.symbol, alert.text, alert.figure) == ("", "CALL: stop", None)


def test_only_a_loud_control_s_refusal_is_told_and_with_its_figure() -> None:
    risk = ready(monitor(profile="replay"))
    first = risk.check(intent(BUY, 1, 100, "A"), TAKE)
    assert isinstance(first, ApprovedOrder)
    risk.on_order_sent("a", first)
    quiet = risk.check(intent(BUY, 1, 103, "A"), TAKE)  # 3 % above the mark, of 2; not walked 5
    assert isinstance(quiet, RefusedOrder) and quiet.reason == "PRICE_COLLAR"
    assert told(risk, AlertReason.REFUSED) == []
    risk.advance(3 * 10**9)  # a second later this is no sudden move of the market
    risk.on_quote("A", 109, 111, 9, 9)
    loud = risk.check(intent(BUY, 1, 110, "A"), TAKE)
    assert isinstance(loud, RefusedOrder) and loud.reason == "PRICE_WALK"
    (alert,) = told(risk, AlertReason.REFUSED)
    assert (alert.symbol, alert.text) == ("A", "PRICE_WALK")
    assert alert.figure == ("own_move_ubps", 10**9, 5 * 10**8)  # 10 % of at most 5


@pytest.mark.parametrize(
    ("lots", "side", "price"),
    [(3, SELL, 99), (1, SELL, 99), (-3, BUY, 101), (-1, BUY, 101)],
)
def test_what_is_killed_is_closed_at_the_far_side(lots: int, side: Side, price: int) -> None:
    risk = monitor()
    risk.advance(7)
    risk.on_quote("A", 99, 101)
    hold(risk, "A", lots)
    risk.kill("Ada", "stop")
    order = risk.check_flatten("A")
    assert order is not None
    wanted = Intent("A", 7, side, abs(lots), price, Ceiling.TAKE, TimeInForce.IOC)
    assert (order.intent.to_json(), order.price_ticks) == (wanted.to_json(), price)


def killed(
    position: int = 0, quote: bool = True, kill: bool = True, open_lots: int = 0
) -> RuntimeRiskMonitor:
    risk = monitor()
    hold(risk, "A", position)
    if quote:
        risk.on_quote("A", 99, 101)
    if open_lots:
        answer = risk.check(intent(SELL, open_lots, 101, "A"))
        assert isinstance(answer, ApprovedOrder)
        risk.on_order_sent("s", answer)
    if kill:
        risk.kill("Ada", "stop")
    return risk


@pytest.mark.parametrize(
    "given",
    [
        {"position": 0},
        {"position": 3, "quote": False},
        {"position": 3, "kill": False},
        {"position": 3, "open_lots": 1},  # something else of that side may still fill
    ],
)
def test_nothing_is_closed_where_nothing_is_held_seen_killed_or_free(given: dict) -> None:
    assert killed(**given).check_flatten("A") is None
    assert killed(position=3).check_flatten("A") is not None
    assert killed(position=3).check_flatten("Z") is None


def test_the_provider_is_asked_for_what_is_held_and_not_quoted_and_for_the_order_s_own() -> None:
    book = ExposureBook(INSTRUMENTS)
    for symbol in "AB":
        found = book.find(symbol)
        assert found is not None
        found.fill(BUY, 1)
    quoted, flat = book.by_symbol["B"], book.find("C")
    quoted.on_quote(0, 99, 101, 1, 1)
    assert flat is not None
    asked: list[str] = []

    def provider(symbol: str) -> str:
        asked.append(symbol)
        return "0.0100"

    book.ask(provider, "C", flat)
    assert asked == ["C", "A"]
    assert (book.by_symbol["A"].provider_ht, quoted.provider_ht, flat.provider_ht) == (200, None, 200)
    asked.clear()
    book.ask(provider, "B", quoted)
    assert asked == ["A"]
    stranger = Exposure(INSTRUMENTS["C"])
    asked.clear()
    book.ask(provider, "A", stranger)
    assert asked == ["A"], "one's own is asked for once"


@pytest.mark.parametrize(
    ("most", "level", "passes"),
    [
        (3, Ceiling.NONE, False),
        (1, Ceiling.PASSIVE, True),
        (1, Ceiling.IMPROVE, False),
        (3, Ceiling.TAKE, True),
        (0, Ceiling.PASSIVE, False),
    ],
)
def test_how_aggressive_an_order_may_be_at_most_and_that_it_must_be_something(most, level, passes) -> None:

    settings = {"permission": permission.Config(max_aggressiveness=most)}
    risk = ready(monitor(profile="replay", controls=settings))
    answer = risk.check(Intent("A", risk.now_ns, BUY, 1, 100, level), TAKE)
    assert isinstance(answer, ApprovedOrder) is passes
    if isinstance(answer, RefusedOrder):
        assert answer.evidence == (("aggressiveness_level", int(level), most),)
