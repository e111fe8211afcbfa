"""What an observer sees of the requests of a wrapper."""

import dataclasses
import functools
import logging
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from unittest import mock

import pytest

import wsgicors
from tests.helpers import APP, OTHER, Response, environ, hello, preflight
from wsgicors import CORSMiddleware, Endpoint, Event, Policy, wrap
from wsgicors._core.protocol import actual
from wsgicors._reporting import log
from wsgicors._reporting.events import Reporter
from wsgicors._reporting.requests import ReportedRequest
from wsgicors._reporting.throttle import Throttle
from wsgicors._resolver import Resolver, SinglePolicy
from wsgicors.testing import Browser

API = Policy(allow_origins=[APP], allow_methods=["GET", "PUT"], allow_headers=["X-Token"])


def without_policy(environ, method):
    return None


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

    @pytest.mark.parametrize("first", ["x-other,", ""])
    def test_one_that_requests_too_much_has_the_reason_that_the_log_has(
        self, app, events, caplog, first
    ):
        caplog.set_level(logging.DEBUG, logger="wsgicors")
        asked = f"{first}{'x-token,' * 2**16}"
        Response(app, preflight(method="PUT", access_control_request_headers=asked))
        reason = "header-not-allowed" if first else "too-large"
        assert events == [refused(reason, "PUT", preflight=True)]
        assert [record.cors_reason for record in caplog.records] == [reason]

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

    @pytest.mark.parametrize("asked", [preflight(), preflight(origin=OTHER), preflight(method="X")])
    def test_a_reason_that_is_reported_and_logged_is_looked_for_once(
        self, app, monkeypatch, caplog, asked
    ):
        caplog.set_level("DEBUG", "wsgicors")
        looked = mock.Mock(wraps=log.why_refused)
        monkeypatch.setattr(log, "why_refused", looked)
        Response(app, asked)
        assert looked.call_count == 1

    def test_a_method_that_no_setting_names_is_reported_and_logged_as_a_warning(
        self, events, caplog
    ):
        app = CORSMiddleware(hello, allow_origins=[APP], observer=events.append)
        for _ in range(2):
            Response(app, preflight(method="PUT"))
        assert events == [refused("method-not-allowed", "PUT", preflight=True)] * 2
        [record] = caplog.records
        assert record.levelname == "WARNING"
        assert "add it to allow_methods" in record.getMessage()


BOTH = pytest.mark.parametrize(
    ("request_", "is_preflight"), [(environ(origin=APP), False), (preflight(), True)]
)


