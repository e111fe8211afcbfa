"""Send random requests to every server with exported policies, and write the figures.

``make exports``; to try one server, ``python -m lab.exports --server nginx --seed 2 --show 9``.
"""

import argparse
import logging
import sys

from lab import figures
from lab.exports.generator import generate
from lab.exports.judging import Tally, compare
from lab.exports.policies import POLICIES
from lab.exports.running import serving as serving_exports
from lab.exports.running import version
from lab.exports.servers import APPLICATION, SERVERS, UPSTREAM, export_all
from lab.servers.running import serving

REQUESTS = 10_000

TABLE = figures.FIGURES / "exports.md"

SPELT = {"nginx": "nginx", "haproxy": "HAProxy"}
"""The names of servers that are not written as most names are."""

COLUMNS = [
    "Server",
    "Policies",
    "Requests",
    "Preflights among them",
    "Responses that allow an origin",
    "Requests that the server cannot read",
    "Responses unlike those of wsgicors",
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.exports", description=__doc__)
    parser.add_argument("--server", choices=SERVERS, help="only this one; writes no figures")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="to each server")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many differences to print")
    options = parser.parse_args()
    logging.disable()  # wsgicors logs each refusal
    found = 0
    rows: list[list[object]] = [[*COLUMNS], ["---", *["--:"] * (len(COLUMNS) - 1)]]
    for name in [options.server] if options.server else SERVERS:
        policies, tally = run(name, options.requests, options.seed)
        title = SPELT.get(name, name.title())
        rows.append([f"{title} {version(SERVERS[name])}", policies, *tally.counts])
        found += len(tally.differences)
        print(*tally.differences[: options.show], sep="\n")
    text = "\n".join(f"| {' | '.join(map(figures.spell, row))} |" for row in rows)
    print(text)
    if not options.server:
        TABLE.write_text(f"{text}\n\n{figures.written_by('exports')}\n", "utf-8")
    return min(found, 1)


def run(name: str, requests: int, seed: int) -> tuple[int, Tally]:
    """Compare a server with wsgicors, and return the number of policies and the outcome."""
    server = SERVERS[name]
    exports, _ = export_all(name, POLICIES)
    policies = {name: POLICIES[name] for name in exports}
    asked = generate(policies, server.paths, seed, requests)
    with (
        serving(UPSTREAM, APPLICATION) as port,
        serving_exports(server, port, exports) as connection,
    ):
        return len(policies), compare(connection, policies, asked)


if __name__ == "__main__":
    sys.exit(main())
