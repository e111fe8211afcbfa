"""Requests that fail, at least one for each message of each engine."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.browser.ways import (
    ANYBODY,
    CREDENTIALS,
    CUSTOM,
    ELSEWHERE,
    HEADERS,
    INCLUDE,
    METHODS,
    ORIGIN,
    PUT,
    THE_PAGE,
    TOKEN,
    TRUE,
)

App = Callable[..., list[bytes]]
Request = Mapping[str, Any]

NOT_THE_PAGE = f"{ORIGIN}: {ELSEWHERE}"
ALLOWS_PUT = f"{METHODS}: PUT"
OPAQUE = {"opaque": True}
MANUAL = {"redirect": "manual"}
ERROR = {"redirect": "error"}
TWO = {"headers": {"X-Two": "2", "X-One": "1"}}
JSON = {"method": "POST", "headers": {"content-type": "application/json"}, "body": "{}"}
UPLOAD = {"method": "POST", "body": "text", "upload_listener": True}
BEGINS_AT_PAGE = {"url": "{page}/{number}"}


@dataclass(frozen=True)
class Answer:
    """A response. In its lines, origins and the number of the case are filled in."""

    lines: tuple[str, ...] = ()
    status: int = 200


@dataclass(frozen=True)
class Case:
    """A request, and what the servers answer.

    ``url`` of the request is the API's unless it is given. ``redirect``, ``mode`` and
    ``upload_listener`` say whether it is one of ``fetch()`` or of ``XMLHttpRequest``; all others
    are tried with both if ``both``.
    """

    id: str
    request: Request
    first: Answer = Answer()
    preflight: Answer | None = None
    second: Answer = Answer()
    """The answer of the server that the first redirects to."""
    second_preflight: Answer = Answer((ANYBODY, ALLOWS_PUT), 204)
    both: bool = False


@dataclass(frozen=True)
class Play:
    """A case, tried in one of the two ways to make requests."""

    case: Case
    is_xhr: bool

    def __str__(self) -> str:
        return f"{self.case.id}{', XHR' if self.is_xhr else ''}"


@dataclass(frozen=True)
class Places:
    """The origins of one play; each has its own, so that caches and messages are apart."""

    number: int
    port: int
    dead: str
    """The origin of a port at which nothing listens."""
    mute: str
    """The origin of a server that closes every connection."""
    resetting: str
    """The origin of a server that resets every connection."""
    untrusted: str
    """The origin of a server whose certificate is not trusted."""
    names: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        hosts = {
            "page": f"page.localhost:{self.port}",
            "api": f"a{self.number}.localhost:{self.port}",
            "other": f"b{self.number}.localhost:{self.port}",
        }
        names = {name: f"http://{host}" for name, host in hosts.items()}
        names |= {f"{name}_host": host for name, host in hosts.items()}
        names |= {"dead": self.dead, "mute": self.mute, "number": str(self.number)}
        names |= {"resetting": self.resetting, "untrusted": self.untrusted}
        names["secure"] = f"https://127.0.0.1:{self.port}"
        object.__setattr__(self, "names", names)

    def fill(self, text: str) -> str:
        """Replace names in braces."""
        return text.format(**self.names)

    def request(self, play: Play) -> dict[str, Any]:
        """Return the request of a play with its URL."""
        url = self.fill(play.case.request.get("url", "{api}/items{number}"))
        return {"method": "GET", "headers": {}, **play.case.request, "url": url}


def apps(places: Places, case: Case) -> dict[str, App]:
    """Make the servers of a case."""
    ends = case.request.get("url", "").startswith("{page}")
    first = answering(places, case.preflight or case.first, case.first)
    second = answering(places, case.second_preflight, case.second)
    at_api = second if ends else by_path(places, first, second)
    return {"first": first, places.names["api"]: at_api, places.names["other"]: second}


def by_path(places: Places, first: App, second: App) -> App:
    """Serve ``/second`` with the second app, and all other paths with the first."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        served = second if environ["PATH_INFO"].startswith("/second") else first
        return served(environ, start_response)

    return app


