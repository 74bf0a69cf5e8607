"""The house rules as small pure functions over one source text.

Each ``check_...(source, path)`` returns one ``path:line: what is wrong`` for every place where
the source breaks the rule. `path` is relative to the checkout, with slashes; most rules do not
look at it. A line that ends in ``# det-ok: <reason>`` is let through by `unmarked`, and the
tests count those marks. Nothing here imports what it checks.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from functools import lru_cache

Check = Callable[[str, str], list[str]]

DECIDING_ROOMS = ("core", "observer", "permission", "health", "risk", "execution", "engine")
# The plan's three files of `live`, and those that were split off from them or serve them alone.
DECIDING_FILES = (
    "tools/live/exchange.py",
    "tools/live/order_store.py",
    "tools/live/execution_loop.py",
    "tools/live/holding.py",
    "tools/live/sending.py",
    "tools/live/audit_bodies.py",
    "tools/live/books.py",
    "tools/live/cancels.py",
    "tools/live/desk.py",
    "tools/live/flattening.py",
    "tools/live/paper_exchange.py",
    "tools/live/reconciliation.py",
)
DICE = "tools/live/exchange.py"  # the one place where random.Random(seed).random() may be drawn
ENCODER = "tools/core/canon.py"
LOOP = "tools/live/execution_loop.py"
SENDER = "tools/live/sending.py"  # the one way out, which the loop inherits
CLOCK = "tools/live/clock.py"
RISK_ROOM = "tools/risk"

MARK = re.compile(r"#\s*det-ok:\s*(?P<reason>.*)$")
UNIT = re.compile(r"_(ticks|ht|lots|htl|e8|ubps|ppm|ns|id|ids|count)$|^(ticks|lots|ns|count)$")

# Fields with these names are P0.1's public words and hold what a person types.
P0_1_NAMES = (
    "fill_rate",
    "reject_rate",
    "partial_fill_rate",
    "net_bps",
    "spread_bps",
    "max_inventory_usd_per_symbol",
    "max_total_notional_usd",
    "edge_freeze_threshold_bps",
)

AMBIENT = frozenset(
    "asyncio concurrent contextvars fcntl getpass glob gzip http importlib io locale logging mmap "
    "multiprocessing os pathlib platform queue sched secrets select selectors shutil signal socket "
    "sqlite3 ssl subprocess sys tempfile threading urllib uuid _thread".split()
)


def is_deciding(path: str) -> bool:
    """Return True for the files that must be pure."""
    return path in DECIDING_FILES or any(path.startswith(f"tools/{room}/") for room in DECIDING_ROOMS)


@lru_cache(maxsize=512)
def parse(source: str) -> ast.Module:
    """Return the syntax tree of `source`; one parse serves all checks."""
    return ast.parse(source)


@lru_cache(maxsize=512)
def nodes(source: str) -> tuple[ast.AST, ...]:
    """Return every node of the tree."""
    return tuple(ast.walk(parse(source)))


def marks(source: str) -> dict[int, str]:
    """Return the reason of each ``det-ok`` mark by line; only comments count."""
    if "det-ok" not in source:
        return {}
    found: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        match = MARK.search(token.string) if token.type == tokenize.COMMENT else None
        if match is not None:
            found[token.start[0]] = match["reason"].strip()
    return found


def line_of(finding: str) -> int:
    """Return the line number of a finding."""
    return int(finding.split(":", 2)[1])


def unmarked(source: str, findings: list[str]) -> list[str]:
    """Return the findings whose line bears no mark with a reason."""
    allowed = {line for line, reason in marks(source).items() if reason}
    return [finding for finding in findings if line_of(finding) not in allowed]


def _at(path: str, node: ast.AST, what: str) -> str:
    return f"{path}:{getattr(node, 'lineno', 0)}: {what}"


def imports(source: str) -> Iterator[tuple[ast.AST, str]]:
    """Yield each imported name in full: ``import a.b`` as a.b, ``from a import b`` as a.b."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node, f"{'.' * node.level}{node.module or ''}.{alias.name}"


