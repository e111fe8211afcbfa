"""How much a request may take, in counts that no clock disturbs.

Main paths count calls of functions, Python's and C's. Whether a request takes more as a list grows
is counted in opcodes, because a list comprehension is one call whatever its length.

Each bound is what it takes today, and a little more where Python remembers what it has compared.
Who adds a call to a main path has to raise it here.
"""

import pytest

from benchmarks.counting import count_calls, count_opcodes
from benchmarks.scaling import ROUTED, origin, policed, routed
from benchmarks.scenarios import ALLOWED, GET, PREFLIGHT, REFUSED
from benchmarks.subjects import (
    SETTINGS,
    bare,
    flask_default,
    flask_marked,
    raw_wsgicors,
    without_cors,
)
from wsgicors import CORSMiddleware

WITHOUT = {}
PAGE = {"HTTP_ORIGIN": ALLOWED}
STRANGER = {"HTTP_ORIGIN": REFUSED}


def added(app, request, without):
    return count_calls(app, request) - count_calls(without, request)


@pytest.mark.parametrize(
    ("origin", "most"),
    [
        pytest.param(WITHOUT, 5, id="no origin"),
        pytest.param(PAGE, 5, id="allowed"),
        pytest.param(STRANGER, 5, id="refused"),
    ],
)
def test_a_raw_app_with_one_policy(origin, most):
    assert added(raw_wsgicors(SETTINGS), {**GET, **origin}, bare) <= most


@pytest.mark.parametrize(
    ("origin", "most"),
    [pytest.param(PAGE, 7, id="granted"), pytest.param(STRANGER, 13, id="refused")],
)
def test_a_preflight_to_a_raw_app(origin, most):
    assert count_calls(raw_wsgicors(SETTINGS), {**PREFLIGHT, **origin}) <= most


def test_a_preflight_under_the_default_methods():
    settings = {name: value for name, value in SETTINGS.items() if name != "allow_methods"}
    asked = {**PREFLIGHT, **PAGE, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    assert count_calls(raw_wsgicors(settings), asked) <= 7


@pytest.mark.parametrize(
    ("request_", "most"), [pytest.param(GET, 15, id="GET"), pytest.param(PREFLIGHT, 12, id="pre")]
)
def test_an_origin_that_is_new(request_, most):
    app = policed([ALLOWED, origin(0)])
    before = {**request_, "HTTP_ORIGIN": origin(0)}
    assert count_calls(app, {**request_, **PAGE}, after=before) <= most


@pytest.mark.parametrize("make", [flask_default, flask_marked])
@pytest.mark.parametrize(
    ("origin", "most"),
    [
        pytest.param(WITHOUT, 8, id="no origin"),
        pytest.param(PAGE, 8, id="allowed"),
        pytest.param(STRANGER, 11, id="refused"),
    ],
)
def test_a_flask_app(make, origin, most):
    app = make(SETTINGS)
    assert added(app.wsgi_app, {**GET, **origin}, without_cors(app)) <= most


@pytest.mark.parametrize("make", [flask_default, flask_marked])
@pytest.mark.parametrize(
    ("origin", "most"),
    [pytest.param(PAGE, 37, id="granted"), pytest.param(STRANGER, 42, id="refused")],
)
def test_a_preflight_to_a_flask_app(make, origin, most):
    assert count_calls(make(SETTINGS), {**PREFLIGHT, **origin}) <= most


EITHER = pytest.mark.parametrize("request_", [GET, PREFLIGHT], ids=["GET", "preflight"])


class TestSize:
    """As many opcodes under a long list as under a short one.

    Both for what was asked before and for what was not.
    """

    def opcodes(self, app, request, origin, *, again):
        asking = {**request, "HTTP_ORIGIN": origin}
        before = {**request, "HTTP_ORIGIN": "https://before.example"}
        return count_opcodes(app, asking, after=None if again else before)

    @EITHER
    @pytest.mark.parametrize("again", [True, False])
    def test_of_the_list_of_origins(self, request_, again):
        few, many = policed([origin(0)]), policed([origin(n) for n in range(20_000)])
        for asking in origin(0), REFUSED:
            of_many = self.opcodes(many, request_, asking, again=again)
            assert of_many == self.opcodes(few, request_, asking, again=again)

    @EITHER
    @pytest.mark.parametrize("again", [True, False])
    def test_of_the_list_of_patterns(self, request_, again):
        few, many = (
            policed([f"https://*.app{n}.example" for n in range(size)]) for size in (1, 1_000)
        )
        for asking in "https://a.b.app0.example", REFUSED:
            of_many = self.opcodes(many, request_, asking, again=again)
            assert of_many == self.opcodes(few, request_, asking, again=again)

    @pytest.mark.parametrize("kind", ROUTED)
    @pytest.mark.parametrize("again", [True, False])
    def test_of_the_list_of_routes(self, kind, again):
        asking = {**ROUTED[kind], "HTTP_ORIGIN": origin(0)}
        before = {**asking, "PATH_INFO": asking["PATH_INFO"] + "0"}
        of_few, of_many = (
            count_opcodes(routed(size).wsgi_app, asking, after=None if again else before)
            for size in (1, 1_000)
        )
        assert of_many == of_few

    @pytest.mark.parametrize("catch_all", [True, False])
    def test_of_the_list_of_routes_at_one_that_nobody_has_asked(self, catch_all):
        asking = {**PREFLIGHT, "HTTP_ORIGIN": origin(1), "PATH_INFO": "/route1/1"}

        def opcodes(size):
            app = routed(size)
            if catch_all:
                app.add_url_rule("/<path:rest>", "rest", str, methods=["GET"])
            before = {**asking, "PATH_INFO": "/route0/1"}
            return count_opcodes(app.wsgi_app, asking, after=before)

        assert opcodes(1_000) == opcodes(2)


def calls_for_headers(app, requested):
    asked = {"HTTP_ACCESS_CONTROL_REQUEST_HEADERS": requested}
    return count_calls(app, {**PREFLIGHT, **PAGE, **asked})


@pytest.mark.parametrize("requested", ["x-a,", "x", ", "], ids=["names", "name", "commas"])
class TestRequestedHeaders:
    def test_a_list_never_looks_at_them(self, requested):
        listed = raw_wsgicors(SETTINGS)
        assert calls_for_headers(listed, requested * 65_536) == calls_for_headers(listed, "x")

    def test_a_star_looks_at_no_more_than_a_bound(self, requested):
        anything = CORSMiddleware(bare, **{**SETTINGS, "allow_headers": "*"})
        fitting = calls_for_headers(anything, (requested * 8_192)[:8_192])
        assert calls_for_headers(anything, requested * 65_536) <= fitting
