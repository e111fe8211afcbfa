"""What a command says if it was used incorrectly, or cannot write its output."""

import sys
from typing import IO, Any

import click

from ..explaining.redaction import hide
from .streams import visible_lines

EXIT_MISUSED = 2


class Misuse(click.ClickException):
    """A command that was used incorrectly; unlike click's own error, it takes one line."""

    exit_code = EXIT_MISUSED

    def __init__(self, message: str, descriptor: int | None = None) -> None:
        """Keep the message, and the descriptor to show it with if that is not standard error."""
        super().__init__(message)
        self.descriptor = descriptor

    def show(self, file: IO[Any] | None = None) -> None:
        """Show the message."""
        if self.descriptor is None:
            super().show(file)
        else:
            show(f"Error: {self.format_message()}\n", self.descriptor)


def show(text: str, descriptor: int) -> None:
    """Write text with a descriptor that is not needed afterwards."""
    encoding = getattr(sys.stderr, "encoding", None)
    with open(descriptor, "w", encoding=encoding, errors="backslashreplace") as stream:
        stream.write(text)


def expectation(error: click.UsageError) -> str:
    """Return what was wrong, and what was expected."""
    message = error.format_message()
    if isinstance(error, click.MissingParameter):
        message = " ".join(message.split())  # click lists choices on lines of their own
        if isinstance(error.param, click.Option):
            message = f"{message} {error.param.help}"
    shows_secrets = error.ctx is not None and error.ctx.params.get("show_secrets")
    return visible_lines(message if shows_secrets else hide(message))


def unwritable(error: OSError) -> str:
    """Return why the output cannot be written."""
    return f"cannot write the output: {error.strerror}; free some space"
