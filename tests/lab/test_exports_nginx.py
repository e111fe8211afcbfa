"""An exported policy in the blocks that nginx has: what is answered where, and what is not."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any, NamedTuple

import pytest

from examples.demo.serve import Listener
from lab import nginx
from lab.exports.running import Place, Server
from lab.exports.running import serving as serving_exports
from lab.web_servers import find
from wsgicors import Policy
from wsgicors._exporting import export

APP = "https://app.example"
POLICY = Policy(APP, expose_headers=["ETag"], max_age=600)

HTTP = """
include /etc/nginx/mime.types;
{maps}
server {{
    listen unix:{directory}/socket;
    server_name location;
    root {directory}/files;
    {locations}
}}
server {{
    listen unix:{directory}/socket;
    server_name server;
    root {directory}/files;
    include {directory}/api.conf;
    location /outer/ {{
        alias {directory}/files/;
    }}
    location /inner/ {{
        add_header X-Other 1;
        alias {directory}/files/;
    }}
    location /own/ {{
        proxy_hide_header X-Other;
        proxy_pass http://127.0.0.1:{upstream};
    }}
}}
"""

LOCATIONS = """
location /alias/ {
    include DIR/api.conf;
    alias DIR/files/;
}
location /tried/ {
    include DIR/api.conf;
    alias DIR/files/;
    try_files $uri /alias/hello.txt;
}
location ~ ^/captured/(.+)$ {
    include DIR/api.conf;
    alias DIR/files/$1;
}
location ~ ^/downloads/(?<file>.+)$ {
    include DIR/api.conf;
    add_header Content-Disposition "attachment; filename=$file; was=$1";
    alias DIR/files/$file;
}
location /login/ {
    include DIR/api.conf;
    auth_basic staff;
    auth_basic_user_file DIR/api.conf;
    alias DIR/files/;
}
location /limited/ {
    include DIR/api.conf;
    limit_except GET OPTIONS { deny all; }
    alias DIR/files/;
}
location /too-limited/ {
    include DIR/api.conf;
    limit_except GET { deny all; }
    alias DIR/files/;
}
location /zipped/ {
    include DIR/api.conf;
    gzip on;
    gzip_vary on;
    gzip_min_length 1;
    gzip_types text/plain;
    alias DIR/files/;
}
location /down/ {
    include DIR/api.conf;
    proxy_pass http://unix:DIR/nothing;
}
location /small/ {
    include DIR/api.conf;
    client_max_body_size 1;
    proxy_pass http://127.0.0.1:PORT;
}
location /moved/ {
    include DIR/api.conf;
    return 301 /alias/hello.txt;
}
location /nested/ {
    include DIR/api.conf;
    location /nested/bare/ {
        alias DIR/files/;
    }
    location /nested/again/ {
        include DIR/api.conf;
        alias DIR/files/;
    }
}
location /missing/ {
    include DIR/api.conf;
    error_page 404 /pages/hello.txt;
}
location /found/ {
    include DIR/api.conf;
    error_page 404 /alias/hello.txt;
}
location /pages/ {
    alias DIR/files/;
}
location /ranges/ {
    include DIR/api.conf;
    error_page 416 @range;
    alias DIR/files/;
}
location @range {
    return 416;
}
location /conditional/ {
    include DIR/api.conf;
    if ($arg_x) {
        add_header X-Other 1;
    }
    alias DIR/files/;
}
location /app/ {
    proxy_pass http://127.0.0.1:PORT;
}
location /protected/ {
    internal;
    include DIR/api.conf;
    alias DIR/files/;
}
"""


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Leave a file to nginx, except at ``/own/``; send a CORS header."""
    lines = [("Access-Control-Allow-Origin", "*")]
    if environ["PATH_INFO"] != "/own/":
        lines.append(("X-Accel-Redirect", "/protected/hello.txt"))
    start_response("200 OK", lines)
    return []


def configure(place: Place) -> tuple[list[str], None]:
    maps = export(POLICY, "nginx", name="api", heading="", maps=True)
    locations = LOCATIONS.replace("DIR", str(place.directory)).replace("PORT", str(place.upstream))
    text = HTTP.format(
        directory=place.directory, maps=maps, locations=locations, upstream=place.upstream
    )
    return nginx.configure(place.directory, text), None


