"""The commands ``wsgicors audit`` and ``flask cors``: list who may read what in an app.

Flask imports this module for each of its own commands, so it needs only click when imported.
"""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from .._core.places import without_warnings
from .failing import EXIT_FOUND, SEVERITIES, reaches
from .loading import find_other_copy, load_app, module_file
from .streams import visible_lines, write

if TYPE_CHECKING:
    from ..auditing import Change, Document, Finding, Survey

FORMATS = ("table", "markdown", "json", "sarif", "github")

Command = TypeVar("Command", bound=Callable[..., None])


def _options(command: Command) -> Command:
    """Add the options that both commands share."""
    for option in (
        click.option(
            "--ignore", multiple=True, metavar="CODE", help="Leave out findings with this code."
        ),
        click.option(
            "--fail-on",
            multiple=True,
            type=click.Choice([*SEVERITIES, "wider"]),
            help="Exit with status 1 if there is a finding of this severity or worse; with --diff, "
            "a new one. wider: if pages may do more than in OLD.json. Can be given several times.",
        ),
        click.option(
            "--diff",
            "old",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="OLD.json",
            help="Show changes and new findings since an audit made with --format json.",
        ),
        click.option(
            "--findings-only", is_flag=True, help="Leave out policies, routes and changes."
        ),
        click.option(
            "--format",
            "format_",
            type=click.Choice(FORMATS),
            default="table",
            show_default=True,
            help="Format of the output.",
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
@without_warnings()
def audit(spec: str, **options: Any) -> None:
    """List every route with its CORS policy, and what to check."""
    app = load_app(spec)
    _run(app, module_file(spec), name=spec.strip().partition("(")[0], **options)


@click.command("cors")
@_options
@click.pass_context
@without_warnings()
def flask_cors(context: click.Context, /, **options: Any) -> None:
    """List every route of this app with its CORS policy, and what to check."""
    from flask.cli import ScriptInfo

    app = context.ensure_object(ScriptInfo).load_app()
    _run(app, module_file(app.import_name), **options)


class Report(NamedTuple):
    """What an audit found."""

    survey: "Survey"
    findings: "Sequence[Finding]"
    """All findings, or in a comparison the new ones."""
    changes: "Sequence[Change] | None"
    """The changes since an earlier audit; ``None`` without a comparison."""
    file: Path | None
    """The file that makes the app."""
    findings_only: bool


def _run(
    app: object,
    file: Path | None,
    format_: str,
    old: Path | None,
    fail_on: tuple[str, ...],
    ignore: tuple[str, ...],
    findings_only: bool,
    name: str = "",
) -> None:
    from ..auditing import CODES, audit, diff, document, new_findings, survey

    if unknown := [code for code in ignore if code not in CODES]:
        known = ", ".join(sorted(CODES))
        raise click.UsageError(f"{unknown[0]!r} is not the code of a finding; use one of: {known}")
    if "wider" in fail_on and old is None:
        raise click.UsageError(
            "--fail-on wider compares with an earlier audit; use it with --diff OLD.json"
        )
    _warn_of_another_copy(file)
    try:
        found = survey(app)
    except Exception as error:  # a policy that cannot work, or an error in the app's resolver
        which = f"{name}: " if name and type(error) is TypeError else ""
        raise click.UsageError(visible_lines(which + (str(error) or repr(error)))) from error
    found = found._replace(about=found.about._replace(name=name or found.about.name))
    findings = [finding for finding in audit(found) if finding.code not in ignore]
    changes = None
    if old is not None:
        before, after = _read(old), document(found)
        changes, findings = diff(before, after), new_findings(before, after, findings)
        _warn_of_another_app(old, before, after)
        _warn_of_another_configuration(old, before, after)
    report = Report(found, findings, changes, file, findings_only)
    if format_ == "table":
        _print(report)
    else:
        write(_render(report, format_) + "\n")
    if _fails(report, fail_on):
        raise SystemExit(EXIT_FOUND)


def _fails(report: Report, fail_on: Collection[str]) -> bool:
    if "wider" in fail_on and any(change.wider for change in report.changes or ()):
        return True
    named = [name for name in fail_on if name != "wider"]
    return reaches([finding.severity for finding in report.findings], named)


def _warn_of_another_copy(file: Path | None) -> None:
    """Warn if the code in the repository is not audited, so that a comparison finds no change."""
    if file is not None and (copy := find_other_copy(file)) is not None:
        message = (
            f"Warning: the app is imported from {file}, and not from {copy.as_posix()}; use: "
            f"python -m pip install -e ."
        )
        click.echo(visible_lines(message), err=True)


def _warn_of_another_app(path: Path, before: "Document", after: "Document") -> None:
    old_urls, urls = (
        {row["url"] for row in audit["rows"] if row["source"]["kind"] != "404"}
        for audit in (before, after)
    )
    if old_urls and old_urls.isdisjoint(urls):
        message = f"Warning: no URL of {path} is in this app; use an earlier audit of the same app"
        click.echo(visible_lines(message), err=True)


def _warn_of_another_configuration(path: Path, before: "Document", after: "Document") -> None:
    """Warn if settings outside the code, such as debug mode, may be what changed."""
    old = before.get("app")
    names = ("framework", "debug", "configuration")
    values = [(name, old.get(name), after["app"].get(name)) for name in names] if old else []
    if changed := [f"{name}: {was!r}, now {now!r}" for name, was, now in values if was != now]:
        message = (
            f"Warning: {path} was made with other settings ({'; '.join(changed)}); use the same "
            f"settings for both audits"
        )
        click.echo(visible_lines(message), err=True)


def _print(report: Report) -> None:
    try:
        from .terminal import print_changes, print_tables
    except ImportError as error:
        raise click.UsageError(
            "tables need rich; use: python -m pip install rich, or --format markdown or json"
        ) from error
    if report.changes is None:
        print_tables(report.survey, report.findings, findings_only=report.findings_only)
    else:
        print_changes(report.changes, report.findings, findings_only=report.findings_only)


def _render(report: Report, format_: str) -> str:
    from . import changes, markdown

    if format_ in ("sarif", "github"):
        return _annotate(report, format_)
    if report.changes is None:
        write_audit = markdown.as_json if format_ == "json" else markdown.as_markdown
        return write_audit(report.survey, report.findings, findings_only=report.findings_only)
    write_changes = changes.as_json if format_ == "json" else changes.as_markdown
    return write_changes(report.changes, report.findings, findings_only=report.findings_only)


def _annotate(report: Report, format_: str) -> str:
    from .annotations import annotate
    from .changes import summary
    from .github import as_commands
    from .reports import count_findings
    from .sarif import as_sarif

    is_comparison = report.changes is not None
    changes = report.changes or ()
    annotations = annotate(report.survey.all_rows, report.findings, changes, report.file)
    if format_ == "sarif":
        try:
            return as_sarif(annotations, is_comparison)
        except ValueError as error:
            raise click.UsageError(visible_lines(str(error))) from error
    counted = (
        summary(changes, report.findings) if is_comparison else count_findings(report.findings)
    )
    return as_commands(annotations, counted)


def _read(path: Path) -> "Document":
    from ..auditing import read_document

    try:
        return read_document(path.read_bytes())
    except (OSError, ValueError) as error:
        raise click.UsageError(visible_lines(f"{path}: {error}")) from error
