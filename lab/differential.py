"""Compare Chromium with `Browser`: ``python -m lab.differential --seed 1 --count 1000``."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from time import perf_counter

from tests.browser.differential import simulator
from tests.browser.differential.chromium import Chromium, running
from tests.browser.differential.compare import Disagreement, find_disagreements, shrink
from tests.browser.differential.explain import explain, is_explained
from tests.browser.differential.model import Scenario
from tests.browser.differential.observe import Observation
from tests.browser.differential.report import tabulate
from tests.browser.differential.scenarios import generate

SHOWN = 10
"""Disagreements that are reduced and printed; the others are only counted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if there is a disagreement that no known departure explains."""
    options = _read_options(arguments)
    replayed = [Scenario.from_json(options.replay)] if options.replay else None
    scenarios = replayed or generate(options.seed, options.count)
    with running() as chromium:
        print(f"Chromium {chromium.version}; profile {options.profile}")
        seen = _time("Chromium", lambda: chromium.observe(scenarios))
        simulated = _time("simulator", lambda: simulator.observe(scenarios, options.profile))
        found = find_disagreements(scenarios, seen, simulated)
        explained = [one for one in found if options.profile == "fetch" and is_explained(one)]
        unexplained = [one for one in found if one not in explained]
        print(tabulate(scenarios, seen))
        print(f"{len(found)} disagreements, {len(unexplained)} of them unexplained")
        for code, count in Counter(
            code for one in explained for code in explain(one.scenario, one.chromium)
        ).most_common():
            print(f"  {count} that {code} explains")
        _print_shrunk(unexplained[: options.show], chromium, options.profile)
    return min(len(unexplained), 1)


def _time(who: str, observe: Callable[[], list[Observation]]) -> list[Observation]:
    began = perf_counter()
    observed = observe()
    took = perf_counter() - began
    print(f"{who}: {len(observed)} scenarios, {len(observed) / took:.0f} a second")
    return observed


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m lab.differential", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--profile", default="chromium", choices=["chromium", "fetch"])
    parser.add_argument("--show", type=int, default=SHOWN, help="disagreements to print")
    parser.add_argument("--replay", metavar="JSON", help="a scenario as printed before")
    return parser.parse_args(arguments)


def _print_shrunk(found: list[Disagreement], chromium: Chromium, profile: str) -> None:
    shrunk = shrink(
        found,
        chromium.observe,
        lambda some: simulator.observe(some, profile),
        lambda one: profile == "fetch" and is_explained(one),
    )
    for one, smallest in zip(found, shrunk, strict=True):
        print("\nin full:", one, "reduced:", smallest, sep="\n")


if __name__ == "__main__":
    sys.exit(main())
