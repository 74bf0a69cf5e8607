"""The windows of the risk controls against the plainest way to compute the same."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tools.risk.windows import SLOTS, RangeWindow, SumWindow

QUIET = share(1)
steps = st.lists(st.tuples(st.integers(0, 70), st.integers(-9, 9)), max_size=40)
windows = st.sampled_from([1, 31, 32, 33, 64, 100])


def within(added: list[tuple[int, int]], now: int, window: int) -> list[int]:
    """Return what lies within the window, and within its one slot more."""
    slot = max(1, -(-window // SLOTS))
    return [value for at, value in added if at // slot >= now // slot - SLOTS]


@QUIET
@given(steps, windows)
def test_sums_and_ranges_equal_the_oracle_at_every_step(steps, window: int) -> None:
    total, span = SumWindow(window), RangeWindow(window)
    added: list[tuple[int, int]] = []
    now = 0
    for gap, value in steps:
        now += gap
        before = within(added, now, window)
        assert total.total(now) == sum(before)
        assert (span.low(now), span.high(now)) == (min(before, default=None), max(before, default=None))
        grown = span.add(now, value)
        assert grown is (not before or value < min(before) or value > max(before))
        total.add(now, value)
        added.append((now, value))
        # Nothing of the last `window` is ever left out.
        assert {v for at, v in added if now - at < window} <= set(within(added, now, window))
    twins = SumWindow(window), RangeWindow(window)
    for made, twin in zip((total, span), twins, strict=True):
        twin.restore(json.loads(json.dumps(made.snapshot())))
        assert twin.snapshot() == made.snapshot()
    for later in (now, now + window, now + 3 * window):
        assert twins[0].total(later) == total.total(later)
        assert (twins[1].low(later), twins[1].high(later)) == (span.low(later), span.high(later))