@pytest.fixture(scope="module")
def connection() -> Iterator[HTTPConnection]:
    part = export(POLICY, "nginx", name="api", heading="")
    with (
        closing(Listener(0)) as listening,
        listening.serving(app),
        serving_exports(Server("nginx", configure), listening.port, {"api": part}) as connection,
    ):
        yield connection


class Answer(NamedTuple):
    status: int
    cors: dict[str, str]
    """The headers of CORS, without the prefix that they share."""
    vary: str
    headers: dict[str, str]
    body: bytes


@pytest.fixture(scope="module")
def ask(connection):
    """Send a request; the host chooses the server of the configuration."""

    def ask(path, method="GET", origin=APP, host="location", body=b"", **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Host": host, "Content-Length": str(len(body))}
        connection.request(method, path, body, sent | ({"Origin": origin} if origin else {}))
        response = connection.getresponse()
        lines = response.getheaders()
        prefix = "Access-Control-"
        cors = [(name[len(prefix) :], value) for name, value in lines if name.startswith(prefix)]
        assert len(dict(cors)) == len(cors)
        vary = ", ".join(value for name, value in lines if name == "Vary")
        return Answer(response.status, dict(cors), vary, dict(lines), response.read())

    return ask


ALLOWED = {"Allow-Origin": APP, "Expose-Headers": "ETag"}
GRANTED = {
    "Allow-Origin": APP,
    "Allow-Methods": "GET, HEAD, POST",
    "Allow-Headers": "Content-Type",
    "Max-Age": "600",
}


def preflight(ask, path, origin=APP, **options):
    return ask(path, "OPTIONS", origin, Access_Control_Request_Method="GET", **options)


PLACES = [
    "alias/hello.txt",
    "alias/missing.txt",
    "tried/hello.txt",
    "captured/hello.txt",
    "downloads/hello.txt",
    "login/hello.txt",
    "limited/hello.txt",
    "down/",
    "small/",
    "moved/",
    "nested/again/hello.txt",
    "missing/",
]


@pytest.mark.parametrize("path", PLACES)
def test_preflights_are_answered_before_anything_else_in_the_location(ask, path):
    allowed = preflight(ask, f"/{path}")
    assert (allowed.status, allowed.cors, allowed.body) == (204, GRANTED, b"")
    assert allowed.vary == "Origin, Access-Control-Request-Method"
    refused = preflight(ask, f"/{path}", "https://App.example")
    assert (refused.status, refused.cors, refused.vary) == (403, {}, allowed.vary)
    assert refused.body == b"CORS preflight refused: origin-not-allowed\n"
    assert refused.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("alias/hello.txt", 200),
        ("alias/missing.txt", 404),
        ("tried/hello.txt", 200),
        ("tried/missing.txt", 200),
        ("captured/hello.txt", 200),
        ("downloads/hello.txt", 200),
        ("login/hello.txt", 401),
        ("limited/hello.txt", 200),
        ("down/", 502),
        ("moved/", 301),
        ("nested/again/hello.txt", 200),
        ("found/missing.txt", 404),
        ("app/", 200),
    ],
)
def test_all_other_responses_have_the_headers(ask, path, status):
    answer = ask(f"/{path}")
    assert (answer.status, answer.cors, answer.vary) == (status, ALLOWED, "Origin")
    refused = ask(f"/{path}", origin="https://app.example.evil")
    assert (refused.status, refused.cors, refused.vary) == (status, {}, "Origin")


def test_a_font_that_has_not_changed_has_the_headers(ask):
    tag = ask("/alias/hello.txt").headers["ETag"]
    answer = ask("/alias/hello.txt", If_None_Match=tag)
    assert (answer.status, answer.cors, answer.vary) == (304, ALLOWED, "Origin")


def test_parts_and_heads_of_files_have_the_headers(ask):
    part = ask("/alias/hello.txt", Range="bytes=0-1")
    assert (part.status, part.cors, part.body) == (206, ALLOWED, b"he")
    head = ask("/alias/hello.txt", "HEAD")
    assert (head.status, head.cors) == (200, ALLOWED)


