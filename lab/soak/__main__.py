"""Soak from the command line: ``python -m lab.soak --requests 200000 --changes 1000``."""

import argparse
import sys
from collections.abc import Sequence

from lab.figures import record
from lab.soak.run import PARTS, Run, run

CONTROL = (2_000, 50)
"""Requests and changes for the faulty apps: few are enough."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if anything is wrong, or if a run does not find the fault of a faulty app."""
    parser = argparse.ArgumentParser("python -m lab.soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--changes", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    racy, leaky = run("racy", *CONTROL), run("leaky", *CONTROL)
    print(
        f"A racy app: {racy.seen.mixed} of {racy.seen.checked} responses are by no single policy."
    )
    print(f"An app that keeps every environ: its worker grew by {leaky.growth:,} bytes.")
    if not any("no single policy" in fault for fault in racy.faults):
        print("The mixes of the racy app were not found.")
        return 1
    if not any("grew by" in fault for fault in leaky.faults):
        print("The leak was not found.")
        return 1
    print(
        f"Now {options.requests:,} requests and {options.changes:,} changes, seed {options.seed}."
    )
    done = run("sound", options.requests, options.changes, options.seed, _report)
    if done.seen.newest != options.changes:
        done.seen.examples.append(f"only {done.seen.newest} changes were made")
        print(*done.seen.examples, sep="\n")
        return 1
    if done.faults:
        print(*done.faults, sep="\n")
        return 1
    _record(done, racy, leaky)
    return 0


def _report(done: Run) -> None:
    """Print how far a run has come."""
    seen, rate = done.seen, done.seen.checked / done.seconds
    print(
        f"{len(done.sizes)}/{PARTS}: {seen.checked:,} responses, {rate:,.0f} a second; "
        f"policy {seen.newest}; {seen.mixed} mixed, {seen.errors} errors; "
        f"{_mebibytes(done.sizes[-1])} resident",
        flush=True,
    )


def _record(done: Run, racy: Run, leaky: Run) -> None:
    seen = done.seen
    record(
        "soak",
        {
            "Responses checked": seen.checked,
            **{f"of these, {sort}": number for sort, number in sorted(seen.responses.items())},
            "Changes of policy meanwhile": seen.newest,
            "Responses by more than one policy": seen.mixed,
            "Errors": seen.errors,
            "Resident size of the worker at a tenth": _mebibytes(done.sizes[0]),
            "Resident size of the worker at the end": _mebibytes(done.sizes[-1]),
            "Requests a second, clients on the same cores": round(seen.checked / done.seconds),
            "Mixed responses of the racy app": f"{racy.seen.mixed:,} of {racy.seen.checked:,}",
            "Growth of the leaking app's worker": (
                f"{_mebibytes(leaky.growth)} in {leaky.seen.checked:,} requests"
            ),
        },
    )


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


if __name__ == "__main__":
    sys.exit(main())
