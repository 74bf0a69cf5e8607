"""The determinism matrix: the same bytes on every Python and in every environment found.

Runs each command of `COMMANDS` on every CPython 3.11 or later of this machine, under at
most twelve environments each, and compares SHA-256 of standard output and of the files
that the command produces. Needs the standard library only:

    python tests/determinism/matrix.py [--self-test] [--python PATH ...]

Exit codes: 0 all bytes are the same; 1 a command failed; 6 bytes differ.
"""

from __future__ import annotations

import argparse
import glob
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 11)
NEWEST_MINOR_TRIED = 15
TIMEOUT_S = 300
EXIT_FAILED = 1
EXIT_DIFFERENT = 6
STDOUT = "stdout"


@dataclass(frozen=True)
class Command:
    """One command line; ``{out}`` stands for a fresh folder, `files` are looked for in it."""

    name: str
    argv: tuple[str, ...]
    files: tuple[str, ...]


DEMO = (
    "-m tools.live.exec_demo --shadow --symbols BTCUSDT,ETHUSDT --iterations 20 --max-inv 10000 "
    "--max-total 50000 --edge-threshold 3.0 --fill-rate 0.7 --reject-rate 0.05 --latency-ms 1 --out {out}"
)

# Two markets are made up and replayed together: every scene of the thin one, and a minute of the
# busy one with waits of seconds, so that verdicts of every layer are among the bytes compared.
# Then the busy one again by two accounts at one venue, funded at a price between two ticks.
REPLAY = """
import pathlib, sys
from tools.lab.__main__ import main
out = pathlib.Path(sys.argv[1])
config, thin, busy = (str(out / name) for name in ("quick.toml", "thin.log", "busy.log"))
pathlib.Path(config).write_text("[start]\\nmin_samples = 10\\ncooldown = '5 s'\\nprobation = '5 s'\\n")
main(["synthesize", "--seed", "42", "--profile", "minor", "--out", thin])
main(["synthesize", "--seed", "42", "--minutes", "1", "--out", busy])
code = main(["replay", thin, busy, "--config", config, "--out", str(out)])
funding = out / "funding.toml"
funding.write_text(
    "[[binance-usdm.BTCUSDT]]\\nat = 2025-01-01T00:00:45Z\\nrate = '0.0001'\\nmark = '93123.45678901'\\n"
)
both = ["--account", "one=" + config, "--account", "two=" + config, "--funding", str(funding)]
sys.exit(code or main(["replay", busy, *both, "--out", str(out / "two")]))
"""

REPLAYED = ("thin.log", "busy.log", "audit.jsonl", "report.json", "two/audit.jsonl", "two/report.json")

COMMANDS = (
    Command("demo", tuple(DEMO.split()), ("audit.jsonl", "report.json")),
    Command("replay", ("-c", REPLAY, "{out}"), REPLAYED),
)


@dataclass(frozen=True)
class Surroundings:
    """One row of the matrix: everything around a run that must not matter to it."""

    hash_seed: str
    zone: str
    locale: str
    elsewhere: bool = False  # run from a folder other than the checkout
    dev_mode: bool = False
    utf8: str | None = None  # -X utf8=...; None leaves the default
    tunables: str | None = None

    def label(self) -> str:
        """Return the row as the settings that a reader can repeat by hand."""
        parts = [f"PYTHONHASHSEED={self.hash_seed}", f"TZ={self.zone}", f"LC_ALL={self.locale}"]
        parts += ["cwd=elsewhere"] if self.elsewhere else []
        parts += ["PYTHONDEVMODE=1"] if self.dev_mode else []
        parts += [f"-X utf8={self.utf8}"] if self.utf8 is not None else []
        parts += [f"GLIBC_TUNABLES={self.tunables}"] if self.tunables is not None else []
        return " ".join(parts)


HASH_SEEDS = ("0", "1", "4242", "random")
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns")
LOCALES = ("C", "C.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8")
MASKED = "glibc.cpu.hwcaps=-FMA,-AVX2"

