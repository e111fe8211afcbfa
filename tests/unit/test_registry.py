"""Which policy an endpoint has, and the faults that tables and decorators can have."""

import pytest

from wsgicors import Policy, PolicyError
from wsgicors._decorator import Mark, cors
from wsgicors._marks import MethodOf
from wsgicors._registry import PolicyRegistry, with_configured, with_default

api = Policy(allow_origins=["https://app.example"])
other = Policy(allow_origins=["https://other.example"])
public = Policy(allow_origins="*")


def view():
    return ""


@cors("readers")
def marked():
    return ""


@cors("readers", max_age=60)
def refined():
    return ""


class Photos:
    @cors(other)
    def on_put(self):
        return ""


VIEWS = {
    "view": view,
    "shop.items": view,
    "shop.staff.items": view,
    "marked": marked,
    "refined": refined,
    "photos": MethodOf(Photos, "on_put"),
}


def read(policies=None, endpoints=None, blueprints=None, views=VIEWS):
    policies = {"readers": api} if policies is None else policies
    groups = ("shop", "shop.staff", "shop.bills.pdf", "shop.rss", "news.rss")
    return PolicyRegistry(policies, views.items(), endpoints or {}, blueprints or {}, groups)


class TestBeforeAViewIsDecorated:
    @pytest.fixture(autouse=True)
    def _no_marks(self, monkeypatch):
        monkeypatch.setattr(Mark, "is_in_use", False)

    def test_no_view_is_read(self):
        views = iter([("view", view)])
        assert PolicyRegistry({"default": api}, views, {}).default is api
        assert [*views] == [("view", view)]

    def test_the_endpoints_of_a_table_are_checked(self):
        registry = read(endpoints={"view": "readers"})
        assert registry.policy_of("view", view, "GET") is api
        with pytest.raises(PolicyError, match="the app has no endpoint 'vew'; use 'view'"):
            read(endpoints={"vew": api})

    def test_a_decorator_counts_from_then_on(self):
        registry = PolicyRegistry({"readers": api}, [("late", view)], {})
        late = cors("readers", max_age=60)(lambda: "")
        assert Mark.is_in_use
        assert registry.policy_of("late", late, "GET") == api.derive(max_age=60)
        assert read().policy_of("marked", marked, "GET") == api

    def test_a_decorator_that_was_made_and_not_applied_is_found(self):
        class Items:
            method_decorators = (cors(api),)

        found = messages(views={"items": MethodOf(Items, "get")})
        assert any("cors() in method_decorators gets each method" in text for text in found)


def source(registry, endpoint):
    return registry.source_of(endpoint, VIEWS[endpoint], "GET")[:4]


def messages(**tables):
    with pytest.raises(PolicyError) as caught:
        read(**tables)
    return {f"{p.setting}: {p.message}" for p in caught.value.problems}


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        pytest.param("marked", ("view", "readers", api), id="decorator"),
        pytest.param("refined", ("view", "readers", api.derive(max_age=60)), id="refined"),
        pytest.param("photos", ("method", "", other), id="method"),
        pytest.param("view", ("endpoints", "view", None), id="endpoints"),
        pytest.param("shop.items", ("blueprint", "shop", other), id="blueprint"),
        pytest.param("shop.staff.items", ("blueprint", "shop.staff", None), id="longest"),
    ],
)
def test_the_most_specific_policy_applies_and_is_not_merged(endpoint, expected):
    registry = read(
        {"readers": api, "default": public},
        endpoints={"view": None},
        blueprints={"shop": other, "shop.staff": None},
    )
    assert source(registry, endpoint) == (*expected, "")


def test_an_endpoint_without_its_own_policy_has_the_default_if_there_is_a_default():
    assert source(read({"readers": api, "default": public}), "view") == ("default", "", public, "")
    assert source(read(), "view") == ("none", "", None, "")
    assert source(read(blueprints={"shop": api}), "view") == ("none", "", None, "")


