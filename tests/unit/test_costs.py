"""Trading costs case by case: which quote counts, when a figure is known, what is left out."""

from __future__ import annotations

from typing import Any

from tests.kit.gauges import at, events_of, figures, watching
from tools.observer.gauges.costs import Config

QUOTE = ("quote", 0, 100, 5, 102, 5)  # M = 202


def run(
    *rows: tuple[Any, ...], ms: int, stamped: bool = True, config: Config | None = None
) -> dict[str, Any]:
    observer = watching("costs", **({} if config is None else {"costs": config}))
    for event in events_of(rows, stamped):
        observer.admit(event)
    return {"join": observer.metrics(at(ms)).join, **figures(observer, at(ms))}


def test_a_quote_of_the_same_venue_time_is_not_before_the_trade() -> None:
    # Both at 2,000 ms: the quote may already hold the trade's effect.
    told = run(QUOTE, ("quote", 2_000, 103, 5, 105, 5), ("trade", 2_000, 102, 1, "BUY"), ms=61_500)
    assert told["effective_1s_60s_htl"] == 2 * 102 - 202
    # A trade that arrives 10 ms after the quote that followed it finds the one before it.
    told = run(QUOTE, ("quote", 2_005, 103, 5, 105, 5), ("late", 2_010, 10, 102, 1, "BUY"), ms=61_500)
    assert told["effective_1s_60s_htl"] == 2 * 102 - 202
    assert told["join"] == "exchange"


def test_a_quote_that_arrives_after_the_trade_counts_within_the_hold() -> None:
    observer = watching("costs")
    for event in events_of((QUOTE, ("trade", 2_000, 102, 1, "BUY"))):
        observer.admit(event)
    from tools.core.events import Quote

    # Of the venue's time 1,999 ms, before the trade, but received 49 ms after it.
    observer.admit(Quote("S", at(2_049), at(1_999), 101, 5, 103, 5, 50))
    assert figures(observer, at(61_500))["effective_1s_60s_htl"] == 2 * 102 - 204
    late = watching("costs")
    for event in events_of((QUOTE, ("trade", 2_000, 102, 1, "BUY"))):
        late.admit(event)
    late.admit(Quote("S", at(2_050), at(1_999), 101, 5, 103, 5, 50))
    assert figures(late, at(61_500))["effective_1s_60s_htl"] == 2 * 102 - 202


def test_without_venue_times_the_order_of_arrival_decides() -> None:
    told = run(
        QUOTE, ("quote", 2_000, 103, 5, 105, 5), ("trade", 2_000, 102, 1, "BUY"), ms=61_500, stamped=False
    )
    assert told["join"] == "receive"
    assert told["effective_1s_60s_htl"] == 2 * 102 - 208


def test_the_mid_at_a_horizon_is_that_of_exactly_then() -> None:
    for ms, after in ((3_000, 206), (3_001, 202)):
        for stamped in (True, False):
            told = run(QUOTE, ("trade", 2_000, 102, 4, "SELL"), ("quote", ms, 102, 5, 104, 5), ms=62_000,
                       stamped=stamped)  # fmt: skip
            assert told["realised_1s_60s_htl"] == -4 * (204 - after)
            assert told["impact_1s_60s_htl"] == -4 * (after - 202)
            assert told["base_1s_60s_htl"] == 4 * 202
            assert told["realised_100ms_60s_htl"] == -4 * (204 - 202)


