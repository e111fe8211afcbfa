import io
import sys
from functools import partial
from wsgiref.validate import validator

import pytest
from flask import Flask

from tests.helpers import APP, OTHER, Response, environ, hello, preflight
from wsgicors import CORSMiddleware, Endpoint, Policy, PolicyError, wrap
from wsgicors.paths import by_path
from wsgicors.testing import Browser, CORSBlocked

API = Policy(allow_origins=[APP], expose_headers=["ETag"])
PUBLIC = Policy(allow_origins="*")


def test_an_app_is_wrapped_with_a_policy_or_its_settings():
    for app in CORSMiddleware(hello, API), CORSMiddleware(hello, allow_origins=[APP]):
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] == APP
        assert Response(app, environ(origin=OTHER))["Access-Control-Allow-Origin"] is None


def test_a_resolver_gets_the_method_of_the_request_or_the_requested_method():
    asked = []

    def resolve(environ, method):
        asked.append((environ["PATH_INFO"], method))
        return Endpoint(API, ["GET", "PUT"])

    app = CORSMiddleware(hello, resolve=resolve)
    Response(app, environ("DELETE", "/a", origin=APP))
    answer = Response(app, preflight("/b", method="PUT"))
    assert asked == [("/a", "DELETE"), ("/b", "PUT")]
    assert answer["Access-Control-Allow-Methods"] == "GET, PUT"


class TestAPathThatServersReadInTwoWays:
    """Cheroot decodes ``%70`` for every method but OPTIONS; it leaves ``%2F`` as it is."""

    def listed(self, methods, path):
        """Return what a preflight lists, where paths have these methods with the policy."""

        def resolve(environ, method):
            found = methods.get(environ["PATH_INFO"], ["GET", "PUT"])
            return Endpoint(API if found is None or method in found else None, found)

        app = CORSMiddleware(hello, resolve=resolve)
        return Response(app, preflight(path, method="GET"))["Access-Control-Allow-Methods"]

    def test_a_preflight_lists_the_methods_of_both_ways(self):
        assert self.listed({"/p": ["GET", "HEAD"]}, "/%70") == "GET"
        assert self.listed({"/p": None}, "/%70") == "GET, PUT"
        assert self.listed({"/%70": None}, "/%70") == "GET, PUT"
        assert self.listed({"/p": None, "/%70": None}, "/%70") == "GET, HEAD, POST"

    @pytest.mark.parametrize("slash", ["%2F", "%2f"])
    def test_an_encoded_slash_is_not_a_slash(self, slash):
        assert self.listed({"/p/q": ["GET"]}, f"/%70{slash}q") == "GET, PUT"
        assert self.listed({"/p%2Fq": ["GET"]}, f"/%70{slash}q") == "GET"
        assert self.listed({"/p%2Fq": ["PUT"]}, f"/%70{slash}q") is None


def test_a_method_that_reads_as_a_wildcard_is_never_listed():
    response = Response(
        CORSMiddleware(hello, resolve=lambda environ, method: API), preflight(method="*")
    )
    assert response["Access-Control-Allow-Origin"] == APP
    assert response["Access-Control-Allow-Methods"] is None


def test_a_request_with_a_method_that_reads_as_a_wildcard_has_its_policy():
    app = CORSMiddleware(hello, resolve=lambda environ, method: API)
    assert Response(app, environ("*", origin=APP))["Access-Control-Allow-Origin"] == APP


@pytest.mark.parametrize("found", [None, Endpoint(None)], ids=["none", "endpoint-without-policy"])
def test_a_response_of_an_endpoint_without_a_policy_is_unchanged(found):
    def app(environ, start_response):
        start_response("200 OK", [("Access-Control-Allow-Origin", "https://mine.example")])
        return []

    wrapped = CORSMiddleware(app, resolve=lambda environ, method: found)
    for request in environ(origin=APP), preflight():
        assert Response(wrapped, request).lines == [
            ("Access-Control-Allow-Origin", "https://mine.example")
        ]


