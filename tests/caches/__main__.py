"""Send everybody everywhere through the cache, and write down what came of it: ``make caches``."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable

from tests import figures
from tests.caches.application import PATHS
from tests.caches.journeys import EVERYBODY, ORIGINS, Journey, Tally, Visitor, crowds, pairs, travel
from tests.caches.nginx import caching, find_nginx
from tests.servers.running import serving

APPLICATION = "tests.caches.application:application"
FAULTY = "tests.caches.faulty:application"
SERVER = "gunicorn-gthread"
SEED = 1

SHOWN = 20
"""Findings that are printed; the rest is only counted."""


def main() -> int:
    readers = [Visitor(origin) for origin in ORIGINS]
    paired = run(APPLICATION, pairs(PATHS, EVERYBODY, readers))
    crowded = run(APPLICATION, crowds(PATHS, SEED))
    statuses: Counter[str] = paired.statuses + crowded.statuses
    findings = paired.findings + crowded.findings
    figures.record(
        "caches",
        {
            "Cache": version(),
            "URLs, each with a policy and a behaviour of its own": len(PATHS),
            "Pairs of visitors: one primes the cache, the other asks": paired.journeys,
            "Crowds: everybody asks three times, in any order": crowded.journeys,
            "Answers compared": statuses.total(),
            "Answers from the cache": statuses["HIT"],
            "Answers that were another visitor's": len(findings),
            "The same, from an app that forgets Vary": found(FAULTY, "/forgets"),
            "The same, from one that sends it only with a permission": found(FAULTY, "/sometimes"),
            "The same, from one that sends two lines of it (nginx before 1.23 reads one)": found(
                FAULTY, "/twice"
            ),
            "The same, with `proxy_ignore_headers Vary`": found(
                APPLICATION, "/several", "proxy_ignore_headers Vary;"
            ),
        },
    )
    print(*findings[:SHOWN], sep="\n")
    return min(len(findings), 1)


def run(app: str, journeys: Iterable[Journey], extra: str = "") -> Tally:
    with serving(SERVER, app) as port, caching(port, extra) as proxy:
        return travel(port, proxy, journeys)


def found(app: str, path: str, extra: str = "") -> str:
    """Count what a setup that is wrong on purpose hands to the wrong visitor."""
    readers = [Visitor(origin) for origin in ORIGINS]
    tally = run(app, pairs([path], readers, readers), extra)
    return f"{len(tally.findings)} of {tally.journeys} pairs"


def version() -> str:
    told = subprocess.run([find_nginx(), "-v"], capture_output=True, text=True, check=True)
    return told.stderr.strip().removeprefix("nginx version: ")


if __name__ == "__main__":
    sys.exit(main())
