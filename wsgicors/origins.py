"""Origins that are kept outside the code, such as the domains of customers in a database."""

import inspect
import logging
import math
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from ._core import sources
from ._core.headers import name_of_code
from ._core.origins import describe
from ._core.problems import Problem
from ._core.rows import Judged, UnusableResultError, judge, list_some, read_rows
from ._core.sources import Answer, Load, OriginSource, Terms
from ._core.validation import is_asynchronous

__all__ = ["RefreshedOrigins"]

logger = logging.getLogger("wsgicors")

PATIENCE = 5.0
"""Seconds that a load may have run while requests wait for it."""


class _Process:
    """The loads of one process; a fork has neither the threads nor the locks of its parent."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.load: Load | None = None
        self.next_load = -math.inf
        """When a load may start, unless one runs."""
        self.troubles: set[str] = set()
        """The kinds of trouble that were logged since the last success."""
        self.why = ""
        """What the last load did, if it failed."""


class _Snapshot(NamedTuple):
    """What a load has returned."""

    loaded: float
    rows: Mapping[str, None]
    others: tuple[str, ...]
    """Entries that are not strings, as a log can show them."""
    judged: dict[Terms, Judged]
    """What policies make of the rows; there are few terms."""


_NOTHING = _Snapshot(-math.inf, {}, (), {})


class RefreshedOrigins(OriginSource):
    """Origins that a function of yours loads again and again, for ``allow_origins``.

    They are kept in memory. A request that finds them older than ``every`` seconds starts a load in
    a thread of its own and is answered from memory. A request that finds none, or finds them older
    than twice ``every``, waits for the load until it has run for 5 seconds.

    wsgicors checks each entry as if it were in the ``allow_origins`` of the policy. It leaves out
    and logs entries that would be an error there. Entries that would be a warning count, and the
    log warns of them. ``*`` and ``null`` never count.

    >>> from wsgicors import Policy
    >>> tenants = RefreshedOrigins(lambda: ["https://shop.example"])
    >>> policy = Policy(allow_origins=["https://app.example", tenants])
    >>> policy.allows("https://shop.example"), policy.allows("https://other.example")
    (True, False)

    ``origin in tenants`` and ``tenants(origin)`` answer as a policy without credentials does.
    ``len(tenants)`` is the number of entries that count there, as last loaded.

    :param load: takes no arguments and returns origins and patterns as strings. It runs in a new
        thread, outside any context of a request or an app.
    :param every: seconds (or a ``timedelta``) after which the origins are loaded again, and after
        which a load that failed is tried again.
    :param stale_for: seconds (or a ``timedelta``) for which the origins of the last successful load
        are allowed while loads fail, and after which a load that has not returned is abandoned.
    :raises TypeError: if an argument has a wrong type.
    :raises ValueError: if ``every`` is not positive, or longer than ``stale_for``.
    """

    def __init__(
        self,
        load: Callable[[], Iterable[str]],
        *,
        every: float | timedelta = 30,
        stale_for: float | timedelta = 3600,
    ) -> None:
        _check_load(load)
        self.load = load
        self.__wrapped__ = load  # where tools look for the code
        self._every = _read_seconds("every", every)
        self._stale_for = _read_seconds("stale_for", stale_for)
        if self._stale_for < self._every:
            raise ValueError(
                f"stale_for={stale_for!r} is shorter than every={every!r}, so the origins would "
                "not be allowed until the next load; use a longer stale_for"
            )
        numbers = f"every={self._every:g}, stale_for={self._stale_for:g}"
        self._text = f"RefreshedOrigins({name_of_code(load)}, {numbers})"
        self._terms: set[Terms] = set()
        self._reported: dict[Terms, frozenset[object]] = {}
        self._snapshot = _NOTHING
        self._loaded_at: datetime | None = None
        self._processes: dict[int, _Process] = {}

    @property
    def loaded_at(self) -> datetime | None:
        """When the last load succeeded, in UTC; ``None`` if none has."""
        return self._loaded_at

    def refresh(self) -> bool:
        """Load the origins now, in this process; return whether that succeeds within 5 seconds.

        A load that runs already may lack the latest change, so another one starts when it has
        returned. If it does not return within the 5 seconds, no other one starts. Nothing is
        raised: a failure is logged, and so is a load that does not return.
        """
        process, end = self._process(), sources.monotonic() + PATIENCE
        earlier = process.load
        if earlier is not None:
            earlier.done.wait(PATIENCE)
        load = self._find_load(process, sources.monotonic(), at_once=True)
        if load is not None and load is not earlier:
            load.done.wait(max(0.0, end - sources.monotonic()))
        if load is None or load.done.is_set():
            return load is not None and load.has_succeeded
        self._report_slow(process, load, end)
        return False

    def judged(self, terms: Terms) -> Answer:
        """Return the origins that a policy with these terms can allow; start a load if it is time.

        This never waits.
        """
        self._terms.add(terms)
        until, snapshot, load = self._current()
        return Answer(until, self._judge(snapshot, terms).origins, load)

    def left_out(self, terms: Terms) -> Sequence[Problem]:
        """Return why such a policy cannot allow some entries of the last load."""
        return self._judge(self._snapshot, terms).left_out

    def why_unusable(self) -> str:
        """Return what ``load`` has done instead of returning origins; empty if there are some."""
        if self._snapshot is not _NOTHING:
            return ""
        process = self._process()
        load = process.load
        if process.why or load is None:
            return process.why or "has not been called yet"
        return f"has not returned for {sources.monotonic() - load.started:.0f} seconds"

    def numbers(self) -> tuple[object, ...]:
        """Return the numbers on which the result depends beside ``load``."""
        return self._every, self._stale_for

    def __len__(self) -> int:
        return self._judge(self._snapshot, Terms()).kept

    def __bool__(self) -> bool:
        return True  # so that "if tenants:" does not ask whether any are loaded

    def __repr__(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RefreshedOrigins) or type(other) is not type(self):
            return NotImplemented
        return (self.load, self.numbers()) == (other.load, other.numbers())

    def __hash__(self) -> int:
        return hash((type(self), self.numbers()))  # without the function, which may have no hash

    def __copy__(self) -> "RefreshedOrigins":
        return self

    def __deepcopy__(self, memo: object) -> "RefreshedOrigins":
        return self  # as functions do, because frameworks copy their configuration

    def __reduce__(self) -> tuple[object, ...]:
        made = partial(type(self), every=self._every, stale_for=self._stale_for)
        return made, (self.load,)

    def _judge(self, snapshot: _Snapshot, terms: Terms) -> Judged:
        """Return what policies with these terms make of a snapshot, which keeps it."""
        if (judged := snapshot.judged.get(terms)) is None:
            judged = snapshot.judged.setdefault(terms, judge(snapshot.rows, terms))
            self._report(snapshot, terms)
        return judged

    def _process(self) -> _Process:
        """Return the loads of this process."""
        pid = os.getpid()
        if (process := self._processes.get(pid)) is None:
            # Not with a lock, which a fork may have copied while it was held.
            process = self._processes.setdefault(pid, _Process())
            for other in [*self._processes]:
                if other != pid:
                    self._processes.pop(other, None)
        return process

    def _current(self) -> tuple[float, _Snapshot, Load | None]:
        """Return the snapshot, until when it is the answer, and the load to wait for."""
        now, snapshot = sources.monotonic(), self._snapshot
        if now < snapshot.loaded + self._every:
            return snapshot.loaded + self._every, snapshot, None
        process = self._process()
        load = self._find_load(process, now)
        if load is None or now < snapshot.loaded + 2 * self._every:
            return (*self._usable(process), None)
        if load.is_slow or now >= load.wait_until:
            self._report_slow(process, load, load.wait_until)
            return (*self._usable(process), None)
        is_usable = now < snapshot.loaded + self._stale_for
        return -math.inf, snapshot if is_usable else _NOTHING, load

    def _report_slow(self, process: _Process, load: Load, now: float) -> None:
        """Log that nothing waits for a load any longer."""
        if self._is_news(process, "hangs"):
            logger.error(
                "%r: a load has not returned for %g seconds; %s",
                self,
                round(now - load.started, 2),
                self._meanwhile(),
            )

    def _find_load(self, process: _Process, now: float, *, at_once: bool = False) -> Load | None:
        """Return the load that runs; abandon one that hangs, and start one if it is time."""
        begun, has_hung = None, False
        with process.lock:
            load = process.load
            if load is not None and now >= load.started + self._stale_for:
                load, has_hung, at_once = None, True, True
            if load is None and (at_once or now >= process.next_load):
                load = begun = Load(now, PATIENCE)
            process.load = load
        if has_hung and self._is_news(process, "is abandoned"):
            logger.error(
                "%r: a load has not returned for %g seconds, so its result will be ignored; "
                "another load starts",
                self,
                self._stale_for,
            )
        if begun is not None:
            self._begin(process, begun)
        return load

    def _begin(self, process: _Process, load: Load) -> None:
        """Run a load in a thread, which sees no context of a request."""
        run = partial(Context().run, self._run, process, load)
        try:
            threading.Thread(target=run, name=repr(self), daemon=True).start()
        except Exception as error:  # such as the limit of threads
            self._fail(process, load, error)
            load.finish()

    def _run(self, process: _Process, load: Load) -> None:
        try:
            self._succeed(process, load, self._read())
        except BaseException as error:  # a thread that ends must say so
            self._fail(process, load, error)
        finally:
            load.finish()

    def _read(self) -> _Snapshot:
        """Call ``load``, and judge what it returns as the policies do."""
        rows, others = read_rows(self.load())
        before = self._snapshot
        if rows.keys() == before.rows.keys() and others == before.others:
            judged = before.judged
        else:
            judged = {terms: judge(rows, terms) for terms in [*self._terms]}
        return _Snapshot(sources.monotonic(), rows, others, judged)

    def _succeed(self, process: _Process, load: Load, snapshot: _Snapshot) -> None:
        with process.lock:
            is_latest = process.load is load
            had_trouble = bool(process.troubles)
            if is_latest:
                process.load, process.why = None, ""
                process.troubles.clear()
                process.next_load = snapshot.loaded + self._every
                self._snapshot, self._loaded_at = snapshot, datetime.now(UTC)
                load.has_succeeded = True
                sources.announce()
        if is_latest and had_trouble:
            logger.warning("%r: a load has succeeded again", self)
        for terms in [*snapshot.judged] if is_latest else ():
            self._report(snapshot, terms)

    def _fail(self, process: _Process, load: Load, error: BaseException) -> None:
        with process.lock:
            is_latest = process.load is load
            if is_latest:
                process.load = None
                process.next_load = sources.monotonic() + self._every
                is_own = isinstance(error, UnusableResultError)
                process.why = str(error) if is_own else f"raised {describe(error)}"
        if is_latest and self._is_news(process, type(error).__qualname__):
            logger.error("%r: a load has failed; %s", self, self._meanwhile(), exc_info=error)

    def _is_news(self, process: _Process, trouble: str) -> bool:
        """Return whether a trouble is the first of its kind since the last success."""
        with process.lock:
            is_news = trouble not in process.troubles
            process.troubles.add(trouble)
        return is_news

    def _meanwhile(self) -> str:
        """Say what is allowed until a load succeeds."""
        left = self._snapshot.loaded + self._stale_for - sources.monotonic()
        if left > 0:
            return f"the origins of the last load are allowed for {left:.0f} more seconds"
        return "no origin is allowed until a load succeeds"

    def _usable(self, process: _Process) -> tuple[float, _Snapshot]:
        """Return the snapshot unless it is too old, and until when it is the answer."""
        with process.lock:
            snapshot = self._snapshot
            end = snapshot.loaded + self._stale_for
            has_expired = snapshot is not _NOTHING and sources.monotonic() >= end
            if has_expired:
                snapshot = self._snapshot = _NOTHING
            is_loading, next_load = process.load is not None, process.next_load
        if has_expired:
            logger.error(
                "%r: no load has succeeded for %g seconds; no origin is allowed until one does",
                self,
                self._stale_for,
            )
        if is_loading:
            return -math.inf, snapshot
        return next_load if snapshot is _NOTHING else min(next_load, end), snapshot

    def _report(self, snapshot: _Snapshot, terms: Terms) -> None:
        """Log which entries policies leave out or allow at a risk, if these have changed."""
        judged = snapshot.judged[terms]
        problems = (*judged.left_out, *judged.risky)
        found = frozenset([*((one.code, one.value) for one in problems), *snapshot.others])
        if snapshot is _NOTHING or found == self._reported.get(terms, frozenset()):
            return
        self._reported[terms] = found
        whys = [f"{text} is not a string" for text in snapshot.others]
        whys += [problem.message for problem in judged.left_out]
        risks = [problem.message for problem in judged.risky]
        count = len(snapshot.rows) + len(snapshot.others)
        kind = "with" if terms.credentials else "without"
        if whys:
            logger.warning(
                "%r: policies %s credentials leave out %d of %d loaded entries: %s",
                *(self, kind, len(whys), count, list_some(whys)),
            )
        if risks:
            logger.warning(
                "%r: policies %s credentials allow %d of %d loaded entries at a risk: %s",
                *(self, kind, len(risks), count, list_some(risks)),
            )


def _check_load(load: object) -> None:
    """Check that ``load`` can be called without arguments, and is not asynchronous.

    :raises TypeError: if it cannot be called so, or is asynchronous.
    """
    use = "use a function that takes no arguments and returns origins"
    if not callable(load):
        raise TypeError(f"{load!r} is not a function; {use}, and pass it without parentheses")
    name = name_of_code(load)
    if is_asynchronous(load):
        raise TypeError(f"{name}() is asynchronous, which wsgicors cannot await; {use}")
    try:
        signature = inspect.signature(load)
    except (TypeError, ValueError):  # some built-in and compiled callables have none
        return
    try:
        signature.bind()
    except TypeError as error:
        raise TypeError(f"{name}() cannot be called without arguments ({error}); {use}") from None


def _read_seconds(name: str, value: object) -> float:
    """Return a positive number of seconds.

    :raises TypeError: if the value is not a number or a ``timedelta``.
    :raises ValueError: if the value is not positive and finite.
    """
    use = f"use {name}=60 (seconds) or a timedelta"
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name}={value!r} is not a number of seconds; {use}")
    if not 0 < seconds < math.inf:
        raise ValueError(f"{name}={value!r} is not a positive number of seconds; {use}")
    return float(seconds)
