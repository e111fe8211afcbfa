"""The command ``wsgicors``, which needs the extra ``cli``."""

import errno
import os
import sys
from typing import Any

try:
    import click

    from .audit import audit
    from .check import check
    from .explain import explain
    from .export import export
    from .why import why
except ModuleNotFoundError as error:
    missing = (error.name or "").partition(".")[0]
    if missing not in ("ada_url", "click", "rich"):
        raise
    raise SystemExit(
        f"the command wsgicors needs {missing}; use: python -m pip install ada-url click rich"
    ) from None

from ..explaining.redaction import hide
from .streams import visible_lines

EXIT_MISUSED = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""The last two are what a shell reports for a program that such a signal ends."""


class Misuse(click.ClickException):
    """A command that was used incorrectly; unlike click's own error, it takes one line."""

    exit_code = EXIT_MISUSED


class Commands(click.Group):
    """A group that reports misuse in one line, and ends quietly where that is expected."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options of the group itself."""
        given = [*args]
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if not given:  # click shows the help
                raise
            raise Misuse(_expectation(error)) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            raise Misuse(_expectation(error)) from error
        except KeyboardInterrupt:
            raise SystemExit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            _discard_output()
            raise SystemExit(EXIT_BROKEN_PIPE) from None
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _discard_output()
            raise Misuse(f"cannot write the output: {error.strerror}; free some space") from error


def _discard_output() -> None:
    """Discard what is left in the buffer, which Python would write when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _expectation(error: click.UsageError) -> str:
    """Return what was wrong, and what was expected."""
    message = error.format_message()
    if isinstance(error, click.MissingParameter):
        message = " ".join(message.split())  # click lists choices on lines of their own
        if isinstance(error.param, click.Option):
            message = f"{message} {error.param.help}"
    shows_secrets = error.ctx is not None and error.ctx.params.get("show_secrets")
    return visible_lines(message if shows_secrets else hide(message))


@click.group(cls=Commands)
@click.version_option(package_name="wsgicors-toolkit")
def main() -> None:
    """CORS for WSGI: audit, check and export policies, and explain why a page is blocked."""


main.add_command(audit)
main.add_command(check)
main.add_command(explain)
main.add_command(why)
main.add_command(export)
