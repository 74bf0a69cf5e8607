"""The command truth: the nine cells, files by order, and what it says where the envelope fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.core.errors import ExitCode
from tools.core.events import Side, Trade
from tools.core.snapshots import Snapshot
from tools.execution.fill_model import FillLots, Resting
from tools.execution.fills import risk_averse, touch
from tools.execution.venue_book import VenueBook
from tools.lab.__main__ import main
from tools.lab.stats.zi_book import order_events
from tools.lab.truth import lobster
from tools.lab.truth.score import ALL, TOLERANCE_PPM, EnvelopeRow, Row, distance, rows
from tools.lab.truth.synthetic import CELLS, probes_of
from tools.lab.truth.trial import FEEDS, L1, L2, LEVEL3, MODELS, TRUTH, Name, Probe

S = 1_000_000_000
MS = 1_000_000


def by_name(made: list[Row | EnvelopeRow]) -> tuple[dict[Name, Row], dict[tuple[str, str], EnvelopeRow]]:
    """Return the models' rows, and the envelopes' by feed and distance."""
    models = {(row.feed, row.model): row for row in made if isinstance(row, Row)}
    return models, {(row.feed, row.behind): row for row in made if isinstance(row, EnvelopeRow)}


@pytest.mark.parametrize("cell", CELLS)
def test_the_envelope_covers_the_truth_in_every_cell(cell: str) -> None:
    probes = probes_of(cell, 25, 7)
    assert len(probes) == 25
    assert len({(probe.side, probe.rested_ns) for probe in probes}) == 25
    # Pairs of them at 0, 1, 2 and 3 ticks behind the best: 25 = 3 x 8 + 1.
    assert [sum(p.behind_ticks == ticks for p in probes) for ticks in range(4)] == [7, 6, 6, 6]
    models, envelopes = by_name(rows(cell, probes))
    exact = models[LEVEL3]
    assert exact.brier_ppm == 0 and exact.late_ms in (0, None)
    for feed in FEEDS:
        envelope = envelopes[feed, ALL]
        assert envelope.holds
        assert max(envelope.false_certain_ppm, envelope.false_no_ppm) <= TOLERANCE_PPM
        assert envelope.early_ppm == 0 and envelope.covered_ppm == 1_000_000
        said = [models[feed, name].filled_ppm for name in MODELS]
        assert said == sorted(said) and said[0] <= models[TRUTH].filled_ppm <= said[-1]


@pytest.mark.parametrize("batch_ms", [0, 40, 700])
def test_what_depth_adds_never_loosens_an_edge(batch_ms: int) -> None:
    later = 0
    for probe in probes_of("thin-2", 40, 7, (1, 2), batch_ms * MS):
        low1, low2 = (probe.filled_ns.get((feed, "risk_averse")) for feed in (L1, L2))
        high1, high2 = (probe.filled_ns.get((feed, "optimistic")) for feed in (L1, L2))
        true_ns = probe.filled_ns.get(TRUTH)
        if low1 is not None:  # what L1 is sure of, L2 is sure of no later, and it is true
            assert low2 is not None and true_ns is not None and true_ns <= low2 <= low1
        if high2 is not None:
            assert high1 is not None and high1 <= high2
        later += low2 is not None and (low1 is None or low2 < low1)
    assert later > 0  # and it does add something


class Hasty:
    """`risk_averse`, but with a book by level it fills as `touch` does: a wrong rule at L2 alone."""

    Config = risk_averse.Config

    def __init__(self) -> None:
        self.models = (risk_averse.build(risk_averse.Config()), touch.build(touch.Config()))
        self.deep = 0

    @staticmethod
    def build(config: risk_averse.Config) -> Hasty:
        return Hasty()

    def on_rest(self, order: Resting, book: VenueBook) -> None:
        self.deep = int(book.depth is not None)
        for model in self.models:
            model.on_rest(order, book)

    def on_quote(self, book: VenueBook, time_ns: int) -> tuple[FillLots, ...]:
        return [model.on_quote(book, time_ns) for model in self.models][self.deep]

    def on_trade(self, trade: Trade, time_ns: int) -> tuple[FillLots, ...]:
        return [model.on_trade(trade, time_ns) for model in self.models][self.deep]

    def snapshot(self) -> list[Snapshot]:
        return [model.snapshot() for model in self.models]

    def restore(self, saved: list[Snapshot]) -> None:
        for model, part in zip(self.models, saved, strict=True):
            model.restore(part)


def test_a_rule_that_is_wrong_at_l2_alone_is_found_out_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, "risk_averse", (Hasty, risk_averse.Config()))
    _, envelopes = by_name(rows("mid-2", probes_of("mid-2", 25, 7, (0, 1))))
    assert envelopes[L1, ALL].holds and not envelopes[L2, ALL].holds
    assert envelopes[L2, ALL].false_certain_ppm + envelopes[L2, ALL].early_ppm > 0


def probe(truth: int | None, low: int | None, high: int | None, gain: int = 0, behind: int = 0) -> Probe:
    """Return a probe that both feeds say the same of, by the edges' fills in seconds."""
    made = Probe(Side.BUY, 100, 0, behind)
    edges = [((feed, "risk_averse"), low) for feed in FEEDS] + [
        ((feed, "optimistic"), high) for feed in FEEDS
    ]
    for name, at in [(TRUTH, truth), *edges]:
        if at is not None:
            made.filled_ns[name] = at * S
            made.markout_ht[name] = gain
    return made


