"""What each column of `python -m tools.lab observe` is: formula, window, source.

The unit ends a column's name. `METRICS` describes the fields of `tools.observer.metrics.Metrics`
in their order; a gauge describes its own columns.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Column:
    """One figure of a record.

    Parameters
    ----------
    name
        As in the record; its unit ends it.
    formula
        In the symbols of `docs/reference/metrics.md`.
    window
        ``"now"``, or the length of ``(t - w, t]``; None in the record until it is full.
    source
        Who defined it; empty for counts and sums.
    """

    name: str
    formula: str
    window: str = "now"
    source: str = ""


CKS: Final = "Cont, Kukanov, Stoikov 2014"


def _of(name: str, formula: str, window: str = "now", source: str = "") -> Column:
    return Column(name=name, formula=formula, window=window, source=source)


METRICS: Final[tuple[Column, ...]] = (
    _of("time_ns", "t"),
    _of("join", "`exchange`: T_quote < T_trade; `receive`: order of arrival; by the first quote"),
    _of("bid_ticks", "b"),
    _of("bid_lots", "qb"),
    _of("ask_ticks", "a"),
    _of("ask_lots", "qa"),
    _of("mid_ht", "M = b + a"),
    _of("weighted_mid_num", "b qa + a qb; over weighted_mid_den it is a price in ticks"),
    _of("weighted_mid_den", "qa + qb"),
    _of("imbalance_ppm", "qb / (qb + qa)", source="Gould, Bonart 2016"),
    _of("spread_ubps", "2 (a - b) / M"),
    _of("spread_1s_ubps", "time-weighted mean of 2 (a - b) / M", "1 s"),
    _of("spread_10s_ubps", "as above", "10 s"),
    _of("spread_60s_ubps", "as above", "60 s"),
    _of("one_tick_60s_ppm", "share of time with a - b = 1", "60 s"),
    _of("mid_changes_10s", "quotes with dM != 0", "10 s"),
    _of("move_1s_ht", "M(t) - M(t - 1 s)", "1 s"),
    _of("move_10s_ht", "M(t) - M(t - 10 s)", "10 s"),
    _of("rv_10s_ht2", "sum r^2, r = dM between whole seconds", "10 s", "Andersen, Bollerslev 1998"),
    _of("rv_60s_ht2", "as above", "60 s"),
    _of("trades_1s", "trades", "1 s"),
    _of("trades_10s", "trades", "10 s"),
    _of("trades_60s", "trades", "60 s"),
    _of("buy_1s_lots", "sum q, s = +1", "1 s"),
    _of("buy_10s_lots", "sum q, s = +1", "10 s"),
    _of("buy_60s_lots", "sum q, s = +1", "60 s"),
    _of("sell_1s_lots", "sum q, s = -1", "1 s"),
    _of("sell_10s_lots", "sum q, s = -1", "10 s"),
    _of("sell_60s_lots", "sum q, s = -1", "60 s"),
    _of("trade_imbalance_10s_ppm", "sum s q / sum q", "10 s"),
    _of("quotes_1s", "quotes", "1 s"),
    _of("quotes_10s", "quotes", "10 s"),
    _of("quotes_60s", "quotes", "60 s"),
    _of("ofi_1s_lots", "sum e; e = qb [b>=b'] - qb' [b<=b'] - qa [a<=a'] + qa' [a>=a']", "1 s", CKS),
    _of("ofi_10s_lots", "as above", "10 s", CKS),
    _of("depth_lots", "min(qb, qa)"),
    _of("depth_10s_lots", "time-weighted mean of min(qb, qa)", "10 s"),
    _of("quote_age_ns", "t less the time of the last quote"),
    _of("link_age_ns", "t less the time of the last message of any kind"),
    _of("link_p999_ns", "99.9 % quantile of the link's gaps, upper edge of a bucket of 1/32", "1 h"),
    _of("crossed_ns", "how long b >= a has lasted"),
    _of("gap_ids_60s", "missing trade ids", "60 s"),
    _of("excess_ns", "x - floor, x = receive less exchange time; floor = min(x, floor + 200 ppm dt)"),
    _of("excess_p50_10s_ns", "quantile of the smallest excess of each 100 ms", "10 s"),
    _of("excess_p95_10s_ns", "as above", "10 s"),
    _of("excess_p99_10s_ns", "as above", "10 s"),
    _of("clock_jump_ns", "largest fall of x below every x of ten minutes, over 5 ms", "10 s"),
    _of("floor_drift_60s_ppm", "(floor(t) - floor(t - 60 s)) / 60 s", "60 s"),
)
"""The fields of `Metrics`, in their order."""
