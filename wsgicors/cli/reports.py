"""An audit as text: in JSON for programs, in Markdown for reviews."""

import json
import re
from collections.abc import Iterable, Sequence

from ..auditing import Change, Finding, Row, describe, document
from ..auditing.changes import Difference


def as_json(
    rows: Sequence[Row], findings: Sequence[Finding], changes: Sequence[Change] | None
) -> str:
    """Return the document of an audit, or of what changed."""
    whole = document(rows, findings)
    if changes is None:
        return json.dumps(whole, indent=2)
    told = [
        {
            "url": change.url,
            "methods": change.methods.split(", "),
            "place": change.place,
            "wider": change.wider,
            "differences": [difference._asdict() for difference in change.differences],
        }
        for change in changes
    ]
    whole_change = {"version": whole["version"], "changes": told, "findings": whole["findings"]}
    return json.dumps(whole_change, indent=2)


def as_markdown(
    rows: Sequence[Row], findings: Sequence[Finding], changes: Sequence[Change] | None
) -> str:
    """Return tables that a review can show."""
    if changes is None:
        heads = ["URL", "Methods", "Pages that may read", "and may also", "Says", "Code"]
        cells = [
            [
                _code(line.url),
                line.methods,
                "<br>".join(_code(text) if "://" in text else _text(text) for text in line.readers),
                "<br>".join(map(_text, line.rights)),
                _text(line.source),
                _code(line.place),
            ]
            for line in describe(rows)
        ]
    else:
        heads = ["", "URL", "Methods", "Change", "Code"]
        cells = [
            [
                "**wider**" if change.wider else "",
                _code(change.url),
                change.methods,
                "<br>".join(map(_code, difference_words(change.differences))),
                _code(change.place),
            ]
            for change in changes
        ]
    parts = [_table(heads, cells) if cells else summary(changes)]
    if findings:
        parts.append("\n".join(map(_item, findings)))
    return "\n\n".join(parts)


def difference_words(differences: Iterable[Difference]) -> list[str]:
    """Say what was gained and lost, one thing at a time."""
    return [
        f"{sign} {difference.right}: {item}"
        for difference in differences
        for sign, items in (("+", difference.added), ("-", difference.removed))
        for item in items
    ]


def summary(changes: Sequence[Change] | None) -> str:
    """Say how much changed, or that there is nothing to list."""
    if changes is None:
        return "This app has no routes."
    if not changes:
        return "Nothing changed in who may read what."
    wider = sum(change.wider for change in changes)
    routes = "1 URL" if len(changes) == 1 else f"{len(changes)} URLs"
    return f"Who may read what changed at {routes}, and is wider at {wider or 'none'} of them."


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    escaped = (" | ".join(cell.replace("|", r"\|") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in escaped)


def _item(finding: Finding) -> str:
    code, where, message = _code(finding.code), _text(finding.where), _text(finding.message)
    return f"- **{finding.severity}** {code}: {where}: {message}"


def _text(text: str) -> str:
    escaped = re.sub(r"([\\`*_<\[])", r"\\\1", text)
    return escaped.replace("@", "&#64;")  # which a forge would take for somebody's name


def _code(text: str) -> str:
    """Quote what may hold anything; a URL's converters look like tags."""
    if not text:
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
