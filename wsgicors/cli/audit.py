"""The commands ``wsgicors audit`` and ``flask cors``: list who may read what in an app.

Flask imports this module for each of its own commands, so it needs only click when imported.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .loading import load_app
from .streams import visible_lines, write

if TYPE_CHECKING:
    from ..auditing import Document

EXIT_FOUND = 1
"""The exit status for findings that ``--fail-on`` names; for misuse, click exits with 2."""

FORMATS = ("table", "markdown", "json")
SEVERITIES = ("error", "warning", "info")

Command = TypeVar("Command", bound=Callable[..., None])


def _options(command: Command) -> Command:
    """Add the options that both commands share."""
    for option in (
        click.option(
            "--ignore", multiple=True, metavar="CODE", help="Leave out findings with this code."
        ),
        click.option(
            "--fail-on",
            type=click.Choice(SEVERITIES),
            help="Exit with status 1 if there is a finding of this severity or worse.",
        ),
        click.option(
            "--diff",
            "old",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="OLD.json",
            help="Show changes since an audit made with --format json, instead of all routes.",
        ),
        click.option(
            "--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.option(
    "--app",
    "spec",
    required=True,
    metavar="MODULE:APP",
    help="The app to audit, or what makes it: module:create_app, or a file.",
)
@_options
def audit(spec: str, **options: Any) -> None:
    """List every route with its CORS policy, and what to check."""
    _run(load_app(spec), **options)


@click.command("cors")
@_options
@click.pass_context
def flask_cors(context: click.Context, /, **options: Any) -> None:
    """List every route of this app with its CORS policy, and what to check."""
    from flask.cli import ScriptInfo

    _run(context.ensure_object(ScriptInfo).load_app(), **options)


def _run(
    app: object, format_: str, old: Path | None, fail_on: str | None, ignore: tuple[str, ...]
) -> None:
    from ..auditing import CODES, audit, diff, document, survey

    if unknown := [code for code in ignore if code not in CODES]:
        known = ", ".join(sorted(CODES))
        raise click.UsageError(f"{unknown[0]!r} is not the code of a finding; use one of: {known}")
    try:
        found = survey(app)
    except Exception as error:  # a policy that cannot work, or an error in the app's resolver
        raise click.UsageError(visible_lines(str(error) or repr(error))) from error
    findings = [finding for finding in audit(found) if finding.code not in ignore]
    changes = diff(_read(old), document(found.rows)) if old is not None else None
    if format_ == "json":
        from .markdown import as_json

        write(as_json(found.rows, findings, changes) + "\n")
    elif format_ == "markdown":
        from .markdown import as_markdown

        write(as_markdown(found.rows, findings, changes) + "\n")
    else:
        try:
            from .terminal import print_tables
        except ImportError as error:
            raise click.UsageError(
                "tables need rich; use: python -m pip install rich, or --format markdown or json"
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
        raise click.UsageError(visible_lines(f"{path}: {error}")) from error
