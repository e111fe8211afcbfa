"""Sets of origins that are loaded while the app serves, as :class:`wsgicors.origins` loads them.

A policy asks such a source for all its origins, not about one of them, so a look-up needs no call
of the app's code.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from time import monotonic as monotonic  # for both modules, and for tests
from typing import NamedTuple

from .origins import Fault, Origin, OriginPredicate, OriginSet, Pattern
from .problems import Problem


class Terms(NamedTuple):
    """What a policy grants to loaded origins, and which risks it accepts."""

    credentials: bool = False
    accepted: frozenset[str] = frozenset()


class Load:
    """A load that runs, or has run."""

    def __init__(self, started: float, patience: float) -> None:
        self.started = started
        self.wait_until = started + patience
        """When requests stop waiting for it."""
        self.is_slow = False
        """Whether a request has stopped waiting for it."""
        self.has_succeeded = False
        self.done = threading.Event()
        self._waiting: list[threading.Event] = []

    def finish(self) -> None:
        """Wake all requests that wait for this load."""
        self.done.set()
        for event in [*self._waiting]:
            event.set()

    def wake(self, event: threading.Event) -> None:
        """Set an event when the load is done."""
        self._waiting.append(event)
        if self.done.is_set():
            event.set()


class Answer(NamedTuple):
    """What a source has in memory for policies with some terms."""

    until: float
    """In seconds of :func:`time.monotonic`. A call of :func:`announce` ends it too."""
    origins: OriginSet
    load: Load | None
    """The load that requests have to wait for, because these origins are too old."""


class OriginSource(ABC):
    """An origin callable that knows all origins that it allows."""

    load: Callable[[], Iterable[str]]
    """The function of the app that returns the origins."""

    @abstractmethod
    def judged(self, terms: Terms) -> Answer:
        """Return the origins that a policy with these terms can allow; start a load if it is time.

        This never waits.
        """

    @abstractmethod
    def left_out(self, terms: Terms) -> Sequence[Problem]:
        """Return why such a policy cannot allow some entries of the last load."""

    @abstractmethod
    def why_unusable(self) -> str:
        """Return what ``load`` has done instead of returning origins; empty if there are some."""

    @abstractmethod
    def numbers(self) -> tuple[object, ...]:
        """Return the numbers on which the result depends beside ``load``."""

    def __contains__(self, text: object) -> bool:
        """Return whether a policy without credentials allows an ``Origin`` header."""
        if not isinstance(text, str) or Origin.parse(text) is None:
            return False
        _, [answer] = _ask([self], Terms(), text)
        return text in answer.origins

    def __call__(self, origin: Origin) -> bool:
        """Return whether a policy without credentials allows an origin."""
        return str(origin) in self


_latest: object = object()
"""Stands for the latest load of any source in this process."""


def announce() -> None:
    """Have all policies ask their sources again."""
    global _latest
    _latest = object()


def _ask(sources: Sequence[OriginSource], terms: Terms, text: str) -> tuple[object, list[Answer]]:
    """Ask sources, and wait for their loads until a source that has loaded allows the origin.

    All loads start first, so a request waits no longer for several than for one.

    :returns: the latest load at that time, and the answers.
    """
    latest, answers = _latest, [source.judged(terms) for source in sources]
    loads = [answer.load for answer in answers if answer.load is not None]
    while loads and not any(text in one.origins for one in answers if one.load is None):
        loads = _wait_for_one(loads)
        latest, answers = _latest, [source.judged(terms) for source in sources]
    return latest, answers


def _wait_for_one(loads: Sequence[Load]) -> list[Load]:
    """Wait until one of the loads is done, and return those to wait for after that."""
    is_any_done = threading.Event()
    for load in loads:
        load.wake(is_any_done)
    end = max(load.wait_until for load in loads)
    if is_any_done.wait(max(0.0, end - monotonic())):
        return [load for load in loads if not load.done.is_set()]
    for load in loads:
        load.is_slow = True
    return []


class _Loaded:
    """What a policy knows of its sources."""

    __slots__ = ("exact", "latest", "others", "parts", "until")

    def __init__(
        self,
        latest: object = None,
        until: float = 0.0,
        exact: frozenset[str] = frozenset(),
        others: OriginSet | None = None,
        parts: tuple[OriginSet, ...] = (),
    ) -> None:
        self.latest = latest  # load at that time
        self.until = until
        self.exact = exact
        self.others = others  # patterns and callables, if there are any
        self.parts = parts  # the origins of each source


class RefreshedSet(OriginSet):
    """The origins of a policy with sources: what is written, what is loaded, and callables."""

    __slots__ = ("_loaded", "_sources", "_terms", "_written")

    def __init__(
        self,
        written: OriginSet,
        sources: Sequence[OriginSource],
        predicates: Sequence[OriginPredicate],
        terms: Terms,
    ) -> None:
        super().__init__((), (), predicates)
        self.is_fixed = False
        self._written = written
        self._sources = sources
        self._terms = terms
        self._loaded = _Loaded()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle what is written, not what is loaded."""
        return RefreshedSet, (self._written, self._sources, self._predicates, self._terms)

    def __contains__(self, text: str) -> bool:
        loaded = self._loaded
        if loaded.latest is not _latest or monotonic() >= loaded.until:
            if text in self._written:  # the page need not wait for a load
                return True
            if Origin.parse(text) is None:  # such as "null", which no load can allow
                return False
            loaded = self._update(text)
        return text in loaded.exact or (loaded.others is not None and text in loaded.others)

    def settle(self, text: str, is_allowed: bool | None = None) -> OriginSet:
        """Return a set that has decided about an origin, with the fault of a source without any."""
        settled = super().settle(text, is_allowed)
        if settled.fault is None and text not in settled and Origin.parse(text) is not None:
            whys = ((source, source.why_unusable()) for source in self._sources)
            faults = (Fault(source, text, why) for source, why in whys if why)
            settled.fault = next(faults, None)
        return settled

    def allows_at_once(self, text: str) -> bool | None:
        """Return whether an origin is allowed, but do not wait for a load.

        :returns: ``None`` if origins that would be needed have not been loaded.
        """
        answers = [source.judged(self._terms) for source in self._sources]
        if text in self._written or any(text in one.origins for one in answers):
            return True
        if super().__contains__(text):  # of the callables
            return True
        is_waiting = any(one.load is not None for one in answers)
        return None if is_waiting or any(one.why_unusable() for one in self._sources) else False

    def _update(self, text: str) -> _Loaded:
        """Ask the sources about an origin, and perhaps wait for loads."""
        before = self._loaded
        latest, answers = _ask(self._sources, self._terms, text)
        until, parts = min(one.until for one in answers), tuple(one.origins for one in answers)
        exact, others = before.exact, before.others
        if parts != before.parts:
            exact, others = self._written.unite(parts, self._predicates)
        loaded = self._loaded = _Loaded(latest, until, exact, others, parts)
        return loaded


def make_set(
    exact: Iterable[str],
    patterns: Iterable[Pattern],
    predicates: Iterable[OriginPredicate],
    terms: Terms,
) -> OriginSet:
    """Return the origins of a policy that may have sources among its callables."""
    predicates = [*predicates]
    sources = [each for each in predicates if isinstance(each, OriginSource)]
    others = [each for each in predicates if not isinstance(each, OriginSource)]
    if not sources:
        return OriginSet(exact, patterns, others)
    return RefreshedSet(OriginSet(exact, patterns), sources, others, terms)
