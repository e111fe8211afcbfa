"""Try every property for minutes, each time with other inputs: ``make fuzz``, ``MINUTES=60``."""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable
from functools import wraps
from time import monotonic
from typing import Any

import pytest

from tests import figures
from tests.differential import simulator
from tests.differential.chromium import running
from tests.differential.compare import find_disagreements
from tests.differential.scenarios import generate

ROOMS = ["tests/properties", "tests/core"]
"""Where properties stand."""

BROWSER_SHARE = 0.2
"""The part of the time that goes to Chromium and the simulator, compared."""

SCENARIOS = 1_000
"""Scenarios compared in one go."""


# In one process each round but the first finds everything imported.
QUIETLY = ["--no-header", "-Wignore::pytest.PytestAssertRewriteWarning", "--show-capture=no"]


class Properties:
    """A pytest plugin that runs the properties only, and counts the inputs that each is given."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep what Hypothesis runs, with a counter around it."""
        items[:] = [item for item in items if hasattr(item.obj, "hypothesis")]
        for item in items:
            law = item.obj.hypothesis
            law.inner_test = self._counting(item.nodeid, law.inner_test)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the names of those that fail."""
        if report.failed:
            self.failed.add(report.nodeid)

    def _counting(self, name: str, law: Callable[..., None]) -> Callable[..., None]:
        law = getattr(law, "__wrapped__", law)  # this function wraps it anew in each round

        @wraps(law)
        def count(*arguments: Any, **keywords: Any) -> None:
            self.tried[name] += 1
            law(*arguments, **keywords)

        return count


def main() -> int:
    """Run until the time is up, or until something fails."""
    parser = argparse.ArgumentParser("python -m tests.properties.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of round 1")
    options = parser.parse_args()
    began = monotonic()
    seconds = 60 * options.minutes
    scenarios, disagreements = compare(options.seed, began + BROWSER_SHARE * seconds)
    properties = Properties()
    rounds = repeat(lambda number: try_all(options.seed + number, properties), began + seconds)
    each = {sentence(name): tried for name, tried in sorted(properties.tried.items())}
    figures.record(
        "fuzz",
        {
            "minutes": round((monotonic() - began) / 60),
            "rounds, each with a seed of its own": rounds,
            "first seed": str(options.seed),
            **{f"inputs tried: {law}": tried for law, tried in each.items()},
            "inputs tried in all": properties.tried.total(),
            "properties that failed": len(properties.failed),
            "scenarios played in Chromium and in `Browser`": scenarios,
            "scenarios in which they disagree": disagreements,
        },
    )
    for name in sorted(properties.failed):
        print(f"failed: {name}")
    return 1 if properties.failed or disagreements else 0


def repeat(work: Callable[[int], bool], end: float) -> int:
    """Work at least once, and again while all is well and there is time; return how often."""
    for done in range(1, sys.maxsize):
        began = monotonic()
        is_well = work(done - 1)
        took = monotonic() - began
        if not is_well or monotonic() + took > end:
            break
    return done


def try_all(seed: int, properties: Properties) -> bool:
    """Try every property with new inputs; tell whether all of them hold."""
    options = ["--hypothesis-profile=fuzz", f"--hypothesis-seed={seed}", "-q", *QUIETLY]
    print(f"seed {seed}: {properties.tried.total():,} inputs so far", flush=True)
    return pytest.main([*ROOMS, *options], plugins=[properties]) == pytest.ExitCode.OK


def compare(seed: int, end: float) -> tuple[int, int]:
    """Compare Chromium and its profile; return how many scenarios, and in how many they differ."""
    found = []

    def work(number: int) -> bool:
        scenarios = generate(seed + number, SCENARIOS)
        seen = chromium.observe(scenarios)
        some = find_disagreements(scenarios, seen, simulator.observe(scenarios, "chromium"))
        if some:
            again = f"python -m tests.differential --seed {seed + number} --count {SCENARIOS}"
            print(f"{len(some)} disagreements; to see them made smaller: {again}")
        found.extend(some)
        return not some

    with running() as chromium:
        print(f"Chromium {chromium.version}, from seed {seed}", flush=True)
        times = repeat(work, end)
    return times * SCENARIOS, len(found)


def sentence(name: str) -> str:
    """Say what a test's name says."""
    return name.rpartition("::test_")[2].replace("_", " ")


if __name__ == "__main__":
    sys.exit(main())
