"""Plug-ins are one file each: a module of a package, found by the name in the configuration."""

from importlib import import_module  # det-ok: loads our own code by its name, reads no data
from types import ModuleType

from tools.core.errors import ConfigError


def load_plugin(package: str, name: str) -> ModuleType:
    """Return the plug-in module `name` of `package`; it has ``Config``, ``EXAMPLES``, ``build``.

    Raises
    ------
    ConfigError
        There is no such file in the package, or it is not a plug-in.
    """
    module: ModuleType | None = None
    if name.isidentifier() and not name.startswith("_"):
        path = f"{package}.{name}"
        try:
            module = import_module(path)
        except ModuleNotFoundError as error:
            if error.name != path:  # the plug-in is there, but something it needs is not
                raise
    if module is None:
        raise ConfigError(f"{package}: there is no plug-in named {name!r}")
    for part in ("Config", "EXAMPLES", "build"):
        if not hasattr(module, part):
            raise ConfigError(f"{package}.{name}: a plug-in needs {part}, which this file does not have")
    return module
