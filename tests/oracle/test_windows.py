"""Windows on 400,000 rows are exactly those of pandas and polars; the rest of the observer, numpy's."""

from __future__ import annotations

import pytest

from tools.core.events import Quote
from tools.core.histogram import LogHist, LogHistRing
from tools.core.units import NS_PER_MS, NS_PER_S
from tools.observer.book import Book
from tools.observer.flow import Flow
from tools.observer.steps import StepMean
from tools.observer.windows import CountWindow, SortedWindow, SumWindow

ROWS = 400_000
WIDTH_NS = 10 * NS_PER_S


@pytest.fixture(scope="module")
def rows():
    """Return times (ns, strictly increasing, clustered) and values with heavy tails, as numpy arrays."""
    np = pytest.importorskip("numpy")
    rng = np.random.default_rng(20240718)
    pauses = np.where(
        rng.random(ROWS) < 0.9, rng.integers(1, 5_000_000, ROWS), rng.integers(1, 900_000_000, ROWS)
    )
    pauses[ROWS // 2] = 3 * WIDTH_NS  # a silence that empties the window
    times = 1_700_000_000 * NS_PER_S + np.cumsum(pauses)
    values = (rng.pareto(1.2, ROWS) * 100).astype(np.int64) % 1_000_000 * rng.choice([-1, 1], ROWS)
    return times, values


def test_sums_and_counts_are_those_of_pandas(rows) -> None:
    pd = pytest.importorskip("pandas")
    times, values = rows
    frame = pd.DataFrame({"v": values}, index=pd.to_datetime(times))
    rolled = frame["v"].rolling("10s")
    sums, counts = rolled.sum().to_numpy(), rolled.count().to_numpy()
    total, count = SumWindow(WIDTH_NS), CountWindow(WIDTH_NS)
    differ = 0
    for index, (time_ns, value) in enumerate(zip(times.tolist(), values.tolist(), strict=True)):
        total.add(time_ns, value)
        count.add(time_ns)
        differ += total.total(time_ns) != int(sums[index]) or count.count(time_ns) != int(counts[index])
    assert index == ROWS - 1
    assert differ == 0


def test_sums_are_those_of_polars(rows) -> None:
    pl = pytest.importorskip("polars")
    times, values = rows
    frame = pl.DataFrame({"t": times, "v": values}).set_sorted("t")
    rolled = frame.rolling(index_column="t", period=f"{WIDTH_NS}i", closed="right").agg(pl.col("v").sum())
    sums = rolled["v"].to_list()
    total = SumWindow(WIDTH_NS)
    differ = 0
    for time_ns, value, wanted in zip(times.tolist(), values.tolist(), sums, strict=True):
        total.add(time_ns, value)
        differ += total.total(time_ns) != wanted
    assert len(sums) == ROWS
    assert differ == 0


def test_time_weighted_means_are_those_of_a_cumulative_integral(rows) -> None:
    np = pytest.importorskip("numpy")
    times, values = rows
    values = np.abs(values)
    area = np.concatenate(
        [[0], np.cumsum(values[:-1] * np.diff(times))]
    )  # of the step function, at each time
    mean = StepMean(WIDTH_NS)
    edges = times - WIDTH_NS
    held = np.searchsorted(times, edges, side="right") - 1
    inside = held >= 0
    at_edge = np.where(inside, area[held] + values[held] * (edges - times[held]), 0)
    wanted = (area - at_edge) // WIDTH_NS
    differ = known = 0
    for index, (time_ns, value) in enumerate(zip(times.tolist(), values.tolist(), strict=True)):
        mean.put(time_ns, value)
        got = mean.mean(time_ns)
        known += got is not None
        differ += got != (int(wanted[index]) if inside[index] else None)
    assert known > ROWS - 10_000
    assert differ == 0


def test_quantiles_are_those_of_numpy(rows) -> None:
    np = pytest.importorskip("numpy")
    times, values = rows
    ordered = SortedWindow(WIDTH_NS)
    begin = np.searchsorted(times, times - WIDTH_NS, side="right")
    for index, (time_ns, value) in enumerate(zip(times.tolist(), values.tolist(), strict=True)):
        ordered.add(time_ns, value)
        ordered.count(time_ns)
        if index % 997 == 0:
            window = values[begin[index] : index + 1]
            for ppm in (500_000, 950_000, 990_000):
                exact = np.quantile(window, ppm / 1e6, method="inverted_cdf")
                assert ordered.quantile(time_ns, ppm) == int(exact)


@pytest.mark.parametrize("bits", [5, 7])
def test_histogram_quantiles_are_within_their_bound(rows, bits: int) -> None:
    np = pytest.importorskip("numpy")
    _, values = rows
    values = np.abs(values) ** 2  # over twelve decades
    hist = LogHist(bits)
    for value in values.tolist():
        hist.add(value)
    for ppm in (10_000, 500_000, 950_000, 990_000, 999_000, 999_990):
        exact = int(np.quantile(values, ppm / 1e6, method="inverted_cdf"))
        got = hist.quantile(ppm)
        assert got is not None
        assert exact <= got <= exact + (exact >> bits)


def test_a_ring_forgets_what_numpy_leaves_out(rows) -> None:
    np = pytest.importorskip("numpy")
    times, values = rows
    sizes = np.abs(values)
    ring = LogHistRing(60 * NS_PER_S, 60, 5)
    bins = (times - times[0]) // (60 * NS_PER_S)
    for index, (time_ns, size) in enumerate(zip(times.tolist(), sizes.tolist(), strict=True)):
        ring.add(time_ns, size)
        if index % 5_003 == 0:
            kept = sizes[: index + 1][bins[: index + 1] > bins[index] - 60]
            assert ring.count(time_ns) == len(kept)
            exact = int(np.quantile(kept, 0.999, method="inverted_cdf"))
            got = ring.quantile(time_ns, 999_000)
            assert got is not None and exact <= got <= exact + (exact >> 5)


def test_order_flow_imbalance_is_that_of_numpy() -> None:
    np = pytest.importorskip("numpy")
    rng = np.random.default_rng(7)
    bid = 100_000 + np.cumsum(rng.choice([-1, 0, 0, 0, 1], ROWS))
    ask = bid + rng.integers(1, 4, ROWS)
    bid_lots, ask_lots = rng.integers(1, 5_000, (2, ROWS))
    times = 1_700_000_000 * NS_PER_S + np.cumsum(rng.integers(1, 40 * NS_PER_MS, ROWS))
    new, old = slice(1, None), slice(None, -1)
    flow_of = np.concatenate([[0],
        bid_lots[new] * (bid[new] >= bid[old]) - bid_lots[old] * (bid[new] <= bid[old])
        - ask_lots[new] * (ask[new] <= ask[old]) + ask_lots[old] * (ask[new] >= ask[old])])  # fmt: skip
    until = np.cumsum(flow_of)
    begin = np.searchsorted(times, times - 10 * NS_PER_S, side="right")
    wanted = until - np.where(begin > 0, until[begin - 1], 0)
    flow, book = Flow(), Book()
    differ = known = 0
    columns = (times, bid, bid_lots, ask, ask_lots)
    for index, (time_ns, *best) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        assert book.apply(Quote("S", time_ns, None, *best, index + 1), time_ns)
        flow.start(time_ns)
        flow.on_quote(book, time_ns)
        got = flow.total(flow.ofi_10s, time_ns)
        if got is not None:
            known += 1
            differ += got != int(wanted[index])
    assert known > ROWS - 2_000
    assert differ == 0
