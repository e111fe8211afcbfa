import functools
import linecache
import sys
from threading import Event, Thread

import pytest
from flask import Flask, session
from flask.views import MethodView, View
from webob.dec import wsgify

from wsgicors import Policy, PolicyError
from wsgicors._decorator import Mark, cors
from wsgicors._introspection import find_source, place_of
from wsgicors._marks import (
    MethodOf,
    carries_mark,
    code_of,
    find_carrier,
    find_hidden,
    find_mark,
    hidden_marks,
    marks_above_routes,
    unreached_marks,
    view_marks,
)

API = Policy(allow_origins=["https://app.example"])
OTHER = Policy(allow_origins=["https://other.example"])


def passing(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapper


def test_cors_sets_one_attribute_and_changes_nothing_else():
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
def test_decorators_that_use_wraps_copy_the_mark(decorate):
    assert find_mark(decorate(lambda: ""), "GET") == Mark(API)


def test_an_async_view_can_be_decorated():
    @cors(API)
    async def view():
        return ""

    assert find_mark(view, "GET") == Mark(API)


def test_no_mark_is_found_on_an_undecorated_object():
    class Anything:
        __cors__ = "an attribute of another library"

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
    def test_the_most_specific_mark_applies(self, view_class, method, policy):
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
    """A resource, as in Falcon: the router knows the name of each method."""

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


class TestMethodOf:
    """`MethodOf` is a view by itself: the named method serves every HTTP method."""

    @pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", ""])
    def test_the_named_method_counts_and_not_the_http_method(self, method):
        assert find_carrier(MethodOf(Items, "on_get"), method) == ("class", Mark(API))
        assert find_carrier(MethodOf(Items, "on_put"), method) == ("method", Mark(OTHER))
        assert find_carrier(MethodOf(Plain, "on_get"), method) is None

    def test_its_marks_are_the_marks_of_the_method_and_of_the_class(self):
        assert list(view_marks(MethodOf(Items, "on_put"))) == [Mark(OTHER), Mark(API)]
        assert list(view_marks(MethodOf(Items, "on_get"))) == [Mark(API)]
        assert list(view_marks(MethodOf(Plain, "on_get"))) == []

    def test_it_has_a_mark_if_the_method_or_the_class_has_a_mark(self):
        assert carries_mark(MethodOf(Items, "on_get"))
        assert carries_mark(MethodOf(Plain, "on_put"))
        assert not carries_mark(MethodOf(Plain, "on_get"))
        assert not carries_mark(MethodOf(Plain, "on_delete"))

    def test_its_code_is_the_method_without_decorators_or_the_class(self):
        assert code_of(MethodOf(Items, "on_post"), "GET") is Items.on_post.__wrapped__
        assert code_of(MethodOf(Items, "on_delete"), "GET") is Items

    def test_two_objects_for_the_same_method_are_equal(self):
        assert MethodOf(Items, "on_get") == MethodOf(Items, "on_get")
        assert len({MethodOf(Items, "on_get"), MethodOf(Items, "on_put")}) == 2

    def test_the_marks_of_a_class_that_a_router_knows_are_reached(self):
        marked = {Items, Items.on_put, Plain.on_put}
        assert marked <= set(unreached_marks([]))
        routes = [(MethodOf(Items, name), ["GET"]) for name in ("on_get", "on_put")]
        assert marked & set(unreached_marks(routes)) == {Plain.on_put}
        assert marked & set(unreached_marks(routes[:1])) == {Plain.on_put, Items.on_put}

    def test_a_mark_on_a_method_that_serves_no_request_is_unreached(self):
        class View(MethodView):
            def get(self):
                return self.helper()

            @cors(API)
            def helper(self):
                return "helper"

            @cors(API)
            def dispatch_request(self, **values):
                return super().dispatch_request(**values)

            @cors(API)
            def propfind(self):
                return "found"

            @cors(API)
            def trace(self):
                return "another helper"

            @cors(API)
            def dispatch(self):
                return "another helper"

        view = View.as_view("view")
        helpers = {View.helper, View.trace, View.dispatch}
        marked = {*helpers, View.dispatch_request, View.propfind}
        assert marked & {*unreached_marks([(view, ["GET"])])} == {*helpers, View.propfind}
        assert marked & {*unreached_marks([(view, ["GET", "PROPFIND"])])} == helpers

    def test_each_mark_is_found_or_unreached(self):
        """Of two marks that a view has, the one that counts replaces the other."""

        class Calling:
            def __init__(self, view):
                functools.update_wrapper(self, view)

            @cors(OTHER)
            def __call__(self):
                return ""

        class Unmarked:
            def __init__(self, view):
                self.__wrapped__ = view

            def __call__(self):
                return ""

        def bare():
            return ""

        for view in Calling(bare), passing(Calling(bare)), Unmarked(Calling(bare)):
            assert find_mark(view, "GET") == Mark(OTHER)
            assert [*view_marks(view)] == [Mark(OTHER)]
            assert Calling.__call__ not in {*unreached_marks([(view, ["GET"])])}
        marked = cors(API)(lambda: "")
        assert find_mark(Calling(marked), "GET") == Mark(API)
        assert not {marked, Calling.__call__} & {*unreached_marks([(Calling(marked), ["GET"])])}

        @cors(API)
        class Both(Calling):
            pass

        assert find_mark(Both(bare), "GET") == Mark(OTHER)
        assert not {Both, Calling.__call__} & {*unreached_marks([(Both(bare), ["GET"])])}

    def test_marks_of_installed_code_are_looked_for_in_the_packages_of_the_app_alone(self):
        source = (
            "def theirs(): ...\ndef keep(view):\n    def wrapper(): view()\n    return wrapper\n"
        )
        library = {"__name__": "library"}
        exec(compile(source, "/lib/site-packages/library.py", "exec"), library)
        theirs = cors(API)(library["theirs"])
        assert theirs not in {*unreached_marks([])}
        assert theirs not in {*unreached_marks([], {"another_library"})}
        assert theirs in {*unreached_marks([], {"library"})}
        ours = cors(API)(library["keep"](lambda: ""))
        assert ours in {*unreached_marks([])}

    def test_a_mark_below_a_decorator_that_does_not_copy_it_is_unreached_in_a_class(self):
        @cors(API)
        def inner(self):
            return ""

        def outer(self):
            return inner(self)

        outer.__wrapped__ = inner
        items = type("Items", (MethodView,), {"get": outer}).as_view("items")
        assert find_mark(items, "GET") is None
        assert inner in {*unreached_marks([(items, ["GET"])])}
        again = cors(API)(passing(inner))
        items = type("Items", (MethodView,), {"get": again}).as_view("items")
        assert not {inner, again} & {*unreached_marks([(items, ["GET"])])}


class TestFindingSource:
    def test_the_code_of_a_view_is_the_function_inside_its_decorators(self):
        def view():
            return ""

        assert code_of(passing(view), "GET") is view
        assert code_of("not a view", "GET") == "not a view"

    def test_the_code_of_a_partial_function_is_the_function(self):
        def view(number):
            return ""

        assert code_of(functools.partial(passing(view), 1), "GET") is view

    def test_the_code_of_a_method_is_inside_a_decorator_that_hides_it(self):
        def hiding(view):
            return lambda self: view(self)

        def get(self):
            return ""

        class Resource:
            on_get = hiding(get)

        named = type("get", (Resource,), {"on_get": Resource.on_get})
        assert code_of(MethodOf(Resource, "on_get"), "GET") is get
        assert code_of(MethodOf(named, "on_get"), "POST") is get
        assert code_of(MethodOf(Resource, "on_get"), "POST") is Resource.on_get

    def test_a_function_that_refers_to_itself_and_to_what_is_not_there_hides_no_mark(self):
        def again():
            return again, later

        assert find_hidden(again, "GET") is None
        later = ""
        assert find_hidden(again, "GET") is None

    @pytest.mark.parametrize("kind", ["partial", "bound-method", "marked-partial", "marked-above"])
    def test_a_mark_is_found_below_what_a_hiding_decorator_calls(self, kind):
        class Resource:
            @cors(API)
            def get(self):
                return ""

        marked = Resource.get
        called = {"partial": functools.partial(marked, 1), "bound-method": Resource().get}.get(kind)
        if kind == "marked-partial":
            called = marked = cors(API)(functools.partial(Resource))
        if kind == "marked-above":
            called = marked = cors(API)(passing(Resource.__init__))

        def hiding():
            return called()

        assert find_hidden(hiding, "GET") == (marked, Mark(API))
        assert [*hidden_marks([hiding])] == [(hiding, marked)]

    def test_a_place_is_a_file_relative_to_the_import_path_and_a_line(self):
        file, line = find_source(Items)
        assert file == __file__
        assert place_of(Items) == f"tests/unit/test_decorator.py:{line}"
        assert place_of(Plain.on_get).startswith("tests/unit/test_decorator.py:")

    def test_a_file_outside_the_import_path_is_shown_by_its_name(self, monkeypatch):
        monkeypatch.setattr(sys, "path", [])
        assert place_of(Plain.on_get).startswith("test_decorator.py:")

    def test_an_object_without_source_has_no_place(self):
        for code in len, None, "items":
            assert find_source(code) is None
            assert place_of(code) == ""

    @pytest.mark.parametrize("are_lines_kept", [False, True])  # Python 3.13 keeps those of -c
    def test_code_that_is_in_no_file_has_no_place(self, are_lines_kept, monkeypatch):
        source, defined = "def view(): ...\n", {}
        exec(source, defined)
        lines = (len(source), None, [source], "<string>")
        monkeypatch.setattr(linecache, "cache", {"<string>": lines} if are_lines_kept else {})
        assert place_of(defined["view"]) == ""


class TestUsesThatAreRejected:
    @pytest.mark.parametrize(
        ("call", "message"),
        [
            pytest.param(lambda: cors(lambda: ""), r"without a policy.*@cors\(policy\)", id="bare"),
            pytest.param(cors, r"cors\(\) needs a policy", id="empty"),
            pytest.param(lambda: cors("*"), r"allow_origins=\['\*'\]", id="star"),
            pytest.param(
                lambda: cors("https://app.example"),
                r"allow_origins=\['https://app.example'\]",
                id="origin",
            ),
            pytest.param(lambda: cors(3), "3 is not a policy", id="number"),
            pytest.param(
                lambda: cors(["https://app.example"]),
                r"for origins, use @cors\(allow_origins=\['https://app.example'\]\)",
                id="origins",
            ),
            pytest.param(
                lambda: cors(None, max_age=1), "takes no settings", id="none-and-settings"
            ),
            pytest.param(lambda: cors(max_age=1), "needs allow_origins", id="no-origins"),
            pytest.param(lambda: cors(API, expose="ETag"), "use 'expose_headers'", id="misspelt"),
            pytest.param(
                lambda: cors("name", origin="*"), "use 'allow_origins'", id="misspelt-too"
            ),
        ],
    )
    def test_invalid_arguments_are_rejected_at_once(self, call, message):
        with pytest.raises(TypeError, match=message):
            call()

    def test_a_policy_that_cannot_work_is_rejected_at_once(self):
        with pytest.raises(PolicyError, match="list the origins that need cookies"):
            cors(allow_origins="*", allow_credentials=True)
        with pytest.raises(PolicyError, match="not between"):
            cors(API, max_age=-1)

    def test_for_a_raw_wsgi_app_the_error_names_wrap(self):
        class App:
            def __call__(self, environ, start_response):
                return []

        for app in (lambda environ, start_response: []), App():
            with pytest.raises(TypeError, match=r"use @wrap\(policy\)"):
                cors(API)(app)

    def test_for_an_app_of_wsgify_the_error_names_wrap(self):
        class Wsgify(wsgify):
            pass

        for decorate in wsgify, Wsgify:
            with pytest.raises(TypeError, match=r"is a WSGI app, .* use @wrap\(policy\)"):
                cors(API)(decorate(lambda request: "up"))

    def test_for_a_whole_app_the_error_names_the_extension(self):
        with pytest.raises(TypeError, match=r"use CORS\(<Flask 'app'>, policy\)"):
            cors(API)(Flask("app"))

    def test_an_object_that_is_not_callable_is_rejected(self):
        with pytest.raises(TypeError, match="'items' is not callable; put it above a function"):
            cors(API)("items")

    @pytest.mark.parametrize("kind", [staticmethod, classmethod])
    def test_for_a_static_or_class_method_the_error_names_the_right_order(self, kind):
        message = rf"the method below @{kind.__name__}; put @cors below @{kind.__name__}"
        with pytest.raises(TypeError, match=message):
            cors(API)(kind(lambda *arguments: ""))

        class Items:
            @kind
            @cors(API)
            def get(*arguments):
                return ""

        assert find_mark(Items.get, "GET") == Mark(API)

    @pytest.mark.parametrize("view", [len, type("Slots", (), {"__slots__": (), "__call__": len})()])
    def test_for_a_view_without_attributes_the_error_names_the_endpoints_table(self, view):
        with pytest.raises(TypeError, match="endpoints table"):
            cors(API)(view)

    def test_two_different_policies_on_one_view_are_rejected(self):
        view = cors(API)(lambda: "")
        with pytest.raises(TypeError, match=r"already has @cors\(Policy\(.*endpoints table"):
            cors(OTHER)(view)
        with pytest.raises(TypeError, match=r"already has @cors\(Policy\("):
            cors(OTHER)(passing(view))
        assert find_mark(view, "GET") == Mark(API)

    def test_two_trials_of_one_policy_on_one_view_are_rejected(self):
        tried = API.with_trial(OTHER)
        view = cors(tried)(lambda: "")
        assert cors(tried)(view) is view
        with pytest.raises(TypeError, match=r"already has @cors\(Policy\("):
            cors(API)(view)
        assert find_mark(view, "GET").base.trial is OTHER

    def test_a_refinement_changes_the_trial_too(self):
        view = cors(API.with_trial(OTHER), max_age=60)(lambda: "")
        assert find_mark(view, "GET").base.trial == OTHER.derive(max_age=60)

    def test_marks_are_found_in_a_class_with_a_proxy_among_its_attributes(self):
        class Items(MethodView):
            cookies = session

            @cors(API)
            def get(self):
                return ""

        assert list(view_marks(Items.as_view("items"))) == [Mark(API)]

    def test_a_mark_above_a_decorator_above_the_route_is_found(self):
        def routed():
            return ""

        above = cors(API)(passing(routed))
        assert list(marks_above_routes([routed])) == [above]
        assert (
            list(marks_above_routes([above])) == list(marks_above_routes([passing(routed)])) == []
        )
        cors(OTHER)(routed)
        assert list(marks_above_routes([routed])) == []

    @pytest.mark.usefixtures("no_other_marks")
    @pytest.mark.parametrize("slots", [True, False], ids=["no-weak-reference", "no-hash"])
    def test_a_callable_without_weak_references_or_hash_can_be_decorated(self, slots):
        class Unhashable:
            __slots__ = ("__cors__",) if slots else ("__cors__", "__weakref__")
            __hash__ = None

            def __call__(self):
                return ""

        view = Unhashable()
        assert find_mark(cors(API)(view), "GET") == Mark(API)
        assert list(marks_above_routes([view])) == []
        assert any(view is stray for stray in unreached_marks([]))

    def test_a_view_without_a_signature_can_be_decorated(self):
        class Builtin:
            __signature__ = "unknown"

            def __call__(self):
                return ""

        view = Builtin()
        assert cors(API)(view) is view


def test_views_can_be_decorated_while_another_thread_searches_for_marks():
    """One thread may create an app while an app in another thread answers its first request."""
    done = Event()

    def decorate_views():
        while not done.is_set():
            cors(API)(lambda: "view")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = Thread(target=decorate_views)
    thread.start()
    try:
        for _ in range(2_000):
            assert list(marks_above_routes([])) == []
    finally:
        done.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_the_mark_of_a_method_that_only_the_router_has_is_found():
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
    assert get in unreached_marks([])
    assert get not in unreached_marks([(marked, ["GET"])])
