import functools
import sys
from threading import Event, Thread

import pytest
from flask import Flask, session
from flask.views import MethodView, View
from webob.dec import wsgify

from wsgicors import Policy, PolicyError
from wsgicors.marks import (
    Mark,
    MethodOf,
    carries_mark,
    code_of,
    cors,
    find_carrier,
    find_mark,
    view_marks,
)
from wsgicors.sources import find_source, place_of
from wsgicors.strays import stray_marks, unreached_marks

API = Policy(allow_origins=["https://app.example"])
OTHER = Policy(allow_origins=["https://other.example"])


def passing(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapper


def test_a_mark_changes_nothing_but_one_attribute():
    def view():
        return "answer"

    before = dict(vars(view))
    assert cors(API)(view) is view
    assert {name for name in vars(view) if name not in before} == {"__cors__"}


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        pytest.param(cors(API), Mark(API), id="policy"),
        pytest.param(cors(API, max_age=60), Mark(API.derive(max_age=60)), id="refined-policy"),
        pytest.param(cors("partners"), Mark("partners"), id="name"),
        pytest.param(cors("partners", max_age=6), Mark("partners", {"max_age": 6}), id="refined"),
        pytest.param(cors(allow_origins="*"), Mark(Policy("*")), id="settings"),
        pytest.param(cors(None), Mark(None), id="no-cors"),
    ],
)
def test_a_mark_is_found_again(mark, expected):
    @mark
    def view():
        return ""

    assert find_mark(view, "GET") == expected
    assert list(view_marks(view)) == [expected]


@pytest.mark.parametrize(
    "decorate",
    [
        pytest.param(lambda view: passing(cors(API)(view)), id="decorator-outside"),
        pytest.param(lambda view: cors(API)(passing(view)), id="decorator-inside"),
        pytest.param(lambda view: passing(cors(API)(passing(view))), id="decorators-around"),
        pytest.param(lambda view: cors(API)(cors(API)(view)), id="the-same-mark-twice"),
    ],
)
def test_decorators_that_use_wraps_carry_the_mark_along(decorate):
    assert find_mark(decorate(lambda: ""), "GET") == Mark(API)


def test_an_async_view_is_marked_alike():
    @cors(API)
    async def view():
        return ""

    assert find_mark(view, "GET") == Mark(API)


def test_what_carries_no_mark_has_none():
    class Anything:
        __cors__ = "an attribute of somebody else's"

    for view in (lambda: ""), None, "endpoint", Anything():
        assert find_mark(view, "GET") is None
        assert list(view_marks(view)) == []


class TestClassBasedViews:
    @cors(API)
    class Items(MethodView):
        def get(self):
            return ""

        @cors(OTHER)
        def put(self):
            return ""

    class Decorated(MethodView):
        decorators = (passing, cors(OTHER))

        @cors(None)
        def delete(self):
            return ""

        def get(self):
            return ""

    @cors(API)
    class Once(View):
        @cors(OTHER)
        def dispatch_request(self):
            return ""

    @pytest.mark.parametrize(
        ("view_class", "method", "policy"),
        [
            pytest.param(Items, "GET", API, id="class"),
            pytest.param(Items, "HEAD", API, id="head-is-get"),
            pytest.param(Items, "PUT", OTHER, id="method-before-class"),
            pytest.param(Decorated, "GET", OTHER, id="decorators"),
            pytest.param(Decorated, "DELETE", None, id="method-before-decorators"),
            pytest.param(Once, "GET", OTHER, id="dispatch-request"),
        ],
    )
    def test_the_nearest_mark_wins(self, view_class, method, policy):
        assert find_mark(view_class.as_view("view"), method) == Mark(policy)

    def test_head_has_the_mark_of_get_unless_it_has_its_own(self):
        class View(MethodView):
            @cors(API)
            def get(self):
                return ""

        class WithHead(View):
            @cors(OTHER)
            def head(self):
                return ""

        assert find_mark(View.as_view("view"), "HEAD") == Mark(API)
        assert find_mark(WithHead.as_view("view"), "HEAD") == Mark(OTHER)

    def test_a_class_inherits_the_mark_and_may_replace_it(self):
        class Inheriting(self.Items):
            pass

        @cors(OTHER)
        class Replacing(self.Items):
            pass

        assert find_mark(Inheriting.as_view("view"), "GET") == Mark(API)
        assert find_mark(Replacing.as_view("view"), "GET") == Mark(OTHER)

    def test_all_marks_of_a_view_are_found(self):
        assert {mark.base for mark in view_marks(self.Items.as_view("view"))} == {API, OTHER}
        assert {mark.base for mark in view_marks(self.Decorated.as_view("view"))} == {OTHER, None}


