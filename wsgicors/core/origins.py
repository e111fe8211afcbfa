"""One origin, one pattern, and the set that answers "is this origin allowed?".

Spellings that browsers never send are not repaired here but refused: see :mod:`.spelling` for
what to write instead. There are no regular expressions for callers, because unanchored and
unescaped ones are how origins that should not match have matched, again and again.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Literal, NamedTuple

from .addresses import canonical_ip, ends_in_a_number
from .values import Value

logger = logging.getLogger("wsgicors")

MAX_ORIGIN_LENGTH = 512
"""Characters; a DNS name has at most 253, so no browser has more to send."""

DEFAULT_PORTS = {"http": 80, "https": 443}
"""Ports that a serialised origin leaves out (URL standard, "special scheme")."""

PAGE_SCHEMES = {"ws": "http", "wss": "https"}
"""Schemes of sockets, and of the pages that open them: an origin is always the page's."""

OPAQUE_SCHEMES = frozenset({"about", "blob", "data", "file", "javascript"})
"""Schemes of documents that have no origin to send."""

OPAQUE_ORIGINS = frozenset({"null", "file://"})
"""What documents without an origin of their own send; ``file://`` comes from old web views."""

ANY_PORT: Literal["*"] = "*"
Port = int | Literal["*"] | None

# A label may hold an underscore and a host may end in a dot: the grammar of Fetch has neither,
# but browsers send both. Nothing else can stand in a host that a browser sends.
_GRAMMAR = (
    r"(?P<scheme>[a-z][a-z0-9+.\-]*)://"
    r"(?P<host>\[[0-9a-f:]+\]|[a-z0-9_\-]+(?:\.[a-z0-9_\-]+)*\.?)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
)


@cache
def _grammar() -> re.Pattern[str]:
    return re.compile(_GRAMMAR)  # at the first origin, for whoever imports has none yet


class Origin(Value):
    """An origin as browsers serialise it: a scheme, a host and perhaps a port.

    This is what a callable in ``allow_origins`` receives.

    >>> origin = Origin.parse("https://app.example:8443")
    >>> origin.scheme, origin.host, origin.port
    ('https', 'app.example', 8443)
    """

    __slots__ = ("host", "port", "scheme")

    scheme: str
    host: str
    """In lower case and ASCII; an IPv6 address in its brackets."""
    port: int | None
    """``None`` stands for the scheme's default port."""

    def __init__(self, scheme: str, host: str, port: int | None) -> None:
        self._set(scheme, host, port)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")

    @classmethod
    def parse(cls, text: str) -> "Origin | None":
        """Read an origin exactly as a browser serialises it, or return ``None``.

        ``null`` is not an origin, and neither is any spelling that the URL standard would have
        changed before sending (Fetch, "``Origin`` header").
        """
        if len(text) > MAX_ORIGIN_LENGTH or (match := _grammar().fullmatch(text)) is None:
            return None
        scheme, host, digits = match.group("scheme", "host", "port")
        port = int(digits) if digits else None
        if scheme in PAGE_SCHEMES or scheme in OPAQUE_SCHEMES:
            return None
        if port is not None and (port > 65535 or port == DEFAULT_PORTS.get(scheme)):
            return None
        return cls(scheme, host, port) if _is_canonical_host(host) else None

    @property
    def is_loopback(self) -> bool:
        """Whether the pages come from this very machine, whatever the network.

        Under schemes other than ``http`` and ``https`` they come from an app or an extension.
        """
        host = self.host.rstrip(".")
        return self.scheme in DEFAULT_PORTS and (
            host in {"localhost", "[::1]"}
            or host.endswith(".localhost")
            or (host.startswith("127.") and ends_in_a_number(host))
        )


def _is_canonical_host(host: str) -> bool:
    """Tell whether the URL standard's host parser would leave this host as it is."""
    if not host.startswith("[") and not ends_in_a_number(host):
        return True
    return canonical_ip(host) == host


class Pattern(NamedTuple):
    """What one string in ``allow_origins`` stands for: an origin, its subdomains, any port."""

    scheme: str
    host: str
    """The host, or the domain whose subdomains are meant."""
    port: Port
    subdomains: bool

    @classmethod
    def parse(cls, text: str) -> "Pattern | None":
        """Read ``scheme://host[:port]``, ``scheme://*.host[:port]`` or either with ``:*``."""
        scheme, _, rest = text.partition("://")
        subdomains, has_any_port = rest.startswith("*."), rest.endswith(":*")
        origin = Origin.parse(f"{scheme}://{rest.removeprefix('*.').removesuffix(':*')}")
        if origin is None or (has_any_port and origin.port is not None):
            return None
        is_address = origin.host.startswith("[") or ends_in_a_number(origin.host)
        if subdomains and is_address:
            return None  # an address has no subdomains
        return cls(
            origin.scheme, origin.host, ANY_PORT if has_any_port else origin.port, subdomains
        )

    @property
    def is_exact(self) -> bool:
        """Whether this is one origin and not several."""
        return not self.subdomains and self.port != ANY_PORT

    @property
    def key(self) -> str:
        """All but the port, in the form in which :class:`OriginSet` looks it up."""
        return f"{self.scheme}://{'*.' if self.subdomains else ''}{self.host}"

    @property
    def is_loopback(self) -> bool:
        """Whether only pages served from the visitor's own machine match."""
        return Origin(self.scheme, self.host, None).is_loopback


OriginPredicate = Callable[[Origin], bool]


class OriginSet:
    """The origins that a policy admits.

    An exact origin costs one look-up in a set; a pattern costs one look-up for each label of the
    origin that asks, however many patterns there are.
    """

    __slots__ = ("_ports", "_predicates", "exact", "is_fixed")

    exact: frozenset[str]
    """The origins that are admitted as they are spelt, and most often all that there are."""
    is_fixed: bool
    """Whether an origin gets the same answer for ever: a callable may change its mind."""

    def __init__(
        self,
        exact: Iterable[str] = (),
        patterns: Iterable[Pattern] = (),
        predicates: Iterable[OriginPredicate] = (),
    ) -> None:
        self.exact = frozenset(exact)
        self._predicates = tuple(predicates)
        self.is_fixed = not self._predicates
        self._ports: dict[str, set[Port]] = {}
        for pattern in patterns:
            self._ports.setdefault(pattern.key, set()).add(pattern.port)

    def __contains__(self, text: str) -> bool:
        if text in self.exact:
            return True
        if not self._ports and not self._predicates:
            return False
        origin = Origin.parse(text)
        return origin is not None and (self._matches(origin) or self._is_vouched_for(origin))

    def _matches(self, origin: Origin) -> bool:
        for key in _keys(origin):
            ports = self._ports.get(key)
            if ports is not None and (origin.port in ports or ANY_PORT in ports):
                return True
        return False

    def _is_vouched_for(self, origin: Origin) -> bool:
        for predicate in self._predicates:
            try:
                answer: object = predicate(origin)
            except Exception:
                logger.exception("The origin callable %r raised for %r.", predicate, str(origin))
                continue
            if answer is True:
                return True
            # A truthy stand-in (a coroutine, a match, a mock) must never open the door.
            if answer is not False:
                logger.error(
                    "The origin callable %r returned %r for %r; it must return True or False.",
                    predicate,
                    answer,
                    str(origin),
                )
        return False


def _keys(origin: Origin) -> Iterator[str]:
    """Yield the key of every pattern that could match: the host, then each domain above it."""
    yield f"{origin.scheme}://{origin.host}"
    host = origin.host
    while "." in host:
        host = host.partition(".")[2]
        yield f"{origin.scheme}://*.{host}"
