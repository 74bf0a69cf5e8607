"""The faults that the mutation runner makes: each kind, what it leaves alone, and the sample."""

from __future__ import annotations

import ast

import pytest

from scripts.mutants import Mutant, mutants_of
from scripts.mutation import sample

PATH = "toy/sums.py"


def made(source: str) -> list[tuple[str, str]]:
    """Return operator and changed lines of every mutant."""
    data = source.encode()
    return [(mutant.operator, mutant.show(data)[1]) for mutant in mutants_of(PATH, data)]


IN_FUNCTION = "def f(self, a, b, c):\n    {}\n"

# A statement, and every mutant of it.
MUTANTS: list[tuple[str, list[tuple[str, str]]]] = [
    ("return a < b", [("compare", "return a <= b"), ("return", "return None")]),
    ("self.x = a <= b", [("delete", "pass"), ("compare", "self.x = a < b")]),
    ("self.x = a > (b)", [("delete", "pass"), ("compare", "self.x = a >= (b)")]),
    ("self.x = a >= b", [("delete", "pass"), ("compare", "self.x = a > b")]),
    ("self.x = a == b", [("delete", "pass"), ("compare", "self.x = a != b")]),
    ("self.x = a != b", [("delete", "pass"), ("compare", "self.x = a == b")]),
    ("self.x = a is b", [("delete", "pass"), ("compare", "self.x = a is not b")]),
    ("self.x = a is not b", [("delete", "pass"), ("compare", "self.x = a is b")]),
    ("self.x = a in b", [("delete", "pass"), ("compare", "self.x = a not in b")]),
    ("self.x = a not  in b", [("delete", "pass"), ("compare", "self.x = a in b")]),
    (
        "self.x = a < b < c",
        [("delete", "pass"), ("compare", "self.x = a <= b < c"), ("compare", "self.x = a < b <= c")],
    ),
    (
        "self.x = a and b and c",
        [("delete", "pass"), ("boolean", "self.x = a or b and c"), ("boolean", "self.x = a and b or c")],
    ),
    ("self.x = not (a)", [("delete", "pass"), ("negation", "self.x = (a)")]),
    ("self.x = a + b", [("delete", "pass"), ("arithmetic", "self.x = a - b")]),
    ("self.x = a - b", [("delete", "pass"), ("arithmetic", "self.x = a + b")]),
    ("self.x = a * b", [("delete", "pass"), ("arithmetic", "self.x = a // b")]),
    ("self.x = a // b", [("delete", "pass"), ("arithmetic", "self.x = a * b")]),
    ("self.x = a % b", [("delete", "pass"), ("arithmetic", "self.x = a * b")]),
    ("self.x = -a", [("delete", "pass"), ("negation", "self.x = a")]),
    ("a += b", [("delete", "pass"), ("arithmetic", "a -= b")]),
    ("self.go(a)", [("delete", "pass")]),
    ("del self.x", [("delete", "pass")]),
    ("raise ValueError('no', 1)", [("delete", "pass")]),
    ("raise NotImplementedError", []),
    ("x = a", []),  # the only binding
    ("self.x: int = a", [("delete", "pass")]),
    (
        "self.x = 7",
        [
            ("delete", "pass"),
            ("constant", "self.x = 0"),
            ("constant", "self.x = 6"),
            ("constant", "self.x = 8"),
        ],
    ),
    ("self.x = True", [("delete", "pass"), ("constant", "self.x = False")]),
    ("self.x = 'é'", [("delete", "pass"), ("string", 'self.x = "\\u00e9~"')]),
    ("return None", []),
    ("self.x = min(a, b)", [("delete", "pass"), ("min-max", "self.x = max(a, b)")]),
    ("self.x = max(a, b)", [("delete", "pass"), ("min-max", "self.x = min(a, b)")]),
    (
        "if a: self.go()",
        [("condition", "if False: self.go()"), ("condition", "if True: self.go()"), ("delete", "if a: pass")],
    ),
    (
        "self.x = a if b else c",
        [
            ("delete", "pass"),
            ("condition", "self.x = a if False else c"),
            ("condition", "self.x = a if True else c"),
        ],
    ),
    (
        "while a: break",
        [("condition", "while False: break"), ("loop", "while a: continue")],
    ),
    ("for a in b: continue", [("loop", "for a in b: break")]),
    (
        "self.x = (a, b)",
        [("delete", "pass"), ("drop", "self.x = (a,)"), ("drop", "self.x = (b,)")],
    ),
    ("self.x = [a]", [("delete", "pass"), ("drop", "self.x = []")]),
    (
        "self.x = {a: b, **c}",
        [("delete", "pass"), ("drop", "self.x = {**c}"), ("drop", "self.x = {a: b}")],
    ),
    ("self.x[a, b] = c", [("delete", "pass")]),
    ("self.x = f'{a + 1} {b}'", [("delete", "pass")]),
    ("assert a < b, 'why'", []),
    ("'a string alone'", []),
    ("log.info('said', a)", []),
]