@pytest.mark.parametrize(
    ("found", "listed"),
    [
        pytest.param(API, "GET", id="policy"),
        pytest.param(Endpoint(API), "GET, HEAD, POST", id="endpoint"),
    ],
)
def test_a_policy_alone_lists_only_the_requested_method(found, listed):
    """The resolver may return another policy for the other methods of the URL."""
    app = CORSMiddleware(hello, resolve=lambda environ, method: found)
    assert Response(app, preflight())["Access-Control-Allow-Methods"] == listed


def test_a_policy_for_one_method_does_not_allow_the_others():
    lax, strict = Policy(APP, allow_methods="*"), Policy(OTHER, allow_methods="*")
    resolve = lambda environ, method: strict if method == "DELETE" else lax  # noqa: E731
    page = Browser(CORSMiddleware(hello, resolve=resolve), at="https://api.example").page(APP)
    assert page.fetch("https://api.example/", method="PUT").ok
    with pytest.raises(CORSBlocked):
        page.fetch("https://api.example/", method="DELETE")


@pytest.mark.parametrize("allow_methods", [None, ["PUT"], "*", ["GET", "PUT", "PATCH"]])
@pytest.mark.parametrize("credentials", [False, True])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "patch", "*"])
def test_a_policy_alone_lists_no_method_that_was_not_requested(allow_methods, credentials, method):
    """Browsers would cache them, and the resolver may return another policy for them."""
    policy = Policy(APP, allow_methods=allow_methods, allow_credentials=credentials)
    app = CORSMiddleware(hello, resolve=lambda environ, method: policy)
    listed = Response(app, preflight(method=method))["Access-Control-Allow-Methods"]
    # All pages may send the safelisted methods, so it is the same whether they are listed.
    assert {*(listed or "").split(", ")} <= {"", method, "GET", "HEAD", "POST"}
    assert allow_methods is None or listed in {None, method}


def test_a_policy_alone_names_the_setting_that_lacks_the_requested_method(caplog):
    caplog.set_level("DEBUG", "wsgicors")
    policy = Policy(APP, allow_methods=["PUT"])
    app = CORSMiddleware(hello, resolve=lambda environ, method: policy)
    assert Response(app, preflight(method="DELETE"))["Access-Control-Allow-Methods"] is None
    assert "method 'DELETE' is not among allow_methods: PUT" in caplog.text


def test_a_resolver_that_ignores_the_method_lists_all_methods_of_the_policy():
    def resolve(environ, method):
        return Policy(APP, allow_methods=["PUT", "DELETE"])

    resolve.ignores_method = True
    app = CORSMiddleware(hello, resolve=resolve)
    assert Response(app, preflight(method="PUT"))["Access-Control-Allow-Methods"] == "PUT, DELETE"


MEMBERS = Policy(APP, allow_credentials=True)


def by_cookie(policy, otherwise=None):
    """Return a resolver that has a policy for requests with a cookie, and says so."""

    def resolve(environ, method):
        found = policy if "HTTP_COOKIE" in environ else otherwise
        return Endpoint(found, vary=["Cookie"])

    return resolve


