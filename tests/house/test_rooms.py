"""The house plan, held against every file under tools/."""

from __future__ import annotations

import pytest

from tests.house import checks
from tests.house.test_bans import DECIDING_BANS, TOOLS_RULES
from tests.house.tree import imported, reachable, sources, third_party

DEMO = "tools/live/exec_demo.py"

# Every `det-ok` mark in the deciding files, counted, so that each new one is seen in review.
MARKS: dict[str, int] = {
    "tools/core/plugins.py": 1,
    "tools/core/units.py": 1,
    "tools/live/holding.py": 4,  # a kill and a comparison of books go on, whoever fails
    "tools/live/sending.py": 6,  # the same; and an order that may have left
    "tools/risk/exposure.py": 1,
    "tools/risk/figures.py": 1,
}

# What may be longer than 300 lines (a file, named by "") or 60 (a function), and why.
LONGER: dict[tuple[str, str], str] = {
    ("tools/core/market.py", "MarketState.__init__"): "one parameter and one line per field of the record",
    ("tools/observer/metrics.py", "Metrics.__init__"): "one parameter and one line per field of the record",
    ("tools/engine/state.py", "StateEngine.step"): "one line per field of the record that it fills",
}

FILES = sources()
DECIDING = [path for path in FILES if checks.is_deciding(path)]


def test_the_files_are_found() -> None:
    assert "tools/core/units.py" in DECIDING


@pytest.mark.parametrize("path", DECIDING)
def test_deciding_file_keeps_every_ban(path: str) -> None:
    source = FILES[path]
    found = [finding for check in DECIDING_BANS for finding in check(source, path)]
    assert checks.unmarked(source, found) == []
    needed = {checks.line_of(finding) for finding in found}
    idle = [line for line in checks.marks(source) if line not in needed]
    assert idle == [], f"{path}: these lines are marked det-ok and need no mark"


def test_marks_are_those_counted_here() -> None:
    counted = {path: len(checks.marks(FILES[path])) for path in FILES}
    assert {path: count for path, count in counted.items() if count} == MARKS


@pytest.mark.parametrize("path", FILES)
def test_file_keeps_the_rules_of_the_house(path: str) -> None:
    assert [finding for rule in TOOLS_RULES for finding in rule(FILES[path], path)] == []


@pytest.mark.parametrize("path", FILES)
def test_file_and_functions_are_short(path: str) -> None:
    over = {
        name: lines for name, lines in checks.long_parts(FILES[path]).items() if (path, name) not in LONGER
    }
    assert over == {}, (
        f"{path}: at most {checks.MAX_FILE_LINES} lines a file, {checks.MAX_FUNCTION_LINES} a function"
    )


def test_listed_exceptions_are_still_needed() -> None:
    idle = [part for part in LONGER if part[1] not in checks.long_parts(FILES.get(part[0], ""))]
    assert idle == []


@pytest.mark.parametrize("path", DECIDING)
def test_deciding_file_needs_the_standard_library_only(path: str) -> None:
    assert third_party(FILES[path], everywhere=True) == []


def test_what_the_demo_loads_needs_the_standard_library_only() -> None:
    loaded = reachable([DEMO], FILES)
    assert "tools/core/units.py" in loaded
    assert {path: third_party(FILES[path], everywhere=False) for path in loaded} == {
        path: [] for path in loaded
    }


def test_walk_follows_packages_and_what_is_loaded_and_nothing_else() -> None:
    files = {
        "tools/__init__.py": "",
        "tools/live/__init__.py": "import yaml",
        "tools/live/demo.py": "from tools.core import units\ndef f():\n    import tools.lab.late",
        "tools/core/__init__.py": "",
        "tools/core/units.py": "if TYPE_CHECKING:\n    import tools.lab.typed\nimport json, numpy.linalg",
        "tools/lab/late.py": "",
        "tools/lab/typed.py": "",
    }
    loaded = reachable(["tools/live/demo.py"], files)
    assert loaded == [path for path in sorted(files) if not path.startswith("tools/lab/")]
    assert third_party(files["tools/live/__init__.py"], everywhere=False) == ["yaml"]
    assert third_party(files["tools/core/units.py"], everywhere=False) == ["numpy"]
    assert "tools.lab.late" in imported(files["tools/live/demo.py"], everywhere=True)