@pytest.mark.parametrize(("statement", "expected"), MUTANTS, ids=[row[0] for row in MUTANTS])
def test_mutants_of_a_statement(statement: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(made(IN_FUNCTION.format(statement))) == sorted(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a: 'int' = 1) -> bool:\n    return a\n", {"return not (a)", "def f(a: 'int' = 2) -> bool:"}),
        ("def f(a) -> bool:\n    return a == a\n", {"return a != a"}),
        ("def f(a) -> int:\n    return a\n", {"return (a) + 1"}),
        ("class R(StrEnum):\n    '''Words.'''\n    A = 'A'\n", {'A = "A~"'}),
        ("class C:\n    size_ns: int = 1 * S\n", {"size_ns: int = 2 * S", "size_ns: int = 1 // S"}),
        ("__all__ = ['a']\nEXAMPLES = (1, 2)\nN: Final[int] = OTHER\n", set()),
        (
            "@dataclass(frozen=True)\nclass C(Base, x=1):\n    def __repr__(self):\n        return 'C' + 1\n",
            set(),
        ),
        ("if TYPE_CHECKING:\n    A = 1\nif __name__ == '__main__':\n    main(1)\n", set()),
        ("def f(a):\n    b = a\n    b = g\n", {"pass"}),
        ("x = [a for a in b if a]\n", {"x = [a for a in b if True]", "x = [a for a in b if False]"}),
        ("x = (a  # a < b\n    < b)\n", {"<= b)"}),
    ],
)
def test_mutants_of_a_file(source: str, expected: set[str]) -> None:
    assert expected <= {after for _, after in made(source)}
    if not expected:
        assert made(source) == []


def test_every_mutant_is_another_program() -> None:
    for statement, _ in MUTANTS:
        source = IN_FUNCTION.format(statement).encode()
        programs = [ast.dump(ast.parse(mutant.apply(source))) for mutant in mutants_of(PATH, source)]
        assert len(dict.fromkeys([*programs, ast.dump(ast.parse(source))])) == len(programs) + 1


SOURCES = {PATH: b"def f(a, b):\n    if a < 10 and b:\n        b += 1\n    return a * b + 2\n"}


def sampled(sources: dict[str, bytes], seed: int, count: int) -> list[Mutant]:
    return sample(mutants_of(PATH, sources[PATH]), sources, seed, count)


def test_a_sample_is_of_the_size_asked_for_and_in_order() -> None:
    everything = mutants_of(PATH, SOURCES[PATH])
    assert sampled(SOURCES, 42, 10_000) == everything
    five = sampled(SOURCES, 42, 5)
    assert five == [mutant for mutant in everything if mutant in five]
    assert len(five) == 5
    assert all(mutant in sampled(SOURCES, 42, 6) for mutant in five)
    assert any(sampled(SOURCES, seed, 5) != five for seed in range(3))


def test_an_edit_elsewhere_draws_the_same() -> None:
    moved = {PATH: b"import sys\n\n\n" + SOURCES[PATH]}
    here = [mutant.show(SOURCES[PATH]) for mutant in sampled(SOURCES, 42, 5)]
    assert [mutant.show(moved[PATH]) for mutant in sampled(moved, 42, 5)] == here
