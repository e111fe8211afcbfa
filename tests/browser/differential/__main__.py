"""Compare an engine with a profile of `Browser`.

    python -m tests.browser.differential firefox fetch 1 3000

prints how many of 3,000 scenarios differ, and reduces the first of them. With `--save FILE` it
keeps what the engine did, and with `--saved FILE` it needs no engine.
"""

import argparse
import pickle
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter

from tests.browser.differential import simulator
from tests.browser.differential.compare import Disagreement, find_disagreements, shrink
from tests.browser.differential.explain import explain, is_explained
from tests.browser.differential.known import names_of
from tests.browser.differential.model import Scenario
from tests.browser.differential.observe import Observation
from tests.browser.differential.playing import Player, Recording, running
from tests.browser.differential.report import tabulate
from tests.browser.differential.scenarios import generate
from tests.browser.engines import ENGINES
from wsgicors.testing.profiles import PROFILES

SHOWN = 5
"""Disagreements that are reduced and printed; the others are only counted."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if there is a disagreement that nothing listed explains."""
    options = _read_options(arguments)
    if options.saved:
        recording = pickle.loads(options.saved.read_bytes())
        found = _report(recording, options)
        for one in sorted(found, key=lambda one: len(str(one)))[: options.show]:
            print("", one, sep="\n")
    else:
        with running(options.engine) as player:
            recording = _record(player, options)
            if options.save:
                options.save.write_bytes(pickle.dumps(recording))
            found = _report(recording, options)
            _print_shrunk(found[: options.show], player, options.profile)
    return min(len(found), 1)


def _record(player: Player, options: argparse.Namespace) -> Recording:
    replayed = [Scenario.from_json(options.replay)] if options.replay else None
    scenarios = replayed or generate(options.seed, options.count)
    observations = _time(options.engine, lambda: player.observe(scenarios))
    return Recording(player.engine.name, player.engine.version, scenarios, observations)


def _report(recording: Recording, options: argparse.Namespace) -> list[Disagreement]:
    """Print how engine and profile compare, and return the disagreements without explanation."""
    engine, version, scenarios, seen = recording
    simulated = _time("simulator", lambda: simulator.observe(scenarios, options.profile))
    found = find_disagreements(scenarios, seen, simulated)
    explained = [one for one in found if _is_explained(one, engine, options.profile)]
    if options.table:
        print(tabulate(scenarios, seen))
    print(
        f"{engine} {version} and profile {options.profile}: {len(found)} of {len(scenarios)} "
        f"disagree, {len(found) - len(explained)} of them unexplained"
    )
    codes = Counter(code for one in explained for code in _explain(one, engine, options.profile))
    for code, count in codes.most_common():
        print(f"  {count} that {code} explains")
    return [one for one in found if one not in explained]


def _is_explained(found: Disagreement, engine: str, profile: str) -> bool:
    by_departures = profile != engine and is_explained(found, engine)
    return by_departures or bool(names_of(found, engine))


def _explain(found: Disagreement, engine: str, profile: str) -> set[str]:
    departures = set() if profile == engine else explain(found.scenario, found.engine, engine)
    return departures | set(names_of(found, engine))


def _time(who: str, observe: Callable[[], list[Observation]]) -> list[Observation]:
    began = perf_counter()
    observed = observe()
    took = perf_counter() - began
    print(f"{who}: {len(observed)} scenarios, {len(observed) / took:.0f} a second", flush=True)
    return observed


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.browser.differential", description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("profile", choices=list(PROFILES))
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep what the engine did")
    parser.add_argument("--saved", type=Path, metavar="FILE", help="compare what was kept")
    parser.add_argument("--show", type=int, default=SHOWN, help="disagreements to print")
    parser.add_argument("--table", action="store_true", help="count the scenarios on each axis")
    parser.add_argument("--replay", metavar="JSON", help="play a scenario as printed before")
    return parser.parse_args(arguments)


def _print_shrunk(found: list[Disagreement], player: Player, profile: str) -> None:
    engine = player.engine.name
    shrunk = shrink(
        found,
        player.observe,
        lambda some: simulator.observe(some, profile),
        lambda one: _is_explained(one, engine, profile),
    )
    for one, smallest in zip(found, shrunk, strict=True):
        print("\nin full:", one, "reduced:", smallest, sep="\n")


if __name__ == "__main__":
    sys.exit(main())
