"""An exported policy in each place that Caddy has for it."""

import subprocess

import pytest

from lab.exports import caddy, faulty
from lab.exports.generator import Request, generate
from lab.exports.judging import Decision, compare, send
from lab.exports.policies import APP, POLICIES
from lab.exports.running import Server
from lab.exports.running import serving as serving_exports
from lab.exports.servers import APPLICATION, UPSTREAM, export_all
from lab.servers.running import serving
from lab.web_servers import find

REQUESTS = 200
STRANGER = "https://stranger.example"
ASKS = ("Access-Control-Request-Method", "PUT")
SOME = {name: POLICIES[name] for name in ("several", "ports", "tiers-listed", "public-all")}


@pytest.fixture(scope="module")
def upstream():
    with serving(UPSTREAM, APPLICATION) as port:
        yield port


def test_a_policy_does_the_same_in_a_route(upstream):
    exports, _ = export_all("caddy", SOME)
    server = caddy.server(caddy.ROUTE)
    with serving_exports(server, upstream, exports) as connection:
        tally = compare(connection, SOME, generate(SOME, server.paths, 1, REQUESTS))
    assert "\n".join(map(str, tally.differences[:5])) == ""
    assert tally.allowed > REQUESTS / 5


LOGIN = """
        basicauth {
            ann JDJhJDE0JGFodWpsbmVnL3ZtVG9xR0FvLmE4bnVKSnh2dC5GM1l3MjRxYi5sdnBSVUNLN1J5RWNpVWNX
        }
"""
ERROR_PAGE = """
    handle_errors {
        respond "nothing here" 404
    }
"""
ERRORS = {
    "a login": (caddy.server(caddy.ROUTE, LOGIN), "ok", 401),
    "a login for files": (caddy.server(caddy.ROUTE, LOGIN), "files/hello.txt", 401),
    "an error that the configuration makes": (caddy.server(more="error 418"), "ok", 418),
    "a page for errors": (caddy.server(outside=ERROR_PAGE), "files/missing.txt", 404),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_of_caddy_have_the_headers_and_preflights_do_not_see_them(upstream, case):
    server, path, status = ERRORS[case]
    policies = {"several": POLICIES["several"]}
    exports, _ = export_all("caddy", policies)
    with serving_exports(server, upstream, exports) as connection:
        requests = [
            Request("several", path, "GET", ()),
            Request("several", path, "GET", (("Origin", APP),)),
            Request("several", path, "POST", (("Origin", STRANGER),)),
            Request("several", path, "OPTIONS", (("Origin", APP), ASKS)),
            Request("several", path, "OPTIONS", (("Origin", STRANGER), ASKS)),
        ]
        tally = compare(connection, policies, requests)
        answers = [send(connection, request) for request in requests]
    assert tally.differences == []
    assert [answer.status for answer in answers[:2]] == [status, status]
    assert [answer.status for answer in answers[3:]] == [204, 403]


ERRORS_OF_AN_APP = """
    handle_errors {{
        route {{
            import {directory}/several.conf
            rewrite * /several/own-headers
            reverse_proxy 127.0.0.1:{upstream}
        }}
    }}
"""


def test_an_app_that_makes_the_pages_for_errors_needs_the_import_there_too(upstream):
    def configure(place):
        outside = ERRORS_OF_AN_APP.format(directory=place.directory, upstream=place.upstream)
        return caddy.configure(place, more="error 500", outside=outside)

    exports, _ = export_all("caddy", {"several": POLICIES["several"]})
    with serving_exports(Server("caddy", configure), upstream, exports) as connection:
        answers = [
            send(connection, Request("several", "ok", "GET", (("Origin", origin),)))
            for origin in (APP, STRANGER)
        ]
    assert [Decision.of(answer).cors for answer in answers] == [
        (
            ("access-control-allow-origin", APP),
            ("access-control-expose-headers", "ETag, X-Total-Count"),
        ),
        (),
    ]


def test_an_app_that_is_down_is_an_error_that_pages_can_read():
    exports, _ = export_all("caddy", {"several": POLICIES["several"]})
    with serving_exports(caddy.SERVER, 1, exports) as connection:
        answer = send(connection, Request("several", "ok", "GET", (("Origin", APP),)))
    assert Decision.of(answer) == Decision(
        502,
        (
            ("access-control-allow-origin", APP),
            ("access-control-expose-headers", "ETag, X-Total-Count"),
        ),
        frozenset({"origin"}),
    )


def test_two_origin_lines_are_not_an_allowed_origin(upstream):
    exports, _ = export_all("caddy", {"several": POLICIES["several"]})
    with serving_exports(caddy.SERVER, upstream, exports) as connection:
        lines = (("Origin", APP), ("Origin", STRANGER))
        answer = send(connection, Request("several", "ok", "GET", lines))
    assert Decision.of(answer) == Decision(200, (), frozenset({"origin"}))


def test_the_files_are_as_caddy_formats_them(tmp_path):
    exports, _ = export_all("caddy", POLICIES)
    file = tmp_path / "Caddyfile"
    file.write_text("\n".join(exports.values()))
    run = subprocess.run([find("caddy"), "fmt", file], capture_output=True, text=True, check=False)
    assert run.stdout == file.read_text()


@pytest.fixture(scope="module")
def faulty_caddy(upstream):
    exports = faulty.exports("caddy", faulty.CADDY_FAULTS)
    with serving_exports(caddy.SERVER, upstream, exports) as connection:
        yield connection


@pytest.mark.parametrize(("number", "fault"), [*enumerate(faulty.CADDY_FAULTS)])
def test_a_faulty_configuration_is_found(faulty_caddy, number, fault):
    policies = {f"fault-{number}": faulty.POLICY}
    requests = generate(policies, caddy.SERVER.paths, 1, 1_000)
    differences = (compare(faulty_caddy, policies, [one]).differences for one in requests)
    assert any(differences), fault