# Every value of each dimension at least once, every pair of hash seed and zone and of zone and
# locale exactly once. The first row is what the others are compared with.
ROWS = (
    Surroundings("0", "UTC", "C"),
    Surroundings("1", "Asia/Kathmandu", "C", elsewhere=True),
    Surroundings("4242", "America/St_Johns", "C", utf8="1"),
    Surroundings("random", "UTC", "C.UTF-8", dev_mode=True),
    Surroundings("0", "Asia/Kathmandu", "C.UTF-8", utf8="0"),
    Surroundings("1", "America/St_Johns", "C.UTF-8", elsewhere=True, utf8="1"),
    Surroundings("4242", "UTC", "de_DE.UTF-8", elsewhere=True, utf8="0"),
    Surroundings("random", "Asia/Kathmandu", "de_DE.UTF-8"),
    Surroundings("0", "America/St_Johns", "de_DE.UTF-8", dev_mode=True),
    Surroundings("1", "UTC", "tr_TR.UTF-8", tunables=MASKED),
    Surroundings("4242", "Asia/Kathmandu", "tr_TR.UTF-8", dev_mode=True, utf8="0"),
    Surroundings("random", "America/St_Johns", "tr_TR.UTF-8", elsewhere=True),
)


@dataclass(frozen=True)
class Interpreter:
    """One CPython, known by its full version."""

    path: str
    version: str


@dataclass
class Outcome:
    """What one run left behind: its bytes by name (None where a file is missing)."""

    interpreter: Interpreter
    row: Surroundings
    returncode: int
    stderr: str
    produced: dict[str, bytes | None] = field(default_factory=dict)

    def where(self) -> str:
        """Return which Python and which surroundings this was."""
        return f"CPython {self.interpreter.version}, {self.row.label()}"


def probe(path: str) -> Interpreter | None:
    """Return the interpreter at `path`, or None if it is not a CPython that we support."""
    code = "import sys, json; print(json.dumps([sys.implementation.name, *sys.version_info[:3]]))"
    try:
        done = subprocess.run([path, "-I", "-c", code], capture_output=True, timeout=TIMEOUT_S, check=True)
        name, major, minor, micro = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None  # a shim without its Python, or something else entirely
    if name != "cpython" or (major, minor) < OLDEST:
        return None
    return Interpreter(path, f"{major}.{minor}.{micro}")


def find_interpreters(named: list[str]) -> list[Interpreter]:
    """Return the CPythons to use, one for each full version, oldest first."""
    candidates = list(named)
    if not named:
        candidates.append(sys.executable)
        pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
        candidates += sorted(glob.glob(os.path.join(pyenv, "versions", "*", "bin", "python3")))
        for minor in range(OLDEST[1], NEWEST_MINOR_TRIED + 1):
            for folder in os.environ.get("PATH", "").split(os.pathsep):
                found = shutil.which(f"python3.{minor}", path=folder)
                if found:
                    candidates.append(found)
    by_version: dict[str, Interpreter] = {}
    for path in dict.fromkeys(candidates):
        interpreter = probe(path)
        if interpreter is not None:
            by_version.setdefault(interpreter.version, interpreter)
    return sorted(by_version.values(), key=lambda one: [int(part) for part in one.version.split(".")])


def missing_here() -> list[str]:
    """Return what this machine lacks, so that nobody believes that it was covered."""
    lacking = []
    try:
        listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        listed = ""
        lacking.append("the command `locale` (no locale can be shown to exist)")
    known = {name.strip().lower().replace("-", "") for name in listed.splitlines()}
    lacking += [f"locale {name}" for name in LOCALES if name.lower().replace("-", "") not in known]
    zoneinfo = Path(os.environ.get("TZDIR", "/usr/share/zoneinfo"))
    lacking += [f"time zone {name}" for name in ZONES if not (zoneinfo / name).exists()]
    if platform.libc_ver()[0] != "glibc":
        lacking.append("glibc (GLIBC_TUNABLES has no effect)")
    elif platform.machine().lower() not in ("x86_64", "amd64"):
        lacking.append("x86-64 (the masked FMA and AVX2 have no effect)")
    return lacking


