"""The sources as they lie in the checkout, and the imports between them."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import Path

from tests.house.checks import parse

ROOT = Path(__file__).resolve().parents[2]


@lru_cache(maxsize=1)
def sources() -> dict[str, str]:
    """Return the text of every Python file under tools/ by its path in the checkout."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "tools").rglob("*.py"))
    }


def module_file(module: str, files: dict[str, str]) -> str | None:
    """Return the file of a dotted module name, or None if it is not one of ours."""
    stem = module.replace(".", "/")
    return next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in files), None)


def imported(source: str, *, everywhere: bool) -> list[str]:
    """Return the dotted names that a source imports: everywhere in it, or when it is loaded.

    ``from a import b`` gives both a and a.b, because b may be a module. Blocks under
    ``if TYPE_CHECKING`` are never loaded.
    """
    found: list[str] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.append(node.module)
            found.extend(f"{node.module}.{alias.name}" for alias in node.names)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) and not everywhere:
            return
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not everywhere:
            for branch in node.orelse:
                visit(branch)
            return
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(parse(source))
    return found


def reachable(start: list[str], files: dict[str, str]) -> list[str]:
    """Return every file that is loaded when the files `start` are, packages included, sorted."""
    waiting, seen = list(start), dict.fromkeys(start)
    while waiting:
        path = waiting.pop()
        names = [*imported(files[path], everywhere=False), *_packages(path)]
        for name in names:
            for module in (*_prefixes(name), name):
                found = module_file(module, files)
                if found is not None and found not in seen:
                    seen[found] = None
                    waiting.append(found)
    return sorted(seen)


def _packages(path: str) -> list[str]:
    return [".".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]


def _prefixes(name: str) -> list[str]:
    words = name.split(".")
    return [".".join(words[:depth]) for depth in range(1, len(words))]


def third_party(source: str, *, everywhere: bool) -> list[str]:
    """Return the imported top-level names that belong neither to Python nor to us, sorted."""
    tops = {name.split(".")[0] for name in imported(source, everywhere=everywhere)}
    return sorted(tops - sys.stdlib_module_names - {"tools"})
