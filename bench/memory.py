"""Does memory stay flat? Peak of a replay of one day against that of ten.

    python bench/memory.py [--set NAME] [--copies N] [--data DIR] [--compiled]

Writes a recording that holds the chosen one N times, one after the other: the receive times, the
exchange times and the ids of each copy are moved on, so that the copies join as recorded days do
(trade ids and book updates follow without a gap; a few quotes whose id lies beyond the last book
update of their copy count as regressed). Replays one copy and N copies, each in a
process of its own with the audit log written to disk, and prints both peaks. The aim is that they
lie within 10 MB of each other.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recordings import DATA, SETS, builds, measure, recorded, synthetic

AIM_MB = 10
_FIELD = re.compile(rb'"(E|T|t|a|f|l|u|U|pu|lastUpdateId)":(\d+)')
_TIMES = (b"E", b"T")
_TRADE_IDS = (b"t", b"f", b"l")
_S = 1_000_000_000


@dataclass
class Shift:
    """How far one copy lies behind the one before it."""

    time_s: int
    trade_ids: int
    aggregate_ids: int
    update_ids: int

    def of(self, field: bytes, copy: int) -> int:
        """Return what copy number `copy` adds to a field."""
        if field in _TIMES:
            return copy * self.time_s * 1000
        if field in _TRADE_IDS:
            return copy * self.trade_ids
        return copy * (self.aggregate_ids if field == b"a" else self.update_ids)


def lines_of(paths: list[str]) -> Iterator[bytes]:
    """Yield the lines of some recordings that follow each other."""
    for path in paths:
        with gzip.open(path, "rb") as stream:
            yield from stream


def span(values: list[int], step: int) -> int:
    """Return how far to move ids so that the next copy begins `step` after the last."""
    return max(values) - min(values) + step if values else 0


def survey(paths: list[str]) -> Shift:
    """Return the shift that lets copies of these recordings follow each other."""
    stamps: list[int] = []
    trades: list[int] = []
    aggregates: list[int] = []
    updates: list[int] = []
    quotes: list[int] = []
    for line in lines_of(paths):
        stamp, _, payload = line.partition(b" ")
        stamps.append(_ns(int(stamp)))
        fields = {name: int(value) for name, value in _FIELD.findall(payload)}
        if b'"trade"' in payload and b"t" in fields:
            trades.append(fields[b"t"])
        elif b'"aggTrade"' in payload:
            trades += [fields[b"f"], fields[b"l"]]
            aggregates.append(fields[b"a"])
        elif b'"depthUpdate"' in payload:
            # The next copy's first update must name the last one of this copy as its predecessor.
            updates += [fields[b"pu"] + 1 if b"pu" in fields else fields[b"U"], fields[b"u"]]
        elif b"u" in fields:
            quotes.append(fields[b"u"])
    seconds = -(-(max(stamps) - min(stamps)) // _S)
    return Shift(seconds, span(trades, 1), span(aggregates, 1), span(updates or quotes, 1))


def _ns(stamp: int) -> int:
    return stamp * 1000 if stamp < 10**17 else stamp


def write_copies(paths: list[str], shift: Shift, copies: int, target: Path) -> None:
    """Write `copies` copies of the recordings to `target`, in constant memory."""
    with gzip.open(target, "wb", compresslevel=1) as out:
        for copy in range(copies):

            def moved(match: re.Match[bytes], copy: int = copy) -> bytes:
                return b'"%s":%d' % (match[1], int(match[2]) + shift.of(match[1], copy))

            for line in lines_of(paths):
                stamp_text, _, payload = line.partition(b" ")
                stamp = int(stamp_text)
                per_second = _S if stamp >= 10**17 else _S // 1000
                new = stamp + copy * shift.time_s * per_second
                out.write(b"%d %s" % (new, _FIELD.sub(moved, payload) if copy else payload))


def peak_kb() -> int:
    """Return the peak of resident memory of this process.

    Linux: from /proc, because what `getrusage` says there includes the parent's peak before exec.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(re.search(r"^VmHWM:\s*(\d+) kB", status, re.M)[1])  # type: ignore[index]
    except (OSError, TypeError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak


def worker(path: str, folder: str) -> None:
    """Replay one file with its audit on disk, and print the peak and what was seen."""
    import tools.core.units
    from tools.lab.replay import Replay, plan_replay
    from tools.live.config import read_instruments
    from tools.live.settings import LabConfig

    before_kb = peak_kb()
    with open(Path(folder) / "audit.jsonl", "w", encoding="ascii", newline="\n") as audit:

        def write(line: str) -> None:
            audit.write(line)

        run = Replay(plan_replay([path], read_instruments(None), LabConfig()), write)
        report = run.run()
    gaps = {}
    for key, body in report["instruments"].items():  # type: ignore[attr-defined]
        gaps[key] = {
            name: value
            for name, value in body["observer"].items()
            if name in ("trade_gaps", "quotes_regressed", "trades_duplicate", "clock_jumps")
        }
    print(
        json.dumps(
            {
                "before_kb": before_kb,
                "events": report["events"],
                "feed": run.feed.counts.to_dict(),
                "gaps": gaps,
                "peak_kb": peak_kb(),
                "tools": tools.core.units.__file__,
            }
        )
    )


def main(argv: list[str] | None = None) -> int:
    """Build the files, replay both, print the two peaks; exit 1 if they lie too far apart."""
    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["--worker"]:
        worker(given[1], given[2])
        return 0
    parser = argparse.ArgumentParser(description="Peak memory of one day against ten.")
    parser.add_argument("--set", choices=sorted(SETS), default="nexousdt_20240724")
    parser.add_argument("--copies", type=int, default=10, metavar="N", help="default 10")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="where the recordings are")
    parser.add_argument("--compiled", action="store_true", help="measure the compiled build")
    options = parser.parse_args(given)
    build = builds()[-1 if options.compiled else 0]
    with tempfile.TemporaryDirectory(prefix="memory-") as name:
        folder = Path(name)
        paths = recorded(options.set, options.data) or synthetic(folder)
        title = options.set if paths[0].startswith(str(options.data)) else "synthetic"
        shift = survey(paths)
        peaks = {}
        for copies in (1, options.copies):
            target = folder / f"{copies}.gz"
            write_copies(paths, shift, copies, target)
            started = time.monotonic()
            found = measure(__file__, build, [str(target), name])
            peaks[copies] = found["peak_kb"] / 1024
            print(
                f"{title} x {copies:3}: {found['events']:9} events, peak {peaks[copies]:7.1f} MB "
                f"({found['before_kb'] / 1024:.1f} MB before the first line), "
                f"{time.monotonic() - started:.0f} s, {build.name}"
            )
            print(f"    quarantined {found['feed']['quarantined'] or 0}, {found['gaps']}")
    grown = peaks[options.copies] - peaks[1]
    verdict = "within" if grown <= AIM_MB else "NOT within"
    print(f"{options.copies} copies peak {grown:+.1f} MB above one: {verdict} {AIM_MB} MB")
    return 0 if grown <= AIM_MB else 1


if __name__ == "__main__":
    sys.exit(main())
