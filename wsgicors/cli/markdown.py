"""An audit as text: JSON for programs, Markdown for reviews."""

import re
from collections.abc import Iterable, Sequence

from .._core.headers import visible
from ..auditing import Finding, Line, Survey, describe, document, list_policies
from ..auditing.lines import readers_of
from .reports import (
    NO_ROUTES,
    POLICY_HEADS,
    UNNAMED,
    count_findings,
    describe_trial,
    fold_packages,
    introduce,
    name_of,
    permissions_of,
)
from .streams import json_text

HEADS = ["Route", "Origins that may read, and permissions", "Decided by, and view"]
"""The columns of the routes: few, because the page of a pull request is narrow."""


def as_json(survey: Survey, findings: Sequence[Finding], *, findings_only: bool = False) -> str:
    """Return the JSON of an audit; or of what it found, without policies and routes."""
    audit = document(survey, findings)
    left_out = ("policies", "rows") if findings_only else ()
    return json_text({key: value for key, value in audit.items() if key not in left_out})


def as_markdown(survey: Survey, findings: Sequence[Finding], *, findings_only: bool = False) -> str:
    """Return tables of the policies and the routes, and a list of findings."""
    parts = ["<br>\n".join(map(as_text, introduce(survey)))]
    if not findings_only:
        parts += _tables(survey)
    parts.append(f"### {count_findings(findings)}")
    return "\n\n".join([*parts, as_list(findings)] if findings else parts)


def _tables(survey: Survey) -> Iterable[str]:
    policies = [
        [
            as_text(name_of(use) or UNNAMED),
            str(use.urls),
            _origins(readers_of(use.policy)),
            _lines(permissions_of(use)),
            as_code(use.place),
        ]
        for use in list_policies(survey)
    ]
    if policies:
        yield "### Policies"
        yield _table(POLICY_HEADS, policies)
    routes = [_route(line) for line in fold_packages(describe(survey.all_rows))]
    yield "### Routes"
    yield _table(HEADS, routes) if routes else NO_ROUTES


def _route(line: Line) -> Sequence[str]:
    return (
        _below(as_text(line.methods), as_code(line.url)),
        _below(_origins(line.readers), _lines([*line.rights, *describe_trial(line.rows)])),
        _below(
            _beside(as_text(line.source), as_code(line.source_place)),
            _beside(as_code(line.view), as_code(line.place)),
        ),
    )


def _origins(readers: Iterable[str]) -> str:
    return _below(*(as_code(text) if "://" in text else as_text(text) for text in readers))


def _lines(texts: Iterable[str]) -> str:
    return _below(*map(as_text, texts))


def _beside(*texts: str) -> str:
    return " ".join(filter(None, texts))


def _below(*cells: str) -> str:
    return "<br>".join(filter(None, cells))


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
