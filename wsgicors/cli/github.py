"""An audit as workflow commands of GitHub Actions, which shows them at the lines of code."""

from collections.abc import Sequence

from .._core.headers import visible
from .annotations import ALL_CODES, Annotation

COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
"""The command for each severity."""


def as_commands(annotations: Sequence[Annotation], summary: str) -> str:
    """Return a command for each annotation, and the summary."""
    return "\n".join([*map(_command, annotations), visible(summary)])


def _command(annotation: Annotation) -> str:
    title = f"{annotation.code}: {ALL_CODES[annotation.code].meaning}"
    properties = {"title": title}
    if annotation.locations:
        path, line = annotation.locations[0]
        properties = {"file": path, "line": str(line), **properties}
    joined = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{COMMANDS[annotation.severity]} {joined}::{_value(annotation.message)}"


def _value(text: str) -> str:
    """Escape what would end a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape what would end a property of a command."""
    return _value(text).replace(":", "%3A").replace(",", "%2C")