def test_what_a_score_counts() -> None:
    # Of four: one that both edges and the truth fill, one only the truth and the optimist, one
    # that only the pessimist fills (it should not), one that only the truth fills.
    probes = [probe(3, 4, 2, gain=4), probe(1, None, 1, gain=-2), probe(None, 5, 5), probe(7, None, None)]
    low = Row("c", (L1, "risk_averse"), probes)
    assert (low.cell, low.feed, low.model) == ("c", "L1", "risk_averse")
    assert (low.filled_ppm, low.error_ppm) == (500_000, 500_000 - 750_000)
    assert (low.false_positive_ppm, low.false_negative_ppm, low.brier_ppm) == (250_000, 500_000, 750_000)
    # Markouts in half-ticks: 4 and 0 for the pessimist, 4, -2 and 0 for the truth.
    assert (low.markout_milliticks, low.bias_milliticks) == (1_000, 1_000 - 2 * 500 // 3)
    assert low.late_ms == 1_000
    envelope = EnvelopeRow("c", L1, ALL, probes)
    assert (envelope.false_certain_ppm, envelope.false_no_ppm) == (250_000, 250_000)
    assert (envelope.covered_ppm, envelope.width_ppm, envelope.early_ppm) == (500_000, 250_000, 0)
    assert envelope.filled_ppm == 750_000
    # 0 + 1/4 + 1 + 1 over four.
    assert envelope.brier_ppm == 562_500 and not envelope.holds
    # Filled by all three, and yet outside: the pessimist before the truth, the optimist after it.
    early = EnvelopeRow("c", L1, ALL, [probe(3, 2, 1), probe(3, 4, 5)])
    assert (early.early_ppm, early.covered_ppm, early.holds) == (1_000_000, 0, False)
    # 2 of 10,000 are 0.02 %, and 3 are more, of whatever kind they are.
    fine = [probe(3, 4, 2)] * 9_998
    assert EnvelopeRow("c", L1, ALL, [*fine, probe(None, 5, 5), probe(7, None, None)]).holds
    assert not EnvelopeRow(
        "c", L1, ALL, [*fine[1:], probe(None, 5, 5), probe(7, None, None), probe(3, 2, 1)]
    ).holds


def test_feeds_are_scored_apart() -> None:
    # One ghost: at L1 only the optimist fills it, at L2 the pessimist too, and rightly.
    one = probe(3, None, 2)
    one.filled_ns[L2, "risk_averse"] = 4 * S
    two = probe(None, None, None, behind=2)
    models, envelopes = by_name(rows("c", [one, two]))
    assert {key: row.width_ppm for key, row in envelopes.items()} == {
        ("L1", "all"): 500_000,
        ("L1", "0"): 1_000_000,
        ("L1", "2"): 0,
        ("L2", "all"): 0,
        ("L2", "0"): 0,
        ("L2", "2"): 0,
    }
    low = "risk_averse"
    assert (models[L1, low].false_negative_ppm, models[L2, low].false_negative_ppm) == (500_000, 0)
    assert (models[L1, low].late_ms, models[L2, low].late_ms) == (None, 1_000)
    # A fault at one level is no fault at the other.
    one.filled_ns[L2, "risk_averse"] = 1 * S
    _, envelopes = by_name(rows("c", [one, two]))
    assert envelopes[L1, ALL].holds and not envelopes[L2, ALL].holds
    # All at one distance: no rows by distance.
    assert len(by_name(rows("c", [one]))[1]) == len(FEEDS)


def test_distances_in_words() -> None:
    assert [distance(ticks) for ticks in (-3, -1, 0, 1, 3, 4, 99)] == [
        "inside", "inside", "0", "1", "3", "4+", "4+",
    ]  # fmt: skip


def test_rows_and_a_total_line(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["truth", "--cells", "thin-4", "--probes", "6", "--seed", "3", "--quiet"]
    assert main(arguments) == ExitCode.DONE
    text = capsys.readouterr().out
    assert main(arguments) == ExitCode.DONE and capsys.readouterr().out == text
    lines = text.splitlines()
    block = len(MODELS) + 1 + 3  # six ghosts are three pairs: 0, 1 and 2 behind
    assert len(lines) == 1 + 2 + len(FEEDS) * block + 1
    start = "total: 6 probes, between the edges 100.0000 % at L1, 100.0000 % at L2; width "
    assert lines[-1].startswith(start) and lines[-1].endswith("; envelope holds")
    assert main([*arguments, "--format", "json"]) == ExitCode.DONE
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = [*MODELS, *["envelope"] * 4]
    assert [(record["feed"], record["model"]) for record in records[:-1]] == [
        TRUTH, LEVEL3, *((feed, model) for feed in FEEDS for model in said)
    ]  # fmt: skip
    total = records[-1]
    assert (total["cell"], total["holds"], total["probes"]) == ("total", True, 6)
    for feed in FEEDS:
        found = total["feeds"][feed]
        assert (found["covered_ppm"], found["early_ppm"], found["outside"]) == (1_000_000, 0, [])
        # Of one cell, the total's widths are the cell's.
        assert found["width_ppm"] == {
            record["behind"]: record["width_ppm"]
            for record in records
            if record.get("feed") == feed and record["model"] == "envelope"
        }


def test_what_several_cells_come_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fate = {"mid-1": [probe(3, None, 2)] * 3, "mid-2": [probe(3, None, 2, behind=1), probe(3, 3, 2)]}
    monkeypatch.setattr("tools.lab.truth.command.probes_of", lambda cell, *_: fate[cell])
    assert main(["truth", "--cells", "mid-1", "mid-2", "--format", "json", "--quiet"]) == ExitCode.DONE
    total = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert total["probes"] == 5
    # Four of five are POSSIBLE; mid-1, all at one distance, has no row by distance.
    assert total["feeds"]["L1"]["width_ppm"] == {"all": 800_000, "0": 0, "1": 1_000_000}


@pytest.mark.parametrize("feed", FEEDS)
def test_exit_6_where_the_envelope_fails_at_either_level(
    feed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = probe(1, 2, 1)
    del bad.filled_ns[feed, "optimistic"]
    monkeypatch.setattr("tools.lab.truth.command.probes_of", lambda *_: [probe(None, None, 1), bad])
    assert main(["truth", "--cells", "mid-1", "--quiet"]) == ExitCode.VERIFY
    out = capsys.readouterr().out
    assert f"50.0000 % at {feed}" in out and out.endswith(f"; envelope FAILS in mid-1 at {feed}\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--probes", "0"], "--probes: must be at least 1"),
        (["--tick", "0"], "--tick: must be at least 1"),
        (["--cells", "thin-1", "--l3", "x"], "--cells: a file has no cells"),
        (["--behind", "1", "--l3", "x"], "--behind: a file's orders rest where they rest"),
        (["--behind", "1", "-1"], "--behind: must not be negative, not -1"),
        (["--depth-ms", "-1"], "--depth-ms: must not be negative, not -1"),
    ],
)
def test_usage(arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["truth", *arguments]) == ExitCode.USAGE
    assert complaint in capsys.readouterr().err


