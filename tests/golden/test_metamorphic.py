"""The goldens' recordings told in another way, from their bytes to the audit log.

`tests/property/test_metamorphic.py` does the same to events of random markets.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import CASES
from tests.golden.test_goldens import KEY, config_of, logged_of, records
from tools.core.instrument import Instrument
from tools.lab.replay import Replay, plan_replay
from tools.live.config import read_instruments

# What has no damaged lines, which are not messages, and no fills.
TOLD = [case for case in CASES if case not in ("quarantine", "take", "take_refused", "day_boundary")]
# Where the mid moves, so that health's factor `move` scores it against a floor of one tick.
PRICE_MOVES = ("burst", "crossed_book")
ACTS = ("regime", "permission", "health", "decision", "order", "cancel", "report")
TIMES = ("time_ns", "until_ns", "blocked_until_ns", "probation_until_ns")


def replayed(
    case: str, lines: list[bytes], folder: Path, instruments: dict[str, Instrument] | None = None
) -> list[dict[str, Any]]:
    path = folder / "input.log"
    path.write_bytes(b"".join(lines))
    told: list[str] = []
    known = read_instruments() if instruments is None else instruments
    Replay(plan_replay([str(path)], known, config_of(case)), told.append).run()
    return acts(records(told))


def acts(log: list[dict[str, Any]], *without: str) -> list[dict[str, Any]]:
    """Return verdicts and orders of a log, without their line and some more."""
    return [
        {key: value for key, value in r.items() if key not in ("line", *without)}
        for r in log
        if r["kind"] in ACTS
    ]


@pytest.mark.parametrize("case", TOLD)
@pytest.mark.parametrize("shift_s", [1, 86_400 * 59 + 3_599])
def test_a_shift_in_time(case: str, shift_s: int, tmp_path: Path) -> None:
    def later(line: bytes) -> bytes:
        stamp, _, rest = line.partition(b" ")
        rest = re.sub(rb'"([TE])":(\d+)', lambda m: b'"%s":%d' % (m[1], int(m[2]) + shift_s * 1_000), rest)
        return b"%d %s" % (int(stamp) + shift_s * 10**9, rest)

    for r, golden in zip(
        replayed(case, list(map(later, CASES[case]())), tmp_path), acts(logged_of(case)), strict=True
    ):
        moved = {
            key: value + shift_s * 10**9 if key in TIMES and value else value for key, value in golden.items()
        }
        assert r == moved


@pytest.mark.parametrize("case", TOLD)
def test_another_name(case: str, tmp_path: Path) -> None:
    other = replace(read_instruments()[KEY], symbol="ZETAUSDT")
    instruments = {**read_instruments(), other.key: other}
    lines = [line.replace(b"BTCUSDT", b"ZETAUSDT").replace(b"btcusdt", b"zetausdt") for line in CASES[case]()]
    told = replayed(case, lines, tmp_path, instruments)
    named = [
        {key: other.key if value == KEY else value for key, value in golden.items()}
        for golden in acts(logged_of(case))
    ]
    assert told == named


@pytest.mark.parametrize("case", TOLD)
def test_finer_ticks_and_lots(case: str, tmp_path: Path) -> None:
    """The same bytes, read with a tick and a lot of a tenth: regime and gate say the same, line for line."""
    fine = {key: _tenth(item) for key, item in read_instruments().items()}
    told = replayed(case, CASES[case](), tmp_path, fine)
    kinds = ["regime", "permission"]
    if case not in PRICE_MOVES:
        kinds += ["health", "decision"]
    for kind in kinds:
        assert [r for r in told if r["kind"] == kind] == [
            r for r in acts(logged_of(case)) if r["kind"] == kind
        ]


def _tenth(item: Instrument) -> Instrument:
    return replace(item, tick=_finer(item.tick), lot=_finer(item.lot))


def _finer(step: str) -> str:
    """Return a tenth of a power of ten below one: 0.1 is 0.01."""
    assert step.startswith("0.") and step.endswith("1")
    return step[:-1] + "01"


@pytest.mark.parametrize("case", TOLD)
def test_every_line_twice(case: str, tmp_path: Path) -> None:
    lines = [line for line in CASES[case]() for _ in range(2)]
    told = acts(replayed(case, lines, tmp_path), "seq")
    assert told == acts(logged_of(case), "seq")