def _called(node: ast.AST) -> str:
    """Return the last name of what a call calls, or an empty text."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _bound(source: str) -> set[str]:
    """Return the names that the source itself binds, so that a parameter called id is no builtin."""
    names = {node.arg for node in nodes(source) if isinstance(node, ast.arg)}
    return names | {
        node.id for node in nodes(source) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }


def _builtin_uses(source: str, path: str, banned: tuple[str, ...], what: str) -> list[str]:
    bound = _bound(source)
    return [
        _at(path, node, f"{node.id}: {what}")
        for node in nodes(source)
        if isinstance(node, ast.Name) and node.id in banned and node.id not in bound
    ]


def _banned_imports(source: str, path: str, modules: frozenset[str], what: str) -> list[str]:
    return [
        _at(path, node, f"import {name}: {what}")
        for node, name in imports(source)
        if name.split(".")[0] in modules
    ]


# --- bans in the deciding files -------------------------------------------------------------


def check_clock(source: str, path: str) -> list[str]:
    """No clock: time is an argument."""
    found = _banned_imports(source, path, frozenset({"time", "timeit", "sched"}), "reads a clock")
    for node in nodes(source):
        name = _called(node)
        if name in ("now", "utcnow", "today", "utcfromtimestamp") and isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and _rooted_in(node.func, ("datetime", "date", "dt")):
                found.append(_at(path, node, f"{name}() reads a clock or the local zone"))
        elif name in ("localtime", "gmtime", "monotonic", "perf_counter", "time_ns"):
            found.append(_at(path, node, f"{name}() reads a clock"))
    return found


def _rooted_in(node: ast.expr, names: tuple[str, ...]) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in names


def check_naive_datetime(source: str, path: str) -> list[str]:
    """No datetime without a zone."""
    found = []
    for node in nodes(source):
        if not isinstance(node, ast.Call):
            continue
        name = _called(node)
        keywords = {word.arg for word in node.keywords}
        if name == "datetime" and len(node.args) < 8 and "tzinfo" not in keywords:
            found.append(_at(path, node, "datetime without tzinfo"))
        elif name == "fromtimestamp" and len(node.args) < 2 and "tz" not in keywords:
            found.append(_at(path, node, "fromtimestamp without tz is local time"))
        elif name in ("strptime", "fromisoformat"):
            found.append(_at(path, node, f"{name} gives a time without zone; use core.timestamps"))
    return found


def check_random(source: str, path: str) -> list[str]:
    """No ambient randomness; in the dice file only ``random.Random(seed)`` and ``.random()``."""
    if path != DICE:
        return _banned_imports(source, path, frozenset({"random", "secrets", "numpy"}), "use core.chance")
    found = [
        _at(path, node, f"import {name}: only random.Random may be used")
        for node, name in imports(source)
        if name.split(".")[0] in ("secrets", "numpy")
        or (name.startswith("random.") and name != "random.Random")
    ]
    drawn = (
        "uniform randint randrange choice choices shuffle sample gauss normalvariate getrandbits randbytes"
    )
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
            if node.attr != "Random":
                found.append(_at(path, node, f"random.{node.attr}: only random.Random(seed).random()"))
        elif (
            isinstance(node, ast.Attribute)
            and node.attr in (*drawn.split(), "seed")
            and _is_called(source, node)
        ):
            found.append(_at(path, node, f".{node.attr}(): only .random() is the same on every version"))
        if _called(node) == "Random" and isinstance(node, ast.Call) and not node.args:
            found.append(_at(path, node, "Random() without a seed"))
    return found


def _is_called(source: str, attribute: ast.Attribute) -> bool:
    return any(isinstance(node, ast.Call) and node.func is attribute for node in nodes(source))


def check_math(source: str, path: str) -> list[str]:
    """No libm: only ``from math import isqrt``."""
    return [
        _at(path, node, f"import {name}: only `from math import isqrt`")
        for node, name in imports(source)
        if name.split(".")[0] in ("math", "cmath", "statistics", "fractions") and name != "math.isqrt"
    ]


def check_float_literal(source: str, path: str) -> list[str]:
    """No float or complex literal."""
    return [
        _at(path, node, f"float literal {node.value!r}")
        for node in nodes(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex))
    ]


def check_float_call(source: str, path: str) -> list[str]:
    """No conversion to float; ``isinstance(x, float)`` and annotations are fine."""
    found = []
    for node in nodes(source):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id == "float":
                found.append(_at(path, node, "float()"))
            elif _called(node) not in ("isinstance", "issubclass", "cast") and any(
                isinstance(arg, ast.Name) and arg.id == "float" for arg in node.args
            ):
                found.append(_at(path, node, "float handed on as a function"))
    return found


def check_true_division(source: str, path: str) -> list[str]:
    """No ``/``: ratios by ``//`` or by cross multiplication."""
    return [
        _at(path, node, "true division")
        for node in nodes(source)
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div)
    ]