def environment(row: Surroundings, scratch: Path, root: Path) -> dict[str, str]:
    """Return the environment of one run: this process's own, without anything that could steer it."""
    dropped = ("PYTHON", "LC_", "LANG", "TZ", "GLIBC_TUNABLES", "MM_")
    env = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    env["PYTHONHASHSEED"] = row.hash_seed
    env["TZ"] = row.zone
    env["LC_ALL"] = row.locale
    env["MM_FREEZE_UTC_ISO"] = "2025-01-01T00:00:00Z"
    env["PYTHONPYCACHEPREFIX"] = str(scratch / "pycache")
    if row.elsewhere:
        env["PYTHONPATH"] = str(root)
    if row.dev_mode:
        env["PYTHONDEVMODE"] = "1"
    if row.tunables is not None:
        env["GLIBC_TUNABLES"] = row.tunables
    return env


def run_once(
    command: Command, interpreter: Interpreter, row: Surroundings, scratch: Path, root: Path
) -> Outcome:
    """Run `command` once and read back everything that it produced."""
    out = Path(tempfile.mkdtemp(dir=scratch))
    away = Path(tempfile.mkdtemp(dir=scratch))
    flags = ["-X", f"utf8={row.utf8}"] if row.utf8 is not None else []
    argv = [interpreter.path, *flags, *(part.replace("{out}", str(out)) for part in command.argv)]
    try:
        done = subprocess.run(
            argv,
            env=environment(row, scratch, root),
            cwd=away if row.elsewhere else root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
        )
        code, stdout, stderr = done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        code, stdout, stderr = -1, b"", f"no end after {TIMEOUT_S} s"
    outcome = Outcome(interpreter, row, code, stderr, {STDOUT: stdout})
    for name in command.files:
        path = out / name
        outcome.produced[name] = path.read_bytes() if path.is_file() else None
    shutil.rmtree(out)
    shutil.rmtree(away)
    return outcome


def first_difference(name: str, expected: bytes | None, actual: bytes | None) -> str:
    """Return the first line in which two productions differ, in words."""
    if expected is None or actual is None:
        return f"{name}: missing on {'the first' if expected is None else 'the second'} side"
    left, right = expected.splitlines(keepends=True), actual.splitlines(keepends=True)
    for number, (one, other) in enumerate(zip(left, right, strict=False), start=1):
        if one != other:
            return f"{name}, line {number}:\n  - {_shown(one, other)}\n  + {_shown(other, one)}"
    return (
        f"{name}: equal up to line {min(len(left), len(right))}, then {len(left)} against {len(right)} lines"
    )


def _shown(line: bytes, against: bytes) -> str:
    """Return a stretch of `line` around the first byte that differs from `against`."""
    at = next(
        (i for i, (a, b) in enumerate(zip(line, against, strict=False)) if a != b),
        min(len(line), len(against)),
    )
    start = max(0, at - 60)
    return f"{'...' if start else ''}{line[start : at + 60]!r} (byte {at})"


def digest(produced: dict[str, bytes | None]) -> str:
    """Return one SHA-256 over the digests of everything that a run produced."""
    parts = [f"{name} {hashlib.sha256(data or b'').hexdigest()}" for name, data in sorted(produced.items())]
    return hashlib.sha256("\n".join(parts).encode("ascii")).hexdigest()


def judge(outcome: Outcome, reference: Outcome) -> tuple[int, str]:
    """Return an exit code and, unless it is 0, why: `outcome` against the very first run."""
    if outcome.returncode != 0:
        tail = "\n".join(outcome.stderr.strip().splitlines()[-5:])
        return EXIT_FAILED, f"exit {outcome.returncode} on {outcome.where()}\n{tail}"
    for name, data in outcome.produced.items():
        if data is None:
            return EXIT_FAILED, f"{name} was not produced on {outcome.where()}"
        expected = reference.produced[name]
        if data != expected:
            said = first_difference(name, expected, data)
            return EXIT_DIFFERENT, f"{said}\n  - on {reference.where()}\n  + on {outcome.where()}"
    return 0, ""


