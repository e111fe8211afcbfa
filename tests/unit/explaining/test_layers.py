"""A layer around an app with a policy answers, or changes the answer: the change is the layer's."""

import functools

import falcon
import pytest
from django.http import HttpResponse
from django.urls import path
from flask import Flask, current_app, redirect, request
from pyramid.config import Configurator
from pyramid.response import Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

import wsgicors.falcon
import wsgicors.pyramid
from tests.adapters.django_projects import Project
from tests.helpers import APP, OTHER, hello
from tests.unit.testing.servers import serving
from wsgicors import CORSMiddleware, Policy
from wsgicors._core.protocol import actual
from wsgicors._resolver import Resolver
from wsgicors.explaining import explain, explain_all
from wsgicors.flask import CORS, cors
from wsgicors.paths import by_path

ITEMS = "https://api.example/items"
ORIGIN = "Access-Control-Allow-Origin"
TRUSTED = Policy([APP], allow_credentials=True)
INCLUDE = {"credentials": "include"}


def asked(app, method="GET", url=ITEMS, **options):
    return explain(method, url, origin=APP, servers=app, **options)


def responding(status, *lines):
    """Make a layer that answers every request itself."""

    def layer(inner):
        def gate(environ, start_response):
            start_response(status, list(lines))
            return []

        gate.app = inner
        return gate

    return layer


def changing(change):
    """Make a layer that changes the headers of every response."""

    def layer(inner):
        def changed(environ, start_response):
            return inner(
                environ, lambda status, lines, e=None: start_response(status, change(lines))
            )

        return changed

    return layer


def shop(layer, policy=TRUSTED):
    app = Flask("shop")
    CORS(app, policy)
    app.add_url_rule("/items", "items", lambda: "tea", methods=["GET", "PUT"])
    app.wsgi_app = layer(app.wsgi_app)
    return app


def for_options(layer):
    """Make a layer that answers only OPTIONS."""

    def around(inner):
        answers = layer(inner)

        def options(environ, start_response):
            app = answers if environ["REQUEST_METHOD"] == "OPTIONS" else inner
            return app(environ, start_response)

        return options

    return around


@pytest.mark.parametrize(
    ("status", "lines", "begin"),
    [
        pytest.param(
            "401 Unauthorized",
            [],
            "Let OPTIONS requests with Access-Control-Request-Method pass 'layer.gate'",
            id="login",
        ),
        pytest.param("503 Maintenance", [], "Let preflights pass 'layer.gate' (", id="maintenance"),
        pytest.param(
            "200 OK", [(ORIGIN, "*")], "Remove the CORS headers from 'layer.gate' (", id="cors"
        ),
    ],
)
def test_a_layer_that_answers_the_preflight_has_to_change(status, lines, begin):
    app = shop(responding(status, *lines))
    explanation = asked(app, "PUT", **INCLUDE)
    change = explanation.change
    assert (change.side, change.settings, change.headers) == ("layer", {}, ())
    assert change.sentence.startswith(begin)
    assert "test_layers.py:" in change.sentence
    assert f"It answered the preflight itself: {status} with" in change.sentence
    assert change.sentence.endswith(
        f"The policy would have sent 204 with '{ORIGIN}: {APP}', "
        "'Access-Control-Allow-Credentials: true', 'Access-Control-Allow-Methods: GET, HEAD, PUT' "
        "and 'Access-Control-Allow-Headers: Content-Type'."
    )
    assert explanation.notes == ()


def test_a_layer_that_takes_the_headers_of_a_preflight_away_has_not_answered_it():
    sentence = asked(shop(changing(lambda lines: [])), "PUT").change.sentence
    assert sentence.startswith("Have 'layer.changed' (")
    assert sentence.endswith(
        f") pass on '{ORIGIN}: {APP}', 'Access-Control-Allow-Credentials: true', "
        "'Access-Control-Allow-Methods: GET, HEAD, PUT' and 'Access-Control-Allow-Headers: "
        "Content-Type', which the policy sends."
    )


