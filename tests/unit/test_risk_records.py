"""The small books of the risk room: configuration, told figures, parents, overrides, alerts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.core.errors import ConfigError, UsageError
from tools.core.events import Side
from tools.core.orders import Intent
from tools.risk import Figure, TradingStatus
from tools.risk.alerts import Alert, AlertReason, Alerts
from tools.risk.breaker_config import BreakerConfig
from tools.risk.config import RiskConfig
from tools.risk.figures import Figures
from tools.risk.overrides import Override, Overrides
from tools.risk.parents import ParentBook

S = 10**9
E8 = 10**8
BUY, SELL = Side.BUY, Side.SELL


def through_json(saved: Any) -> Any:
    return json.loads(json.dumps(saved))


# -- configuration ------------------------------------------------------------------------------


def test_defaults() -> None:
    config = RiskConfig()
    assert {name: getattr(config, name) for name in config.__dataclass_fields__} == {
        "profile": "replay",
        "max_inventory_e8": 10_000 * E8,
        "max_total_e8": 50_000 * E8,
        "max_mark_age_ns": 60 * S,
        "edge_freeze_threshold_ubps": 1_500_000,  # 1.5 bps
        "edge_observations": 1,
        "edge_recovery_ubps": 0,
        "warn_ppm": 800_000,
        "reconcile_every_ns": 10 * S,
        "reconcile_confirmations": 2,
        "entry_price_tolerance_ubps": 1_000_000,  # 0.01 %
    }


@pytest.mark.parametrize(
    ("field", "least"),
    [
        ("max_inventory_e8", 1),
        ("max_total_e8", 1),
        ("max_mark_age_ns", 0),
        ("edge_observations", 1),
        ("edge_recovery_ubps", 0),
        ("warn_ppm", 1),
        ("reconcile_every_ns", 1),
        ("reconcile_confirmations", 1),
    ],
)
def test_the_least_that_a_field_takes(field: str, least: int) -> None:
    RiskConfig(**{field: least})
    with pytest.raises(ConfigError, match=f"risk.*{field}"):
        RiskConfig(**{field: least - 1})


def test_a_warning_comes_at_the_limit_at_the_latest_and_a_profile_exists() -> None:
    RiskConfig(warn_ppm=1_000_000)
    with pytest.raises(ConfigError, match="warn_ppm"):
        RiskConfig(warn_ppm=1_000_001)
    for profile in ("demo", "replay", "shadow"):
        RiskConfig(profile=profile)
    with pytest.raises(ConfigError, match="profile: must be one of"):
        RiskConfig(profile="live")


def test_defaults_of_the_breaker() -> None:
    config = BreakerConfig()
    assert (config.trip_count, config.window_count, config.min_count) == (5, 20, 10)
    assert (config.trip_ppm, config.probe_count) == (500_000, 1)
    assert (config.open_ns, config.open_max_ns, config.probe_ns) == (10 * S, 160 * S, 10 * S)


# -- told figures -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "told", "kept"),
    [
        (Figure.FREE_BALANCE, "1.000000019", 100_000_001),  # against us: down
        (Figure.NET_PROFIT, "-0.000000011", -2),
        (Figure.CLOCK_OFFSET, "0.0015", 1_500_000),  # seconds
        (Figure.FREE_BALANCE, "NaN", None),
        (Figure.NET_PROFIT, None, None),
    ],
)
def test_a_figure_is_kept_in_its_unit_and_unknown_if_it_is_none(
    figure: Figure, told: str | None, kept: int | None
) -> None:
    figures = Figures()
    assert figures.age_ns(figure, 9) is None
    figures.put(figure, 77, 1)
    assert figures.tell(figure, told, 5) == kept
    assert (figures.get(figure), figures.age_ns(figure, 9)) == (kept, 4)
    assert [one.value for one in Figure] == ["free_balance_e8", "net_profit_e8", "clock_offset_ns"]


def test_a_provider_that_raises_knows_nothing() -> None:
    def down() -> str:
        raise ConnectionError

    figures = Figures()
    assert figures.ask(Figure.FREE_BALANCE, lambda: "2", 1) == 2 * E8
    assert figures.ask(Figure.FREE_BALANCE, down, 3) is None
    assert (figures.get(Figure.FREE_BALANCE), figures.age_ns(Figure.FREE_BALANCE, 3)) == (None, 0)


def test_told_figures_come_back() -> None:
    figures, twin = Figures(), Figures()
    figures.put(Figure.NET_PROFIT, -3, 10)
    figures.put(Figure.FREE_BALANCE, None, 20)
    figures.heartbeat_ns = 30
    figures.status["A"] = TradingStatus.CANCEL_ONLY
    twin.restore(through_json(figures.snapshot()))
    assert (twin.get(Figure.NET_PROFIT), twin.age_ns(Figure.NET_PROFIT, 12)) == (-3, 2)
    assert (twin.get(Figure.FREE_BALANCE), twin.age_ns(Figure.FREE_BALANCE, 20)) == (None, 0)
    assert (twin.heartbeat_ns, twin.status) == (30, {"A": TradingStatus.CANCEL_ONLY})
    assert figures.snapshot() == {
        "heartbeat_ns": 30,
        "status": {"A": "CANCEL_ONLY"},
        "told_ns": {"net_profit_e8": 10, "free_balance_e8": 20},
        "values": {"net_profit_e8": -3},
    }


# -- parents ------------------------------------------------------------------------------------


def test_a_parent_needs_an_id_of_its_own_and_a_quantity() -> None:
    book = ParentBook()
    book.open("p", "A", BUY, 1)
    for parent_id, lots in (("", 1), ("p", 1), ("q", 0), ("q", -1)):
        with pytest.raises(UsageError):
            book.open(parent_id, "A", BUY, lots)
    assert list(book.by_id) == ["p"]


def test_a_parent_counts_what_its_children_have_filled_or_could_still_fill() -> None:
    book = ParentBook()
    book.open("p", "A", SELL, 20)
    parent = book.by_id["p"]
    book.sent("x", "nobody", 3)
    book.sent("c", "p", 5)
    book.sent("d", "p", 7)
    assert (parent.children, parent.asked_lots) == (2, 12)
    book.changed("x", 3, 0, True)
    book.changed("c", 2, 3, False)  # 2 of 5 filled
    assert parent.asked_lots == 12
    book.changed("c", 1, 0, True)  # one more, the last two were cancelled
    assert parent.asked_lots == 10
    book.changed("c", 1, 0, True)
    assert (parent.children, parent.asked_lots) == (2, 10)

    twin = ParentBook()
    twin.restore(through_json(book.snapshot()))
    assert twin.snapshot() == book.snapshot()
    found = twin.by_id["p"]
    assert (found.symbol, found.side, found.qty_lots) == ("A", SELL, 20)
    twin.changed("d", 0, 0, True)
    assert (found.children, found.asked_lots) == (2, 3)
    twin.close("p")
    twin.close("p")
    assert twin.by_id == {}


# -- overrides ----------------------------------------------------------------------------------


def order(symbol: str = "A", side: Side = BUY, lots: int = 3, ticks: int | None = 100) -> Intent:
    return Intent(symbol, 0, side, lots, ticks)


def granted(expires_ns: int = 10) -> Overrides:
    overrides = Overrides()
    overrides.grant(Override("A", BUY, 3, 100, "anna", "meant", expires_ns), 0)
    return overrides


@pytest.mark.parametrize(
    "other", [order(symbol="B"), order(side=SELL), order(lots=4), order(ticks=101), order(ticks=None)]
)
def test_an_override_is_for_one_order_in_every_figure(other: Intent) -> None:
    overrides = granted()
    assert overrides.use(other, 0) is None
    used = overrides.use(order(), 0)
    assert used is not None
    assert (used.approver, used.reason, used.expires_ns) == ("anna", "meant", 10)
    assert overrides.use(order(), 0) is None, "once"


def test_an_override_expires() -> None:
    assert granted().use(order(), 9) is not None
    assert granted().use(order(), 10) is None
    with pytest.raises(UsageError, match="expire"):
        granted(0)
    for approver, reason in ((" ", "meant"), ("anna", "")):
        with pytest.raises(UsageError, match="approver"):
            Override("A", BUY, 3, 100, approver, reason, 10)


def test_overrides_come_back() -> None:
    overrides, twin = granted(), granted()
    overrides.grant(Override("B", SELL, 5, None, "berta", "too", 20), 0)
    twin.restore(through_json(overrides.snapshot()))
    assert [one.to_json() for one in twin.waiting] == [one.to_json() for one in overrides.waiting]
    assert twin.use(order("B", SELL, 5, None), 15) is not None


# -- alerts -------------------------------------------------------------------------------------


def test_alerts_are_taken_once_and_counted_for_ever() -> None:
    alerts, twin = Alerts(), Alerts()
    assert alerts.take() == []
    first, second = AlertReason.ODD_REPORT, AlertReason.HELD
    for reason in (first, second, first):
        alerts.add(Alert(5, 3, reason, "A", "look", ("x_e8", 1, 2)))
    assert [alert.reason for alert in alerts.take()] == [first, second, first]
    assert alerts.take() == []
    assert alerts.counts() == {"HELD": 1, "ODD_REPORT": 2}
    twin.restore(through_json(alerts.snapshot()))
    assert twin.counts() == {"HELD": 1, "ODD_REPORT": 2}
    assert list(alerts.counts()) == ["HELD", "ODD_REPORT"], "by name"
