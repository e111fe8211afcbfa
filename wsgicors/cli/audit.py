"""``wsgicors audit`` and ``flask cors``: who may read what in an app.

Flask imports this module for every command of its own, so it stands on click alone; what lays
tables out is imported when there is one to print.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .loading import load_app

if TYPE_CHECKING:
    from ..auditing import Document

EXIT_FOUND = 1
"""The exit status for findings that ``--fail-on`` asks for; click's own for misuse is 2."""

FORMATS = ("table", "markdown", "json")
SEVERITIES = ("error", "warning", "info")

Command = TypeVar("Command", bound=Callable[..., None])


def _options(command: Command) -> Command:
    """Add what both commands take."""
    for option in (
        click.option(
            "--ignore", multiple=True, metavar="CODE", help="Leave findings with this code out."
        ),
        click.option(
            "--fail-on",
            type=click.Choice(SEVERITIES),
            help="Exit with status 1 if there is a finding of this severity or a worse one.",
        ),
        click.option(
            "--diff",
            "old",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="OLD.json",
            help="Show what changed since an audit with --format json, in place of all routes.",
        ),
        click.option(
            "--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.option("--app", "spec", required=True, metavar="MODULE:APP", help="The app to look at.")
@_options
def audit(spec: str, **options: Any) -> None:
    """Show who may read what: every route, its policy, and what to look at."""
    _run(load_app(spec), **options)


@click.command("cors")
@_options
@click.pass_context
def flask_cors(context: click.Context, /, **options: Any) -> None:
    """Show who may read what in this app: every route, its CORS policy, and what to look at."""
    from flask.cli import ScriptInfo

    _run(context.ensure_object(ScriptInfo).load_app(), **options)


def _run(
    app: object, format_: str, old: Path | None, fail_on: str | None, ignore: tuple[str, ...]
) -> None:
    from ..auditing import CODES, audit, diff, document, survey

    if unknown := [code for code in ignore if code not in CODES]:
        raise click.UsageError(f"no finding has the code {unknown[0]!r}")
    try:
        found = survey(app)
    except Exception as error:  # a table that cannot work, or a resolver's own
        raise click.UsageError(str(error) or repr(error)) from error
    findings = [finding for finding in audit(found) if finding.code not in ignore]
    changes = diff(_read(old), document(found.rows)) if old is not None else None
    if format_ == "json":
        from .reports import as_json

        click.echo(as_json(found.rows, findings, changes))
    elif format_ == "markdown":
        from .reports import as_markdown

        click.echo(as_markdown(found.rows, findings, changes))
    else:
        try:
            from .tables import print_tables
        except ImportError as error:
            raise click.UsageError(
                f"tables need {error.name}; install 'wsgicors-toolkit[cli]', "
                f"or ask for --format markdown or json"
            ) from error
        print_tables(found.rows, findings, changes)
    if fail_on is not None:
        failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        if any(finding.severity in failing for finding in findings):
            raise SystemExit(EXIT_FOUND)


def _read(path: Path) -> "Document":
    from ..auditing import read_document

    try:
        return read_document(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path}: {error}") from error
