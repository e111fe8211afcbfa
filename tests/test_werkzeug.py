import pytest
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import BaseConverter, Map, MapAdapter, Rule, ValidationError
from werkzeug.wrappers import Response as WerkzeugResponse

from wsgicors import Policy, PolicyError
from wsgicors.tables import Tables
from wsgicors.werkzeug import CORS, cors

from .helpers import APP, OTHER, Response, environ, hello, preflight

API = Policy(allow_origins=[APP])
DEFAULT = Policy(allow_origins=["https://default.example"], allow_methods=None)


@cors(API)
def marked():
    return WerkzeugResponse("marked")


@cors(None)
def internal():
    return WerkzeugResponse("internal")


def plain():
    return WerkzeugResponse("plain")


VIEWS = {"marked": marked, "plain": plain, "internal": internal}


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
        Rule("/marked", endpoint="marked", methods=["GET", "PUT"]),
        Rule("/plain", endpoint="plain"),
        Rule("/internal", endpoint="internal"),
        policy=DEFAULT,
    )

    @pytest.mark.parametrize(
        ("path", "origin"),
        [("/marked", APP), ("/plain", "https://default.example"), ("/internal", None)],
    )
    def test_every_view_has_its_own_policy_or_the_default(self, path, origin):
        for asked in APP, "https://default.example":
            granted = asked if asked == origin else None
            assert origin_of(self.app, environ(path=path, origin=asked)) == granted
            assert origin_of(self.app, preflight(path, origin=asked)) == granted

    def test_a_rule_without_methods_serves_what_is_asked_for(self):
        request = preflight("/plain", origin="https://default.example", method="PURGE")
        assert methods_of(self.app, request) == "DELETE, GET, HEAD, PATCH, POST, PURGE, PUT"

    def test_an_unknown_url_has_the_default_and_lists_what_was_asked_for(self):
        request = preflight("/unknown", origin="https://default.example", method="DELETE")
        assert methods_of(self.app, request) == "DELETE"

    def test_an_unknown_url_lists_what_the_default_lists(self):
        app = build(policy=DEFAULT.derive(allow_methods=["PUT"]))
        request = preflight("/unknown", origin="https://default.example", method="DELETE")
        assert methods_of(app, request) == "PUT"

    def test_options_is_listed_where_a_rule_declares_it(self):
        app = build(Rule("/", endpoint="marked", methods=["GET", "OPTIONS"]))
        assert methods_of(app, preflight("/")) == "GET, HEAD, OPTIONS"

    def test_what_changes_the_path_further_in_decides_neither_preflights_nor_responses(self):
        def app(environ, start_response):
            environ["PATH_INFO"] = "/marked"
            return marked()(environ, start_response)

        urls = Map([Rule("/marked", endpoint="marked")])
        wrapped = CORS(app, urls, {"marked": marked}, Policy(allow_origins="*"))
        assert origin_of(wrapped, preflight("/unknown", origin=OTHER)) == "*"
        assert origin_of(wrapped, environ(path="/unknown", origin=OTHER)) == "*"