def check_power(source: str, path: str) -> list[str]:
    """No ``**`` unless the base is an integer literal; no two-argument pow()."""
    found = []
    for node in nodes(source):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Pow):
            found.append(_at(path, node, "**="))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            negative = isinstance(node.right, ast.UnaryOp) and isinstance(node.right.op, ast.USub)
            if not _is_int_literal(node.left) or negative:
                found.append(_at(path, node, "** on something other than an integer literal"))
        elif _called(node) == "pow" and isinstance(node, ast.Call) and len(node.args) < 3:
            found.append(_at(path, node, "pow() with two arguments"))
    return found


def _is_int_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def check_sum(source: str, path: str) -> list[str]:
    """No ``sum()`` of what could be floats: its elements must show that they are integers."""
    found = []
    for node in nodes(source):
        if isinstance(node, ast.Call) and _called(node) in ("sum", "fsum", "sumprod"):
            argument = node.args[0] if node.args else None
            if isinstance(argument, (ast.GeneratorExp, ast.ListComp)):
                integers = _is_integer(argument.elt)
            else:
                integers = argument is not None and _holds_integers(source, argument)
            if _called(node) != "sum" or not integers:
                found.append(_at(path, node, "sum() of what could be floats"))
    return found


_OF_INTEGERS = re.compile(r"^(?:Final\[)?(?:list|deque|Sequence|Iterable|tuple)\[int(?:, \.\.\.)?\]\]?$")
_TO_INTEGERS = re.compile(r"^(?:Final\[)?(?:dict|Mapping|Counter)\[(?:.*, )?int\]\]?$")


def _holds_integers(source: str, node: ast.expr) -> bool:
    """Return True for a name annotated as ``list[int]``, or ``.values()`` of a ``dict[..., int]``.

    The type checker vouches for the annotation.
    """
    values = isinstance(node, ast.Call) and _called(node) == "values" and isinstance(node.func, ast.Attribute)
    if values:
        node = node.func.value  # type: ignore[attr-defined]
    notes = _annotations(source).get(_rooted_name(node), [])
    pattern = _TO_INTEGERS if values else _OF_INTEGERS
    return bool(notes) and all(pattern.match(note) for note in notes)


@lru_cache(maxsize=512)
def _annotations(source: str) -> dict[str, list[str]]:
    """Return every annotation in the source by the last name of what it annotates."""
    found: dict[str, list[str]] = {}
    for node in nodes(source):
        if isinstance(node, ast.AnnAssign):
            found.setdefault(_rooted_name(node.target), []).append(ast.unparse(node.annotation))
        elif isinstance(node, ast.arg) and node.annotation is not None:
            found.setdefault(node.arg, []).append(ast.unparse(node.annotation))
    return found


