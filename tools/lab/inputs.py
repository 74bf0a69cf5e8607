"""Finding the inputs of a recorded run again."""

from collections.abc import Sequence
from pathlib import Path

from tools.core.errors import InputError
from tools.live.feeds import InputFile, describe_input


def find_input(wanted: InputFile, paths: Sequence[str]) -> str:
    """Return the path that holds an input's bytes under its name, which the report repeats."""
    there = [path for path in paths if Path(path).is_file()]
    for path in there:
        if Path(path).name == wanted.name and describe_input(path) == wanted:
            return path
    if any(Path(path).name == wanted.name for path in there):
        raise InputError(f"{wanted.name}: its bytes are not those that the run read; give the original")
    for path in there:
        if describe_input(path).sha256 == wanted.sha256:
            raise InputError(f"{wanted.name}: is now called {Path(path).name}; give it its name back")
    raise InputError(f"{wanted.name}: not found; say where it is with --input FILE")
