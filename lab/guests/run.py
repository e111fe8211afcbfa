"""Run the trial of a guest in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

from lab.guests.guests import Guest
from lab.guests.trial import Asked, Trial

ROOT = Path(__file__).parents[2]


def run_trial(guest: Guest) -> Trial:
    """Return what two pages got from a guest.

    :raises RuntimeError: if the guest cannot be tried, with its traceback.
    """
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "lab.guests.trial", guest.name],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise RuntimeError(run.stderr)
    version, asked, routes, complaints = json.loads(run.stdout).values()
    return Trial(version, [Asked(*a) for a in asked], [Asked(*r) for r in routes], complaints)
