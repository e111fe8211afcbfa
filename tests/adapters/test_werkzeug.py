import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import BaseConverter, Map, MapAdapter, Rule, ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from tests.helpers import APP, OTHER, Response, but_coverage, environ, hello, preflight
from wsgicors import Policy, PolicyError
from wsgicors._registry import PolicyRegistry
from wsgicors.auditing import survey
from wsgicors.testing import Browser, CORSBlocked
from wsgicors.werkzeug import CORS, cors

API = Policy(allow_origins=[APP])
DEFAULT = Policy(allow_origins=["https://default.example"], allow_methods=None)


@cors(API)
def decorated():
    return WerkzeugResponse("decorated")


@cors(None)
def internal():
    return WerkzeugResponse("internal")


def plain():
    return WerkzeugResponse("plain")


VIEWS = {"decorated": decorated, "plain": plain, "internal": internal}


def build(*rules, policy=None, views=VIEWS, map_options=None, **options):
    """Make an app that dispatches by these rules, under CORS."""
    url_map = Map(rules, **(map_options or {}))

    def app(environ, start_response):
        urls = url_map.bind_to_environ(environ, server_name=options.get("server_name"))
        try:
            endpoint, _ = urls.match()
            response = views[endpoint]()
        except HTTPException as error:
            response = error
        return response(environ, start_response)

    return CORS(app, url_map, views, policy, **options)


def origin_of(app, request):
    return Response(app, request)["Access-Control-Allow-Origin"]


def methods_of(app, request):
    return Response(app, request)["Access-Control-Allow-Methods"]


class TestEndpoints:
    app = build(
        Rule("/decorated", endpoint="decorated", methods=["GET", "PUT"]),
        Rule("/plain", endpoint="plain"),
        Rule("/internal", endpoint="internal"),
        policy=DEFAULT,
    )

    @pytest.mark.parametrize(
        ("path", "origin"),
        [("/decorated", APP), ("/plain", "https://default.example"), ("/internal", None)],
    )
    def test_every_view_has_its_own_policy_or_the_default(self, path, origin):
        for asked in APP, "https://default.example":
            granted = asked if asked == origin else None
            assert origin_of(self.app, environ(path=path, origin=asked)) == granted
            assert origin_of(self.app, preflight(path, origin=asked)) == granted

    def test_a_rule_without_methods_lists_the_usual_methods_and_the_requested_method(self):
        request = preflight("/plain", origin="https://default.example", method="PURGE")
        assert methods_of(self.app, request) == "DELETE, GET, HEAD, PATCH, POST, PURGE, PUT"

    def test_an_unknown_url_has_the_default_and_lists_the_requested_method(self):
        request = preflight("/unknown", origin="https://default.example", method="DELETE")
        assert methods_of(self.app, request) == "DELETE"

    def test_a_url_that_is_known_for_another_method_lists_only_the_requested_method(self):
        """The router answers 404 for PUT; POST is redirected to a view with another policy."""
        rules = [Rule("/z/", endpoint=name, methods=["POST"]) for name in ("internal", "decorated")]
        for rule in rules:
            app = build(rule, policy=DEFAULT.derive(allow_methods=["POST", "PUT", "DELETE"]))
            request = preflight("/z", origin="https://default.example", method="PUT")
            assert methods_of(app, request) == "PUT"
            page = Browser(app, at="https://api.example").page("https://default.example")
            assert page.fetch("https://api.example/z", method="PUT").status == 404
            with pytest.raises(CORSBlocked):
                page.fetch("https://api.example/z", method="POST", headers={"X-A": "1"})

    def test_options_is_listed_where_a_rule_declares_it(self):
        app = build(Rule("/", endpoint="decorated", methods=["GET", "OPTIONS"]))
        assert methods_of(app, preflight("/")) == "GET, HEAD, OPTIONS"

    def test_an_app_that_changes_the_path_changes_no_policy(self):
        def app(environ, start_response):
            environ["PATH_INFO"] = "/decorated"
            return decorated()(environ, start_response)

        urls = Map([Rule("/decorated", endpoint="decorated")])
        wrapped = CORS(app, urls, {"decorated": decorated}, Policy(allow_origins="*"))
        assert origin_of(wrapped, preflight("/unknown", origin=OTHER)) == "*"
        assert origin_of(wrapped, environ(path="/unknown", origin=OTHER)) == "*"


