"""The exchanges of a page, as a list and as a sequence diagram."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from .._core.headers import Header
from .cookies import SetCookie
from .responses import RawResponse
from .urls import URL

WIDTH = 48
"""Columns between the two lifelines of the diagram."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response."""

    kind: str
    """``"preflight"`` or ``"request"``."""
    page: str
    """The origin of the page that made the request."""
    method: str
    url: URL
    request_headers: Sequence[Header]
    response: RawResponse
    cookies: Sequence[SetCookie] = ()
    """The cookies that the response sets, and why the browser drops some of them."""

    def request_header(self, name: str) -> str | None:
        """Return the values of a request header, joined; ``None`` if it is absent."""
        values = [value for key, value in self.request_headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def note(self) -> str:
        """What a preflight asks for; empty for other requests."""
        if self.kind == "request":
            return ""
        asked = [self.request_header("Access-Control-Request-Method") or ""]
        if names := self.request_header("Access-Control-Request-Headers"):
            asked.append(names.replace(",", ", "))
        return f"   may I {asked[0]}?" + (f" With {asked[1]}?" if asked[1:] else "")


class Log(list[Exchange]):
    """The exchanges of a page, oldest first; ``str()`` draws them as a sequence diagram."""

    def __str__(self) -> str:
        lines: list[str] = []
        ends: tuple[str, str] | None = None
        for exchange in self:
            if ends != (exchange.page, exchange.url.origin):
                ends = exchange.page, exchange.url.origin
                lines.append(f"{ends[0]:<{WIDTH}}  {ends[1]}")
            lines += _arrows(exchange)
        return "\n".join(lines) or "nothing was sent"


def _arrows(exchange: Exchange) -> list[str]:
    request = f" {exchange.method} {exchange.url.target} "[: WIDTH - 6]
    status = exchange.response.status
    known = {entry.value: entry.phrase for entry in HTTPStatus}
    response = f" {status} {known.get(status, exchange.response.reason)} "[: WIDTH - 6]
    return [
        f"├──{request:─<{WIDTH - 3}}▶│{exchange.note}",
        f"│◀{response:─>{WIDTH - 3}}──┤",
    ]
