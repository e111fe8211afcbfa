"""Builds random apps, asks them random requests, and collects what the oracle finds."""

import logging
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

from tests.properties.adversarial.apps.bottle import BottleSite
from tests.properties.adversarial.apps.django import DjangoSite
from tests.properties.adversarial.apps.falcon import FalconSite
from tests.properties.adversarial.apps.flask import FlaskSite
from tests.properties.adversarial.apps.plain import FunctionSite, PrefixSite
from tests.properties.adversarial.apps.pyramid import PyramidSite
from tests.properties.adversarial.apps.served import Served
from tests.properties.adversarial.apps.werkzeug import WerkzeugSite
from tests.properties.adversarial.generator import change_site, make_requests, make_site
from tests.properties.adversarial.oracle import Oracle
from tests.properties.adversarial.sites import RAN, Handler, Request, Route, Site
from tests.properties.exchange import Exchange, call

FRAMEWORKS: dict[str, type[Served]] = {
    "prefixes": PrefixSite,
    "function": FunctionSite,
    "flask": FlaskSite,
    "werkzeug": WerkzeugSite,
    "bottle": BottleSite,
    "falcon": FalconSite,
    "pyramid": PyramidSite,
    "django": DjangoSite,
}

CHANGES = 2
"""Changes of each app while it serves."""

THREADS = 3


@dataclass(frozen=True)
class Fault:
    """A wrong answer."""

    framework: str
    seed: int
    site: Site
    request: Request
    what: list[str]
    seen: Exchange

    def __str__(self) -> str:
        answer = [self.seen.starts, self.seen.environ.get(RAN), self.seen.error]
        return "\n".join(
            [
                f"{self.framework}: {self.request}",
                *(f"  {what}" for what in self.what),
                f"  {answer}",
                *(f"  {name}: {given}" for name, given in self.site.settings.items()),
                *(f"  {route}" for route in self.site.routes),
                f"  {replace(self.site, settings={}, routes=())}",
                f"again: python -m lab.adversarial --framework {self.framework} --seed {self.seed}",
            ]
        )


class Run:
    """One random app, and what comes of asking it.

    :param count: how many requests to ask before the app changes, and again after each change.
    """

    def __init__(self, framework: str, seed: int, count: int = 80) -> None:
        self.framework, self.seed, self.count = framework, seed, count
        self.faults: list[Fault] = []
        self.requests = 0
        self._random = Random(f"{framework} {seed}")
        self._kind = FRAMEWORKS[framework]
        self._site = make_site(self._random, self._kind.shape)

    def play(self) -> "Run":
        is_heard = self._random.random() < 0.2
        with logging_for(is_heard), serving(self._kind, self._site) as served:
            first = self._judge(served)
            self._compare("asked again, in another order", served, self._some(first))
            with serving(self._kind, self._site) as fresh:
                self._compare("asked of a new app", fresh, self._some(first))
            if self.seed % 10 == 0:
                self._ask_in_threads(served, first)
            for _ in range(CHANGES if served.changes else 0):
                changed = change_site(self._random, self._site, served.shape, served.changes)
                if changed is not None:
                    self._site, change, route = changed
                    served.site = self._site
                    getattr(served, change)(route)
                    self._judge(served)
        return self

    def _judge(self, served: Served) -> dict[Request, Exchange]:
        """Ask new requests, and let an oracle judge the responses."""
        oracle = Oracle(served.site, served.shape, served.bare)
        answers = {}
        for request in make_requests(self._random, served.site, self.count):
            answers[request] = seen = self._ask(served, request)
            self._report(request, oracle.faults(request, seen), seen)
        return answers

    def _compare(self, how: str, served: Served, judged: Mapping[Request, Exchange]) -> None:
        """Ask again, and compare with the responses that are judged."""
        for request, right in judged.items():
            seen = self._ask(served, request)
            if seen != right:
                self._report(request, [f"{how}, not as before: {right}"], seen)

    def _some(self, judged: Mapping[Request, Exchange]) -> Mapping[Request, Exchange]:
        return dict(self._random.sample([*judged.items()], len(judged) // 4))

    def _ask_in_threads(self, served: Served, judged: Mapping[Request, Exchange]) -> None:
        """Ask again in several threads while routes are added that nothing else depends on."""

        def add() -> None:
            for number in range(10):
                view = Handler(f"late{number}", None, "plain")
                served.add(Route(view.name, (f"/late/for/{number}",), {"PUT": view}))

        parts = [self._some(judged) for _ in range(THREADS)]
        with switching_often(), ThreadPoolExecutor(THREADS + 1) as pool:
            done = [pool.submit(self._compare, "asked in a thread", served, part) for part in parts]
            if "add" in served.changes and served.threads_may_add:
                done.append(pool.submit(add))
            for each in done:
                each.result()

    def _ask(self, served: Served, request: Request) -> Exchange:
        self.requests += 1  # in threads, too: a few may be lost
        return call(served.app, request.environ(served.site.root))

    def _report(self, request: Request, what: list[str], seen: Exchange) -> None:
        if what:
            self.faults.append(Fault(self.framework, self.seed, self._site, request, what, seen))


@contextmanager
def serving(kind: type[Served], site: Site) -> Iterator[Served]:
    served = kind(site)
    try:
        yield served
    finally:
        served.close()


@contextmanager
def logging_for(is_heard: bool) -> Iterator[None]:
    """Silence all logs; if a log of wsgicors is heard, its messages are made all the same."""
    loggers = [logging.getLogger(name) for name in ("wsgicors", "django")]
    before = [(logger.level, logger.propagate) for logger in loggers]
    handler = logging.NullHandler()
    for logger in loggers:
        is_made = is_heard and logger.name == "wsgicors"
        logger.setLevel(logging.DEBUG if is_made else logging.CRITICAL + 1)
        logger.propagate = False
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.setLevel(level)
            logger.propagate = propagate
            logger.removeHandler(handler)


@contextmanager
def switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def reduce(fault: Fault) -> Fault:
    """Leave out all that the fault does not need, if a new app has it too."""

    def smaller(site: Site) -> Iterator[Site]:
        for route in site.routes:
            endpoints = {name: p for name, p in site.endpoints.items() if name != route.name}
            others = tuple(other for other in site.routes if other is not route)
            yield replace(site, routes=others, endpoints=endpoints)
        yield replace(site, root="", mounted=None, group="unmarked", endpoints={})
        for name in site.settings:
            plain = {**site.settings[name], "allow_methods": None, "allow_headers": []}
            yield replace(site, settings={**site.settings, name: plain})

    for site in smaller(fault.site):
        if site != fault.site and (found := ask_once(replace(fault, site=site))):
            return reduce(found)
    return fault


def ask_once(fault: Fault) -> Fault | None:
    """Ask the same request of a new app."""
    kind = FRAMEWORKS[fault.framework]
    with serving(kind, fault.site) as served:
        seen = call(served.app, fault.request.environ(fault.site.root))
        what = Oracle(fault.site, kind.shape, served.bare).faults(fault.request, seen)
    return replace(fault, what=what, seen=seen) if what else None
