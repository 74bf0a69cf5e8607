"""``synthesize``: write a made-up recording and say what happens in it, and when.

The recording itself is `tools.live.feeds.synthetic`. The lines are the same bytes on every
machine; a gzip around them may differ between versions of zlib.
"""

import argparse
import gzip
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tools.core.canon import encode
from tools.core.errors import ExitCode, InputError, UsageError
from tools.live.feeds.synthetic import (
    DEFAULT_MINUTES,
    PROFILES,
    SCENES,
    START_NS,
    Scene,
    scenes_of,
    synthesize,
)

__all__ = [
    "SCENES",
    "START_NS",
    "Scene",
    "add_arguments",
    "run",
    "scenes_of",
    "synthesize",
    "write_recording",
]


def write_recording(path: str | Path, lines: Iterable[bytes]) -> int:
    """Write lines to a file, as gzip if its name ends in ``.gz``; return how many there were.

    The gzip header holds neither name nor time.
    """
    count = 0
    try:
        with open(path, "wb") as plain:
            stream: BinaryIO | gzip.GzipFile = plain
            if str(path).endswith(".gz"):
                stream = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=plain, mtime=0)
            for line in lines:
                stream.write(line)
                count += 1
            if stream is not plain:
                stream.close()
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
    return count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``synthesize`` to a parser."""
    parser.add_argument("--seed", type=int, default=42, metavar="N", help="default 42")
    parser.add_argument("--out", metavar="FILE", help="gzip if the name ends in .gz; overwritten")
    parser.add_argument("--minutes", type=int, default=DEFAULT_MINUTES, metavar="M", help="default 12")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="major", help="default major")
    parser.add_argument("--scenes", action="store_true", help="print the scenes as JSON on stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the recording and tell its scenes on stderr; with ``--scenes`` as JSON on stdout."""
    if args.out is None and not args.scenes:
        raise UsageError("--out: say where the recording goes (or ask for --scenes only)")
    lines = synthesize(args.seed, args.minutes, args.profile)
    scenes = scenes_of(args.profile, args.minutes)
    if args.out is not None:
        count = write_recording(args.out, lines)
        told = [f"{args.out}: {count} lines, {args.minutes} min, profile {args.profile}, seed {args.seed}"]
        for scene in scenes:
            at = f"{scene.start_s // 60:02d}:{scene.start_s % 60:02d}"
            told.append(f"  {at} {scene.name}, {scene.length_s} s: {scene.what}")
        sys.stderr.write("\n".join(told) + "\n")
    if args.scenes:
        sys.stdout.write(encode({"scenes": [scene.to_dict() for scene in scenes]}))
    return ExitCode.DONE
