"""SplitMix64 against its published outputs; draws are functions of what they are for."""

from __future__ import annotations

import pytest

from tools.core.chance import below, draw64, mix64, stream_id

GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1

# The first outputs of the reference implementation (Vigna, splitmix64.c) for the seed 0.
PUBLISHED = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)


def test_published_sequence() -> None:
    assert tuple(mix64(k * GOLDEN & MASK) for k in range(3)) == PUBLISHED


def test_state_wraps_at_64_bits() -> None:
    assert mix64(1 << 64) == mix64(0)
    assert mix64(-GOLDEN) == mix64((1 << 64) - GOLDEN) == 0  # the state 0 mixes to 0


def test_every_argument_of_a_draw_matters() -> None:
    base = (42, stream_id("fills"), 7, 3)
    draws = {draw64(*base)}
    for position in range(4):
        changed = list(base)
        changed[position] += 1
        draws.add(draw64(*changed))
    assert len(draws) == 5
    assert draw64(*base) == draw64(*base)


def test_streams_are_told_apart_by_name() -> None:
    names = ["", "a", "b", "ab", "ba", "fills", "latency", "é"]
    assert len({stream_id(name) for name in names}) == len(names)


@pytest.mark.parametrize("bound", [1, 2, 6, 1_000_000])
def test_below_stays_below_and_covers_evenly(bound: int) -> None:
    draws = [below(1, 2, ident, 0, bound) for ident in range(3000)]
    assert min(draws) >= 0
    assert max(draws) < bound
    if bound == 6:
        counts = [draws.count(face) for face in range(6)]
        # 500 expected each; the standard deviation is about 20.
        assert all(400 < count < 600 for count in counts)


def test_negative_seeds_and_large_ones_are_taken_modulo_64_bits() -> None:
    assert draw64(-1, 0, 0, 0) == draw64(MASK, 0, 0, 0)
    assert 0 <= draw64(10**30, 1, 10**30, 10**30) <= MASK
