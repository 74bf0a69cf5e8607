"""Whatever the market does and whatever they are allowed: accounts at one venue and what they come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.accounts import Several
from tests.kit.effort import share
from tests.kit.session import SMALL, A, at, quote
from tools.core.events import Market, Trade
from tools.core.funding import Funding
from tools.core.units import HALF_E8
from tools.core.verdicts import Ceiling
from tools.execution import FeeConfig
from tools.lab.accounts import together

FEES = (
    FeeConfig(maker_ubps=2_000_003, settlement_step_e8=7),
    FeeConfig(maker_ubps=-500_001, min_fee_e8=11),
    FeeConfig(maker_ubps=0),
)
CONFIGS = [replace(SMALL, fees=fees) for fees in FEES]
PRICES = st.integers(97, 104)
LATER = st.integers(1, 400)  # ms; an answer takes 40, so that what is under way meets all the rest
quotes = st.tuples(LATER, st.just("quote"), st.tuples(PRICES, st.integers(1, 3)))
trades = st.tuples(LATER, st.just("trade"), st.tuples(PRICES, st.integers(1, 120), st.booleans()))
fundings = st.tuples(
    LATER,
    st.just("funding"),
    st.tuples(st.integers(-50_000_000, 50_000_000), st.none() | st.integers(1, 10**11)),
)
allowed = st.tuples(
    LATER, st.just("allow"), st.tuples(st.sampled_from(("one", "two", "three")), st.sampled_from(Ceiling))
)
scripts = st.lists(st.one_of(quotes, quotes, trades, trades, fundings, allowed), min_size=10, max_size=60)


def played(script: list[tuple[int, str, Any]]) -> tuple[Several, dict[int, int], list[Funding]]:
    """Return the desk after a script, what each instant printed at the most, and the funding times."""
    desk = Several(CONFIGS).take(quote(0))
    ms = 0
    printed: dict[int, int] = {}
    funded: list[Funding] = []
    for later, what, figures in script:
        ms += later
        if what == "quote":
            bid, spread = figures
            desk.take(quote(ms, bid, bid + spread))
        elif what == "trade":
            price, lots, buyer = figures
            desk.take(Trade(A, at(ms), at(ms), price, lots, buyer, Market.MARKET, ms, ms))
            printed[at(ms)] = lots
        elif what == "funding":
            funded.append(Funding(A, at(ms), *figures))
            desk.take(funded[-1])
        else:
            name, ceiling = figures
            desk.chains[name].allow(ceiling)
    desk.session.finish()
    return desk, printed, funded


def signed(fill: dict[str, Any]) -> int:
    return int(fill["last_lots"]) if fill["side"] == "BUY" else -int(fill["last_lots"])


@share(4)
@given(scripts)
def test_all_accounts_together_get_no_more_of_a_print_than_it_printed(script: list[Any]) -> None:
    desk, printed, _ = played(script)
    got: dict[int, int] = {}
    for fill in [record for record in desk.records("report") if record["report"] == "TRADE"]:
        if fill["liquidity"] == "MAKER" and fill["time_ns"] in printed:
            got[fill["time_ns"]] = got.get(fill["time_ns"], 0) + fill["last_lots"]
    for time_ns, lots in got.items():
        assert lots <= printed[time_ns]


@share(4)
@given(scripts)
def test_nothing_is_left_over_of_any_account_or_of_all(script: list[Any]) -> None:
    desk, _, funded = played(script)
    reports: Any = {path.name: path.report() for path in desk.session.paths}
    sums: Any = together(reports)
    for path in desk.session.paths:
        body = reports[path.name]["instruments"][A]
        position, book = body["position"], body["measures"]["book_identity"]
        assert (book["residual_htl"], book["residual_e8"]) == (0, 0)
        assert position["net_e8"] == position["gross_e8"] - position["fees_e8"] + position["funding_e8"]
        # The venue's books and ours agree, once everything was heard of.
        mark = "" if path.name == "one" else path.name
        fills = [r for r in desk.records("report") if r["report"] == "TRADE" and r.get("path", "") == mark]
        assert path.account.held_lots(A) == position["position_lots"] == sum(map(signed, fills))
        # Funding by the fills alone: each time on what was filled before it, rounded against us.
        lines = [r for r in desk.records("funding") if r.get("path", "") == mark]
        told = {line["time_ns"]: line for line in lines}
        assert len(told) == len(lines)
        for funding in funded:
            held = sum(signed(fill) for fill in fills if fill["time_ns"] < funding.time_ns)
            assert (held == 0) == (funding.time_ns not in told)
            if held:
                line = told[funding.time_ns]
                mark_e8 = line["mark_ticks_e8"]
                assert funding.mark_ticks_e8 in (None, mark_e8)
                assert funding.mark_ticks_e8 is not None or mark_e8 % HALF_E8 == 0
                # In 1e-8 of the quote currency, and 1e-10 of it: lots x 1e-8 ticks x 1e-10.
                step_e8 = path.config.fees.settlement_step_e8
                owed = held * mark_e8 * funding.rate_ubps
                paid = -line["funding_e8"]
                assert paid % step_e8 == 0
                assert 0 <= paid * 10**10 - owed < step_e8 * 10**10
        assert position["funding_e8"] == sum(line["funding_e8"] for line in lines)
    for name in ("position_lots", "cash_htl", "net_e8", "fees_e8", "funding_e8"):
        parts = [report["instruments"][A]["position"][name] for report in reports.values()]
        assert sums["instruments"][A]["position"][name] == sum(parts)
    book = sums["instruments"][A]["book_identity"]
    assert (book["residual_htl"], book["residual_e8"]) == (0, 0)
    life = sums["lifecycle"]
    assert life["attempted"] == life["refused"] + life["rejected"] + life["accepted"] + life["unanswered"]
    assert life["accepted"] == life["filled"] + life["canceled"] + life["expired"] + life["open"]
