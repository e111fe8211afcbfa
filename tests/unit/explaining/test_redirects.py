"""Redirects: whose change it is, and that the request passes once the change is made."""

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path as at
from flask import Blueprint, Flask, current_app, redirect, request
from flask.views import View

from tests.adapters.django_projects import Project
from tests.unit.testing.servers import (
    ANYBODY,
    API,
    APP,
    CREDENTIALS,
    OPAQUE,
    OTHER,
    THE_APP,
    Server,
)
from wsgicors import CORSMiddleware, Policy
from wsgicors import flask as flask_cors
from wsgicors.explaining import explain
from wsgicors.flask import cors
from wsgicors.testing import fetch

ITEMS = f"{API}/items"
LOGIN = "https://login.example/authorize"
FOUND = "302 Found"
HTTP_APP = "http://app.example"
ALLOWS_PUT = "Access-Control-Allow-Methods: PUT"
ORIGIN = "Access-Control-Allow-Origin"


def explained(servers, method="GET", url=ITEMS, **options):
    return explain(method, url, servers=servers, **{"origin": APP, **options})


def to(location, *lines, status=FOUND):
    """Return a server that redirects all requests, also preflights."""
    return Server(f"Location: {location}", *lines, status=status, preflight_status=status)


def page_at(*lines):
    return Server("Content-Type: text/html; charset=utf-8", *lines)


def flask_app(view, policy=None, *, changed=None, by_default=None):
    """Return an app with a view that redirects, or answers 401 to requests that do not navigate."""
    app = Flask("api")
    flask_cors.CORS(app, by_default)

    def items():
        if changed and request.headers.get("Sec-Fetch-Mode") != "navigate":
            return {}, 401
        return view()

    app.add_url_rule("/items", "items", cors(policy)(items) if policy else items)
    app.add_url_rule("/login", "login", lambda: "<form>")
    return app


class Redirecting:
    """A view that is not a function, and so has no line."""

    def __call__(self):
        return redirect(LOGIN)


# A login.


def test_a_view_that_redirects_to_a_login_has_to_answer_401():
    policy = Policy([APP])
    servers = {API: flask_app(lambda: redirect(f"{LOGIN}?client_id=1"), policy)}
    servers["https://login.example"] = page_at()
    blocked = explained(servers)
    change = blocked.change
    assert (blocked.verdict, change.side, change.settings) == ("blocked", "server", {})
    assert (change.view, change.line > 0) == ("items", True)
    assert change.file.endswith("test_redirects.py")
    assert change.sentence == (
        f"Have the view 'items' ({change.file}:{change.line}), or a login check before it, answer "
        f"401 instead of redirecting to the login {LOGIN}, unless the request is a navigation "
        "(Sec-Fetch-Mode: navigate); after a 401, have the page go to the login with "
        f"location = '{LOGIN}'."
    )
    servers[API] = flask_app(None, policy, changed=change)
    answered = explained(servers)
    assert (answered.verdict, answered.response.status) == ("allowed", 401)


@pytest.mark.parametrize(
    ("view", "named"),
    [(lambda: redirect(LOGIN), "'shop.items' ("), (Redirecting(), "'shop.items' answer")],
    ids=["lambda", "object"],
)
def test_a_view_without_a_name_is_called_as_its_router_calls_it(view, named):
    app = Flask("api")
    flask_cors.CORS(app, endpoints={"shop.items": Policy([APP])})
    app.add_url_rule("/items", endpoint="shop.items")
    app.view_functions["shop.items"] = view
    asked = explained(app)
    assert f"Have the view {named}" in asked.notes[1].replace(", or a login check before it,", "")


def test_a_login_of_which_nothing_is_known_yet_is_recognised_by_its_words():
    asked = explained(flask_app(lambda: redirect(LOGIN), Policy([APP])))
    assert asked.verdict == "unknown"
    assert "Have the view 'items'" in asked.notes[1]
    assert f"answer 401 instead of redirecting to the login {LOGIN}" in asked.notes[1]
    assert "not because of CORS" not in str(asked)


@pytest.mark.parametrize("credentials", ["include", "same-origin"])
def test_a_policy_that_is_too_narrow_is_widened_beside_the_401(credentials):
    policy = Policy(["https://other.example"])
    blocked = explained(flask_app(lambda: redirect(LOGIN), policy), credentials=credentials)
    change = blocked.change
    assert (blocked.verdict, change.side) == ("blocked", "server")
    assert "answer 401 instead" in change.sentence
    assert "Set allow_origins=" in change.sentence
    widened = policy.derive(**change.settings)
    answered = explained(flask_app(None, widened, changed=change), credentials=credentials)
    assert (answered.verdict, answered.response.status) == ("allowed", 401)


