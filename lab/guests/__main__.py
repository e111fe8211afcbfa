"""Try every program in ``examples/guests/``, and write the docs' list: ``make guests``."""

import platform
import sys
from datetime import UTC, datetime

from lab.figures import FIGURES
from lab.guests.guests import GUESTS, Guest
from lab.guests.run import run_trial
from lab.guests.trial import Trial


def item(guest: Guest, trial: Trial) -> str:
    """Return an item of the list; two pages have made each request."""
    name = f"[{guest.distribution}](https://pypi.org/project/{guest.distribution}/)"
    count = 2 * len([*trial.asked, *trial.routes])
    return (
        f"- **{name}**: {guest.switch}. Policies: {guest.policies} "
        f"({trial.version}, {count:,} requests)"
    )


def main() -> int:
    items, failed = [], False
    for guest in sorted(GUESTS, key=lambda guest: guest.distribution.lower()):
        trial = run_trial(guest)
        items.append(item(guest, trial))
        print(items[-1], flush=True)
        wrong = [one for one in (*trial.asked, *trial.routes) if one.read_by != one.allowed]
        for fault in [*wrong, *trial.complaints]:
            failed = True
            print("   ", fault)
    today = datetime.now(UTC).date().isoformat()
    made = f"Written by `make guests` on {today}: Python {platform.python_version()}."
    if not failed:
        (FIGURES / "guests.md").write_text("\n".join([*items, "", made, ""]), "utf-8")
    return failed


if __name__ == "__main__":
    sys.exit(main())