def answering(places: Places, preflight: Answer, actual: Answer) -> App:
    """Make an app with one answer for preflights and one for all other requests."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        asks = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        answer = preflight if asks else actual
        lines = [places.fill(line).partition(":")[::2] for line in answer.lines]
        status = f"{answer.status} Status"
        start_response(status, [(name, value.strip(" ")) for name, value in lines])
        return []

    return app


def read(name: str, *lines: str, status: int = 200, both: bool = False, **request: Any) -> Case:
    """Make a request that needs no preflight."""
    return Case(name, request, Answer(lines, status), both=both)


def ask(
    name: str,
    request: Request,
    *lines: str,
    status: int = 204,
    actual: tuple[str, ...] = (THE_PAGE, TRUE),
    both: bool = False,
) -> Case:
    """Make a request that needs a preflight."""
    return Case(name, request, Answer(actual), Answer(lines, status), both=both)


def redirect(
    name: str,
    to: str,
    *lines: str,
    status: int = 302,
    second: tuple[str, ...] = (),
    second_status: int = 200,
    second_preflight: Answer = Answer((ANYBODY, ALLOWS_PUT), 204),
    both: bool = False,
    **request: Any,
) -> Case:
    """Make a request whose response redirects."""
    headers = f"{HEADERS}: X-Request-Id, Authorization, Content-Type"
    granted = Answer((THE_PAGE, TRUE, ALLOWS_PUT, headers), 204)
    first = Answer((*lines, f"Location: {to}"), status)
    return Case(
        name, request, first, granted, Answer(second, second_status), second_preflight, both
    )


CASES = [
    read("nothing", both=True),
    read("nothing-404", status=404),
    read("nothing-post", method="POST"),
    read("nothing-with-a-fragment", url="{api}/items{number}?a=1#part"),
    read("nothing-with-credentials", **INCLUDE),
    read("another-origin", NOT_THE_PAGE, both=True),
    read("trailing-slash", f"{THE_PAGE}/"),
    read("default-port", f"{ORIGIN}: http://page.localhost:80"),
    read("null", f"{ORIGIN}: null"),
    read("empty", f"{ORIGIN}:", both=True),
    read("no-scheme", f"{ORIGIN}: app.example"),
    read("pattern", f"{ORIGIN}: http://*.localhost"),
    read("list", f"{ORIGIN}: {{page}}, {{api}}", both=True),
    read("control-character", f"{ORIGIN}: {{page}}\x0c"),
    read("list-without-commas", f"{ORIGIN}: {{page}} {{api}}"),
    read("two-lines", THE_PAGE, THE_PAGE),
    read("asterisk-in-two-lines", ANYBODY, ANYBODY),
    read("asterisk-and-page", ANYBODY, THE_PAGE),
    read("empty-and-another", f"{ORIGIN}:", NOT_THE_PAGE),
    read("asterisk-with-credentials", ANYBODY, TRUE, both=True, **INCLUDE),
    read("two-asterisks-with-credentials", ANYBODY, ANYBODY, TRUE, **INCLUDE),
    read("another-origin-with-credentials", NOT_THE_PAGE, TRUE, **INCLUDE),
    read("no-credentials", THE_PAGE, both=True, **INCLUDE),
    read("credentials-capital", THE_PAGE, f"{CREDENTIALS}: True", **INCLUDE),
    read("credentials-twice", THE_PAGE, TRUE, TRUE, **INCLUDE),
    read("opaque-nothing", **OPAQUE),
    read("opaque-page", THE_PAGE, both=True, **OPAQUE),
    read("opaque-no-credentials", f"{ORIGIN}: null", **OPAQUE, **INCLUDE),
    ask("preflight-nothing", PUT, both=True),
    ask("preflight-nothing-with-header", CUSTOM),
    ask("preflight-another-origin", PUT, NOT_THE_PAGE, both=True),
    ask("preflight-no-scheme", PUT, f"{ORIGIN}: app.example"),
    ask("preflight-list", PUT, f"{ORIGIN}: {{page}}, {{api}}"),
    ask("preflight-two-lines", PUT, THE_PAGE, THE_PAGE),
    ask("preflight-asterisk-with-credentials", {**PUT, **INCLUDE}, ANYBODY, both=True),
    ask("preflight-no-credentials", {**PUT, **INCLUDE}, THE_PAGE, both=True),
    ask("preflight-404", PUT, THE_PAGE, ALLOWS_PUT, status=404, both=True),
    ask("preflight-401-bare", PUT, status=401),
    ask("preflight-404-another-origin", PUT, NOT_THE_PAGE, status=404),
    ask("preflight-500", PUT, THE_PAGE, status=500),
    ask("preflight-304", PUT, THE_PAGE, ALLOWS_PUT, status=304),
    ask("preflight-302", PUT, THE_PAGE, ALLOWS_PUT, "Location: /login", status=302, both=True),
    ask("preflight-302-bare", PUT, "Location: /login", status=302),
    ask("preflight-302-without-location", PUT, THE_PAGE, ALLOWS_PUT, status=302),
    ask("preflight-308-to-another-server", PUT, THE_PAGE, "Location: {other}/", status=308),
    ask("preflight-308-for-anybody", PUT, ANYBODY, "Location: {other}/", status=308),
    ask("preflight-308-no-credentials", {**PUT, **INCLUDE}, THE_PAGE, "Location: {other}/",
        status=308),
    ask("preflight-308-opaque", {**PUT, **OPAQUE}, f"{ORIGIN}: null", "Location: {other}/",
        status=308),
    ask("preflight-302-bare-not-followed", {**PUT, **MANUAL}, "Location: /login", status=302),
    ask("preflight-302-not-followed", {**PUT, **MANUAL}, THE_PAGE, "Location: /login", status=302),
    ask("preflight-302-bare-no-redirects", {**PUT, **ERROR}, "Location: /login", status=302),
    ask("preflight-302-no-redirects", {**PUT, **ERROR}, THE_PAGE, "Location: /login", status=302),
    ask("method-none", PUT, THE_PAGE, both=True),
    ask("method-not-listed", PUT, THE_PAGE, f"{METHODS}: GET, POST"),
    ask("method-in-lower-case", {"method": "patch"}, THE_PAGE, f"{METHODS}: PATCH"),
    ask("method-asterisk-with-credentials", {**PUT, **INCLUDE}, THE_PAGE, TRUE, f"{METHODS}: *"),
    ask("method-invalid", PUT, THE_PAGE, f"{METHODS}: PUT, b@d", both=True),
    ask("method-invalid-for-a-header", CUSTOM, THE_PAGE, f"{METHODS}: GET PUT",
        f"{HEADERS}: X-Request-Id"),
    ask("method-invalid-in-two-lines", PUT, THE_PAGE, f"{METHODS}: PUT, b@d", f"{METHODS}: GET"),
    ask("method-refused-by-status", CUSTOM, THE_PAGE, status=403),
    ask("method-and-header", {**PUT, **CUSTOM}, THE_PAGE),
    ask("header-none", CUSTOM, THE_PAGE, both=True),
    ask("header-not-listed", {"headers": {"x-lower": "1"}}, THE_PAGE, f"{HEADERS}: X-Other"),
    ask("header-one-of-two", TWO, THE_PAGE, f"{HEADERS}: X-One"),
    ask("header-asterisk-with-credentials", {**CUSTOM, **INCLUDE}, THE_PAGE, TRUE, f"{HEADERS}: *"),
    ask("header-invalid", CUSTOM, THE_PAGE, f"{HEADERS}: X-Request-Id; X-Other", both=True),
    ask("header-content-type", JSON, THE_PAGE),
    ask("header-etag", {"headers": {"etag": "1"}}, THE_PAGE),
    ask("header-authorization", TOKEN, THE_PAGE),
    ask("header-authorization-with-asterisk", TOKEN, THE_PAGE, f"{HEADERS}: *"),
    ask("header-authorization-with-credentials", {**TOKEN, **INCLUDE}, THE_PAGE, TRUE,
        f"{HEADERS}: *"),
    ask("upload-nothing", UPLOAD),
    ask("upload-no-method", UPLOAD, THE_PAGE),
    ask("response-nothing", PUT, THE_PAGE, ALLOWS_PUT, actual=()),
    ask("response-another-origin", PUT, THE_PAGE, ALLOWS_PUT, actual=(NOT_THE_PAGE,)),
    ask("response-no-credentials", {**PUT, **INCLUDE}, THE_PAGE, TRUE, ALLOWS_PUT,
        actual=(THE_PAGE,)),
    ask("opaque-preflight-nothing", {**PUT, **OPAQUE}),
    redirect("redirect-nothing", "{other}/items", both=True),
    redirect("redirect-nothing-relative", "second?a=1#part"),
    redirect("redirect-nothing-put", "{other}/items", status=307, **PUT),
    redirect("redirect-another-origin", "{other}/items", NOT_THE_PAGE, both=True),
    redirect("redirect-two-lines", "{other}/items", THE_PAGE, THE_PAGE),
    redirect("redirect-asterisk-with-credentials", "{other}/items", ANYBODY, **INCLUDE),
    redirect("redirect-no-credentials", "{other}/items", THE_PAGE, **INCLUDE),
    read("redirect-without-location", status=302),
    redirect("redirected-nothing", "{other}/items", THE_PAGE, both=True),
    redirect("redirected-nothing-fragment", "{other}/items", THE_PAGE,
        url="{api}/items{number}#part"),
    redirect("redirected-nothing-same-server", "/second", THE_PAGE),
    redirect("redirected-nothing-put", "{other}/items", THE_PAGE, status=307, **PUT),
    redirect("redirected-page", "{other}/items", THE_PAGE, second=(THE_PAGE,), both=True),
    redirect("redirected-asterisk-with-credentials", "{other}/items", THE_PAGE, TRUE,
        second=(ANYBODY,), **INCLUDE),
    redirect("redirected-no-credentials", "{other}/items", THE_PAGE, TRUE,
        second=(f"{ORIGIN}: null",), **INCLUDE),
    redirect("redirected-preflight-nothing", "{other}/items", THE_PAGE, status=307,
        second_preflight=Answer((), 204), **PUT),
    redirect("redirected-preflight-404", "{other}/items", THE_PAGE, status=307,
        second_preflight=Answer((ANYBODY,), 404), **PUT),
    redirect("redirected-preflight-302", "{other}/items", THE_PAGE, status=307,
        second_preflight=Answer((ANYBODY, "Location: /login"), 302), **PUT),
    redirect("redirected-preflight-method", "{other}/items", THE_PAGE, status=307,
        second_preflight=Answer((ANYBODY,), 204), both=True, **PUT),
    redirect("redirected-preflight-header", "{other}/items", THE_PAGE, status=307, **CUSTOM),
    redirect("redirected-preflight-authorization", "{other}/items", THE_PAGE, second=(ANYBODY,),
        **TOKEN),
    redirect("redirected-preflight-content-type", "{other}/items", THE_PAGE, status=303,
        second=(ANYBODY,), **JSON),
    redirect("from-page-nothing", "{api}/second", both=True, **BEGINS_AT_PAGE),
    redirect("from-page-asterisk-with-credentials", "{api}/second", second=(ANYBODY,),
        **BEGINS_AT_PAGE, **INCLUDE),
    redirect("from-page-preflight-method", "{api}/second", status=307,
        second_preflight=Answer((ANYBODY,), 204), **BEGINS_AT_PAGE, **PUT),
    redirect("user", "http://user:password@{other_host}/items", THE_PAGE, both=True),
    redirect("user-without-password", "http://user@{other_host}/items?a=1#part", THE_PAGE),
    redirect("user-fragment", "http://user@{other_host}/items", THE_PAGE,
        url="{api}/items{number}#part"),
    redirect("user-nothing", "http://user@{other_host}/items"),
    redirect("user-from-page", "http://user@{api_host}/second", **BEGINS_AT_PAGE),
    redirect("user-of-the-page", "http://user@{page_host}/", both=True, **BEGINS_AT_PAGE),
    redirect("user-no-redirects", "http://user@{other_host}/items", THE_PAGE, **ERROR),
    redirect("user-no-cors", "http://user@{other_host}/items", mode="no-cors"),
    redirect("ftp", "ftp://{other_host}/", THE_PAGE, both=True),
    redirect("ftp-nothing", "ftp://{other_host}/"),
    redirect("ftp-from-page", "ftp://{other_host}/", **BEGINS_AT_PAGE),
    redirect("ftp-after-a-redirect", "{other}/items", THE_PAGE,
        second=(ANYBODY, "Location: ftp://{other_host}/"), second_status=302),
    redirect("ftp-no-cors", "ftp://{other_host}/", mode="no-cors"),
    redirect("ftp-no-redirects", "ftp://{other_host}/", THE_PAGE, **ERROR),
    redirect("data", "data:,{number}", THE_PAGE, both=True),
    redirect("data-nothing", "data:,{number}"),
    redirect("data-from-page", "data:,{number}", **BEGINS_AT_PAGE),
    redirect("data-no-cors", "data:,{number}", mode="no-cors"),
    redirect("data-no-redirects", "data:,{number}", THE_PAGE, **ERROR),
    redirect("about", "about:blank", THE_PAGE),
    redirect("about-from-page", "about:blank", **BEGINS_AT_PAGE),
    redirect("about-no-cors", "about:blank", mode="no-cors"),
    redirect("about-no-redirects", "about:blank", THE_PAGE, **ERROR),
    redirect("other-scheme", "app://{other_host}/", THE_PAGE, both=True),
    redirect("other-scheme-from-page", "app://{other_host}/", **BEGINS_AT_PAGE),
    redirect("other-scheme-no-cors", "app://{other_host}/", mode="no-cors"),
    redirect("other-scheme-no-redirects", "app://{other_host}/", THE_PAGE, **ERROR),
    redirect("invalid-url", "http://", THE_PAGE, both=True),
    redirect("invalid-port", "http://{other_host}99999/", THE_PAGE),
    redirect("invalid-url-nothing", "http://"),
    redirect("invalid-url-from-page", "http://", **BEGINS_AT_PAGE),
    redirect("invalid-url-no-cors", "http://", mode="no-cors"),
    redirect("invalid-url-no-redirects", "http://", THE_PAGE, **ERROR),
    redirect("loop-no-cors", "/items{number}", mode="no-cors"),
    redirect("loop", "/items{number}", THE_PAGE, both=True),
    redirect("loop-at-page", "/{number}", **BEGINS_AT_PAGE),
    redirect("no-redirects", "{other}/items", THE_PAGE, **ERROR),
    redirect("no-redirects-nothing", "{other}/items", **ERROR),
    redirect("no-redirects-from-page", "{api}/second", **ERROR, **BEGINS_AT_PAGE),
    read("no-redirects-without-location", THE_PAGE, status=302, **ERROR),
    read("mode-same-origin", ANYBODY, mode="same-origin"),
    redirect("mode-same-origin-redirected", "{api}/second", mode="same-origin", **BEGINS_AT_PAGE),
    redirect("mode-same-origin-user", "http://user@{api_host}/second", mode="same-origin",
        **BEGINS_AT_PAGE),
    read("mode-no-cors-no-redirects", mode="no-cors", **ERROR),
    read("url-ftp", url="ftp://files.example/{number}", both=True),
    read("url-other-scheme", url="app://files.example/{number}", both=True),
    read("url-without-scheme", url="localhost:5001/items{number}"),
    read("dead", url="{dead}/items{number}", both=True),
    read("dead-post", url="{dead}/items{number}", method="POST"),
    read("dead-put", url="{dead}/items{number}", both=True, **PUT),
    read("dead-no-cors", url="{dead}/items{number}", mode="no-cors"),
    redirect("dead-redirected", "{dead}/items{number}", THE_PAGE),
    redirect("dead-redirected-put", "{dead}/items{number}", THE_PAGE, status=307, **PUT),
    redirect("dead-redirected-from-page", "{dead}/items{number}", **BEGINS_AT_PAGE),
    read("mute", url="{mute}/items{number}"),
    read("mute-put", url="{mute}/items{number}", **PUT),
    read("resetting", url="{resetting}/items{number}"),
    read("resetting-put", url="{resetting}/items{number}", **PUT),
    read("untrusted", url="{untrusted}/items{number}"),
    read("untrusted-put", url="{untrusted}/items{number}", **PUT),
    read("unknown-host", url="http://a{number}.invalid/items"),
    read("unknown-host-put", url="http://a{number}.invalid/items", **PUT),
    read("no-tls", url="{secure}/items{number}"),
    read("no-tls-put", url="{secure}/items{number}", **PUT),
]  # fmt: skip


def plays() -> Iterator[Play]:
    """List the cases, with each way to make them."""
    for case in CASES:
        if case.both or "upload_listener" not in case.request:
            yield Play(case, is_xhr=False)
        if case.both or "upload_listener" in case.request:
            yield Play(case, is_xhr=True)


PLAYS = [*plays()]