class TestTables:
    def test_an_endpoint_that_carries_no_mark_has_a_policy_from_the_table(self):
        app = build(Rule("/", endpoint="plain"), policies={"api": API}, endpoints={"plain": "api"})
        assert origin_of(app, environ(origin=APP)) == APP

    def test_an_entry_that_a_mark_overrules_is_said_to_be_dead(self):
        with pytest.raises(PolicyError, match="carries a mark, which is nearer; take one of them"):
            build(Rule("/", endpoint="marked"), endpoints={"marked": None})

    def test_an_entry_is_for_those_views_of_an_endpoint_that_carry_no_mark(self):
        tables = Tables({}, [("e", marked), ("e", plain)], {"e": DEFAULT}, {})
        assert tables.policy_of("e", marked, "GET") == API
        assert tables.policy_of("e", plain, "GET") == DEFAULT

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

    def test_all_that_is_wrong_is_said_at_once(self):
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
        assert isinstance(caught.value, TypeError), "some of them are wrong types"
        told = [(problem.code, problem.setting) for problem in caught.value.problems]
        assert told == [
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
            "there is no policy named 'partner' (defined: 'partners', 'no name'); write 'partners'"
            in text
        )
        assert "no policy named 'elsewhere'" in text
        assert "define it with policies={'elsewhere': Policy(...)}" in text
        assert "the app has no endpoint 'nmaed'; write 'named'" in text

    def test_a_policy_with_a_fault_is_not_called_unknown_too(self):
        with pytest.raises(PolicyError) as caught:
            build(
                views={"marked": cors("broken")(lambda: None), "named": lambda: None},
                policies={"broken": {"allow_origins": "app.example"}},
                endpoints={"named": "broken"},
            )
        assert [problem.code for problem in caught.value.problems] == ["origin-without-scheme"]

    def test_an_endpoint_like_no_other_is_to_be_left_out(self):
        with pytest.raises(PolicyError, match="no endpoint 'anything'; leave it out"):
            build(views={}, endpoints={"anything": None})

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            pytest.param({"policies": "api"}, "'api' is no table", id="policies"),
            pytest.param({"endpoints": ["plain"]}, "where a table belongs", id="endpoints"),
            pytest.param({"policies": {1: API}}, "1 cannot name a policy", id="number-for-a-name"),
            pytest.param({"endpoint": {}}, "write 'endpoints'", id="misspelt-table"),
            pytest.param({"servername": "x"}, "write 'server_name'", id="misspelt-option"),
        ],
    )
    def test_what_is_no_table_is_told_what_to_write(self, options, message):
        with pytest.raises((TypeError, PolicyError), match=message):
            build(**options)

    @pytest.mark.parametrize("second", [{"policy": API}, {"allow_origins": APP}])
    def test_there_is_one_default(self, second):
        with pytest.raises(TypeError, match="is the default already"):
            build(policies={"default": API}, **second)

    def test_the_default_is_a_policy(self):
        with pytest.raises(TypeError, match="takes one of"):
            build(policy=API, allow_origins=APP)


