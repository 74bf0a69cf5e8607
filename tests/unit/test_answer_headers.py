"""What venues state in headers: usage, windows, how long to be silent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.core.units import NS_PER_MS, NS_PER_S
from tools.execution.answers import banned_until_ns, binance_usage, bybit_usage, retry_after_ns

S = NS_PER_S


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("X-MBX-USED-WEIGHT-1M", "322", ("weight", 60 * S, 322)),
        ("x-mbx-used-weight-1m", " 322 ", ("weight", 60 * S, 322)),
        ("X-MBX-ORDER-COUNT-10S", "13", ("orders", 10 * S, 13)),
        ("X-MBX-ORDER-COUNT-1D", "4044", ("orders", 86_400 * S, 4044)),
        ("X-MBX-USED-WEIGHT-5H", "1", ("weight", 18_000 * S, 1)),
        ("X-MBX-USED-WEIGHT", "322", None),  # without an interval it says nothing
        ("X-MBX-USED-WEIGHT-1M", "3e2", None),
        ("X-MBX-USED-WEIGHT-1M", "-3", None),
        ("X-MBX-USED-WEIGHT-1M", "9" * 16, None),
        ("X-MBX-USED-WEIGHT-1M", "٣", None),
        ("X-MBX-USED-WEIGHT-0M", "3", None),
        ("X-MBX-USED-WEIGHT-1W", "3", None),
        ("X-MBX-USED-WEIGHT-M", "3", None),
        ("Content-Type", "3", None),
    ],
)
def test_binance(name: str, value: str, wanted: tuple[str, int, int] | None) -> None:
    got = [(usage.kind, usage.interval_ns, usage.used_count) for usage in binance_usage({name: value})]
    assert got == ([] if wanted is None else [wanted])


def test_bybit() -> None:
    headers = {
        "X-Bapi-Limit": "120",
        "X-Bapi-Limit-Status": "118",
        "X-Bapi-Limit-Reset-Timestamp": "1665397625986",
    }
    (usage,) = bybit_usage(headers)
    assert (usage.kind, usage.limit_count, usage.remaining_count) == ("endpoint", 120, 118)
    assert usage.window_end_ns == 1_665_397_625_986 * NS_PER_MS
    del headers["X-Bapi-Limit-Reset-Timestamp"]
    assert bybit_usage(headers)[0].window_end_ns is None
    del headers["X-Bapi-Limit"]
    assert bybit_usage(headers) == ()


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [({"Retry-After": "7"}, 7 * S), ({"retry-after": "0"}, 0), ({"Retry-After": "soon"}, None), ({}, None)],
)
def test_retry_after(headers: dict[str, str], wanted: int | None) -> None:
    assert retry_after_ns(headers) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Way too much request weight used; IP banned until 1659146400000. Please use", 1_659_146_400_000),
        ("Way too many requests; IP(1.2.3.4) banned until 1659146400000. Please", 1_659_146_400_000),
        ("IP banned until further notice", None),
        ("Too many requests", None),
        ("", None),
    ],
)
def test_the_end_of_a_ban(text: str, wanted: int | None) -> None:
    assert banned_until_ns(text) == (None if wanted is None else wanted * NS_PER_MS)


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=20), max_size=5), st.text(max_size=60))
def test_nothing_in_a_header_raises(headers: dict[str, str], text: str) -> None:
    for name in ("X-MBX-USED-WEIGHT-" + text, "X-Bapi-Limit", "X-Bapi-Limit-Status", "Retry-After"):
        full = {**headers, name: text}
        assert isinstance(binance_usage(full), tuple)
        assert isinstance(bybit_usage(full), tuple)
        assert retry_after_ns(full) is None or text.strip().isdigit()
    assert banned_until_ns(text) is None or "banned until " in text
