"""An exported policy in each place that HAProxy has for it."""

import pytest

from lab.exports import faulty, haproxy
from lab.exports.generator import Request, generate
from lab.exports.judging import Decision, compare, send
from lab.exports.policies import APP, POLICIES
from lab.exports.running import Server
from lab.exports.running import serving as serving_exports
from lab.exports.servers import APPLICATION, UPSTREAM, export_all
from lab.servers.running import serving
from wsgicors import Policy

REQUESTS = 200
STRANGER = "https://stranger.example"
ASKS = ("Access-Control-Request-Method", "PUT")
SOME = {name: POLICIES[name] for name in ("several", "ports", "tiers-listed", "public-all")}
SECTIONS = {"frontend": haproxy.FRONTEND, "listen": haproxy.LISTEN}


@pytest.fixture(scope="module")
def upstream():
    with serving(UPSTREAM, APPLICATION) as port:
        yield port


@pytest.mark.parametrize("section", SECTIONS)
def test_a_policy_does_the_same_in_each_section(upstream, section):
    exports, _ = export_all("haproxy", SOME)
    server = haproxy.server(SECTIONS[section])
    with serving_exports(server, upstream, exports) as connection:
        tally = compare(connection, SOME, generate(SOME, server.paths, 1, REQUESTS))
    assert "\n".join(map(str, tally.differences[:5])) == ""
    assert tally.allowed > REQUESTS / 5


TIMEOUTS = "mode http\n    timeout connect 10s\n    timeout client 60s\n    timeout server 60s\n"
WITHOUT_DEFAULTS = f"""
frontend all
    {TIMEOUTS}
    bind unix@{{directory}}/socket
    use_backend several if {{{{ path_beg /several/ }}}}
    default_backend plain
backend plain
    {TIMEOUTS}
    server app 127.0.0.1:{{upstream}}
"""
BEFORE_DEFAULTS = f"""
backend plain
    {TIMEOUTS}
    server app 127.0.0.1:{{upstream}}
defaults
    {TIMEOUTS}
frontend all
    bind unix@{{directory}}/socket
    use_backend several if {{{{ path_beg /several/ }}}}
    default_backend plain
"""
NAMED = f"""
backend several from cors_several
    {TIMEOUTS}
    server app 127.0.0.1:{{upstream}}
"""


@pytest.mark.parametrize("text", [WITHOUT_DEFAULTS, BEFORE_DEFAULTS])
def test_only_proxies_that_name_a_policy_have_it(upstream, text):
    def configure(place):
        written = (text + NAMED).format(directory=place.directory, upstream=place.upstream)
        (place.directory / "haproxy.cfg").write_text(written)
        files = "one.conf", "several.conf", "haproxy.cfg"
        return ["-db", *(part for file in files for part in ("-f", file))], None

    exports, _ = export_all("haproxy", {name: POLICIES[name] for name in ("one", "several")})
    with serving_exports(Server("haproxy", configure), upstream, exports) as connection:
        lines = (("Origin", APP), ASKS)
        policy, plain = (
            Decision.of(send(connection, Request(name, "ok", "OPTIONS", lines)))
            for name in ("several", "plain")
        )
    assert plain == Decision(200, (), frozenset())
    assert policy.status == 204


ERRORS = {
    "a login": (haproxy.BACKEND, "http-request auth realm members", 401),
    "a login in a listen section": (haproxy.LISTEN, "http-request auth realm members", 401),
    "an address that is not allowed": (haproxy.FRONTEND, "http-request deny", 403),
    "a response that is not allowed": (haproxy.BACKEND, "http-response deny", 502),
    "a redirect": (haproxy.BACKEND, "http-request redirect location /", 302),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_of_haproxy_have_the_headers_and_preflights_do_not_see_them(upstream, case):
    section, more, status = ERRORS[case]
    policies = {"several": POLICIES["several"]}
    exports, _ = export_all("haproxy", policies)
    with serving_exports(haproxy.server(section, more), upstream, exports) as connection:
        requests = [
            Request("several", "ok", "GET", ()),
            Request("several", "ok", "GET", (("Origin", APP),)),
            Request("several", "ok", "POST", (("Origin", STRANGER),)),
            Request("several", "ok", "OPTIONS", (("Origin", APP), ASKS)),
            Request("several", "ok", "OPTIONS", (("Origin", STRANGER), ASKS)),
        ]
        tally = compare(connection, policies, requests)
        answers = [send(connection, request) for request in requests]
    assert tally.differences == []
    assert [answer.status for answer in answers] == [status, status, status, 204, 403]


def test_an_app_that_is_down_is_an_error_that_pages_can_read():
    exports, _ = export_all("haproxy", {"several": POLICIES["several"]})
    with serving_exports(haproxy.server(more="retries 0"), 1, exports) as connection:
        answer = send(connection, Request("several", "ok", "GET", (("Origin", APP),)))
    assert Decision.of(answer) == Decision(
        503,
        (
            ("access-control-allow-origin", APP),
            ("access-control-expose-headers", "ETag, X-Total-Count"),
        ),
        frozenset({"origin"}),
    )


def test_the_last_of_two_origin_lines_counts(upstream):
    exports, _ = export_all("haproxy", {"several": POLICIES["several"]})
    with serving_exports(haproxy.SERVER, upstream, exports) as connection:
        lines = (("Origin", APP), ("Origin", STRANGER))
        answer = send(connection, Request("several", "ok", "GET", lines))
    assert Decision.of(answer) == Decision(200, (), frozenset({"origin"}))


def large(environ, start_response):
    start_response("200 OK", [("Content-Length", "200000")])
    return [b"x" * 200_000]


def test_the_longest_headers_fit_into_the_buffers_that_haproxy_has_by_default():
    long = Policy(
        APP, allow_headers=["x" * 14_985], expose_headers=["x" * 871], allow_credentials=True
    )
    exports, rejected = export_all("haproxy", {"long": long})
    assert rejected == []
    with (
        serving(UPSTREAM, f"{__name__}:large") as upstream,
        serving_exports(haproxy.server(settings=""), upstream, exports) as connection,
    ):
        preflight = send(connection, Request("long", "", "OPTIONS", (("Origin", APP), ASKS)))
        asked = Request("long", "", "GET", (("Origin", APP),))
        statuses = {send(connection, asked).status for _ in range(50)}
    assert preflight.status == 204
    assert statuses == {200}


@pytest.fixture(scope="module")
def faulty_haproxy(upstream):
    exports = faulty.exports("haproxy", faulty.HAPROXY_FAULTS)
    with serving_exports(haproxy.SERVER, upstream, exports) as connection:
        yield connection


@pytest.mark.parametrize(("number", "fault"), [*enumerate(faulty.HAPROXY_FAULTS)])
def test_a_faulty_configuration_is_found(faulty_haproxy, number, fault):
    policies = {f"fault-{number}": faulty.POLICY}
    requests = generate(policies, haproxy.SERVER.paths, 1, 1_000)
    differences = (compare(faulty_haproxy, policies, [one]).differences for one in requests)
    assert any(differences), fault
