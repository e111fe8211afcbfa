"""The parts of a URL that matter to CORS, parsed by the URL standard."""

from dataclasses import dataclass

from .._core.origins import DEFAULT_PORTS, ends_in_a_number
from .._core.public_suffixes import public_suffix_list

try:
    import ada_url
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "wsgicors.testing needs the package ada-url; install wsgicors with its extra 'testing': "
        "python -m pip install '.[testing]' in a checkout, or "
        "python -m pip install 'PATH/TO/WHEEL[testing]' for a wheel",
        name="ada_url",
    ) from error


@dataclass(frozen=True, slots=True)
class URL:
    """A parsed absolute URL."""

    scheme: str
    host: str
    """Empty for schemes other than http and https."""
    port: int | None
    """``None`` for the scheme's default."""
    target: str
    """The path and the query; for other schemes, everything after the scheme."""
    userinfo: str = ""
    """A user name, perhaps with a password."""
    fragment: str = ""
    """Never sent to a server."""

    @classmethod
    def parse(cls, text: str, base: "URL | None" = None) -> "URL":
        """Parse a URL; a relative one is resolved against ``base``.

        :raises ValueError: if the text is not a valid URL.
        """
        try:
            parsed = ada_url.URL(text, None if base is None else base.href)
        except ValueError:
            needed = "a valid URL" if ":" in text else "an absolute URL"
            raise ValueError(
                f"{text!r} is not {needed}; use the form 'https://api.example/items'"
            ) from None
        href, _, fragment = parsed.href.partition("#")
        scheme, _, rest = href.partition(":")
        if scheme not in DEFAULT_PORTS:
            return cls(scheme, "", None, rest, "", fragment)
        authority, _, path = rest.removeprefix("//").partition("/")
        port = int(parsed.port) if parsed.port else None
        userinfo = authority.rpartition("@")[0]
        return cls(scheme, parsed.hostname, port, f"/{path}", userinfo, fragment)

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
    def site(self) -> tuple[str, str]:
        """The scheme and the registrable domain; ports do not count (HTML, "site")."""
        if not self.is_http:
            return self.scheme, self.target
        if self.host.startswith("[") or ends_in_a_number(self.host):
            return self.scheme, self.host
        # Browsers treat an unknown top-level domain as a public suffix.
        domain = public_suffix_list().privatesuffix(self.host, accept_unknown=True)
        return self.scheme, domain or self.host

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