def _is_integer(node: ast.expr) -> bool:
    """Return True if an expression is an integer by its form or by the unit that ends its name."""
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, bool)
    if isinstance(node, (ast.Name, ast.Attribute)):
        return UNIT.search(node.id if isinstance(node, ast.Name) else node.attr) is not None
    if isinstance(node, ast.BinOp):
        return (
            not isinstance(node.op, (ast.Div, ast.Pow)) and _is_integer(node.left) and _is_integer(node.right)
        )
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not) or _is_integer(node.operand)
    if isinstance(node, ast.IfExp):
        return _is_integer(node.body) and _is_integer(node.orelse)
    if isinstance(node, ast.Call):
        return _called(node) in ("len", "int") or (
            _called(node) in ("abs", "min", "max") and all(_is_integer(arg) for arg in node.args)
        )
    return False


def check_identity(source: str, path: str) -> list[str]:
    """No ``id()`` and no ``hash()``: both differ from run to run."""
    return _builtin_uses(source, path, ("id", "hash"), "differs from run to run")


def check_ambient(source: str, path: str) -> list[str]:
    """No system, thread, network or file."""
    found = _banned_imports(source, path, AMBIENT, "deciding files do no I/O")
    return found + _builtin_uses(source, path, ("open",), "deciding files do no I/O")


def check_environment(source: str, path: str) -> list[str]:
    """No environment and no way around these checks."""
    found = _builtin_uses(
        source,
        path,
        ("input", "eval", "exec", "compile", "__import__", "globals", "vars"),
        "ambient or dynamic",
    )
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "argv"):
            found.append(_at(path, node, f".{node.attr}: the environment is not an input"))
        elif _called(node) == "getattr" and isinstance(node, ast.Call) and len(node.args) > 1:
            name = node.args[1]
            if isinstance(name, ast.Constant) and name.value in ("environ", "environb", "getenv", "argv"):
                found.append(_at(path, node, f"getattr of {name.value}"))
    return found


def check_print(source: str, path: str) -> list[str]:
    """No ``print``: what a run says goes through its records."""
    return _builtin_uses(source, path, ("print",), "deciding files say things in records")


def check_broad_except(source: str, path: str) -> list[str]:
    """No handler that would swallow a broken invariant."""
    found = []
    for node in nodes(source):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or _rooted_name(kind) in ("Exception", "BaseException") for kind in kinds):
                found.append(_at(path, node, "broad except"))
        elif _called(node) == "suppress" and isinstance(node, ast.Call):
            if any(_rooted_name(arg) in ("Exception", "BaseException") for arg in node.args):
                found.append(_at(path, node, "suppress(Exception)"))
    return found


def _rooted_name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def check_record_fields(source: str, path: str) -> list[str]:
    """No float in the fields of a record or configuration, except P0.1's public names."""
    found = []
    for node in nodes(source):
        if not isinstance(node, ast.ClassDef):
            continue
        for field in node.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                words = re.findall(r"\w+", ast.unparse(field.annotation))
                if {"float", "complex", "Decimal", "Amount"} & set(
                    words
                ) and field.target.id not in P0_1_NAMES:
                    found.append(_at(path, field, f"{node.name}.{field.target.id} is not an integer"))
    return found


# --- rules for everything under tools/ ------------------------------------------------------

_RANK = {"core": 0, **dict.fromkeys(DECIDING_ROOMS[1:6], 1), "engine": 2, "live": 3, "lab": 4}


def check_import_order(source: str, path: str) -> list[str]:
    """Rooms import only from rooms before them; siblings never import each other."""
    parts = path.split("/")
    room = parts[1] if len(parts) > 2 else ""
    found = []
    for node, name in imports(source):
        words = name.split(".")
        if name.startswith("."):
            found.append(_at(path, node, "relative import; write the whole name"))
        elif words[0] in ("tests", "bench"):
            found.append(_at(path, node, f"tools must not import {words[0]}"))
        elif words[0] == "tools" and room:
            other = words[1] if len(words) > 1 else ""
            if other in _RANK and other != room and _RANK[other] >= _RANK.get(room, 99):
                found.append(_at(path, node, f"{room} must not import {other}"))
    return found