@cors(API)
class Items:
    """A class whose methods routers name themselves."""

    def on_get(self):
        return ""

    @cors(OTHER)
    def on_put(self):
        return ""

    @passing
    def on_post(self):
        return ""


class Plain:
    @cors(OTHER)
    def on_put(self):
        return ""

    def on_get(self):
        return ""


class TestMethodsThatRoutersName:
    """`MethodOf` is a view by itself: whatever the HTTP method, this code serves."""

    @pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", ""])
    def test_the_named_method_counts_and_not_that_of_the_request(self, method):
        assert find_carrier(MethodOf(Items, "on_get"), method) == ("class", Mark(API))
        assert find_carrier(MethodOf(Items, "on_put"), method) == ("method", Mark(OTHER))
        assert find_carrier(MethodOf(Plain, "on_get"), method) is None

    def test_only_the_marks_that_speak_for_it_are_its_own(self):
        assert list(view_marks(MethodOf(Items, "on_put"))) == [Mark(OTHER), Mark(API)]
        assert list(view_marks(MethodOf(Items, "on_get"))) == [Mark(API)]
        assert list(view_marks(MethodOf(Plain, "on_get"))) == []

    def test_it_carries_a_mark_if_the_method_or_the_class_does(self):
        assert carries_mark(MethodOf(Items, "on_get"))
        assert carries_mark(MethodOf(Plain, "on_put"))
        assert not carries_mark(MethodOf(Plain, "on_get"))
        assert not carries_mark(MethodOf(Plain, "on_delete"))

    def test_its_code_is_the_method_without_decorators_or_the_class(self):
        assert code_of(MethodOf(Items, "on_post"), "GET") is Items.on_post.__wrapped__
        assert code_of(MethodOf(Items, "on_delete"), "GET") is Items

    def test_two_that_name_the_same_method_are_one_view(self):
        assert MethodOf(Items, "on_get") == MethodOf(Items, "on_get")
        assert len({MethodOf(Items, "on_get"), MethodOf(Items, "on_put")}) == 2

    def test_the_marks_of_a_class_that_a_router_knows_are_reached(self):
        package = __name__.partition(".")[0]
        marked = {Items, Items.on_put, Plain.on_put}
        assert marked <= set(unreached_marks([], {package}))
        assert marked & set(unreached_marks([MethodOf(Items, "on_get")], {package})) == {
            Plain.on_put
        }
        assert not set(unreached_marks([], {"another_package"})) & marked


class TestWhereCodeIs:
    def test_the_code_of_a_view_is_what_its_decorators_wrap(self):
        def view():
            return ""

        assert code_of(passing(view), "GET") is view
        assert code_of("no view", "GET") == "no view"

    def test_a_place_is_a_file_as_it_is_imported_and_a_line(self):
        file, line = find_source(Items)
        assert file == __file__
        assert place_of(Items) == f"tests/test_marks.py:{line}"
        assert place_of(Plain.on_get).startswith("tests/test_marks.py:")

    def test_a_file_that_lies_on_no_path_has_its_name_alone(self, monkeypatch):
        monkeypatch.setattr(sys, "path", [])
        assert place_of(Plain.on_get).startswith("test_marks.py:")

    def test_what_has_no_source_has_no_place(self):
        for code in len, None, "items":
            assert find_source(code) is None
            assert place_of(code) == ""
        defined = {}
        exec("def view(): ...", defined)
        assert place_of(defined["view"]) == ""


