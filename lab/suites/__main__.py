"""Run the suites of other projects with and without CORS: ``python -m lab.suites``."""

import argparse
import sys
from pathlib import Path

from lab.figures import FIGURES
from lab.suites.compare import Result, compare, faults_of, table
from lab.suites.running import CHECKOUT, prepare, run
from lab.suites.suites import SUITES, Suite

SHORT = 2.0
"""Seconds of a suite below which chance shows: it runs three times as often."""


def measure(suite: Suite, folder: Path, rounds: int) -> Result:
    """Run a suite, alternately without and with CORS, and compare."""
    checkout = prepare(suite, folder)
    without, with_cors = [], []
    while len(without) < rounds:
        without.append(run(suite, checkout, with_cors=False))
        with_cors.append(run(suite, checkout, with_cors=True))
        if len(without) == 1 and sum(test.seconds for test in without[0].values()) < SHORT:
            rounds *= 3
    return compare(suite, without, with_cors)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m lab.suites", description=__doc__)
    parser.add_argument("projects", nargs="*", help="some suites; only a run of all writes figures")
    parser.add_argument("--rounds", type=int, default=5, help="how often each suite runs")
    parser.add_argument("--folder", type=Path, default=CHECKOUT / ".suites")
    given = parser.parse_args()
    if unknown := {*given.projects} - {suite.project for suite in SUITES}:
        parser.error(f"not a suite: {', '.join(sorted(unknown))}")
    results = []
    for suite in SUITES:
        if not given.projects or suite.project in given.projects:
            results.append(measure(suite, given.folder.resolve(), given.rounds))
            print(f"{suite.project}: ratio {results[-1].ratio:.2f}", flush=True)
    text = table(results, given.rounds)
    print(text)
    if not given.projects:
        (FIGURES / "suites.md").write_text(text, "utf-8")
    faults = [fault for result in results for fault in faults_of(result)]
    sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
