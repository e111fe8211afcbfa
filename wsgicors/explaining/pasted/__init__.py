"""Requests as people copy them: from a console, as a curl command or as a ``fetch()`` call."""

from dataclasses import dataclass

from ..._core.headers import Header


class Unreadable(ValueError):
    """A text that cannot be read; ``str()`` says what was expected."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """A request as people copy it."""

    url: str
    method: str | None = None
    """``None`` if the text does not say."""
    origin: str | None = None
    """The origin of the page; ``None`` if the text does not say."""
    headers: tuple[Header, ...] = ()
    """The headers that the page sets."""
    body: str | bytes | None = None
    credentials: str | None = None
    """``None`` if the text proves nothing."""
    mode: str = "cors"
    redirect: str = "follow"
    xhr: bool = False
    profile: str | None = None
    """The engine whose words these are."""
    notes: tuple[str, ...] = ()
    """What was assumed."""
    cookies: tuple[Header, ...] = ()
    """Names and values of the cookies that were sent."""
