"""What `make compiled` builds, and that its copy of the checkout really runs what was built."""

from __future__ import annotations

import json

import pytest

from scripts import compiled
from tests.house.checks import DECIDING_FILES, is_deciding

MANIFEST = compiled.ROOT / compiled.MANIFEST
HERE_IS_COMPILED = MANIFEST.is_file()


def test_every_deciding_file_is_compiled_or_left_out_for_a_reason() -> None:
    files = compiled.deciding()
    assert set(DECIDING_FILES) <= {*files, *compiled.EXCLUDED}
    assert "tools/core/units.py" in files
    assert all(is_deciding(path) for path in (*files, *compiled.EXCLUDED))
    for path, reason in compiled.EXCLUDED.items():
        assert (compiled.ROOT / path).is_file() and reason, path


def test_every_test_that_is_left_out_has_a_reason_and_a_file() -> None:
    for name, reason in compiled.SOURCES_ONLY.items():
        assert (compiled.ROOT / name.partition("::")[0]).exists() and reason, name


@pytest.mark.parametrize(
    ("path", "module"),
    [("tools/core/units.py", "tools.core.units"), ("tools/core/__init__.py", "tools.core")],
)
def test_modules_are_named_after_their_files(path: str, module: str) -> None:
    assert compiled.module_of(path) == module


@pytest.mark.skipif(HERE_IS_COMPILED, reason="this is the compiled copy")
def test_sources_are_not_taken_for_extensions() -> None:
    modules = ["tools.core.units", "tools.live.exchange"]
    assert compiled.not_from_extensions(modules, compiled.ROOT) == modules
    assert compiled.not_from_extensions(["json"], compiled.ROOT) == ["json"]  # of no tree of ours


@pytest.mark.skipif(not HERE_IS_COMPILED, reason="this is no compiled copy; `make compiled` makes one")
def test_the_compiled_copy_loads_every_deciding_module_from_its_extension() -> None:
    modules = json.loads(MANIFEST.read_text(encoding="utf-8"))["modules"]
    assert modules == [compiled.module_of(path) for path in compiled.deciding()]
    assert compiled.not_from_extensions(modules, compiled.ROOT) == []


@pytest.mark.skipif(not HERE_IS_COMPILED, reason="this is no compiled copy; `make compiled` makes one")
def test_the_tests_of_the_compiled_copy_run_on_extensions() -> None:
    import tools.core.units
    import tools.engine.pipeline

    suffixes = (".so", ".pyd")
    assert str(tools.core.units.__file__).endswith(suffixes)
    assert str(tools.engine.pipeline.__file__).endswith(suffixes)
    assert type(tools.engine.pipeline.Pipeline.step).__name__ != "function"