def test_a_layer_that_answers_a_preflight_with_the_vary_of_a_policy_is_still_a_layer():
    names = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    app = shop(for_options(responding("204 No Content", ("Vary", names))), Policy([APP]))
    explanation = asked(app, "PUT", headers={"X-A": "1"})
    assert explanation.change.side == "layer"
    assert explanation.change.sentence.startswith("Let preflights pass a layer around ")
    assert "It answered the preflight itself: 204 No Content" in explanation.change.sentence
    assert explanation.notes[0].startswith("Needed as well: ")


def with_status(status):
    """Make a layer that replaces only the status of responses to preflights."""

    def layer(inner):
        def replacing(environ, start_response):
            if environ["REQUEST_METHOD"] != "OPTIONS":
                return inner(environ, start_response)
            return inner(environ, lambda _, lines, e=None: start_response(status, lines))

        return replacing

    return layer


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "302 Found", "500 Oops"])
def test_a_layer_that_replaces_only_the_status_of_a_preflight_has_to_pass_it_on(status):
    explained = asked(shop(with_status(status)), "PUT")
    assert explained.verdict == "blocked"
    assert explained.change.side == "layer"
    assert explained.change.sentence.startswith("Have 'layer.replacing' (")
    assert explained.change.sentence.endswith(
        f"pass on the status 204 of the policy's response to the preflight: it replaces it by "
        f"{status}."
    )
    assert explained.notes == ()


@pytest.mark.parametrize("status", ["404 Not Found", "204 No Content"])
def test_a_layer_that_replaces_the_status_of_a_refusal_does_not_change_that_it_is_refused(status):
    explained = asked(shop(with_status(status), Policy([OTHER])), "PUT")
    assert explained.change.side == "server"
    assert explained.change.settings == {"allow_origins": [OTHER, APP]}


def test_of_nested_wrappers_the_one_whose_policy_answers_the_preflight_is_changed():
    """The outer wrapper has no policy for the URL."""
    inner = CORSMiddleware(hello, Policy([OTHER]))
    outer = CORSMiddleware(Renamed(inner), resolve=by_path({"/other": TRUSTED}))
    change = asked(outer, "PUT").change
    assert change.settings["allow_origins"] == [OTHER, APP]
    outer.wsgicors_inner.inside = CORSMiddleware(hello, resolve=by_path({"/other": TRUSTED}))
    change = asked(outer, "PUT").change
    assert change.sentence.startswith("Have the resolver return Policy(")


def test_a_preflight_of_the_origin_of_a_proxy_gets_no_headers_from_the_policy():
    """The app sees the host of the page, because a layer in front replaces it."""
    app = CORSMiddleware(hello, Policy([OTHER]))

    def proxy(environ, start_response):
        return app({**environ, "HTTP_HOST": "app.example"}, start_response)

    change = asked(proxy, "PUT").change
    assert change.settings["allow_origins"] == [OTHER, APP]


def test_a_layer_that_answers_an_actual_request_has_to_be_inside_cors():
    app = shop(responding("401 Unauthorized"))
    change = asked(app).change
    assert change.side == "layer"
    assert change.sentence.startswith("Apply CORS outside of 'layer.gate' (")
    assert (
        "), as the last layer, so that pages can read its responses. It answered the request "
        "itself: 401 Unauthorized without CORS headers. The policy would have sent "
    ) in change.sentence


def test_what_the_policy_lacks_as_well_is_noted():
    app = shop(responding("401 Unauthorized"), Policy([OTHER]))
    for method in ("GET", "PUT"):
        explanation = asked(app, method, **INCLUDE)
        assert explanation.change.side == "layer"
        assert "would have sent" not in explanation.change.sentence or method == "PUT"
        (note,) = [one for one in explanation.notes if "had no cookies" not in one]
        assert note.startswith("Needed as well: Decorate the view 'items'")
        assert f'@cors("default", allow_origins=["{OTHER}", "{APP}"], allow_credentials' in note


