"""Responses as they arrive, and as JavaScript may see them (Fetch, "filtered response")."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple, Protocol

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

FIRST_ERROR = 400
"""The lowest status of an error (RFC 9110, section 15)."""


class Bounds(NamedTuple):
    """How much of a body is read at most; some bodies have no end, such as event streams."""

    bytes: int
    seconds: float


WHOLE_BODY = Bounds(64 * 2**20, 30)
"""For a body that the page may read."""

EXCERPT = Bounds(4096, 0.5)
"""For the body of an error that the page may not read; it may say what is wrong."""


class BodyError(Exception):
    """The connection failed before the end of a body.

    :ivar error: what the page gets when it reads the body.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class TimeIsUp(Exception):
    """The time for a body ended before the body did."""


class Stream(Protocol):
    """A body that has not been read yet."""

    def read(self, until: float) -> bytes:
        """Return the next bytes; none at the end of the body.

        :param until: the deadline, on the clock of :func:`time.monotonic`.
        :raises TimeIsUp: at the deadline.
        :raises BodyError: if the connection fails.
        """
        ...

    def close(self) -> None:
        """Read no more."""
        ...


@dataclass(slots=True)
class RawResponse:
    """A response as the server sent it.

    Whether the page may read it depends on its headers, so its body is read afterwards.
    """

    status: int
    reason: str
    headers: Sequence[Header]
    body: bytes
    """What has been read of the body."""
    stream: Stream | None = field(default=None, repr=False, compare=False)
    """The rest of the body; ``None`` once it is closed."""
    cut: str = ""
    """Why the body is not whole, in one sentence; empty if it is."""
    failure: Exception | None = None
    """What the page gets when it reads the body, if the connection failed before its end."""

    def read(self, bounds: Bounds) -> None:
        """Read the body, and close it."""
        if self.stream is None:
            return
        stream, self.stream = self.stream, None
        parts, size = [self.body], len(self.body)
        until = monotonic() + bounds.seconds
        try:
            while size <= bounds.bytes and (part := stream.read(until)):
                parts.append(part)
                size += len(part)
                if monotonic() > until:
                    raise TimeIsUp
            if size > bounds.bytes:
                self.cut = f"Reading stopped after {bounds.bytes:,} bytes; the body is longer."
        except TimeIsUp:
            self.cut = (
                f"Reading stopped at the time limit, after {size:,} bytes; the body had not ended."
            )
        except BodyError as error:
            self.failure = error.error
            self.cut = (
                f"The connection failed after {size:,} bytes, before the end of the body, so "
                f"JavaScript cannot read it: {error}."
            )
        finally:
            self.body = b"".join(parts)[: bounds.bytes]
            stream.close()

    def dismiss(self) -> None:
        """Close the body without reading it; of an error read an excerpt, which may say why."""
        if self.status >= FIRST_ERROR:
            self.read(EXCERPT)
        elif self.stream is not None:
            stream, self.stream = self.stream, None
            self.cut = "The body was not read to its end."
            stream.close()

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
    content: bytes
    """What has been read of the body."""
    url: str
    redirected: bool
    cut: str = ""
    """Why :attr:`body` is not the whole body, in one sentence; empty if it is."""
    failure: Exception | None = None
    """What :attr:`body` raises."""

    @property
    def body(self) -> bytes:
        """The body, or what has been read of it: see :attr:`cut`.

        :raises NetworkError: if the connection failed before the end of the body.
        """
        if self.failure is not None:
            raise self.failure
        return self.content

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
    return Response(tainting, raw.status, headers, body, url, redirected, raw.cut, raw.failure)


def exposed_names(raw: RawResponse, with_credentials: bool) -> set[str] | None:
    """Return the exposed header names in lower case; ``None`` means all."""
    try:
        names = raw.names("Access-Control-Expose-Headers") or []
    except ValueError:
        names = []
    if "*" in names and not with_credentials:
        return None
    return {name.lower() for name in names}