def test_a_view_that_is_decorated_later_has_its_policy_at_once():
    def late():
        return WerkzeugResponse("late")

    app = build(Rule("/", endpoint="late"), policy=DEFAULT, views={"late": late})
    for request in environ, preflight:
        assert origin_of(app, request(origin=APP)) is None
    cors(API)(late)
    for request in environ, preflight:
        assert origin_of(app, request(origin=APP)) == APP
    assert [row.policy for row in survey(app).rows if row.method == "GET"] == [API]


def test_a_fault_of_a_view_that_is_decorated_later_is_raised_before_it_runs():
    app = build(Rule("/", endpoint="late"), views={"late": (late := lambda: 1 / 0)})
    cors("unknown")(late)
    for request in environ, preflight:
        with pytest.raises(PolicyError, match="no policy named 'unknown'"):
            Response(app, request(origin=APP))


def test_a_route_decorator_below_cors_is_logged_when_the_app_first_answers(caplog):
    app = build(Rule("/", endpoint="plain"))

    @cors(API)
    @functools.wraps(plain)
    def decorated():
        return plain()

    assert caplog.messages == []
    for _ in range(2):
        Response(app, environ(origin=APP))
    assert caplog.messages == [
        f"{decorated!r}: the route decorator is below @cors, so the router never sees @cors; move "
        f"the route decorator to the top [mark-above-route]"
    ]


class TestTables:
    def test_an_undecorated_view_has_the_policy_of_its_entry(self):
        app = build(Rule("/", endpoint="plain"), policies={"api": API}, endpoints={"plain": "api"})
        assert origin_of(app, environ(origin=APP)) == APP

    def test_an_entry_for_a_decorated_view_is_an_error(self):
        with pytest.raises(
            PolicyError, match="is decorated with @cors, which takes precedence; remove one"
        ):
            build(Rule("/", endpoint="decorated"), endpoints={"decorated": None})

    def test_entries_that_are_added_before_the_first_request_count(self):
        policies, endpoints = {}, {}
        rules = [Rule("/", endpoint="plain")]
        app = build(*rules, policy=DEFAULT, policies=policies, endpoints=endpoints)
        policies["api"], endpoints["plain"] = API, "api"
        assert origin_of(app, environ(origin=APP)) == APP

    def test_an_entry_covers_the_undecorated_views_of_an_endpoint(self):
        registry = PolicyRegistry({}, [("e", decorated), ("e", plain)], {"e": DEFAULT}, {})
        assert registry.policy_of("e", decorated, "GET") == API
        assert registry.policy_of("e", plain, "GET") == DEFAULT

    def test_a_name_is_looked_up_and_refined(self):
        refined = cors("api", max_age=60)(lambda: WerkzeugResponse(""))
        app = build(Rule("/", endpoint="v"), views={"v": refined}, policies={"api": API})
        for _ in range(2):
            assert Response(app, preflight("/"))["Access-Control-Max-Age"] == "60"

    def test_policies_may_be_settings(self):
        app = build(Rule("/", endpoint="plain"), policies={"default": {"allow_origins": APP}})
        assert origin_of(app, environ(origin=APP)) == APP

    def test_settings_are_the_default(self):
        app = build(Rule("/", endpoint="plain"), allow_origins=[APP])
        assert origin_of(app, environ(origin=APP)) == APP

    def test_all_faults_are_reported_at_once(self):
        views = {
            "named": cors("partner")(lambda: ""),
            "refined": cors("partners", max_age=-1)(lambda: ""),
        }
        with pytest.raises(PolicyError) as caught:
            build(
                views=views,
                policies={
                    "partners": API,
                    "broken": {"allow_origins": "app.example"},
                    "typo": {"origins": "*"},
                    "number": 3,
                    "no name": API,
                },
                endpoints={"nmaed": API, "named": "elsewhere", "refined": 3},
            )
        assert isinstance(caught.value, TypeError), "some faults are wrong types"
        found = [(problem.code, problem.setting) for problem in caught.value.problems]
        assert found == [
            ("origin-without-scheme", "policies['broken'], allow_origins"),
            ("wrong-type", "policies['typo']"),
            ("wrong-type", "policies['number']"),
            ("invalid-name", "policies['no name']"),
            ("unknown-endpoint", "endpoints['nmaed']"),
            ("unknown-policy", "endpoints['named']"),
            ("wrong-type", "endpoints['refined']"),
            ("unknown-policy", "@cors on 'named', name"),
            ("invalid-max-age", "@cors on 'refined', max_age"),
        ]
        text = str(caught.value)
        assert text.startswith("the CORS policies of this app cannot work:\n  ")
        assert (
            "there is no policy named 'partner' (defined: 'partners', 'no name'); use 'partners'"
            in text
        )
        assert "no policy named 'elsewhere'" in text
        assert "define it with policies={'elsewhere': Policy(...)}" in text
        assert "the app has no endpoint 'nmaed'; use 'named'" in text

    def test_a_policy_with_a_fault_is_not_called_unknown_too(self):
        with pytest.raises(PolicyError) as caught:
            build(
                views={"decorated": cors("broken")(lambda: None), "named": lambda: None},
                policies={"broken": {"allow_origins": "app.example"}},
                endpoints={"named": "broken"},
            )
        assert [problem.code for problem in caught.value.problems] == ["origin-without-scheme"]

    def test_an_unknown_endpoint_without_a_similar_name_is_to_be_removed(self):
        with pytest.raises(PolicyError, match="no endpoint 'anything'; remove it"):
            build(views={}, endpoints={"anything": None})

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            pytest.param({"policies": "api"}, "'api' is not a mapping; use", id="policies"),
            pytest.param({"endpoints": ["plain"]}, "expected a mapping, got", id="endpoints"),
            pytest.param({"policies": {1: API}}, "1 is not a policy name", id="number-for-a-name"),
            pytest.param({"endpoint": {}}, "use 'endpoints'", id="misspelt-table"),
            pytest.param({"servername": "x"}, "use 'server_name'", id="misspelt-option"),
        ],
    )
    def test_a_wrong_table_or_option_is_rejected(self, options, message):
        with pytest.raises((TypeError, PolicyError), match=message):
            build(**options)

    @pytest.mark.parametrize("second", [{"policy": API}, {"allow_origins": APP}])
    def test_a_second_default_is_rejected(self, second):
        with pytest.raises(TypeError, match="is already the default"):
            build(policies={"default": API}, **second)

    def test_a_policy_and_settings_together_are_rejected(self):
        with pytest.raises(TypeError, match="takes exactly one of"):
            build(policy=API, allow_origins=APP)


