"""The session: events by number to the chain they belong to, and what changed to the log."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tools.core.audit import AuditLog
from tools.core.errors import ConfigError, UsageError
from tools.core.events import Depth, FeedKind, FeedStatus, Market, MarketEvent, Quote, Tick, Trade
from tools.core.instrument import Instrument
from tools.execution import FeeConfig
from tools.execution.fills import optimistic, risk_averse
from tools.live.feeds.two_clocks import LOCAL
from tools.live.path import Policy
from tools.live.session import DELTA, FULL, Session
from tools.live.settings import FillConfigs, LabConfig

S = 1_000_000_000
T0 = 1_735_689_600 * S
A, B = "test:AA", "test:BB"
INSTRUMENTS = {
    key: Instrument(venue="test", symbol=key[5:], tick="0.1", lot="0.001") for key in (A, B)
}  # fmt: skip


class Log:
    """A session with what it wrote."""

    def __init__(self, detail: str = DELTA) -> None:
        self.lines: list[str] = []
        self.session = Session(INSTRUMENTS, LabConfig(), AuditLog(self.lines.append), detail)

    def take(self, *events: MarketEvent) -> Log:
        for event in events:
            self.session.step(event)
        return self

    def records(self, kind: str = "") -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.lines]
        return [record for record in found if kind in ("", record["kind"])]


def quote(at_ms: int, key: str = A, update_id: int = 0) -> Quote:
    recv_ns = T0 + at_ms * 1_000_000
    return Quote(key, recv_ns, recv_ns - 1_000_000, 100, 5, 101, 5, update_id or at_ms + 1)


def trade(at_ms: int, key: str = A, number: int = 0, market: Market = Market.MARKET) -> Trade:
    recv_ns = T0 + at_ms * 1_000_000
    number = number or at_ms + 1
    return Trade(key, recv_ns, recv_ns - 1_000_000, 100, 1, True, market, number, number)


def tick(at_s: int) -> Tick:
    return Tick(T0 + at_s * S)


def status(at_ms: int, kind: FeedKind, key: str = "") -> FeedStatus:
    return FeedStatus(key, T0 + at_ms * 1_000_000, kind, "TEST", 7)


def test_every_event_has_a_number_and_the_first_evaluation_tells_every_layer() -> None:
    log = Log().take(tick(0), quote(100))
    assert log.session.seq == 2
    assert [(r["kind"], r["seq"], r["instrument"]) for r in log.records()] == [
        (kind, 2, A) for kind in ("regime", "permission", "health", "decision")
    ]


def test_a_tick_before_any_chain_is_counted_and_opens_none() -> None:
    log = Log().take(tick(0), tick(1), status(1_500, FeedKind.QUARANTINED))
    assert log.session.pipelines == {}
    report = log.session.report()
    seen = {key: report[key] for key in ("events", "first_ns", "instruments", "last_ns")}
    assert seen == {"events": 3, "first_ns": T0, "instruments": {}, "last_ns": T0 + 1_500_000_000}
    assert set(report["lifecycle"].values()) == {0}
    assert [record["kind"] for record in log.records()] == ["feed"]


def test_events_go_to_their_own_chain_and_ticks_to_all() -> None:
    log = Log().take(quote(100), quote(200, B), trade(300), trade(400, B), trade(500, B), tick(1))
    seen = {key: chain.observer.counters() for key, chain in log.session.pipelines.items()}
    assert (seen[A]["quotes"], seen[A]["trades"], seen[A]["ticks"]) == (1, 1, 1)
    assert (seen[B]["quotes"], seen[B]["trades"], seen[B]["ticks"]) == (1, 2, 1)


def test_a_chain_does_not_depend_on_its_neighbour() -> None:
    mine: list[MarketEvent] = [quote(100), trade(200), tick(1), quote(1_100), tick(2)]
    mixed = [mine[0], quote(150, B), mine[1], trade(250, B), *mine[2:]]
    alone, beside = Log().take(*mine), Log().take(*mixed)
    for log in (alone, beside):
        log.session.finish()
    reports = [log.session.report()["instruments"] for log in (alone, beside)]
    assert reports[0][A] == reports[1][A]
    assert set(reports[1]) == {A, B}


def test_what_leads_to_no_evaluation_is_not_counted_as_one() -> None:
    log = Log().take(quote(100), trade(200))
    before = log.session.pipelines[A].tally.evaluations
    log.take(
        Depth(A, T0 + 300_000_000, None, 1, 2),
        quote(400, update_id=101),  # seen before
        trade(500, number=201),  # seen before
        trade(600, number=202, market=Market.OTHER),
        status(700, FeedKind.IGNORED),
        status(800, FeedKind.QUARANTINED),
    )
    tally = log.session.pipelines[A].tally
    assert before == tally.evaluations == sum(tally.without_order.values()) == 2


def test_a_status_that_names_an_instrument_reaches_it_alone() -> None:
    log = Log().take(quote(100), quote(150, B), status(200, FeedKind.QUARANTINED, B))
    seen = {key: chain.observer.counters()["status_bad"] for key, chain in log.session.pipelines.items()}
    assert seen == {A: 0, B: 1}


def test_a_status_that_names_none_reaches_all() -> None:
    log = Log().take(quote(100), quote(150, B), status(200, FeedKind.DISCONNECTED))
    seen = [chain.observer.counters()["status_disconnected"] for chain in log.session.pipelines.values()]
    assert seen == [1, 1]


def test_a_status_about_an_instrument_without_a_chain_is_not_for_others() -> None:
    log = Log().take(quote(100), status(200, FeedKind.DISCONNECTED, B))
    assert log.session.pipelines[A].observer.counters()["status_disconnected"] == 0


@pytest.mark.parametrize(
    ("kind", "lines"),
    [(FeedKind.QUARANTINED, 1), (FeedKind.DISCONNECTED, 1), (FeedKind.LOOP_LAG, 1), (FeedKind.IGNORED, 0)],
)
def test_the_log_has_each_status_but_those_that_carry_nothing(kind: FeedKind, lines: int) -> None:
    told = Log().take(status(100, kind)).records("feed")
    assert len(told) == lines
    for record in told:
        assert (record["status"], record["detail"], record["value"]) == (str(kind), "TEST", 7)


def test_delta_writes_only_what_changed() -> None:
    log = Log().take(quote(100), trade(200))
    before = len(log.lines)
    log.take(quote(300), trade(400), quote(500), trade(600))
    assert len(log.lines) == before  # still warming up: nothing new to say


def test_full_writes_a_frame_for_each_evaluation() -> None:
    log = Log(FULL).take(quote(100), trade(200), quote(300), tick(1), status(1_100, FeedKind.IGNORED))
    frames = log.records("frame")
    assert [frame["seq"] for frame in frames] == [1, 2, 3, 4]
    assert [record["kind"] for record in log.records()] == ["frame"] * 4
    assert frames[-1]["state"]["time_ns"] == T0 + S
    assert frames[-1]["instrument"] == A


def test_the_report_is_the_same_at_every_detail_and_without_a_log() -> None:
    events = [quote(100), trade(200), quote(300, B), tick(1), trade(1_200), tick(2)]
    sessions = [Log(DELTA).take(*events).session, Log(FULL).take(*events).session]
    silent = Session(INSTRUMENTS, LabConfig())
    for event in events:
        silent.step(event)
    reports = []
    for session in (*sessions, silent):
        session.finish()
        reports.append(json.dumps(session.report(), sort_keys=True))
    assert reports[0] == reports[1] == reports[2]


def test_times_add_up_to_the_observed_time() -> None:
    log = Log().take(quote(100), trade(250), tick(1), trade(1_300), quote(1_999))
    log.session.finish()
    body: Any = log.session.report()["instruments"]
    for layer in ("regime", "gate", "colour"):
        assert sum(body[A][layer]["time_ns"].values()) == 1_899_000_000


def test_an_instrument_that_is_not_known_is_no_silent_default() -> None:
    with pytest.raises(UsageError, match="test:ZZ"):
        Log().take(quote(100, "test:ZZ"))


def test_the_edges_of_a_path_are_configured_as_its_fill_models_are() -> None:
    low, high = risk_averse.Config(join_ns=1), optimistic.Config(join_ns=2)
    config = LabConfig(fill=FillConfigs(risk_averse=low, optimistic=high))
    edges = Session(INSTRUMENTS, config).exchange.edges
    assert (edges.low, edges.high) == (low, high)


def test_times_of_the_report_are_those_of_first_and_last_event() -> None:
    report = Log().take(tick(0), quote(100), tick(1)).session.report()
    assert (report["first_ns"], report["last_ns"], report["events"]) == (T0, T0 + S, 3)


# -- several paths ---------------------------------------------------------------------------------


def with_fee(maker_ubps: int) -> LabConfig:
    return replace(LabConfig(), fees=FeeConfig(maker_ubps=maker_ubps))


def with_cooldown(cooldown_ns: int) -> LabConfig:
    usual = LabConfig()
    return replace(usual, permission=replace(usual.permission, cooldown_ns=cooldown_ns))


def test_paths_share_what_the_market_alone_decides_and_nothing_else() -> None:
    policies = [
        Policy(name="one", config=with_fee(1)),
        Policy(name="two", config=with_fee(2)),
        Policy(name="three", config=with_cooldown(S)),
    ]
    session = Session(INSTRUMENTS, LabConfig(), policies=policies)
    session.step(quote(100))
    one, two, three = (path.pipelines[A] for path in session.paths)
    assert one.sight is two.sight is three.sight
    assert one.stance is two.stance
    assert one.stance is not three.stance
    assert one.model is not two.model and one.decisions is not two.decisions
    assert session.paths[0].risk is not session.paths[1].risk
    assert [chain.tally.evaluations for chain in (one, two, three)] == [1, 1, 1]


def test_lines_of_every_path_but_the_first_bear_its_name() -> None:
    lines: list[str] = []
    policies = [Policy(name=name, config=LabConfig()) for name in ("one", "two")]
    session = Session(INSTRUMENTS, LabConfig(), AuditLog(lines.append), policies=policies)
    for event in (quote(100), status(200, FeedKind.QUARANTINED)):
        session.step(event)
    session.summarise()
    told = [(r["kind"], r.get("path")) for r in map(json.loads, lines)]
    kinds = ["regime", "permission", "health", "decision"]
    assert told == [
        *((kind, None) for kind in kinds),
        *((kind, "two") for kind in kinds),
        ("feed", None),  # what the feed tells is of all
        ("summary", None),
        ("summary", "two"),
    ]


def test_paths_that_would_see_different_markets_are_refused() -> None:
    usual = LabConfig()
    for other in (
        replace(usual, latency=replace(usual.latency, rho_ppm=300)),
        replace(usual, baseline=replace(usual.baseline, refresh_ticks=7)),
        replace(usual, start=replace(usual.start, min_samples=7)),
        replace(usual, decode=replace(usual.decode, max_digits=20)),
        replace(usual, two_clocks=replace(usual.two_clocks, look_ahead_ns=S)),
    ):
        with pytest.raises(ConfigError, match="policy other: the paths of a run must observe alike"):
            Session(INSTRUMENTS, usual, policies=[Policy(name="other", config=other)])


def test_an_answer_belongs_to_the_event_before_which_it_came() -> None:
    """The venue is ahead of us: what it answers meanwhile bears the number of the next event."""
    session = Session(INSTRUMENTS, LabConfig())
    seen: list[tuple[int, int]] = []
    session.paths[0].answers = lambda until_ns, seq: seen.append((until_ns, seq))  # type: ignore[method-assign]
    session.take(quote(100), T0 + 90_000_000)
    session.take(quote(100), LOCAL)
    session.take(trade(200), T0 + 150_000_000)
    assert seen == [(T0 + 90_000_000, 1), (T0 + 100_000_000, 1), (T0 + 150_000_000, 2)]
