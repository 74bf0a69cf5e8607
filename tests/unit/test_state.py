"""`StateEngine`: what the chain decides on, and what it says about what is missing."""

import pytest

from tools.core.events import FeedKind, FeedStatus, Market, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.core.start import StartConfig
from tools.core.units import NS_PER_S
from tools.engine.state import StateEngine
from tools.observer import Observer, ObserverConfig

S = NS_PER_S
INSTRUMENT = Instrument(venue="demo", symbol="BTCUSDT", tick="0.1", lot="0.001")


def quote(now, update_id=1, bid=1_000, ask=1_001, exch=None):
    return Quote("BTCUSDT", now, exch, bid, 5, ask, 7, update_id)


def trade(now, trade_id=1, exch=None):
    return Trade("BTCUSDT", now, exch, 1_000, 1, True, Market.MARKET, trade_id, trade_id)


def after(*events, min_samples=2):
    observer = Observer(INSTRUMENT, ObserverConfig(metrics=False, start=StartConfig(min_samples=min_samples)))
    for event in events:
        observer.admit(event)
    return observer


@pytest.mark.parametrize(
    ("events", "missing"),
    [
        ([], ("latency", "quotes", "trades")),
        ([quote(1)], ("latency", "trades")),
        ([trade(1)], ("latency", "quotes")),
        ([trade(1, exch=0)], ("quotes",)),
        ([quote(1), trade(1)], ("latency",)),
        ([quote(1, exch=0)], ("trades",)),
        ([quote(1), trade(1, exch=0)], ()),
        ([FeedStatus("BTCUSDT", 1, FeedKind.IGNORED, "")], ("latency", "quotes", "trades")),
    ],
)
def test_missing_names_what_was_never_seen(events, missing):
    state = StateEngine().step(after(*events), S, True)
    assert state.missing == missing
    assert list(state.missing) == sorted(state.missing)


def test_nothing_seen_is_none_and_never_a_neutral_figure():
    state = StateEngine().step(after(), S, True).to_dict()
    counts = {"trades_1s", "quotes_1s", "clock_jump_ns", "gap_ids_60s", "bad_lines_10s", "samples"}
    known = {name for name, value in state.items() if value is not None}
    assert known == counts | {"time_ns", "tick", "disconnected", "warm", "missing"}
    assert [state[name] for name in sorted(counts)] == [0] * len(counts)
    assert state["warm"] is False


def test_figures_of_a_small_market():
    observer = after(
        quote(S, 1, exch=S),
        trade(S, 1, exch=S),
        quote(9 * S, 2, bid=1_003, ask=1_004, exch=9 * S - 40_000_000),
        trade(9 * S, 4, exch=9 * S),
        FeedStatus("BTCUSDT", 9 * S, FeedKind.QUARANTINED, ""),
        FeedStatus("BTCUSDT", 9 * S, FeedKind.LOOP_LAG, "", 77),
    )
    state = StateEngine().step(observer, 9 * S + 5, False)
    assert (state.bid_ticks, state.ask_ticks, state.bid_lots, state.ask_lots) == (1_003, 1_004, 5, 7)
    assert state.mid_ht == 2_007
    assert state.move_1s_ht == 6
    assert state.move_10s_ht is None
    assert (state.quotes_1s, state.trades_1s) == (1, 1)
    assert state.excess_ns == 40_000_000 - 8 * 200_000
    assert (state.quote_age_ns, state.link_age_ns) == (5, 5)
    assert (state.gap_ids_60s, state.bad_lines_10s, state.loop_lag_ns) == (2, 1, 77)
    assert state.tick is False
    assert state.crossed_ns is None
    late = StateEngine().step(observer, 19 * S, True)
    assert (late.quotes_1s, late.trades_1s, late.bad_lines_10s) == (0, 0, 0)
    assert (late.move_10s_ht, late.depth_10s_lots) == (0, 5)
    assert late.link_age_ns == 10 * S


def test_moves_are_magnitudes():
    observer = after(quote(S, 1, bid=1_003, ask=1_004), quote(10 * S, 2))
    state = StateEngine().step(observer, 11 * S - 1, False)
    assert (state.move_1s_ht, state.move_10s_ht) == (6, None)
    assert StateEngine().step(observer, 11 * S, False).move_10s_ht == 6


def test_a_crossed_book_shows_for_how_long():
    observer = after(quote(S, 1), quote(2 * S, 2, bid=1_005))
    assert StateEngine().step(observer, 5 * S, True).crossed_ns == 3 * S


def test_warm_after_the_least_number_of_samples():
    observer = after(min_samples=3)
    warm_at = []
    for second in range(20):
        observer.admit(quote(second * S + 1, second + 1))
        observer.admit(trade(second * S + 2, second + 1))
        observer.admit(Tick((second + 1) * S))
        state = StateEngine().step(observer, (second + 1) * S, True)
        if state.warm:
            warm_at.append(second + 1)
            assert state.samples >= 3
            bases = (state.spread_base_1h_ubps, state.spread_base_24h_ubps, state.depth_base_1h_lots)
            assert None not in (*bases, state.move_base_ht, state.link_p999_ns)
    # Depth and movement are known from the eleventh tick on.
    assert warm_at == list(range(13, 21))


def test_a_disconnection_is_shown_until_the_connection_is_back():
    observer = after(quote(S), FeedStatus("BTCUSDT", 2 * S, FeedKind.DISCONNECTED, ""))
    assert StateEngine().step(observer, 3 * S, False).disconnected
    observer.admit(FeedStatus("BTCUSDT", 4 * S, FeedKind.CONNECTED, ""))
    assert not StateEngine().step(observer, 4 * S, False).disconnected
