"""Make ``docs/reference/commands.md`` from the help of the commands."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from wsgicors.cli.audit import audit, flask_cors
from wsgicors.cli.main import main

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "commands.md"

MORE = {
    "audit": "[who may read what](../audit.md)",
    "explain": "[why a page is blocked](../explain.md)",
    "check": "[policies in a TOML file](../howto/policies-in-a-file.md)",
    "export": "[fonts, images and downloads from a web server](../howto/files.md)",
    "why": "[all codes](problems.md)",
    "cors": "[who may read what](../audit.md)",
}
"""The page about a command, by its name."""

HEAD = """# Commands: wsgicors and flask cors

Both need the extra `cli`: in a checkout, `python -m pip install '.[cli]'`. `--help` prints
the same.
"""


def page() -> str:
    """Return the page."""
    group = click.Context(main, info_name="wsgicors")
    parts = [HEAD]
    for name, command in main.commands.items():
        context = click.Context(command, parent=group, info_name=name)
        parts += [*_head(command, context), *_options(command, context)]
    flask = click.Context(click.Group(), info_name="flask")
    parts += _head(flask_cors, click.Context(flask_cors, parent=flask, info_name="cors"))
    if _names(audit) != _names(flask_cors) | {"spec"}:
        raise AssertionError("flask cors has other options than wsgicors audit")
    parts.append("The options are those of [`wsgicors audit`](#wsgicors-audit), without `--app`.\n")
    return "\n".join(parts)


def _names(command: click.Command) -> set[str | None]:
    return {parameter.name for parameter in command.params}


def _head(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"## {context.command_path}\n"
    yield f"```text\n{context.command_path} {usage}\n```\n"
    yield _as_markdown(inspect.cleandoc(command.help or "")) + "\n"
    if more := MORE.get(command.name or ""):
        yield f"More: {more}.\n"


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.params:
        names, text = parameter.get_help_record(context) or ("", "")
        if text:
            yield f"`{names}`\n: {_as_markdown(' '.join(text.split()))}\n"


def _as_markdown(text: str) -> str:
    """Return a help text with its options as code, whose hyphens stay as they are."""
    return re.sub(r"--[a-z][a-z-]*(?: json)?", r"`\g<0>`", text)
