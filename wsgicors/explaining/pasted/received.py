"""Compares what a message says of a response with the responses that came."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus

from ..._core.headers import is_token, quote, split_list
from ..._core.protocol import MAX_METHOD_SIZE
from ...testing import checks
from ...testing.log import Exchange
from ..explanation import Explanation
from ..words import ASIDE, how_to_repeat
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
    if received.allows_origin and explanation.step == checks.NO_ORIGIN:
        return (
            "The browser saw a preflight response that allows the origin, but this server sent no "
            f"{checks.ORIGIN}: {who}."
        )
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


def use_named_methods(request: Pasted, explanations: Iterable[Explanation]) -> Pasted:
    """Return a request with a guessed method whose other methods are those that a response names.

    If no response names one, return it as it is.
    """
    others = request.others
    lists = (_named_methods(one) for one in explanations)
    named = [name for name in next(filter(None, lists), ()) if name != request.method]
    if not others or not named:
        return request
    named.sort(key=lambda name: name not in others)  # stable: the likeliest first
    old, new = how_to_repeat(others[0]), how_to_repeat(named[0])
    notes = tuple(note.replace(old, new) for note in request.notes)
    return replace(request, others=tuple(named), notes=notes)


def _named_methods(explanation: Explanation) -> list[str]:
    """Return the methods that the last response names that names any."""
    for one in reversed(explanation.exchanges):
        header = checks.METHODS if one.kind == "preflight" else "Allow"
        if one.response.status == HTTPStatus.METHOD_NOT_ALLOWED:
            header = "Allow"
        names = split_list(one.response.get(header) or "")
        methods = [name for name in names if _is_method(name)]
        if methods:
            return methods
    return []


def _is_method(name: str) -> bool:
    is_short = len(name) <= MAX_METHOD_SIZE
    return is_short and is_token(name) and name not in {"*", *ASIDE}


def is_refused(explanation: Explanation) -> bool:
    """Return whether the last response says that the URL does not serve the method."""
    last = explanation.exchanges[-1:]
    return any(one.response.status == HTTPStatus.METHOD_NOT_ALLOWED for one in last)


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
