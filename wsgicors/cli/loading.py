"""Import the app that a command names, in the forms that gunicorn and Flask take."""

import ast
import difflib
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import click

from .._core.packages import is_installed
from .._frameworks import app_with
from .._wrappers import look_through, with_cors
from .candidates import names_of_apps

NAMES = ("app", "application", "create_app", "make_app")
"""What an app or its factory is called, if only the module is given."""


UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What Python raises for text that is not an expression, or has too many parts."""

_NAMED = {
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
}
"""The kinds of parameters that have a meaning of their own."""


_WSGI = inspect.Signature(
    [
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY)
        for name in ("environ", "start_response")
    ]
)


class Module(NamedTuple):
    """A module that a command names, which is not imported yet."""

    name: str
    file: Path | None
    """Its file, if the command has the path of it."""

    def load(self) -> object:
        """Import it.

        :raises click.BadParameter: if there is no such module.
        :raises Exception: of any kind, if its code does.
        """
        return _import(self.name, self.file)


class _Named(NamedTuple):
    """What comes after the colon, as in ``create_app("testing")``."""

    attributes: Sequence[str]
    is_called: bool = False
    arguments: Sequence[Any] = ()
    keywords: Mapping[str, Any] = {}


def load_app(spec: str) -> object:
    """Import ``"module:app"``, or what ``"module:create_app()"`` returns.

    The module may be a file. Arguments are literals. A factory that needs none is called without
    parentheses too, and without a name one of :data:`NAMES` is taken.

    :raises click.BadParameter: if there is no such app, or creating it raises.
    """
    module_name, colon, given = spec.strip().partition(":")
    named = _parse(given) if colon else None
    module = find_module(module_name, "module:app")
    if module is None or (colon and named is None):
        raise click.BadParameter(
            f"{spec!r} is not an app; use 'module:app' or 'module:make()'; arguments are literals"
        )
    try:
        found = module.load()
        app = _find_app(found, module_name) if named is None else _call(found, named)
        if _is_factory(app):
            app = app()
    except (click.BadParameter, KeyboardInterrupt):
        raise
    except BaseException as error:  # raised by the code of the app
        message = f"{spec!r} raised {describe(error, repr)} in {Path.cwd()}; fix that first:\n\n"
        raise click.BadParameter(message + traceback.format_exc()) from error
    if not callable(app):
        instead = f"; use {use}" if (use := app_with(app)) else ""
        raise click.BadParameter(f"{spec!r} is {app!r:.80}, which is not a WSGI app{instead}")
    signature = _signature_of(app)
    if not _takes(signature, {}, None):
        raise click.BadParameter(
            f"{spec!r} takes {signature}, so it is not a WSGI app; if it makes one, use "
            f"'{spec}(...)' with its arguments"
        )
    return app


def describe(error: BaseException, show: Callable[[BaseException], str]) -> str:
    """Return an exception of an app as a text; only its type if its own code raises, too."""
    try:
        return show(error)
    except Exception:
        return type(error).__name__


def find_module(given: str, example: str) -> Module | None:
    """Return the module that has a dotted name or a path; ``None`` if the text is neither.

    The current directory is then on the import path.

    :param example: what to use instead of a path that cannot be read.
    :raises click.BadParameter: if there is no such file.
    """
    try:
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.insert(0, here)
        file = _file_of(given)
    except (OSError, ValueError) as error:  # of the file system
        raise click.BadParameter(
            f"{given!r:.80} cannot be read: {error}; use {example!r}"
        ) from error
    is_module = file is not None or all(map(str.isidentifier, given.split(".")))
    return Module(given, file) if is_module else None


def module_file(spec: str) -> Path | None:
    """Return the file of the module that an app was loaded from, if it has one."""
    name = spec.strip().partition(":")[0]
    file = _file_of(name) or getattr(sys.modules.get(name), "__file__", None)
    return None if file is None else Path(file)


def find_other_copy(file: Path) -> Path | None:
    """Return the file of the current directory that is not used, if a copy of it is installed."""
    if not is_installed(str(file)):
        return None
    names = [file.relative_to(root) for root in sys.path if file.is_relative_to(root)]
    return next((copy for name in names for copy in Path().glob(f"*/{name}")), None)


def _parse(given: str) -> _Named | None:
    """Read a dotted name or a call of it; ``None`` for anything else."""
    try:
        tree = ast.parse(given.strip(), mode="eval").body
        call = tree if isinstance(tree, ast.Call) else None
        names = ast.unparse(call.func if call else tree).split(".")
        is_unpacked = call is not None and any(one.arg is None for one in call.keywords)
        if is_unpacked or not all(map(str.isidentifier, names)):
            return None
        if call is None:
            return _Named(names)
        keywords = {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
        return _Named(names, True, [ast.literal_eval(one) for one in call.args], keywords)
    except (*UNREADABLE, TypeError):  # the last one for a list as the key of a dict
        return None


def _file_of(given: str) -> Path | None:
    """Return the file of a module that is given as a path; ``None`` if it is given by its name."""
    file = Path(given).resolve()
    if "/" not in given and "\\" not in given and not (file.suffix == ".py" and file.is_file()):
        return None
    if file.is_dir():
        file /= "__init__.py"
    if not file.is_file():
        raise click.BadParameter(f"cannot find the file {str(file)!r}; use the path of a module")
    if file.suffix != ".py":
        raise click.BadParameter(
            f"{str(file)!r} is not a Python module; use a file whose name ends with .py"
        )
    return file


def _import(name: str, file: Path | None) -> object:
    if file is not None:
        return _import_file(file)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not f"{name}.".startswith(f"{error.name}."):
            raise  # the module exists, and imports one that does not
        message = f"cannot find the module {error.name!r} in {Path.cwd()} or on the import path"
        advice = "use the name as in 'import', or the path of the file"
        parent, _, attribute = name.rpartition(".")
        if hasattr(sys.modules.get(parent), attribute):
            advice = f"use '{parent}:{attribute}'"
        raise click.BadParameter(f"{message}; {advice}") from None


def _import_file(file: Path) -> object:
    """Import a file by the name that it has from the folder around its package."""
    names, folder = [] if file.name == "__init__.py" else [file.stem], file.parent
    while (folder / "__init__.py").is_file():
        names.insert(0, folder.name)
        folder = folder.parent
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    name = ".".join(names)
    module = importlib.import_module(name)
    found = getattr(module, "__file__", None)
    if found is None or Path(found).resolve() != file:
        raise click.BadParameter(
            f"the module {name!r} is {found or 'part of Python'}, not {file}; rename the file"
        )
    return module


def _find_app(module: object, name: str) -> Any:
    """Return the app of a module with CORS, or else its app or factory, by the usual names."""
    found = [one for usual in NAMES if callable(one := getattr(module, usual, None))]
    app = next((one for one in found if with_cors(look_through(one))), next(iter(found), None))
    if app is None:
        names = ", ".join(map(repr, NAMES[:-1]))
        raise click.BadParameter(
            f"{name!r} has no {names} or {NAMES[-1]!r}; use '{name}:' and the name of the app"
        )
    return app


def _call(module: object, named: _Named) -> Any:
    """Return what has a name in a module, or what it returns."""
    try:
        found: Any = reduce(getattr, named.attributes, module)
    except AttributeError as error:
        is_last = error.name == named.attributes[-1]
        known = names_of_apps(error.obj, named.is_called) if is_last else dir(error.obj)
        near = difflib.get_close_matches(str(error.name), known, n=1) or known[:1] * (not known[1:])
        advice = repr(near[0]) if near else "the name of the app, or 'make()' for its factory"
        raise click.BadParameter(f"{error}; use {advice}") from None
    return found(*named.arguments, **named.keywords) if named.is_called else found


def _signature_of(app: Callable[..., object]) -> inspect.Signature:
    """Return the parameters of a callable; those of a WSGI app if they are not known."""
    try:
        return inspect.signature(app)
    except ValueError:  # some built-in and compiled callables have no signature
        return _WSGI


def _is_factory(app: Any) -> bool:
    """Return whether something can be called without arguments, so that it is not a WSGI app.

    A function that takes any arguments may be a decorated WSGI app.
    """
    if not callable(app):
        return False
    signature = _signature_of(app)
    kinds = {one.kind for one in signature.parameters.values()}
    is_decorated = inspect.Parameter.VAR_POSITIONAL in kinds and not kinds & _NAMED
    return _takes(signature) and not is_decorated


def _takes(signature: inspect.Signature, *arguments: object) -> bool:
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True