class TestRedirects:
    def test_one_within_the_app_has_the_policy_of_its_target(self):
        app = build(Rule("/marked/", endpoint="marked"), policy=DEFAULT)
        response = Response(app, environ(path="/marked", origin=APP))
        assert (response.status[:3], response["Access-Control-Allow-Origin"]) == ("308", APP)
        assert methods_of(app, preflight("/marked")) == "DELETE, GET, HEAD, PATCH, POST, PUT"

    def test_slashes_are_merged_and_names_are_decoded(self):
        app = build(Rule("/caf\u00e9/x y/", endpoint="marked"))
        path = "/café//x y".encode().decode("latin-1")
        response = Response(app, environ(path=path, origin=APP))
        assert (response.status[:3], response["Access-Control-Allow-Origin"]) == ("308", APP)

    def test_one_under_a_mount_stays_in_the_app(self):
        app = build(Rule("/marked/", endpoint="marked"))
        request = environ(path="/marked", origin=APP) | {"SCRIPT_NAME": "/mount"}
        response = Response(app, request)
        assert response["Location"] == "http://api.example/mount/marked/"
        assert response["Access-Control-Allow-Origin"] == APP

    @pytest.mark.parametrize(
        "target",
        [
            pytest.param("https://api.example/mount/marked", id="another-scheme"),
            pytest.param("http://other.example/mount/marked", id="another-host"),
            pytest.param("http://api.example/elsewhere", id="above-the-mount"),
            pytest.param("//other.example/mount/marked", id="no-scheme"),
        ],
    )
    def test_one_that_leaves_the_app_has_no_policy_not_even_the_default(self, target):
        app = build(
            Rule("/marked", endpoint="marked"),
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

    def test_one_that_ends_nowhere_has_the_default(self):
        app = build(Rule("/old", endpoint="plain", redirect_to="/gone"), policy=DEFAULT)
        request = environ(path="/old", origin="https://default.example")
        assert origin_of(app, request) == "https://default.example"

    def test_one_that_never_ends_has_no_policy(self):
        app = build(
            Rule("/a", endpoint="plain", redirect_to="/b"),
            Rule("/b", endpoint="plain", redirect_to="/a"),
            policy=DEFAULT,
        )
        assert origin_of(app, environ(path="/a", origin="https://default.example")) is None

    def test_a_method_that_is_redirected_is_not_among_the_siblings(self):
        app = build(
            Rule("/x", endpoint="marked", methods=["PUT"]),
            Rule("/x", endpoint="plain", methods=["GET"], redirect_to="/y"),
        )
        assert methods_of(app, preflight("/x", method="PUT")) == "PUT"


class TestMethodsThatNoViewServes:
    def test_they_have_the_policy_that_all_views_of_the_url_share(self):
        app = build(
            Rule("/", endpoint="marked", methods=["GET"]),
            Rule("/", endpoint="same", methods=["PUT"]),
            views={**VIEWS, "same": cors(Policy(allow_origins=[APP]))(lambda: "")},
            policy=DEFAULT,
        )
        assert origin_of(app, environ("DELETE", origin=APP)) == APP
        assert methods_of(app, preflight(method="DELETE")) == "GET, HEAD, PUT"

    def test_or_none(self):
        app = build(
            Rule("/", endpoint="marked", methods=["GET"]),
            Rule("/", endpoint="plain", methods=["PUT"]),
            policy=DEFAULT,
        )
        for request in environ("DELETE", origin=APP), preflight(method="DELETE"):
            response = Response(app, request)
            assert response.status.startswith("405")
            assert response["Vary"] is None

    def test_a_url_whose_methods_are_all_redirected_has_none(self):
        app = build(Rule("/", endpoint="plain", methods=["GET"], redirect_to="/y"), policy=DEFAULT)
        assert origin_of(app, environ("DELETE", origin="https://default.example")) is None


class TestConverters:
    """They are the app's own code, and run with whatever a request contains."""

    class Fragile(BaseConverter):
        def to_python(self, value):
            if value == "bad":
                raise ValidationError
            raise LookupError(value)

    app = build(
        Rule("/<fragile:value>", endpoint="marked"),
        policy=DEFAULT,
        map_options={"converters": {"fragile": Fragile}},
    )

    def test_one_that_declines_makes_a_404(self):
        request = preflight("/bad", origin="https://default.example")
        assert origin_of(self.app, request) == "https://default.example"

    def test_one_that_raises_finds_no_endpoint_and_the_log_says_so(self, caplog):
        request = preflight("/x\n")
        with pytest.raises(LookupError):  # from the app's own routing: we only passed it on
            Response(self.app, request)
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert caplog.messages == [r"'/x\n': routing raised"]
        assert caplog.records[0].exc_info[0] is LookupError


class TestHosts:
    def test_rules_may_match_the_host(self):
        app = build(
            Rule("/", endpoint="marked", host="api.example"),
            Rule("/", endpoint="internal", host="other.example"),
            map_options={"host_matching": True},
        )
        assert origin_of(app, environ(origin=APP)) == APP
        assert origin_of(app, environ(origin=APP) | {"HTTP_HOST": "other.example"}) is None

    def test_rules_may_match_the_subdomain(self):
        app = build(Rule("/", endpoint="marked", subdomain="api"), server_name="site.example")
        assert origin_of(app, environ(origin=APP) | {"HTTP_HOST": "api.site.example"}) == APP

    def test_a_redirect_to_another_host_leaves_the_app(self):
        app = build(
            Rule("/", endpoint="marked", host="api.example"),
            Rule("/", endpoint="plain", host="www.example", redirect_to="http://api.example/"),
            map_options={"host_matching": True},
            policy=DEFAULT,
        )
        request = environ(origin=APP) | {"HTTP_HOST": "www.example"}
        assert origin_of(app, request) is None

    def test_an_error_of_the_router_is_its_answer(self, monkeypatch, caplog):
        caplog.set_level("DEBUG", logger="wsgicors")
        app = build(Rule("/", endpoint="marked"))

        def match(*_, **__):
            raise SecurityError("untrusted host")

        monkeypatch.setattr(MapAdapter, "match", match)
        assert Response(app, environ(origin=OTHER)).status == "400 BAD REQUEST"
        assert caplog.records[0].levelname == "DEBUG"


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        pytest.param("/items", "GET", ("view", ["GET", "HEAD"], "items", "/items"), id="view"),
        pytest.param("/items", "PUT", ("405", ["GET", "HEAD"], None, ""), id="405"),
        pytest.param("/unknown", "GET", ("404", None, None, ""), id="404"),
        pytest.param("/away", "GET", ("none-here", None, None, ""), id="redirect-elsewhere"),
    ],
)
def test_a_route_says_what_a_request_reaches(path, method, expected):
    @cors(allow_origins=[APP])
    def items():
        return "ok"

    rules = [
        Rule("/items", endpoint="items", methods=["GET"]),
        Rule("/away", redirect_to="https://elsewhere.example/"),
    ]
    app = CORS(hello, Map(rules), {"items": items})
    route = app.route_of(environ(path=path), method)
    assert (route.kind, route.methods, route.endpoint, route.rule) == expected
    assert (route.code is items) == (route.kind == "view")
