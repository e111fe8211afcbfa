"""The parts of a URL that matter to CORS."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from .._core.origins import DEFAULT_PORTS

_SAFE = "/%:@!$&'()*+,;=~"
"""Characters that are not percent-encoded in a path."""


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
    """A user name, perhaps with a password."""
    fragment: str = ""
    """Never sent to a server."""

    @classmethod
    def parse(cls, text: str, base: "URL | None" = None) -> "URL":
        """Parse a URL; a relative one is resolved against ``base``.

        :raises ValueError: if the text is not an absolute URL.
        """
        if base is not None and re.match(r"[a-zA-Z][a-zA-Z0-9+.\-]*:", text) is None:
            text = urljoin(str(base), text)
        parts = urlsplit(text.strip())
        scheme = parts.scheme.lower()
        if scheme and scheme not in DEFAULT_PORTS:
            return cls(scheme, "", None, text.partition(":")[2])
        if not scheme or not parts.hostname:
            raise ValueError(
                f"{text!r} is not an absolute URL; use the form 'https://api.example/items'"
            )
        host = parts.hostname.encode("idna").decode("ascii")
        port = None if parts.port == DEFAULT_PORTS[scheme] else parts.port
        path = parts.path or "/"
        if "/." in path:  # browsers resolve dot segments before sending
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
        """Whether the scheme is http or https."""
        return self.scheme in DEFAULT_PORTS

    @property
    def authority(self) -> str:
        """The host, with the port unless it is the default."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The serialised origin; ``null`` for schemes other than http and https."""
        return f"{self.scheme}://{self.authority}" if self.is_http else "null"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def href(self) -> str:
        """The URL as JavaScript sees it, with a user name and a password."""
        return str(self).replace("//", f"//{self.userinfo}@", 1) if self.userinfo else str(self)

    def __str__(self) -> str:
        slashes = "//" if self.is_http else ""
        return f"{self.scheme}:{slashes}{self.authority}{self.target}"
