"""The ban on iterating over sets: their order depends on the hash seed.

A name or attribute counts as a set if the source gives it a set anywhere in the same scope
(attributes: in the same file) or annotates it as one. Order-free uses (``in``, ``len``,
``sorted``, ``min``, ``max``, ``any``, ``all``, comparison) are fine.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.checks import _at, parse

_ANNOTATION = re.compile(
    r"^(?:Final\[|ClassVar\[)*(?:\w+\.)*(?:set|frozenset|AbstractSet|MutableSet|Set|FrozenSet)\b"
)
_MAKES_SET = ("union", "intersection", "difference", "symmetric_difference")
_ORDERED_USES = (
    "list",
    "tuple",
    "enumerate",
    "iter",
    "map",
    "filter",
    "zip",
    "sum",
    "reversed",
    "next",
    "deque",
)
_ORDERED_METHODS = ("join", "extend", "fromkeys", "writelines", "extendleft", "from_iterable", "chain")
_Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class _Finder:
    def __init__(self, source: str, path: str) -> None:
        self.path = path
        self.found: list[str] = []
        self.attributes = _set_attributes(parse(source))
        self.scope(parse(source), frozenset())

    def scope(self, scope: _Scope, outer: frozenset[str]) -> None:
        """Check one function (or the module), with the set names that it sees from outside."""
        own = list(_own_nodes(scope))
        bound = {arg.arg for arg in _arguments(scope)}
        names = (outer - bound) | {arg.arg for arg in _arguments(scope) if _annotated(arg.annotation)}
        for _ in range(3):  # a = set(); b = a; c = b
            before = len(names)
            names |= {
                target.id
                for target, value, note in _assignments(own)
                if isinstance(target, ast.Name) and (_annotated(note) or self.is_set(value, frozenset(names)))
            }
            if len(names) == before:
                break
        for node in own:
            self.use(node, frozenset(names))
        for node in own:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                self.scope(node, frozenset(names))

    def is_set(self, node: ast.expr | None, names: frozenset[str]) -> bool:
        """Return True if an expression is seen to be a set."""
        if isinstance(node, (ast.Set, ast.SetComp)):
            return True
        if isinstance(node, ast.Name):
            return node.id in names
        if isinstance(node, ast.Attribute):
            return node.attr in self.attributes
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)):
            return any(self.is_set(side, names) or _is_keys(side) for side in (node.left, node.right))
        if isinstance(node, ast.IfExp):
            return self.is_set(node.body, names) or self.is_set(node.orelse, names)
        if isinstance(node, ast.NamedExpr):
            return self.is_set(node.value, names)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                return node.func.id in ("set", "frozenset")
            if isinstance(node.func, ast.Attribute):
                copied = node.func.attr == "copy" and self.is_set(node.func.value, names)
                return copied or node.func.attr in _MAKES_SET
        return False

    def use(self, node: ast.AST, names: frozenset[str]) -> None:
        """Note every use of a set by `node` in which its order shows."""
        used: list[ast.expr] = []
        if isinstance(node, (ast.For, ast.AsyncFor)):
            used.append(node.iter)
        elif isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.DictComp)):
            used += [generator.iter for generator in node.generators]
        elif isinstance(node, (ast.Starred, ast.YieldFrom)):
            used.append(node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
            used.append(node.value)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in _ORDERED_USES:
                used += node.args
            elif isinstance(node.func, ast.Attribute):
                if node.func.attr in _ORDERED_METHODS:
                    used += node.args
                elif node.func.attr == "pop" and not node.args:
                    used.append(node.func.value)
        elif isinstance(node, ast.FormattedValue):
            used.append(node.value)
        if any(self.is_set(expression, names) for expression in used):
            self.found.append(
                _at(self.path, node if hasattr(node, "lineno") else used[0], "the order of a set shows")
            )


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, without those inside the functions that it holds."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _own_nodes(child)


def _arguments(scope: _Scope) -> list[ast.arg]:
    if isinstance(scope, ast.Module):
        return []
    return [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]


def _annotated(annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    return _ANNOTATION.match(ast.unparse(annotation).strip("'\"")) is not None


def _assignments(own: list[ast.AST]) -> Iterator[tuple[ast.expr, ast.expr | None, ast.expr | None]]:
    for node in own:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield target, node.value, None
        elif isinstance(node, ast.AnnAssign):
            yield node.target, node.value, node.annotation
        elif isinstance(node, (ast.AugAssign, ast.NamedExpr)):
            yield node.target, node.value, None


def _set_attributes(tree: ast.Module) -> frozenset[str]:
    """Return the attributes that the file makes sets: ``self.x = set()`` and class-level notes."""
    found = set()
    for node in ast.walk(tree):
        body = node.body if isinstance(node, ast.ClassDef) else []
        for target, _, note in _assignments(list(body)):
            if isinstance(target, ast.Name) and _annotated(note):
                found.add(target.id)
    for target, value, note in _assignments(list(ast.walk(tree))):
        made = isinstance(value, (ast.Set, ast.SetComp)) or (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and value.func.id in ("set", "frozenset")
        )
        if isinstance(target, ast.Attribute) and (_annotated(note) or made):
            found.add(target.attr)
    return frozenset(found)


def _is_keys(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in ("keys", "items")


def check_set_iteration(source: str, path: str) -> list[str]:
    """No iteration in the order of a set."""
    return _Finder(source, path).found
