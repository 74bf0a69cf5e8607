"""Build the deciding files with mypyc, run the tests on the build, compare its bytes.

    python scripts/compiled.py [build | test | compare | all] [TEST ...] [--opt 0..3] [--jobs N]

``build`` copies the checkout to ``build/compiled`` and puts an extension module beside every
deciding ``.py`` file there. The checkout itself stays as it was. All files are one mypyc unit,
asserts are kept, and floating-point contraction is off. ``test`` runs pytest in that copy;
``compare`` runs the demo and replays in the checkout and in the copy and wants the same bytes.

Needs mypyc (part of mypy), setuptools and a C compiler. Exit codes: 0 done; 1 the build or a
test failed; 4 mypyc, setuptools or the compiler is missing; 6 bytes differ.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.determinism import matrix  # noqa: E402
from tests.house.checks import is_deciding  # noqa: E402

BUILD = ROOT / "build"
TREE = BUILD / "compiled"
SOURCES = BUILD / "compiled-c"
OBJECTS = BUILD / "compiled-o"
MANIFEST = "compiled.json"
GROUP = "execlab"
DEFAULT_OPT = "1"
ONE_FILE_FROM = "2"  # from this level on, all C code is one file, so that gcc inlines across modules

# -ffp-contract=off: a*b + c must not become one fused operation with one rounding.
FLAGS = ("-ffp-contract=off",)

# Deciding files that stay as they are, and why.
EXCLUDED: dict[str, str] = {}

# Tests that hold on sources only, by folder or pytest node id, and why.
_WRONG_TYPE = "a compiled function refuses an argument of another type itself, by TypeError"
_NO_DOCSTRINGS = "compiled modules have no docstrings"
SOURCES_ONLY: dict[str, str] = {
    "tests/e2e/test_readme.py": "runs the pages' commands in copies of the sources",
    "tests/oracle": "run apart, on the sources, by `make oracles`",
    "tests/sim/test_kill_everywhere.py": "a quoter of its own tries the doors, and a compiled loop takes "
    "none but the house's",
    "tests/house": "the house rules read sources, which are those of the checkout",
    "tests/unit/test_core_instrument.py::test_and_no_other[None]": _WRONG_TYPE,
    "tests/unit/test_core_machine.py::test_sides_that_are_none[None]": _WRONG_TYPE,
    "tests/unit/test_core_machine.py::test_sides_that_are_none[1]": _WRONG_TYPE,
    "tests/unit/test_l2_book.py::test_every_row_of_the_table_is_taken": "watches a book through a subclass, "
    "which an interpreted class cannot be of a compiled one",
    "tests/unit/test_plugin_protocols.py": "its plug-ins inherit, which an interpreted class cannot do from "
    "a compiled Protocol: there it conforms by its methods alone",
    "tests/unit/test_risk_monitor.py::test_check_before_order_refuses_and_never_raises"
    "[arguments2-SYMBOL_UNKNOWN]": _WRONG_TYPE,
    "tests/unit/test_risk_monitor.py::test_check_before_order_refuses_and_never_raises"
    "[arguments5-SIDE_UNKNOWN]": _WRONG_TYPE,
    "tests/conformance/test_risk_controls.py::test_a_control_is_a_plug_in": _NO_DOCSTRINGS,
    "tests/conformance/test_execution_plugins.py::test_is_a_plug_in": _NO_DOCSTRINGS,
}

_REPLAY_FILES = ("audit.jsonl", "report.json")


def deciding(root: Path = ROOT) -> list[str]:
    """Return the files to compile, by the same rule as the house tests."""
    found = [path.relative_to(root).as_posix() for path in (root / "tools").rglob("*.py")]
    return sorted(path for path in found if is_deciding(path) and path not in EXCLUDED)


def module_of(path: str) -> str:
    """Return the module name of a file under the checkout."""
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")


def not_from_extensions(modules: list[str], tree: Path) -> list[str]:
    """Return those of `modules` that a Python started in `tree` does not load as an extension of it."""
    code = (
        "import importlib, json, sys\n"
        "found = {name: importlib.import_module(name).__file__ for name in json.loads(sys.argv[1])}\n"
        "print(json.dumps(found))"
    )
    argv = [sys.executable, "-c", code, json.dumps(modules)]
    done = subprocess.run(argv, cwd=tree, capture_output=True, text=True, env=clean_environment())
    if done.returncode != 0:
        sys.exit(f"compiled: the build cannot be imported\n{done.stderr}")
    suffixes = (sysconfig.get_config_var("EXT_SUFFIX"), ".so", ".pyd")
    return [
        name
        for name, file in json.loads(done.stdout).items()
        if not (file.endswith(suffixes) and Path(file).is_relative_to(tree))
    ]


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what could make Python load other files."""
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}


