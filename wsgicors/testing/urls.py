"""Addresses, as far as CORS looks at them."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from ..core.origins import DEFAULT_PORTS

_SAFE = "/%:@!$&'()*+,;=~"
"""Characters that stand for themselves in a path."""


@dataclass(frozen=True, slots=True)
class URL:
    """A parsed absolute URL."""

    scheme: str
    host: str
    port: int | None
    """``None`` for the scheme's default."""
    target: str
    """The path and the query."""
    userinfo: str = ""
    """A user and perhaps a password."""
    fragment: str = ""
    """Stays with the browser."""

    @classmethod
    def parse(cls, text: str, base: "URL | None" = None) -> "URL":
        """Read a URL, relative to ``base`` if it is relative.

        :raises ValueError: if it is none.
        """
        if base is not None and re.match(r"[a-zA-Z][a-zA-Z0-9+.\-]*:", text) is None:
            text = urljoin(str(base), text)
        parts = urlsplit(text.strip())
        scheme = parts.scheme.lower()
        if scheme and scheme not in DEFAULT_PORTS:
            return cls(scheme, "", None, text.partition(":")[2])
        if not scheme or not parts.hostname:
            raise ValueError(f"{text!r} is no absolute URL; write 'https://api.example/items'")
        host = parts.hostname.encode("idna").decode("ascii")
        port = None if parts.port == DEFAULT_PORTS[scheme] else parts.port
        path = parts.path or "/"
        if "/." in path:  # dot segments never leave the browser
            path = urlsplit(urljoin("http://host/", path)).path
        target = quote(path, safe=_SAFE)
        if parts.query:
            target += "?" + quote(parts.query, safe=f"{_SAFE}?")
        host = f"[{host}]" if ":" in host else host
        named = parts.username or parts.password
        userinfo = parts.netloc.rpartition("@")[0] if named else ""
        return cls(scheme, host, port, target, userinfo, parts.fragment)

    @property
    def is_http(self) -> bool:
        """Whether it can be fetched over HTTP."""
        return self.scheme in DEFAULT_PORTS

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the default."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin, serialised; ``null`` where the scheme has none."""
        return f"{self.scheme}://{self.authority}" if self.is_http else "null"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def href(self) -> str:
        """The address as script sees it."""
        return str(self).replace("//", f"//{self.userinfo}@", 1) if self.userinfo else str(self)

    def __str__(self) -> str:
        slashes = "//" if self.is_http else ""
        return f"{self.scheme}:{slashes}{self.authority}{self.target}"
