"""In debug mode the log says about a refusal what ``explain`` says, with every adapter."""

import inspect
import re
from functools import cache, partial, wraps

import bottle
import pytest
from flask import Flask, redirect
from werkzeug.middleware.dispatcher import DispatcherMiddleware

import wsgicors.bottle
import wsgicors.django
import wsgicors.falcon
import wsgicors.flask
import wsgicors.pyramid
import wsgicors.werkzeug
from tests.adapters.django_projects import Project
from tests.adapters.test_advice import ADAPTERS, token_required
from tests.helpers import APP, OTHER, Response, but_coverage, environ, hello, preflight
from wsgicors import CORSMiddleware, Endpoint, Policy
from wsgicors._resolver import FunctionResolver, SinglePolicy
from wsgicors.explaining import explain
from wsgicors.paths import by_path
from wsgicors.routing import cors

RESOLVERS = {
    "flask": wsgicors.flask.FlaskResolver,
    "werkzeug": wsgicors.werkzeug.MapResolver,
    "django": wsgicors.django.DjangoResolver,
    "pyramid": wsgicors.pyramid.PyramidResolver,
    "falcon": wsgicors.falcon.FalconResolver,
    "bottle": wsgicors.bottle.BottleResolver,
}

each_adapter = pytest.mark.parametrize("name", ADAPTERS)


@pytest.fixture(autouse=True)
def _debug_mode(monkeypatch):
    """Switch the debug mode on, also where a framework has none."""
    for kind in (*RESOLVERS.values(), FunctionResolver, SinglePolicy):
        monkeypatch.setattr(kind, "debug", True, raising=False)


def make(name, mark, default=None, **tables):
    """Make an app of an adapter with one view, which ``mark`` decorates."""
    make_app, answer = ADAPTERS[name]

    def items(*_, **__):
        return answer()

    return make_app(mark(items), default, **tables)


def ask(app, method="GET", path="/items", origin=APP, **given):
    """Explain a request; Django's settings apply while a project is asked."""

    def asked(served):
        url = f"https://api.example{path}"
        return explain(method, url, origin=origin, servers=served, **given)

    if isinstance(app, Project):
        with app.active():
            return asked(app.handler)
    return asked(app)


def advice_in(log):
    """Return the advice of each refusal in the log, spelt as a sentence."""
    refusals = [record for record in log.records if hasattr(record, "cors_reason")]
    parts = [record.getMessage().partition("; to allow it, ")[2] for record in refusals]
    advice = [text.rpartition(" [")[0] for text in parts]
    return [f"{text[:1].upper()}{text[1:]}." for text in advice if text]


def here(code):
    return f"tests/adapters/test_log_advice.py:{inspect.getsourcelines(code)[1]}"


NARROW = cors(allow_origins=[OTHER])
FITTING = cors(allow_origins=[APP])
ANY_HEADER = cors(allow_origins=[APP], allow_headers="*")
PATCH = cors(allow_origins=[APP], allow_methods=["PATCH"])
ONLY_GET = cors(allow_origins=[APP], allow_methods=["GET"])
ADD_ROUTE = "Add a route for 'PUT': this URL serves only GET"
MANY = {f"X-{number}": "1" for number in range(150)}


def undecorated(view):
    return view


REFUSALS = {
    "origin": (NARROW, {}, "Set allow_origins="),
    "no-policy": (undecorated, {}, "Decorate the view 'items'"),
    "no-cors": (cors(None), {}, "Replace the @cors(None) of the view 'items'"),
    "method": (ONLY_GET, {"method": "PUT"}, ('Set allow_methods=["GET", "PUT"]', ADD_ROUTE)),
    "header": (FITTING, {"headers": {"X-A": "1"}}, "Set allow_headers="),
    "authorization": (ANY_HEADER, {"headers": {"Authorization": "1"}}, "Set allow_headers="),
    "too-many": (ANY_HEADER, {"headers": MANY}, "List the page's headers in allow_headers"),
    "many": (FITTING, {"headers": MANY}, "Set allow_headers=[..., the 150 missing header names"),
    "lower-case": (PATCH, {"method": "patch"}, "Use 'PATCH' in the page"),
    "lower-case-and-origin": (
        cors(allow_origins=[OTHER], allow_methods=["PATCH"]),
        {"method": "patch"},
        "Use 'PATCH' in the page: methods are case-sensitive, and ",
    ),
    "response-header": (
        FITTING,
        {"headers": {"Access-Control-Allow-Origin": "*", "X-A": "1"}},
        "Change the request headers that the page sets ('access-control-allow-origin': remove it, "
        "because only the server sends it), and set allow_headers=",
    ),
    "null": (NARROW, {"origin": "null"}, "Serve the page from an origin of its own"),
    "null-and-method": (
        ONLY_GET,
        {"origin": "null", "method": "PUT"},
        "Serve the page from an origin of its own",
    ),
    "hidden": (lambda view: token_required(FITTING(view)), {}, "Move @cors above"),
    "hidden-and-narrow": (lambda view: token_required(NARROW(view)), {}, "Move @cors above"),
}
"""For each kind of refusal, the decorator, the request, and how the advice begins."""


