"""Figures of long runs: printed for whoever started one, and written where the docs show them."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

FIGURES = Path(__file__).parent.parent / "docs" / "figures"


def record(group: str, figures: Mapping[str, object]) -> None:
    """Print what a run tried and found, and write it to ``docs/figures/<group>.md``.

    :param figures: a figure for each thing that was tried or found, in the order to show them.
        Integers get separators for thousands, everything else its own ``str``.
    """
    rows = [f"| {what} | {_spell(figure)} |" for what, figure in figures.items()]
    today = datetime.now(UTC).date().isoformat()
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    made = f"Written by `make {group}` on {today}: {system}, {os.cpu_count()} cores."
    text = "\n".join(["| What | Figure |", "|---|---|", *rows, "", made, ""])
    FIGURES.mkdir(parents=True, exist_ok=True)
    (FIGURES / f"{group}.md").write_text(text, "utf-8")
    print(text)


def _spell(figure: object) -> str:
    return f"{figure:,}" if isinstance(figure, int) else str(figure)