@pytest.mark.parametrize("credentials", ["include", "same-origin"])
def test_a_server_without_a_policy_gets_the_header_lines_of_the_401(credentials):
    change = explained(to(LOGIN), credentials=credentials).change
    assert (change.side, change.settings, change.view) == ("server", {}, "")
    assert change.sentence.startswith(f"Have the server answer 401 with '{ORIGIN}: {APP}'")
    lines = [": ".join(line) for line in change.headers]
    assert (CREDENTIALS in lines) is (credentials == "include")
    assert lines[-1] == "Vary: Origin"
    assert f"{lines[-1]}' instead of redirecting" in change.sentence
    answered = explained(Server(*lines, status="401 Unauthorized"), credentials=credentials)
    assert (answered.verdict, answered.response.status) == ("allowed", 401)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_policy_that_a_decorator_hides_has_to_be_moved_before_the_login_is(method):
    def hiding(view):
        return lambda: view()

    app = Flask("api")
    flask_cors.CORS(app)
    view = hiding(cors(allow_origins=[APP])(lambda: redirect(LOGIN)))
    app.add_url_rule("/items", "items", view, methods=["GET", "PUT"])
    app.before_request(lambda: redirect(LOGIN))
    change = explained(app, method).change
    assert (change.side, change.view) == ("server", "items")
    assert "ove @cors above the other decorators of the view 'items'" in change.sentence


def test_a_login_that_does_not_see_the_origin_is_asked_directly_first():
    api = flask_app(lambda: redirect(LOGIN), Policy([APP]))
    moved = CORSMiddleware(to(ITEMS), allow_origins=[APP])
    change = explained({OTHER: moved, API: api}, url=f"{OTHER}/items").change
    assert change.side == "page"
    assert change.sentence.startswith(f"Have the page request {ITEMS} directly: after a redirect")


def test_a_login_check_outside_the_policy_is_a_layer():
    inner = CORSMiddleware(Server(), allow_origins=[APP])

    def gate(environ, start_response):
        if gate.redirects:
            return to(LOGIN)(environ, start_response)
        return inner(environ, start_response)

    gate.redirects, gate.app = True, inner
    gate.resolver = inner.resolver
    change = explained(gate).change
    assert (change.side, change.settings, change.view) == ("layer", {}, "")
    assert change.sentence.startswith("Have the layer outside the policy answer 401 with")
    gate.redirects = False
    assert explained(gate).verdict == "allowed"


def test_a_callable_that_needs_its_app_is_asked_within_it_about_a_login_too():
    app = flask_app(lambda: "", by_default=Policy(lambda origin: current_app.name == "api"))
    inner = app.wsgi_app

    def gate(environ, start_response):
        if environ["REQUEST_METHOD"] == "GET":
            return to(LOGIN)(environ, start_response)
        return inner(environ, start_response)

    app.wsgi_app = gate
    change = explained(app).change
    assert (change.side, change.settings) == ("layer", {})
    assert ".gate' (" in change.sentence
    assert ", outside the policy, answer 401 with " in change.sentence


@pytest.mark.parametrize(
    "location",
    [
        "/users/sign_in?return_to=%2Fitems",
        "/accounts/login/?next=/items",
        "/cas/begin?service=https%3A%2F%2Fapi.example%2Fitems",
        "/login.php?returnUrl=/items",
        "/oauth2/start?rd=https://app.example/",
        "https://login.example/",
        "https://accounts.google.com/v3/begin?continue=https://api.example/",
        "https://corp.test/start?client_id=1&redirect_uri=https://api.example/done",
        "https://corp.test/start?client_id=1&response_type=code",
        "https://corp.test/start?SAMLRequest=fZJ",
        "https://corp.test/adfs/ls",
        "https://idp.example/realms/shop/protocol/openid-connect/begin",
        "https://api.example.cloudflareaccess.com/cdn-cgi/access/login/api.example",
    ],
)
def test_a_login_is_known_by_its_words_and_other_evidence(location):
    change = explained(to(location)).change
    assert "answer 401" in change.sentence
    assert "redirecting to the login" in change.sentence


def test_a_hidden_policy_is_named_before_the_login():
    def login_required(view):
        def check():  # without functools.wraps
            return redirect("/login?next=/") if not request.headers.get("X-User") else view()

        return check

    @cors(Policy([APP]))
    def items():
        return "tea"

    app = Flask("api")
    flask_cors.CORS(app)
    app.add_url_rule("/items", "items", login_required(items))
    change = explained(app).change
    assert (change.side, change.view, change.line > 0) == ("server", "items", True)
    place = f"({change.file}:{change.line})"
    assert change.sentence.startswith(
        f"Move @cors above the other decorators of the view 'items' {place}, because "
    )
    _, _, then = change.sentence.partition(" hides it from the router. ")
    assert then.startswith(f"Have the view 'items' {place}, or a login check before it, answer 401")
    assert "the page go to the login" in then


