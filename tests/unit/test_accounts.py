"""Several accounts in one session: one venue, and everything else of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.kit.accounts import Several
from tests.kit.session import SMALL, A, at, quote, sold
from tools.core.entry import NewOrder, SelfMatch
from tools.core.errors import ConfigError, UsageError
from tools.core.events import Side
from tools.core.funding import Funding
from tools.core.orders import TimeInForce
from tools.core.units import E8, NS_PER_MS
from tools.execution import FeeConfig, QuoterConfig
from tools.execution.latency import constant
from tools.execution.tca import QualityConfig
from tools.execution.venue_config import PaperConfig
from tools.lab.accounts import check_accounts, read_accounts, together
from tools.live.settings import LabConfig

NO_EDGE = QualityConfig(edge_fills=0)


def test_a_print_is_shared_first_come_first_served() -> None:
    desk = Several().take(quote(0), quote(100))
    assert [desk.life(name)["open"] for name in ("one", "two")] == [2, 2]
    # 50 are displayed at 100, ahead of both; each bids for 10, and the first was there first.
    desk.take(sold(200, 100, 65), quote(1_000))
    assert (desk.held("one"), desk.held("two")) == (10, 5)
    fills = [(r.get("path"), r["last_lots"]) for r in desk.records("report") if r["report"] == "TRADE"]
    assert fills == [(None, 10), ("two", 5)]


def test_each_has_its_own_orders_risk_books_and_lines() -> None:
    small = replace(SMALL, quoter=QuoterConfig(max_order_e8=300 * E8), fees=FeeConfig(maker_ubps=0))
    desk = Several((SMALL, small)).take(quote(0), quote(100), sold(200, 100, 63), quote(1_000))
    assert (desk.held("one"), desk.held("two")) == (10, 3)
    one, two = (desk.path(name) for name in ("one", "two"))
    assert one.books.positions.get(A).fees_e8 > 0 == two.books.positions.get(A).fees_e8
    assert [order.client_id for order in one.loop.store.open_orders()][:1] == ["CLI00000002"]
    assert [order.client_id for order in two.loop.store.open_orders()][:1] == ["CLI00000002"]
    one.risk.freeze("stop")
    desk.take(quote(2_000), quote(3_000))
    assert (one.risk.is_frozen(), two.risk.is_frozen()) == (True, False)
    assert (desk.life("one")["open"], desk.life("two")["open"]) == (0, 2)
    assert {r.get("path") for r in desk.records("order")} == {None, "two"}
    assert [r.get("path") for r in desk.records("freeze")] == [None]


def test_answers_are_booked_at_their_own_times_for_every_account() -> None:
    desk = Several().take(quote(0), quote(60_000))
    for name in ("one", "two"):
        told: Any = desk.path(name).books.book(A).quality.to_dict()["decision_to_acknowledge"]
        assert (told["count"], told["min_ns"], told["max_ns"]) == (2, 40 * NS_PER_MS, 40 * NS_PER_MS)


def test_what_one_asks_for_is_heard_at_the_instant_where_nothing_takes_time() -> None:
    # The cancels that a freeze sends leave in the account's turn; the next account's turn lets them arrive.
    delay = replace(LabConfig().delay, constant=constant.Config(entry_ns=0, cancel_ns=0, response_ns=0))
    config = replace(SMALL, delay=delay, paper=PaperConfig(latency_model="constant"))
    desk = Several((config, config)).take(quote(0), quote(100))
    desk.path("one").risk.freeze("stop")
    desk.take(quote(200))
    assert (desk.life("one")["canceled"], desk.life("one")["open"]) == (2, 0)
    assert [r["time_ns"] for r in desk.told("one", "CANCELED")] == [at(200), at(200)]


@pytest.mark.parametrize(
    ("across", "bought", "ended"),
    [
        # 80 % of the 50 displayed can be taken. The own offer of another account stands aside only
        # where the venue is told that the two are one.
        (False, 40, 0),
        (True, 40, 1),
    ],
)
def test_self_match_across_accounts_is_the_venue_s_rule(across: bool, bought: int, ended: int) -> None:
    paper = PaperConfig(self_match=SelfMatch.CANCEL_OLDEST, self_match_across_accounts=across)
    config = replace(SMALL, paper=paper)
    desk = Several((config, config))
    one, two = (desk.path(name).account for name in ("one", "two"))
    desk.session.on_venue(quote(0), at(0))
    one.submit_order(NewOrder("mine", A, Side.SELL, 5, 101, post_only=True))
    desk.session.on_venue(quote(100), at(100))
    two.submit_order(NewOrder("take", A, Side.BUY, 60, 101, time_in_force=TimeInForce.IOC))
    desk.session.on_venue(quote(200), at(200))
    desk.session.on_venue(quote(300), at(300))
    assert (one.held_lots(A), two.held_lots(A)) == (0, bought), "accounts never trade with each other"
    assert [r["text"] for r in desk.told("one", "EXPIRED")] == ["Self-match"] * ended


def test_accounts_are_funded_each_on_what_it_holds() -> None:
    desk = Several().take(quote(0), quote(100), sold(200, 100, 65), quote(1_000))
    desk.take(Funding(A, at(2_000), 1_000_000), quote(3_000))
    # At the mid of 100.5, 1 bps of 1,005 and of 502.5 are paid.
    paid = [desk.path(name).books.positions.get(A).funding_e8 for name in ("one", "two")]
    assert paid == [-10_050_000, -5_025_000]
    assert [(r.get("path"), r["funding_e8"]) for r in desk.records("funding")] == [
        (None, -10_050_000),
        ("two", -5_025_000),
    ]


def test_together_they_have_what_adds_up_and_nothing_is_left_over() -> None:
    blind = replace(SMALL, quality=QualityConfig(measures=False, edge_fills=0))
    for configs in ((SMALL, SMALL), (SMALL, blind)):
        desk = Several(configs).take(quote(0), quote(100), sold(200, 100, 65), quote(1_000))
        desk.take(Funding(A, at(2_000), 1_000_000), quote(3_000, 100, 103))
        desk.session.finish()
        reports: Any = {path.name: path.report() for path in desk.session.paths}
        found: Any = together(reports)
        sums = found["instruments"][A]
        # 15 bought at 100 are worth 101.5 each; fees are 2 bps of 1,500, funding 1 bps of 1,507.5.
        assert sums["position"]["position_lots"] == 15
        assert sums["position"]["mark_ht"] == 203
        assert sums["position"]["gross_e8"] == 15 * 15 * E8 // 10
        assert sums["position"]["fees_e8"] == 30_000_000
        assert sums["position"]["funding_e8"] == -15_075_000
        assert sums["position"]["net_e8"] == 15 * 15 * E8 // 10 - 30_000_000 - 15_075_000
        assert found["lifecycle"]["accepted"] == sum(desk.life(name)["accepted"] for name in ("one", "two"))
        book = sums["book_identity"]
        if configs[1] is blind:
            assert book is None, "what one did not measure cannot be added up"
        else:
            assert (book["residual_htl"], book["residual_e8"], book["mid_ht"]) == (0, 0, 203)
            assert book["profit_htl"] == 15 * (203 - 200)


def test_accounts_of_one_venue_agree_in_what_it_is() -> None:
    for section, other in (
        ("paper", replace(SMALL, paper=PaperConfig(haircut_ppm=1))),
        ("delay", replace(SMALL, delay=replace(SMALL.delay, constant=constant.Config(entry_ns=1)))),
        ("latency", replace(SMALL, latency=replace(SMALL.latency, jump_ns=1))),
    ):
        with pytest.raises(ConfigError, match=rf"two: .*{section}"):
            Several((SMALL, other))
    Several((SMALL, replace(SMALL, fees=FeeConfig(maker_ubps=0), quality=NO_EDGE)))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["maker=F"], "at least twice"),
        (["maker=F", "F"], "--account .*: give NAME=TOML"),
        (["maker=F", "="], "give NAME=TOML"),
        (["maker=F", "a|b=F"], "give NAME=TOML"),
        (["maker=F", f"{'x' * 33}=F"], "give NAME=TOML"),
        (["maker=F", "maker=F"], "there is an account maker already"),
    ],
)
def test_arguments_that_name_no_accounts(given: list[str], said: str, tmp_path: Any) -> None:
    (tmp_path / "F").write_text("")
    with pytest.raises(UsageError, match=said):
        read_accounts([text.replace("=F", f"={tmp_path / 'F'}") for text in given])


def test_accounts_and_the_envelope_are_not_for_one_run(tmp_path: Any) -> None:
    (tmp_path / "F").write_text('[quoter]\nmax_order = "1 USD"\n')
    accounts = read_accounts([f"{name}={tmp_path / 'F'}" for name in ("b", "a.1")])
    assert [one.name for one in accounts] == ["b", "a.1"], "in the order given"
    assert accounts[0].config.quoter.max_order_e8 == E8
    check_accounts(accounts, "ra")
    check_accounts((), "envelope")
    with pytest.raises(UsageError, match="--fills envelope: not with --account"):
        check_accounts(accounts, "envelope")