def test_a_layer_may_answer_where_there_is_no_policy():
    app = shop(responding("401 Unauthorized"), None)
    explanation = asked(app)
    assert explanation.change.side == "layer"
    assert explanation.notes[0].startswith("Needed as well: Decorate the view 'items'")
    assert asked(app, "PUT").change.side == "server"  # once decorated, its preflights are answered


@pytest.mark.parametrize(
    ("change", "begin", "end"),
    [
        pytest.param(
            lambda lines: [*lines, (ORIGIN, "*")],
            f"Remove '{ORIGIN}: *', which 'layer.changed' (",
            f") adds to the response. The policy sends '{ORIGIN}: {APP}' and "
            "'Access-Control-Allow-Credentials: true'.",
            id="second-line",
        ),
        pytest.param(
            lambda lines: [*lines, (ORIGIN, APP)],
            f"Remove '{ORIGIN}: {APP}', which ",
            "'Access-Control-Allow-Credentials: true'.",
            id="same-line-twice",
        ),
        pytest.param(
            lambda lines: [line for line in lines if not line[0].endswith("Credentials")],
            "Have 'layer.changed' (",
            ") pass on 'Access-Control-Allow-Credentials: true', which the policy sends.",
            id="removed",
        ),
        pytest.param(
            lambda lines: [(n, OTHER if n == ORIGIN else v) for n, v in lines],
            f"Remove '{ORIGIN}: {OTHER}', which 'layer.changed' (",
            f" Have it pass on '{ORIGIN}: {APP}', which the policy sends.",
            id="replaced",
        ),
    ],
)
def test_a_layer_that_changes_a_header_has_to_leave_it_to_the_policy(change, begin, end):
    fix = asked(shop(changing(change)), **INCLUDE).change
    assert (fix.side, fix.settings, fix.headers) == ("layer", {}, ())
    assert fix.sentence.startswith(begin)
    assert fix.sentence.endswith(end)


def test_a_header_that_a_layer_adds_to_a_refusal_is_the_layers():
    app = shop(changing(lambda lines: [*lines, (ORIGIN, OTHER)]), Policy([OTHER]))
    explanation = asked(app)
    assert explanation.change.sentence.startswith(f"Remove '{ORIGIN}: {OTHER}', which ")
    assert explanation.change.sentence.endswith(" adds to the response.")
    assert len(explanation.notes) == 1


def test_a_gate_that_answers_as_a_policy_refuses_is_seen():
    app = shop(for_options(responding("403 Forbidden")), Policy([OTHER]))
    explanation = asked(app, "PUT")
    assert explanation.change.side == "layer"
    assert "The policy would have sent 403." in explanation.change.sentence
    assert asked(shop(lambda inner: inner, Policy([OTHER])), "PUT").change.side == "server"


def test_a_hook_of_the_app_is_inside_the_policy():
    app = shop(lambda inner: inner)
    app.before_request(lambda: ("no", 401))
    assert asked(app).verdict == "allowed"


def test_a_layer_that_copies_the_environ_or_answers_late_lets_the_policy_be_reached():
    def copies(inner):
        def copying(environ, start_response):
            yield from inner({**environ}, start_response)

        return copying

    change = asked(shop(copies, Policy([OTHER]))).change
    assert (change.side, change.settings) == ("server", {"allow_origins": [OTHER, APP]})


def test_what_another_app_of_the_policys_app_writes_is_not_a_layers():
    app = CORSMiddleware(responding("200 OK", (ORIGIN, OTHER))(None), resolve=lambda *_: None)
    assert asked(app).change.side == "server"


class Gate:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        start_response("401 Unauthorized", [])
        return []


class Renamed:
    """A layer under whose attribute no search looks."""

    def __init__(self, app):
        self.inside = app

    def __call__(self, environ, start_response):
        return self.inside(environ, start_response)