class TestWhatAResolverReads:
    @pytest.mark.parametrize(
        ("policy", "request_", "allowed", "vary"),
        [
            pytest.param(MEMBERS, {"origin": APP}, APP, "Origin, Cookie", id="allowed"),
            pytest.param(MEMBERS, {"origin": OTHER}, None, "Origin, Cookie", id="refused"),
            pytest.param(MEMBERS, {}, None, "Origin, Cookie", id="without-origin"),
            pytest.param(PUBLIC, {"origin": APP}, "*", "Cookie", id="everybody"),
            pytest.param(PUBLIC, {}, "*", "Cookie", id="everybody-without-origin"),
            pytest.param(None, {"origin": APP}, None, "Cookie", id="no-policy"),
            pytest.param(None, {}, None, "Cookie", id="no-policy-without-origin"),
        ],
    )
    def test_every_response_varies_by_it(self, policy, request_, allowed, vary):
        app = CORSMiddleware(hello, resolve=by_cookie(policy))
        response = Response(app, environ(cookie="a=b", **request_))
        assert response["Access-Control-Allow-Origin"] == allowed
        assert response["Vary"] == vary

    @pytest.mark.parametrize(
        ("policy", "origin", "status", "vary"),
        [
            (MEMBERS, APP, "204 No Content", "Origin, Access-Control-Request-Method, Cookie"),
            (MEMBERS, OTHER, "403 Forbidden", "Origin, Access-Control-Request-Method, Cookie"),
            (
                MEMBERS,
                "http://api.example",
                "204 No Content",
                "Origin, Access-Control-Request-Method, Cookie",
            ),
            (PUBLIC, APP, "204 No Content", "Access-Control-Request-Method, Cookie"),
            (None, APP, "200 OK", "Cookie"),
        ],
        ids=["granted", "refused", "own-origin", "everybody", "no-policy"],
    )
    @pytest.mark.parametrize("path", ["/", "/%41"])
    def test_every_response_to_a_preflight_varies_by_it(self, policy, origin, status, vary, path):
        app = CORSMiddleware(hello, resolve=by_cookie(policy))
        response = Response(app, preflight(path, origin=origin, cookie="a=b"))
        assert (response.status, response["Vary"]) == (status, vary)

    def test_a_preflight_whose_path_has_two_policies_varies_by_what_both_need(self):
        def resolve(environ, method):
            decoded = "%" not in environ["PATH_INFO"]
            return Endpoint(API if decoded else None, vary=["X-A" if decoded else "X-B"])

        response = Response(CORSMiddleware(hello, resolve=resolve), preflight("/%41"))
        assert (response["Access-Control-Allow-Origin"], response["Vary"]) == (None, "X-B, X-A")

    def test_it_is_the_same_whether_the_page_brings_the_cookie(self):
        app = CORSMiddleware(hello, resolve=by_cookie(MEMBERS, PUBLIC))
        with_cookie = Response(app, environ(origin=APP, cookie="a=b"))
        without = Response(app, environ(origin=APP))
        assert with_cookie["Access-Control-Allow-Origin"] == APP
        assert without["Access-Control-Allow-Origin"] == "*"
        assert (with_cookie["Vary"], without["Vary"]) == ("Origin, Cookie", "Cookie")

    @pytest.mark.parametrize(
        ("request_", "policy", "own", "vary"),
        [
            (environ, MEMBERS, "cookie, Accept", "cookie, Accept, Origin"),
            (environ, None, "Accept", "Accept, Cookie"),
            (environ, None, "*", "*"),
            (preflight, None, "Accept", "Accept, Cookie"),
            (preflight, None, "cookie", "cookie"),
        ],
    )
    @pytest.mark.parametrize("exc_info", [(), (None,), ((None, None, None),)])
    def test_it_is_merged_with_the_vary_of_the_app(self, request_, policy, own, vary, exc_info):
        def app(environ, start_response):
            lines = [("Vary", own), ("Access-Control-Allow-Origin", OTHER)]
            start_response("200 OK", lines, *exc_info)
            return []

        wrapped = CORSMiddleware(app, resolve=by_cookie(policy))
        response = Response(wrapped, request_(origin=APP, cookie="a=b"))
        assert response["Vary"] == vary
        assert response["Access-Control-Allow-Origin"] == (APP if policy else OTHER)

    def test_headers_of_the_app_stay_where_there_is_no_policy(self):
        lines = [("Access-Control-Allow-Origin", OTHER), ("Access-Control-Expose-Headers", "ETag")]

        def app(environ, start_response):
            start_response("200 OK", lines)
            return []

        wrapped = CORSMiddleware(app, resolve=by_cookie(MEMBERS))
        for request in environ(origin=APP), preflight():
            assert Response(wrapped, request).lines == [*lines, ("Vary", "Cookie")]
        assert len(lines) == 2

    @pytest.mark.parametrize("debug", ["DEBUG", "INFO"])
    def test_a_request_without_a_policy_is_logged_as_one(self, caplog, debug):
        caplog.set_level(debug, "wsgicors")
        app = CORSMiddleware(hello, resolve=by_cookie(MEMBERS))
        Response(app, environ(origin=APP))
        Response(app, preflight())
        reasons = [record.cors_reason for record in caplog.records]
        assert reasons == (["no-policy"] * 2 if debug == "DEBUG" else [])

    @pytest.mark.parametrize("request_", [environ, preflight])
    def test_an_outer_wrapper_without_a_policy_varies_and_the_inner_one_decides(
        self, caplog, request_
    ):
        inner = CORSMiddleware(hello, API)
        middle = CORSMiddleware(Outside(inner), resolve=by_cookie(None))
        outer = CORSMiddleware(Outside(middle), resolve=by_cookie(MEMBERS))
        response = Response(outer, request_(origin=APP))
        assert response["Access-Control-Allow-Origin"] == APP
        assert response["Access-Control-Allow-Credentials"] is None
        assert {*response["Vary"].split(", ")} >= {"Origin", "Cookie"}
        assert caplog.messages == []

    def test_an_inner_wrapper_is_ignored_only_if_it_has_a_policy(self, caplog):
        inner = CORSMiddleware(hello, resolve=by_cookie(MEMBERS))
        outer = CORSMiddleware(Outside(inner), API)
        assert Response(outer, environ(origin=APP))["Vary"] == "Origin"
        assert caplog.messages == []
        Response(outer, environ(origin=APP, cookie="a=b"))
        assert "Ignoring this CORS wrapper" in caplog.text

    def test_a_callable_decides_about_each_request(self):
        asked = []

        def trusted(origin):
            asked.append(str(origin))
            return len(asked) == 1

        policy = Policy([trusted])
        app = CORSMiddleware(hello, resolve=lambda environ, method: Endpoint(policy, vary="X-A"))
        answers = [Response(app, environ(origin=APP)) for _ in range(2)]
        assert [answer["Access-Control-Allow-Origin"] for answer in answers] == [APP, None]
        assert [answer["Vary"] for answer in answers] == ["Origin, X-A"] * 2