@pytest.mark.parametrize("wrong", [{}, [Rule("/", endpoint="plain")], Policy(APP)])
def test_what_is_not_a_map_is_rejected(wrong):
    advice = r"use CORS\(app, url_map, views, policy\)"
    with pytest.raises(TypeError, match=rf"is not a werkzeug\.routing\.Map; {advice}"):
        CORS(hello, wrong, VIEWS)


@pytest.mark.parametrize("wrong", [None, [decorated], Policy(APP)])
def test_views_that_are_not_a_mapping_are_rejected(wrong):
    advice = r"use CORS\(app, url_map, views, policy\), with the views by endpoint"
    with pytest.raises(TypeError, match=rf"is not a mapping; {advice}"):
        CORS(hello, Map(), wrong)


def test_a_second_policy_by_position_is_rejected():
    with pytest.raises(TypeError, match=r"one policy by position, .* use policies=\{'name'"):
        CORS(hello, Map(), VIEWS, API, DEFAULT)


class TestRedirects:
    def test_a_redirect_within_the_app_has_the_policy_of_its_target(self):
        app = build(Rule("/decorated/", endpoint="decorated"), policy=DEFAULT)
        response = Response(app, environ(path="/decorated", origin=APP))
        assert (response.status[:3], response["Access-Control-Allow-Origin"]) == ("308", APP)
        assert methods_of(app, preflight("/decorated")) == "DELETE, GET, HEAD, PATCH, POST, PUT"

    def test_slashes_are_merged_and_names_are_decoded(self):
        app = build(Rule("/caf\u00e9/x y/", endpoint="decorated"))
        path = "/café//x y".encode().decode("latin-1")
        response = Response(app, environ(path=path, origin=APP))
        assert (response.status[:3], response["Access-Control-Allow-Origin"]) == ("308", APP)

    def test_a_redirect_below_a_mount_stays_in_the_app(self):
        app = build(Rule("/decorated/", endpoint="decorated"))
        request = environ(path="/decorated", origin=APP) | {"SCRIPT_NAME": "/mount"}
        response = Response(app, request)
        assert response["Location"] == "http://api.example/mount/decorated/"
        assert response["Access-Control-Allow-Origin"] == APP

    @pytest.mark.parametrize(
        "target",
        [
            pytest.param("https://api.example/mount/decorated", id="other-scheme"),
            pytest.param("http://other.example/mount/decorated", id="other-host"),
            pytest.param("http://api.example/elsewhere", id="above-the-mount"),
            pytest.param("//other.example/mount/decorated", id="without-a-scheme"),
        ],
    )
    def test_a_redirect_that_leaves_the_app_has_no_policy_not_even_the_default(self, target):
        app = build(
            Rule("/decorated", endpoint="decorated"),
            Rule("/away", endpoint="plain", redirect_to=target),
            policy=DEFAULT,
        )
        for make in environ, preflight:
            request = make(path="/away", origin="https://default.example")
            response = Response(app, request | {"SCRIPT_NAME": "/mount"})
            assert response["Location"] == target.replace(
                "//other", "http://other", target[0] == "/"
            )
            assert response.all("Vary") == response.all("Access-Control-Allow-Origin") == []

    def test_a_redirect_to_an_unknown_url_has_the_default(self):
        app = build(Rule("/old", endpoint="plain", redirect_to="/gone"), policy=DEFAULT)
        request = environ(path="/old", origin="https://default.example")
        assert origin_of(app, request) == "https://default.example"

    def test_a_method_that_is_redirected_to_a_websocket_is_not_listed(self):
        app = build(
            Rule("/a", endpoint="plain", methods=["GET"], redirect_to="/ws"),
            Rule("/a", endpoint="decorated", methods=["POST"]),
            Rule("/ws", endpoint="plain", websocket=True),
        )
        assert methods_of(app, preflight("/a", method="POST")) == "POST"

    def test_a_redirect_loop_has_no_policy(self):
        app = build(
            Rule("/a", endpoint="plain", redirect_to="/b"),
            Rule("/b", endpoint="plain", redirect_to="/a"),
            policy=DEFAULT,
        )
        assert origin_of(app, environ(path="/a", origin="https://default.example")) is None

    def test_a_method_that_is_redirected_is_not_listed(self):
        app = build(
            Rule("/x", endpoint="decorated", methods=["PUT"]),
            Rule("/x", endpoint="plain", methods=["GET"], redirect_to="/y"),
        )
        assert methods_of(app, preflight("/x", method="PUT")) == "PUT"