class OwnFlask(Flask):
    def __call__(self, environ, start_response):
        start_response("401 Unauthorized", [])
        return []


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        pytest.param(Gate, "'Gate' (tests/unit/explaining/test_layers.py:", id="class"),
        pytest.param(
            lambda inner: functools.partial(Gate(inner)), "outside of 'Gate' (tests", id="partial"
        ),
        pytest.param(
            lambda inner: Gate(ProxyFix(inner)),
            "a layer around CORS (one of 'Gate' (tests/unit/explaining/test_layers.py:",
            id="installed",
        ),
    ],
)
def test_a_layer_is_named_as_far_as_it_is_known(layer, names):
    app = shop(layer)
    assert names in asked(app).change.sentence


def test_a_layer_of_an_installed_package_is_named_after_the_package():
    app = shop(lambda inner: Gate(ProxyFix(inner)))
    assert "and 'ProxyFix' of the package 'werkzeug')" in asked(app).change.sentence


def test_only_some_of_many_layers_are_named():
    app = CORSMiddleware(hello, TRUSTED)
    for number in range(7):
        app = type(f"Gate{number}", (Gate,), {})(app)
    assert "'Gate6', 'Gate5', 'Gate4', 'Gate3', 'Gate2' and 2 more)" in asked(app).change.sentence


def test_a_class_that_derives_from_the_frameworks_may_answer_itself():
    app = OwnFlask("shop")
    CORS(app, TRUSTED)
    assert "outside of 'OwnFlask.__call__' (" in asked(app).change.sentence


def test_a_layer_outside_of_a_mount_is_found():
    inner = CORSMiddleware(hello, TRUSTED)
    app = Gate(DispatcherMiddleware(hello, {"/shop": inner}))
    change = asked(app, url="https://api.example/shop/items").change
    assert change.side == "layer"
    assert "Gate" in change.sentence


def test_a_layer_in_front_of_django_s_middleware_is_found():
    class Maintenance:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            return HttpResponse(status=503)

    @cors(TRUSTED)
    def items(request):
        return HttpResponse()

    middleware = "tests.unit.explaining.test_layers.maintenance"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(globals(), "maintenance", Maintenance)
        project = Project(
            [path("items", items)],
            MIDDLEWARE=[middleware, "wsgicors.django.CORSMiddleware"],
        )
        with project.active():
            change = asked(project).change
    assert change.side == "layer"
    assert "Maintenance" in change.sentence
    with (project := Project([path("items", items)])).active():
        assert asked(project).verdict == "allowed"


def test_a_function_that_keeps_no_app_is_named():
    """What it calls shows in no variable around it, if it calls any app."""
    app = shop(lambda inner: inner)
    kept = [app.wsgi_app]

    def gate(environ, start_response):
        environ.pop("HTTP_ORIGIN", None)
        return kept[0](environ, start_response)

    app.wsgi_app = gate
    begin = "Have 'test_a_function_that_keeps_no_app_is_named.gate' (tests/unit/"
    assert asked(app).change.sentence.startswith(begin)
    app = shop(responding("503 Unavailable"))
    del app.wsgi_app.app
    assert "Apply CORS outside of 'layer.gate' (" in asked(app).change.sentence
    hidden = CORSMiddleware(hello, TRUSTED)
    assert asked(gate_of([hidden])).change.sentence.startswith("Have 'gate_of.gate' (")


def gate_of(kept):
    """Make a layer that does not show what it calls, and hides the origin from it."""

    def gate(environ, start_response):
        return kept[0]({**environ, "HTTP_ORIGIN": ""}, start_response)

    return gate


def ending(get_response):
    """Make a Django middleware that never calls the next one."""

    def middleware(request):
        return HttpResponse(status=403)

    return middleware


def passing(get_response):
    """Make a Django middleware that only passes requests on."""

    def middleware(request):
        return get_response(request)

    return middleware


def hiding(get_response):
    """Make a Django middleware that hides the origin."""

    def middleware(request):
        request.META.pop("HTTP_ORIGIN", None)
        return get_response(request)

    return middleware


