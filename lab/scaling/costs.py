"""What requests cost: without CORS, with it, and preflights in the app and in nginx."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from lab.scaling.application import POLICY
from lab.scaling.asking import GET, PREFLIGHT, Question
from lab.scaling.load import Load, put_under_load
from lab.scaling.serving import Proxy, Site, Workers, proxied, workers
from wsgicors._exporting import export

NUMBERS = (1, 2, 4)
"""How many workers serve an app."""

CONNECTIONS = 16
"""Of wrk to nginx, so that all workers are busy."""

APPS = ("plain", "with_cors")

EXPORTED = {"name": "scaling", "heading": "The policy of the app with CORS"}
MAPS = export(POLICY, "nginx", **EXPORTED, maps=True)
PREFLIGHTS = export(POLICY, "nginx", **EXPORTED)
"""The policy in nginx, as ``wsgicors export nginx`` prints it."""


class Case(NamedTuple):
    """What is compared."""

    name: str
    app: str
    question: Question
    is_nginx: bool = False
    """Whether nginx answers, without the app."""

    def site(self, number: int) -> str:
        """Return the name below which nginx serves the app with this number of workers."""
        return f"nginx-{self.app}-{number}" if self.is_nginx else f"{self.app}-{number}"


PLAIN = Case("GET, the app without CORS", "plain", GET)
ACTUAL = Case("GET, the app with CORS", "with_cors", GET)
ANSWERED = Case("Preflight, answered in the app", "with_cors", PREFLIGHT)
IN_NGINX = Case("Preflight, answered by nginx", "with_cors", PREFLIGHT, is_nginx=True)
CASES = (PLAIN, ACTUAL, ANSWERED, IN_NGINX)


class Bench:
    """Apps behind nginx, each served by several gunicorns with different numbers of workers."""

    def __init__(self, proxy: Proxy, served: Mapping[tuple[str, int], Workers]) -> None:
        self.proxy = proxy
        self._served = served

    def run(self, case: Case, number: int, *, connections: int, seconds: int) -> Load:
        """Put one case under load."""
        servers = {
            "workers": self._served[case.app, number].processes,
            "nginx": self.proxy.processes,
        }
        return put_under_load(
            f"http://127.0.0.1:{self.proxy.port}/{case.site(number)}/items",
            case.question.method,
            case.question.headers,
            servers,
            connections=connections,
            seconds=seconds,
        )


@contextmanager
def serving(numbers: Sequence[int] = NUMBERS) -> Iterator[Bench]:
    """Serve all apps with each number of workers, behind one nginx."""
    with ExitStack() as stack:
        served = {
            (app, number): stack.enter_context(workers(app, number))
            for app in APPS
            for number in numbers
        }
        sites = {
            case.site(number): Site(served[case.app, number], PREFLIGHTS if case.is_nginx else "")
            for case in CASES
            for number in numbers
        }
        yield Bench(stack.enter_context(proxied(sites, MAPS)), served)


Loads = dict[tuple[Case, int], list[Load]]


def take_turns(bench: Bench, rounds: int, numbers: Sequence[int], connections: int) -> Loads:
    """Put each case under load for a second with each number of workers, in turns.

    What slows the machine down for a while slows all cases of that round.
    """
    loads: Loads = {}
    for turn in range(rounds):
        cases = [(case, number) for number in numbers for case in CASES]
        for case, number in cases[:: -1 if turn % 2 else 1]:
            load = bench.run(case, number, connections=connections, seconds=1)
            loads.setdefault((case, number), []).append(load)
    return loads