class TestMethodsThatNoViewServes:
    def test_they_have_the_common_policy_of_all_views_of_the_url(self):
        app = build(
            Rule("/", endpoint="decorated", methods=["GET"]),
            Rule("/", endpoint="same", methods=["PUT"]),
            views={**VIEWS, "same": cors(Policy(allow_origins=[APP]))(lambda: "")},
            policy=DEFAULT,
        )
        assert origin_of(app, environ("DELETE", origin=APP)) == APP
        assert methods_of(app, preflight(method="DELETE")) == "GET, HEAD, PUT"

    def test_they_have_no_policy_if_the_views_have_different_policies(self):
        app = build(
            Rule("/", endpoint="decorated", methods=["GET"]),
            Rule("/", endpoint="plain", methods=["PUT"]),
            policy=DEFAULT,
        )
        for request in environ("DELETE", origin=APP), preflight(method="DELETE"):
            response = Response(app, request)
            assert response.status.startswith("405")
            assert response["Vary"] is None

    def test_they_have_no_policy_if_all_methods_of_the_url_are_redirected(self):
        app = build(Rule("/", endpoint="plain", methods=["GET"], redirect_to="/y"), policy=DEFAULT)
        assert origin_of(app, environ("DELETE", origin="https://default.example")) is None


class TestConverters:
    """They are code of the app, and run with values from requests."""

    class Fragile(BaseConverter):
        def to_python(self, value):
            if value == "bad":
                raise ValidationError
            raise LookupError(value)

    app = build(
        Rule("/<fragile:value>", endpoint="decorated"),
        policy=DEFAULT,
        map_options={"converters": {"fragile": Fragile}},
    )

    def test_a_converter_that_rejects_a_value_makes_a_404(self):
        request = preflight("/bad", origin="https://default.example")
        assert origin_of(self.app, request) == "https://default.example"

    def test_a_converter_that_raises_finds_no_policy_and_is_logged(self, caplog):
        request = preflight("/x\n")
        with pytest.raises(
            LookupError
        ):  # raised by the app when it routes the request that was passed on
            Response(self.app, request)
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert caplog.messages == [r"'/x\n': routing raised an exception"]
        assert caplog.records[0].exc_info[0] is LookupError


