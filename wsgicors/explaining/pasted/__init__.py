"""Requests in the forms in which people copy them from a browser."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from ..._core.headers import Header
from ...testing.requests import Mode

Preflight = Literal["", "none", "sent", "method"]

MODES: tuple[str, ...] = get_args(Mode)
"""The modes of a request that a page can use."""

JSON = "application/json"

UNKNOWN = "(unknown)"
"""Stands for the value of a header; because of its parentheses no header with it is safelisted."""


class Unreadable(ValueError):
    """A text that cannot be read; ``str()`` says what was expected."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a message says of the response that the browser received."""

    header: str = ""
    """The header that the message is about; empty if it is about none."""
    value: str | None = None
    """The value, empty if the header was missing. ``None`` if the text does not say: then
    ``Access-Control-Allow-Origin`` has several, and that of other headers is not ``true``."""
    status: int | None = None
    kind: str = ""
    """``"preflight"`` or ``"request"``: what got the response; empty if the text does not say."""
    allows_origin: bool = False
    """Whether the preflight response passed the CORS check: the message is about a later one."""


@dataclass(frozen=True, slots=True)
class Pasted:
    """A request as people copy it."""

    url: str
    method: str | None = None
    """``None`` if the text does not say."""
    origin: str | None = None
    """``None`` if the text does not say."""
    headers: tuple[Header, ...] = ()
    """Those that the page sets."""
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
    about_origin: tuple[str, ...] = ()
    """Where the origin is from; of no interest if another one is used."""
    preflight: Preflight = ""
    """What the text says of a preflight: nothing, ``"none"`` if none is at fault, ``"sent"`` if one
    is, or ``"method"`` if it does not allow the method."""
    received: Received | None = field(default=None, compare=False)
    """What the browser received; ``None`` if the text does not say."""
    meaning: str = field(default="", compare=False)
    """What the text means if the request passes, because it is not about CORS headers."""
    cookies: tuple[Header, ...] = ()
    """Names and values of the cookies that were sent."""
    is_message: bool = field(default=False, compare=False)
    """Whether the text is a message of a console, which never shows a body."""
    is_vague: bool = False
    """Whether the text does not say why the browser blocked the request."""
    is_guessed: bool = field(default=False, compare=False)
    """Whether the method is a guess, with which only reading requests are sent."""
    is_typed: bool = field(default=False, compare=False)
    """Whether the user has chosen the method, so that it may not be the one that the page sends."""
    others: tuple[str, ...] = field(default=(), compare=False)
    """Other methods that the request may have; empty unless the method is a guess."""

    @property
    def had_preflight(self) -> bool:
        """Whether the text proves that the browser has sent a preflight, which has failed."""
        return self.preflight in {"sent", "method"}


ONE_HEADER = (
    "A browser names one header at a time; if the page sets others, add them with -H, or paste the "
    "request as copied from the developer tools (--curl)."
)
"""A note for messages about a header that is not allowed."""


def note_value(name: str) -> str:
    """Return the note that a message does not say the value of a header."""
    value = assumed_value(name)
    return f"The message does not say the value of {name}; explain uses {value!r}."


def assumed_value(name: str) -> str:
    """Return a value for a request header, with which it needs a preflight."""
    return JSON if name.lower() == "content-type" else UNKNOWN
