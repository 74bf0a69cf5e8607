"""What the generated pages read from the sources: docstrings, comments, classes.

Compiled modules have no docstrings, so the pages come from the files and not from the objects.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import tools

ROOT: Final = Path(tools.__file__).resolve().parents[1]
"""The folder that holds ``tools`` and ``docs``."""

UNIT_WORDS: Final = (
    ("_ticks", "ticks"), ("_ht", "half-ticks"), ("_lots", "lots"), ("_htl", "half-tick x lot"),
    ("_ht2", "half-ticks^2"), ("_e8", "1e-8 quote currency"), ("_ubps", "1e-6 bps"), ("_ppm", "ppm"),
    ("_ns", "ns"),
)  # fmt: skip
"""Units by suffix of a name, in words."""


@lru_cache(maxsize=1)
def sources() -> dict[str, str]:
    """Return every source under ``tools`` by its path there, sorted."""
    base = ROOT / "tools"
    return {p.relative_to(base).as_posix(): p.read_text("utf-8") for p in sorted(base.rglob("*.py"))}


@lru_cache(maxsize=512)
def tree(path: str) -> ast.Module:
    """Return a source as parsed."""
    return ast.parse(sources()[path])


def classes(path: str, base: str) -> Iterator[ast.ClassDef]:
    """Yield the top-level classes of a file that have a base class of this name."""
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(item) == base for item in node.bases):
            yield node


def doc(node: ast.ClassDef | ast.Module) -> str:
    """Return the first paragraph of a docstring on one line."""
    return one_line((ast.get_docstring(node) or "").split("\n\n")[0])


def one_line(text: str) -> str:
    """Return text of a docstring as Markdown on one line."""
    return " ".join(text.replace("``", "`").split())


def module_name(path: str) -> str:
    """Return the dotted module of a source."""
    return "tools." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def comment(path: str, line: int) -> str:
    """Return the comment at the end of a line."""
    return one_line(sources()[path].splitlines()[line - 1].partition("#")[2])


def unit_of(name: str) -> str:
    """Return the unit that ends a name, in words; empty for none."""
    return next((word for end, word in UNIT_WORDS if name.endswith(end)), "")