def test_a_decorator_that_cannot_work_is_no_policy_with_a_fault():
    registry = read()

    @cors("raeders")
    def late():
        return ""

    message = "there is no policy named 'raeders' (defined: 'readers'); use 'readers'"
    assert registry.source_of("late", late, "GET")[:4] == ("view", "raeders", None, message)
    assert registry.policy_of("late", late, "GET") is None


def test_a_nested_group_has_the_policy_of_the_outer_group():
    found = source(read(blueprints={"shop": api}), "shop.staff.items")
    assert found == ("blueprint", "shop", api, "")


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        pytest.param(
            {"policies": ["readers"], "views": {}},
            "policies: expected a mapping, got ['readers']; use policies={...}",
            id="not-a-mapping",
        ),
        pytest.param(
            {"policies": {"no name": api}, "views": {}},
            "policies['no name']: 'no name' is not a policy name; "
            "use letters, digits and underscores",
            id="invalid-name",
        ),
        pytest.param(
            {"policies": {"readers": 3}, "views": {}},
            "policies['readers']: expected a policy, got 3; "
            "use Policy(...), or a mapping of its settings",
            id="not-a-policy",
        ),
        pytest.param(
            {"policies": {"readers": {"allow_origins": "*", "max_age": -1}}, "views": {}},
            "policies['readers'], max_age: ",
            id="invalid-max-age",
        ),
        pytest.param(
            {"policies": {"readers": {"max_age": 1}}, "views": {}},
            "policies['readers']: ",
            id="without-origins",
        ),
        pytest.param(
            {"endpoints": {"veiw": api}},
            "endpoints['veiw']: the app has no endpoint 'veiw'; use 'view'",
            id="unknown-endpoint",
        ),
        pytest.param(
            {"blueprints": {"kitchen": api}},
            "blueprints['kitchen']: the app has no blueprint 'kitchen'; remove it",
            id="unknown-blueprint",
        ),
        pytest.param(
            {"blueprints": {"pdf": api}},
            "blueprints['pdf']: the app has no blueprint 'pdf'; use 'shop.bills.pdf'",
            id="nested-blueprint",
        ),
        pytest.param(
            {"blueprints": {"rss": api}},
            "blueprints['rss']: the app has no blueprint 'rss'; use 'shop.rss' or 'news.rss'",
            id="nested-blueprints",
        ),
        pytest.param(
            {"endpoints": {"ls": api}, "views": {"admin:shop:ls": None, "ls_all": None}},
            "endpoints['ls']: the app has no endpoint 'ls'; use 'admin:shop:ls'",
            id="endpoint-of-a-namespace",
        ),
        pytest.param(
            {"endpoints": {"view": "reader"}},
            "endpoints['view']: there is no policy named 'reader' (defined: 'readers'); "
            "use 'readers'",
            id="unknown-policy",
        ),
        pytest.param(
            {"endpoints": {"view": 3}},
            "endpoints['view']: expected a policy, got 3; "
            "use Policy(...), the name of a policy, or None",
            id="neither-policy-nor-name",
        ),
        pytest.param(
            {"endpoints": {"photos": api}},
            "endpoints['photos']: its view is decorated with @cors, which takes precedence; "
            "remove one of the two",
            id="decorated-too",
        ),
        pytest.param(
            {"policies": {}},
            "@cors on 'marked', name: there is no policy named 'readers' (defined: none); "
            "define it with policies={'readers': Policy(...)}",
            id="decorator-without-policy",
        ),
    ],
)
def test_a_fault_is_reported_with_what_to_use_instead(tables, expected):
    assert any(message.startswith(expected) for message in messages(**tables))


def test_all_faults_are_reported_at_once():
    assert len(messages(policies={}, endpoints={"veiw": 3}, blueprints={"kitchen": 4})) == 6