class TestMarksThatCannotAct:
    @pytest.mark.parametrize(
        ("call", "message"),
        [
            pytest.param(
                lambda: cors(lambda: ""), r"given to cors itself.*@cors\(policy\)", id="bare"
            ),
            pytest.param(cors, r"cors\(\) needs a policy", id="empty"),
            pytest.param(lambda: cors("*"), r"allow_origins=\['\*'\]", id="star"),
            pytest.param(
                lambda: cors("https://app.example"),
                r"allow_origins=\['https://app.example'\]",
                id="origin",
            ),
            pytest.param(lambda: cors(3), "3 is no policy", id="number"),
            pytest.param(
                lambda: cors(["https://app.example"]),
                r"for origins, write @cors\(allow_origins=\['https://app.example'\]\)",
                id="origins",
            ),
            pytest.param(
                lambda: cors(None, max_age=1), "takes no settings", id="none-and-settings"
            ),
            pytest.param(lambda: cors(max_age=1), "needs allow_origins", id="no-origins"),
            pytest.param(lambda: cors(API, expose="ETag"), "write 'expose_headers'", id="misspelt"),
            pytest.param(
                lambda: cors("name", origin="*"), "write 'allow_origins'", id="misspelt-too"
            ),
        ],
    )
    def test_arguments_that_say_nothing_are_refused_at_once(self, call, message):
        with pytest.raises(TypeError, match=message):
            call()

    def test_a_policy_that_cannot_work_is_refused_at_once(self):
        with pytest.raises(PolicyError, match="list the origins you trust"):
            cors(allow_origins="*", allow_credentials=True)
        with pytest.raises(PolicyError, match="not between"):
            cors(API, max_age=-1)

    def test_a_raw_wsgi_app_is_to_be_wrapped(self):
        class App:
            def __call__(self, environ, start_response):
                return []

        for app in (lambda environ, start_response: []), App():
            with pytest.raises(TypeError, match=r"write @wrap\(policy\)"):
                cors(API)(app)

    def test_so_is_what_wsgify_or_a_class_derived_from_it_has_made(self):
        class Wsgify(wsgify):
            pass

        for decorate in wsgify, Wsgify:
            with pytest.raises(TypeError, match=r"is a WSGI app, .* write @wrap\(policy\)"):
                cors(API)(decorate(lambda request: "up"))

    def test_a_whole_app_is_to_be_switched_on(self):
        with pytest.raises(TypeError, match=r"write CORS\(<Flask 'app'>, policy\)"):
            cors(API)(Flask("app"))

    def test_what_is_no_view_is_refused(self):
        with pytest.raises(TypeError, match="cors marks views, and 'items' is none"):
            cors(API)("items")

    @pytest.mark.parametrize("view", [len, type("Slots", (), {"__slots__": (), "__call__": len})()])
    def test_what_cannot_carry_a_mark_goes_into_the_table(self, view):
        with pytest.raises(TypeError, match="endpoints table"):
            cors(API)(view)

    def test_two_different_marks_on_one_view_are_refused(self):
        view = cors(API)(lambda: "")
        with pytest.raises(TypeError, match=r"already carries another mark, .*endpoints table"):
            cors(OTHER)(view)
        with pytest.raises(TypeError, match="already carries another mark"):
            cors(OTHER)(passing(view))
        assert find_mark(view, "GET") == Mark(API)

    def test_a_view_that_takes_a_proxy_along_is_a_view_like_any_other(self):
        class Items(MethodView):
            cookies = session

            @cors(API)
            def get(self):
                return ""

        assert list(view_marks(Items.as_view("items"))) == [Mark(API)]

    def test_a_mark_above_a_decorator_above_the_route_is_known_to_be_stray(self):
        def routed():
            return ""

        stray = cors(API)(passing(routed))
        assert list(stray_marks([routed])) == [stray]
        assert list(stray_marks([stray])) == list(stray_marks([passing(routed)])) == []
        cors(OTHER)(routed)
        assert list(stray_marks([routed])) == []

    @pytest.mark.parametrize("slots", [True, False], ids=["no-weak-reference", "no-hash"])
    def test_a_callable_that_cannot_be_kept_track_of_can_be_marked(self, slots):
        class Unhashable:
            __slots__ = ("__cors__",) if slots else ("__cors__", "__weakref__")
            __hash__ = None

            def __call__(self):
                return ""

        view = Unhashable()
        assert find_mark(cors(API)(view), "GET") == Mark(API)
        assert list(stray_marks([view])) == []

    def test_a_view_whose_signature_nobody_knows_can_be_marked(self):
        class Builtin:
            __signature__ = "unknown"

            def __call__(self):
                return ""

        view = Builtin()
        assert cors(API)(view) is view


def test_views_may_be_marked_while_an_app_looks_for_stray_marks():
    """Under a server with threads an app may be made while another one first answers."""
    done = Event()

    def mark_views():
        while not done.is_set():
            cors(API)(lambda: "view")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = Thread(target=mark_views)
    thread.start()
    try:
        for _ in range(2_000):
            assert list(stray_marks([])) == []
    finally:
        done.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_a_method_that_the_router_has_and_its_class_has_not_is_found():
    @cors(API)
    class Resource:
        pass

    @cors(OTHER)
    def get():
        return ""

    plain, marked = (MethodOf(Resource, "get", code) for code in (test_a_mark_is_found_again, get))
    assert find_mark(plain, "GET") == Mark(API)
    assert find_mark(marked, "GET") == Mark(OTHER)
    assert code_of(marked, "GET") is get
    here = {__name__.partition(".")[0]}
    assert get in unreached_marks([], here)
    assert get not in unreached_marks([marked], here)
