"""An exported policy in each place that Apache has for it."""

import pytest

from lab.exports import apache, faulty
from lab.exports.generator import Request, generate
from lab.exports.judging import Decision, compare, send
from lab.exports.policies import APP, POLICIES
from lab.exports.running import FILES, Server
from lab.exports.running import serving as serving_exports
from lab.exports.servers import APPLICATION, UPSTREAM, export_all
from lab.servers.running import serving
from wsgicors import Policy
from wsgicors._core.protocol import read_refusal

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


@pytest.fixture(scope="module")
def some_apache(upstream):
    names = "any-header", "members-list"
    exports, _ = export_all("apache", {name: POLICIES[name] for name in names})
    with serving_exports(apache.SERVER, upstream, exports) as connection:
        yield connection


LOGIN = """
    AuthType Basic
    AuthName "members"
    AuthUserFile /dev/null
    Require valid-user
"""
ERRORS = {
    "a login": (apache.LOCATION, LOGIN, "ok", 401),
    "a login for files": (apache.DIRECTORY, LOGIN, "files/hello.txt", 401),
    "a login in a virtual host": (
        apache.VIRTUAL_HOST,
        f"<Location />{LOGIN}</Location>",
        "ok",
        401,
    ),
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


@pytest.mark.parametrize(
    ("policy", "origin", "names", "reason"),
    [
        ("any-header", STRANGER, "x-a", "origin-not-allowed"),
        ("any-header", APP, "x," * 100 + "x", "too-large"),
        ("members-list", APP, "x-a", "method-not-allowed"),
        ("members-list", STRANGER, "x-a", "origin-not-allowed"),
    ],
)
def test_a_refused_preflight_has_the_reason(some_apache, policy, origin, names, reason):
    asks = (
        ("Origin", origin),
        ("Access-Control-Request-Method", "HEAD"),
        ("Access-Control-Request-Headers", names),
    )
    answer = send(some_apache, Request(policy, "ok", "OPTIONS", asks))
    assert (answer.status, read_refusal(answer.body)) == (403, reason)


def test_a_policy_replaces_lines_that_the_sections_around_it_add(upstream):
    around = """
        Header set Access-Control-Allow-Origin "*"
        Header always set Access-Control-Allow-Origin "*"
        Header always set access-control-allow-credentials true
    """
    tally = compare_with(apache.server(more=around), upstream, SOME)
    assert "\n".join(map(str, tally.differences[:5])) == ""


SCRIPT = """\
#!/bin/sh
cat <<END
Status: $QUERY_STRING Of the program
Access-Control-Allow-Origin: *
Access-Control-Allow-Credentials: true
Access-Control-Expose-Headers: X-A
Vary: Cookie
Content-Type: text/plain

END
"""


def test_a_policy_replaces_the_lines_of_a_cgi_program(upstream):
    """Apache keeps them in the other table of headers."""

    def configure(place):
        more = "Options +ExecCGI\nAddHandler cgi-script .cgi"
        arguments = apache.configure(place, apache.DIRECTORY, more)
        for name in place.names:
            program = place.directory / name / "app.cgi"
            program.write_text(SCRIPT)
            program.chmod(0o755)
        return arguments

    paths = [f"{FILES}/app.cgi?{status}" for status in (200, 301, 304, 404, 500)]
    tally = compare_with(Server("apache2", configure, paths=paths), upstream, SOME, 60)
    assert "\n".join(map(str, tally.differences[:5])) == ""
    assert tally.allowed > 60 / 5


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


def compare_with(server, upstream, policies, requests=REQUESTS):
    exports, _ = export_all("apache", policies)
    with serving_exports(server, upstream, exports) as connection:
        return compare(connection, policies, generate(policies, server.paths, 1, requests))
