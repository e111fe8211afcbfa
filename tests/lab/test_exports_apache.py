"""An exported policy in each place that Apache has for it."""

import pytest

from lab.exports import apache, faulty
from lab.exports.generator import Request, generate
from lab.exports.judging import Decision, compare, send
from lab.exports.policies import APP, POLICIES
from lab.exports.running import serving as serving_exports
from lab.exports.servers import APPLICATION, UPSTREAM, export_all
from lab.servers.running import serving
from wsgicors import Policy

REQUESTS = 200
STRANGER = "https://stranger.example"
ASKS = ("Access-Control-Request-Method", "PUT")
SOME = {name: POLICIES[name] for name in ("several", "ports", "tiers-listed", "public-all")}
SECTIONS = {
    "VirtualHost": apache.VIRTUAL_HOST,
    "Directory": apache.DIRECTORY,
    "htaccess": apache.HTACCESS,
}


@pytest.fixture(scope="module")
def upstream():
    with serving(UPSTREAM, APPLICATION) as port:
        yield port


@pytest.mark.parametrize("section", SECTIONS)
def test_a_policy_does_the_same_in_each_section(upstream, section):
    server = apache.server(SECTIONS[section])
    tally = compare_with(server, upstream, SOME)
    assert "\n".join(map(str, tally.differences[:5])) == ""
    assert tally.allowed > REQUESTS / 5


def test_long_lists_are_no_problem(upstream):
    many = [f"https://a{number}.example" for number in range(500)]
    many += [f"https://*.b{number}.example" for number in range(200)]
    many += [f"app://{{c{number}}}" for number in range(100)]
    tally = compare_with(apache.SERVER, upstream, {"many": Policy(many, allow_methods="*")})
    assert "\n".join(map(str, tally.differences[:5])) == ""
    assert tally.allowed > REQUESTS / 5


LOGIN = """
    AuthType Basic
    AuthName "members"
    AuthUserFile /dev/null
    Require valid-user
"""
ERRORS = {
    "a login": (apache.LOCATION, LOGIN, "ok", 401),
    "a login for files": (apache.DIRECTORY, LOGIN, "files/hello.txt", 401),
    "an address that is not allowed": (apache.LOCATION, "Require ip 192.0.2.1", "ok", 403),
    "errors of Apache for those of the app": (
        apache.VIRTUAL_HOST,
        "ProxyErrorOverride On",
        "own-headers-missing",
        404,
    ),
    "pages for errors": (
        apache.VIRTUAL_HOST,
        "ErrorDocument 404 /files/hello.txt\nErrorDocument 403 /files/hello.txt",
        "files/missing.txt",
        404,
    ),
    "one program for all paths": (
        apache.DIRECTORY,
        "RewriteEngine On\nRewriteRule missing /several/files/hello.txt [L]",
        "files/missing.txt",
        200,
    ),
    "no links": (apache.DIRECTORY, "Options None", "files/missing.txt", 404),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_of_apache_have_the_headers_and_preflights_do_not_see_them(upstream, case):
    section, more, path, status = ERRORS[case]
    policies = {"several": POLICIES["several"]}
    exports, _ = export_all("apache", policies)
    with serving_exports(apache.server(section, more), upstream, exports) as connection:
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
    assert [answer.status for answer in answers] == [status, status, status, 204, 403]


def test_a_policy_replaces_lines_that_the_sections_around_it_add(upstream):
    around = """
        Header set Access-Control-Allow-Origin "*"
        Header always set Access-Control-Allow-Origin "*"
        Header always set access-control-allow-credentials true
    """
    tally = compare_with(apache.server(more=around), upstream, SOME)
    assert "\n".join(map(str, tally.differences[:5])) == ""


def test_an_app_that_is_down_is_an_error_that_pages_can_read():
    policies = {"several": POLICIES["several"]}
    exports, _ = export_all("apache", policies)
    with serving_exports(apache.SERVER, 1, exports) as connection:
        answer = send(connection, Request("several", "ok", "GET", (("Origin", APP),)))
    assert Decision.of(answer) == Decision(
        503,
        (
            ("access-control-allow-origin", APP),
            ("access-control-expose-headers", "ETag, X-Total-Count"),
        ),
        frozenset({"origin"}),
    )


@pytest.fixture(scope="module")
def faulty_apache(upstream):
    with serving_exports(apache.SERVER, upstream, faulty.exports()) as connection:
        yield connection


@pytest.mark.parametrize(("number", "fault"), [*enumerate(faulty.FAULTS)])
def test_a_faulty_configuration_is_found(faulty_apache, number, fault):
    policies = {f"fault-{number}": faulty.POLICY}
    requests = generate(policies, apache.SERVER.paths, 1, 1_000)
    differences = (compare(faulty_apache, policies, [one]).differences for one in requests)
    assert any(differences), fault


def compare_with(server, upstream, policies):
    exports, _ = export_all("apache", policies)
    with serving_exports(server, upstream, exports) as connection:
        return compare(connection, policies, generate(policies, server.paths, 1, REQUESTS))
