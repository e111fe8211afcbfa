"""Send all visitors to all URLs through the cache, and write the figures: ``make caches``."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable

from lab import figures
from lab.caches.application import PATHS
from lab.caches.journeys import ORIGINS, VISITORS, Journey, Tally, Visitor, crowds, pairs, travel
from lab.caches.nginx import caching
from lab.servers.running import serving
from lab.web_servers import find

APPLICATION = "lab.caches.application:application"
FAULTY = "lab.caches.faulty:application"
SERVER = "gunicorn-gthread"
SEED = 1

SHOWN = 20
"""Findings that are printed; the others are only counted."""


def main() -> int:
    readers = [Visitor(origin) for origin in ORIGINS]
    paired = run(APPLICATION, pairs(PATHS, VISITORS, readers))
    crowded = run(APPLICATION, crowds(PATHS, SEED))
    statuses: Counter[str] = paired.statuses + crowded.statuses
    findings = paired.findings + crowded.findings
    figures.record(
        "caches",
        {
            "Cache": version(),
            "URLs, each with its own policy and behaviour": len(PATHS),
            "Pairs of visitors: the first primes the cache, the second asks": paired.journeys,
            "Crowds: all visitors ask three times, in random order": crowded.journeys,
            "Responses compared": statuses.total(),
            "Responses from the cache": statuses["HIT"],
            "Responses that belonged to another visitor": len(findings),
            "The same, from an app that forgets Vary": found(FAULTY, "/forgets"),
            "The same, from an app that sends it only to allowed origins": found(
                FAULTY, "/sometimes"
            ),
            "The same, from an app that sends two Vary lines (nginx before 1.23 reads one)": found(
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
    """Count the responses that a faulty setup sends to the wrong visitor."""
    readers = [Visitor(origin) for origin in ORIGINS]
    tally = run(app, pairs([path], readers, readers), extra)
    return f"{len(tally.findings)} of {tally.journeys} pairs"


def version() -> str:
    run = subprocess.run([find("nginx"), "-v"], capture_output=True, text=True, check=True)
    return run.stderr.strip().removeprefix("nginx version: ")


if __name__ == "__main__":
    sys.exit(main())
