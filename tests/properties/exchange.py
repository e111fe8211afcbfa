"""Calling an app as a server does, and keeping all that a server would have seen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Exchange:
    """What an app did with one request."""

    starts: list[tuple[str, list[tuple[str, str]], bool]] = field(default_factory=list)
    """Each call of ``start_response``: status, lines, and whether it came with ``exc_info``."""
    body: list[bytes] = field(default_factory=list)
    error: str | None = None
    """The exception that the app let escape."""
    environ: dict[str, Any] = field(default_factory=dict, compare=False)
    """The environ as the app has left it."""

    @property
    def status(self) -> str:
        return self.starts[-1][0]

    @property
    def lines(self) -> list[tuple[str, str]]:
        return self.starts[-1][1]


def call(app: Callable[..., Any], environ: dict[str, Any]) -> Exchange:
    """Send one request; what the app raises is part of what it did."""
    seen = Exchange(environ=environ.copy())

    def start(status: str, lines: list[tuple[str, str]], exc_info: Any = None) -> Any:
        seen.starts.append((status, list(lines), exc_info is not None))
        return seen.body.append

    chunks = None
    try:
        chunks = app(seen.environ, start)
        for chunk in chunks:
            seen.body.append(chunk)
    except Exception as error:
        seen.error = repr(error)
    finally:
        getattr(chunks, "close", lambda: None)()
    return seen
