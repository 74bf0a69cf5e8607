"""Every window equals a slow oracle at every prefix, and a restored one goes on the same."""

import json
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.effort import share
from tools.core.histogram import LogHist, LogHistRing, bucket_of, upper_edge
from tools.observer.steps import StepLag, StepMean
from tools.observer.windows import CountWindow, MaxWindow, SortedWindow, SumWindow

WIDTH = 10
# (pause before, value, pause before the reading)
STEPS = st.lists(
    st.tuples(st.integers(0, 15), st.integers(-50, 50), st.integers(0, 12)), min_size=1, max_size=40
)
ORIGIN = st.sampled_from([0, 1, 1_700_000_000_000_000_000])
FAST = share(1)


def walk(steps, origin):
    """Yield ``(time of the value, value, time of the reading)`` with times that never decrease."""
    now = origin
    for pause, value, wait in steps:
        now += pause
        at = now
        now += wait
        yield at, value, now


def inside(seen, now):
    return [value for at, value in seen if now - WIDTH < at <= now]


def value_at(seen, time):
    """Return the value of a step function at `time`; the last one put at a time counts."""
    found = None
    for at, value in seen:
        if at <= time:
            found = value
    return found


def oracle_mean(seen, now):
    if not seen or seen[0][0] > now - WIDTH:
        return None
    area = sum(value_at(seen, tick) for tick in range(now - WIDTH, now))
    return int(Fraction(area, WIDTH) // 1)


def nearest_rank(values, ppm):
    """The smallest value that at least `ppm` of the values do not exceed."""
    for value in sorted(values):
        if sum(other <= value for other in values) * 1_000_000 >= ppm * len(values):
            return value
    return None


@FAST
@given(STEPS, ORIGIN)
def test_windows_equal_a_slow_oracle_at_every_prefix(steps, origin):
    count, total, mean = CountWindow(WIDTH), SumWindow(WIDTH), StepMean(WIDTH)
    lag, ordered, largest = StepLag(WIDTH), SortedWindow(WIDTH), MaxWindow(WIDTH)
    seen = []
    for at, value, now in walk(steps, origin):
        seen.append((at, value))
        count.add(at)
        total.add(at, value)
        mean.put(at, value)
        lag.put(at, value)
        ordered.add(at, value)
        largest.add(at, abs(value))
        kept = inside(seen, now)
        assert count.count(now) == len(kept)
        assert total.total(now) == sum(kept)
        assert ordered.count(now) == len(kept)
        for ppm in (1, 500_000, 950_000, 1_000_000):
            assert ordered.quantile(now, ppm) == nearest_rank(kept, ppm)
        assert largest.largest(now) == max((abs(value) for value in kept), default=0)
        assert lag.lagged(now) == value_at(seen, now - WIDTH)
        assert mean.mean(now) == oracle_mean(seen, now)


@FAST
@given(STEPS, st.integers(0, 40))
def test_a_restored_window_has_the_same_future(steps, cut):
    kinds = [
        (CountWindow, lambda w, at, v: w.add(at), lambda w, now: w.count(now)),
        (SumWindow, lambda w, at, v: w.add(at, v), lambda w, now: w.total(now)),
        (StepMean, lambda w, at, v: w.put(at, v), lambda w, now: w.mean(now)),
        (StepLag, lambda w, at, v: w.put(at, v), lambda w, now: w.lagged(now)),
        (SortedWindow, lambda w, at, v: w.add(at, v), lambda w, now: w.quantile(now, 950_000)),
        (MaxWindow, lambda w, at, v: w.add(at, v), lambda w, now: w.largest(now)),
    ]
    for kind, write, read in kinds:
        one = kind(WIDTH)
        two = kind(WIDTH)
        for index, (at, value, now) in enumerate(walk(steps, 0)):
            if index == cut:
                state = json.loads(json.dumps(one.snapshot()))
                two = kind(WIDTH)
                two.restore(state)
            write(one, at, value)
            write(two, at, value)
            assert read(one, now) == read(two, now)
        assert one.snapshot() == two.snapshot()


def test_windows_stay_exact_and_small_where_lists_are_cut():
    count, total, mean = CountWindow(100), SumWindow(100), StepMean(100)
    lag, ordered = StepLag(100), SortedWindow(100)
    for now in range(5_000):
        value = now * now % 97
        count.add(now)
        total.add(now, value)
        mean.put(now, value)
        lag.put(now, value)
        ordered.add(now, value)
        last = [time * time % 97 for time in range(max(0, now - 99), now + 1)]
        assert count.count(now) == len(last)
        assert total.total(now) == sum(last)
        assert ordered.quantile(now, 500_000) == sorted(last)[(len(last) + 1) // 2 - 1]
        if now >= 100:
            assert lag.lagged(now) == (now - 100) ** 2 % 97
            # Each second's value holds until the next: the mean covers now-100 .. now-1.
            assert mean.mean(now) == sum(time * time % 97 for time in range(now - 100, now)) // 100
    for window in (count, total, mean, lag, ordered):
        assert len(window._times) < 1_300


def test_an_emptied_sum_is_exactly_zero():
    window = SumWindow(5)
    for time, value in enumerate((10**12, -7, 3)):
        window.add(time, value)
    assert window.total(2) == 10**12 - 4
    assert window.total(7) == 0


@FAST
@given(st.integers(0, 2**62), st.sampled_from([0, 5, 7]))
def test_a_bucket_holds_its_value_within_the_bound(value, bits):
    bucket = bucket_of(value, bits)
    edge = upper_edge(bucket, bits)
    assert value <= edge
    assert (edge - value) << bits <= value
    assert bucket_of(edge, bits) == bucket
    assert bucket_of(edge + 1, bits) == bucket + 1


@FAST
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60), st.data())
def test_removing_undoes_adding(values, data):
    taken = data.draw(st.lists(st.sampled_from(range(len(values))), unique=True))
    both, kept = LogHist(5), LogHist(5)
    for value in values:
        both.add(value)
    for index, value in enumerate(values):
        if index in taken:
            both.remove(value)
        else:
            kept.add(value)
    assert both.snapshot() == kept.snapshot()
    left = [value for index, value in enumerate(values) if index not in taken]
    for ppm in (1, 500_000, 700_000, 900_000, 999_000):
        exact = nearest_rank(left, ppm)
        found = both.quantile(ppm)
        assert (found is None) == (exact is None)
        if exact is not None:
            assert exact <= found <= exact + (exact >> 5)


@FAST
@given(STEPS, ORIGIN, st.integers(0, 40))
def test_a_ring_equals_its_oracle_and_survives_restoring(steps, origin, cut):
    bin_ns, bins = 7, 4
    ring, other = LogHistRing(bin_ns, bins, 5), LogHistRing(bin_ns, bins, 5)
    seen = []
    first = None
    for index, (at, value, now) in enumerate(walk(steps, origin)):
        if index == cut:
            state = json.loads(json.dumps(ring.snapshot()))
            other = LogHistRing(bin_ns, bins, 5)
            other.restore(state)
        first = at if first is None else first
        ring.add(at, abs(value))
        other.add(at, abs(value))
        seen.append(((at - first) // bin_ns, abs(value)))
        running = (now - first) // bin_ns
        kept = [value for number, value in seen if number > running - bins]
        assert ring.count(now) == len(kept)
        # Values up to 63 have a bucket each at 5 bits, so the quantile is exact.
        assert ring.quantile(now, 999_000) == nearest_rank(kept, 999_000)
        assert other.quantile(now, 999_000) == ring.quantile(now, 999_000)
    assert other.snapshot() == ring.snapshot()