class TestTheDefault:
    def test_a_policy_or_its_settings_are_added_to_the_named_policies(self):
        expected = {"readers": api, "default": public}
        assert with_default({"readers": api}, public, {}, ()) == expected
        assert with_default({"readers": api}, None, {"allow_origins": "*"}, ()) == expected
        assert with_default({"readers": api}, None, {}, ()) == {"readers": api}
        assert with_default(None, public, {}, ()) == {"default": public}

    @pytest.mark.parametrize("policy", [None, public], ids=["without-a-default", "with-a-default"])
    def test_policies_that_are_added_later_count(self, policy):
        given = {}
        policies = with_default(given, policy, {}, ())
        given["readers"] = api
        assert policies["readers"] is api
        assert policies.get("default") is policy
        assert given == {"readers": api}

    def test_two_defaults_are_rejected(self):
        with pytest.raises(TypeError, match="is already the default; remove the other policy"):
            with_default({"default": api}, public, {}, ())

    @pytest.mark.parametrize("default", [{"policy": public}, {"settings": {"allow_origins": "*"}}])
    def test_a_second_default_that_is_added_later_is_an_error(self, default):
        given = {}
        policies = with_default(given, **{"policy": None, "settings": {}, "also": (), **default})
        assert PolicyRegistry(policies, [], {}).default == public
        given["default"] = api
        for read in (
            lambda: PolicyRegistry(policies, [], {}),
            lambda: with_configured(policies, {}, "CORS_POLICIES"),
        ):
            with pytest.raises(PolicyError) as caught:
                read()
            assert [(p.code, p.setting) for p in caught.value.problems] == [
                ("defined-twice", "policies['default']")
            ]
            assert "remove one of the two" in str(caught.value)

    def test_a_default_that_is_added_later_to_policies_without_one_counts(self):
        given = {}
        policies = with_default(given, None, {}, ())
        given["default"] = api
        assert PolicyRegistry(policies, [], {}).default is api

    def test_policies_that_are_not_a_mapping_are_rejected(self):
        with pytest.raises(TypeError, match=r"use policies=\{'name': Policy"):
            with_default([api], None, {}, ())


class TestTrials:
    def test_every_way_to_give_a_policy_keeps_its_trial(self):
        tried = api.with_trial(other)
        tables = {"view": tried}, {"shop": "readers"}
        registry = read({"readers": tried, "default": tried}, *tables)
        for endpoint in ("view", "shop.items", "marked", "unknown"):
            assert registry.policy_of(endpoint, VIEWS.get(endpoint), "GET").trial is other

    def test_a_refinement_of_a_name_changes_the_trial_too(self):
        registry = read({"readers": api.with_trial(other)})
        policy = registry.policy_of("refined", refined, "GET")
        assert (policy.max_age, policy.trial) == (60, other.derive(max_age=60))

    def test_a_refinement_that_only_the_trial_cannot_take_names_the_trial(self):
        @cors("readers", allow_credentials=True)
        def with_credentials():
            return ""

        with pytest.raises(PolicyError) as caught:
            read({"readers": api.with_trial(public)}, views={"view": with_credentials})
        (problem,) = caught.value.problems
        assert problem.setting == "@cors on 'view', trial, allow_credentials"

    def test_a_policy_without_the_trial_is_equal_and_replaces_the_one_with_it(self):
        registry = read({"readers": api.with_trial(other)}, {"view": api})
        assert registry.policy_of("view", view, "GET") == registry.named["readers"]
        assert registry.policy_of("view", view, "GET").trial is None

    def test_only_an_equal_policy_with_the_same_trial_gives_its_name(self):
        tried = api.with_trial(other)
        registry = read({"readers": api, "tried": tried}, {"view": tried, "shop.items": None})
        assert registry.name_of("view", view, "GET") == "tried"
        assert registry.name_of("shop.items", view, "GET") is None
        assert read(endpoints={"view": tried}).name_of("view", view, "GET") is None
        registry = read({"readers": tried}, {"view": api, "shop.items": api.with_trial(other)})
        assert registry.name_of("view", view, "GET") is None
        assert registry.name_of("shop.items", view, "GET") == "readers"
