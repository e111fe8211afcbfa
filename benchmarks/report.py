"""The tables that the docs include, with the machine and the versions that they hold for."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from . import scaling
from .bounds import Verdict
from .picture import draw
from .run import FLASK, RAW, Run
from .scenarios import ACTUAL, ON_FLASK
from .subjects import BARE, NOTHING
from .subjects import RAW as WSGICORS

DISTRIBUTIONS = ["wsgicors-toolkit", "Flask", "Werkzeug", "Flask-Cors", "gunicorn"]

POWERS = [10**power for power in range(6)]
"""The sizes of lists."""


def write(runs: Sequence[Run], verdicts: Sequence[Verdict], directory: Path) -> str:
    """Write ``bench.md`` and ``bench.svg``, and return the former."""
    directory.mkdir(parents=True, exist_ok=True)
    text = compose(runs, verdicts)
    (directory / "bench.md").write_text(text, "utf-8")
    (directory / "bench.svg").write_text(draw(runs), "utf-8")
    return text


def compose(runs: Sequence[Run], verdicts: Sequence[Verdict]) -> str:
    """Compose all tables, as Markdown."""
    parts = [
        f"Medians of {len(runs)} runs. {_machine()}",
        _table_of_bounds(verdicts),
        "Raw WSGI, microseconds:",
        _table_of_costs(runs, RAW),
        "Flask, microseconds:",
        _table_of_costs(runs, FLASK),
        "As lists grow, microseconds:",
        _table_of_sizes(runs),
        "Starting, memory, and requests per second under gunicorn:",
        _table_of_others(runs),
    ]
    return "\n\n".join(parts) + "\n"


def _machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    return (
        f"Written by `make bench` on {datetime.now(UTC).date().isoformat()}: "
        f"Python {platform.python_version()}, {versions}; {platform.system()} on "
        f"{_processor()}, {os.cpu_count()} cores."
    )


def _processor() -> str:
    """Return what the processor calls itself, or its architecture where it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next((name for name in names if name), platform.machine())


def _table_of_bounds(verdicts: Iterable[Verdict]) -> str:
    rows = [
        (
            verdict.bound.what,
            spell(verdict.figure, verdict.bound.unit),
            spell(verdict.bound.at_most, verdict.bound.unit) if verdict.bound.is_set else "",
            "" if verdict.bound.aim is None else spell(verdict.bound.aim),
            verdict.bound.by,
            " · ".join(spell(figure, verdict.bound.unit) for figure in verdict.figures),
            _judgement(verdict),
        )
        for verdict in verdicts
    ]
    return _table(("What", "Measured", "At most", "Aim", "Judged by", "Each run", ""), rows)


def _judgement(verdict: Verdict) -> str:
    if not verdict.bound.is_set:
        return "told"
    return "met" if verdict.is_met else "**missed**"


def _table_of_costs(runs: Sequence[Run], group: str) -> str:
    """Tabulate every subject in every scenario, the harness's own time left out."""
    names = [name for name in runs[0].races[group][ACTUAL[0].name] if name != NOTHING]
    rows: list[Sequence[str]] = []
    for scenario in ON_FLASK:
        if scenario.name in runs[0].races[group]:
            cells = [
                _cost(runs, group, scenario.name, name, NOTHING if name == BARE else scenario.base)
                for name in names
            ]
            rows.append((scenario.name, *cells))
    return _table(("", *names), rows)


def _table_of_sizes(runs: Sequence[Run]) -> str:
    rows: list[Sequence[str]] = []
    for what in scaling.LARGEST:
        for kind, timings in runs[0].races[what].items():
            rows.append((f"{what}, {kind}", *_sizes(runs, what, kind, WSGICORS)))
            if scaling.label(1, BARE) in timings:
                rows.append((f"{what}, {kind}, bare app", *_sizes(runs, what, kind, BARE)))
    return _table(("", *(f"{size:,}" for size in POWERS)), rows)


def _sizes(runs: Sequence[Run], what: str, kind: str, who: str) -> Iterator[str]:
    """Yield what each size takes: of the bare app, all of it."""
    for size in POWERS:
        base = NOTHING if who == BARE else scaling.base(what, kind, size)
        subject = scaling.label(size, who)
        is_there = subject in runs[0].races[what][kind]
        yield _cost(runs, what, kind, subject, base) if is_there else ""


def _table_of_others(runs: Sequence[Run]) -> str:
    rows = []
    for module in runs[0].imports:
        milliseconds = median(run.imports[module] for run in runs)
        rows.append((f"`import {module}`, after Flask", f"{milliseconds:.1f} ms"))
    seconds = median(run.construction for run in runs)
    megabytes = median(run.memory for run in runs)
    rows.append(("the policy with the most origins", f"{seconds:.2f} s, {megabytes:.1f} MB"))
    for name in runs[0].rates:
        rate = median(run.rates[name] for run in runs)
        rows.append((f"Flask, {name}", f"{rate:,.0f} requests/s"))
    return _table(("What", "Figure"), rows)


def _cost(runs: Sequence[Run], group: str, scenario: str, subject: str, base: str) -> str:
    """Write a subject's microseconds above another one: by the floors, and by the medians."""
    costs = [run.over(group, scenario, subject, base) for run in runs]
    least, usual = (median(values) / 1e3 for values in zip(*costs, strict=True))
    return f"{least:,.2f} ({usual:,.2f})"


def spell(figure: float, unit: str = "") -> str:
    """Write a figure; a ratio that is a small part of the other as one part of so many."""
    if unit:
        return f"{figure:.3g} {unit}"
    return f"1/{1 / figure:.3g}" if 0 < figure < 0.5 else f"{figure:.2f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
