"""Origins, patterns of origins, and sets of both.

Only the spelling that browsers send is accepted; :mod:`.suggestions` knows what to use instead of
any other. Regular expressions are not supported, because an unescaped dot or a missing anchor
allows origins that it should not.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Literal, NamedTuple

from .headers import excerpt, name_of_code

logger = logging.getLogger("wsgicors")

MAX_ORIGIN_LENGTH = 512
"""Characters. A DNS name has at most 253, and apps choose short hosts."""

MAX_NAME_LENGTH, MAX_LABEL_LENGTH = 253, 63
"""Characters in a DNS name, and in each of its labels (RFC 1035, section 2.3.4)."""

DEFAULT_PORTS = {"http": 80, "https": 443}
"""Ports that browsers leave out of an origin (URL standard, "special scheme")."""

DOMAIN_SCHEMES = frozenset({"ftp", "http", "https", "ws", "wss"})
"""Schemes whose hosts are domains or IP addresses (URL standard, "special scheme").

The host of any other scheme, such as Electron's ``app``, is an "opaque host": case counts, it may
be empty, and it may have most ASCII characters.
"""

PAGE_SCHEMES = {"ws": "http", "wss": "https"}
"""The schemes of WebSockets, each with the scheme of the page that opens it."""

OPAQUE_SCHEMES = frozenset({"about", "blob", "data", "file", "javascript"})
"""Schemes of documents that send no origin of their own."""

OPAQUE_ORIGINS = frozenset({"null", "file://"})
"""What documents without an origin send; ``file://`` comes from old web views."""

ANY_PORT: Literal["*"] = "*"
Port = int | Literal["*"] | None

# Browsers also send underscores in a label and a dot at the end of a host, which the grammar of
# Fetch lacks. They send no other characters in a domain.
_DOMAIN = r"[a-z0-9_\-]+(?:\.[a-z0-9_\-]+)*\.?"

# All printable ASCII except the "forbidden host code points" of the URL standard. Browsers
# percent-encode everything else ("opaque-host parser").
_OPAQUE_HOST = r"[!\"$-.0-9;=A-Z_`a-z{}~]*"

_GRAMMAR = (
    r"(?P<scheme>[a-z][a-z0-9+.\-]*)://"
    rf"(?P<host>\[[0-9a-f:]+\]|{_DOMAIN}|(?P<opaque>{_OPAQUE_HOST}))"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
)


@cache
def _grammar() -> re.Pattern[str]:
    return re.compile(_GRAMMAR)  # when first needed, to keep the import fast


@cache
def _domain() -> re.Pattern[str]:
    return re.compile(_DOMAIN)


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin: a scheme, a host and perhaps a port. Callables in ``allow_origins`` get one.

    >>> origin = Origin.parse("https://app.example:8443")
    >>> origin.scheme, origin.host, origin.port
    ('https', 'app.example', 8443)
    """

    scheme: str
    host: str
    """In ASCII, and in lower case unless the scheme is of an app. IPv6 addresses have brackets."""
    port: int | None
    """``None`` for the default port of the scheme."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port else "")

    @classmethod
    def parse(cls, text: str) -> "Origin | None":
        """Parse an origin as browsers send it (Fetch, "``Origin`` header").

        Return ``None`` for anything else: ``null``, or a spelling that browsers change first.
        """
        if len(text) > MAX_ORIGIN_LENGTH or (match := _grammar().fullmatch(text)) is None:
            return None
        scheme, host, opaque, digits = match.group("scheme", "host", "opaque", "port")
        port = int(digits) if digits else None
        if scheme in PAGE_SCHEMES or scheme in OPAQUE_SCHEMES:
            return None
        if opaque is not None and (scheme in DOMAIN_SCHEMES or (port and not host)):
            return None
        if port is not None and (port > 65535 or port == DEFAULT_PORTS.get(scheme)):
            return None
        return cls(scheme, host, port) if _is_canonical_host(scheme, host) else None

    @property
    def is_loopback(self) -> bool:
        """Whether the pages come from a server on the visitor's own machine.

        ``False`` for schemes such as ``capacitor``, whose pages belong to an app or an extension.
        """
        host = self.host.rstrip(".")
        return self.scheme in DEFAULT_PORTS and (
            host in {"localhost", "[::1]"}
            or host.endswith(".localhost")
            or (host.startswith("127.") and ends_in_a_number(host))
        )


def _is_canonical_host(scheme: str, host: str) -> bool:
    """Return whether the host parser of the URL standard leaves this host unchanged."""
    is_address = host.startswith("[") or (scheme in DOMAIN_SCHEMES and ends_in_a_number(host))
    return not is_address or canonical_ip(host) == host


