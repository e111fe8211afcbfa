"""The servers of the demonstration serve its own pages only, and show its own cookies only."""

import itertools
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any, NamedTuple

import pytest

from examples.demo.hosts import only_this_machine, origin_at
from examples.demo.serve import Origins, serving
from tests.helpers import Response, environ, hello
from wsgicors import Policy

SERVERS = ["page", "api", "files", "play"]
REQUEST = {
    "page": "null",
    "method": "GET",
    "headers": [],
    "credentials": "include",
    "mode": "cors",
    "redirect": "follow",
}
RUNS = itertools.count()


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    text: str


@pytest.fixture(scope="module")
def origins() -> Iterator[Origins]:
    with serving() as origins:
        yield origins


def ask(
    origin: str, path: str, headers: dict[str, str], method: str = "GET", body: str | None = None
) -> Answer:
    connection = HTTPConnection(origin.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read().decode("latin-1"))
    finally:
        connection.close()


def read(origin: str, path: str) -> Any:
    return json.loads(ask(origin, path, {}).text)


# A page at such a name has the same origin as a server that answers to that name, if the name leads
# to this machine (DNS rebinding).
@pytest.mark.parametrize(
    "host",
    ["rebound.example", "rebound.example:PORT", "localhost", "localhost:1", "x.localhost:PORT", ""],
)
@pytest.mark.parametrize("server", SERVERS)
def test_a_server_refuses_a_host_that_is_not_its_own(
    origins: Origins, server: str, host: str
) -> None:
    origin = getattr(origins, server)
    port = origin.rpartition(":")[2]
    answer = ask(origin, "/news", {"Host": host.replace("PORT", port)})
    assert answer.status == 421
    assert answer.text.endswith(f"use {origin}/\n")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
@pytest.mark.parametrize("server", SERVERS)
def test_a_server_answers_to_the_names_of_this_machine(
    origins: Origins, server: str, host: str
) -> None:
    origin = getattr(origins, server)
    path = {"page": "/", "api": "/news", "files": "/open/picture.png", "play": "/playground/ask.js"}
    port = origin.rpartition(":")[2]
    assert ask(origin, path[server], {"Host": f"{host}:{port}"}).status == 200


@pytest.mark.parametrize("path", ["/", "/page.js", "/playground/", "/playground/play.js"])
def test_a_newer_page_of_another_program_at_the_port_is_not_kept(
    origins: Origins, path: str
) -> None:
    later = "Fri, 31 Dec 2100 23:59:59 GMT"
    answer = ask(origins.page, path, {"If-Modified-Since": later})
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert not {"last-modified", "etag"} & answer.headers.keys()


def test_the_error_of_a_view_that_fails_on_purpose_is_not_logged(
    origins: Origins, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(origins.api, "/broken", {}).status == 500
    assert caplog.records == []


# Browsers leave the default port out of Host and of an origin.
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", "200 OK"),
        ("LOCALHOST:80", "200 OK"),
        ("127.0.0.1", "200 OK"),
        ("[::1]", "200 OK"),
        ("rebound.example", "421 Misdirected Request"),
        ("localhost:81", "421 Misdirected Request"),
        ("", "421 Misdirected Request"),
    ],
)
def test_a_server_at_the_default_port_answers_to_names_without_a_port(
    host: str, status: str
) -> None:
    answer = Response(only_this_machine(hello, 80), {**environ(), "HTTP_HOST": host})
    assert answer.status == status
    assert (b"use http://localhost/\n" in answer.body) == (status != "200 OK")


@pytest.mark.parametrize("port", [80, 8000])
def test_the_origin_of_a_server_can_be_allowed(port: int) -> None:
    assert Policy(allow_origins=[origin_at(port)]).allows(origin_at(port))


def test_the_log_shows_no_request_to_another_host(origins: Origins) -> None:
    query = "scenario=rebound&run=1"
    assert ask(origins.api, f"/news?{query}", {"Host": "rebound.example"}).status == 421
    assert read(origins.page, f"/wire?{query}") == []


# Browsers send a cookie to every port of its host.
@pytest.mark.parametrize(
    ("server", "path", "sent", "shown"),
    [
        pytest.param("api", "/visits", "demo_visits=3", ["demo_visits=3"], id="own"),
        pytest.param(
            "api", "/visits", "session=secret; demo_visits=3;a=b", ["demo_visits=3"], id="beside"
        ),
        pytest.param("api", "/visits", "demo_visits=secret", [], id="another value"),
        pytest.param("api", "/visits", "a=b; xdemo_visits=3; secret", [], id="of others"),
        pytest.param("files", "/open/font.woff2", "a=b; demo_visits=3", [], id="no cookies"),
    ],
)
def test_the_log_shows_the_cookies_of_the_demonstration_only(
    origins: Origins, server: str, path: str, sent: str, shown: list[str]
) -> None:
    query = f"scenario=cookies&run={next(RUNS)}"
    assert ask(getattr(origins, server), f"{path}?{query}", {"Cookie": sent}).status == 200
    (exchange,) = read(origins.page, f"/wire?{query}")
    assert exchange["path"] == path
    assert [value for name, value in exchange["asked"] if name == "Cookie"] == shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        pytest.param("visitor=you", ["visitor=you"], id="own"),
        pytest.param("a=b; visitor=you; demo_visits=3", ["visitor=you"], id="beside"),
        pytest.param("visitor=secret; a=b", [], id="another value"),
    ],
)
def test_the_playground_shows_its_own_cookie_only(
    origins: Origins, sent: str, shown: list[str]
) -> None:
    form = {"path": "/items/", "policy": {"allow_origins": "*"}, "profile": "fetch", "texts": {}}
    body = json.dumps({**form, "request": REQUEST})
    json_body = {"Content-Type": "application/json"}
    run = json.loads(ask(origins.page, "/playground/runs", json_body, "POST", body).text)
    assert ask(origins.play, f"{run['prefix']}/items/", {"Cookie": sent}).status == 200
    (exchange,) = read(origins.page, f"/playground/wire{run['prefix']}")
    assert [value for name, value in exchange["asked"] if name == "Cookie"] == shown