# -- files by order ---------------------------------------------------------------------


def message_file(path: Path, seconds: int) -> list[list]:
    """Write a message file of a made-up book; return its causes, which know everything."""
    causes = []
    for events in order_events("thin", 2, 5):
        if events[-1].time_ns > seconds * S:
            break
        causes.append(events)
    path.write_text("".join(line + "\n" for line in lobster.lines(iter(causes), 100)), encoding="ascii")
    return causes


def test_a_file_is_scored_against_what_its_maker_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "messages.csv"
    causes = message_file(path, 15)
    file = lobster.read(str(path), 100)
    assert file.submitted == sum(event.kind.value == "ADDED" for events in causes for event in events)
    assert (file.before, file.hidden, file.crosses, file.halts) == (0, 0, 0, 0)
    probes = lobster.probes_of(file, 10**9, 1)  # every order that was submitted once there were two sides
    # What the maker knows: of each order its first fill, if it came within 30 s.
    born: dict[int, tuple[int, Side, int]] = {}
    first: dict[int, int] = {}
    for events in causes[1:]:
        for event in events:
            if event.kind.value == "ADDED":
                born[event.order_id] = (event.time_ns, event.side, event.price_ticks)
            elif event.kind.value == "TRADED" and event.order_id in born:
                first.setdefault(event.order_id, event.time_ns)
    wanted = sorted(
        (at, side, price, first[order_id] if order_id in first and first[order_id] <= at + 30 * S else None)
        for order_id, (at, side, price) in born.items()
    )
    got = [(p.rested_ns, p.side, p.price_ticks, p.filled_ns.get(TRUTH)) for p in probes]
    first_ns = causes[1][-1].time_ns
    assert sorted(row for row in got if row[0] >= first_ns)[-len(wanted) :] == wanted
    assert sum(row[3] is not None for row in wanted) > 10
    models, envelopes = by_name(rows("l3", probes))
    assert models[LEVEL3].brier_ppm == 0
    for feed in FEEDS:
        assert envelopes[feed, ALL].holds and envelopes[feed, ALL].early_ppm == 0
    # The file's own orders rest at many distances, inside the spread too.
    behind = {name for feed, name in envelopes if feed == L1}
    assert {ALL, "inside", "0", "1", "2", "3", "4+"} == behind
    assert main(["truth", "--l3", str(path), "--probes", "50", "--quiet"]) == ExitCode.DONE
    assert capsys.readouterr().out.splitlines()[-1].endswith("; envelope holds")


