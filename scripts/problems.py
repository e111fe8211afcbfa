"""Make the codes of ``docs/reference/problems.md`` from the texts of ``wsgicors why``.

Edit the other text, above the first code of each section, in the page itself.
"""

import re
from pathlib import Path

from wsgicors._core.problems import CODES, RISKS
from wsgicors.auditing import CODES as FINDINGS
from wsgicors.cli.codes import ALL_CODES, OF_A_FILE, OF_AN_APP, find_entry
from wsgicors.cli.meanings import CHECKS, REASONS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "problems.md"

ERRORS = {code for code, entry in CODES.items() if entry.severity == "error"}

SECTIONS = {
    "Risks": RISKS,
    "Errors in a policy": ERRORS - RISKS - OF_AN_APP - OF_A_FILE,
    "Errors in an app": OF_AN_APP,
    "Errors in a file": OF_A_FILE,
    "Warnings and notes": CODES.keys() - ERRORS - RISKS,
    "Findings of the audit": FINDINGS.keys() - CODES.keys(),
    "Checks of Django": CHECKS.keys(),
    "Reasons in the log": REASONS.keys(),
}
"""The headings of the sections with codes, and their codes."""

LITERAL = re.compile(
    r"""
    [a-z]+_\w+=(?:\[.+?\]|\w+)      # a setting with its value
    | decorators\ =\ \[.+?\]
    | @?\b\w+\(\w*\)                # a call
    | @cors\b
    | functools\.wraps | wsgicors\.\w+
    | \b\w+=(?=\s)
    | \b[A-Za-z]+_\w*               # a setting
    | https?://[\w.:-]*\w
    | (?<!\w)(?:'.+?'|".+?")(?!\w)  # a value
    | \[\w*\]
    """,
    re.VERBOSE,
)
"""What the page shows as code. The texts have no markup, because a terminal shows them too."""


def page() -> str:
    """Return the page: its present text, with the codes of each section made again."""
    parts = re.split(r"^(?=## )", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return "\n\n".join(map(_section, parts)) + "\n"


def _section(text: str) -> str:
    """Return a section with its codes; unchanged if it is not about codes."""
    codes = SECTIONS.get(text.partition("\n")[0].removeprefix("## "))
    if codes is None:
        return text.rstrip()
    blocks = [re.split(r"^### ", text, maxsplit=1, flags=re.MULTILINE)[0].rstrip()]
    entries = {code: entry for code in ALL_CODES if code in codes and (entry := find_entry(code))}
    severities = {code: entry.kind.split()[0] for code, entry in entries.items()}
    is_mixed = len(set(severities.values())) > 1
    for code, entry in entries.items():
        severity = f"*{severities[code].capitalize()}.* " if is_mixed else ""
        why = severity + _as_markdown(entry.why)
        blocks += f"### `{code}`", why, f"**Action:** {_as_markdown(entry.advice)}"
    return "\n\n".join(blocks)


def _as_markdown(text: str) -> str:
    """Return a text with its settings, values and calls as code, without single quotes."""
    return LITERAL.sub(lambda found: "`" + found[0].strip("'") + "`", text)