class Outside:
    """An app in front of another one, so that the wrappers of both are not next to each other."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class TestReplacingThePolicy:
    def test_the_next_request_is_answered_under_the_new_policy(self):
        app = CORSMiddleware(hello, API)
        app.policy = API.derive(allow_origins=[OTHER])
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] is None
        assert Response(app, environ(origin=OTHER))["Access-Control-Allow-Origin"] == OTHER

    def test_a_request_finishes_under_the_policy_that_it_began_with(self):
        def app(environ, start_response):
            wrapped.policy = PUBLIC
            return hello(environ, start_response)

        wrapped = CORSMiddleware(app, API)
        assert Response(wrapped, environ(origin=APP))["Access-Control-Allow-Origin"] == APP
        assert wrapped.policy is PUBLIC

    def test_only_a_policy_can_replace_it(self):
        app = CORSMiddleware(hello, API)
        with pytest.raises(TypeError, match=r"None is not a Policy; use app\.policy"):
            app.policy = None
        assert app.policy is API

    def test_a_wrapper_with_a_resolver_has_no_policy_to_replace(self):
        app = CORSMiddleware(hello, resolve=lambda environ, method: API)
        assert app.policy is None
        with pytest.raises(TypeError, match="this wrapper has a resolver"):
            app.policy = API


class TestPEP3333:
    def test_write_reaches_the_server(self):
        def app(environ, start_response):
            write = start_response("200 OK", [("Content-Type", "text/plain")])
            write(b"written ")
            return [b"returned"]

        response = Response(CORSMiddleware(app, API), environ(origin=APP))
        assert response.body == b"written returned"
        assert response["Access-Control-Allow-Origin"] == APP

    def test_a_response_that_starts_late_gets_its_headers(self):
        def app(environ, start_response):
            yield b""
            start_response("200 OK", [("Content-Type", "text/plain")])
            yield b"late"

        response = Response(CORSMiddleware(app, API), environ(origin=APP))
        assert (response.body, response["Access-Control-Allow-Origin"]) == (b"late", APP)

    def test_a_response_that_starts_twice_passes_the_error_on_and_has_the_headers_again(self):
        def app(environ, start_response):
            start_response("200 OK", [])
            try:
                raise LookupError("too late")
            except LookupError:
                start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
            return [b"oops"]

        response = Response(CORSMiddleware(app, API), environ(origin=APP))
        assert [len(arguments) for arguments in response.started] == [2, 3]
        assert response.started[-1][2][0] is LookupError
        assert (response.status, response["Access-Control-Allow-Origin"]) == ("500 Oops", APP)

    def test_the_server_gets_the_iterable_of_the_app_itself(self):
        class File(io.BytesIO):
            closed_by_server = False

            def close(self):
                self.closed_by_server = True
                super().close()

        file = File(b"content")

        def app(environ, start_response):
            start_response("200 OK", [])
            return file

        response = Response(CORSMiddleware(app, API), environ())
        assert response.iterable is file
        assert file.closed_by_server

    def test_a_list_of_headers_that_the_app_reuses_is_not_changed(self):
        shared = [("Content-Type", "text/plain")]

        def app(environ, start_response):
            start_response("200 OK", shared)
            return []

        Response(CORSMiddleware(app, API), environ(origin=APP))
        assert shared == [("Content-Type", "text/plain")]

    @pytest.mark.parametrize("kind", [tuple, iter])
    @pytest.mark.parametrize("lines", [[("X-A", "b"), ("Vary", "Accept")], [("X-A", "b")]])
    @pytest.mark.parametrize(
        ("options", "request_"),
        [
            pytest.param({"policy": API}, environ(origin=APP), id="one-policy"),
            pytest.param({"resolve": lambda e, m: API}, environ(origin=APP), id="resolver"),
            pytest.param({"resolve": lambda e, m: None}, environ(origin=APP), id="no-policy"),
            pytest.param({"resolve": lambda e, m: None}, preflight(), id="preflight-for-the-app"),
        ],
    )
    def test_headers_in_another_iterable_are_sent_as_from_a_list(
        self, kind, lines, options, request_
    ):
        def send(kind):
            def app(environ, start_response):
                start_response("200 OK", kind(lines))
                return []

            return [*Response(CORSMiddleware(app, **options), dict(request_)).lines]

        assert send(kind) == send(list)

    @pytest.mark.parametrize(
        "request_",
        [
            pytest.param(environ(origin=APP), id="allowed"),
            pytest.param(environ(origin=OTHER), id="refused"),
            pytest.param(environ(), id="no-origin"),
            pytest.param(preflight(), id="preflight"),
            pytest.param(preflight(origin=OTHER), id="refused-preflight"),
        ],
    )
    def test_a_server_that_changes_its_list_of_headers_changes_no_other_response(self, request_):
        app = CORSMiddleware(hello, API)
        before = [*Response(app, {**request_}).lines]
        Response(app, {**request_}).lines.clear()
        assert Response(app, {**request_}).lines == before

    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
    @pytest.mark.parametrize("origin", [APP, OTHER])
    def test_the_validator_of_pep_3333_accepts_responses(self, method, origin):
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"hello"] if environ["REQUEST_METHOD"] != "HEAD" else []

        wrapped = validator(CORSMiddleware(validator(app), API))
        assert Response(wrapped, environ(method, origin=origin)).status == "200 OK"

    @pytest.mark.parametrize("origin", [APP, OTHER])
    def test_the_validator_of_pep_3333_accepts_preflight_responses(self, origin):
        assert Response(validator(CORSMiddleware(hello, API)), preflight(origin=origin)).started


def test_an_exception_of_the_app_passes_through_and_is_logged(caplog):
    caplog.set_level("DEBUG", logger="wsgicors")

    def app(environ, start_response):
        raise LookupError("bug")

    for request in environ(origin=APP), environ():
        with pytest.raises(LookupError, match="bug"):
            Response(CORSMiddleware(app, API), request)
    assert caplog.messages == [
        "'/': the app raised an exception; the server's own response has no CORS headers, so "
        "browsers block it [app-raised]"
    ]


def test_an_exception_before_a_late_start_passes_through_and_is_logged(caplog):
    caplog.set_level("DEBUG", logger="wsgicors")
    closed = []

    class Chunks:
        def __iter__(self):
            raise_late = iter([b""])
            yield next(raise_late)
            raise LookupError("bug")

        def close(self):
            closed.append(True)

    iterable = CORSMiddleware(lambda environ, start_response: Chunks(), API)(
        environ(origin=APP), lambda *_: None
    )
    assert next(iterable) == b""
    with pytest.raises(LookupError, match="bug"):
        next(iterable)
    iterable.close()
    assert closed == [True]
    assert len(caplog.messages) == 1


def test_an_exception_after_the_first_chunk_is_not_logged(caplog):
    caplog.set_level("DEBUG", logger="wsgicors")

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"begun"
        raise LookupError("bug")

    with pytest.raises(LookupError):
        Response(CORSMiddleware(app, API), environ(origin=APP))
    assert caplog.messages == []


def test_an_exception_between_the_start_and_the_first_chunk_is_logged(caplog):
    caplog.set_level("DEBUG", logger="wsgicors")

    def app(environ, start_response):
        start_response("200 OK", [])
        yield b""
        raise LookupError("bug")

    with pytest.raises(LookupError):
        Response(CORSMiddleware(app, API), environ(origin=APP))
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("level", ["WARNING", "DEBUG"])
def test_a_preflight_is_decided_by_the_policy_at_its_start_at_every_log_level(caplog, level):
    caplog.set_level(level, logger="wsgicors")

    class Replaced(dict):
        """Replaces the policy when the path is read."""

        def get(self, key, default=None):
            if key == "PATH_INFO":
                app.policy = Policy("https://other.example")
            return super().get(key, default)

    app = CORSMiddleware(hello, API)
    response = Response(app, Replaced(preflight("/a%41")))
    assert (response.status, response["Access-Control-Allow-Origin"]) == ("204 No Content", APP)


def test_a_body_is_watched_even_if_the_response_has_started(caplog):
    caplog.set_level("DEBUG", logger="wsgicors")

    def app(environ, start_response):
        start_response("200 OK", [])
        return (1 / 0 for _ in range(1))

    with pytest.raises(ZeroDivisionError):
        Response(CORSMiddleware(app, API), environ(origin=APP))
    assert len(caplog.messages) == 1


@pytest.mark.parametrize(
    "options", [{"policy": API}, {"resolve": lambda environ, method: API}], ids=["one", "resolver"]
)
def test_a_body_that_iterates_late_is_watched(caplog, options):
    caplog.set_level("DEBUG", logger="wsgicors")

    def fail(number):
        raise LookupError("bug")

    class Chunks:
        def __iter__(self):
            return self

        __next__ = fail

    for late in map(fail, [1]), Chunks():
        app = CORSMiddleware(lambda environ, start_response, late=late: late, **options)
        with pytest.raises(LookupError):
            next(iter(app(environ(origin=APP), None)))
    assert len(caplog.messages) == 2


def test_a_body_that_cannot_be_iterated_is_closed(caplog):
    caplog.set_level("DEBUG", logger="wsgicors")
    closed = []

    class Broken:
        def __iter__(self):
            raise LookupError("bug")

        def close(self):
            closed.append(True)

    iterable = CORSMiddleware(lambda environ, start_response: Broken(), API)(
        environ(origin=APP), None
    )
    with pytest.raises(LookupError):
        next(iterable)
    iterable.close()
    assert closed == [True]


def test_a_body_without_a_close_method_is_accepted(caplog):
    caplog.set_level("DEBUG", logger="wsgicors")

    class Late:
        def __iter__(self):
            return iter(())

    iterable = CORSMiddleware(lambda environ, start_response: Late(), API)(
        environ(origin=APP), None
    )
    assert list(iterable) == []
    iterable.close()


def test_a_preflight_from_the_apps_own_origin_is_not_refused_but_gets_no_cors():
    own = "http://api.example"
    response = Response(CORSMiddleware(hello, API), preflight(origin=own))
    assert response.status == "204 No Content"
    assert response.lines == [("Vary", "Origin, Access-Control-Request-Method")]


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        pytest.param({}, [("Access-Control-Allow-Origin", APP)], id="listed"),
        pytest.param(
            {"allow_credentials": True, "max_age": 600, "expose_headers": "ETag"},
            [
                ("Access-Control-Allow-Origin", APP),
                ("Access-Control-Allow-Credentials", "true"),
            ],
            id="credentials",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_preflight_for_a_safelisted_method_that_is_not_listed_gets_403(method, settings, lines):
    app = CORSMiddleware(hello, allow_origins=[APP], allow_methods=["PUT"], **settings)
    response = Response(app, preflight(method=method))
    assert response.status == "403 Forbidden"
    assert response.lines == [
        *lines,
        ("Vary", "Origin, Access-Control-Request-Method"),
        ("Content-Type", "text/plain"),
    ]
    assert response.body == b"CORS preflight refused: method-not-allowed\n"


def test_a_method_that_is_not_listed_gets_no_cors_from_the_apps_own_origin():
    """Behind a proxy this origin can be a wrong guess, so the response must not allow the page."""
    own = "http://api.example"
    app = CORSMiddleware(hello, allow_origins=[own], allow_methods=["PUT"])
    response = Response(app, preflight(origin=own, method="POST"))
    assert response.status == "204 No Content"
    assert response.lines == [("Vary", "Origin, Access-Control-Request-Method")]


@pytest.mark.parametrize(
    "resolve",
    [
        pytest.param(lambda environ, method: environ["no such key"], id="raises"),
        pytest.param(lambda environ, method: "api", id="returns-a-name"),
    ],
)
def test_a_resolver_with_a_bug_finds_no_policy_and_is_logged(caplog, resolve):
    app = CORSMiddleware(hello, resolve=resolve)
    for request in environ(origin=APP), preflight():
        response = Response(app, request)
        assert response.lines == [("Content-Type", "text/plain")]
    assert caplog.messages == ["'/': the resolver <lambda>() raised an exception"] * 2


def test_the_message_about_a_resolver_has_none_of_its_arguments(caplog):
    def resolve(password, environ, method):
        raise LookupError("no database")

    Response(CORSMiddleware(hello, resolve=partial(resolve, "s3cret")), environ(origin=APP))
    assert caplog.messages == ["'/': the resolver resolve() raised an exception"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        pytest.param("/open/key%73", None, id="other-endpoint"),
        pytest.param("/open/x%79", APP, id="the-same-endpoint"),
        pytest.param("/100%", None, id="not-encoded"),
    ],
)
def test_an_encoded_path_in_a_preflight_must_have_one_policy_in_both_readings(path, allowed):
    app = CORSMiddleware(hello, resolve=by_path({"/open": API, "/open/keys": None}))
    assert Response(app, preflight(path))["Access-Control-Allow-Origin"] == allowed


class TestConstruction:
    @pytest.mark.parametrize(
        ("arguments", "settings", "message"),
        [
            pytest.param((), {}, "takes exactly one of: a policy, settings", id="nothing"),
            pytest.param((API,), {"max_age": 1}, "takes exactly one of", id="policy-and-settings"),
            pytest.param(
                (API,), {"resolve": lambda e, m: API}, "takes exactly one of", id="two-ways"
            ),
            pytest.param((), {"origins": "*"}, "use 'allow_origins'", id="misspelt"),
            pytest.param((), {"max_age": 1}, "needs allow_origins", id="without-origins"),
            pytest.param((), {"resolve": API}, "is not a resolver", id="policy-as-resolver"),
            pytest.param(("api",), {}, "'api' is not a Policy", id="name"),
            pytest.param((), {"resolver": 1}, "use 'resolve'", id="misspelt-resolve"),
        ],
    )
    def test_invalid_arguments_are_rejected(self, arguments, settings, message):
        with pytest.raises(TypeError, match=message):
            CORSMiddleware(hello, *arguments, **settings)
        with pytest.raises(TypeError, match=message):
            wrap(*arguments, **settings)

    def test_settings_that_cannot_work_are_rejected(self):
        with pytest.raises(PolicyError, match="list the origins that need cookies"):
            CORSMiddleware(hello, allow_origins="*", allow_credentials=True)

    def test_for_a_flask_app_the_error_names_its_adapter(self):
        class Mine(Flask):
            pass

        for app in Flask("plain"), Mine("derived"):
            with pytest.raises(TypeError, match=r"use wsgicors\.flask\.CORS\(app, policy\)"):
                CORSMiddleware(app, API)

    def test_a_second_wrapper_is_rejected(self):
        with pytest.raises(TypeError, match="already has a CORS wrapper"):
            CORSMiddleware(CORSMiddleware(hello, API), API)
        with pytest.raises(TypeError, match="already has a CORS wrapper"):
            wrap(API)(wrap(PUBLIC)(hello))

    def test_a_policy_in_place_of_the_app_is_rejected(self):
        with pytest.raises(TypeError, match="is not a WSGI app; pass the app first"):
            CORSMiddleware(API, API)


class TestStackedWrappers:
    """Other middleware between two wrappers may hide one from the other."""

    @staticmethod
    def between(app):
        return lambda environ, start_response: app(environ, start_response)

    def stack(self, *policies):
        app = hello
        for policy in reversed(policies):
            resolve = lambda environ, method, policy=policy: policy  # noqa: E731
            app = CORSMiddleware(self.between(app), resolve=resolve)
        return app

    def test_the_outermost_wrapper_with_a_policy_decides_and_an_inner_wrapper_warns_once(
        self, caplog
    ):
        app = self.stack(API, PUBLIC)
        assert Response(app, preflight())["Access-Control-Allow-Origin"] == APP
        for _ in range(2):
            assert Response(app, environ(origin=APP)).all("Access-Control-Allow-Origin") == [APP]
            assert Response(app, environ(origin=OTHER))["Access-Control-Allow-Origin"] is None
        assert caplog.messages == [
            "Ignoring this CORS wrapper because an outer one already applies; wrap each app once."
        ]

    def test_headers_that_only_the_inner_wrapper_exposes_stay_hidden(self, caplog):
        app = self.stack(Policy(APP, expose_headers="ETag"), Policy(APP, expose_headers="Link"))
        assert Response(app, environ(origin=APP))["Access-Control-Expose-Headers"] == "ETag"

    def test_headers_that_the_view_exposes_stay_exposed(self, caplog):
        def app(environ, start_response):
            start_response("200 OK", [("Access-Control-Expose-Headers", "Age")])
            return []

        for inner in API, Policy(OTHER):
            between = self.between(CORSMiddleware(app, inner))
            response = Response(CORSMiddleware(between, API), environ(origin=APP))
            assert response["Access-Control-Expose-Headers"] == "ETag, Age"

    def test_a_wrapper_without_a_policy_leaves_the_request_to_the_next_wrapper(self, caplog):
        app = self.stack(None, API, PUBLIC)
        assert Response(app, preflight())["Access-Control-Allow-Origin"] == APP
        assert Response(app, environ(origin=APP)).all("Access-Control-Allow-Origin") == [APP]
        assert len(caplog.messages) == 1

    def test_an_inner_wrapper_without_a_policy_does_not_warn(self, caplog):
        app = self.stack(API, None)
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] == APP
        assert caplog.messages == []

    def test_wrappers_side_by_side_are_not_stacked(self, caplog):
        def missing(environ, start_response):
            start_response("404 Not Found", [])
            return []

        first, second = CORSMiddleware(missing, PUBLIC), CORSMiddleware(hello, API)
        request = environ(origin=APP)
        assert Response(first, request)["Access-Control-Allow-Origin"] == "*"
        assert Response(second, request)["Access-Control-Allow-Origin"] == APP
        assert caplog.messages == []

    def test_only_the_callable_of_the_wrapper_that_decides_is_called(self):
        called = []

        def policy(name):
            return Policy(lambda origin: called.append(name) or True)

        app = self.stack(policy("outer"), policy("middle"), policy("inner"))
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] == APP
        assert called == ["outer"]

    def test_the_outermost_wrapper_decides_over_all_inner_wrappers(self):
        app = self.stack(API, None, PUBLIC)
        assert Response(app, environ(origin=OTHER))["Access-Control-Allow-Origin"] is None


class TestWrap:
    def test_it_decorates_a_raw_app(self):
        @wrap(API)
        def app(environ, start_response):
            return hello(environ, start_response)

        assert isinstance(app, CORSMiddleware)
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] == APP

    def test_it_takes_a_resolver(self):
        app = wrap(resolve=lambda environ, method: API)(hello)
        assert Response(app, environ(origin=APP))["Access-Control-Allow-Origin"] == APP

    def test_for_a_view_the_error_names_cors(self):
        def view(item_id):
            return "item"

        with pytest.raises(TypeError, match=r"for a view, use @cors\(policy\)"):
            wrap(API)(view)

    def test_it_takes_a_callable_without_a_signature(self):
        assert isinstance(wrap(API)(type), CORSMiddleware)

    def test_an_app_in_place_of_the_policy_is_rejected(self):
        with pytest.raises(TypeError, match="is not a Policy"):
            wrap(hello)
