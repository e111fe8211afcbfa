"""A request that was made once, made again in another engine from what its server answered.

A replay leaves the page's cookies, its preflight cache and its log as they are.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
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

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that may be sent again (RFC 9110, "safe methods"); preflights are OPTIONS."""

UNANSWERED = frozenset({UNREACHABLE, UNREACHABLE_PREFLIGHT})
"""The steps that fail if a server does not answer."""

DECISIVE = ("origin", "access-control-request-method", "access-control-request-headers")
"""Request headers on which the CORS headers of a response may depend."""


Key = tuple[str | None, ...]
Answer = tuple[Key, RawResponse | NetworkError]
"""What a request has led to: the method, the URL and the decisive headers, and the response."""


class NotRecorded(Exception):
    """An engine would send a request that was not sent and may have effects."""


class Recording:
    """Answers that are given again to the same requests, in order; other requests are sent.

    :param find_server: reaches the servers.
    :param may_have_effects: whether to send requests that are not safe.
    """

    def __init__(
        self,
        find_server: Callable[[URL], Send],
        answers: Iterable[Answer],
        *,
        may_have_effects: bool,
    ) -> None:
        self._find_server = find_server
        self._answers = list(answers)
        self._may_have_effects = may_have_effects
        self.sent: list[Answer] = []
        """The answers to what was sent."""

    def find_server(self, url: URL) -> Send:
        """Return a function that answers as the server did."""
        return self._send

    def _send(
        self, method: str, url: URL, headers: Sequence[Header], body: bytes | None
    ) -> RawResponse:
        key = _key(method, url, headers)
        answer = next((answer for answer in self._answers if answer[0] == key), None)
        if answer is not None:
            self._answers.remove(answer)
        else:
            server = self._find_server(url)
            if method not in SAFE_METHODS and not self._may_have_effects:
                raise NotRecorded
            answer = key, _ask(server, method, url, headers, body)
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


def _again(error: NetworkError) -> NetworkError:
    """Return a new error for the same failure of a server."""
    again = NetworkError(str(error))
    again.__cause__ = error.__cause__
    return again


def _key(method: str, url: URL, headers: Iterable[Header]) -> Key:
    values = {name.lower(): value for name, value in headers}
    return method, str(url), *map(values.get, DECISIVE)


def read_consoles(
    client: Client, request: Request, log: Sequence[Exchange], error: NetworkError | None
) -> dict[str, str | None]:
    """Return what each engine prints for a request; ``None`` for one that lets it pass.

    :param request: the request as the fetch has left it.
    :param log: the exchanges of the fetch.
    :param error: why the fetch failed, if it did.
    """
    answers = [(_key(one.method, one.url, one.request_headers), one.response) for one in log]

    def find_server(url: URL) -> Send:
        if error and error.step in UNANSWERED and str(url) == str(request.url):
            raise _again(error)
        return client.find_server(url)

    consoles: dict[str, str | None] = dict.fromkeys(ENGINES)
    for engine in ENGINES:
        with suppress(Exception):  # the app may raise, or the engine need what was not recorded
            if request.profile.name != engine:
                recording = Recording(find_server, answers, may_have_effects=False)
                failure = _replay(engine, request, client, recording)
            else:
                failure = Failure(engine, request, error, log) if error else None
            consoles[engine] = printed(failure) if failure else None
    return consoles


def _replay(engine: str, request: Request, client: Client, recording: Recording) -> Failure | None:
    """Make a request again in another engine; return how it fails, ``None`` if it does not."""
    profile = PROFILES[engine]
    again = request.remake(profile)
    jar = CookieJar()
    for cookie in (*client.cookies, *client.third_party_cookies):
        jar.set_cookie(cookie)
    cache = make_cache(lambda: 0.0, profile)
    replaying = Client(object(), cache, jar, jar, Log(), recording.find_server)
    try:
        fetch(replaying, again)
    except NetworkError as error:
        return Failure(engine, again, error, replaying.log)
    return None
