"""Visitors who ask for one URL, one after the other, through a cache that they share."""

import itertools
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection

from tests.caches.application import (
    ADMIN,
    APP,
    FAIL,
    LOCAL,
    OTHER_LOCAL,
    STRANGER,
    SUBDOMAIN,
)
from tests.caches.nginx import UnixConnection
from tests.servers.answers import Decision
from tests.servers.running import ANSWERING

NUMBERS = itertools.count()
"""One for each journey: in its URL, so that nobody else has been there before."""

ROUNDS = 3
"""Times that each visitor of a crowd asks for the same URL."""


@dataclass(frozen=True)
class Visitor:
    """A request that differs from others in its origin alone; or fails on the way to the view."""

    origin: str | None
    method: str = "GET"
    fails: bool = False

    @property
    def headers(self) -> dict[str, str]:
        headers = {} if self.origin is None else {"Origin": self.origin}
        return headers | ({FAIL: "1"} if self.fails else {})


@dataclass(frozen=True)
class Journey:
    """A path, and who asks for it in which order."""

    path: str
    visitors: tuple[Visitor, ...]


@dataclass
class Tally:
    """What came of journeys."""

    journeys: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    """How often the cache said that of an answer: HIT, MISS and so on."""
    findings: list[str] = field(default_factory=list)
    """Answers that were not the visitor's own."""


ORIGINS = [None, "null", APP, ADMIN, SUBDOMAIN, LOCAL, OTHER_LOCAL, STRANGER]

EVERYBODY = [
    Visitor(origin, method, fails)
    for origin in ORIGINS
    for method in ("GET", "HEAD")
    for fails in (False, True)
]


def pairs(
    paths: Iterable[str], first: Iterable[Visitor], second: Iterable[Visitor]
) -> Iterator[Journey]:
    """Send one visitor to prime the cache, and another after it."""
    second = list(second)
    for path in paths:
        for primes in first:
            yield from (Journey(path, (primes, asks)) for asks in second)


def crowds(paths: Iterable[str], seed: int) -> Iterator[Journey]:
    """Send everybody to each path, several times, in any order."""
    dice = random.Random(seed)
    for path in paths:
        visitors = EVERYBODY * ROUNDS
        dice.shuffle(visitors)
        yield Journey(path, tuple(visitors))


def travel(port: int, proxy: UnixConnection, journeys: Iterable[Journey]) -> Tally:
    """Compare what each visitor gets through the cache with what the app itself has for them."""

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
    """Ask, and return what was decided and what the cache says of it."""
    connection.request(visitor.method, url, headers=visitor.headers)
    response = connection.getresponse()
    response.read()
    decision = Decision.read(response.status, response.getheaders())
    return decision, response.getheader("X-Cache-Status", "none")
