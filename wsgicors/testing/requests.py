"""A request as JavaScript makes it (Fetch, "Request class").

Methods are normalised, forbidden headers are dropped, and a body sets its Content-Type.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import Literal, cast, get_args
from urllib.parse import urlencode

from .._core.headers import (
    FORBIDDEN_METHODS,
    SAFELISTED_METHODS,
    Header,
    is_token,
    normalise_method,
)
from .profiles import Profile
from .safelist import is_forbidden, is_safelisted, unsafe_names
from .urls import URL

Credentials = Literal["omit", "same-origin", "include"]
Mode = Literal["cors", "no-cors", "same-origin"]
Redirect = Literal["follow", "error", "manual"]
Tainting = Literal["basic", "cors", "opaque", "opaqueredirect"]
"""The kind of response that JavaScript gets (Fetch, "response tainting" and "type")."""

HeadersInit = Mapping[str, str] | Iterable[tuple[str, str]]
Body = str | bytes | Mapping[str, str] | None
"""A string, bytes, or the fields of a form (``URLSearchParams``)."""

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
"""The types of a form, in lower case."""

NO_CORS_HEADERS = frozenset({"accept", "accept-language", "content-language", "content-type"})


@dataclass(slots=True)
class Request:
    """A request; redirects change it."""

    origin: str
    """The page's origin, ``null`` if it is opaque."""
    method: str
    urls: list[URL]
    headers: list[Header]
    body: bytes | None
    credentials: Credentials
    mode: Mode
    redirect: Redirect
    profile: Profile
    remake: "Callable[[Profile], Request]"
    """Makes the request as it was at first, for a browser with another profile."""
    first_unsafe_names: tuple[str, ...] = ()
    """The header names that a preflight for the first URL asks for."""
    dropped_names: frozenset[str] = frozenset()
    """Names that the last redirect drops, in lower case."""
    was_preflighted: bool = False
    """Whether a URL so far needed a preflight."""
    use_preflight: bool = False
    """Whether the request always needs a preflight (Fetch, "use-CORS-preflight flag")."""
    is_xhr: bool = False
    top_level: str | None = None
    """The origin of the top-level page if the page is in a frame."""
    cookies: tuple[tuple[str, str], ...] = ()
    """Cookies that the browser already has for the first URL: names and values."""
    tainting: Tainting = "basic"
    """Set by main fetch; never ``"basic"`` again once the request left the page's origin."""
    redirects: int = 0
    is_tainted: bool = False
    """Whether a redirect hides the page's origin from servers."""

    @property
    def url(self) -> URL:
        """The current URL, after all redirects so far."""
        return self.urls[-1]

    @property
    def top_level_site(self) -> tuple[str, str] | None:
        """The site of the top-level page; ``None`` if its origin is opaque."""
        return _site(self.top_level or self.origin)

    @property
    def site_for_cookies(self) -> tuple[str, str] | None:
        """The site of the page and its top-level page; ``None`` if there is no common one."""
        if "third-party-cookies-blocked" in self.profile:
            return self.top_level_site
        sites = {_site(self.origin), self.top_level_site}
        return sites.pop() if len(sites) == 1 else None

    @property
    def sent_origin(self) -> str:
        """The value of the ``Origin`` header (Fetch, "serializing a request origin")."""
        return "null" if self.is_tainted else self.origin

    @property
    def is_same_origin(self) -> bool:
        """Whether the current URL is at the page's origin."""
        return self.origin != "null" and self.origin == self.url.origin

    @property
    def began_same_origin(self) -> bool:
        """Whether the first URL is at the page's origin."""
        return self.origin == self.urls[0].origin

    @property
    def is_cors(self) -> bool:
        """Whether responses have to pass the CORS check."""
        return self.tainting == "cors"

    @property
    def with_credentials(self) -> bool:
        """Whether the credentials mode is "include"."""
        return self.credentials == "include"

    @property
    def unsafe_names(self) -> list[str]:
        """The header names that a preflight asks for: in lower case, sorted."""
        if "preflight-names-decided-once" not in self.profile:
            return unsafe_names(self.headers, self.profile)
        dropped = self.dropped_names if "headers-dropped-once" in self.profile else ()
        return [name for name in self.first_unsafe_names if name not in dropped]

    @property
    def kept_headers(self) -> list[Header]:
        """The headers without those that the last redirect drops."""
        return [line for line in self.headers if line[0].lower() not in self.dropped_names]

    def drop(self, names: AbstractSet[str]) -> None:
        """Drop headers, given in lower case, because of a redirect."""
        self.dropped_names |= names
        # In Firefox Authorization comes back with the next redirect.
        lost = names - {"authorization"} if "headers-dropped-once" in self.profile else names
        self.headers = [line for line in self.headers if line[0].lower() not in lost]

    def header(self, name: str) -> str | None:
        """Return the values of a header, joined; ``None`` if it is absent."""
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
    top_level: str | None = None,
    is_xhr: bool = False,
    upload_listener: bool = False,
    cookies: tuple[tuple[str, str], ...] = (),
) -> Request:
    """Make a request as ``new Request()`` does.

    :param upload_listener: whether JavaScript listens to the progress of the upload.
    :raises TypeError: where JavaScript would get a ``TypeError``.
    """
    _check(method, credentials, mode, redirect)
    headers = pairs(headers)
    remake = partial(
        make_request,
        origin,
        url,
        method=method,
        headers=headers,
        body=body,
        credentials=credentials,
        mode=mode,
        redirect=redirect,
        top_level=top_level,
        is_xhr=is_xhr,
        upload_listener=upload_listener,
        cookies=cookies,
    )
    method = normalise_method(method)
    if mode == "no-cors" and method not in SAFELISTED_METHODS:
        raise TypeError(f"mode 'no-cors' allows only GET, HEAD and POST, not {method!r}")
    content, content_type = _encode(body, headers)
    if content is not None and method in {"GET", "HEAD"}:
        raise TypeError(f"a {method} request cannot have a body")
    needs_body = "upload-listener-needs-body" in profile
    kept: list[Header] = []
    for name, value in headers:
        value = _check_header(name, value)
        if is_forbidden(name, value, profile):
            continue
        if mode != "no-cors" or _stays_no_cors_safelisted([*kept, (name, value)], profile):
            kept.append((name, value))
    if content_type and not any(name.lower() == "content-type" for name, _ in kept):
        kept.append(("Content-Type", content_type))
    combined = _combined(kept)
    return Request(
        origin,
        method,
        [url],
        combined,
        content,
        cast("Credentials", credentials),
        cast("Mode", mode),
        cast("Redirect", redirect),
        profile,
        remake,
        use_preflight=upload_listener and (content is not None or not needs_body),
        is_xhr=is_xhr,
        top_level=top_level,
        cookies=cookies,
        first_unsafe_names=tuple(unsafe_names(combined, profile)),
    )


