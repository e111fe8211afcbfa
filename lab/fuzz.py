"""Try properties, random apps and hostile servers with new inputs: ``make fuzz MINUTES=60``."""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable
from functools import wraps
from time import monotonic
from typing import Any

import pytest

from lab import figures, hostile
from lab.adversarial import Tally, attack
from tests.browser.differential import simulator
from tests.browser.differential.compare import find_disagreements
from tests.browser.differential.known import names_of
from tests.browser.differential.playing import running
from tests.browser.differential.scenarios import generate
from tests.browser.engines import ENGINES
from tests.properties.adversarial.driver import FRAMEWORKS, reduce

SUITES = ["tests/properties", "tests/unit/core"]
"""Folders that have property tests."""

BROWSER_SHARE = 0.2
"""The part of the time in which the engines and their profiles are compared."""

APPS_SHARE = 0.3
"""The part of the time in which random apps are asked."""

HOSTILE_SHARE = 0.2
"""The part of the time in which hostile servers are asked."""

SCENARIOS = 1_000
"""Scenarios of one comparison."""

OPTIONS = [
    "--numprocesses=0",  # the plugin below counts in this process
    "--hypothesis-profile=fuzz",
    "--quiet",
    "--no-header",
    "--show-capture=no",
    "-Wignore::pytest.PytestAssertRewriteWarning",  # the modules are imported already
]


class Properties:
    """A pytest plugin that runs only the properties, and counts the inputs that each one gets."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep the tests that Hypothesis runs, and count their calls."""
        items[:] = [item for item in items if hasattr(item.obj, "hypothesis")]
        for item in items:
            law = item.obj.hypothesis
            law.inner_test = self._counting(item.nodeid, law.inner_test)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the names of the properties that fail."""
        if report.failed:
            self.failed.add(report.nodeid)

    def _counting(self, name: str, law: Callable[..., None]) -> Callable[..., None]:
        law = getattr(law, "__wrapped__", law)  # the function of the round before wraps it

        @wraps(law)
        def count(*arguments: Any, **keywords: Any) -> None:
            self.tried[name] += 1
            law(*arguments, **keywords)

        return count


def main() -> int:
    """Run until the time is up or something fails."""
    parser = argparse.ArgumentParser("python -m lab.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of round 1")
    options = parser.parse_args()
    began = monotonic()
    seconds = 60 * options.minutes
    compared = compare_all(options.seed, BROWSER_SHARE * seconds)
    disagreements = sum(differing for _, differing in compared.values())
    tallies = ask_apps(options.seed, began + (BROWSER_SHARE + APPS_SHARE) * seconds)
    wrong = [fault for tally in tallies.values() for fault in tally.faults]
    until = began + (BROWSER_SHARE + APPS_SHARE + HOSTILE_SHARE) * seconds
    servers = ask_hostile_servers(options.seed, until)
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
            "random apps of all frameworks": sum(tally.apps for tally in tallies.values()),
            "requests to these apps": sum(tally.requests for tally in tallies.values()),
            "wrong answers": len(wrong),
            "hostile servers, each explained twice": servers.cases,
            "faults in explaining them": len(servers.faults),
            **{f"scenarios in {engine}": tried for engine, (tried, _) in compared.items()},
            "scenarios in which an engine and its profile disagree": disagreements,
        },
    )
    for name in sorted(properties.failed):
        print(f"failed: {name}")
    return 1 if properties.failed or disagreements or wrong or servers.faults else 0


def repeat(work: Callable[[int], bool], end: float) -> int:
    """Repeat the work while it succeeds and there is time for it; return how often it ran."""
    for done in range(1, sys.maxsize):
        began = monotonic()
        is_well = work(done - 1)
        took = monotonic() - began
        if not is_well or monotonic() + took > end:
            break
    return done


def try_all(seed: int, properties: Properties) -> bool:
    """Try every property with new inputs, and return whether all of them hold."""
    print(f"seed {seed}: {properties.tried.total():,} inputs so far", flush=True)
    arguments = [*SUITES, *OPTIONS, f"--hypothesis-seed={seed}"]
    return pytest.main(arguments, plugins=[properties]) == pytest.ExitCode.OK


def ask_apps(seed: int, end: float) -> dict[str, Tally]:
    """Ask random apps, of each framework for as long; print the faults."""
    tallies: dict[str, Tally] = {}
    for framework in FRAMEWORKS:
        until = monotonic() + (end - monotonic()) / (len(FRAMEWORKS) - len(tallies))
        tallies[framework] = attack(framework, seed, lambda _, until=until: monotonic() > until)
        print(f"{framework}: {tallies[framework].requests:,} requests", flush=True)
        for fault in tallies[framework].faults:
            print(reduce(fault))
    return tallies


def ask_hostile_servers(seed: int, end: float) -> hostile.Tally:
    """Explain requests to hostile servers; print the faults."""
    tally = hostile.attack(seed, lambda tally: bool(tally.faults) or monotonic() > end)
    print(f"hostile servers: {tally.cases:,}", flush=True)
    for fault in tally.faults:
        print(fault)
    return tally


def compare_all(seed: int, seconds: float) -> dict[str, tuple[int, int]]:
    """Compare each engine with its profile, for as long."""
    return {
        engine: compare(engine, seed, monotonic() + seconds / len(ENGINES)) for engine in ENGINES
    }


def compare(engine: str, seed: int, end: float) -> tuple[int, int]:
    """Return the numbers of scenarios, and of disagreements that are not known differences."""
    found = []

    def work(number: int) -> bool:
        scenarios = generate(seed + number, SCENARIOS)
        seen = player.observe(scenarios)
        differing = find_disagreements(scenarios, seen, simulator.observe(scenarios, engine))
        some = [one for one in differing if not names_of(one, engine)]
        if some:
            command = f"python -m tests.browser.differential {engine} {engine}"
            arguments = f"{seed + number} {SCENARIOS}"
            print(f"{len(some)} disagreements. To reduce and print them: {command} {arguments}")
        found.extend(some)
        return not some

    with running(engine) as player:
        print(f"{engine} {player.engine.version}, from seed {seed}", flush=True)
        times = repeat(work, end)
    return times * SCENARIOS, len(found)


def sentence(name: str) -> str:
    """Return the name of a test as a sentence."""
    return name.rpartition("::test_")[2].replace("_", " ")


if __name__ == "__main__":
    sys.exit(main())
