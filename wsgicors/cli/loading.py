"""Import the app that a command names."""

import difflib
import importlib
import pkgutil
import sys
import traceback
from pathlib import Path

import click


def load_app(spec: str) -> object:
    """Import ``"module:app"``, or call ``"module:make()"``, also from the current directory.

    :raises click.BadParameter: if there is no such app, or creating it raises.
    """
    module_name, _, name = spec.partition(":")
    _reject_path(module_name, name)
    names = f"{module_name}.{name.removesuffix('()')}".split(".")
    if not all(map(str.isidentifier, names)):
        raise click.BadParameter(f"{spec!r} is not an app; use 'module:app' or 'module:make()'")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        app = _resolve(module_name, spec)
    except click.BadParameter:
        raise
    except (Exception, SystemExit) as error:  # raised by the code of the app
        message = f"{spec!r} raised {error!r} in {here}; fix that first:\n\n"
        raise click.BadParameter(message + traceback.format_exc()) from error
    if not callable(app):
        raise click.BadParameter(f"{spec!r} is {app!r:.80}, which is not a WSGI app")
    return app


def _reject_path(given: str, name: str) -> None:
    """Raise an error for a path, with the name of its module."""
    file, here = Path(given).resolve(), Path.cwd()
    if "/" in given or "\\" in given or (file.suffix == ".py" and file.is_file()):
        is_here = file.is_relative_to(here)
        module = file.relative_to(here) if is_here else Path(file.name)
        change = "" if is_here else f"change to the directory {file.parent} and "
        use = f"use '{'.'.join(module.with_suffix('').parts)}:{name or 'app'}'"
        raise click.BadParameter(f"{given!r} is a path; {change}{use}")


def _resolve(module_name: str, spec: str) -> object:
    try:
        importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not f"{module_name}.".startswith(f"{error.name}."):
            raise  # the module exists, and imports one that does not
        message = f"cannot find the module {error.name!r} in {Path.cwd()} or on the import path"
        advice = "use the name as in 'import', or change to the directory of the module"
        raise click.BadParameter(f"{message}; {advice}") from None
    try:
        found = pkgutil.resolve_name(spec.removesuffix("()"))
    except AttributeError as error:
        near = difflib.get_close_matches(str(error.name), dir(error.obj), n=1)
        advice = repr(near[0]) if near else "the name of the app, or 'make()' for its factory"
        raise click.BadParameter(f"{error}; use {advice}") from None
    return found() if spec.endswith("()") else found
