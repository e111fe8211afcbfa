"""Visitors who request a URL one after another through a shared cache."""

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection

from lab.caches.application import ADMIN, APP, FAIL, LOCAL, OTHER_LOCAL, STRANGER, SUBDOMAIN
from lab.servers.answers import Decision
from lab.servers.running import ANSWERING

NUMBERS = itertools.count()
"""A number in the URL of each journey, so that the cache does not know the URL yet."""

ROUNDS = 3
"""How often each visitor of a crowd requests the URL."""


@dataclass(frozen=True)
class Visitor:
    """A request from an origin; or a request that makes the view fail."""

    origin: str | None
    method: str = "GET"
    fails: bool = False

    @property
    def headers(self) -> dict[str, str]:
        headers = {} if self.origin is None else {"Origin": self.origin}
        return headers | ({FAIL: "1"} if self.fails else {})


@dataclass(frozen=True)
class Journey:
    """A path, and the visitors who request it, in order."""

    path: str
    visitors: tuple[Visitor, ...]


@dataclass
class Tally:
    """The outcome of journeys."""

    journeys: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    """How often the cache reported each status: HIT, MISS and so on."""
    findings: list[str] = field(default_factory=list)
    """Responses that belonged to another visitor."""


ORIGINS = [None, "null", APP, ADMIN, SUBDOMAIN, LOCAL, OTHER_LOCAL, STRANGER]

VISITORS = [
    Visitor(origin, method, fails)
    for origin in ORIGINS
    for method in ("GET", "HEAD")
    for fails in (False, True)
]


def pairs(
    paths: Iterable[str], first: Iterable[Visitor], second: Iterable[Visitor]
) -> Iterator[Journey]:
    """Yield journeys of two visitors: the first primes the cache."""
    second = list(second)
    for path in paths:
        for primes in first:
            yield from (Journey(path, (primes, asks)) for asks in second)


def crowds(paths: Iterable[str], seed: int) -> Iterator[Journey]:
    """Yield a journey of all visitors to each path, several times each, in random order."""
    dice = random.Random(seed)
    for path in paths:
        visitors = VISITORS * ROUNDS
        dice.shuffle(visitors)
        yield Journey(path, tuple(visitors))


def travel(port: int, proxy: HTTPConnection, journeys: Iterable[Journey]) -> Tally:
    """Compare the response through the cache with the app's own response for each visitor."""

    @cache
    def due(path: str, visitor: Visitor) -> Decision:
        connection = HTTPConnection("127.0.0.1", port, timeout=ANSWERING)
        try:
            return ask(connection, path, visitor)[0]
        finally:
            connection.close()

    tally = Tally()
    for journey in journeys:
        number = next(NUMBERS)
        tally.journeys += 1
        for visitor in journey.visitors:
            url = f"{journey.path}?{number}"
            got, status = ask(proxy, url, visitor)
            tally.statuses[status] += 1
            own = due(journey.path, visitor)
            if got.permissions != own.permissions:
                tally.findings.append(f"{journey}: {visitor} got ({got}), a {status}, not ({own})")
    return tally


def ask(connection: HTTPConnection, url: str, visitor: Visitor) -> tuple[Decision, str]:
    """Send a request, and return the CORS decision and the status of the cache."""
    connection.request(visitor.method, url, headers=visitor.headers)
    response = connection.getresponse()
    response.read()
    decision = Decision.read(response.status, response.getheaders())
    return decision, response.getheader("X-Cache-Status", "none")