@pytest.mark.parametrize("default", [None, Policy(OTHER)], ids=["no-default", "default"])
@pytest.mark.parametrize(("mark", "request_", "begins"), REFUSALS.values(), ids=REFUSALS)
@each_adapter
def test_the_advice_is_that_of_explain(caplog, name, default, mark, request_, begins):
    change = ask(make(name, mark, default), **request_).change
    assert advice_in(caplog) == [change.sentence]
    assert change.sentence.startswith(begins) or (begins.startswith("Decorate") and default)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@each_adapter
def test_a_url_that_no_view_serves_is_named_as_the_fault_of_the_page(caplog, name, method):
    if name == "werkzeug":  # its app answers 404 itself
        name = "flask"
    change = ask(make(name, FITTING), method, "/nothing").change
    assert advice_in(caplog) == [change.sentence]
    assert (change.side, change.sentence.partition(":")[0]) == ("page", "Check the URL")


@pytest.mark.parametrize("name", ["flask", "werkzeug", "pyramid", "bottle"])
def test_a_method_that_no_view_serves_needs_a_route(caplog, name):
    change = ask(make(name, FITTING), "DELETE").change
    assert advice_in(caplog) == [change.sentence]
    assert change.sentence.startswith("Add a route for 'DELETE': this URL serves only GET")


@each_adapter
def test_the_table_of_endpoints_is_named(caplog, name):
    endpoint = {"falcon": "sink /items"}.get(name, "items")
    table = "CORS_ENDPOINTS" if name == "django" else "endpoints"
    change = ask(make(name, undecorated, **{table: {endpoint: Policy(OTHER)}})).change
    assert advice_in(caplog) == [change.sentence]
    assert f"in the policy {table}[" in change.sentence


PLAIN = {
    "origin": (Policy(OTHER), {}),
    "method": (Policy(APP), {"method": "PUT"}),
    "header": (Policy(APP), {"headers": {"X-A": "1"}}),
    "lower-case": (Policy(APP), {"method": "patch"}),
    "null": (Policy(APP), {"origin": "null"}),
    "too-many": (Policy(APP, allow_headers="*"), {"headers": MANY}),
}


