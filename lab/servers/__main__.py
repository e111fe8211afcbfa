"""Send all odd requests to all servers, and write a table of the responses: ``make servers``."""

import sys
from importlib.metadata import version

from lab import figures
from lab.servers.application import APPLICATION
from lab.servers.asking import TARGETS, Target
from lab.servers.corpus import corpus
from lab.servers.judging import Outcome, judge
from lab.servers.running import serving
from lab.servers.serve import SERVERS

TABLE = figures.FIGURES / "servers-table.md"

SHOWN = "/one"
"""The path whose odd requests the table shows."""

Outcomes = dict[tuple[Target, str], dict[str, Outcome]]


def main() -> int:
    outcomes: Outcomes = {}
    for server in SERVERS:
        with serving(server, APPLICATION) as port:
            for target in TARGETS:
                for case in corpus(target):
                    outcomes.setdefault((target, case.name), {})[server] = judge(port, case)
    figures.record("servers", summarise(outcomes))
    TABLE.write_text(tabulate(outcomes), "utf-8")
    faults = [
        f"{server}, {target}, {name}: {fault}"
        for (target, name), by_server in outcomes.items()
        for server, outcome in by_server.items()
        for fault in outcome.faults
    ]
    print(*faults, sep="\n")
    return min(len(faults), 1)


def summarise(outcomes: Outcomes) -> dict[str, object]:
    each = [outcome for by_server in outcomes.values() for outcome in by_server.values()]
    versions = [f"{name} {version(name)}" for name in ("gunicorn", "waitress", "cheroot")]
    return {
        "Servers": f"{', '.join(versions)}, wsgiref; gunicorn with sync and gthread workers",
        "Endpoints": len(TARGETS),
        "Odd requests to each endpoint": len(outcomes) // len(TARGETS),
        "Exchanges": len(each),
        "Refused by the server itself": sum(outcome.is_refusal for outcome in each),
        "Decided otherwise than a plain request, or unclean": sum(bool(o.faults) for o in each),
    }


def tabulate(outcomes: Outcomes) -> str:
    """Make a table of the odd requests that servers treat differently.

    It omits a preflight if it shows the GET with the same oddity.
    """
    rows = [f"| Request | {' | '.join(SERVERS)} |", "|---" * (len(SERVERS) + 1) + "|"]
    shown: set[str] = set()
    for (target, name), by_server in outcomes.items():
        words = [outcome.word for outcome in by_server.values()]
        as_a_read = name.replace("preflight: ", "GET: ")
        if target.path == SHOWN and len(set(words)) > 1 and as_a_read not in shown:
            shown.add(name)
            rows.append(f"| {name} | {' | '.join(words)} |")
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    sys.exit(main())