def test_a_figure_is_known_when_it_is_due_and_for_a_minute() -> None:
    rows = (QUOTE, ("quote", 70_000, 100, 5, 102, 5), ("trade", 70_000, 102, 1, "BUY"))
    for ms, count in ((70_049, 0), (70_050, 1), (130_049, 1), (130_050, 0)):
        told = run(*rows, ms=ms)
        assert told["joined_60s"] == count
        assert told["effective_60s_ubps"] == (2 * 2 * 10**10 // 202 if count else None)
    for ms, value in ((75_049, 0), (75_050, 2), (135_049, 2), (135_050, 0)):
        assert run(*rows, ms=ms)["effective_5s_60s_htl"] == value


def test_signs_and_rounding_towards_zero() -> None:
    # A seller at 101, mid 101: free. A seller at 103 is paid 2 half-ticks a lot: negative.
    told = run(QUOTE, ("trade", 2_000, 101, 3, "SELL"), ("trade", 2_001, 102, 1, "SELL"), ms=61_000)
    assert told["effective_60s_ubps"] == -(2 * 2 * 10**10 // (4 * 202))


def test_shares_at_through_and_inside_and_the_alarm() -> None:
    trades = [("trade", 1_000 + n, (102, 103, 102, 101)[n % 4], 1, "BUY") for n in range(100)]
    told = run(QUOTE, *trades, ms=300_100)
    assert (told["at_300s_ppm"], told["through_300s_ppm"], told["inside_300s_ppm"]) == (
        500_000,
        250_000,
        250_000,
    )
    assert told["inside_alarm"] == 1
    assert run(QUOTE, *trades[:99], ms=300_100)["inside_alarm"] == 0, "too few trades"
    # By order of arrival 25 % is the limit and not above it.
    assert run(QUOTE, *trades, ms=300_100, stamped=False)["inside_alarm"] == 0
    quiet = Config(inside_exchange_ppm=250_000)
    assert run(QUOTE, *trades, ms=300_100, config=quiet)["inside_alarm"] == 0
    sold = [("trade", 1_000 + n, (100, 99, 101)[n % 3], 1, "SELL") for n in range(3)]
    told = run(QUOTE, *sold, ms=300_100)
    assert (told["at_300s_ppm"], told["through_300s_ppm"], told["inside_300s_ppm"]) == (333_333,) * 3


def test_what_is_left_out_is_counted() -> None:
    before = run(("trade", 0, 102, 1, "BUY"), ("quote", 1, 100, 5, 102, 5), ms=61_000)
    assert (before["unjoined"], before["joined_60s"]) == (1, 0)
    # The trade's first horizon has passed when the line is lost; the longer ones are given up at once.
    rows = (QUOTE, ("trade", 2_000, 102, 1, "BUY"), ("lost", 2_500), ("back", 4_000),
            ("quote", 4_001, 200, 5, 202, 5))  # fmt: skip
    told = run(*rows, ms=61_900)
    assert (told["effective_100ms_60s_htl"], told["effective_1s_60s_htl"], told["unjoined"]) == (2, 0, 1)
    short = (QUOTE, ("trade", 2_000, 102, 1, "BUY"), ("lost", 2_100), ("back", 2_149), ("tick", 61_900))
    told = run(*short, ms=61_900)
    assert (told["joined_60s"], told["effective_100ms_60s_htl"], told["unjoined"]) == (1, 0, 1)


def test_a_trade_long_before_the_newest_quote_is_left_out() -> None:
    for late, unjoined in ((19_999, 0), (20_000, 1)):
        told = run(QUOTE, ("quote", 30_000, 100, 5, 102, 5), ("late", 30_000, late, 102, 1, "BUY"), ms=61_000)
        assert (told["unjoined"], told["joined_60s"]) == (unjoined, 1 - unjoined)


def test_one_absurd_venue_time_joins_nothing() -> None:
    from tools.core.events import Quote

    observer = watching("costs")
    for event in events_of((QUOTE,)):
        observer.admit(event)
    observer.admit(Quote("S", at(1_000), at(900_000), 300, 5, 302, 5, 40))  # 15 minutes ahead
    for event in events_of((("trade", 2_000, 102, 1, "BUY"),)):
        observer.admit(event)
    assert figures(observer, at(61_500))["effective_1s_60s_htl"] == 2 * 102 - 202
    # Two in a row that agree are a clock that was set.
    observer.admit(Quote("S", at(62_000), at(962_000), 300, 5, 302, 5, 41))
    observer.admit(Quote("S", at(62_001), at(962_001), 300, 5, 302, 5, 42))
    assert observer.metrics(at(62_001)).join == "exchange"
    from tools.core.events import Market, Trade

    observer.admit(Trade("S", at(63_000), at(963_000), 302, 1, True, Market.MARKET, 9, 9))
    # The second trade is joined; the first one's mid a minute on lies behind the step of the clock.
    told = figures(observer, at(63_050))
    assert (told["joined_60s"], told["unjoined"]) == (1, 1)
