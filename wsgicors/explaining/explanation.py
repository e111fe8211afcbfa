"""An explanation: what a browser did with a request, why, and what to change."""

from dataclasses import dataclass, field
from typing import Literal

from .._advice import Fix
from ..testing import Exchange, Response
from .words import shown

Verdict = Literal["allowed", "blocked", "failed", "unknown"]

SERIOUS: tuple[Verdict, ...] = ("allowed", "unknown", "failed", "blocked")
"""Verdicts of several requests: the last one of these counts."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a browser did with a request, and why; ``str()`` returns it as text."""

    verdict: Verdict
    """``"failed"`` means that the request failed for a reason other than CORS; ``"unknown"`` that
    nothing forbids it, but the response that decides was not seen."""
    steps: tuple[str, ...]
    """What happened, in sentences; the verdict is the last."""
    exchanges: tuple[Exchange, ...]
    notes: tuple[str, ...] = ()
    """What else to know: what was assumed, what was not seen, and what to run to see it."""
    response: Response | None = None
    """What the page may read, if it is allowed."""
    step: str = ""
    """The section of Fetch that blocked the request, and what is wrong."""
    reason: str = ""
    """Why the request was blocked, in one sentence."""
    received: str = ""
    needed: str = ""
    change: Fix | None = None
    """What to change so that the request is allowed; also if it failed for another reason."""
    console: dict[str, str | None] = field(default_factory=dict[str, str | None])
    """What ``chromium``, ``firefox`` and ``webkit`` print, each judged by its own profile.

    ``None`` means that the engine lets the request pass, or would send a request that was not made.
    """

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Why the request was blocked, what to change and what else to know: labels and texts."""
        rows = [("blocked", self.reason), ("received", self.received), ("needed", self.needed)]
        rows.append(("change", self.change.sentence if self.change else ""))
        rows += [("note", note) for note in self.notes]
        return [row for row in rows if row[1]]

    def __str__(self) -> str:
        lines = [f"{number}. {step}" for number, step in enumerate(self.steps, 1)]
        lines += [f"   {label:<9} {text}" for label, text in self.rows]
        return "\n".join(map(shown, lines))