def run_command(
    command: Command, interpreters: list[Interpreter], scratch: Path, root: Path
) -> tuple[int, int]:
    """Run `command` everywhere, print a line per Python; return the exit code and the number of runs."""
    reference: Outcome | None = None
    worst, runs = 0, 0
    for interpreter in interpreters:
        started = time.monotonic()
        mine = scratch / f"{command.name}-{interpreter.version}"
        mine.mkdir()
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            jobs = [pool.submit(run_once, command, interpreter, row, mine, root) for row in ROWS]
            outcomes = [job.result() for job in jobs]
        reference = reference or outcomes[0]
        verdicts = [judge(outcome, reference) for outcome in outcomes]
        bad = [(code, why) for code, why in verdicts if code]
        runs += len(outcomes)
        seconds = time.monotonic() - started
        said = (
            f"{len(bad)} of {len(outcomes)} runs differ or fail" if bad else digest(outcomes[0].produced)[:16]
        )
        print(
            f"{command.name}: CPython {interpreter.version:8} {len(outcomes)} runs {seconds:5.1f} s  {said}"
        )
        if bad and not worst:
            worst = bad[0][0]
            print(bad[0][1])
    return worst, runs


def run_matrix(commands: tuple[Command, ...], interpreters: list[Interpreter], root: Path) -> int:
    """Run every command on every Python under every row; return the exit code."""
    worst, runs = 0, 0
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        for command in commands:
            code, count = run_command(command, interpreters, Path(folder), root)
            worst = worst or code
            runs += count
    verdict = {0: "all bytes are the same", EXIT_DIFFERENT: "BYTES DIFFER"}.get(worst, "A RUN FAILED")
    print(
        f"total: {len(commands)} command(s), {len(interpreters)} Python(s), {runs} runs of at most "
        f"{len(ROWS)} per Python and command: {verdict}"
    )
    return worst


SELF_TEST = """
import os, pathlib, sys
kind, out = sys.argv[1:]
wrong = {
    "same": "",
    "stdout-zone": "" if os.environ["TZ"] == "UTC" else "x",
    "file-hash": hash("a") if kind == "file-hash" else "",
    "file-folder": os.getcwd(),
    "fails": "",
}
print("first")
print("second", wrong[kind] if kind.startswith("stdout") else "")
text = f"one\\n{wrong[kind] if kind.startswith('file') else ''}\\n"
pathlib.Path(out, "data.txt").write_bytes(text.encode())
sys.exit(3 if kind == "fails" else 0)
"""


def self_test(interpreters: list[Interpreter]) -> int:
    """Show that the runner finds planted differences and failures, and nothing else."""
    wanted = {
        "same": 0,
        "stdout-zone": EXIT_DIFFERENT,
        "file-hash": EXIT_DIFFERENT,
        "file-folder": EXIT_DIFFERENT,
        "fails": EXIT_FAILED,
    }
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="matrix-self-") as folder:
        root = Path(folder)
        (root / "matrix_probe.py").write_text(SELF_TEST, encoding="utf-8")
        for kind, code in wanted.items():
            command = Command(kind, ("-m", "matrix_probe", kind, "{out}"), ("data.txt",))
            got = run_matrix((command,), interpreters, root)
            wrong += got != code
            print(f"self-test {kind}: exit {got}, {'as' if got == code else 'NOT as'} it must be")
    return EXIT_FAILED if wrong else 0


def main(argv: list[str] | None = None) -> int:
    """Run the matrix, or its self-test on this Python alone."""
    parser = argparse.ArgumentParser(prog="matrix.py", description="Compare bytes across Pythons.")
    parser.add_argument("--self-test", action="store_true", help="planted differences must be found")
    parser.add_argument("--python", action="append", default=[], metavar="PATH", help="only these")
    options = parser.parse_args(argv)
    if options.self_test:
        return self_test(find_interpreters(options.python or [sys.executable]))
    interpreters = find_interpreters(options.python)
    if not interpreters:
        print("no CPython 3.11 or later found", file=sys.stderr)
        return EXIT_FAILED
    for interpreter in interpreters:
        print(f"found: CPython {interpreter.version} at {interpreter.path}")
    print(f"missing on this machine: {', '.join(missing_here()) or 'nothing'}")
    return run_matrix(COMMANDS, interpreters, ROOT)


if __name__ == "__main__":
    sys.exit(main())