@pytest.mark.parametrize(("policy", "request_"), PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("is_function", [False, True], ids=["policy", "resolver"])
def test_the_advice_is_that_of_explain_without_a_router(caplog, policy, request_, is_function):
    app = CORSMiddleware(hello, policy)
    if is_function:
        app = CORSMiddleware(hello, resolve=lambda *_: Endpoint(policy, ["GET"]))
    change = ask(app, **request_).change
    assert advice_in(caplog) == [change.sentence]


def test_the_path_that_counts_is_that_of_the_request_and_not_what_a_mount_makes_of_it(caplog):
    inner = DispatcherMiddleware(hello, {"/shop": hello})
    app = CORSMiddleware(inner, resolve=by_path({"/shop": Policy(OTHER)}))
    change = ask(app, path="/shop/items").change
    assert change.settings == {"allow_origins": [OTHER, APP]}
    assert advice_in(caplog) == [change.sentence]


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_no_view_of_an_app_is_named_for_a_request_to_an_app_that_is_mounted_in_it(caplog, method):
    app = bottle.Bottle()
    app.install(wsgicors.bottle.CORS())
    app.route("/items", ["GET", "PUT"], lambda: "outer")
    app.mount("/shop/", hello)
    ask(app, method, "/shop/items")
    assert [record.cors_reason for record in but_coverage(caplog.records)] == ["no-policy"]
    assert advice_in(caplog) == []


def raising(origin):
    raise ConnectionError("no partners\x1b[31m\nat db:5432")


def matching(origin):
    return re.match("https", str(origin))


def forgetting(origin):
    pass


class Partners:
    def __call__(self, origin):
        raise LookupError

    def allows(self, origin):
        return 1


def kept(view):
    @wraps(view)
    def inner(*arguments):
        return view(*arguments)

    return inner


class Unprintable(Exception):
    def __str__(self):
        raise ValueError


def failing(origin):
    raise Unprintable


def long(origin):
    raise ValueError("x" * 10_000)


RETURNED = "; it must return True or False."
CALLABLES = {
    "raises": (
        raising,
        ("raising", raising),
        "raised ConnectionError: no partners\\x1b[31m\\nat db:5432.",
    ),
    "match": (
        matching,
        ("matching", matching),
        f"returned <re.Match object; span=(0, 5), match='https'>{RETURNED}",
    ),
    "none": (forgetting, ("forgetting", forgetting), f"returned None{RETURNED}"),
    "lambda": (LAMBDA := lambda origin: 1, ("lambda", LAMBDA), f"returned 1{RETURNED}"),
    "object": (Partners(), ("Partners.__call__", Partners.__call__), "raised LookupError."),
    "method": (Partners().allows, ("Partners.allows", Partners.allows), f"returned 1{RETURNED}"),
    "partial": (
        partial(Partners.allows, None),
        ("Partners.allows", Partners.allows),
        f"returned 1{RETURNED}",
    ),
    "decorated": (kept(forgetting), ("forgetting", forgetting), f"returned None{RETURNED}"),
    "cached": (cache(forgetting), ("forgetting", forgetting), f"returned None{RETURNED}"),
    "unprintable": (failing, ("failing", failing), "raised Unprintable."),
    "long": (long, ("long", long), f"raised ValueError: {'x' * 500}…."),
    "built-in": (str.isascii, ("str.isascii", None), "raised TypeError: "),
}
"""Callables that do not decide, the code to correct with its name, and what the callable does."""


@pytest.mark.parametrize("headers", [{}, {"X-A": "1"}], ids=["request", "preflight"])
@pytest.mark.parametrize(("predicate", "code", "what"), CALLABLES.values(), ids=CALLABLES)
def test_a_callable_that_does_not_decide_has_to_be_corrected(
    caplog, headers, predicate, code, what
):
    change = ask(make("flask", cors(allow_origins=[OTHER, predicate])), headers=headers).change
    name, source = code
    place = f" ({here(source)})" if source else ""
    assert change.sentence.startswith(f"Correct the callable {name!r}{place}, which {what}")
    assert change.sentence.isprintable()
    assert len(change.sentence) < 700
    assert (change.side, change.settings, change.headers) == ("server", {}, ())
    assert f"{change.file}:{change.line}" == (here(source) if source else ":0")
    assert advice_in(caplog) == [change.sentence]


@each_adapter
def test_a_callable_that_raises_is_named_by_every_adapter(caplog, name):
    change = ask(make(name, cors(allow_origins=[raising]))).change
    assert change.sentence.startswith(f"Correct the callable 'raising' ({here(raising)}), which ")
    assert advice_in(caplog) == [change.sentence]


def test_a_callable_that_raises_is_named_without_a_router(caplog):
    change = ask(CORSMiddleware(hello, Policy(raising))).change
    assert change.sentence.startswith(f"Correct the callable 'raising' ({here(raising)}), which ")
    assert advice_in(caplog) == [change.sentence]


def test_the_callable_of_a_hidden_decorator_is_named_too(caplog):
    change = ask(make("flask", lambda view: token_required(cors(allow_origins=[raising])(view))))
    assert re.search(
        r"^Move @cors above .* hides it from the router, and correct the callable 'raising' \(",
        change.change.sentence,
    )
    assert advice_in(caplog) == [change.change.sentence]


def test_a_page_that_has_to_change_too_is_named_beside_the_callable(caplog):
    app = make("flask", cors(allow_origins=[raising]))
    change = ask(app, headers={"Access-Control-Allow-Origin": "*"}).change
    assert change.side == "page"
    assert change.sentence.startswith("Change the request headers that the page sets (")
    assert ", and correct the callable 'raising' (" in change.sentence
    assert advice_in(caplog) == [change.sentence]


def test_a_callable_that_raises_does_not_matter_if_another_one_allows_the_origin(caplog):
    policy = cors(allow_origins=[raising, lambda origin: True])
    change = ask(make("flask", policy), headers={"X-A": "1"}).change
    assert change.settings == {"allow_headers": ["Content-Type", "x-a"]}
    assert advice_in(caplog) == [change.sentence]


@pytest.mark.parametrize("headers", [{}, {"X-A": "1"}], ids=["request", "preflight"])
def test_a_callable_that_refuses_now_is_not_blamed_for_having_raised_before(caplog, headers):
    is_up = False

    def partners(origin):
        if not is_up:
            raise ConnectionError
        return False

    app = make("flask", cors(allow_origins=[partners]))
    assert "correct the callable" in ask(app, headers=headers).change.sentence.lower()
    caplog.clear()
    is_up = True
    change = ask(app, headers=headers).change
    assert change.settings["allow_origins"] == [partners, APP]
    assert advice_in(caplog) == [change.sentence]


@pytest.mark.parametrize("request_", [environ(origin=APP), preflight()], ids=["GET", "OPTIONS"])
def test_the_log_asks_no_callable_again(caplog, request_):
    asked = []

    def partners(origin):
        asked.append(str(origin))
        raise ConnectionError

    Response(CORSMiddleware(hello, Policy(partners)), request_)
    assert asked == [APP]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_callable_that_raises_is_named_for_a_redirect_to_a_login():
    app = Flask("shop")
    wsgicors.flask.CORS(app)

    @app.get("/items")
    @cors(allow_origins=[raising])
    def items():
        return redirect("https://login.example/login")

    change = ask(app).change
    assert "401" in change.sentence
    assert f"orrect the callable 'raising' ({here(raising)})" in change.sentence


def test_a_callable_that_raised_for_another_policy_is_not_blamed(caplog):
    strict, lenient = Policy(raising), Policy(lambda origin: False)
    for policy in strict, lenient:
        ask(CORSMiddleware(hello, policy))
    blamed, other = advice_in(caplog)
    assert blamed.startswith("Correct the callable 'raising'")
    assert other.startswith("Set allow_origins=")
