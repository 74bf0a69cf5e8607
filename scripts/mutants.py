"""The faults that `scripts/mutation.py` puts into a source, one at a time.

A mutant is an edit of the source text, placed by its syntax tree: what is shown is what ran,
and the list is the same on every Python, because nothing in it is printed back from a tree.

Left out, because no test could or should tell such a mutant from the source:

- docstrings, annotations (``Final`` among them), decorators, base classes, imports, ``__all__``;
- ``EXAMPLES`` of plug-ins: a table that tests read, not code;
- ``__repr__`` and ``__str__``, f-strings, what stands in a ``raise``, logging: words for people
  (that an error is raised at all is tested: the ``raise`` as a whole is taken out);
- ``assert``: one that holds can be weakened or removed without effect;
- blocks under ``TYPE_CHECKING`` and ``__name__``, and ``raise NotImplementedError``;
- taking out the only binding of a local name, or anything at the level of a module or class:
  whatever runs the line fails, so that it would measure coverage and flatter the score.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from typing import NamedTuple

_COMPARE: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: (r"<", "<="),
    ast.LtE: (r"<=", "<"),
    ast.Gt: (r">", ">="),
    ast.GtE: (r">=", ">"),
    ast.Eq: (r"==", "!="),
    ast.NotEq: (r"!=", "=="),
    ast.Is: (r"\bis\b", "is not"),
    ast.IsNot: (r"\bis\s+not\b", "is"),
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: (r"\+", "-"),
    ast.Sub: (r"-", "+"),
    ast.Mult: (r"\*", "//"),
    ast.FloorDiv: (r"//", "*"),
    ast.Mod: (r"%", "*"),
}
_WORDS_FOR_PEOPLE = ("__repr__", "__str__")
_TABLES = ("__all__", "EXAMPLES")
_LOGS = ("log", "logger", "logging", "warnings")
_NEGATED_BY_COMPARE = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)


class Mutant(NamedTuple):
    """One edit: the bytes `start` to `end` of the file at `path` become `new`."""

    path: str
    start: int
    end: int
    operator: str
    new: str
    line: int

    def apply(self, source: bytes) -> bytes:
        """Return the mutated source."""
        return source[: self.start] + self.new.encode() + source[self.end :]

    def show(self, source: bytes) -> tuple[str, str]:
        """Return the lines that the edit touches, before and after, each as one line of text."""
        first = source.rfind(b"\n", 0, self.start) + 1
        last = source.find(b"\n", self.end)
        rest = source[self.end : last if last >= 0 else len(source)]
        before = source[first : self.end] + rest
        after = source[first : self.start] + self.new.encode() + rest
        return " ".join(before.decode().split()), " ".join(after.decode().split())


def mutants_of(path: str, source: bytes) -> list[Mutant]:
    """Return every mutant of a source, in the order of its text."""
    finder = _Finder(path, source)
    finder.visit(ast.parse(source))
    return sorted(dict.fromkeys(finder.found))


class _Finder(ast.NodeVisitor):
    """Walks what may be mutated and collects the edits."""

    def __init__(self, path: str, source: bytes) -> None:
        self.found: list[Mutant] = []
        self._path = path
        self._source = source
        self._starts = [0]
        for text in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(text))
        self._returns: ast.expr | None = None
        self._bound: Counter[str] | None = None  # bindings of each local name; None outside functions

    # --- places ---

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)

    def _text(self, node: ast.expr | ast.stmt) -> str:
        return self._source[self._start(node) : self._end(node)].decode()

    def _add(self, start: int, end: int, operator: str, new: str) -> None:
        line = self._source.count(b"\n", 0, start) + 1
        self.found.append(Mutant(self._path, start, end, operator, new, line))

    def _replace(self, node: ast.expr | ast.stmt, operator: str, *news: str) -> None:
        for new in news:
            self._add(self._start(node), self._end(node), operator, new)

    def _between(self, left: ast.expr, right: ast.expr, token: str, operator: str, new: str) -> None:
        """Replace the operator between two operands; brackets and comments may stand there too."""
        start = self._end(left)
        between = self._source[start : self._start(right)]
        bare = re.sub(rb"#[^\n]*", lambda found: b" " * len(found[0]), between)
        found = re.search(token.encode(), bare)
        if found is not None:
            self._add(start + found.start(), start + found.end(), operator, new)

    # --- what holds the code ---

    def _visit_all(self, nodes: list[ast.stmt] | list[ast.expr] | list[ast.expr | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer, self._bound = self._bound, None
        self._visit_all(node.body)
        self._bound = outer

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(node.args.defaults)
        self._visit_all(node.args.kw_defaults)
        if node.name in _WORDS_FOR_PEOPLE:
            return
        outer = self._returns, self._bound
        self._returns = node.returns
        self._bound = Counter(arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg))
        self._bound.update(
            name.id
            for name in ast.walk(node)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        )
        self._visit_all(node.body)
        self._returns, self._bound = outer

    visit_AsyncFunctionDef = visit_FunctionDef

    # --- statements ---

    def _delete(self, node: ast.stmt, target: ast.expr | None = None) -> None:
        if self._bound is None or isinstance(target, (ast.Tuple, ast.List)):
            return
        if not isinstance(target, ast.Name) or self._bound[target.id] > 1:
            self._replace(node, "delete", "pass")

    def visit_Assign(self, node: ast.Assign) -> None:
        if ast.unparse(node.targets[0]) in _TABLES:
            return
        self._delete(node, node.targets[0])
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and ast.unparse(node.target) not in _TABLES:
            self._delete(node, node.target)
            self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._delete(node)
        if type(node.op) in _ARITHMETIC:
            token, new = _ARITHMETIC[type(node.op)]
            self._between(node.target, node.value, token + "=", "arithmetic", new + "=")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant):
            return
        if isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and ast.unparse(called.value) in _LOGS:
                return
            self._delete(node)
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc is None or not ast.unparse(node.exc).startswith("NotImplementedError"):
            self._delete(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        self._delete(node)
        self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        pass

    def visit_Return(self, node: ast.Return) -> None:
        value = node.value
        if value is None:
            return
        typed = ast.unparse(self._returns) if self._returns is not None else ""
        if typed == "bool":
            known = isinstance(value, ast.Compare) and isinstance(value.ops[0], _NEGATED_BY_COMPARE)
            if not isinstance(value, ast.Constant) and not known:
                self._replace(value, "return", f"not ({self._text(value)})")
        elif typed == "int":
            if not isinstance(value, ast.Constant):
                self._replace(value, "return", f"({self._text(value)}) + 1")
        elif not (isinstance(value, ast.Constant) and value.value is None):
            self._replace(value, "return", "None")
        self.visit(value)

    def visit_If(self, node: ast.If) -> None:
        about = ast.unparse(node.test)
        if "TYPE_CHECKING" in about or "__name__" in about:
            self._visit_all(node.orelse)
            return
        self._condition(node.test, "True", "False")
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        self._condition(node.test, "False")
        self.generic_visit(node)

    def visit_Break(self, node: ast.Break) -> None:
        self._replace(node, "loop", "continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace(node, "loop", "break")

    # --- expressions ---

    def _condition(self, test: ast.expr, *forced: str) -> None:
        if not isinstance(test, ast.Constant):
            self._replace(test, "condition", *forced)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._condition(node.test, "True", "False")
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._condition(test, "True", "False")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            token, new = _COMPARE[type(op)]
            self._between(left, right, token, "compare", new)
            left = right
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        token, new = (r"\band\b", "or") if isinstance(node.op, ast.And) else (r"\bor\b", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._between(left, right, token, "boolean", new)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in _ARITHMETIC:
            token, new = _ARITHMETIC[type(node.op)]
            self._between(node.left, node.right, token, "arithmetic", new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        width = {ast.Not: 3, ast.USub: 1}.get(type(node.op))
        if width is not None:
            self._add(self._start(node), self._start(node) + width, "negation", "")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        swapped = {"min": "max", "max": "min"}.get(ast.unparse(node.func))
        if swapped is not None:
            self._replace(node.func, "min-max", swapped)
        self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, bool):
            self._replace(node, "constant", str(not value))
        elif isinstance(value, int):
            self._replace(node, "constant", *(str(new) for new in (value + 1, value - 1, 0) if new != value))
        elif isinstance(value, str):
            self._replace(node, "string", json.dumps(value + "~"))

    def _visit_elements(self, node: ast.Tuple | ast.List | ast.Set | ast.Dict) -> None:
        self.generic_visit(node)
        if not isinstance(node, (ast.Dict, ast.Set)) and not isinstance(node.ctx, ast.Load):
            return
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            texts = [f"{self._text(k) + ': ' if k else '**'}{self._text(v)}" for k, v in pairs]
        else:
            texts = [self._text(element) for element in node.elts]
        around = {ast.Tuple: "()", ast.List: "[]"}.get(type(node), "{}")
        for at in range(len(texts)):
            rest = texts[:at] + texts[at + 1 :]
            comma = "," if isinstance(node, ast.Tuple) and len(rest) == 1 else ""
            kept = f"{around[0]}{', '.join(rest)}{comma}{around[1]}"
            self._replace(node, "drop", "set()" if isinstance(node, ast.Set) and not rest else kept)

    visit_Tuple = visit_List = visit_Set = visit_Dict = _visit_elements

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if isinstance(node.slice, ast.Tuple):  # dict[a, b], or a key of several parts
            self._visit_all(node.slice.elts)
        else:
            self.visit(node.slice)