def in_django(*before, cors_middleware=True):
    """Return the change for a project with middleware before that of wsgicors."""

    @cors(TRUSTED)
    def items(request):
        return HttpResponse()

    middleware = [f"{__name__}.{one}" for one in before]
    if cors_middleware:
        middleware.append("wsgicors.django.CORSMiddleware")
    project = Project([path("items", items)], MIDDLEWARE=middleware)
    with project.active():
        return asked(project.handler).change


def test_a_middleware_that_never_calls_django_s_next_one_is_a_layer():
    change = in_django("ending")
    assert (change.side, change.headers) == ("layer", ())
    assert change.sentence.startswith("Apply CORS outside of 'ending.middleware' (tests/unit/")
    change = in_django("passing", "ending")
    assert "one of 'passing.middleware' (" in change.sentence
    assert " and 'ending.middleware' (" in change.sentence


def test_a_project_without_cors_has_no_layer_around_it():
    change = in_django("ending", cors_middleware=False)
    assert (change.side, change.headers) == ("server", ())
    assert change.sentence == (
        "Put 'wsgicors.django.CORSMiddleware' first in MIDDLEWARE: without it, @cors has no effect."
    )


def test_a_function_of_django_around_a_middleware_is_not_named():
    sentence = in_django("hiding").sentence
    assert sentence.startswith("Have 'hiding.middleware' (tests/unit/explaining/test_layers.py:")
    assert "one of" not in sentence
    assert "'Opaque' (tests/unit" in in_django("Opaque").sentence


