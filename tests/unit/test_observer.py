"""What an observer sees of the requests of a wrapper."""

import pytest

from tests.helpers import APP, OTHER, Response, environ, hello, preflight
from wsgicors import CORSMiddleware, Endpoint, Event, Policy

API = Policy(allow_origins=[APP], allow_methods=["GET", "PUT"], allow_headers=["X-Token"])
NONE = lambda environ, method: None  # noqa: E731


@pytest.fixture
def events():
    return []


@pytest.fixture
def app(events):
    return CORSMiddleware(hello, API, observer=events.append)


def granted(method="GET", *, origin=APP, preflight=False, **names):
    return Event("granted", None, origin, method, preflight, **names)


def refused(reason, method="GET", *, origin=APP, preflight=False, **names):
    return Event("refused", reason, origin, method, preflight, **names)


class TestActualRequests:
    def test_one_from_an_allowed_origin_is_granted(self, app, events):
        Response(app, environ("PUT", origin=APP))
        assert events == [granted("PUT")]

    def test_one_from_another_origin_is_refused(self, app, events):
        Response(app, environ(origin=OTHER))
        assert events == [refused("origin-not-allowed", origin=OTHER)]

    def test_one_without_an_origin_makes_no_event(self, app, events):
        Response(app, environ())
        assert events == []

    @pytest.mark.parametrize("origin", ["http://api.example", "http://127.0.0.1:8000"])
    def test_one_of_the_apps_own_origin_makes_no_event(self, app, events, origin):
        request = environ(origin=origin, host=origin.removeprefix("http://"))
        Response(app, request)
        Response(app, {**request, **preflight(origin=origin, host=request["HTTP_HOST"])})
        assert events == []

    def test_a_second_start_of_a_response_makes_no_second_event(self, events):
        def replaced(environ, start_response):
            start_response("200 OK", [])
            start_response("500 Oh", [], (None, None, None))
            return [b""]

        Response(CORSMiddleware(replaced, API, observer=events.append), environ(origin=APP))
        assert events == [granted()]


class TestPreflights:
    def test_one_for_an_allowed_request_is_granted(self, app, events):
        Response(app, preflight(method="PUT", access_control_request_headers="x-token"))
        assert events == [granted("PUT", preflight=True)]

    def test_one_that_allows_not_what_is_requested_is_refused_even_with_status_204(
        self, app, events
    ):
        assert Response(app, preflight(method="PATCH")).status == "204 No Content"
        asked = preflight(method="PUT", access_control_request_headers="x-other")
        assert Response(app, asked).status == "204 No Content"
        assert events == [
            refused("method-not-allowed", "PATCH", preflight=True),
            refused("header-not-allowed", "PUT", preflight=True),
        ]

    def test_one_from_another_origin_is_refused(self, app, events):
        Response(app, preflight(origin=OTHER))
        assert events == [refused("origin-not-allowed", origin=OTHER, preflight=True)]

    def test_a_callable_is_asked_once_for_a_preflight_that_is_reported(self, events):
        asked = []

        def allow(origin):
            asked.append(origin)
            return True

        Response(CORSMiddleware(hello, allow_origins=[allow], observer=events.append), preflight())
        assert len(asked) == 1
        assert events == [granted(preflight=True)]


BOTH = pytest.mark.parametrize(
    ("request_", "is_preflight"), [(environ(origin=APP), False), (preflight(), True)]
)


class TestEndpointsWithoutAPolicy:
    @BOTH
    def test_a_request_is_refused(self, events, request_, is_preflight):
        Response(CORSMiddleware(hello, resolve=NONE, observer=events.append), {**request_})
        assert events == [refused("no-policy", preflight=is_preflight)]

    @BOTH
    @pytest.mark.parametrize("value", ["*", APP, f" {APP}"])
    def test_a_request_that_the_apps_own_header_allows_is_granted(
        self, events, request_, is_preflight, value
    ):
        own = with_header(value)
        Response(CORSMiddleware(own, resolve=NONE, observer=events.append), {**request_})
        assert events == [granted(preflight=is_preflight)]

    @BOTH
    def test_a_request_is_refused_if_the_apps_own_header_allows_another_origin(
        self, events, request_, is_preflight
    ):
        own = with_header(OTHER)
        Response(CORSMiddleware(own, resolve=NONE, observer=events.append), {**request_})
        assert events == [refused("no-policy", preflight=is_preflight)]


def with_header(value):
    def app(environ, start_response):
        start_response("200 OK", [("access-control-allow-origin", value)])
        return [b""]

    return app


def raises(environ, start_response):
    raise LookupError("oh")


def raises_in_a_body(environ, start_response):
    raise LookupError("oh")
    yield b""


