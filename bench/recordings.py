"""Where the benchmarks find their input, and how they run a measurement of one build.

Every measurement is a process of its own, so that none sees the memory, the caches or the
garbage of another. The Python that runs it loads ``tools`` from the tree it is told to.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
COMPILED = ROOT / "build" / "compiled"

SETS = {
    "usdm_btcusdt_20240718+19": (
        "binance_usdm_20240718_19/btcusdt_20240718.gz",
        "binance_usdm_20240718_19/btcusdt_20240719.gz",
    ),
    "nexousdt_20240724": ("binance_spot_nexo_20240723_24/nexousdt_20240724.dat.gz",),
}


@dataclass(frozen=True)
class Build:
    """One way to run the same sources."""

    name: str
    tree: Path


def builds() -> list[Build]:
    """Return the builds at hand: the sources, and the compiled copy if there is one."""
    found = [Build("interpreted", ROOT)]
    manifest = COMPILED / "compiled.json"
    if manifest.is_file():
        opt = json.loads(manifest.read_text(encoding="utf-8"))["opt"]
        if sources(ROOT) != sources(COMPILED):
            print("note: the compiled build is of other sources than these; `make compiled` makes it anew")
        found.append(Build(f"compiled -O{opt}", COMPILED))
    return found


def sources(tree: Path) -> dict[str, bytes]:
    """Return the sources under ``tools`` by path."""
    return {str(path.relative_to(tree)): path.read_bytes() for path in (tree / "tools").rglob("*.py")}


def recorded(name: str, data: Path = DATA) -> list[str]:
    """Return the files of a recorded set, or an empty list and a message if they are absent."""
    paths = [data / part for part in SETS[name]]
    if all(path.is_file() for path in paths):
        return [str(path) for path in paths]
    print(f"{name}: not found under {data}; skipped")
    return []


def synthetic(folder: Path, minutes: int = 12) -> list[str]:
    """Write a synthetic recording into `folder` and return it."""
    path = folder / "synthetic.gz"
    argv = [sys.executable, "-m", "tools.lab", "synthesize", "--minutes", str(minutes), "--out", str(path)]
    subprocess.run(argv, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    return [str(path)]


def measure(script: str, build: Build, arguments: list[str]) -> dict[str, Any]:
    """Run ``script --worker ...`` on one build and return the JSON object that it prints."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env["PYTHONPATH"] = str(build.tree)
    argv = [sys.executable, script, "--worker", *arguments]
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    if not Path(result["tools"]).is_relative_to(build.tree):
        raise SystemExit(f"{build.name}: measured {result['tools']}, which is another tree")
    return result
