"""Responses as they arrive, and as JavaScript may see them (Fetch, "filtered response")."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core.headers import (
    FORBIDDEN_RESPONSE_HEADERS,
    SAFELISTED_RESPONSE_HEADERS,
    Header,
    is_token,
    split_list,
)
from .requests import Tainting

NULL_BODY_STATUSES = frozenset({101, 103, 204, 205, 304})
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response as the server sent it."""

    status: int
    reason: str
    headers: Sequence[Header]
    body: bytes

    def get(self, name: str) -> str | None:
        """Return the values of a header, joined (Fetch, "get" a header)."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    def names(self, name: str) -> list[str] | None:
        """Return the names in a list header; ``None`` if it is absent.

        :raises ValueError: with the first element that is not a name (Fetch, "extract header list
            values").
        """
        value = self.get(name)
        if value is None:
            return None
        names = split_list(value)
        for element in names:
            if not is_token(element):
                raise ValueError(element)
        return names


class ReadableHeaders(Mapping[str, str]):
    """The response headers that JavaScript may read, by name in any case.

    :raises KeyError: says whether a header was not sent, or was sent but not exposed.
    """

    def __init__(self, readable: Iterable[Header], sent: Iterable[Header]) -> None:
        self._readable: dict[str, str] = {}
        for name, value in readable:
            known = self._readable.get(name.lower())
            self._readable[name.lower()] = value if known is None else f"{known}, {value}"
        self._sent = {name.lower() for name, _ in sent}

    def __getitem__(self, name: str) -> str:
        try:
            return self._readable[name.lower()]
        except KeyError:
            pass
        if name.lower() in FORBIDDEN_RESPONSE_HEADERS:
            raise KeyError(f"browsers never let JavaScript read {name}")
        if name.lower() in self._sent:
            raise KeyError(f"{name} was sent, but not exposed; add it to expose_headers")
        raise KeyError(f"the server did not send {name}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._readable)

    def __len__(self) -> int:
        return len(self._readable)

    def __repr__(self) -> str:
        return f"ReadableHeaders({self._readable!r})"


@dataclass(frozen=True, slots=True)
class Response:
    """A response as JavaScript sees it."""

    type: Tainting
    status: int
    headers: ReadableHeaders
    body: bytes
    url: str
    redirected: bool

    @property
    def ok(self) -> bool:
        """Whether the status is in the range 200 to 299."""
        return 200 <= self.status <= 299

    @property
    def text(self) -> str:
        """The body, decoded as UTF-8."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Parse the body as JSON.

        :raises ValueError: if the body is not JSON.
        """
        return json.loads(self.body)


def filtered(
    raw: RawResponse, tainting: Tainting, url: str, redirected: bool, with_credentials: bool
) -> Response:
    """Return what JavaScript may see of a response."""
    if tainting in ("opaque", "opaqueredirect"):
        shown = url if tainting == "opaqueredirect" else ""
        return Response(tainting, 0, ReadableHeaders((), ()), b"", shown, False)
    readable = [line for line in raw.headers if line[0].lower() not in FORBIDDEN_RESPONSE_HEADERS]
    if tainting == "cors":
        exposed = exposed_names(raw, with_credentials)
        if exposed is not None:
            allowed = exposed | SAFELISTED_RESPONSE_HEADERS
            readable = [line for line in readable if line[0].lower() in allowed]
    body = b"" if raw.status in NULL_BODY_STATUSES else raw.body  # even if the app sent a body
    headers = ReadableHeaders(readable, raw.headers)
    return Response(tainting, raw.status, headers, body, url, redirected)


def exposed_names(raw: RawResponse, with_credentials: bool) -> set[str] | None:
    """Return the exposed header names in lower case; ``None`` means all."""
    try:
        names = raw.names("Access-Control-Expose-Headers") or []
    except ValueError:
        names = []
    if "*" in names and not with_credentials:
        return None
    return {name.lower() for name in names}