def check_one_encoder(source: str, path: str) -> list[str]:
    """Only the canonical encoder writes JSON."""
    if path == ENCODER:
        return []
    banned = ("dumps", "dump", "JSONEncoder")
    found = [_at(path, node, name) for node, name in imports(source) if name in [f"json.{n}" for n in banned]]
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and node.attr in banned and _rooted_in(node, ("json",)):
            found.append(_at(path, node, f"json.{node.attr}: only core.canon writes JSON"))
    return found


def check_one_sender(source: str, path: str) -> list[str]:
    """Only the loop's one way out sends or cancels (``task.cancel()`` has no order to name)."""
    if path == SENDER:
        return []
    found = []
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and node.attr in ("place_limit", "submit_order", "amend_order"):
            found.append(_at(path, node, "only the execution loop places orders"))
        elif isinstance(node, ast.Constant) and node.value == "place_limit":
            if not _in_all(source, node):
                found.append(_at(path, node, "place_limit by name"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "cancel" and (node.args or node.keywords):
                found.append(_at(path, node, "only the execution loop cancels orders"))
    return found


def _in_all(source: str, constant: ast.Constant) -> bool:
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
        and any(inner is constant for inner in ast.walk(node))
        for node in parse(source).body
    )


def check_one_approver(source: str, path: str) -> list[str]:
    """Only the risk room makes an approved order; the others may name the type and no more.

    What cannot be seen to be a mere mention is a finding: a call, another name for the class,
    the class handed on as a value, its ``__new__``, a subclass.
    """
    if path.startswith(f"{RISK_ROOM}/"):
        return []
    names = {"ApprovedOrder"}
    found = []
    for node in nodes(source):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "ApprovedOrder" and alias.asname not in (None, "ApprovedOrder"):
                    found.append(_at(path, node, "ApprovedOrder under another name"))
        elif isinstance(node, ast.Constant) and node.value in names and not _in_all(source, node):
            found.append(_at(path, node, "ApprovedOrder by name"))
    mentions = _type_mentions(source)
    for node in nodes(source):
        if _rooted_name(node if isinstance(node, ast.expr) else None) in names and node not in mentions:
            found.append(_at(path, node, "only the risk room makes approved orders"))
    return found


def _type_mentions(source: str) -> set[ast.AST]:
    """Return the nodes inside annotations, and what ``isinstance`` asks for."""
    roots: list[ast.AST] = []
    for node in nodes(source):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            roots.append(node.annotation)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            roots.append(node.returns)
        elif isinstance(node, ast.Call) and _called(node) == "isinstance":
            roots += node.args[1:]
    return {inner for root in roots for inner in ast.walk(root)}


def check_frozen_utc(source: str, path: str) -> list[str]:
    """Only the clock reads the variable that replaces it."""
    if path == CLOCK:
        return []
    return [
        _at(path, node, "only the clock reads this variable")
        for node in nodes(source)
        if isinstance(node, ast.Constant) and node.value in ("MM_FREEZE_UTC_ISO", b"MM_FREEZE_UTC_ISO")
    ]


MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 60


def long_parts(source: str) -> dict[str, int]:
    """Return what is over the limits by name (an empty name for the file itself), with its lines."""
    found: dict[str, int] = {}
    lines = source.count("\n")
    if lines > MAX_FILE_LINES:
        found[""] = lines

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = prefix
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = f"{prefix}.{child.name}" if prefix else child.name
                size = (child.end_lineno or child.lineno) - child.lineno + 1
                if not isinstance(child, ast.ClassDef) and size > MAX_FUNCTION_LINES:
                    found[name] = size
            visit(child, name)

    visit(parse(source), "")
    return found