class Pattern(NamedTuple):
    """One string of ``allow_origins``: an origin, its subdomains, or any port."""

    scheme: str
    host: str
    """The host, or the domain of the subdomains."""
    port: Port
    subdomains: bool

    @classmethod
    def parse(cls, text: str) -> "Pattern | None":
        """Parse ``scheme://host[:port]``, ``scheme://*.host[:port]``, or either with ``:*``."""
        scheme, separator, rest = text.partition("://")
        subdomains, has_any_port = rest.startswith("*."), rest.endswith(":*")
        origin = Origin.parse(f"{scheme}{separator}{rest.removeprefix('*.').removesuffix(':*')}")
        if origin is None or (has_any_port and (origin.port is not None or not origin.host)):
            return None
        if "*" in origin.host or (subdomains and not _can_have_subdomains(origin)):
            return None
        if origin.scheme in DEFAULT_PORTS and not _is_possible_name(origin.host):
            return None
        return cls(
            origin.scheme, origin.host, ANY_PORT if has_any_port else origin.port, subdomains
        )

    @property
    def is_exact(self) -> bool:
        """Whether only one origin matches."""
        return not self.subdomains and self.port != ANY_PORT

    @property
    def key(self) -> str:
        """The pattern without its port, as :class:`OriginSet` looks it up."""
        return f"{self.scheme}://{'*.' if self.subdomains else ''}{self.host}"

    @property
    def is_loopback(self) -> bool:
        """Whether only pages from the visitor's own machine match."""
        return Origin(self.scheme, self.host, None).is_loopback


def _can_have_subdomains(origin: Origin) -> bool:
    is_address = origin.scheme in DOMAIN_SCHEMES and ends_in_a_number(origin.host)
    return not is_address and _domain().fullmatch(origin.host) is not None


def _is_possible_name(host: str) -> bool:
    """Return whether a page can have this host; only DNS and IDNA restrict what has the form."""
    name = host.removesuffix(".")
    return len(name) <= MAX_NAME_LENGTH and all(
        len(label) <= MAX_LABEL_LENGTH and is_idna_label(label) for label in name.split(".")
    )


OriginPredicate = Callable[[Origin], bool]


class Fault(NamedTuple):
    """Why a callable of ``allow_origins`` has not decided about an origin."""

    predicate: OriginPredicate
    origin: str
    what: str
    """What it has done: ``raised ...`` or ``returned ...``."""


_last_fault: ContextVar[Fault | None] = ContextVar("wsgicors.fault", default=None)
"""The fault, if there was one, of the callables that were the last to refuse an origin here."""


class OriginSet:
    """The origins that a policy allows, for ``in``.

    An exact origin takes one look-up. Patterns take one look-up for each label of the origin in
    question, however many patterns there are.
    """

    __slots__ = ("_exact", "_ports", "_predicates", "asks_app", "fault", "is_fixed")

    asks_app: bool
    """Whether a look-up may call callables, which are code of the app."""
    is_fixed: bool
    """Whether the set never changes. A callable may return something else next time."""
    fault: Fault | None
    """Why the callables have not decided, in a set that :meth:`settle` has returned."""

    def __init__(
        self,
        exact: Iterable[str] = (),
        patterns: Iterable[Pattern] = (),
        predicates: Iterable[OriginPredicate] = (),
    ) -> None:
        self._exact = frozenset(exact)
        self._predicates = tuple(predicates)
        self.asks_app = bool(self._predicates)
        self.is_fixed = not self._predicates
        self.fault = None
        self._ports: dict[str, set[Port]] = {}
        for pattern in patterns:
            self._ports.setdefault(pattern.key, set()).add(pattern.port)

    def __contains__(self, text: str) -> bool:
        if text in self._exact:
            return True
        if not self._ports and not self._predicates:
            return False
        origin = Origin.parse(text)
        return origin is not None and (self._matches(origin) or self._is_accepted(origin))

    def settle(self, text: str, is_allowed: bool | None = None) -> "OriginSet":
        """Return a set that has decided about an origin, so that callables are not asked again.

        :param is_allowed: what this set has just decided; by default it is asked.
        """
        if is_allowed is None:
            is_allowed = text in self
        settled = OriginSet([text] if is_allowed else ())
        fault = _last_fault.get()
        # No callable is asked about "null", and those of another set may have refused since.
        is_own = fault is not None and any(fault.predicate is one for one in self._predicates)
        if fault is not None and is_own and fault.origin == text and not is_allowed:
            settled.fault = fault
        return settled

    def unite(
        self, others: Iterable["OriginSet"], predicates: Iterable[OriginPredicate]
    ) -> "tuple[frozenset[str], OriginSet | None]":
        """Return the exact origins of several sets, and a set of all that is not an exact origin.

        There is no such set without patterns and callables.
        """
        united = OriginSet((), (), predicates)
        sets = (self, *others)
        for key, ports in chain.from_iterable(one._ports.items() for one in sets):
            united._ports.setdefault(key, set()).update(ports)
        has_more = united._ports or united._predicates
        return self._exact.union(*(one._exact for one in others)), united if has_more else None

    def _matches(self, origin: Origin) -> bool:
        for key in keys(origin.scheme, origin.host):
            ports = self._ports.get(key)
            if ports is not None and (origin.port in ports or ANY_PORT in ports):
                return True
        return False

    def _is_accepted(self, origin: Origin) -> bool:
        fault = None
        for predicate in self._predicates:
            try:
                result: object = predicate(origin)
            except Exception as error:
                name = name_of_code(predicate)
                logger.exception("The origin callable %s() raised for %r.", name, str(origin))
                fault = Fault(predicate, str(origin), f"raised {describe(error)}")
                continue
            if result is True:
                return True
            # A coroutine, a match or a mock is truthy too, but must not allow an origin.
            if result is not False:
                logger.error(
                    "The origin callable %s() returned %s for %r; it must return True or False.",
                    name_of_code(predicate),
                    describe(result),
                    str(origin),
                )
                what = f"returned {describe(result)}; it must return True or False"
                fault = Fault(predicate, str(origin), what)
        if not self.is_fixed:
            _last_fault.set(fault)
        return False


