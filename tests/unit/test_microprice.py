"""The micro-price: states, shifts that can be worked out by hand, the look-up, tables."""

from __future__ import annotations

import pytest

from tests.kit.gauges import at, events_of, figures, watching
from tools.core.errors import ConfigError
from tools.lab.micro_table import MicroTable
from tools.lab.stats.microprice import Transitions, shifts_ppm, solve
from tools.observer.gauges.microprice import Config, bucket_of

LOW, HIGH = (100, 1, 101, 3), (100, 3, 101, 1)  # imbalance 1/4 and 3/4


def test_buckets_are_of_equal_width() -> None:
    assert [bucket_of(qb, 100 - qb, 10) for qb in (1, 9, 10, 49, 50, 99)] == [0, 0, 1, 4, 5, 9]


def test_the_shift_where_every_step_moves() -> None:
    # From HIGH the mid always goes up a tick into LOW or, mirrored, from LOW down into HIGH. With
    # two states G = R + T G: G(high) = 2 + G(low), G(low) = -2 + G(high), in half-ticks; the series
    # R + T R + T T R ... alternates 2 - 2 + 2 and does not settle, so the mover must rest at times.
    seen = Transitions(2, 1)
    up = (101, 3, 102, 1)  # one tick up, and HIGH again
    seen.add([HIGH, up])
    seen.add([HIGH, LOW])
    # From HIGH: one of two steps moves +2 half-ticks into HIGH, the other rests in LOW. Mirrored too.
    # G1(H) = R + Q G1(L), R = 1, Q = 1/2, G1(L) = -G1(H): G1(H) = 1 - G1(H) / 2 = 2/3.
    # B = (I - Q)^-1 T: from H: (4/3)(1/2) = 2/3 to H and 1/3 to L. G = sum (1/3)^k 2/3 = 1 half-tick.
    assert shifts_ppm(seen) == (-500_000, 500_000)


def test_a_market_that_only_rests_has_no_shift() -> None:
    seen = Transitions(4, 2)
    seen.add([HIGH, LOW, HIGH, HIGH, (99, 5, 102, 1), LOW])
    assert shifts_ppm(seen) == (0,) * 8


def test_crossed_and_locked_quotes_are_no_state() -> None:
    seen = Transitions(2, 1)
    seen.add([HIGH, (101, 1, 101, 1), (102, 1, 101, 1), LOW])
    assert sum(seen.count) == 0
    assert seen.state((100, 1, 107, 1)) == 1  # wider than the widest counts as it


def test_elimination() -> None:
    assert solve([[0.0, 2.0], [4.0, 0.0]], [[6.0], [8.0]]) == [[2.0], [3.0]]
    assert solve([[0.0, 0.0], [0.0, 1.0]], [[5.0], [1.0]])[1] == [1.0]


def test_the_gauge_looks_the_shift_up() -> None:
    config = Config(buckets=2, spreads=2, shift_ppm=(-3, 3, -7, 7), version="v1")
    observer = watching("microprice", microprice=config)
    rows = (
        (("quote", 0, 100, 1, 101, 3), -3),
        (("quote", 1, 100, 3, 101, 1), 3),
        (("quote", 2, 100, 2, 101, 2), 3),
        (("quote", 3, 100, 3, 102, 1), 7),
        (("quote", 4, 100, 1, 109, 3), -7),
        (("quote", 5, 109, 1, 109, 3), None),
    )
    for number, (row, shift) in enumerate(rows):
        for event in events_of(tuple(r for r, _ in rows[: number + 1]))[-1:]:
            observer.admit(event)
        assert figures(observer, at(row[1])) == {"micro_shift_ppm": shift, "micro_table": "v1"}


def test_a_table_must_have_all_its_figures() -> None:
    with pytest.raises(ConfigError, match="2 buckets and 2 spreads need 4 figures, not 3"):
        Config(buckets=2, spreads=2, shift_ppm=(1, 2, 3))


def test_the_version_is_of_everything_in_the_table() -> None:
    one = MicroTable(instrument="a:B", buckets=2, spreads=1, shift_ppm=(-1, 1), transitions=9)
    other = MicroTable(instrument="a:B", buckets=2, spreads=1, shift_ppm=(-1, 1), transitions=10)
    assert one.version() != other.version()
    assert one.config() == Config(buckets=2, spreads=1, shift_ppm=(-1, 1), version=one.version())
