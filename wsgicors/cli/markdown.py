"""An audit as text: JSON for programs, Markdown for reviews."""

import re
from collections.abc import Iterable, Sequence

from .._core.headers import visible
from ..auditing import Finding, Row, describe, document
from .streams import json_text

ROUTE_HEADS = ["URL", "Methods", "Origins that may read", "Permissions", "Decided by", "Code"]
NO_ROUTES = "This app has no routes."


def as_json(rows: Sequence[Row], findings: Sequence[Finding]) -> str:
    """Return the JSON of an audit."""
    return json_text(document(rows, findings))


def as_markdown(rows: Sequence[Row], findings: Sequence[Finding]) -> str:
    """Return a Markdown table of the routes, and a list of findings."""
    cells = [
        [
            as_code(line.url),
            as_text(line.methods),
            "<br>".join(as_code(text) if "://" in text else as_text(text) for text in line.readers),
            "<br>".join(map(as_text, line.rights)),
            as_text(line.source),
            as_code(line.place),
        ]
        for line in describe(rows)
    ]
    table = _table(ROUTE_HEADS, cells) if cells else NO_ROUTES
    return f"{table}\n\n{as_list(findings)}" if findings else table


def as_list(findings: Iterable[Finding]) -> str:
    """Return a Markdown list of findings."""
    return "\n".join(map(_item, findings))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    escaped = (" | ".join(cell.replace("|", r"\|") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in escaped)


def _item(finding: Finding) -> str:
    code, where, message = as_code(finding.code), as_text(finding.where), as_text(finding.message)
    return f"- **{finding.severity}** {code}: {where}: {message}"


def as_text(text: str) -> str:
    """Return a text without markup."""
    escaped = re.sub(r"([\\`*_<\[])", r"\\\1", visible(text))
    return escaped.replace("@", "&#64;")  # so that "@cors" does not mention a user of that name


def as_code(text: str) -> str:
    """Return a text as code: the converters in URLs look like HTML tags."""
    text = visible(text)
    if not text:
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
