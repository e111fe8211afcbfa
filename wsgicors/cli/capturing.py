"""Keeps the output of a command apart from what the code of an app writes.

Such code may also write without ``print()``: in subprocesses, in threads, in compiled code, and
when Python ends. All of that reaches the descriptors of the process.
"""

import io
import os
import sys
from collections.abc import Callable, Generator
from contextlib import (
    AbstractContextManager,
    contextmanager,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from tempfile import TemporaryFile

import click

from .._core.headers import visible
from .misuse import Misuse, expectation, show, unwritable
from .streams import visible_lines, write

STDOUT, STDERR = 1, 2

Write = Callable[[str], object]


def capturing() -> AbstractContextManager[Write]:
    """Return a context whose value writes to standard output.

    Whatever else is written in the context is shown as errors at its end. If the command fails,
    its own message is the only line.
    """
    return _descriptors() if _has_descriptors() else _streams()


def _has_descriptors() -> bool:
    """Return whether standard output is that of the process; in tests it may be another object."""
    try:
        return sys.stdout.fileno() == STDOUT
    except (OSError, ValueError):
        return False


@contextmanager
def _streams() -> Generator[Write]:
    """Capture what is written to the streams of Python."""
    printed, output = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        yield output.write
    click.echo(visible_lines(printed.getvalue()), nl=False, err=True)
    write(output.getvalue())


@contextmanager
def _descriptors() -> Generator[Write]:
    """Capture what is written to the descriptors of the process.

    Standard output becomes standard error until the process ends, or nothing if the command fails.
    """
    encoding = sys.stdout.encoding
    errors, output = _duplicate(STDERR), os.dup(STDOUT)

    def write_all(text: str) -> None:
        rest = text.encode(encoding, "backslashreplace")
        try:
            while rest:
                rest = rest[os.write(output, rest) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.UsageError(unwritable(error)) from error

    with TemporaryFile() as printed:
        _point_to(printed.fileno())
        try:
            yield write_all
        except click.UsageError as error:
            _point_to(os.open(os.devnull, os.O_WRONLY))
            raise Misuse(visible(expectation(error)), errors) from error
        except BaseException:
            _point_to(errors)
            raise
        _point_to(errors)
        printed.seek(0)
        show(visible_lines(printed.read().decode(encoding, "backslashreplace")), errors)


def _duplicate(descriptor: int) -> int:
    """Return another descriptor of a stream; if it is closed, both lead nowhere."""
    try:
        return os.dup(descriptor)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
        return os.dup(descriptor)


def _point_to(descriptor: int) -> None:
    """Let standard output and standard error lead elsewhere from now on."""
    for stream in sys.stdout, sys.stderr:  # the code of the app may have closed or replaced them
        with suppress(AttributeError, OSError, ValueError):
            stream.flush()
    os.dup2(descriptor, STDOUT)
    os.dup2(descriptor, STDERR)