def describe(value: object) -> str:
    """Return an exception with its type, or any other value, for a line of a log."""
    try:
        if not isinstance(value, Exception):
            return excerpt(repr(value))
        message = excerpt(str(value))
    except Exception:  # raised by __repr__() or __str__() of the app
        return type(value).__name__
    return f"{type(value).__name__}: {message}" if message else type(value).__name__


def keys(scheme: str, host: str, subdomains: bool = False) -> Iterator[str]:
    """Yield the keys of all patterns that match a host, or all its subdomains, on some port."""
    if scheme not in DOMAIN_SCHEMES and _domain().fullmatch(host) is None:
        if "*" not in host:  # a literal star would be the key of a pattern
            yield f"{scheme}://{host}"
        return  # a wildcard covers only the characters of domains
    yield f"{scheme}://{'*.' if subdomains else ''}{host}"
    while "." in host:
        host = host.partition(".")[2]
        yield f"{scheme}://*.{host}"


def ends_in_a_number(host: str) -> bool:
    """Return whether browsers read a host as an IP address (URL, "ends in a number checker")."""
    last = host.removesuffix(".").rpartition(".")[2]
    if last.startswith("0x"):
        return not last[2:].strip("0123456789abcdef")
    return last.isascii() and last.isdigit()


def is_idna_label(label: str) -> bool:
    """Return whether browsers accept a label: if it starts with ``xn--``, they decode the rest.

    An approximation of UTS 46, section 4.1, that accepts what the standard library cannot judge.

    >>> is_idna_label("xn--bcher-kva"), is_idna_label("xn--f")
    (True, False)
    """
    if not label.startswith("xn--"):
        return True
    import unicodedata  # here, because few origins need it

    try:
        text = label[4:].encode("ascii").decode("punycode")
    except ValueError:
        return False
    if text.isascii() or text.encode("punycode").decode("ascii") != label[4:]:
        return False
    categories = [unicodedata.category(character) for character in text]
    if categories[0].startswith("M") or not _NEVER_IN_LABELS.isdisjoint([*categories, *text]):
        return False
    # IDNA maps capitals and compatibility characters to others, except these two letters.
    folded = "".join(c if c in "\xdf\u03c2" else c.casefold() for c in text)
    return unicodedata.normalize("NFKC", folded) == text


# Categories (controls, private use, surrogates, separators), then characters that IDNA removes
# or takes for a dot.
_NEVER_IN_LABELS = frozenset(
    {"Cc", "Co", "Cs", "Zl", "Zp", "Zs", "\xad", "\u200b", "\u2060", "\ufeff", "\u3002"}
)


def canonical_ip(host: str) -> str | None:
    """Return an IP address as browsers send it (URL, "host serializer"), or ``None``.

    >>> canonical_ip("0x7f.1"), canonical_ip("[0:0:0:0:0:0:0:1]"), canonical_ip("1.2.3.4.5")
    ('127.0.0.1', '[::1]', None)
    """
    import ipaddress  # here, because this import is slow and rarely needed

    try:
        if host.startswith("["):
            address = ipaddress.IPv6Address(host[1:].removesuffix("]").partition("%")[0])
            if address.ipv4_mapped is None:
                return f"[{address}]"
            # Newer Pythons write the last 32 bits as an IPv4 address; browsers do not.
            low = int(address) & 0xFFFFFFFF
            return f"[::ffff:{low >> 16:x}:{low & 0xFFFF:x}]"
        *leading, last = [_ipv4_number(part) for part in host.removesuffix(".").split(".")]
        # Each part but the last is one byte; the last fills the remaining bytes ("IPv4 parser").
        if len(leading) > 3 or any(n > 255 for n in leading) or last >= 256 ** (4 - len(leading)):
            return None
        number = last + sum(n << 8 * (3 - index) for index, n in enumerate(leading))
        return str(ipaddress.IPv4Address(number))
    except ValueError:
        return None


def _ipv4_number(part: str) -> int:
    if re.fullmatch("[0-9]+|0x[0-9a-f]*", part) is None:
        raise ValueError(part)  # because int() accepts signs, spaces and underscores
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)
