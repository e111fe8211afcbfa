"""Which policy an endpoint has: the nearest one, whole; and what tables cannot say."""

import pytest

from wsgicors import Policy, PolicyError
from wsgicors.marks import MethodOf, cors
from wsgicors.naming import with_default
from wsgicors.tables import Tables

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
    groups = ("shop", "shop.staff")
    return Tables(policies, views.items(), endpoints or {}, blueprints or {}, groups)


def source(tables, endpoint):
    return tables.source_of(endpoint, VIEWS[endpoint], "GET")


def messages(**tables):
    with pytest.raises(PolicyError) as caught:
        read(**tables)
    return {f"{p.setting}: {p.message}" for p in caught.value.problems}


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        pytest.param("marked", ("view", "readers", api), id="mark"),
        pytest.param("refined", ("view", "readers", api.derive(max_age=60)), id="refined"),
        pytest.param("photos", ("method", "", other), id="method"),
        pytest.param("view", ("endpoints", "view", None), id="endpoints"),
        pytest.param("shop.items", ("blueprint", "shop", other), id="blueprint"),
        pytest.param("shop.staff.items", ("blueprint", "shop.staff", None), id="longest"),
    ],
)
def test_the_nearest_policy_wins_whole(endpoint, expected):
    tables = read(
        {"readers": api, "default": public},
        endpoints={"view": None},
        blueprints={"shop": other, "shop.staff": None},
    )
    assert source(tables, endpoint) == expected


def test_what_nothing_speaks_of_has_the_default_or_none():
    assert source(read({"readers": api, "default": public}), "view") == ("default", "", public)
    assert source(read(), "view") == ("none", "", None)
    assert source(read(blueprints={"shop": api}), "view") == ("none", "", None)


def test_a_group_within_another_has_the_policy_of_the_outer_one():
    found = source(read(blueprints={"shop": api}), "shop.staff.items")
    assert found == ("blueprint", "shop", api)


def test_a_policy_is_remembered_for_a_view_and_looked_up_for_a_method_of_a_class():
    tables = read()
    for endpoint in "marked", "marked", "photos":
        tables.policy_of(endpoint, VIEWS[endpoint], "GET")
    assert tables.known == {"marked": (marked, api)}
    assert tables.policy_of("marked", view, "GET") is None  # another view took the endpoint


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        pytest.param(
            {"policies": ["readers"], "views": {}},
            "policies: ['readers'] is a list, where a table belongs; write policies={...}",
            id="no-table",
        ),
        pytest.param(
            {"policies": {"no name": api}, "views": {}},
            "policies['no name']: 'no name' cannot name a policy; "
            "write letters, digits and underscores",
            id="no-name",
        ),
        pytest.param(
            {"policies": {"readers": 3}, "views": {}},
            "policies['readers']: 3 is an int, where a policy belongs; "
            "write Policy(...), or a table of its settings",
            id="no-policy",
        ),
        pytest.param(
            {"policies": {"readers": {"allow_origins": "*", "max_age": -1}}, "views": {}},
            "policies['readers'], max_age: ",
            id="no-such-age",
        ),
        pytest.param(
            {"policies": {"readers": {"max_age": 1}}, "views": {}},
            "policies['readers']: ",
            id="no-origins",
        ),
        pytest.param(
            {"endpoints": {"veiw": api}},
            "endpoints['veiw']: the app has no endpoint 'veiw'; write 'view'",
            id="no-endpoint",
        ),
        pytest.param(
            {"blueprints": {"kitchen": api}},
            "blueprints['kitchen']: the app has no blueprint 'kitchen'; leave it out",
            id="no-blueprint",
        ),
        pytest.param(
            {"endpoints": {"view": "reader"}},
            "endpoints['view']: there is no policy named 'reader' (defined: 'readers'); "
            "write 'readers'",
            id="no-such-name",
        ),
        pytest.param(
            {"endpoints": {"view": 3}},
            "endpoints['view']: 3 is an int, where a policy belongs; "
            "write Policy(...), the name of one, or None",
            id="neither-policy-nor-name",
        ),
        pytest.param(
            {"endpoints": {"photos": api}},
            "endpoints['photos']: its view carries a mark, which is nearer; take one of them away",
            id="marked-too",
        ),
        pytest.param(
            {"policies": {}},
            "@cors on 'marked', name: there is no policy named 'readers' (defined: none); "
            "define it with policies={'readers': Policy(...)}",
            id="mark-without-policy",
        ),
    ],
)
def test_what_cannot_work_is_said_with_what_to_write(tables, expected):
    assert any(message.startswith(expected) for message in messages(**tables))


def test_all_faults_are_said_at_once():
    assert len(messages(policies={}, endpoints={"veiw": 3}, blueprints={"kitchen": 4})) == 6


def test_a_mark_that_no_router_will_see_is_warned_of(caplog):
    def wrapper():
        return ""

    wrapper.__wrapped__ = view
    cors(api)(wrapper)
    read()
    assert "write the route first" in caplog.text


class TestTheDefault:
    def test_a_policy_or_its_settings_stand_beside_the_named_ones(self):
        expected = {"readers": api, "default": public}
        assert with_default({"readers": api}, public, {}, ()) == expected
        assert with_default({"readers": api}, None, {"allow_origins": "*"}, ()) == expected
        assert with_default({"readers": api}, None, {}, ()) == {"readers": api}

    def test_two_defaults_are_refused(self):
        with pytest.raises(TypeError, match="is the default already; leave out the other"):
            with_default({"default": api}, public, {}, ())

    def test_what_is_no_table_is_refused(self):
        with pytest.raises(TypeError, match=r"write policies=\{'name': Policy"):
            with_default([api], None, {}, ())
