"""Send all odd requests to all servers, and write down what each did: ``make servers``."""

import sys
from importlib.metadata import version

from tests import figures
from tests.servers.asking import TARGETS, Target
from tests.servers.corpus import corpus
from tests.servers.judging import Outcome, judge
from tests.servers.running import serving
from tests.servers.serve import SERVERS
from tests.servers.test_servers import APPLICATION

TABLE = figures.FIGURES / "servers-table.md"

SHOWN = "/one"
"""The path whose odd requests go into the table, where servers differ."""

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
    """Make a table of the odd requests that not all servers treat alike.

    A preflight is left out where the read with the same oddity is there already.
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
