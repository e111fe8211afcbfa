"""Requests that a browser or a proxy has recorded, in an HTTP Archive (HAR)."""

from dataclasses import dataclass
from typing import NamedTuple

from ..._core.headers import SAFELISTED_METHODS, Header
from ...testing.responses import RawResponse
from ...testing.urls import URL

REQUESTED_METHOD = "access-control-request-method"
REQUESTED_HEADERS = "access-control-request-headers"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A request of a recording, with what the recording has of its response."""

    index: int
    """Its place in ``log.entries``."""
    method: str
    text: str
    """The URL as it is in the file."""
    url: URL | None
    """``None`` if it is not valid."""
    lines: tuple[Header, ...] = ()
    """The header lines of the request."""
    response: RawResponse | None = None
    """``None`` if the file has none: no status, or no headers."""
    missing: str = ""
    """What the file has instead of a response."""
    error: str = ""
    """The error that the browser noted, such as ``"net::ERR_FAILED"``."""
    has_passed: bool = False
    """Whether the browser has noted that there was no error."""
    kind: str = ""
    """What the request is for, in Chromium's words: ``"fetch"``, ``"xhr"``, ``"image"``."""
    is_by_test: bool = False
    """Whether a program has sent it for a test, and not a page."""
    started: float | None = None
    """In seconds since 1970; ``None`` if the file does not say."""
    seconds: float = 0
    is_cached: bool = False
    """Whether the response is from the browser's cache."""
    is_by_worker: bool = False
    """Whether a service worker has answered."""

    def header(self, name: str) -> str | None:
        """Return the value of a request header; ``None`` if it is absent."""
        return next((value for key, value in self.lines if key.lower() == name), None)

    @property
    def requested_method(self) -> str | None:
        """The method for which a preflight asks; ``None`` for other requests."""
        return self.header(REQUESTED_METHOD) if self.method == "OPTIONS" else None

    @property
    def address(self) -> str:
        """The URL without its fragment."""
        return self.text if self.url is None else str(self.url)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded."""

    entries: tuple[Entry, ...]
    profile: str | None
    """The engine that has made the requests; ``None`` if the file does not say."""


class Hop(NamedTuple):
    """A request with its preflight."""

    entry: Entry
    """The request; the preflight itself, if that is all that was recorded."""
    preflight: Entry | None = None

    @property
    def request(self) -> Entry | None:
        """The request, if it was recorded."""
        return None if self.entry is self.preflight else self.entry

    @property
    def is_plainly_preflighted(self) -> bool:
        """Whether there is a preflight that asks for nothing that needs one."""
        if self.preflight is None or self.preflight.header(REQUESTED_HEADERS):
            return False
        return self.preflight.requested_method in SAFELISTED_METHODS


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """A request of a page, with the redirects that it followed."""

    hops: tuple[Hop, ...]

    @property
    def index(self) -> int:
        """The index of its first request, by which users name it."""
        return self.hops[0].entry.index

    @property
    def lines(self) -> list[Header]:
        """The header lines of all its requests."""
        return [line for hop in self.hops for line in hop.entry.lines]

    @property
    def indexes(self) -> list[int]:
        """The indexes of all its entries."""
        return sorted({one.index for hop in self.hops for one in hop if one is not None})