def raises_after_a_start(environ, start_response):
    start_response("200 OK", [])
    raise LookupError("oh")


class TestAnAppThatRaises:
    @BOTH
    @pytest.mark.parametrize("app", [raises, raises_in_a_body])
    def test_a_request_is_refused_because_the_servers_own_response_has_no_cors(
        self, events, request_, is_preflight, app
    ):
        wrapped = CORSMiddleware(app, resolve=NONE, observer=events.append)
        with pytest.raises(LookupError):
            Response(wrapped, {**request_})
        assert events == [refused("app-raised", preflight=is_preflight)]

    @BOTH
    def test_a_response_that_has_started_is_reported_once(self, events, request_, is_preflight):
        wrapped = CORSMiddleware(raises_after_a_start, resolve=NONE, observer=events.append)
        with pytest.raises(LookupError):
            Response(wrapped, {**request_})
        assert events == [refused("no-policy", preflight=is_preflight)]

    def test_a_request_without_an_origin_makes_no_event(self, events):
        with pytest.raises(LookupError):
            Response(CORSMiddleware(raises, API, observer=events.append), environ())
        assert events == []


class TestNestedWrappers:
    """The wrapper that decides reports, so an observer of several wrappers sees a request once."""

    def nested(self, outer, inner, app=hello):
        """Wrap an app twice; return what each observer sees."""
        seen = {"outer": [], "inner": []}
        wrapped = CORSMiddleware(app, resolve=inner, observer=seen["inner"].append)
        between = lambda environ, start: wrapped(environ, start)  # noqa: E731
        return CORSMiddleware(between, resolve=outer, observer=seen["outer"].append), seen

    @BOTH
    @pytest.mark.parametrize("inner", [NONE, lambda environ, method: Endpoint(API)])
    def test_the_outer_one_reports_if_it_has_a_policy(self, request_, is_preflight, inner):
        app, seen = self.nested(lambda environ, method: Endpoint(API), inner)
        Response(app, {**request_})
        assert seen == {"outer": [granted(preflight=is_preflight)], "inner": []}

    @BOTH
    def test_the_inner_one_reports_if_only_it_has_a_policy(self, request_, is_preflight):
        app, seen = self.nested(NONE, lambda environ, method: Endpoint(API))
        Response(app, {**request_})
        Response(app, {**request_, "HTTP_ORIGIN": OTHER})
        reason = "origin-not-allowed"
        assert seen["outer"] == []
        assert seen["inner"] == [
            granted(preflight=is_preflight),
            refused(reason, origin=OTHER, preflight=is_preflight),
        ]

    @BOTH
    def test_the_inner_one_reports_if_neither_has_a_policy(self, request_, is_preflight):
        app, seen = self.nested(NONE, NONE)
        Response(app, {**request_})
        assert seen == {"outer": [], "inner": [refused("no-policy", preflight=is_preflight)]}

    @BOTH
    @pytest.mark.parametrize("app", [raises, raises_in_a_body])
    def test_the_inner_one_reports_an_app_that_raises(self, request_, is_preflight, app):
        app, seen = self.nested(NONE, NONE, app)
        with pytest.raises(LookupError):
            Response(app, {**request_})
        assert seen == {"outer": [], "inner": [refused("app-raised", preflight=is_preflight)]}

    def test_the_outer_one_reports_an_app_that_raises_if_it_has_a_policy(self):
        app, seen = self.nested(lambda environ, method: API, NONE, raises)
        with pytest.raises(LookupError):
            Response(app, environ(origin=APP))
        assert seen == {"outer": [refused("app-raised")], "inner": []}

    @BOTH
    def test_an_outer_one_is_silent_if_the_one_that_decides_has_no_observer(
        self, events, request_, is_preflight
    ):
        inner = CORSMiddleware(hello, API)
        app = CORSMiddleware(lambda e, s: inner(e, s), resolve=NONE, observer=events.append)
        Response(app, {**request_})
        assert events == []

    @BOTH
    def test_an_outer_one_reports_if_an_inner_one_without_observer_does_not_decide(
        self, events, request_, is_preflight
    ):
        inner = CORSMiddleware(hello, resolve=NONE)
        app = CORSMiddleware(lambda e, s: inner(e, s), resolve=NONE, observer=events.append)
        Response(app, {**request_})
        assert events == [refused("no-policy", preflight=is_preflight)]

    def test_an_environ_that_is_used_again_is_reported_again(self, events):
        app = CORSMiddleware(hello, resolve=NONE, observer=events.append)
        request = preflight()
        for _ in range(3):
            Response(app, request)
        assert events == [refused("no-policy", preflight=True)] * 3
