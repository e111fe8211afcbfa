"""Figures of long runs, printed and written to files that the documentation includes."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

FIGURES = Path(__file__).parents[1] / "docs" / "figures"


def record(group: str, figures: Mapping[str, object]) -> None:
    """Print the figures of a run, and write them to ``docs/figures/<group>.md``.

    :param figures: what was counted, and its figure. Integers get separators for thousands.
    """
    rows = [f"| {what} | {spell(figure)} |" for what, figure in figures.items()]
    text = "\n".join(["| What | Figure |", "|---|---|", *rows, "", written_by(group), ""])
    FIGURES.mkdir(parents=True, exist_ok=True)
    (FIGURES / f"{group}.md").write_text(text, "utf-8")
    print(text)


def written_by(group: str) -> str:
    """Return a sentence about when and where a run took place."""
    today = datetime.now(UTC).date().isoformat()
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return f"Written by `make {group}` on {today}: {system}, {os.cpu_count()} cores."


def spell(figure: object) -> str:
    """Return a figure as text. Integers get separators for thousands."""
    return f"{figure:,}" if isinstance(figure, int) else str(figure)