class Login:
    """A Django middleware."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/login"):
            return self.get_response(request)
        return HttpResponseRedirect(f"/login?next={request.path}")


@pytest.mark.parametrize(
    ("method", "begin", "end"),
    [
        ("GET", "Have ", " answer 401 with "),
        ("PUT", "Let preflights (OPTIONS /items) pass ", ", which redirects them to /login?next="),
    ],
)
def test_a_login_check_outside_the_policy_is_named(method, begin, end):
    @cors(Policy([APP], allow_methods=["GET", "PUT"]))
    def items(request):
        return HttpResponse()

    middleware = [f"{__name__}.Login", "wsgicors.django.CORSMiddleware"]
    project = Project([at("items", items)], MIDDLEWARE=middleware)
    with project.active():
        change = explained(project.handler, method).change
    assert change.side == "layer"
    assert change.sentence.startswith(f"{begin}'Login' (tests/unit/explaining/test_redirects.py:")
    assert end in change.sentence


@pytest.mark.parametrize(
    "location",
    [
        "/login",
        "/users/sign_in",
        "/saml/sso",
        "/Account/LogOn",
        "/login.php",
        "/auth/items?next=20",
    ],
)
def test_a_word_alone_is_only_a_note(location):
    asked = explained(to(location))
    assert asked.change.headers == ((ORIGIN, APP), ("Vary", "Origin"))
    assert "401" not in asked.change.sentence
    [note] = asked.notes
    assert note.startswith(f"If {location} is a login: Have the server answer 401 instead of ")


@pytest.mark.parametrize(
    "location", ["https://auth.test/v2/items", "https://accounts.test/v2/items"]
)
def test_a_word_of_another_site_alone_is_only_a_note(location):
    asked = explained(to(location))
    assert asked.change.sentence.startswith(f"Have the page request {location} directly: ")
    assert asked.notes[0].startswith(f"If {location} is a login: Have the server answer 401 ")


@pytest.mark.parametrize(
    "location",
    [
        "/items/page?next=20",
        "/items/latest?client_id=7&response_type=code",
        "/chemicals/cas/7732",
        "/accounts/7",
        "/start?return_to=%2Fitems",
        "/designing",
    ],
)
def test_ordinary_redirects_are_not_called_a_login(location):
    asked = explained(to(location))
    assert asked.change.headers == ((ORIGIN, APP), ("Vary", "Origin"))
    assert "login" not in str(asked)


@pytest.mark.parametrize(("endpoint", "is_known"), [("login", True), ("start", False)])
@pytest.mark.parametrize("allows", [True, False])
def test_a_view_of_the_app_that_is_named_as_a_login_is_one(endpoint, is_known, allows):
    app = Flask("api")
    flask_cors.CORS(app, Policy([APP if allows else OTHER]))
    app.add_url_rule("/items", "items", lambda: redirect("/sso"))
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/sso", endpoint, lambda: "<form>")
    app.register_blueprint(pages)
    asked = explained(app)
    told = " ".join([asked.change.sentence if asked.change else "", *asked.notes])
    assert "instead of redirecting to the login https://api.example/sso" in told
    assert ("If /sso is a login: " in told) is not is_known
    if not allows:
        assert ("answer 401" in asked.change.sentence) is is_known


def test_a_view_class_that_is_named_as_a_login_is_one():
    class LoginView(View):
        def dispatch_request(self):
            return "<form>"

    app = Flask("api")
    flask_cors.CORS(app, Policy([OTHER]))
    app.add_url_rule("/items", "items", lambda: redirect("/sso"))
    app.add_url_rule("/sso", view_func=LoginView.as_view("start"))
    assert "answer 401" in explained(app).change.sentence


def test_a_word_in_the_url_of_what_is_not_a_page_shows_no_login():
    server = Server(ANYBODY, "Content-Type: application/json")
    server.at("/items", FOUND, "Location: /auth/items", ANYBODY)
    assert explained(server).notes == ()


@pytest.mark.parametrize(
    ("source", "location"),
    [
        pytest.param("/login", "/login/", id="slash"),
        pytest.param("/login", "/dashboard", id="after-a-login"),
        pytest.param("/logout", "/login", id="after-a-logout"),
        pytest.param("/login", "/login?error=1", id="a-wrong-password"),
        pytest.param("/items?next=3", "/articles?next=3", id="words-of-the-request"),
        pytest.param("/catalogue", "/catalogues", id="other-words"),
    ],
)
def test_other_redirects_are_not_called_a_login(source, location):
    blocked = explained(to(location), "POST", API + source)
    assert blocked.verdict == "blocked"
    assert "401" not in str(blocked)


def test_a_page_of_another_site_is_a_login():
    servers = {API: to("https://corp.test/start", ANYBODY), "https://corp.test": page_at()}
    change = explained(servers).change
    assert "instead of redirecting to the login https://corp.test/start" in change.sentence
    servers["https://corp.test"] = Server("Content-Type: application/json")
    change = explained(servers).change
    assert change.sentence.startswith("Have the page request https://corp.test/start directly")


def test_a_login_after_several_redirects_is_the_change_of_the_first():
    servers = {
        API: to("https://corp.test/start", ANYBODY),
        "https://corp.test": Server("Content-Type: text/html").at(
            "/start", FOUND, "Location: /form", ANYBODY
        ),
    }
    assert "the login https://corp.test/start, unless" in explained(servers).change.sentence


@pytest.mark.parametrize("lines", [(), (ANYBODY,)], ids=["blocked", "unknown"])
def test_a_redirect_to_an_unknown_site_may_be_a_login(lines):
    asked = explained(to("https://corp.test/start", *lines))
    [note] = [note for note in asked.notes if "401" in note]
    assert note.startswith("If https://corp.test/start is a login: Have the server answer 401")
    assert "401" not in (asked.change.sentence if asked.change else "")


def test_a_login_that_the_page_may_read_is_noted():
    app = flask_app(lambda: redirect("/login?next=/items"), by_default=Policy([APP]))
    asked = explained(app)
    assert (asked.verdict, asked.response.text) == ("allowed", "<form>")
    (note,) = asked.notes
    assert note.startswith("Have the view 'items' (")
    assert f"answer 401 instead of redirecting to the login {API}/login" in note


def test_a_page_of_another_site_that_the_page_may_read_is_not_called_a_login():
    servers = {API: to("https://docs.test/", ANYBODY), "https://docs.test": page_at(ANYBODY)}
    assert (explained(servers).verdict, explained(servers).notes) == ("allowed", ())


def test_a_login_that_the_page_requests_needs_a_navigation():
    url = f"{API}/auth/google"
    asked = explained(
        {API: to("https://login.test/", ANYBODY), "https://login.test": page_at()}, url=url
    )
    assert asked.change.side == "page"
    assert asked.change.sentence == (
        f"Have the page go to {url} with location = '{url}' instead of requesting it: a login "
        "needs a navigation."
    )


def test_an_api_that_says_who_has_logged_in_does_not_start_a_login():
    asked = explained(to("https://login.test/"), url=f"{API}/auth/me")
    assert "answer 401" in asked.change.sentence


def test_a_page_of_the_same_origin_gets_a_401_too():
    servers = {APP: to(LOGIN), "https://login.example": page_at()}
    blocked = explained(servers, url=f"{APP}/items")
    assert (blocked.verdict, blocked.change.headers) == ("blocked", ())
    assert "answer 401 instead of redirecting" in blocked.change.sentence
    servers[APP] = Server(status="401 Unauthorized")
    assert explained(servers, url=f"{APP}/items").verdict == "allowed"


def test_mode_same_origin_is_not_what_a_login_needs_to_change():
    blocked = explained({APP: to(LOGIN)}, url=f"{APP}/items", mode="same-origin")
    assert (blocked.verdict, blocked.step) == ("blocked", fetch.OTHER_ORIGIN)
    assert "answer 401 instead of redirecting" in blocked.change.sentence
    blocked = explained({APP: to(ITEMS)}, url=f"{APP}/things", mode="same-origin")
    assert blocked.change.sentence == "Have the page use mode 'cors'."


def test_a_page_with_an_opaque_origin_gets_no_header_for_null():
    for credentials in "include", "same-origin":
        change = explained(to(LOGIN), origin="null", credentials=credentials).change
        assert change.headers == ()
        assert "null" not in change.sentence


def test_a_login_is_not_what_the_page_has_to_request():
    token = {"Authorization": "Bearer 1"}
    server = Server(preflight=[ANYBODY, "Access-Control-Allow-Headers: Authorization"])
    server.at("/items", FOUND, f"Location: {LOGIN}", ANYBODY)
    asked = explained(server, "POST", headers=token)
    assert (asked.verdict, len(asked.notes)) == ("unknown", 3)
    assert asked.notes[1] == f"The 302 of {ITEMS} turns POST into GET and drops the body."
    assert "answer 401" in asked.notes[2]


# Preflights.


def redirecting_preflights(app, location, is_changed=False):
    def gate(environ, start_response):
        if environ["REQUEST_METHOD"] == "OPTIONS" and not is_changed:
            return to(location)(environ, start_response)
        return app(environ, start_response)

    gate.app = app
    return gate


@pytest.mark.parametrize("location", ["/login", "login:app", "http://"])
def test_a_layer_that_redirects_preflights_has_to_let_them_pass(location):
    narrow = CORSMiddleware(Server(), allow_origins=[APP])
    blocked = explained(redirecting_preflights(narrow, location), "PUT")
    change = blocked.change
    assert (blocked.verdict, change.side, change.settings) == ("blocked", "layer", {})
    assert change.sentence.startswith("Let preflights (OPTIONS /items) pass ")
    [note] = blocked.notes
    assert note.startswith("Change the policy as well: Set allow_methods=")
    assert "of the wrapper" in note
    wide = CORSMiddleware(Server(), allow_origins=[APP], allow_methods=["PUT"])
    blocked = explained(redirecting_preflights(wide, location), "PUT")
    assert (blocked.change.side, blocked.notes) == ("layer", ())
    assert explained(redirecting_preflights(wide, location, True), "PUT").verdict == "allowed"


def test_a_login_check_inside_an_app_gets_no_preflights_once_there_is_a_policy():
    def put(settings):
        app = Flask("api")
        flask_cors.CORS(app, endpoints={"put": Policy(**settings)} if settings else {})
        app.add_url_rule("/items", "put", lambda: "", methods=["PUT"])
        app.before_request(lambda: redirect("/login") if request.method == "OPTIONS" else None)
        return app

    blocked = explained(put({}), "PUT")
    assert (blocked.change.side, blocked.notes) == ("server", ())
    assert explained(put(blocked.change.settings), "PUT").verdict == "allowed"


def test_a_preflight_that_is_redirected_to_an_unknown_site_may_be_for_a_login():
    blocked = explained(to("https://corp.test/start"), "PUT")
    assert blocked.change.side == "page"
    [note] = blocked.notes
    assert note.startswith("If https://corp.test/start is a login: Let preflights (OPTIONS /items)")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        pytest.param("http://api.example/items", ITEMS, id="scheme"),
        pytest.param("https://www.api.example/items", ITEMS, id="www"),
        pytest.param("https://api.example:8443/items", ITEMS, id="port"),
        pytest.param(ITEMS, f"{ITEMS}/", id="slash"),
        pytest.param(ITEMS, f"{API}/v2/things", id="path"),
        pytest.param(ITEMS, "https://new.example/things", id="another-origin"),
    ],
)
@pytest.mark.parametrize("lines", [(), (ANYBODY, ALLOWS_PUT)], ids=["bare", "with-headers"])
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_preflight_that_is_redirected_makes_the_page_request_the_target(
    url, target, lines, status
):
    def app(environ, start_response):
        asked = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{environ['PATH_INFO']}"
        if asked == url:
            return to(target, *lines, status=status)(environ, start_response)
        return wrapped(environ, start_response)

    wrapped = CORSMiddleware(Server(), allow_origins=[HTTP_APP, APP], allow_methods=["PUT"])
    origins = ["/".join(one.split("/")[:3]) for one in (url, target)]
    servers = dict.fromkeys(origins, app)
    page = HTTP_APP if url.startswith("http:") else APP
    change = explained(servers, "PUT", url, origin=page).change
    assert change.side == "page"
    assert change.sentence == (
        f"Have the page request {target} directly: browsers do not follow a redirect of a "
        "preflight."
    )
    assert explained(servers, "PUT", target, origin=page).verdict == "allowed"


def test_what_the_policy_lacks_at_the_target_is_named_with_the_target():
    """nginx redirects to https; behind it is an app whose policy is too narrow."""

    def serve(policy):
        wrapped = CORSMiddleware(Server(), policy)

        def proxy(environ, start_response):
            if environ["wsgi.url_scheme"] == "http":
                return to(ITEMS)(environ, start_response)
            return wrapped(environ, start_response)

        proxy.app = wrapped
        return proxy

    policy = Policy(["https://other.example"])
    page = {"origin": HTTP_APP}
    change = explained(serve(policy), "PUT", "http://api.example/items", **page).change
    assert (change.side, sorted(change.settings)) == ("page", ["allow_methods", "allow_origins"])
    assert f"Have the page request {ITEMS} directly" in change.sentence
    assert "Set allow_origins=" in change.sentence
    changed = serve(policy.derive(**change.settings))
    assert explained(changed, "PUT", ITEMS, **page).verdict == "allowed"


# Another URL.


@pytest.mark.parametrize("lines", [(), (ANYBODY,), (f"{ORIGIN}: {HTTP_APP}",)])
@pytest.mark.parametrize("credentials", ["include", "same-origin"])
def test_a_redirect_to_https_makes_the_page_request_https(lines, credentials):
    options = {"credentials": credentials, "origin": HTTP_APP}
    target = Server(f"{ORIGIN}: {HTTP_APP}", CREDENTIALS)
    servers = {"http://api.example": to(ITEMS, *lines), API: target}
    blocked = explained(servers, url="http://api.example/items", **options)
    change = blocked.change
    assert (blocked.verdict, change.side) == ("blocked", "page")
    assert change.sentence == (
        f"Have the page request {ITEMS} directly: after a redirect to another origin, the browser "
        "sends 'Origin: null'."
    )
    assert "null" not in str(change.settings) + str(change.headers)
    assert explained(servers, **options).verdict == "allowed"


def test_a_page_that_requests_its_own_origin_by_http_needs_no_cors_once_it_uses_https():
    app = CORSMiddleware(Server(), allow_origins=[OTHER])
    servers = {"http://app.example": to(f"{APP}/items"), APP: app}
    change = explained(servers, url="http://app.example/items").change
    assert (change.side, change.settings) == ("page", {})
    assert explained(servers, url=f"{APP}/items").verdict == "allowed"


def test_a_slash_that_a_server_without_a_policy_adds_belongs_into_the_page():
    server = Server(ANYBODY).at("/items", "301 Moved", "Location: /items/")
    change = explained(server).change
    assert change.side == "page"
    assert change.sentence == (
        f"Have the page request {ITEMS}/ directly: the redirect leads to the same resource."
    )
    assert explained(server, url=f"{ITEMS}/").verdict == "allowed"


def test_a_slash_that_a_router_adds_has_the_policy_of_the_view():
    def serve(settings):
        app = Flask("api")
        flask_cors.CORS(app, endpoints={"items": Policy(**settings)} if settings else {})
        app.add_url_rule("/items/", "items", lambda: "")
        return app

    change = explained(serve({})).change
    assert (change.side, change.settings) == ("server", {"allow_origins": [APP]})
    assert explained(serve(change.settings)).verdict == "allowed"


def test_a_redirect_to_another_path_needs_the_headers_of_cors_itself():
    server = Server(ANYBODY).at("/items", FOUND, "Location: /v2/things")
    change = explained(server).change
    assert (change.side, change.headers) == ("server", ((ORIGIN, APP), ("Vary", "Origin")))
    server.at("/items", FOUND, "Location: /v2/things", ANYBODY)
    assert explained(server).verdict == "allowed"


@pytest.mark.parametrize(
    ("credentials", "lacks"),
    [
        ("include", f"'{THE_APP}', '{CREDENTIALS}' and 'Vary: Origin'"),
        ("same-origin", f"'{THE_APP}' and 'Vary: Origin'"),
    ],
)
def test_a_redirect_to_another_origin_without_headers_makes_the_page_request_the_target(
    credentials, lacks
):
    servers = {API: to(f"{OTHER}/things"), OTHER: Server(THE_APP, CREDENTIALS)}
    blocked = explained(servers, credentials=credentials)
    change = blocked.change
    assert (blocked.verdict, change.side, change.headers) == ("blocked", "page", ())
    assert change.sentence.startswith(f"Have the page request {OTHER}/things directly: ")
    [*_, note] = blocked.notes
    assert note == (
        f"To keep the redirect: Add {lacks} to {ITEMS}. Then {OTHER} has to allow the origin "
        "'null', which any page can have."
    )
    url = f"{OTHER}/things"
    assert explained(servers, url=url, credentials=credentials).verdict == "allowed"


def test_what_the_policy_lacks_at_a_redirect_to_another_origin_is_noted():
    servers = {API: flask_app(lambda: redirect(f"{OTHER}/things"), Policy([OTHER]))}
    blocked = explained({**servers, OTHER: Server(THE_APP)})
    assert blocked.change.side == "page"
    [*_, note] = blocked.notes
    assert note.startswith("To keep the redirect: Set allow_origins=")
    assert ", which the view 'items' (" in note


def test_a_page_with_an_opaque_origin_is_not_to_be_allowed_at_a_redirect():
    servers = {API: to(f"{OTHER}/things"), OTHER: Server(OPAQUE)}
    blocked = explained(servers, origin="null")
    assert blocked.change.side == "page"
    assert "To keep the redirect" not in str(blocked.notes)


def test_a_known_app_at_the_target_gets_the_setting_of_its_policy():
    def serve(**settings):
        target = CORSMiddleware(Server(), Policy([API]).derive(**settings))
        return {API: to(f"{OTHER}/things", ANYBODY), OTHER: target}

    change = explained(serve(), credentials="same-origin").change
    assert change.side == "page"
    assert change.settings == {"allow_origins": [API, APP]}
    assert change.sentence.startswith(f"Have the page request {OTHER}/things directly: ")
    assert "Set allow_origins=" in change.sentence
    servers = serve(**change.settings)
    assert explained(servers, url=f"{OTHER}/things").verdict == "allowed"


def test_a_page_that_its_own_origin_redirects_keeps_its_origin_so_the_target_can_allow_it():
    servers = {APP: to(ITEMS), API: Server()}
    change = explained(servers, url=f"{APP}/items").change
    assert (change.side, change.headers) == ("server", ((ORIGIN, APP), ("Vary", "Origin")))
    servers[API] = Server(": ".join(change.headers[0]))
    assert explained(servers, url=f"{APP}/items").verdict == "allowed"


def test_an_unseen_target_that_will_see_origin_null_is_to_be_requested_directly():
    asked = explained(to("https://www.api.example/items", ANYBODY))
    assert asked.verdict == "unknown"
    assert asked.notes[1].startswith("Have the page request https://www.api.example/items directly")


def test_an_unseen_target_that_will_see_the_origin_of_the_page_may_answer():
    asked = explained({APP: to(ITEMS)}, url=f"{APP}/items")
    assert asked.verdict == "unknown"
    assert asked.notes == (
        "https://api.example was not asked: it is not one of the servers given.",
    )


def test_a_signed_url_belongs_into_the_body():
    """It changes with each request, so that a page cannot know it."""
    signed = "https://files.test/a?X-Amz-Expires=60&X-Amz-Signature=1"
    policy = Policy([APP])
    servers = {API: flask_app(lambda: redirect(signed), policy)}
    servers["https://files.test"] = Server(THE_APP)
    change = explained(servers).change
    assert (change.side, change.view) == ("server", "items")
    assert "send the signed URL in the body of the response" in change.sentence
    assert "X-Amz-Signature" not in change.sentence
    servers[API] = flask_app(lambda: signed, policy)
    url = explained(servers).response.text
    assert explained(servers, url=url).verdict == "allowed"


@pytest.mark.parametrize("policy", [None, Policy([OTHER])])
def test_a_signed_url_in_the_body_needs_what_the_redirect_lacks(policy):
    signed = "https://files.test/a?X-Amz-Expires=60&X-Amz-Signature=1"
    servers = {API: to(signed) if policy is None else flask_app(lambda: redirect(signed), policy)}
    blocked = explained(servers)
    change = blocked.change
    assert change.side == "server"
    if policy is None:
        assert change.headers == ((ORIGIN, APP), ("Vary", "Origin"))
        assert f"of the response with '{THE_APP}' and 'Vary: Origin', and have" in change.sentence
    else:
        assert change.settings == {"allow_origins": [OTHER, APP]}
        assert change.sentence.endswith(") uses.")
    assert "To keep the redirect" not in str(blocked.notes)


# Redirects that the page handles itself.


def test_a_login_that_mode_manual_hides_is_not_what_the_page_has_to_request():
    asked = explained(to(f"{LOGIN}?client_id=1", ANYBODY), redirect="manual")
    [note] = asked.notes
    assert asked.verdict == "allowed"
    assert note.startswith("redirect: 'manual' hides the redirect from JavaScript. Have the server")
    assert "answer 401 instead of redirecting to the login" in note
    assert "directly" not in note


def test_a_site_that_mode_manual_hides_may_be_a_login():
    [note] = explained(to("https://corp.test/start", ANYBODY), redirect="manual").notes
    assert "have the page request https://corp.test/start directly. If https://corp.test" in note
    assert "start is a login: Have the server answer 401" in note


def test_a_signed_url_that_mode_manual_hides_belongs_into_the_body():
    signed = "https://files.test/a?X-Amz-Expires=60&X-Amz-Signature=1"
    [note] = explained(to(signed, ANYBODY), redirect="manual").notes
    assert "send the signed URL in the body of the response, and" in note


def test_a_location_without_a_redirect_is_not_hidden_by_mode_manual():
    created = Server("Location: /items/1", ANYBODY, status="201 Created")
    asked = explained(created, redirect="manual")
    assert (asked.verdict, asked.notes) == ("allowed", ())


# Locations that no browser follows.


@pytest.mark.parametrize("lines", [(), (ANYBODY,)], ids=["blocked", "failed"])
@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("http://", f"send a valid URL in the Location of {ITEMS}, not 'http://'"),
        ("data:text/plain,tea", f"send the content of the data: URL in the response of {ITEMS}"),
        ("ftp://files.example/a", f"redirect {ITEMS} to an http: or https: URL"),
        ("shop:open", "if the shop: URL is for people, send it in the body"),
        ("mailto:a@b.example", "have the page go there with location = '…'"),
    ],
)
def test_a_location_that_no_browser_follows_is_to_be_corrected(location, says, lines):
    asked = explained(to(location, *lines))
    assert asked.verdict == ("failed" if lines else "blocked")
    assert asked.change.side == "server"
    assert says in asked.change.sentence
    assert "not because of CORS" not in str(asked)


@pytest.mark.parametrize(
    "location",
    ["javascript:alert(1)", "JavaScript:alert(1)", "vbscript:a", "file:///a", "blob:https://a/b"],
)
def test_pages_are_not_advised_to_go_to_urls_that_run_as_their_code_or_are_not_visited(location):
    scheme = location.partition(":")[0].lower()
    assert explained(to(location)).change.sentence.endswith(
        f" redirect {ITEMS} to an http: or https: URL, not to a {scheme}: URL."
    )


def test_a_view_that_sends_a_wrong_location_is_named():
    change = explained(flask_app(lambda: redirect("ftp://a"), Policy([APP]))).change
    assert (change.view, change.sentence.startswith("Have the view 'items' (")) == ("items", True)
    to_user = f"https://user@{OTHER.removeprefix('https://')}/"
    change = explained(flask_app(lambda: redirect(to_user), Policy([APP]))).change
    assert change.view == "items"
    assert change.sentence == f"Remove the user name and password from the Location of {ITEMS}."


@pytest.mark.parametrize(
    ("paths", "loop"),
    [
        ({"/items": "/items"}, f"{ITEMS} redirects to itself"),
        (
            {"/items": "/items/", "/items/": "/items"},
            f"{ITEMS} to {ITEMS}/ to {ITEMS}",
        ),
        (
            {"/items": "/a", "/a": "/b", "/b": "/a"},
            f"{API}/a to {API}/b to {API}/a",
        ),
    ],
)
@pytest.mark.parametrize("lines", [(), (ANYBODY,)], ids=["blocked", "failed"])
def test_a_loop_of_redirects_is_named(paths, loop, lines):
    server = Server()
    for number, (path, location) in enumerate(paths.items()):
        allowing = lines if number == len(paths) - 1 else (ANYBODY,)
        server.at(path, FOUND, f"Location: {location}", *allowing)
    asked = explained(server)
    assert asked.verdict == ("failed" if lines else "blocked")
    assert asked.change.sentence.startswith(f"End the loop of redirects: {loop}.")
    assert ("ProxyFix" in asked.change.sentence) is ("itself" in loop)


def test_a_loop_by_plain_http_is_not_blamed_on_a_proxy():
    asked = explained(to("/items"), url="http://api.example/items", origin=HTTP_APP)
    sentence = asked.change.sentence
    assert sentence == "End the loop of redirects: http://api.example/items redirects to itself."


def test_a_redirect_that_tests_for_cookies_is_not_called_a_loop():
    change = explained(to("/items", "Set-Cookie: a=1")).change
    assert change.headers == ((ORIGIN, APP), ("Vary", "Origin"))


def test_redirects_without_an_end_are_counted():
    def app(environ, start_response):
        number = len(environ["PATH_INFO"])
        return to(f"/{'a' * number}", ANYBODY)(environ, start_response)

    asked = explained(app, url=f"{API}/")
    assert asked.verdict == "failed"
    assert asked.change.sentence == (
        f"Redirect at most 20 times: {API}/ led to {API}/{'a' * 20} after 20 redirects."
    )


@pytest.mark.parametrize("url", [ITEMS, f"{API}/login?next=/login"])
def test_a_login_that_redirects_without_an_end_gets_the_advice_for_logins(url):
    asked = explained(to("/login?next=/login", ANYBODY), url=url)
    change = asked.change
    assert (asked.verdict, change.side) == ("failed", "server")
    assert change.sentence.endswith(
        "Have the login answer without a redirect: the redirects never end."
    )
    assert ("answer 401" in change.sentence) is (url == ITEMS)
    assert "X-Forwarded-Proto" not in change.sentence


def test_a_loop_through_a_login_is_not_blamed_on_a_proxy():
    server = Server().at("/login", FOUND, "Location: /login/", ANYBODY)
    server.at("/login/", FOUND, "Location: /login", ANYBODY)
    sentence = explained(server, url=f"{API}/login").change.sentence
    assert sentence == (
        f"End the loop of redirects: {API}/login to {API}/login/ to {API}/login. Have the login "
        "answer without a redirect: the redirects never end."
    )


def test_only_some_of_many_redirects_are_described():
    asked = explained(to("/login?next=/login", ANYBODY))
    assert len(asked.exchanges) == 21
    assert len(asked.steps) == 12
    assert asked.steps[7] == f"The browser follows the redirect to {API}/login?next=/login."
    assert asked.steps[8] == "... and 18 more redirects."
    assert asked.steps[9].startswith(f"The browser sends GET {API}/login?next=/login")
    assert asked.steps[11].startswith("Failed: ")


def test_a_few_redirects_are_all_described():
    server = Server(ANYBODY)
    for number in range(5):
        server.at(f"/{number}", FOUND, f"Location: /{number + 1}", ANYBODY)
    asked = explained(server, url=f"{API}/0")
    assert len(asked.exchanges) == 6
    assert "more redirects" not in str(asked)


# What redirects drop.


@pytest.mark.parametrize(
    ("status", "method", "better"),
    [("301 Moved", "POST", 308), ("302 Found", "POST", 307), ("303 See Other", "PUT", 307)],
)
@pytest.mark.parametrize("allows", [True, False])
def test_a_method_and_a_body_that_a_redirect_drops_are_noted(status, method, better, allows):
    lines = (ANYBODY,) if allows else ()
    server = Server(ANYBODY, preflight=(ANYBODY, ALLOWS_PUT))
    server.at("/items", status, "Location: /things", *lines)
    asked = explained(server, method, body="{}")
    assert asked.verdict == ("allowed" if allows else "blocked")
    assert asked.notes == (
        f"The {status[:3]} of {ITEMS} turns {method} into GET and drops the body. To keep both, "
        f"redirect with {better}, or have the page request {API}/things directly.",
    )
    server.at("/items", f"{better} Better", "Location: /things", ANYBODY)
    kept = explained(server, method, body="{}")
    assert (kept.verdict, kept.notes, server.methods[-1]) == ("allowed", (), method)


def test_authorization_that_a_redirect_drops_is_noted():
    token = {"headers": {"Authorization": "Bearer 1"}}
    allowing = [ANYBODY, "Access-Control-Allow-Headers: Authorization"]
    needing = Server(ANYBODY, status="401 Unauthorized", preflight=allowing)
    servers = {
        API: Server("Location: https://other.example/", ANYBODY, status=FOUND, preflight=allowing),
        OTHER: needing,
    }
    asked = explained(servers, **token)
    assert (asked.verdict, asked.response.status) == ("allowed", 401)
    assert asked.notes == (
        f"The redirect from {ITEMS} to {OTHER} drops the header Authorization, so a server that "
        f"needs it answers 401. Have the page request {OTHER}/ directly.",
    )
    assert explained(servers, url=f"{OTHER}/", **token).notes == ()
    assert needing.received("Authorization")[-1] == "Bearer 1"


def test_authorization_that_is_kept_is_not_noted():
    allowing = [ANYBODY, "Access-Control-Allow-Headers: Authorization"]
    server = Server(ANYBODY, preflight=allowing).at("/items", FOUND, "Location: /a", ANYBODY)
    assert explained(server, headers={"Authorization": "Bearer 1"}).notes == ()
