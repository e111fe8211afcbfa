"""Measure from the command line: ``python -m benchmarks``, or ``make bench``."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .bounds import judge
from .report import write
from .run import FULL, QUICK, run_all

FIGURES = Path(__file__).parent.parent / "docs" / "figures"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write what was measured, and return 1 if a bound is missed."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of which the medians count")
    parser.add_argument("--quick", action="store_true", help="one short run, only printed")
    options = parser.parse_args(arguments)
    number, effort = (1, QUICK) if options.quick else (options.runs, FULL)
    runs = run_all(number, effort)
    verdicts = judge(runs, effort)
    with tempfile.TemporaryDirectory() as scratch:
        print(write(runs, verdicts, Path(scratch) if options.quick else FIGURES))
    missed = [verdict.bound.what for verdict in verdicts if not verdict.is_met]
    for what in missed:
        print(f"missed: {what}")
    return min(len(missed), 1)


if __name__ == "__main__":
    sys.exit(main())