def test_a_range_that_a_file_does_not_have_gets_the_headers_once_from_another_location(
    ask, connection
):
    answer = ask("/ranges/hello.txt", Range="bytes=90-91")
    assert (answer.status, answer.cors, answer.vary) == (416, ALLOWED, "Origin")
    assert origins_of(connection, "/alias/hello.txt", Range="bytes=90-91") == [APP, APP]


def origins_of(connection, path, host="location", **headers):
    """Return all lines with Allow-Origin."""
    connection.request("GET", path, headers={"Host": host, "Origin": APP, **headers})
    with connection.getresponse() as response:
        return response.headers.get_all("Access-Control-Allow-Origin")


def test_an_if_with_headers_of_its_own_drops_those_of_the_location(ask):
    assert ask("/conditional/hello.txt").cors == ALLOWED
    answer = ask("/conditional/hello.txt?x=1")
    assert (answer.cors, answer.headers["X-Other"]) == ({}, "1")


def test_a_location_that_hides_a_header_shows_those_that_the_server_hides(connection):
    assert origins_of(connection, "/own/", host="server") == ["*", APP]


def test_methods_that_files_do_not_have_get_the_headers(ask):
    assert ask("/alias/hello.txt", "POST")[:2] == (405, ALLOWED)
    assert ask("/alias/hello.txt", "OPTIONS")[:2] == (405, ALLOWED)
    assert ask("/limited/hello.txt", "POST")[:2] == (403, ALLOWED)


def test_a_body_that_is_too_large_for_nginx_gets_the_headers(ask):
    assert ask("/small/", "POST", body=b"12")[:2] == (413, ALLOWED)


def test_compression_adds_a_name_to_vary(ask):
    answer = ask("/zipped/hello.txt", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert {*answer.vary.split(", ")} == {"Accept-Encoding", "Origin"}
    assert preflight(ask, "/zipped/hello.txt")[:2] == (204, GRANTED)


def test_a_location_with_a_capture_needs_a_name_for_it_in_headers(ask):
    value = "attachment; filename=hello.txt; was="
    assert ask("/downloads/hello.txt").headers["Content-Disposition"] == value
    unmatched = ask("/downloads/hello.txt", origin=None)
    assert unmatched.headers["Content-Disposition"] == f"{value}hello.txt"


def test_an_inner_location_answers_preflights_only_with_an_include_of_its_own(ask):
    answer = preflight(ask, "/nested/bare/hello.txt")
    assert answer.status == 405
    assert ask("/nested/bare/hello.txt")[:2] == (200, ALLOWED)


def test_a_limit_of_methods_has_to_except_options(ask):
    assert preflight(ask, "/too-limited/hello.txt").status == 403


def test_an_error_page_has_the_headers_of_its_own_location(ask):
    assert ask("/missing/missing.txt")[:3] == (404, {}, "")


def test_the_server_can_have_the_include(ask):
    for path in "/outer/hello.txt", "/inner/hello.txt", "/hello.txt", "/missing.txt":
        assert preflight(ask, path, host="server")[:2] == (204, GRANTED)
    refused = preflight(ask, "/outer/hello.txt", "https://other.example", host="server")
    assert (refused.status, refused.headers["Content-Type"]) == (403, "text/plain")
    assert ask("/outer/hello.txt", host="server")[:2] == (200, ALLOWED)
    assert ask("/missing.txt", host="server")[:2] == (404, ALLOWED)


def test_a_location_with_headers_of_its_own_has_none_of_the_server(ask):
    answer = ask("/inner/hello.txt", host="server")
    assert (answer.status, answer.cors, answer.headers["X-Other"]) == (200, {}, "1")


def test_a_file_that_the_app_leaves_to_nginx_has_the_headers_of_the_file(ask):
    answer = ask("/app/")
    assert (answer.body, answer.cors) == (b"hello", ALLOWED)


def test_without_the_maps_nginx_does_not_start(tmp_path):
    part = export(POLICY, "nginx", name="api", heading="")
    arguments = nginx.configure(tmp_path, f"server {{\nlocation / {{\n{part}}}\n}}\n")
    run = subprocess.run([find("nginx"), "-t", *arguments], capture_output=True, text=True)
    assert run.returncode == 1
    assert 'unknown "cors_api_' in run.stderr
