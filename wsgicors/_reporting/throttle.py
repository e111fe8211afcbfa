"""``Throttle``: lets a message through once per kind and minute."""

import time
from collections.abc import Callable, Hashable
from threading import Lock

SECONDS = 60.0
"""The time between two messages of one kind."""


class Throttle:
    """Lets one message of each kind through per minute, and counts those that are left out.

    >>> throttle = Throttle()
    >>> throttle.note("a"), throttle.note("a"), throttle.note("b")
    ('', None, '')

    :param most: the most kinds per minute; messages of further kinds are left out.
    :param clock: returns the time in seconds, and never goes back.
    """

    def __init__(self, most: int = 100, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._kinds: dict[Hashable, tuple[float, int]] = {}
        """When the last message of a kind was let through, and how many were left out since."""
        self._others = 0
        """How many messages were left out whose kinds are not kept."""

    def note(self, key: Hashable) -> str | None:
        """Return what to add to the message; ``None`` if the message is to be left out.

        :param key: the kind of the message; of bounded length, so that memory is bounded.
        """
        now = self._clock()
        with self._lock:
            since, missed = self._kinds.get(key, (None, 0))
            if since is not None and now - since < SECONDS:
                self._kinds[key] = since, missed + 1
                return None
            if since is None and len(self._kinds) >= self._most:
                self._forget(now - SECONDS)
                if len(self._kinds) >= self._most:
                    self._others += 1
                    return None
            self._kinds[key] = now, 0
            others, self._others = self._others, 0
        same = f"; {missed} more since the last message" if missed else ""
        return same + (f"; {others} of other kinds were left out" if others else "")

    def _forget(self, moment: float) -> None:
        """Forget kinds whose last message was let through by then, but not their counts."""
        old = {key: missed for key, (since, missed) in self._kinds.items() if since <= moment}
        self._others += sum(old.values())
        for key in old:
            del self._kinds[key]
