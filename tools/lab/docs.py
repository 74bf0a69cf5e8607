"""``python -m tools.lab.docs``: write the reference pages of ``docs/reference`` from the code.

A page's head is written by hand; what follows its marker comes from the sources (compiled
modules have no docstrings) and from the objects. With ``--check`` a stale page is exit 6.
"""

import argparse
import ast
import re
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from tools.core.errors import ExitCode, VerifyError
from tools.core.units import PPM
from tools.core.verdicts import Colour, Gate, Regime
from tools.engine.decision import DEFAULTS, _colour_limit, _gate_limit, _regime_limit
from tools.lab import order_diagram
from tools.lab.__main__ import parser as lab_parser
from tools.lab.docs_answers import answers
from tools.lab.docs_controls import control_answers
from tools.lab.docs_metrics import metrics
from tools.lab.docs_source import ROOT, classes, comment, doc, module_name, one_line, sources, tree, unit_of
from tools.lab.markdown import table
from tools.live import exec_demo
from tools.live.cli import OneLineParser, guarded
from tools.live.config import UNITS, default_text, to_toml_value, toml_key
from tools.live.config_tree import default_of, sections_of
from tools.live.settings import LabConfig
from tools.risk.controls import PROFILES

COMMAND: Final = "python -m tools.lab.docs"
FOLDER: Final = "docs/reference"
_MARKER: Final = f"<!-- From here on written by `{COMMAND}`. -->"

_FAMILIES: Final = (
    ("observer.decode", "Venue decoders", "bytes of one venue to events"),
    ("observer.regimes", "Regime detectors", "`[regime] detector` names one"),
    ("observer.gauges", "Gauges", "`observe --gauges` names them: [metrics.md](metrics.md)"),
    ("health.factors", "Health factors", "`[health] factors` lists those that are on"),
    ("risk.controls", "Risk controls", "a profile lists those that are on: [controls.md](controls.md)"),
    ("execution.fills", "Fill models", "`[paper] fill_model` names one"),
    ("execution.latency", "Latency models", "`[paper] latency_model` names one"),
)
_LAYERS: Final = (
    ("observer/decode", "Decoding: why a line was set aside or ignored"), ("observer/regimes", "Regime"),
    ("permission", "Permission"), ("health", "Health"), ("engine", "Decision"),
    ("execution", "Quoter: why it did nothing or cancels; paper venue: why it refused or ended something"),
    ("risk", "Risk"),
    ("core", "Orders and books: what was odd about a report, why a book was given up"),
)  # fmt: skip
_EXIT_MEANING: Final[dict[ExitCode, str]] = {
    ExitCode.DONE: "done; a demo that froze is done too",
    ExitCode.UNEXPECTED: "an unexpected error; `exec_demo` without `--shadow` or without symbols",
    ExitCode.USAGE: "an argument that cannot be: one line on stderr, nothing on stdout",
    ExitCode.INPUT: "an input is missing, damaged or not what the run read; `--out` cannot be written",
    ExitCode.CONFIG: "a configuration that cannot be used; an instrument that is not in `instruments.toml`",
    ExitCode.OUTSIDE: "something outside failed, such as a full disk",
    ExitCode.VERIFY: "`verify`, `conformance`: something differs; `tools.lab.docs --check`: a page is stale",
    ExitCode.FROZEN: "the run ended frozen and `--fail-on-freeze` was given",
    ExitCode.INVARIANT: "a promise of our own does not hold: the run stopped",
    ExitCode.DAMAGED: "a journal or store is damaged before its tail (no command uses it yet)",
    ExitCode.INTERRUPTED: "interrupted; no half-written file stays",
}


def _reasons() -> list[str]:
    out: list[str] = []
    for folder, title in _LAYERS:
        out += [f"## {title}", ""]
        for path in [path for path in sources() if path.startswith(folder + "/")]:
            for node in classes(path, "StrEnum"):
                if node.name.endswith("Reason") or node.name in ("Trigger", "ChangeAlert", "IgnoredDetail"):
                    out += _reason_set(path, node)
    return out


