"""Ask random apps of every framework random requests: ``make adversarial REQUESTS=1000000``.

A fault is printed with the command that repeats it, which also takes another ``--framework``.
"""

import argparse
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import process_time

from lab.figures import record
from tests.properties.adversarial.driver import FRAMEWORKS, Fault, Run, reduce


@dataclass
class Tally:
    """What came of one framework's apps."""

    apps: int = 0
    requests: int = 0
    faults: list[Fault] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if an app gives a wrong answer."""
    parser = argparse.ArgumentParser("python -m lab.adversarial", description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000, help="to all frameworks")
    parser.add_argument("--framework", choices=FRAMEWORKS, help="only this one, and no figures")
    parser.add_argument("--seed", type=int, help="of the first app of each framework")
    options = parser.parse_args(arguments)
    is_one = options.framework and options.seed is not None
    seed = random.randrange(10**6) if options.seed is None else options.seed
    frameworks = [options.framework] if options.framework else [*FRAMEWORKS]
    each = 1 if is_one else options.requests / len(frameworks)
    tallies = {}
    for framework in frameworks:
        tally = tallies[framework] = attack(framework, seed, lambda tally: tally.requests >= each)
        print(f"{framework}: {tally.apps:,} apps, {tally.requests:,} requests", flush=True)
        for fault in tally.faults:
            print(f"\n{reduce(fault)}")
    if not options.framework:
        record(
            "adversarial", figures(tallies, seed) | {"Seconds of one core": round(process_time())}
        )
    return 1 if any(tally.faults for tally in tallies.values()) else 0


def attack(framework: str, seed: int, is_enough: Callable[[Tally], bool]) -> Tally:
    """Make apps, at least one, and ask them until it is enough or a fault is found."""
    tally = Tally()
    while True:
        run = Run(framework, seed + tally.apps).play()
        tally.apps += 1
        tally.requests += run.requests
        tally.faults += run.faults
        if tally.faults or is_enough(tally):
            return tally


def figures(tallies: dict[str, Tally], seed: int) -> dict[str, object]:
    """Return what was asked, and how many answers were wrong."""
    return {
        **{f"Requests, {name}": tally.requests for name, tally in tallies.items()},
        "Requests in all": sum(tally.requests for tally in tallies.values()),
        "Apps, each with a seed of its own": sum(tally.apps for tally in tallies.values()),
        "First seed": str(seed),
        "Wrong answers": sum(len(tally.faults) for tally in tallies.values()),
    }


if __name__ == "__main__":
    sys.exit(main())
