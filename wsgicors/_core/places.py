"""Places in the code of an app: where a policy is written, for warnings and the audit."""

import inspect
import os
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, Literal, NamedTuple, cast

from .packages import Owner, owner_of

FRAMEWORKS = frozenset({"bottle", "click", "django", "falcon", "flask", "pyramid", "werkzeug"})
"""Packages that call the library on behalf of an app, so that they define no policies."""

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")

_MAX_FILES = 1000
"""The most files that are remembered."""


class Place(NamedTuple):
    """A line of code."""

    file: str
    line: int
    module: str
    """The name of the module, which filters of warnings can name."""
    table: str = ""
    """The configuration value that has the policy, if this line only reads it."""

    def warn(self, message: str) -> None:
        """Issue a warning for this line; by default Python shows it once for a module or file."""
        if _is_silent.get():
            return
        names = getattr(sys.modules.get(self.module), "__dict__", {})
        if self.module == "wsgicors":  # a file of policies, which is not a module
            names = _files.setdefault(self.file, {})
        shown = names.setdefault("__warningregistry__", {})
        warnings.warn_explicit(message, UserWarning, self.file, self.line, self.module, shown)


_files: dict[str, dict[str, Any]] = {}
"""Which warnings Python has shown for each file of policies."""

_is_silent: ContextVar[bool] = ContextVar("_is_silent", default=False)
"""Whether no warnings are issued."""

NOWHERE = Place("<unknown>", 1, "wsgicors")
"""The place of warnings if that of the policy is not known."""


@contextmanager
def without_warnings() -> Generator[None]:
    """Issue no warnings in this block, for commands that report them by themselves."""
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def path_of_file(configured: object) -> str | None:
    """Return the path of a file of policies as text; ``None`` for another value."""
    if isinstance(configured, os.PathLike):
        return os.fsdecode(cast("os.PathLike[str]", configured))
    is_path = isinstance(configured, str) and configured.lower().endswith(".toml")
    return cast("str", configured) if is_path else None


class _Owners(dict[str, Owner | Literal["wsgicors"]]):
    """What each file is part of."""

    def __missing__(self, file: str) -> Owner | Literal["wsgicors"]:
        if len(self) >= _MAX_FILES:
            self.clear()
        is_own = os.path.abspath(file).startswith(_PACKAGE)
        self[file] = "wsgicors" if is_own else owner_of(file)
        return self[file]


_owners = _Owners()


def calling_place() -> Place | None:
    """Return the line that has called the library.

    It is the nearest line of the app, or that of an installed package which has called the library
    itself: an app can be installed too. It takes few calls, because test suites make an app for
    each test.

    :returns: ``None`` if only frameworks and servers have called it, as in a server's thread.
    """
    frame, is_direct = inspect.currentframe(), True
    while frame is not None:
        owner = _owners[frame.f_code.co_filename]
        is_package = owner == "package"
        if owner == "app" or (is_package and is_direct and not _is_framework(frame)):
            names = frame.f_globals
            return Place(frame.f_code.co_filename, frame.f_lineno, names.get("__name__", ""))
        is_direct = is_direct and not is_package
        frame = frame.f_back
    return None


def _is_framework(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__", "").partition(".")[0] in FRAMEWORKS
