"""Command lines run inside this process, with what they wrote to either stream."""

from __future__ import annotations

from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from tools.lab.__main__ import main as lab_main
from tools.live.exec_demo import main as demo_main

ROOT = Path(__file__).parents[2]


@dataclass
class Done:
    code: int
    out: str
    err: str


def _run(main, arguments) -> Done:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(list(arguments))
        except SystemExit as stopped:
            code = stopped.code
    return Done(int(code or 0), out.getvalue(), err.getvalue())


def demo(*arguments: str) -> Done:
    """Run ``exec_demo`` with these arguments."""
    return _run(demo_main, arguments)


def lab(*arguments: str) -> Done:
    """Run ``python -m tools.lab`` with these arguments."""
    return _run(lab_main, arguments)