class Opaque:
    """A Django middleware."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return HttpResponse(status=503)


@pytest.mark.parametrize("framework", ["falcon", "pyramid"])
def test_a_refusal_inside_a_framework_is_the_policys(framework):
    if framework == "falcon":
        app = falcon.App()
        app.add_sink(lambda request, response: None, "/items")
        app = wsgicors.falcon.CORS(app, Policy([OTHER]))
    else:
        with Configurator() as config:
            config.add_route("items", "/items")
            config.add_view(lambda request: Response(), route_name="items")
            wsgicors.pyramid.CORS(config, Policy([OTHER]))
            app = config.make_wsgi_app()
    assert asked(app).change.side == "server"
    assert asked(Gate(app)).change.side == "layer"


def test_all_engines_see_the_layer_although_the_request_is_sent_once():
    app = shop(changing(lambda lines: [*lines, (ORIGIN, "*")]))
    explanations = explain_all("POST", ITEMS, origin=APP, servers={"https://api.example": app})
    sentences = {one.change.sentence for one in explanations.values()}
    assert len(sentences) == 1
    assert sentences.pop().startswith(f"Remove '{ORIGIN}: *', which 'layer.changed' (")


def test_a_live_server_among_the_servers_is_not_watched():
    with serving(shop(responding("503 Later"))) as url:
        change = asked({url: url}, url=f"{url}/items").change
    assert change.sentence.startswith("Another layer (Server: WSGIServer/")


def test_an_app_that_never_answers_is_named_as_it_is():
    def silent(environ, start_response):
        return []

    assert repr(silent) in asked(silent).steps[-1]


def removing_prefix(inner):
    def prefixed(environ, start_response):
        environ["SCRIPT_NAME"] += "/api"
        environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/api")
        return inner(environ, start_response)

    return prefixed


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_layer_that_removes_a_prefix_of_the_path_is_not_blamed(method):
    url = "https://api.example/api/items"
    app = shop(removing_prefix, Policy([OTHER]))
    change = asked(app, method, url=url).change
    assert (change.side, change.view) == ("server", "items")
    assert change.settings == {"allow_origins": [OTHER, APP]}
    assert asked(shop(removing_prefix), method, url=url).verdict == "allowed"


def test_a_preflight_whose_path_a_layer_replaces_has_the_policy_of_the_view_that_it_reaches():
    def renaming(inner):
        def renamed(environ, start_response):
            environ["PATH_INFO"] = "/items"
            return inner(environ, start_response)

        return renamed

    app = shop(renaming, Policy([APP]))
    url = "https://api.example/things"
    change = asked(app, "PUT", url=url, headers={"X-A": "1"}).change
    assert (change.side, change.view) == ("server", "items")
    assert change.settings == {"allow_headers": ["Content-Type", "x-a"]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(
            lambda lines: [line for line in lines if not line[0].endswith("Credentials")],
            "Have 'layer.changed' (",
            id="removed",
        ),
        pytest.param(
            lambda lines: [*lines, (ORIGIN, APP)], f"Remove '{ORIGIN}: {APP}', ", id="added"
        ),
        pytest.param(
            lambda lines: [(n, OTHER if n == ORIGIN else v) for n, v in lines],
            f"Remove '{ORIGIN}: {OTHER}', which 'layer.changed' (",
            id="replaced",
        ),
    ],
)
def test_a_layer_may_change_what_the_policy_answers_to_a_preflight(change, says):
    fix = asked(shop(changing(change)), "PUT", **INCLUDE).change
    assert fix.side == "layer"
    assert fix.sentence.startswith(says)


def test_what_only_a_layer_can_have_written_comes_before_what_the_policy_lacks():
    app = shop(changing(lambda lines: [*lines, (ORIGIN, APP)]))
    explanation = asked(app, "PUT", headers={"X-A": "1"}, **INCLUDE)
    assert explanation.change.sentence.startswith(f"Remove '{ORIGIN}: {APP}', which ")
    assert explanation.notes[0].startswith("Needed as well: Decorate the view 'items'")


def test_the_place_of_a_request_is_known_in_all_frameworks():
    app = falcon.App()
    wrapped = wsgicors.falcon.CORS(app)

    def moving(environ, start_response):
        environ["PATH_INFO"] = "/v1" + environ["PATH_INFO"]
        return wrapped(environ, start_response)

    for method in "GET", "PUT":
        sentence = asked(moving, method).change.sentence
        assert sentence.endswith("it turns '/items' into '/v1/items'.")


def test_a_resolver_may_keep_what_it_likes_of_a_request():
    class Own(Resolver):
        def __call__(self, environ, method):
            return Policy([OTHER])

        def enter(self, environ):
            return environ["PATH_INFO"], "x"

        def decide(self, environ, entered, origin):
            return actual(Policy([OTHER]), origin)

    explanation = asked(CORSMiddleware(hello, resolve=Own()))
    assert explanation.verdict == "blocked"
    assert explanation.change.settings == {"allow_origins": [OTHER, APP]}


@pytest.mark.parametrize("needs", ["request", "app"])
def test_a_callable_that_needs_a_context_of_the_app_decides_as_it_did(needs):
    def allows(origin):
        return (request.host if needs == "request" else current_app.name) != "shop"

    def refuses(origin):
        return (request.host if needs == "request" else current_app.name) == "?"

    risks = ["callable-with-credentials"]
    adds = changing(lambda lines: [*lines, (ORIGIN, "*")])
    policy = Policy(allows, allow_credentials=True, accept_risks=risks)
    assert asked(shop(adds, policy), **INCLUDE).change.side == "layer"
    fix = asked(
        shop(lambda inner: inner, Policy(refuses)), "PUT" if needs == "app" else "GET"
    ).change
    assert (fix.side, fix.settings) == ("server", {"allow_origins": [refuses, APP]})


def test_a_function_that_resolves_is_asked_with_the_path_of_the_server():
    inner = DispatcherMiddleware(hello, {"/shop": hello})
    app = CORSMiddleware(inner, resolve=by_path({"/shop": Policy([OTHER]), "/": TRUSTED}))
    change = asked(app, url="https://api.example/shop/items").change
    assert change.settings == {"allow_origins": [OTHER, APP]}


def test_two_apps_of_which_one_has_answered_are_told_apart():
    first, second = CORSMiddleware(hello, Policy([OTHER])), CORSMiddleware(hello, TRUSTED)

    def chooser(environ, start_response):
        app = first if environ["PATH_INFO"] == "/items" else second
        return app(environ, start_response)

    assert asked(chooser).change.settings == {"allow_origins": [OTHER, APP]}
    assert asked(chooser, "PUT").change.settings["allow_origins"] == [OTHER, APP]


def test_a_callable_that_changes_its_mind_counts_as_it_decided_about_the_request():
    answers = iter([False, False])

    def changes(origin):
        return next(answers, True)

    change = asked(CORSMiddleware(hello, Policy(changes))).change
    assert (change.side, change.settings) == ("server", {"allow_origins": [changes, APP]})
    assert change.headers == ()


def test_a_callable_that_was_asked_about_another_origin_is_asked_about_that_of_the_page():
    def replacing(inner):
        def layer(environ, start_response):
            return inner({**environ, "HTTP_ORIGIN": OTHER}, start_response)

        return layer

    explanation = asked(shop(replacing, Policy(lambda origin: str(origin) == APP)))
    assert explanation.change.side == "layer"
    assert not any("Needed as well" in note for note in explanation.notes)


@pytest.mark.parametrize(("method", "kind"), [("GET", "request"), ("PUT", "preflight")])
def test_a_layer_that_has_cors_settings_of_its_own_is_quoted(method, kind):
    def sockets(inner):
        def other(environ, start_response):
            start_response("400 BAD REQUEST", [("Content-Type", "text/plain")])
            return [b'"Not an accepted origin."']

        other.app = inner
        return other

    change = asked(shop(sockets), method).change
    assert change.side == "layer"
    assert change.sentence.startswith("Have the CORS settings of 'sockets.other' (")
    assert change.sentence.endswith(
        f") allow this {method} request from {APP}: it refused the {kind} with '\"Not an accepted "
        "origin.\"'."
    )


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("GET", "header Origin: CORS does not see it as sent."),
        (
            "PUT",
            "headers Origin and Access-Control-Request-*: CORS does not see them as sent.",
        ),
    ],
)
def test_a_layer_that_hides_the_origin_has_to_pass_it_on(method, says):
    def hiding(inner):
        def hidden(environ, start_response):
            del environ["HTTP_ORIGIN"]
            return inner(environ, start_response)

        return hidden

    fix = asked(shop(hiding), method).change
    assert fix.side == "layer"
    assert fix.sentence.startswith("Have 'hiding.hidden' (")
    assert fix.sentence.endswith(f") pass on the request {says}")


def test_a_layer_that_moves_the_path_to_where_no_view_is_has_to_change():
    def moving(inner):
        def moved(environ, start_response):
            environ["PATH_INFO"] = "/v1" + environ["PATH_INFO"]
            return inner(environ, start_response)

        return moved

    fix = asked(shop(moving, None)).change
    assert fix.side == "layer"
    assert fix.sentence.startswith("Have 'moving.moved' (")
    assert fix.sentence.endswith(
        ") send the request to a path that the app serves: it turns '/items' into '/v1/items'."
    )


def asking_for(method):
    """Make a layer that asks for another method in preflights."""

    def layer(inner):
        def asking(environ, start_response):
            if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] = method
            return inner(environ, start_response)

        return asking

    return layer


def test_a_layer_that_asks_for_another_method_in_preflights_has_to_pass_it_on():
    policy = Policy([APP], allow_methods=["GET", "PUT"])
    fix = asked(shop(asking_for("POST"), policy), "PUT").change
    assert fix.side == "layer"
    assert fix.sentence.startswith("Have 'layer.asking' (")
    assert fix.sentence.endswith(
        ") pass on the request headers Origin and Access-Control-Request-*: CORS does not see them "
        "as sent."
    )


@pytest.mark.parametrize("app", [shop, CORSMiddleware])
def test_a_layer_that_replaces_the_method_of_preflights_has_to_pass_it_on(app):
    def getting(inner):
        return lambda environ, start: inner({**environ, "REQUEST_METHOD": "GET"}, start)

    served = getting(CORSMiddleware(hello, TRUSTED)) if app is CORSMiddleware else shop(getting)
    explained = asked(served, "PUT")
    assert explained.verdict == "blocked"
    assert explained.change.side == "layer"
    assert explained.change.settings == {}
    assert explained.change.sentence.endswith(
        "pass on the request method 'OPTIONS': CORS sees 'GET', and does not take the request for "
        "a preflight."
    )


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_if_a_layer_and_a_policy_are_at_fault_in_one_header_the_layer_comes_first(method):
    def adding(lines):
        return [*lines, (ORIGIN, "https://wrong.example")]

    explained = asked(shop(changing(adding), Policy([OTHER])), method)
    assert explained.change.side == "layer"
    assert explained.change.settings == {}
    (note,) = explained.notes
    assert note.startswith("Needed as well: Decorate the view 'items'")


def test_a_layer_may_replace_the_method_of_a_request_by_that_of_another_view():
    app = Flask("shop")
    CORS(app)
    app.add_url_rule("/items", "add", cors(TRUSTED)(lambda: "added"), methods=["POST"])
    app.add_url_rule("/items", "put", cors(Policy([OTHER]))(lambda: "put"), methods=["PUT"])
    inner = app.wsgi_app

    def overriding(environ, start_response):
        method = {"POST": "PUT"}.get(environ["REQUEST_METHOD"], environ["REQUEST_METHOD"])
        return inner({**environ, "REQUEST_METHOD": method}, start_response)

    app.wsgi_app = overriding
    explained = asked(app, "POST")
    assert explained.verdict == "blocked"
    assert explained.change.side == "server"
    assert "in the @cors of the view 'put'" in explained.change.sentence
    assert explained.change.settings == {"allow_origins": [OTHER, APP]}


def test_a_line_that_a_layer_adds_to_a_refusal_has_to_be_removed():
    layer = changing(lambda lines: [*lines, (ORIGIN, OTHER)])
    explanation = asked(shop(layer, Policy([OTHER])), "PUT")
    fix = explanation.change
    assert fix.sentence.startswith(f"Remove '{ORIGIN}: {OTHER}', which 'layer.changed' (")
    (note,) = explanation.notes
    assert note.startswith("Needed as well: ")


STORED = [("Age", "12"), ("X-Cache", "HIT")]


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param(responding("200 OK", *STORED), id="response"),
        pytest.param(responding("302 Found", ("Location", "/login"), *STORED), id="login"),
    ],
)
def test_a_cache_that_answers_in_place_of_the_policy_is_named(layer):
    fix = asked(shop(layer)).change
    assert fix.side == "layer"
    assert fix.sentence.startswith("A cache (Age: 12; X-Cache: HIT) answered with what it had")


def test_a_stored_response_of_a_url_without_a_policy_needs_a_policy_as_well():
    explanation = asked(shop(responding("200 OK", *STORED), None))
    assert explanation.change.side == "layer"
    (note,) = explanation.notes
    assert note.startswith("Needed as well: Decorate the view")


def test_a_login_behind_a_layer_that_hides_the_origin_is_not_the_layers():
    def hiding(inner):
        def hidden(environ, start_response):
            del environ["HTTP_ORIGIN"]
            return inner(environ, start_response)

        return hidden

    app = shop(hiding)
    app.before_request(lambda: redirect("/login"))
    sentence = asked(app).change.sentence
    assert sentence.endswith("pass on the request header Origin: CORS does not see it as sent.")


def test_a_login_behind_a_layer_that_adds_a_header_is_not_the_layers():
    app = shop(changing(lambda lines: [*lines, (ORIGIN, "*")]))
    app.before_request(lambda: redirect("/login"))
    sentence = asked(app).change.sentence
    assert sentence.startswith(f"Remove '{ORIGIN}: *', which 'layer.changed' (")


def test_a_layer_that_redirects_to_a_login_is_named():
    app = shop(responding("302 Found", ("Location", "/login?next=/items")))
    sentence = asked(app).change.sentence
    assert sentence.startswith("Have 'layer.gate' (")
    assert f"), outside the policy, answer 401 with '{ORIGIN}: {APP}'" in sentence