def _site(origin: str) -> tuple[str, str] | None:
    return None if origin == "null" else URL.parse(origin).site


def _check(method: str, credentials: str, mode: str, redirect: str) -> None:
    if not is_token(method):
        raise TypeError(f"{method!r} is not an HTTP method")
    if method.upper() in FORBIDDEN_METHODS:
        raise TypeError(f"browsers do not allow the method {method!r}")
    for name, value, known in (
        ("credentials", credentials, get_args(Credentials)),
        ("mode", mode, get_args(Mode)),
        ("redirect", redirect, get_args(Redirect)),
    ):
        if value not in known:
            options = ", ".join(map(repr, known))
            raise TypeError(f"{value!r} is not a value of {name}; use one of {options}")


def pairs(headers: HeadersInit | None) -> list[tuple[str, str]]:
    """List the headers that a page sets."""
    if isinstance(headers, Mapping):
        headers = cast("Mapping[str, str]", headers).items()
    return list(headers or ())


def _check_header(name: str, value: str) -> str:
    """Return the normalised value (Fetch, "normalize" a header value).

    :raises TypeError: if the name or the value is invalid.
    """
    value = value.strip("\t\n\r ")
    if not is_token(name):
        raise TypeError(f"{name!r} is not a header name")
    if any(character in "\0\r\n" or ord(character) > 0xFF for character in value):
        raise TypeError(f"{value!r} is not a header value")
    return value


def _combined(headers: list[Header]) -> list[Header]:
    """Join the values of each name, as iterating over ``Headers`` does."""
    values: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for name, value in headers:
        names.setdefault(name.lower(), name)
        values.setdefault(name.lower(), []).append(value)
    return [(name, ", ".join(values[key]).strip(" \t")) for key, name in names.items()]


def _stays_no_cors_safelisted(headers: list[Header], profile: Profile) -> bool:
    """Return whether mode ``no-cors`` allows the last header, joined with others of its name."""
    added = headers[-1][0].lower()
    ((name, value),) = _combined([line for line in headers if line[0].lower() == added])
    return added in NO_CORS_HEADERS and is_safelisted(name, value, profile)


def _encode(body: Body, headers: Iterable[Header]) -> tuple[bytes | None, str | None]:
    """Return a body as bytes and its Content-Type (Fetch, "extract" a body).

    :raises TypeError: if the headers say that the fields of a form are something else.
    """
    if body is None or isinstance(body, bytes):
        return body, None
    if isinstance(body, str):
        return body.encode(), "text/plain;charset=UTF-8"
    for name, value in headers:
        if name.lower() == "content-type" and value.partition(";")[0].strip().lower() not in FORMS:
            raise TypeError(
                f"a {type(body).__name__} as body is sent as a form, but Content-Type is "
                f"{value!r}; for JSON use body=json.dumps(...), otherwise str or bytes"
            )
    return urlencode(body).encode(), "application/x-www-form-urlencoded;charset=UTF-8"
