"""Compare three engines with `Browser`, and write the figures: ``make engines SCENARIOS=10000``."""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

from lab import figures
from tests.browser.differential import simulator
from tests.browser.differential.compare import Disagreement, find_disagreements
from tests.browser.differential.explain import is_explained
from tests.browser.differential.known import KNOWN, names_of
from tests.browser.differential.playing import running
from tests.browser.differential.policies import compare_with_policies
from tests.browser.differential.scenarios import generate
from tests.browser.engines import ENGINES
from wsgicors.testing.profiles import DEPARTURES

SEEDS = 3

NAMES = {"chromium": "Chromium", "firefox": "Firefox", "webkit": "WebKit"}
SHOWN = 5
"""Disagreements that are printed; the others are only counted."""


class Result(NamedTuple):
    """How an engine and its profile compare."""

    version: str
    scenarios: int
    from_fetch: int
    """Scenarios that end otherwise than under the profile ``fetch``."""
    unexplained: int
    """Those that neither departures nor known differences explain."""
    excused: int
    """Scenarios that end otherwise than under the engine's profile, by known differences."""
    known: Counter[str]
    """The same scenarios, by each known difference that can show in them."""
    found: list[Disagreement]
    """All other disagreements with the engine's profile."""
    requests: int
    """Requests under random policies."""
    broken: int
    """Promises of these policies that do not hold."""
    seconds: float


def main() -> int:
    """Return 1 if an engine disagrees with its profile, or does not keep a policy's promise."""
    parser = argparse.ArgumentParser("python -m lab.engines", description=__doc__)
    parser.add_argument("--scenarios", type=int, default=10_000, help="for each engine")
    parser.add_argument("--requests", type=int, default=2_000, help="under policies, for each")
    parser.add_argument("--seed", type=int, default=401, help="the first of three")
    options = parser.parse_args()
    logging.getLogger("wsgicors").setLevel(logging.CRITICAL)  # it names each refused preflight
    seeds = range(options.seed, options.seed + SEEDS)
    results = {
        engine: compare(engine, seeds, options.scenarios, options.requests) for engine in ENGINES
    }
    write(results, seeds)
    for result in results.values():
        for one in result.found[:SHOWN]:
            print(one)
    return int(
        any(result.found or result.unexplained or result.broken for result in results.values())
    )


def compare(engine: str, seeds: Sequence[int], scenarios: int, requests: int) -> Result:
    """Play the scenarios of all seeds, and the requests under policies."""
    began = perf_counter()
    known: Counter[str] = Counter()
    found: list[Disagreement] = []
    from_fetch = unexplained = excused = 0
    with running(engine) as player:
        version = player.engine.version
        for seed in seeds:
            played = generate(seed, -(-scenarios // len(seeds)))
            seen = player.observe(played)
            for one in find_disagreements(played, seen, simulator.observe(played, engine)):
                names = names_of(one, engine)
                known.update(names)
                excused += bool(names)
                found += [] if names else [one]
            others = find_disagreements(played, seen, simulator.observe(played, "fetch"))
            from_fetch += len(others)
            unexplained += sum(
                not is_explained(one, engine) and not names_of(one, engine) for one in others
            )
    broken, counts = compare_with_policies(engine, seeds[0], requests)
    seconds = perf_counter() - began
    played_in_all = len(seeds) * -(-scenarios // len(seeds))
    return Result(
        version,
        played_in_all,
        from_fetch,
        unexplained,
        excused,
        known,
        found,
        counts.total(),
        len(broken),
        seconds,
    )


def write(results: dict[str, Result], seeds: Sequence[int]) -> None:
    """Write two tables: what was compared, and the known differences."""
    rows = {
        "Version": [result.version for result in results.values()],
        f"Scenarios, of the seeds {seeds[0]} to {seeds[-1]}": [
            f"{result.scenarios:,}" for result in results.values()
        ],
        "Otherwise than in the profile `fetch`": [
            f"{result.from_fetch:,}" for result in results.values()
        ],
        "Of these, explained by nothing that is listed": [
            f"{result.unexplained:,}" for result in results.values()
        ],
        "Otherwise than in the engine's profile, by a known difference": [
            f"{result.excused:,}" for result in results.values()
        ],
        "Otherwise than in the engine's profile, for another reason": [
            f"{len(result.found):,}" for result in results.values()
        ],
        "Requests under random policies": [f"{result.requests:,}" for result in results.values()],
        "Broken promises of these policies, without a known difference": [
            f"{result.broken:,}" for result in results.values()
        ],
        "Seconds": [f"{result.seconds:.0f}" for result in results.values()],
    }
    lines = ["| | Chromium | Firefox | WebKitGTK |", "|---|---|---|---|"]
    lines += [f"| {what} | {' | '.join(values)} |" for what, values in rows.items()]
    lines += ["", "| Known difference | What the engine does | Firefox | WebKitGTK |"]
    lines += ["|---|---|---|---|"]
    for one in KNOWN:
        counts = [
            f"{results[engine].known[one.name]:,}" if engine in one.engines else ""
            for engine in ("firefox", "webkit")
        ]
        lines.append(f"| `{one.name}` | {one.does} | {' | '.join(counts)} |")
    text = "\n".join([*lines, "", figures.written_by("engines"), ""])
    (figures.FIGURES / "engines.md").write_text(text, "utf-8")
    (figures.FIGURES / "departures.md").write_text(departures_list(), "utf-8")
    print(text)


def departures_list() -> str:
    """Return the departures of all profiles as a definition list in Markdown."""
    entries = []
    for one in DEPARTURES:
        names = ", ".join(NAMES[engine] for engine in one.engines)
        does = f"{one.does[0].upper()}{one.does[1:]}."
        entry = [
            f"`{one.name}` ({names})",
            f": {does}",
            f"  Example: {one.example}. *{one.section}*",
        ]
        entries.append("\n".join(entry))
    return "\n\n".join([*entries, ""])


if __name__ == "__main__":
    sys.exit(main())
