"""An exported policy in each place that Apache has for it."""

import pytest

from lab.exports import apache, faulty
from lab.exports.generator import Request, generate
from lab.exports.judging import Decision, compare, send
from lab.exports.policies import APP, OTHER, POLICIES
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


def test_thousands_of_patterns_are_no_problem(upstream):
    many = [f"https://*.b{number}.example" for number in range(6_000)]
    many += [f"app://{{c{number}}}" for number in range(6_000)]
    exports, _ = export_all("apache", {"many": Policy(many)})
    with serving_exports(apache.SERVER, upstream, exports) as connection:
        for origin in "https://a.b0.example", "https://a.b5999.example", "app://{c5999}":
            answer = send(connection, Request("many", "ok", "OPTIONS", (("Origin", origin), ASKS)))
            assert (answer.status, Decision.of(answer).cors[-1][1]) == (204, origin)
            near = send(connection, Request("many", "ok", "GET", (("Origin", f"{origin}x"),)))
            assert Decision.of(near).cors == ()


OUTER = Policy(
    [APP, OTHER],
    allow_credentials=True,
    allow_methods="*",
    allow_headers=["X-Outer"],
    expose_headers=["X-Outer"],
    max_age=60,
)
INCLUDED = 'Include "{directory}/outer.conf"'
IN_DIRECTORY = f'<Directory "{{directory}}">\n{INCLUDED}\n</Directory>\n'
NESTED = {
    "Location in server": (apache.LOCATION, INCLUDED),
    "Location in Location": (apache.LOCATION, f'<Location "/">\n{INCLUDED}\n</Location>'),
    "Location in VirtualHost": (
        apache.VIRTUAL_HOST.replace(
            'Include "{directory}/{name}.conf"',
            f'{INCLUDED}\n<Location "/{{name}}/">\nInclude "{{directory}}/{{name}}.conf"\n'
            "</Location>",
        ),
        "",
    ),
    "VirtualHost in server": (apache.VIRTUAL_HOST, INCLUDED),
    "Directory in server": (apache.DIRECTORY, INCLUDED),
    "Directory in Directory": (apache.DIRECTORY, IN_DIRECTORY),
    "htaccess in Directory": (apache.HTACCESS, IN_DIRECTORY),
    "Location over Directory": (apache.LOCATION, IN_DIRECTORY),
}


@pytest.mark.parametrize("case", NESTED)
def test_a_policy_replaces_that_of_the_section_around_it(upstream, case):
    section, outer = NESTED[case]

    def configure(place):
        arguments = apache.configure(place, section)
        file = place.directory / "apache.conf"
        start = f'<Directory "{place.directory}">'
        around = outer.format(directory=place.directory)
        file.write_text(file.read_text().replace(start, f"{around}\n{start}", 1))
        return arguments

    inner = {name: POLICIES[name] for name in ("one", "several", "tiers-listed", "public-all")}
    exports, _ = export_all("apache", {**inner, "outer": OUTER})
    server = Server("apache2", configure, paths=apache.server(section).paths)
    with serving_exports(server, upstream, exports) as connection:
        tally = compare(connection, inner, generate(inner, server.paths, 1, REQUESTS))
    # The outer policy leaves its name in Vary: caches then keep more copies than they need.
    found = [
        one for one in tally.differences if one.got != one.due._replace(vary=one.due.vary | VARY)
    ]
    assert "\n".join(map(str, found[:5])) == ""
    assert tally.allowed > REQUESTS / 5


VARY = {"origin"}


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


def test_what_refuses_an_allowed_preflight_does_not_send_the_reasons_of_a_policy(upstream):
    rules = "RewriteEngine On\nRewriteRule ^ - [F]"
    exports, _ = export_all("apache", {name: POLICIES[name] for name in ("one", "methods")})
    with serving_exports(apache.server(more=rules), upstream, exports) as connection:
        for policy in exports:
            asked = Request(policy, "ok", "OPTIONS", (("Origin", APP), ASKS))
            answer = send(connection, asked)
            assert (answer.status, read_refusal(answer.body)) == (403, "")
            assert ("Access-Control-Allow-Origin", APP) in answer.headers


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
