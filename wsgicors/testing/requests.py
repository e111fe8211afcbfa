"""A request as script makes it, before anything has been sent.

Fetch, "Request class": methods are normalised, forbidden headers dropped, and the type of the
body goes into the headers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args
from urllib.parse import urlencode

from ..core.headers import (
    FORBIDDEN_METHODS,
    SAFELISTED_METHODS,
    Header,
    is_token,
    normalise_method,
)
from .profiles import Profile
from .safelist import is_forbidden, is_safelisted
from .urls import URL

Credentials = Literal["omit", "same-origin", "include"]
Mode = Literal["cors", "no-cors", "same-origin"]
Redirect = Literal["follow", "error", "manual"]
Tainting = Literal["basic", "cors", "opaque", "opaqueredirect"]
"""What kind of response script gets (Fetch, "response tainting" and "type")."""

HeadersInit = Mapping[str, str] | Iterable[tuple[str, str]]
Body = str | bytes | Mapping[str, str] | None
"""A string, bytes, or the fields of a form (``URLSearchParams``)."""

NO_CORS_HEADERS = frozenset({"accept", "accept-language", "content-language", "content-type"})


@dataclass(slots=True)
class Request:
    """A request on its way, through any number of redirects."""

    origin: str
    """The page's origin, ``null`` if it is opaque."""
    method: str
    urls: list[URL]
    headers: list[Header]
    body: bytes | None
    credentials: Credentials
    mode: Mode
    redirect: Redirect
    use_preflight: bool = False
    """Whether the browser asks in any case (Fetch, "use-CORS-preflight flag")."""
    is_xhr: bool = False
    tainting: Tainting = "basic"
    """What became of it so far: once it has left the page's origin, it stays that way."""
    redirects: int = 0
    is_tainted: bool = field(default=False)
    """Whether a redirect crossed origins so that the page's origin is no longer told."""

    @property
    def url(self) -> URL:
        """Where the request is going now."""
        return self.urls[-1]

    @property
    def sent_origin(self) -> str:
        """What an ``Origin`` header says (Fetch, "serializing a request origin")."""
        return "null" if self.is_tainted else self.origin

    @property
    def is_same_origin(self) -> bool:
        """Whether the page itself comes from where the request is going."""
        return self.origin != "null" and self.origin == self.url.origin

    @property
    def is_cors(self) -> bool:
        """Whether responses have to pass the CORS check."""
        return self.tainting == "cors"

    @property
    def with_credentials(self) -> bool:
        """Whether the credentials mode is "include"."""
        return self.credentials == "include"

    def header(self, name: str) -> str | None:
        """Return the value of a header, several joined as ``Headers.get`` joins them."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


def make_request(
    origin: str,
    url: URL,
    profile: Profile,
    *,
    method: str,
    headers: HeadersInit | None,
    body: Body,
    credentials: str,
    mode: str,
    redirect: str,
) -> Request:
    """Do what ``new Request()`` does.

    :raises TypeError: where script would get one, before anything is sent.
    """
    _check(method, credentials, mode, redirect)
    method = normalise_method(method)
    if mode == "no-cors" and method not in SAFELISTED_METHODS:
        raise TypeError(f"mode 'no-cors' takes only GET, HEAD and POST, not {method!r}")
    content, content_type = _encode(body)
    if content is not None and method in {"GET", "HEAD"}:
        raise TypeError(f"a {method} request cannot have a body")
    kept: list[Header] = []
    for name, value in _pairs(headers):
        value = _check_header(name, value)
        if is_forbidden(name, value, profile):
            continue
        if mode != "no-cors" or _stays_no_cors_safelisted([*kept, (name, value)], profile):
            kept.append((name, value))
    if content_type and not any(name.lower() == "content-type" for name, _ in kept):
        kept.append(("Content-Type", content_type))
    return Request(
        origin,
        method,
        [url],
        _combined(kept),
        content,
        cast("Credentials", credentials),
        cast("Mode", mode),
        cast("Redirect", redirect),
    )


def _check(method: str, credentials: str, mode: str, redirect: str) -> None:
    if not is_token(method):
        raise TypeError(f"{method!r} is no HTTP method")
    if method.upper() in FORBIDDEN_METHODS:
        raise TypeError(f"browsers do not let script use {method!r}")
    for name, value, known in (
        ("credentials", credentials, get_args(Credentials)),
        ("mode", mode, get_args(Mode)),
        ("redirect", redirect, get_args(Redirect)),
    ):
        if value not in known:
            raise TypeError(f"{name}={value!r} is none of {', '.join(map(repr, known))}")


def _pairs(headers: HeadersInit | None) -> list[tuple[str, str]]:
    if isinstance(headers, Mapping):
        headers = cast("Mapping[str, str]", headers).items()
    return list(headers or ())


def _check_header(name: str, value: str) -> str:
    """Return the value as ``Headers`` keeps it (Fetch, "normalize" a header value)."""
    value = value.strip("\t\n\r ")
    if not is_token(name):
        raise TypeError(f"{name!r} is no header name")
    if any(character in "\0\r\n" or ord(character) > 0xFF for character in value):
        raise TypeError(f"{value!r} is no header value")
    return value


def _combined(headers: list[Header]) -> list[Header]:
    """Join the values of one name, as iterating over ``Headers`` does."""
    values: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for name, value in headers:
        names.setdefault(name.lower(), name)
        values.setdefault(name.lower(), []).append(value)
    return [(name, ", ".join(values[key]).strip(" \t")) for key, name in names.items()]


def _stays_no_cors_safelisted(headers: list[Header], profile: Profile) -> bool:
    """Tell whether the header added last may be there in mode ``no-cors``, with its namesakes."""
    added = headers[-1][0].lower()
    namesakes = [header for header in headers if header[0].lower() == added]
    ((name, value),) = _combined(namesakes)
    return added in NO_CORS_HEADERS and is_safelisted(name, value, profile)


def _encode(body: Body) -> tuple[bytes | None, str | None]:
    """Return the bytes of a body and the type that it brings (Fetch, "extract" a body)."""
    if body is None or isinstance(body, bytes):
        return body, None
    if isinstance(body, str):
        return body.encode(), "text/plain;charset=UTF-8"
    return urlencode(body).encode(), "application/x-www-form-urlencoded;charset=UTF-8"