def _reason_set(path: str, node: ast.ClassDef, name: str = "reason") -> list[str]:
    rows: list[tuple[str, str]] = []
    for item in node.body:
        if isinstance(item, ast.Assign):
            above = sources()[path].splitlines()[item.lineno - 2].strip()
            if above.startswith("#"):
                rows.append((f"*{above.lstrip('# ')}*", ""))
            name_of, text = ast.unparse(item.targets[0]), ast.literal_eval(item.value)
            said = "" if text == name_of else f" “{text}”"
            rows.append((f"`{name_of}`{said}", comment(path, item.lineno)))
    return [f"**`{module_name(path)}.{node.name}`**: {doc(node)}", "", *table((name, "meaning"), rows)]


def _exit_codes() -> list[str]:
    return table(("code", "name", "when"), [(int(c), f"`{c.name}`", _EXIT_MEANING[c]) for c in ExitCode])


def _parameters(kind: type) -> dict[str, str]:
    """Return what a class's docstring says about each parameter, in numpydoc form."""
    path = kind.__module__.removeprefix("tools.").replace(".", "/") + ".py"
    node = next(n for n in tree(path).body if isinstance(n, ast.ClassDef) and n.name == kind.__name__)
    out: dict[str, str] = {}
    names: list[str] = []
    for line in (ast.get_docstring(node) or "").partition("\n----------\n")[2].splitlines():
        if line and not line.startswith(" "):
            names = line.split(", ")
        for name in names if line.startswith(" ") else ():
            out[name] = one_line(f"{out.get(name, '')} {line}")
    return out


def _configuration() -> list[str]:
    out = table(("kept as", "units"), [(f"`{end}`", ", ".join(names)) for end, names in UNITS.items()])
    said = dict(re.findall(r"^\[(.+?)\]\s+# (.*)$", default_text("default.toml"), re.M))
    for section, kind in sections_of(LabConfig).items():
        keys = [field for field in fields(kind) if not is_dataclass(default_of(field))]
        if not keys and section not in said:  # only a parent of other sections
            continue
        out += [f"## [{section}]", "", said.get(section, "") + ".", ""]
        notes, rows = _parameters(kind), []
        for name, default in [(field.name, default_of(field)) for field in keys]:
            key, value = toml_key(name, default), to_toml_value(name, default)
            rows.append((f"`{key}`", f"`{value}`", notes.get(name, "")))
        out += table(("key", "default", "meaning"), rows) if rows else ["No keys.", ""]
    return out


def _controls() -> list[str]:
    on = [(f"`{profile}`", ", ".join(f"`{name}`" for name in names)) for profile, names in PROFILES.items()]
    out = table(("profile", "controls, in order"), on)
    for name in sorted({name for names in PROFILES.values() for name in names}):
        path = f"risk/controls/{name}.py"
        text = (ast.get_docstring(tree(path)) or "").replace("``", "`")
        out += [f"## {name}", "", text, "", *control_answers(import_module(module_name(path)))]
    return out


def _state_machines() -> list[str]:
    out: list[str] = []
    for path in sources():
        for node in tree(path).body:
            if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.value)[:6] == "Table(":
                machine = getattr(import_module(module_name(path)), ast.unparse(node.target))
                out += [f"## {machine.name}", "", f"`{module_name(path)}`. {doc(tree(path))}", ""]
                out += table(("state", "event", "next", "what happens"), machine.rows)
                pairs = ", ".join(f"{event} in {state}" for state, event in machine.illegal)
                out += [f"A mistake of the caller: {pairs or 'none'}.", ""]
    limits = [("regime", regime.value, _regime_limit(regime, DEFAULTS)) for regime in Regime]
    limits += [("gate", gate.value, _gate_limit(gate, DEFAULTS)) for gate in Gate]
    limits += [("health", colour.value, _colour_limit(colour, DEFAULTS)) for colour in Colour]
    allowed = [(layer, name, up.name, f"{ppm * 100 // PPM} %") for layer, name, (up, ppm) in limits]
    out += ["## What a verdict allows", ""]
    return [*out, *table(("layer", "verdict", "ceiling", "budget"), allowed)]


def _order_states() -> list[str]:
    out = ["## Ranks", "", *table(("status", "rank", "seen as P0.1's"), order_diagram.ranks())]
    for path, name, head in (("orders", "OrderStatus", "status"), ("reports", "ReportKind", "kind")):
        found = [node for node in classes(f"core/{path}.py", "StrEnum") if node.name == name]
        out += _reason_set(f"core/{path}.py", found[0], head)
    out += ["## The everyday part", "", *order_diagram.diagram(), "## Every edge", ""]
    return [*out, *table(("from", "to", "by"), order_diagram.matrix())]


