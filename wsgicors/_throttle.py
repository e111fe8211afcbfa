"""``Throttle``: lets a message through once per kind and minute."""

import time
from collections.abc import Callable, Hashable
from threading import Lock


class Throttle:
    """Admits each key once per minute, and counts how often it did not.

    >>> throttle = Throttle()
    >>> throttle.admit("a"), throttle.admit("a"), throttle.admit("b")
    (0, None, 0)

    :param seconds: the time between two messages of one key.
    :param most: the most keys; further ones are not admitted until the time of others is over.
    :param clock: returns the time in seconds, and never goes back.
    """

    def __init__(
        self, seconds: float = 60, most: int = 100, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._lock = Lock()
        self._admitted: dict[Hashable, tuple[float, int]] = {}

    def admit(self, key: Hashable) -> int | None:
        """Return how often the key was not admitted since it last was; ``None`` if it is not now.

        :param key: the kind of the message; a text of bounded length, so that memory is bounded.
        """
        now = self._clock()
        with self._lock:
            since, missed = self._admitted.get(key, (None, 0))
            if since is not None and now - since < self._seconds:
                self._admitted[key] = since, missed + 1
                return None
            if since is None and len(self._admitted) >= self._most:
                self._forget_before(now - self._seconds)
                if len(self._admitted) >= self._most:
                    return None
            self._admitted[key] = now, 0
            return missed

    def _forget_before(self, moment: float) -> None:
        kept = {key: entry for key, entry in self._admitted.items() if entry[0] > moment}
        self._admitted = kept
