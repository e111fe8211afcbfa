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

from .._core.headers import visible
from .misuse import Misuse, expectation, unwritable

EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""The last two are what a shell reports for a program that such a signal ends."""


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
            raise Misuse(expectation(error)) from error

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        if getattr(sys, "stdout", None) is None:  # if the descriptor is closed
            raise Misuse("standard output is closed; use a file or a pipe")
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            message = expectation(error)
            is_one_line = ctx.invoked_subcommand == export.name
            raise Misuse(visible(message) if is_one_line else message) from error
        except KeyboardInterrupt:
            raise SystemExit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            _discard_output()
            raise SystemExit(EXIT_BROKEN_PIPE) from None
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            _discard_output()
            raise Misuse(unwritable(error)) from error


def _discard_output() -> None:
    """Discard what is left in the buffer, which Python would write when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=Commands)
@click.version_option(package_name="wsgicors-toolkit")
def main() -> None:
    """CORS for WSGI: audit, check and export policies, and explain why a page is blocked."""


main.add_command(audit)
main.add_command(check)
main.add_command(explain)
main.add_command(why)
main.add_command(export)
