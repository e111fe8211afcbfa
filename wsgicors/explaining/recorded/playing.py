"""Plays what was recorded of a request's responses, in place of servers."""

import ssl
from collections.abc import Callable, Sequence
from socket import gaierror

from ..._core.headers import Header
from ...testing.cache import Cache, PreflightCache
from ...testing.exceptions import NetworkError
from ...testing.requests import Request
from ...testing.responses import RawResponse
from ...testing.transports import Send
from ...testing.urls import URL
from ..questions import NotSent
from . import Chain, Entry, Hop

FAILURES: tuple[tuple[str, Callable[[str], Exception]], ...] = (
    ("CONNECTION_REFUSED", ConnectionRefusedError),
    ("NAME_NOT_RESOLVED", gaierror),
    ("UNKNOWN_HOST", gaierror),
    ("CERT_", ssl.SSLCertVerificationError),
    ("SSL_", ssl.SSLError),
    ("TIMED_OUT", TimeoutError),
    ("NET_TIMEOUT", TimeoutError),
    ("CONNECTION_RESET", ConnectionError),
    ("CONNECTION_CLOSED", ConnectionError),
    ("EMPTY_RESPONSE", ConnectionError),
    ("NET_RESET", ConnectionError),
)
"""Parts of the errors that browsers note if a server does not answer, and what Python raises."""


class Player:
    """Answers the requests of a chain, each with the response that was recorded."""

    def __init__(self, chain: Chain) -> None:
        self._left = [*chain.hops]

    def answer(
        self, method: str, url: URL, headers: Sequence[Header], body: bytes | None
    ) -> RawResponse:
        """Answer a request, as the servers did.

        :raises NetworkError: if the server did not answer.
        :raises NotSent: if the recording does not show an answer.
        """
        asked = dict(headers).get("Access-Control-Request-Method")
        hop = self._find(asked or method, url)
        if hop is None:
            raise NotSent(f"The file has no entry for {method} {url}")
        if asked:
            return _answer_preflight(hop)
        self._left.remove(hop)
        if hop.request is None:
            raise NotSent(f"The file has the preflight, but not the {method} request")
        return _answer(hop.request, f"the {method} request")

    def _find(self, method: str, url: URL) -> Hop | None:
        found = (
            hop
            for hop in self._left
            if hop.entry.address == str(url)
            and method == (hop.entry.requested_method or hop.entry.method)
        )
        return next(found, None)

    def passes(self, request: Request) -> bool:
        """Return whether a browser has sent a request whose preflight was not recorded."""
        hop = self._find(request.method, request.url)
        return hop is not None and hop.preflight is None and hop.entry.response is not None


def _answer_preflight(hop: Hop) -> RawResponse:
    if hop.preflight is not None:
        return _answer(hop.preflight, "the preflight")
    _check_connection(hop.entry)
    noted = _describe_missing(hop.entry)
    raise NotSent(f"The file has neither a preflight nor a response: the entry has {noted}")


def _answer(entry: Entry, what: str) -> RawResponse:
    """Return a new response each time: reading closes it."""
    response = entry.response
    if response is not None:
        return RawResponse(response.status, response.reason, [*response.headers], response.body)
    _check_connection(entry)
    raise NotSent(f"The file has no response to {what}: the entry has {_describe_missing(entry)}")


def _describe_missing(entry: Entry) -> str:
    return f"{entry.missing}{f' and the error {entry.error}' if entry.error else ''}"


def _check_connection(entry: Entry) -> None:
    """Check that a server was not out of reach.

    :raises NetworkError: if the browser has noted that it was.
    """
    for part, kind in FAILURES:
        if part in entry.error:
            cause = kind(entry.error)
            if isinstance(cause, ssl.SSLCertVerificationError):
                cause.verify_code, cause.verify_message = 0, entry.error
            raise NetworkError(f"the browser noted {entry.error}") from cause


class Presumed(PreflightCache):
    """A preflight cache that allows what a browser has sent without a recorded preflight."""

    def __init__(self, player: Player, tape: "Tape") -> None:
        super().__init__(lambda: 0.0)
        self._player = player
        self._tape = tape

    def covers(self, partition: object, request: Request, unsafe: Sequence[str]) -> bool:
        """Return whether the request was sent."""
        passes = self._player.passes(request)
        self._tape.lacks_preflight |= passes
        return passes


class Tape:
    """The recording of one request of a page, which can be played several times."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.lacks_preflight = False
        """Whether a request was sent that needs a preflight, but none was recorded."""

    @property
    def is_answered(self) -> bool:
        """Whether a server has answered, so that the browser has sent the request."""
        return any(hop.entry.response is not None for hop in self._chain.hops)

    def play(self) -> tuple[Callable[[URL], Send], Cache]:
        """Return what finds the servers of a browser, and its preflight cache."""
        player = Player(self._chain)
        return (lambda url: player.answer), Presumed(player, self)
