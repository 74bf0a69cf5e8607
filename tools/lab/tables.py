"""``python -m tools.lab.tables``: reproduce figures of the literature on recordings and a synthetic book.

Writes one page, the same bytes every time. Each figure stands with its sample size, an interval
of 95 % (moving blocks, `tools.lab.stats.bootstrap`), and what others found. `gates` are the
inequalities that must hold whatever the literature says.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import tools
from tools.core.errors import ExitCode, InputError, VerifyError
from tools.core.instrument import Instrument
from tools.core.units import NS_PER_S
from tools.lab.observe import Observation, configs_of
from tools.lab.reference import Tape
from tools.lab.stats import samples, zi_book
from tools.lab.stats.bootstrap import interval, regression_interval
from tools.lab.stats.clustering import branching_of
from tools.lab.stats.queue_imbalance import auc, mean_squared_residual
from tools.lab.stats.regression import Sums, r2, slope, sums_of
from tools.lab.tables_page import page
from tools.live.cli import OneLineParser, guarded, narrate
from tools.live.config import read_instruments
from tools.live.feeds import open_collector

COMMAND: Final = "python -m tools.lab.tables"
PAGE: Final = "docs/tables/reproduction.md"
ROOT: Final = Path(tools.__file__).resolve().parents[1]
DATA: Final = ROOT.parent / "shared" / "data"
ZI_SECONDS: Final = 3_600
MIN_MOVES: Final = 100
"""Of the mid: with fewer nothing is claimed about queue imbalance."""

_USDM: Final = "binance_usdm_20240718_19"
_2023: Final = "binance_btc_20230404_05"
RECORDED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "USD-M BTC 2024": (
        "binance-usdm:BTCUSDT", (f"{_USDM}/btcusdt_20240718.gz", f"{_USDM}/btcusdt_20240719.gz"),
    ),
    "USD-M ETH 2024": (
        "binance-usdm:ETHUSDT", (f"{_USDM}/ethusdt_20240718.gz", f"{_USDM}/ethusdt_20240719.gz"),
    ),
    "USD-M BTC 2023": (
        "binance-usdm:BTCUSDT",
        (f"{_2023}/usdm_btcusdt_20230404.dat.gz", f"{_2023}/usdm_btcusdt_20230405.dat.gz"),
    ),
    "spot BTC 2023": ("binance-spot:BTCUSDT", (f"{_2023}/spot_btcusdt_20230405.dat.gz",)),
    "spot NEXO 2024": (
        "binance-spot:NEXOUSDT", ("binance_spot_nexo_20240723_24/nexousdt_20240724.dat.gz",),
    ),
}  # fmt: skip
SYNTHETIC: Final = {f"synthetic {name}": name for name in zi_book.BOOKS}


@dataclass
class Cell:
    """One figure: its sample size, itself, and its interval."""

    n: int
    value: float | None
    bounds: tuple[float, float] | None = None


@dataclass
class Found:
    """What one set says, by figure."""

    name: str
    cells: dict[str, Cell] = field(default_factory=dict)

    def value(self, figure: str) -> float:
        """Return a figure that must be known."""
        value = self.cells[figure].value
        assert value is not None, f"{self.name}: {figure}"
        return value


def recorded_paths(data: Path, files: Sequence[str]) -> list[str]:
    """Return the paths of recordings; `InputError` naming the first that is not there."""
    paths = [data / name for name in files]
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path}: no such recording; say where they are with --data")
    return [str(path) for path in paths]


def recorded(name: str, data: Path) -> Found:
    """Return what a recorded set says."""
    key, files = RECORDED[name]
    instruments = read_instruments()
    paths = recorded_paths(data, files)
    instrument = instruments[key]
    tape = samples.tape_of(open_collector(paths, instruments, only=(key,)), instrument)
    found = measured(name, tape)
    value = float(instrument.tick) * float(instrument.lot)
    for figure, told in samples.report_only(tape, value).items():
        found.cells[figure] = Cell(len(tape.trades), told)
    seen = Observation(instruments, configs_of(("costs",), None), 10 * NS_PER_S)
    residual = count = 0
    for row in seen.rows(open_collector(paths, instruments, only=(key,))):
        for horizon in ("100ms", "1s", "5s", "30s", "60s"):
            parts = [row[f"{part}_{horizon}_60s_htl"] for part in ("effective", "realised", "impact")]
            if isinstance(parts[0], int) and isinstance(parts[1], int) and isinstance(parts[2], int):
                count += 1
                residual += abs(parts[0] - parts[1] - parts[2])
        last = row
    found.cells["residual"] = Cell(count, float(residual))
    for fit in ("at", "through", "inside"):
        share = last[f"{fit}_300s_ppm"]
        found.cells[fit] = Cell(0, share / 1e6 if isinstance(share, int) else None)
    return found


def synthetic(name: str, seconds: int = ZI_SECONDS) -> Found:
    """Return what a synthetic book says."""
    book = SYNTHETIC[name]
    instrument = Instrument(venue="synthetic", symbol=book, tick="1", lot="1")
    return measured(name, samples.tape_of(zi_book.events(book, seconds), instrument))


def measured(name: str, tape: Tape) -> Found:
    """Return the figures of one tape."""
    found = Found(name)
    for seconds in (1, 10):
        ofi, trades = samples.flow_pairs(tape, seconds)
        found.cells[f"ofi {seconds}"] = _regression(ofi, r2)
        found.cells[f"trades {seconds}"] = _regression(trades, r2)
    for kind, drawn in (("last", False), ("drawn", True)):
        moves = samples.mid_moves(tape, drawn)
        found.cells[f"auc {kind}"] = Cell(len(moves), auc(moves), interval(moves, auc, 200))
        residual = mean_squared_residual(moves)
        found.cells[f"msr {kind}"] = Cell(len(moves), residual, interval(moves, mean_squared_residual, 200))
    for price, pairs in samples.martingale_pairs(tape).items():
        found.cells[price] = _regression(pairs, slope)
    for seconds in (5, 10):
        counts = [(count, 0) for count in samples.trade_counts(tape, seconds)]
        found.cells[f"branching {seconds}"] = _regression(counts, branching_of)
    return found


def _regression(pairs: list[samples.Pair], statistic: Callable[[Sums], float | None]) -> Cell:
    return Cell(len(pairs), statistic(sums_of(pairs)), regression_interval(pairs, statistic))


def gates(found: Found) -> dict[str, bool]:
    """Return which inequalities hold for a set; only those that are claimed for it."""
    out: dict[str, bool] = {}
    if found.cells["msr drawn"].n >= MIN_MOVES:
        out["MSR < .25"] = found.value("msr last") < 0.25 and found.value("msr drawn") < 0.25
    if found.name in ("USD-M BTC 2024", "USD-M ETH 2024", "USD-M BTC 2023"):
        out["R2 of OFI > R2 of trades, 10 s"] = found.value("ofi 10") > found.value("trades 10")
    if found.name != "spot BTC 2023":  # many ticks at once: the page says so
        out["slope of micro-price < half that of the mid"] = (
            abs(found.value("micro-price")) < found.value("mid") / 2
        )
    if "residual" in found.cells:
        out["effective = realised + impact"] = found.value("residual") == 0
    return out


def everything(data: Path) -> list[Found]:
    """Return what every set says; `InputError` if a recording is missing."""
    for _, files in RECORDED.values():
        recorded_paths(data, files)
    out: list[Found] = []
    for name in (*RECORDED, *SYNTHETIC):
        narrate(f"{COMMAND}: {name}")
        out.append(recorded(name, data) if name in RECORDED else synthetic(name))
    return out


def _run(args: argparse.Namespace) -> int:
    found = everything(Path(args.data))
    broken = [f"{item.name}: {name}" for item in found for name, holds in gates(item).items() if not holds]
    text = page({item.name: item.cells for item in found})
    path = ROOT / PAGE
    if args.check:
        if not path.is_file() or path.read_text("utf-8") != text:
            raise VerifyError(f"{PAGE}: not what the recordings say; run {COMMAND}")
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        narrate(f"{COMMAND}: {PAGE}")
    if broken:
        raise VerifyError(f"does not hold: {'; '.join(broken)}")
    return ExitCode.DONE


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or check it; return the exit code."""
    p = OneLineParser(prog=COMMAND, description="Reproduce figures of the literature.")
    p.add_argument("--data", default=str(DATA), metavar="DIR", help="the recordings; default ../shared/data")
    p.add_argument("--check", action="store_true", help="write nothing; exit 6 if the page is another")
    args = p.parse_args(arguments)
    return guarded("tables", lambda: _run(args))


if __name__ == "__main__":
    sys.exit(main())
