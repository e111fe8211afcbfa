"""Finding the app that a command is about."""

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
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found = _find(module_name, name)
    except (Exception, SystemExit) as error:
        click.echo(traceback.format_exc(), err=True)
        raise click.BadParameter(f"{spec!r}, from {here}: {error!r}") from error
    if not callable(found):
        raise click.BadParameter(f"{spec!r} is {found!r:.80}, and no WSGI app")
    return found


def _find(module_name: str, name: str) -> object:
    found: Any = importlib.import_module(module_name)
    for part in name.removesuffix("()").split("."):
        found = getattr(found, part)
    return found() if name.endswith("()") else found
