"""Compares what a message says of a response with the responses that came."""

import re
from collections.abc import Iterator, Sequence

from ..._core.headers import quote
from ...testing import checks
from ...testing.log import Exchange
from ..explanation import Explanation
from . import Pasted, Received
from .patterns import tidy

OTHERS = (
    "another layer in front of it (proxy, cache, second CORS library), another server or an older "
    "version answered the browser"
)

OTHER_METHOD = "the request had another method"

OTHER_REQUEST = "or the request had other headers, credentials or another body"


def describe_message(request: Pasted, explanation: Explanation) -> Iterator[str]:
    """Say what a message shows that the explanation of its request does not."""
    if difference := find_difference(request, explanation):
        yield difference
    if request.meaning and explanation.verdict in ("allowed", "unknown"):
        yield request.meaning


def find_difference(request: Pasted, explanation: Explanation) -> str:
    """Say in what the response that the browser received differs; empty if no difference shows."""
    received = request.received
    exchanges = _comparable(received, explanation) if received else ()
    if received is None or not exchanges:
        return ""
    is_guess = request.is_guessed or request.others != ()
    who = f"{OTHER_METHOD}, or {OTHERS}" if is_guess else OTHERS
    # An error that a server sent for other reasons may have had no CORS headers.
    is_missing = (received.header, received.value) == (checks.ORIGIN, "")
    is_compared = received.header and not (is_missing and explanation.verdict == "allowed")
    if is_compared and not any(_has_header(received, one) for one in exchanges):
        sent = exchanges[-1].response.get(received.header)
        shown = "none" if sent is None else quote(sent)
        return f"The browser saw {_describe(received)}, but this server sent {shown}: {who}."
    statuses = [one.response.status for one in exchanges]
    if received.status in (None, *statuses):
        return ""
    return (
        f"The browser saw the status {received.status}, but this server answered {statuses[-1]}: "
        f"{who}, {OTHER_REQUEST}."
    )


def contradicts_guess(request: Pasted, explanation: Explanation) -> bool:
    """Return whether a response has another status than the browser's, and the method is a guess.

    Then the request of the browser probably had another method, so its result is not known.
    """
    received = request.received
    if received is None or received.status is None or not request.others:
        return False
    exchanges = _comparable(received, explanation)
    return bool(exchanges) and received.status not in {one.response.status for one in exchanges}


def _comparable(received: Received, explanation: Explanation) -> Sequence[Exchange]:
    """Return the exchanges that the message may be about."""
    if not received.kind:  # with "unknown", perhaps the response that was not seen
        return () if explanation.verdict == "unknown" else explanation.exchanges
    exchanges = [one for one in explanation.exchanges if one.kind == received.kind]
    if not exchanges and explanation.step.startswith("CORS check"):
        return explanation.exchanges  # the browser's preflight has passed this check
    return exchanges


def _has_header(received: Received, exchange: Exchange) -> bool:
    """Return whether a response has the value that the browser received."""
    value = exchange.response.get(received.header) or ""
    if received.value is not None:
        return _plain(value) == _plain(received.value)
    return value != "true" if received.header == checks.CREDENTIALS else "," in value


def _plain(value: str) -> str:
    """Return a value without what consoles print in another way."""
    return re.sub(r"\\u[0-9A-F]{4}|[^!-~]+", "", tidy(value))


def _describe(received: Received) -> str:
    if received.value:
        return f"{quote(received.value)} in {received.header}"
    if received.value is not None:
        return f"no {received.header}"
    is_credentials = received.header == checks.CREDENTIALS
    return f"{'no true' if is_credentials else 'several values'} in {received.header}"