class TestEndpointsWithoutAPolicy:
    @BOTH
    def test_a_request_is_refused(self, events, request_, is_preflight):
        Response(
            CORSMiddleware(hello, resolve=without_policy, observer=events.append), {**request_}
        )
        assert events == [refused("no-policy", preflight=is_preflight)]

    @BOTH
    @pytest.mark.parametrize("value", ["*", APP, f" {APP}"])
    def test_a_request_that_the_apps_own_header_allows_is_granted(
        self, events, request_, is_preflight, value
    ):
        own = with_header(value)
        Response(CORSMiddleware(own, resolve=without_policy, observer=events.append), {**request_})
        assert events == [granted(preflight=is_preflight)]

    @BOTH
    def test_a_request_is_refused_if_the_apps_own_header_allows_another_origin(
        self, events, request_, is_preflight
    ):
        own = with_header(OTHER)
        Response(CORSMiddleware(own, resolve=without_policy, observer=events.append), {**request_})
        assert events == [refused("no-policy", preflight=is_preflight)]

    @pytest.mark.parametrize("value", [OTHER, "https://app.example/", "null"])
    @BOTH
    def test_the_log_gives_the_same_reason(self, caplog, request_, is_preflight, value):
        caplog.set_level("DEBUG", "wsgicors")
        Response(CORSMiddleware(with_header(value), resolve=without_policy), {**request_})
        assert [record.cors_reason for record in caplog.records] == ["no-policy"]

    @BOTH
    @pytest.mark.parametrize("values", [[APP, OTHER], [APP, APP], ["*", "*"]])
    def test_a_request_is_refused_if_the_app_sends_the_header_more_than_once(
        self, events, caplog, request_, is_preflight, values
    ):
        """A browser joins the lines, and no page has the origin "*, *"."""
        caplog.set_level("DEBUG", "wsgicors")
        own = answers("200 OK", [("Access-Control-Allow-Origin", value) for value in values])
        Response(CORSMiddleware(own, resolve=without_policy, observer=events.append), {**request_})
        assert events == [refused("no-policy", preflight=is_preflight)]
        assert [record.cors_reason for record in caplog.records] == ["no-policy"]

    @pytest.mark.parametrize(
        ("status", "lists", "is_granted"),
        [
            ("200 OK", {"Methods": "PUT", "Headers": "X-Token"}, True),
            ("299 Odd", {"Methods": "GET, PUT", "Headers": "X-A,x-token"}, True),
            ("204 No Content", {"Methods": "*", "Headers": "*"}, True),
            ("401 Unauthorized", {"Methods": "PUT", "Headers": "X-Token"}, False),
            ("302 Found", {"Methods": "PUT", "Headers": "X-Token"}, False),
            ("200 OK", {"Headers": "X-Token"}, False),
            ("200 OK", {"Methods": "put", "Headers": "X-Token"}, False),
            ("200 OK", {"Methods": "PUT"}, False),
            ("200 OK", {"Methods": "PUT", "Headers": "X-Other"}, False),
        ],
    )
    def test_a_preflight_is_granted_if_the_apps_own_answer_allows_the_request(
        self, events, caplog, status, lists, is_granted
    ):
        caplog.set_level("DEBUG", "wsgicors")
        names = [(f"Access-Control-Allow-{name}", value) for name, value in lists.items()]
        own = answers(status, [("Access-Control-Allow-Origin", "*"), *names])
        asked = preflight(method="PUT", access_control_request_headers="x-token")
        Response(CORSMiddleware(own, resolve=without_policy, observer=events.append), asked)
        assert [event.outcome for event in events] == ["granted" if is_granted else "refused"]
        reasons = [record.cors_reason for record in caplog.records]
        assert reasons == ([] if is_granted else ["no-policy"])

    def test_a_wildcard_of_the_app_does_not_cover_authorization(self, events):
        own = answers(
            "200 OK",
            [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", "*")],
        )
        app = CORSMiddleware(own, resolve=without_policy, observer=events.append)
        Response(app, preflight(access_control_request_headers="authorization"))
        assert events == [refused("no-policy", preflight=True)]

    @pytest.mark.parametrize(
        ("listed", "requested", "is_granted"),
        [
            pytest.param("X-Token", "x-token," * 2**16, False, id="list"),
            pytest.param("*", "x-token," * 2**16, True, id="star"),
            pytest.param("*", "authorization," + "x-token," * 2**16, False, id="authorization"),
        ],
    )
    def test_the_start_of_a_preflight_that_requests_too_much_is_compared(
        self, events, listed, requested, is_granted
    ):
        allowed = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", listed)]
        own = answers("200 OK", allowed)
        app = CORSMiddleware(own, resolve=without_policy, observer=events.append)
        Response(app, preflight(access_control_request_headers=requested))
        assert [event.outcome for event in events] == ["granted" if is_granted else "refused"]


def answers(status, headers):
    def app(environ, start_response):
        start_response(status, headers)
        return [b""]

    return app


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
        wrapped = CORSMiddleware(app, resolve=without_policy, observer=events.append)
        with pytest.raises(LookupError):
            Response(wrapped, {**request_})
        assert events == [refused("app-raised", preflight=is_preflight)]

    @BOTH
    def test_a_response_that_has_started_is_reported_once(self, events, request_, is_preflight):
        wrapped = CORSMiddleware(
            raises_after_a_start, resolve=without_policy, observer=events.append
        )
        with pytest.raises(LookupError):
            Response(wrapped, {**request_})
        assert events == [refused("no-policy", preflight=is_preflight)]

    def test_a_request_without_an_origin_makes_no_event(self, events):
        with pytest.raises(LookupError):
            Response(CORSMiddleware(raises, API, observer=events.append), environ())
        assert events == []


def call(app, environ, start_response):
    return app(environ, start_response)


class TestNestedWrappers:
    """The wrapper that decides reports, so an observer of several wrappers sees a request once."""

    def nested(self, outer, inner, app=hello):
        """Wrap an app twice; return what each observer sees."""
        seen = {"outer": [], "inner": []}
        wrapped = CORSMiddleware(app, resolve=inner, observer=seen["inner"].append)

        def between(environ, start):
            return wrapped(environ, start)

        return CORSMiddleware(between, resolve=outer, observer=seen["outer"].append), seen

    @BOTH
    @pytest.mark.parametrize("inner", [without_policy, lambda environ, method: Endpoint(API)])
    def test_the_outer_one_reports_if_it_has_a_policy(self, request_, is_preflight, inner):
        app, seen = self.nested(lambda environ, method: Endpoint(API), inner)
        Response(app, {**request_})
        assert seen == {"outer": [granted(preflight=is_preflight)], "inner": []}

    @BOTH
    def test_the_inner_one_reports_if_only_it_has_a_policy(self, request_, is_preflight):
        app, seen = self.nested(without_policy, lambda environ, method: Endpoint(API))
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
        app, seen = self.nested(without_policy, without_policy)
        Response(app, {**request_})
        assert seen == {"outer": [], "inner": [refused("no-policy", preflight=is_preflight)]}

    @BOTH
    @pytest.mark.parametrize("app", [raises, raises_in_a_body])
    def test_the_inner_one_reports_an_app_that_raises(self, request_, is_preflight, app):
        app, seen = self.nested(without_policy, without_policy, app)
        with pytest.raises(LookupError):
            Response(app, {**request_})
        assert seen == {"outer": [], "inner": [refused("app-raised", preflight=is_preflight)]}

    def test_the_outer_one_reports_an_app_that_raises_if_it_has_a_policy(self):
        app, seen = self.nested(lambda environ, method: API, without_policy, raises)
        with pytest.raises(LookupError):
            Response(app, environ(origin=APP))
        assert seen == {"outer": [refused("app-raised")], "inner": []}

    @BOTH
    def test_an_outer_one_is_silent_if_the_one_that_decides_has_no_observer(
        self, events, request_, is_preflight
    ):
        inner = CORSMiddleware(hello, API)
        app = CORSMiddleware(
            lambda e, s: inner(e, s), resolve=without_policy, observer=events.append
        )
        Response(app, {**request_})
        assert events == []

    @BOTH
    def test_an_outer_one_reports_if_an_inner_one_without_observer_does_not_decide(
        self, events, request_, is_preflight
    ):
        inner = CORSMiddleware(hello, resolve=without_policy)
        app = CORSMiddleware(
            lambda e, s: inner(e, s), resolve=without_policy, observer=events.append
        )
        Response(app, {**request_})
        assert events == [refused("no-policy", preflight=is_preflight)]

    def test_a_wrapper_in_the_middle_is_passed_by(self, events):
        inner = CORSMiddleware(hello, resolve=lambda environ, method: Endpoint(API))
        app = CORSMiddleware(lambda e, s: inner(e, s), resolve=without_policy)
        for _ in range(2):
            app = CORSMiddleware(partial(call, app), resolve=without_policy, observer=events.append)
        for request in environ(origin=APP), preflight():
            Response(app, request)
        assert events == []

    def test_a_preflight_that_starts_its_response_twice_is_reported_once(self, events):
        def app(environ, start_response):
            start_response("200 OK", [])
            start_response("500 Oh", [], (None, None, None))
            return [b""]

        app = CORSMiddleware(app, resolve=without_policy, observer=events.append)
        assert Response(app, preflight()).status == "500 Oh"
        assert events == [refused("no-policy", preflight=True)]

    def test_an_environ_that_is_used_again_is_reported_again(self, events):
        app = CORSMiddleware(hello, resolve=without_policy, observer=events.append)
        request = preflight()
        for _ in range(3):
            Response(app, request)
        assert events == [refused("no-policy", preflight=True)] * 3


class TestAnEvent:
    def test_it_cannot_be_changed_and_compares_by_its_fields(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            granted().origin = OTHER
        assert granted() == granted()
        assert {granted(), granted()} == {granted()}
        assert not hasattr(granted(), "__dict__")

    def test_it_can_be_sent_to_another_process(self):
        assert pickle.loads(pickle.dumps(granted())) == granted()

    def test_it_has_nothing_of_a_request_but_its_origin_and_its_method(self, app, events):
        secret = "secret7"
        request = environ("GET", f"/{secret}", origin=APP, cookie=secret, authorization=secret)
        Response(app, {**request, "QUERY_STRING": secret})
        asked = preflight(f"/{secret}", access_control_request_headers=secret)
        Response(app, {**asked, "QUERY_STRING": secret})
        assert len(events) == 2
        assert secret not in repr(events)


class TestHostileRequests:
    """Text of a request is cut, and does not get into names."""

    @pytest.mark.parametrize("make", [environ, preflight])
    def test_an_origin_is_cut_to_512_characters(self, app, events, make):
        Response(app, make(origin="https://" + "a" * 100_000))
        assert events[0].origin == "https://" + "a" * 504

    def test_a_method_is_cut_to_100_characters(self, app, events):
        Response(app, environ("A" * 100_000, origin=APP))
        Response(app, preflight(method="A" * 100_000))
        assert [event.method for event in events] == ["A" * 100] * 2

    @pytest.mark.parametrize("origin", ["", "null", "\r\nX: 1", "https://a\x00b", "ü", "*"])
    @pytest.mark.parametrize("make", [environ, preflight])
    def test_an_origin_that_no_page_has_is_refused_as_it_was_sent(self, app, events, make, origin):
        Response(app, make(origin=origin))
        [event] = events
        assert (event.outcome, event.reason) == ("refused", "origin-not-allowed")
        assert event.origin == origin

    def test_an_environ_without_a_host_changes_no_response(self, events, caplog):
        request = environ(origin=APP)
        for name in "HTTP_HOST", "SERVER_NAME":
            del request[name]
        app = CORSMiddleware(hello, API, observer=events.append)
        assert Response(app, request)["Access-Control-Allow-Origin"] == APP
        assert events == [granted()]
        assert caplog.messages == []


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class TestAnObserverThatRaises:
    def failing(self, error=LookupError):
        def seen(event):
            raise error("secret of the observer")

        return CORSMiddleware(hello, API, observer=seen)

    def messages(self, caplog):
        return [one for one in caplog.records if "observer" in one.getMessage()]

    @pytest.mark.parametrize("request_", [environ(origin=APP), preflight(), environ(origin=OTHER)])
    def test_the_response_is_unchanged(self, request_):
        seen = Response(self.failing(), {**request_})
        plain = Response(CORSMiddleware(hello, API), {**request_})
        assert (seen.status, seen.lines, seen.body) == (plain.status, plain.lines, plain.body)

    def test_it_is_logged_once_with_its_traceback(self, caplog):
        app = self.failing()
        for _ in range(5):
            Response(app, environ(origin=APP))
        [record] = self.messages(caplog)
        assert record.levelno == logging.ERROR
        assert "seen" in record.getMessage()
        assert record.exc_info[0] is LookupError

    def test_it_is_logged_again_after_a_minute_with_the_number_of_those_between(
        self, caplog, monkeypatch
    ):
        clock = Clock()
        app = self.failing()
        monkeypatch.setattr(app.wsgicors_log.reporter, "_throttle", Throttle(clock=clock))
        for seconds in 0, 20, 39, 1, 30:
            clock.now += seconds
            Response(app, environ(origin=APP))
        first, second = self.messages(caplog)
        assert first.getMessage().endswith("raised an exception")
        assert second.getMessage().endswith("raised an exception; 2 more since the last message")

    def test_one_that_cannot_be_shown_is_logged_by_its_name(self, caplog):
        class Hidden:
            def __repr__(self):
                raise LookupError("no session")

            def __call__(self, event):
                raise ValueError(event)

        Response(CORSMiddleware(hello, API, observer=Hidden()), environ(origin=APP))
        [record] = self.messages(caplog)
        assert record.getMessage() == "the observer Hidden() raised an exception"

    def test_an_exception_that_ends_a_request_passes(self):
        """A worker's time limit and an interrupt are not faults of the observer."""
        with pytest.raises(KeyboardInterrupt):
            Response(self.failing(KeyboardInterrupt), environ(origin=APP))


class Unnamed(Resolver):
    """Cannot name its endpoints."""

    def __call__(self, environ, method):
        return Endpoint(API)

    def enter(self, environ):
        return None

    def decide(self, environ, entered, origin):
        return actual(API, origin)

    def label_of(self, environ, method):
        raise LookupError("no names")

    def label_answering(self, environ, entered):
        raise LookupError("no names")


class TestARouterThatRaises:
    """A fault in naming the endpoint is not one of the observer, and loses no event."""

    @BOTH
    def test_the_event_has_no_names_and_the_log_does_not_blame_the_observer(
        self, events, caplog, request_, is_preflight
    ):
        app = CORSMiddleware(hello, resolve=Unnamed(), observer=events.append)
        Response(app, {**request_})
        assert events == [granted(preflight=is_preflight)]
        method = request_["REQUEST_METHOD"]
        assert caplog.messages == [f"'{method} /': naming the endpoint raised an exception"]
        assert caplog.records[0].exc_info[0] is LookupError

    def test_it_is_logged_once_per_minute_with_the_number_of_those_between(
        self, events, caplog, monkeypatch
    ):
        clock = Clock()
        app = CORSMiddleware(hello, resolve=Unnamed(), observer=events.append)
        monkeypatch.setattr(app.wsgicors_log.reporter, "_throttle", Throttle(clock=clock))
        for seconds in 0, 20, 60:
            clock.now += seconds
            Response(app, environ(origin=APP))
        assert caplog.messages == [
            "'GET /': naming the endpoint raised an exception",
            "'GET /': naming the endpoint raised an exception; 1 more since the last message",
        ]
        assert len(events) == 3


class TestTheThrottle:
    def test_a_kind_is_let_through_once_per_minute(self):
        clock = Clock()
        throttle = Throttle(clock=clock)
        noted = []
        for _ in range(4):
            noted.append(throttle.note("a"))
            clock.now += 30
        assert noted == ["", None, "; 1 more since the last message", None]

    def test_kinds_do_not_wait_for_each_other(self):
        throttle = Throttle(clock=Clock())
        assert [throttle.note(key) for key in ("a", "b", "a")] == ["", "", None]

    def test_it_keeps_a_limited_number_of_kinds_and_counts_the_others(self):
        clock = Clock()
        throttle = Throttle(most=2, clock=clock)
        assert [throttle.note(key) for key in range(1000)] == ["", ""] + [None] * 998
        assert throttle.note(0) is None
        clock.now += 60
        left_out = "; 999 of other kinds were left out"
        assert [throttle.note(key) for key in (7, 8, 9)] == [left_out, "", None]

    def test_both_counts_are_given_together_and_once(self):
        clock = Clock()
        throttle = Throttle(most=1, clock=clock)
        for key in "abaca":
            throttle.note(key)
        clock.now += 60
        both = "; 2 more since the last message; 2 of other kinds were left out"
        assert throttle.note("a") == both
        clock.now += 60
        assert throttle.note("a") == ""

    def test_a_kind_that_is_not_over_is_kept_when_others_are_forgotten(self):
        clock = Clock()
        throttle = Throttle(most=2, clock=clock)
        throttle.note("old")
        clock.now += 59
        throttle.note("new")
        clock.now += 1
        assert throttle.note("newer") == ""
        assert throttle.note("new") is None

    def test_of_many_threads_one_is_let_through(self):
        throttle = Throttle()
        with ThreadPoolExecutor(20) as pool:
            noted = [*pool.map(throttle.note, ["a"] * 500)]
        assert noted.count("") == 1
        assert noted.count(None) == 499


class Seen:
    """Not an observer, but its instances are."""

    def __call__(self, event): ...


class SeenLater:
    async def __call__(self, event): ...


async def seen_later(event): ...


async def seen_one_by_one(event):
    yield


def seen_as_generator(event):
    yield


def nothing(): ...


def two(event, more): ...


class TestWhatAnObserverMayBe:
    @pytest.mark.parametrize(
        "observer",
        [
            print,
            [].append,
            Seen(),
            lambda event: None,
            functools.partial(two, more=1),
            mock.Mock(),
            dict.fromkeys,
            min,
        ],
    )
    def test_what_takes_one_argument(self, observer):
        assert CORSMiddleware(hello, API, observer=observer)

    @pytest.mark.parametrize(
        ("observer", "message"),
        [
            pytest.param(
                "shop.seen",
                "'shop.seen' is not an observer, because it is not callable; "
                "use observer=seen, with a function: def seen(event): ...",
                id="text",
            ),
            pytest.param(True, "True is not an observer", id="bool"),
            pytest.param(
                Seen,
                "is a class, which cannot observe; use observer=seen, with a function or an "
                "instance such as Seen()",
                id="class",
            ),
            pytest.param(seen_later, "is asynchronous, which wsgicors cannot await", id="a"),
            pytest.param(SeenLater(), "is asynchronous, which", id="async-call"),
            pytest.param(functools.partial(seen_later), "is asynchronous, which", id="partial"),
            pytest.param(mock.AsyncMock(), "is asynchronous, which", id="mock"),
            pytest.param(seen_one_by_one, "is asynchronous, which", id="async-generator"),
            pytest.param(
                seen_as_generator, "is a generator function, which a call does not run", id="yield"
            ),
            pytest.param(nothing, "does not take one argument, the event; use obs", id="none"),
            pytest.param(two, "does not take one argument, the event", id="two"),
        ],
    )
    @pytest.mark.parametrize(
        "make",
        [
            lambda observer: CORSMiddleware(hello, API, observer=observer),
            lambda observer: wrap(API, observer=observer),
        ],
        ids=["CORSMiddleware", "wrap"],
    )
    def test_what_cannot_be_called_with_an_event_is_an_error(self, make, observer, message):
        with pytest.raises(TypeError) as caught:
            make(observer)
        assert message in str(caught.value)

    def test_wrap_passes_it_on(self, events):
        Response(wrap(API, observer=events.append)(hello), environ(origin=APP))
        assert events == [granted()]

    def test_it_is_no_setting_of_a_policy_but_is_listed_where_it_can_be_given(self):
        with pytest.raises(TypeError, match="Policy"):
            Policy(APP, observer=print)
        for make in functools.partial(CORSMiddleware, hello), wrap:
            with pytest.raises(TypeError, match=r"use .observer. .*, observer"):
                make(observers=print)


def test_a_reporter_reports_what_the_trial_of_a_policy_would_refuse(events):
    reporter, resolver = Reporter(events.append), SinglePolicy(API)
    request = ReportedRequest(resolver, environ(origin=APP), {}, APP)
    reporter.report(request, "origin-not-allowed", "trial")
    asking = ReportedRequest(resolver, preflight(), None, APP, "PUT")
    reporter.report(asking, "method-not-allowed", "trial")
    assert events == [
        Event("trial", "origin-not-allowed", APP, "GET", False),
        Event("trial", "method-not-allowed", APP, "PUT", True),
    ]


def test_a_browser_in_a_test_is_observed_as_one_of_a_visitor(events):
    app = CORSMiddleware(hello, API, observer=events.append)
    page = Browser(app, at="https://api.example").page(APP)
    page.fetch("https://api.example/", method="PUT")
    assert events == [granted("PUT", preflight=True), granted("PUT")]


def test_an_app_without_an_observer_imports_no_events():
    """They take a tenth as long to import as all the rest."""
    program = (
        "import sys, wsgicors, wsgicors.flask\n"
        "print([name for name in sys.modules if name.endswith(('.events', '.watching'))])\n"
        "print(wsgicors.Event.__module__)"
    )
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["[]", "wsgicors"]


def test_the_package_has_no_other_names_that_are_imported_later():
    with pytest.raises(AttributeError, match=r"module 'wsgicors' has no attribute 'Events'"):
        _ = wsgicors.Events


def test_the_package_lists_all_names_before_they_are_imported():
    program = "import wsgicors; print({*wsgicors.__all__} <= {*dir(wsgicors)})"
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"