class TestHosts:
    def test_rules_may_match_the_host(self):
        app = build(
            Rule("/", endpoint="decorated", host="api.example"),
            Rule("/", endpoint="internal", host="other.example"),
            map_options={"host_matching": True},
        )
        assert origin_of(app, environ(origin=APP)) == APP
        assert origin_of(app, environ(origin=APP) | {"HTTP_HOST": "other.example"}) is None

    def test_rules_may_match_the_subdomain(self):
        app = build(Rule("/", endpoint="decorated", subdomain="api"), server_name="site.example")
        assert origin_of(app, environ(origin=APP) | {"HTTP_HOST": "api.site.example"}) == APP

    def test_a_redirect_to_another_host_leaves_the_app(self):
        app = build(
            Rule("/", endpoint="decorated", host="api.example"),
            Rule("/", endpoint="plain", host="www.example", redirect_to="http://api.example/"),
            map_options={"host_matching": True},
            policy=DEFAULT,
        )
        request = environ(origin=APP) | {"HTTP_HOST": "www.example"}
        assert origin_of(app, request) is None

    def test_an_error_response_of_the_router_is_logged_at_debug_level(self, monkeypatch, caplog):
        caplog.set_level("DEBUG", logger="wsgicors")
        app = build(Rule("/", endpoint="decorated"))

        def match(*_, **__):
            raise SecurityError("untrusted host")

        monkeypatch.setattr(MapAdapter, "match", match)
        assert Response(app, environ(origin=OTHER)).status == "400 BAD REQUEST"
        assert but_coverage(caplog.records)[0].levelname == "DEBUG"


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        pytest.param("/items", "GET", ("view", ["GET", "HEAD"], "items", "/items"), id="view"),
        pytest.param("/items", "PUT", ("405", ["GET", "HEAD"], None, ""), id="405"),
        pytest.param("/unknown", "GET", ("404", None, None, ""), id="404"),
        pytest.param("/away", "GET", ("none-here", None, None, ""), id="redirect-elsewhere"),
    ],
)
def test_a_route_describes_the_view_that_a_request_reaches(path, method, expected):
    @cors(allow_origins=[APP])
    def items():
        return "ok"

    rules = [
        Rule("/items", endpoint="items", methods=["GET"]),
        Rule("/away", redirect_to="https://elsewhere.example/"),
    ]
    app = CORS(hello, Map(rules), {"items": items})
    route = app.resolver.route_of(environ(path=path), method)
    assert (route.kind, route.methods, route.endpoint, route.rule) == expected
    assert (route.code is items) == (route.kind == "view")


def test_a_header_that_the_policy_widens_is_named_once_with_its_path(caplog):
    def partner():
        return WerkzeugResponse(headers={"Access-Control-Allow-Origin": "https://partner.example"})

    rules = [Rule("/partner", endpoint="partner"), Rule("/other", endpoint="partner")]
    app = build(*rules, views={"partner": partner}, policy=Policy("*"))
    for path in "/partner", "/other":
        assert origin_of(app, environ(path=path, origin=OTHER)) == "*"
    [message] = caplog.messages
    assert message.startswith("'/partner' sets Access-Control-Allow-Origin to")


def test_the_audit_shows_the_view_of_the_rule_that_was_added_first():
    rules = [Rule("/first", endpoint="plain"), Rule("/x", endpoint="decorated")]
    app = build(*rules, Rule("/x", endpoint="plain"), policy=DEFAULT)
    found = {row.endpoint for row in survey(app).rows if row.url == "/x"}
    assert found == {"decorated"}


ENDPOINTS = st.sampled_from(["a", "b", "c"])
PATHS = st.sampled_from(["/x", "/x/", "/y", "/<one>", "/<int:one>", "/y/<path:rest>"])
METHODS = st.sampled_from([None, ["GET"], ["POST"], ["GET", "POST"]])


@given(st.lists(st.tuples(ENDPOINTS, PATHS, METHODS), max_size=8))
def test_each_row_has_the_view_that_the_map_finds(given_rules):
    rules = [Rule(path, endpoint=name, methods=methods) for name, path, methods in given_rules]
    url_map = Map(rules)
    views = dict.fromkeys("abc", plain)
    urls = url_map.bind("api.example")
    for row in survey(CORS(hello, url_map, views, API)).rows:
        path = row.url.replace("<int:one>", "1").replace("<one>", "z").replace("<path:rest>", "z/z")
        assert row.endpoint == urls.match(path, row.method)[0]