GOOD = "34200.5,1,7,100,1000000,1\n"


@pytest.mark.parametrize(
    ("text", "place", "complaint"),
    [
        (GOOD + "34200.6,1,8,100,1000100\n", ":2", "has 5 columns"),
        (GOOD + "34200.6,1,8,x,1000100,-1\n", ":2", "is not six numbers"),
        (GOOD + "34200.6,9,8,100,1000100,-1\n", ":2", "type 9 is none of 1 .. 7"),
        (GOOD + "34200.6,1,8,100,1000100,0\n", ":2", "direction 0"),
        (GOOD + "34200.6,1,8,0,1000100,-1\n", ":2", "a size must be at least 1"),
        (GOOD + "34200.6,1,8,100,1000150,-1\n", ":2", "no multiple of the tick 100"),
        (GOOD + "34200.4,1,8,100,1000100,-1\n", ":2", "time goes back"),
        (GOOD + "34200.6,1,7,100,1000000,1\n", ":2", "submitted a second time"),
        (GOOD + "34200.6,4,7,101,1000000,1\n", ":2", "has 100 open, not 101"),
        (GOOD + "34200.6,3,7,99,1000000,1\n", ":2", "has 100 open, not 99"),
        (GOOD + "34200.6,4,7,1,1000100,1\n", ":2", "another side or price"),
        ("34200.5,4,7,100,1000000,1\n", "", "no order is submitted"),
        ("", "", "no order is submitted"),
        ("\u00e9", "", "not ASCII"),
    ],
)
def test_a_bad_line_is_named(
    text: str, place: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["truth", "--l3", str(path)]) == ExitCode.INPUT
    err = capsys.readouterr().err
    assert f"{path}{place}: " in err and complaint in err and err.count("\n") == 1


def test_a_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["truth", "--l3", "nowhere.csv"]) == ExitCode.INPUT
    assert "nowhere.csv: cannot be read" in capsys.readouterr().err


def test_a_file_of_which_no_order_can_be_followed_says_nothing_of_the_envelope(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(GOOD, encoding="ascii")  # a bid, and nobody on the other side
    assert main(["truth", "--l3", str(path), "--quiet"]) == ExitCode.INPUT
    out, err = capsys.readouterr()
    assert err.count("\n") == 1 and f"{path}: no order could be followed" in err and "holds" not in out


def test_what_happens_after_an_order_was_taken_back_is_not_held_against_a_model(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(
        "1.0,1,1,10,9900,1\n"
        "1.0,1,2,10,10200,-1\n"
        "2.0,1,8,5,10000,1\n"  # alone at the best bid ...
        "3.0,3,8,5,10000,1\n"  # ... taken back, and at the same instant the next price trades
        "3.0,4,1,5,9900,1\n"
        "4.0,2,2,5,10200,-1\n",
        encoding="ascii",
    )
    (ghost,) = [p for p in lobster.probes_of(lobster.read(str(path), 100), 99, 1) if p.price_ticks == 100]
    assert ghost.filled_ns == {}


def test_orders_from_before_the_file_halts_and_hidden_fills(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    path.write_text(
        "1.0,4,1,30,1000000,1\n"  # a bid of before: 30 traded, 20 taken back, 50 in all
        "1.1,2,1,20,1000000,1\n"
        "1.2,3,2,40,1000200,-1\n"  # an offer of before
        "1.2,5,0,10,1000100,1\n"
        "1.3,1,9,5,1000100,-1\n"
        "1.4,7,0,0,-1,-1\n"
        "1.5,6,-1,5,1000100,1\n",
        encoding="ascii",
    )
    file = lobster.read(str(path), 100)
    assert (file.submitted, file.before, file.hidden, file.halts, file.crosses) == (1, 2, 1, 1, 1)
    first = file.causes[0]
    assert first is not None
    assert [(event.order_id, event.lots, event.price_ticks) for event in first] == [
        (1, 50, 10_000),
        (2, 40, 10_002),
    ]
    assert lobster.probes_of(file, 1, 1) == []  # the only order was withdrawn by the halt
