"""The browser's preflight cache (Fetch, "CORS-preflight cache")."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .._core.headers import SAFELISTED_METHODS
from .profiles import Profile
from .requests import Request

Key = tuple[object, str, str]
"""The network partition (pages of one top-level site share it), the origin and the URL."""


@dataclass(slots=True)
class Entry:
    """One method, or one header name, that a server allows."""

    key: Key
    credentials: bool
    method: str | None
    header: str | None
    expires: float


class PreflightCache:
    """The cache of the standard, with an entry for each method and header name.

    :param clock: returns seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entries: list[Entry] = []

    def covers(self, partition: object, request: Request, unsafe: Sequence[str]) -> bool:
        """Return whether the cache allows the method and every unsafe header."""
        needs_method = request.use_preflight or request.method not in SAFELISTED_METHODS
        if needs_method and not self.allows_method(partition, request):
            return False
        return all(self.allows_header(partition, request, name) for name in unsafe)

    def allows_method(self, partition: object, request: Request) -> bool:
        """Return whether the cache allows the method."""
        return any(
            entry.method in (request.method, "*")
            for entry in self._matching(partition, request)
            if entry.method is not None
        )

    def allows_header(self, partition: object, request: Request, name: str) -> bool:
        """Return whether the cache allows a header name, given in lower case."""
        return any(
            entry.header.lower() == name or (entry.header == "*" and name != "authorization")
            for entry in self._matching(partition, request)
            if entry.header is not None
        )

    def store(
        self,
        partition: object,
        request: Request,
        methods: Iterable[str],
        headers: Iterable[str],
        max_age: int,
    ) -> None:
        """Store what a preflight response allows; known entries get the new expiry."""
        expires = self._clock() + max_age
        for method in methods:
            self._keep(partition, request, method, None, expires)
        for header in headers:
            self._keep(partition, request, None, header, expires)

    def fail(self, partition: object, request: Request) -> None:
        """Drop all entries of a URL after a network error."""
        key = _key(partition, request)
        self._entries = [entry for entry in self._entries if entry.key != key]

    def _keep(
        self,
        partition: object,
        request: Request,
        method: str | None,
        header: str | None,
        expires: float,
    ) -> None:
        for entry in self._matching(partition, request):
            same_header = (entry.header or "").lower() == (header or "").lower()
            if entry.method == method and same_header:
                entry.expires = expires
                return
        key = _key(partition, request)
        self._entries.append(Entry(key, request.with_credentials, method, header, expires))

    def _matching(self, partition: object, request: Request) -> list[Entry]:
        now, key = self._clock(), _key(partition, request)
        return [
            entry
            for entry in self._entries
            if entry.expires > now
            and entry.key == key
            and self._suits(entry, request.with_credentials)
        ]

    def _suits(self, entry: Entry, with_credentials: bool) -> bool:
        """Return whether an entry counts for requests with or without credentials."""
        return entry.credentials or not with_credentials


class LiteralPreflightCache(PreflightCache):
    """The cache of Firefox, where entries match letter by letter ("literal-preflight-cache")."""

    def covers(self, partition: object, request: Request, unsafe: Sequence[str]) -> bool:
        """Return whether the cache allows the method and every unsafe header."""
        entries = self._matching(partition, request)
        methods = {"GET", "POST", *(entry.method for entry in entries)}
        headers = {entry.header.lower() for entry in entries if entry.header is not None}
        return bool(entries) and request.method in methods and headers.issuperset(unsafe)

    def store(
        self,
        partition: object,
        request: Request,
        methods: Iterable[str],
        headers: Iterable[str],
        max_age: int,
    ) -> None:
        """Store what a preflight response allows, and that there was one; not for 0 seconds."""
        if max_age > 0:
            # No request has the method "", but its entry lets a GET or POST find this preflight.
            super().store(partition, request, [*methods, ""], headers, max_age)

    def _suits(self, entry: Entry, with_credentials: bool) -> bool:
        return entry.credentials == with_credentials


@dataclass(slots=True)
class Preflight:
    """What one preflight response allows."""

    expires: float
    credentials: bool
    methods: frozenset[str]
    headers: frozenset[str]

    def covers(self, request: Request, unsafe: Sequence[str]) -> bool:
        """Return whether it allows the method and every header of a request."""
        if request.with_credentials and not self.credentials:
            return False
        covers_all = "cached-wildcards-cover-all" in request.profile
        wildcards = not (request.with_credentials if covers_all else self.credentials)
        any_method = "*" in self.methods and wildcards
        any_header = "*" in self.headers and wildcards
        return (request.method in {*self.methods, *SAFELISTED_METHODS} or any_method) and all(
            name in self.headers or (any_header and (covers_all or name != "authorization"))
            for name in unsafe
        )


class LastPreflightCache:
    """The cache of Chromium and WebKit: the last preflight of a URL ("one-preflight-remembered").

    :param clock: returns seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: dict[Key, Preflight] = {}

    def covers(self, partition: object, request: Request, unsafe: Sequence[str]) -> bool:
        """Return whether the last preflight covers a request; if it does not, drop it."""
        key = _key(partition, request)
        known = self._known.get(key)
        if known is None:
            return False
        if known.expires > self._clock() and known.covers(request, unsafe):
            return True
        del self._known[key]
        return False

    def store(
        self,
        partition: object,
        request: Request,
        methods: Iterable[str],
        headers: Iterable[str],
        max_age: int,
    ) -> None:
        """Store what a preflight response allows, instead of the last one."""
        not_cached = "redirected-preflights-not-cached"
        if request.origin == "null":
            not_cached = "opaque-preflights-not-cached"
        if request.sent_origin == "null" and not_cached in request.profile:
            return
        self._known[_key(partition, request)] = Preflight(
            self._clock() + max_age,
            request.with_credentials,
            frozenset(methods),
            frozenset(map(str.lower, headers)),
        )

    def fail(self, partition: object, request: Request) -> None:
        """Keep the entry: only a request that it does not cover drops it."""


Cache = PreflightCache | LastPreflightCache


def make_cache(clock: Callable[[], float], profile: Profile) -> Cache:
    """Make the preflight cache of a browser with this profile."""
    if "one-preflight-remembered" in profile:
        return LastPreflightCache(clock)
    if "literal-preflight-cache" in profile:
        return LiteralPreflightCache(clock)
    return PreflightCache(clock)


def _key(partition: object, request: Request) -> Key:
    url = str(request.url)
    if "fragments-preflight-apart" in request.profile:
        url = f"{url}#{request.url.fragment}"
    return partition, request.sent_origin, url


def kept_seconds(value: str | None, profile: Profile) -> int:
    """Return how long to cache a preflight response (Fetch, "CORS-preflight fetch").

    :param value: the value of ``Access-Control-Max-Age``.
    :returns: seconds.
    """
    if value is not None:
        if value.isascii() and value.isdigit():
            # Twenty digits exceed every cap, and int() raises for thousands.
            return min(int(value.lstrip("0")[:20] or 0), profile.max_age_cap)
        negative = value.startswith("-") and value[1:].isascii() and value[1:].isdigit()
        if negative and "negative-max-age-is-zero" in profile:
            return 0
    return 5
