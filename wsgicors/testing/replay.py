"""A request that was made once, made again in another engine from what its server answered.

A replay sends nothing but preflights. The page keeps its preflight cache and its log.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from http.cookiejar import CookieJar

from .._core.headers import Header
from .cache import make_cache
from .console import Failure, printed
from .exceptions import NetworkError
from .fetch import UNREACHABLE, UNREACHABLE_PREFLIGHT, Client, fetch
from .log import Exchange, Log
from .profiles import ENGINES, PROFILES
from .requests import Request
from .responses import RawResponse
from .transports import Send
from .urls import URL

UNANSWERED = frozenset({UNREACHABLE, UNREACHABLE_PREFLIGHT})
"""The steps that fail if a server does not answer."""

DECISIVE = ("origin", "access-control-request-method", "access-control-request-headers")
"""Request headers on which the CORS headers of a response may depend."""

WITH_COOKIES = (*DECISIVE, "cookie")
"""The same for a browser whose cookies are known."""

Key = tuple[str | None, ...]
Answer = tuple[Key, RawResponse | NetworkError]
"""What a request has led to: the method, the URL and the decisive headers, and the response."""


class NotRecorded(Exception):
    """The response to a request that an engine would send is not known."""


class Memory:
    """Answers that are given again to the same requests, in order; other requests are sent.

    :param find_server: reaches the servers.
    :param decisive: the request headers by which requests differ.
    """

    def __init__(
        self,
        find_server: Callable[[URL], Send],
        answers: Iterable[Answer],
        decisive: Sequence[str] = DECISIVE,
    ) -> None:
        self._find_server = find_server
        self._decisive = decisive
        self._answers = list(answers)
        self.sent: list[Answer] = []
        """The answers to what was sent."""

    def find_server(self, url: URL) -> Send:
        """Return a function that answers as the server did."""
        return self._send

    def _send(
        self, method: str, url: URL, headers: Sequence[Header], body: bytes | None
    ) -> RawResponse:
        key = _key(method, url, headers, self._decisive)
        answer = next((answer for answer in self._answers if answer[0] == key), None)
        if answer is not None:
            self._answers.remove(answer)
        else:
            answer = key, _ask(self._find_server(url), method, url, headers, body)
            self.sent.append(answer)
        if isinstance(answer[1], NetworkError):
            raise _again(answer[1])
        return answer[1]


def _ask(
    server: Send, method: str, url: URL, headers: Sequence[Header], body: bytes | None
) -> RawResponse | NetworkError:
    try:
        return server(method, url, headers, body)
    except NetworkError as error:
        return error


def _ask_preflight(
    server: Send, method: str, url: URL, headers: Sequence[Header], body: bytes | None
) -> RawResponse:
    """Send a request if it is a preflight.

    :raises NotRecorded: if it is not, or the app raises.
    """
    if not any(name == "Access-Control-Request-Method" for name, _ in headers):
        raise NotRecorded
    try:
        return server(method, url, headers, body)
    except (NetworkError, KeyboardInterrupt):
        raise
    except BaseException as error:  # also those of sys.exit() and pytest.fail()
        raise NotRecorded from error


def _again(error: NetworkError) -> NetworkError:
    """Return a new error for the same failure of a server."""
    again = NetworkError(str(error))
    again.__cause__ = error.__cause__
    return again


def _key(method: str, url: URL, headers: Iterable[Header], decisive: Sequence[str]) -> Key:
    values = {name.lower(): value for name, value in headers}
    return method, str(url), *map(values.get, decisive)


def read_consoles(
    client: Client,
    request: Request,
    log: Sequence[Exchange],
    error: NetworkError | None,
    engines: Iterable[str] = tuple(ENGINES),
) -> dict[str, str | None]:
    """Return what engines print for a request.

    An engine has ``None`` if it lets the request pass, or would send a request that was not sent.

    :param request: the request as the fetch has left it.
    :param log: the exchanges of the fetch.
    :param error: why the fetch failed, if it did.
    """
    decisive = WITH_COOKIES if request.cookies else DECISIVE
    answers: list[Answer] = [
        (_key(one.method, one.url, one.request_headers, decisive), one.response) for one in log
    ]

    def find_server(url: URL) -> Send:
        if error and error.step in UNANSWERED and str(url) == str(request.url):
            raise _again(error)
        return partial(_ask_preflight, client.find_server(url))

    consoles: dict[str, str | None] = dict.fromkeys(engines)
    for engine in consoles:
        failure = None
        if request.profile.name != engine:
            memory = Memory(find_server, answers, decisive)
            with suppress(NotRecorded):
                failure = _replay(engine, request, memory)
            answers += memory.sent
        elif error:
            failure = Failure(engine, request, error, log)
        consoles[engine] = printed(failure) if failure else None
    return consoles


def _replay(engine: str, request: Request, memory: Memory) -> Failure | None:
    """Make a request again in another engine; return how it fails, ``None`` if it does not."""
    profile = PROFILES[engine]
    again = request.remake(profile)
    jar = CookieJar()  # empty but for the cookies that the request names
    cache = make_cache(lambda: 0.0, profile)
    replaying = Client(object(), cache, jar, jar, Log(), memory.find_server)
    try:
        fetch(replaying, again)
    except NetworkError as error:
        return Failure(engine, again, error, replaying.log)
    return None
