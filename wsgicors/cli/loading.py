"""Finding the app that a command is about."""

import difflib
import importlib
import sys
import traceback
from pathlib import Path
from typing import Any

import click


def load_app(spec: str) -> object:
    """Import ``"module:attribute"``, or call ``"module:factory()"``; here, as ``python -m`` would.

    :raises click.BadParameter: if there is no such app, or making it raises.
    """
    module_name, colon, name = spec.partition(":")
    if not module_name or not colon or not name:
        raise click.BadParameter(f"{spec!r} names no app; write 'module:app' or 'module:make()'")
    file, here = Path(module_name).resolve(), str(Path.cwd())
    if "/" in module_name or "\\" in module_name or (file.suffix == ".py" and file.is_file()):
        write = f"write '{'.'.join(_from_here(file).with_suffix('').parts)}:{name}'"
        go = "" if file.is_relative_to(here) else f"go to {file.parent} and "
        raise click.BadParameter(f"{module_name!r} is a path; {go}{write}")
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = _find(module_name, name)
    except click.BadParameter:
        raise
    except (Exception, SystemExit) as error:  # the app's own
        told = f"{spec!r} raised {error!r}, from {here}; mend that first"
        raise click.BadParameter(f"{told}:\n\n{traceback.format_exc()}") from error
    if not callable(found):
        raise click.BadParameter(f"{spec!r} is {found!r:.80}, and no WSGI app")
    return found


def _from_here(file: Path) -> Path:
    """Return a path below this directory as it is from here, and the name alone of any other."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else Path(file.name)


def _find(module_name: str, name: str) -> object:
    found = _import(module_name)
    at = module_name
    for part in name.removesuffix("()").split("."):
        if not hasattr(found, part):
            near = difflib.get_close_matches(part, dir(found), n=1)
            advice = f"write {near[0]!r}" if near else "name the app, or 'make()' for its factory"
            raise click.BadParameter(f"{at!r} has no {part!r}; {advice}")
        found, at = getattr(found, part), part
    return found() if name.endswith("()") else found


def _import(module_name: str) -> Any:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if not f"{module_name}.".startswith(f"{missing}."):
            raise  # something that the module imports
        told = f"there is no module {missing!r} in {Path.cwd()}, and none is installed"
        advice = "write its name as in 'import', or go to the directory that it is in"
        raise click.BadParameter(f"{told}; {advice}") from None