# --- build ----------------------------------------------------------------------------------


def copy_tree(tree: Path) -> None:
    """Make `tree` a fresh copy of the checkout, without what was built or installed."""
    shutil.rmtree(tree, ignore_errors=True)
    skipped = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.egg-info")
    tree.mkdir(parents=True)
    for entry in sorted(ROOT.iterdir()):
        if entry.name in ("build", "dist", "out", "runs", "htmlcov", ".git") or entry.name.endswith("_cache"):
            continue
        if entry.name.startswith((".coverage", ".hypothesis")) or (entry / "pyvenv.cfg").exists():
            continue
        if entry.is_dir():
            shutil.copytree(entry, tree / entry.name, ignore=skipped)
        else:
            shutil.copy2(entry, tree / entry.name)
    # The tests look for the recordings beside the checkout.
    beside, data = tree.parent / "shared", ROOT.parent / "shared"
    if data.is_dir() and not beside.exists():
        beside.symlink_to(data, target_is_directory=True)


def generate(files: list[str], tree: Path, opt: str) -> list[Any]:
    """Translate `files` to C; return the extension modules to compile."""
    try:
        importlib.import_module("setuptools")  # before distutils, which newer Pythons lack
        mypycify = importlib.import_module("mypyc.build").mypycify
    except ImportError as error:
        print(f"compiled: {error}; run: python -m pip install 'mypy[mypyc]'", file=sys.stderr)
        sys.exit(4)
    shutil.rmtree(SOURCES, ignore_errors=True)
    os.chdir(tree)  # mypyc derives module names from relative paths
    extensions: list[Any] = mypycify(
        ["--cache-dir", os.devnull, *files],
        opt_level=opt,
        debug_level="0",
        strip_asserts=False,
        multi_file=opt < ONE_FILE_FROM,
        separate=False,
        group_name=GROUP,
        target_dir=str(SOURCES),
    )
    os.chdir(ROOT)
    return extensions


class Compiler:
    """The C compiler of this Python, with a store of objects by the digest of what made them."""

    def __init__(self) -> None:
        ccompiler = importlib.import_module("distutils.ccompiler")
        self._cc = ccompiler.new_compiler()
        importlib.import_module("distutils.sysconfig").customize_compiler(self._cc)
        if self._cc.compiler_type == "unix" and shutil.which(self._cc.compiler_so[0]) is None:
            print(f"compiled: no C compiler ({self._cc.compiler_so[0]})", file=sys.stderr)
            sys.exit(4)
        digest = hashlib.sha256(f"{sys.version} {self._cc.__dict__.get('compiler_so')}".encode())
        digest.update(importlib.import_module("mypy.version").__version__.encode())
        for header in sorted(SOURCES.rglob("*.h")):
            digest.update(header.read_bytes())
        self._around = digest.hexdigest()
        self._include = sysconfig.get_paths()["include"]
        self.used: set[str] = set()
        self.made = 0

    def _arguments(self, extension: Any) -> list[str]:
        given = [flag for flag in extension.extra_compile_args if flag != "-Werror"]
        return [*given, *FLAGS] if self._cc.compiler_type == "unix" else given

    def object(self, extension: Any, source: str) -> str:
        """Return the object file of one source; compile it unless the store has it."""
        flags = self._arguments(extension)
        key = hashlib.sha256(f"{self._around} {flags} {source}".encode() + Path(source).read_bytes())
        name = key.hexdigest()[:32]
        self.used.add(name)
        kept = OBJECTS / f"{name}.o"
        if not kept.exists():
            self.made += 1
            with tempfile.TemporaryDirectory(dir=OBJECTS) as folder:
                made = self._cc.compile(
                    [source],
                    output_dir=folder,
                    include_dirs=[*extension.include_dirs, self._include],
                    extra_postargs=flags,
                )
                os.replace(made[0], kept)
        return str(kept)

    def link(self, extension: Any, objects: list[str], target: Path) -> None:
        """Link the objects of one extension module."""
        self._cc.link_shared_object(objects, str(target), extra_postargs=extension.extra_link_args)

    def forget_unused(self) -> None:
        """Drop the objects that this build did not use."""
        for path in OBJECTS.glob("*.o"):
            if path.stem not in self.used:
                path.unlink()