def _records() -> list[str]:
    out: list[str] = []
    for path in sources():
        for node in classes(path, "Record"):
            rows = []
            for item in node.body:
                if isinstance(item, ast.AnnAssign):
                    name, kind = ast.unparse(item.target), ast.unparse(item.annotation)[6:-1]
                    rows.append((f"`{name}`", f"`{kind}`", unit_of(name), comment(path, item.lineno)))
            out += [f"## {node.name}", "", f"`{module_name(path)}`. {doc(node)}", ""]
            out += table(("field", "type", "unit", "note"), rows)
    return out


def _commands() -> list[str]:
    out = _command("python -m tools.live.exec_demo", exec_demo.parser(), None)
    commands = next(a for a in lab_parser()._actions if isinstance(a, argparse._SubParsersAction))
    helps = {item.dest: item.help for item in commands._choices_actions}
    for name, sub in commands.choices.items():
        out += _command(f"python -m tools.lab {name}", sub, helps.get(name))
    return out


def _command(name: str, parser: argparse.ArgumentParser, text: str | None) -> list[str]:
    rows: list[tuple[str, str]] = []
    for action in parser._actions:
        shown = ", ".join(action.option_strings) or str(action.metavar)
        takes = action.metavar or action.dest.upper()
        if action.choices:
            takes = "{" + ",".join(action.choices) + "}"
        shown += f" {takes}" if action.option_strings and action.nargs != 0 else ""
        shown += " ..." if action.nargs == "+" else ""
        rows.append((f"`{shown}`", (action.help or "").replace("%(default)s", str(action.default))))
    about = text or (parser.description or "").rstrip(".")
    out = [f"## {name}", "", f"{about[:1].upper()}{about[1:]}.", "", *table(("argument", "meaning"), rows)]
    return [*out, parser.epilog, ""] if parser.epilog else out


def _plugins() -> list[str]:
    out: list[str] = []
    for package, what, how in _FAMILIES:
        rows = []
        for path in sources():
            made = any(isinstance(n, ast.FunctionDef) and n.name == "build" for n in tree(path).body)
            if made and module_name(path).rpartition(".")[0] == f"tools.{package}":
                rows.append((f"`{Path(path).stem}`", doc(tree(path))))
        out += [f"## {what}", "", f"`tools.{package}`; {how}.", "", *table(("name", "what it is"), rows)]
    return out


PAGES: Final[dict[str, Callable[[], list[str]]]] = {
    f"{body.__name__.lstrip('_').replace('_', '-')}.md": body
    for body in (
        answers, _commands, _configuration, _controls, _exit_codes, metrics, _order_states, _plugins,
        _reasons, _records,
        _state_machines,
    )
}  # fmt: skip


def pages(root: Path = ROOT) -> dict[str, str]:
    """Return every page by its path, under the head that it has now, or a title."""
    out: dict[str, str] = {}
    for name, body in PAGES.items():
        file = root / FOLDER / name
        head = file.read_text("utf-8").partition(_MARKER)[0] if file.is_file() else f"# {file.stem}\n\n"
        out[f"{FOLDER}/{name}"] = head + _MARKER + "\n\n" + "\n".join(body()).rstrip() + "\n"
    return out


def stale(root: Path = ROOT) -> list[str]:
    """Return the pages that are not what the code says, sorted."""
    made = pages(root)
    there = {f"{FOLDER}/{p.name}": p.read_text("utf-8") for p in (root / FOLDER).glob("*.md")}
    return [path for path in sorted({*made, *there}) if made.get(path) != there.get(path)]


def _run(check: bool) -> int:
    if check and (old := stale()):
        raise VerifyError(f"{', '.join(old)}: not what the code says; run {COMMAND}")
    for path, text in pages().items() if not check else ():
        (ROOT / path).write_text(text, encoding="utf-8", newline="\n")
    return ExitCode.DONE


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or check them; return the exit code."""
    p = OneLineParser(prog=COMMAND, description="Write docs/reference from the code.")
    p.add_argument("--check", action="store_true", help="write nothing; exit 6 if a page is stale")
    args = p.parse_args(arguments)
    return guarded("docs", lambda: _run(args.check))


if __name__ == "__main__":
    sys.exit(main())
