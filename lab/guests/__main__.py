"""Try every program in ``examples/guests/``, and write the docs' table: ``make guests``."""

import platform
import sys
from datetime import UTC, datetime

from lab.figures import FIGURES
from lab.guests.guests import GUESTS, Guest
from lab.guests.run import run_trial
from lab.guests.trial import Trial

HEAD = (
    "| tried | version | CORS is switched on by | policies go | requests |\n|---|---|---|---|---|"
)


def row(guest: Guest, trial: Trial) -> str:
    """Return a line of the table; each request was made by two pages."""
    name = f"[{guest.distribution}](https://pypi.org/project/{guest.distribution}/)"
    count = 2 * len([*trial.asked, *trial.routes])
    return f"| {name} | {trial.version} | {guest.switch} | {guest.policies} | {count:,} |"


def main() -> int:
    rows, failed = [HEAD], False
    for guest in sorted(GUESTS, key=lambda guest: guest.distribution.lower()):
        trial = run_trial(guest)
        rows.append(row(guest, trial))
        print(rows[-1], flush=True)
        wrong = [one for one in (*trial.asked, *trial.routes) if one.read_by != one.allowed]
        for fault in [*wrong, *trial.complaints]:
            failed = True
            print("   ", fault)
    today = datetime.now(UTC).date().isoformat()
    made = f"Written by `make guests` on {today}: Python {platform.python_version()}."
    if not failed:
        (FIGURES / "guests.md").write_text("\n".join([*rows, "", made, ""]), "utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