def build(opt: str, jobs: int, tree: Path = TREE) -> int:
    """Make the compiled copy of the checkout."""
    started = time.monotonic()
    copy_tree(tree)
    files = deciding(tree)
    extensions = generate(files, tree, opt)
    translated = time.monotonic()
    OBJECTS.mkdir(parents=True, exist_ok=True)
    compiler = Compiler()
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    # The largest first, so that no worker is left alone with it at the end.
    pairs = sorted(
        ((one, source) for one in extensions for source in one.sources),
        key=lambda pair: -os.path.getsize(pair[1]),
    )
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        objects = dict(
            zip(
                [source for _, source in pairs],
                pool.map(lambda pair: compiler.object(*pair), pairs),
                strict=True,
            )
        )

        def link(extension: Any) -> None:
            target = tree / (extension.name.replace(".", "/") + suffix)
            compiler.link(extension, [objects[source] for source in extension.sources], target)

        list(pool.map(link, extensions))
    compiler.forget_unused()
    modules = [module_of(path) for path in files]
    wrong = not_from_extensions(modules, tree)
    if wrong:
        print(f"compiled: not loaded as extensions: {', '.join(wrong)}", file=sys.stderr)
        return 1
    manifest = {"excluded": EXCLUDED, "modules": modules, "opt": opt}
    (tree / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(
        f"compiled: {len(modules)} modules at -O{opt} in {tree.relative_to(ROOT)}; translated in "
        f"{translated - started:.0f} s, compiled in {time.monotonic() - translated:.0f} s "
        f"({compiler.made} of {len(pairs)} C files, {jobs} jobs)"
    )
    return 0


# --- test and compare -----------------------------------------------------------------------


def test(tree: Path = TREE, given: tuple[str, ...] = ()) -> int:
    """Run the tests of the compiled copy, but for those that hold on sources only."""
    for name, reason in SOURCES_ONLY.items():
        print(f"compiled: left out: {name}: {reason}", flush=True)
    pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    found = subprocess.run(
        [*pytest, "--collect-only", *SOURCES_ONLY],
        cwd=tree,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )
    if found.returncode != 0:
        print(f"compiled: a test that is left out does not exist\n{found.stdout[-2000:]}", file=sys.stderr)
        return 1
    leave = [f"--{'deselect' if '::' in name else 'ignore'}={name}" for name in SOURCES_ONLY]
    return subprocess.run([*pytest, *leave, *given], cwd=tree, env=clean_environment()).returncode


def commands(recording: Path) -> list[matrix.Command]:
    """Return the runs to compare: those of the determinism matrix, and replays of a recording."""
    replay = ("-m", "tools.lab", "replay", str(recording), "--quiet", "--out", "{out}")
    return [
        *matrix.COMMANDS,
        matrix.Command("replay, delta", replay, _REPLAY_FILES),
        matrix.Command("replay, full", (*replay, "--detail", "full"), _REPLAY_FILES),
    ]


def compare(tree: Path = TREE) -> int:
    """Run the demo and the replays in both trees; every byte must be the same."""
    here = matrix.Interpreter(sys.executable, sysconfig.get_python_version())
    row = matrix.ROWS[0]
    worst = 0
    with tempfile.TemporaryDirectory(prefix="compiled-") as folder:
        scratch = Path(folder)
        recording = scratch / "synthetic.gz"
        argv = [sys.executable, "-m", "tools.lab", "synthesize", "--seed", "7", "--out", str(recording)]
        subprocess.run(argv, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        for command in commands(recording):
            plain = matrix.run_once(command, here, row, scratch, ROOT)
            built = matrix.run_once(command, here, row, scratch, tree)
            code, why = matrix.judge(plain, plain)
            if not code:
                code, why = matrix.judge(built, plain)
            size = sum(len(data or b"") for data in plain.produced.values())
            said = why or f"the same {size} bytes, {matrix.digest(built.produced)[:16]}"
            print(f"compiled: {command.name}: {said}")
            worst = worst or code
    return worst


def main(argv: list[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="compiled.py", description="Build, test and compare with mypyc.")
    parser.add_argument("step", nargs="?", choices=("build", "test", "compare", "all"), default="all")
    parser.add_argument(
        "tests",
        nargs="*",
        metavar="TEST",
        help="folders and files of tests, options of pytest after --; default all",
    )
    parser.add_argument("--opt", choices=("0", "1", "2", "3"), default=os.environ.get("OPT", DEFAULT_OPT))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args(argv)
    steps: dict[str, Callable[[], int]] = {
        "build": lambda: build(options.opt, options.jobs),
        "compare": compare,
        "test": lambda: test(given=tuple(options.tests)),
    }
    if options.step != "all":
        if options.step != "build" and not (TREE / MANIFEST).is_file():
            print("compiled: nothing is built yet; run the build step first", file=sys.stderr)
            return 1
        return steps[options.step]()
    code = steps["build"]()
    if code:
        return code
    compared, tested = steps["compare"](), steps["test"]()  # both, whatever the first one says
    return compared or tested


if __name__ == "__main__":
    sys.exit(main())
