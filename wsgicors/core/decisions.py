"""What was decided about a request, and a memory for the origins that ask again.

The same few origins ask again and again, and a policy's answer to each is the same every time.
"""

from typing import Literal

from .headers import Header
from .values import Value

MAX_REMEMBERED = 256
"""Origins whose decisions a policy keeps, of each kind: at worst 200 kB for either.

That takes as many origins as long as can be, all granted, and preflights that a router decides,
which are kept by its methods too. Those that are refused share one decision and take half of it at
most.
"""

MAX_REMEMBERED_LENGTH = 128
"""Characters of such an origin: a longer one is worked out each time."""

Reason = Literal[
    "origin-not-allowed",
    "method-not-allowed",
    "header-not-allowed",
    "authorization-not-listed",
    "too-large",
    "no-policy",
]
"""Why a browser will not let a page have what it asked for."""


class Decision(Value):
    """The header lines that the policy adds, and why it refused, if it did."""

    __slots__ = ("headers", "refusal")

    headers: list[Header]
    """A list, for a response's own is one too and Python adds the two quickest.

    All requests share it, and sometimes all origins: whoever sends it sends a copy, or the sum.
    """
    refusal: Reason | None

    def __init__(self, headers: list[Header], refusal: Reason | None = None) -> None:
        _set_headers(self, headers)
        _set_refusal(self, refusal)

    def __hash__(self) -> int:
        return hash((*self.headers, self.refusal))


# What `_set` calls in the end. One decision is made for each origin that is new and granted.
_set_headers = vars(Decision)["headers"].__set__
_set_refusal = vars(Decision)["refusal"].__set__


Memory = dict[str | tuple[str, ...] | None, Decision]
"""Decisions by origin, or by origin and the methods that a router serves."""


def keep(
    memory: Memory, origin: str | None, decision: Decision, key: tuple[str, ...] | None = None
) -> None:
    """Keep a decision, unless its origin is longer than any that is worth it.

    A memory that is full starts anew.

    :param key: what it is kept by, if not by its origin.
    """
    if origin is not None and len(origin) > MAX_REMEMBERED_LENGTH:
        return
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
    memory[key or origin] = decision
