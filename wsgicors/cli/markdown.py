"""An audit as text: JSON for programs, Markdown for reviews."""

import re
from collections.abc import Iterable, Sequence

from .._core.headers import visible
from ..auditing import Change, Finding, Row, describe, document
from ..auditing.diff import Difference
from .streams import json_text

ROUTE_HEADS = ["URL", "Methods", "Origins that may read", "Permissions", "Decided by", "Code"]
CHANGE_HEADS = ["", "URL", "Methods", "Change", "Code"]


def as_json(
    rows: Sequence[Row], findings: Sequence[Finding], changes: Sequence[Change] | None
) -> str:
    """Return the JSON of an audit, or of the changes since an earlier one."""
    audit = document(rows, findings)
    if changes is None:
        return json_text(audit)
    changed = [
        {
            "url": change.url,
            "methods": change.methods.split(", "),
            "place": change.place,
            "wider": change.wider,
            "differences": [difference._asdict() for difference in change.differences],
        }
        for change in changes
    ]
    comparison = {"version": audit["version"], "changes": changed, "findings": audit["findings"]}
    return json_text(comparison)


def as_markdown(
    rows: Sequence[Row], findings: Sequence[Finding], changes: Sequence[Change] | None
) -> str:
    """Return a Markdown table of the routes, or of the changes, and a list of findings."""
    if changes is None:
        heads = ROUTE_HEADS
        cells = [
            [
                _code(line.url),
                _text(line.methods),
                "<br>".join(_code(text) if "://" in text else _text(text) for text in line.readers),
                "<br>".join(map(_text, line.rights)),
                _text(line.source),
                _code(line.place),
            ]
            for line in describe(rows)
        ]
    else:
        heads = CHANGE_HEADS
        cells = [
            [
                "**wider**" if change.wider else "",
                _code(change.url),
                _text(change.methods),
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
    """Return a line for each right that was added (``+``) or removed (``-``)."""
    return [
        f"{sign} {difference.right}: {item}"
        for difference in differences
        for sign, items in (("+", difference.added), ("-", difference.removed))
        for item in items
    ]


def summary(changes: Sequence[Change] | None) -> str:
    """Return a sentence on how much changed, or on a table without lines."""
    if changes is None:
        return "This app has no routes."
    if not changes:
        return "No permissions changed."
    wider = sum(change.wider for change in changes)
    urls = "1 URL" if len(changes) == 1 else f"{len(changes)} URLs"
    return f"Permissions changed at {urls}, and are wider at {wider or 'none'} of them."


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    escaped = (" | ".join(cell.replace("|", r"\|") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in escaped)


def _item(finding: Finding) -> str:
    code, where, message = _code(finding.code), _text(finding.where), _text(finding.message)
    return f"- **{finding.severity}** {code}: {where}: {message}"


def _text(text: str) -> str:
    escaped = re.sub(r"([\\`*_<\[])", r"\\\1", visible(text))
    return escaped.replace("@", "&#64;")  # so that "@cors" does not mention a user of that name


def _code(text: str) -> str:
    """Return a text as code: the converters in URLs look like HTML tags."""
    text = visible(text)
    if not text:
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
