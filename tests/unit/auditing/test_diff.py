"""What counts as a change, and which changes let pages do more than before."""

import pytest

from tests.helpers import APP, OTHER, hello
from wsgicors import CORSMiddleware, Policy
from wsgicors.auditing import Finding, Row, Survey, diff, document, new_findings, survey
from wsgicors.auditing.settings import settings_of
from wsgicors.paths import by_path

API = Policy(APP)
BOTH = Policy([APP, OTHER])
COOKIES = API.derive(allow_credentials=True)


def row(
    url="/", method="GET", policy=API, endpoint="", view="view", place="app.py:1", condition=""
):
    settings = None if policy is None else settings_of(policy)
    fields = {"url": url, "method": method, "endpoint": endpoint, "view": view}
    source = {"kind": "view", "name": ""}
    fields |= {"url": f"{url} ({condition})" if condition else url, "condition": condition}
    return {**fields, "place": place, "policy": settings, "source": source}


def compare(old, new):
    return diff({"version": 1, "rows": old}, {"version": 1, "rows": new})


def whole(policy):
    """Return the rows of an app with one policy."""
    return document(survey(CORSMiddleware(hello, policy)))["rows"]


def prefixes(**policies):
    resolve = by_path({f"/{name}": policy for name, policy in policies.items()})
    return document(survey(CORSMiddleware(hello, resolve=resolve)))["rows"]


def rights(change):
    """Return what a change adds and removes, as text."""
    return {
        f"{sign}{difference.right}: {item}"
        for difference in change.differences
        for sign, items in (("+", difference.added), ("-", difference.removed))
        for item in items
    }


def shown(changes):
    return [(change.url, change.kind, change.wider, change.narrower) for change in changes]


def test_a_change_says_whether_cookies_are_allowed_now():
    (change,) = compare([row()], [row(policy=COOKIES)])
    assert (change.credentials, change.wider) == (True, True)
    (change,) = compare([row(policy=COOKIES)], [row(policy=COOKIES.derive(expose_headers="ETag"))])
    assert (change.credentials, change.wider) == (True, True)
    (change,) = compare([row(policy=COOKIES)], [row()])
    assert (change.credentials, change.wider, change.narrower) == (False, False, True)


LISTED = BOTH.derive(allow_credentials=[APP])
"""Both origins read, and one of them with cookies."""


@pytest.mark.parametrize(
    ("old", "new", "shown", "wider", "narrower"),
    [
        pytest.param(BOTH, LISTED, {f"+credentials: {APP}"}, True, False, id="from nobody"),
        pytest.param(LISTED, BOTH, {f"-credentials: {APP}"}, False, True, id="to nobody"),
        pytest.param(
            LISTED,
            BOTH.derive(allow_credentials=True),
            {f"+credentials: {OTHER}"},
            True,
            False,
            id="to all",
        ),
        pytest.param(
            BOTH.derive(allow_credentials=True),
            LISTED,
            {f"-credentials: {OTHER}"},
            False,
            True,
            id="from all",
        ),
        pytest.param(
            LISTED,
            BOTH.derive(allow_credentials=[APP, OTHER]),
            {f"+credentials: {OTHER}"},
            True,
            False,
            id="one more",
        ),
        pytest.param(
            BOTH.derive(allow_credentials=[APP, OTHER]),
            BOTH.derive(allow_credentials=True),
            set(),
            False,
            False,
            id="the same, written in another way",
        ),
        pytest.param(
            COOKIES,
            Policy("*", allow_credentials=[APP]),
            {"+origins: *", f"-origins: {APP}"},
            True,
            False,
            id="everybody reads now",
        ),
    ],
)
def test_credentials_are_compared_by_origin_if_a_policy_lists_some(
    old, new, shown, wider, narrower
):
    changes = compare([row(policy=old)], [row(policy=new)])
    assert {right for change in changes for right in rights(change)} == shown
    assert any(change.wider for change in changes) == wider
    assert any(change.narrower for change in changes) == narrower


def test_a_narrower_pattern_is_no_gain_of_credentials():
    everywhere = Policy("*", accept_risks="subdomains-with-credentials")
    pattern = everywhere.derive(allow_credentials=["https://*.app.example"])
    one = everywhere.derive(allow_credentials=["https://a.app.example"])
    (change,) = compare([row(policy=pattern)], [row(policy=one)])
    assert (change.wider, change.narrower) == (False, True)
    assert rights(change) == {
        "+credentials: https://a.app.example",
        "-credentials: https://*.app.example",
    }


def test_cookies_are_not_allowed_to_origins_that_only_read():
    (change,) = compare([row(policy=LISTED.derive(allow_origins=APP))], [row(policy=LISTED)])
    assert (change.gains, change.credentials) == ({"origins"}, False)
    (change,) = compare([row(policy=LISTED)], [row(policy=LISTED.derive(expose_headers="ETag"))])
    assert (change.gains, change.credentials) == ({"exposed headers"}, True)
    both = LISTED.derive(allow_credentials=[APP, OTHER])
    (change,) = compare([row(policy=LISTED.derive(allow_origins=APP))], [row(policy=both)])
    assert (change.gains, change.credentials) == ({"origins", "credentials"}, True)


def test_methods_are_compared_by_origin_too_without_a_router():
    policies = (
        COOKIES.derive(allow_methods=["PUT"]),
        COOKIES.derive(allow_methods="*", allow_credentials=[APP]),
    )
    (change,) = compare(*map(whole, policies))
    assert (change.gains, change.narrower) == ({"methods"}, False)


def test_a_new_route_with_a_policy_is_wider_and_a_removed_route_is_narrower():
    assert shown(compare([], [row("/new")])) == [("/new", "new", True, False)]
    assert shown(compare([row("/old")], [])) == [("/old", "removed", False, True)]


@pytest.mark.parametrize("before", [[], [row(policy=None)]])
def test_a_route_without_a_policy_is_not_a_change(before):
    assert compare(before, [row(policy=None)]) == compare([row(policy=None)], before) == []


def test_a_policy_where_there_was_none_is_wider():
    assert shown(compare([row(policy=None)], [row()])) == [("/", "changed", True, False)]


def test_a_new_method_of_a_known_url_is_wider():
    (change,) = compare([row()], [row(), row(method="PUT")])
    assert (change.methods, change.kind, change.wider) == ("PUT", "new", True)


def test_an_origin_that_takes_the_place_of_another_is_both_wider_and_narrower():
    (change,) = compare([row()], [row(policy=Policy(OTHER))])
    assert (change.wider, change.narrower) == (True, True)


def test_a_route_with_a_new_url_is_moved():
    old, new = row("/items/<id>", endpoint="item"), row("/items/<key>", endpoint="item")
    (change,) = compare([old], [new])
    assert shown([change]) == [("/items/<key>", "moved", False, False)]
    assert (change.moved_from, change.differences) == ("/items/<id>", ())


def test_a_moved_route_is_compared_with_what_it_was():
    old, new = row("/a", endpoint="item"), row("/b", endpoint="item", policy=BOTH)
    (change,) = compare([old], [new])
    assert shown([change]) == [("/b", "moved", True, False)]
    assert rights(change) == {f"+origins: {OTHER}"}


def test_a_second_url_of_an_endpoint_is_a_new_route():
    old, new = row("/a", endpoint="item"), row("/b", endpoint="item")
    assert shown(compare([old], [old, new])) == [("/b", "new", True, False)]
    third = row("/c", endpoint="item")
    assert shown(compare([old], [new, third])) == [
        ("/c", "new", True, False),
        ("/b", "moved", False, False),
    ]


@pytest.mark.parametrize(
    ("view", "place"), [("export", "app.py:1"), ("view", "admin.py:1"), ("", "app.py:1")]
)
def test_another_view_with_the_endpoint_of_a_removed_route_is_a_new_route(view, place):
    old = row("/items", endpoint="items")
    new = row("/admin/export", endpoint="items", view=view, place=place)
    assert shown(compare([old], [new])) == [
        ("/admin/export", "new", True, False),
        ("/items", "removed", False, True),
    ]


def test_views_without_a_known_name_do_not_move():
    old, new = (row(url, endpoint="items", view="") for url in ("/a", "/b"))
    assert shown(compare([old], [new])) == [
        ("/b", "new", True, False),
        ("/a", "removed", False, True),
    ]


def test_a_view_that_moves_to_another_line_of_its_file_is_the_same():
    old, new = (row(url, endpoint="item", place=f"app.py:{len(url)}") for url in ("/a", "/bc"))
    assert shown(compare([old], [new])) == [("/bc", "moved", False, False)]


def test_a_moved_route_without_a_policy_is_not_a_change():
    old, new = (row(url, endpoint="item", policy=None) for url in ("/a", "/b"))
    assert compare([old], [new]) == []


def test_prefixes_do_not_move_because_they_have_no_endpoint():
    assert shown(compare(prefixes(a=API), prefixes(b=API))) == [
        ("/b", "new", True, False),
        ("/a", "removed", False, True),
    ]


def test_simple_requests_gain_from_a_policy_whose_methods_leave_them_out():
    listed = API.derive(allow_methods=["PUT"])
    (change,) = compare([row(policy=listed)], [row(policy=BOTH.derive(allow_methods=["PUT"]))])
    assert (rights(change), change.wider) == ({f"+origins: {OTHER}"}, True)
    (change,) = compare([row(policy=listed)], [row()])
    assert (rights(change), change.wider) == ({"+request headers: Content-Type"}, True)


def test_without_a_router_the_default_methods_are_those_of_simple_requests():
    listed = API.derive(allow_methods=["PUT"])
    (change,) = compare(whole(listed), whole(API))
    assert rights(change) == {"+methods: GET", "+methods: HEAD", "+methods: POST", "-methods: PUT"}
    assert (change.wider, change.narrower) == (True, True)
    assert compare(whole(API), whole(API.derive(allow_methods=["GET", "HEAD", "POST"]))) == []


def test_a_policy_for_each_route_is_compared_with_the_policy_of_the_whole_app():
    changes = compare(whole(API), [row("/a"), row("/a", "PUT"), row("/b", policy=BOTH)])
    assert [(c.url, c.methods, c.kind, c.wider) for c in changes] == [
        ("/a", "PUT", "changed", True),
        ("/b", "GET", "changed", True),
        ("*", "*", "removed", False),
    ]


def test_a_route_below_a_prefix_is_compared_with_the_prefix():
    changes = compare(prefixes(api=BOTH), [row("/api/items"), row("/apis")])
    assert shown(changes) == [
        ("/apis", "new", True, False),
        ("/api/items", "changed", False, True),
        ("/api", "removed", False, True),
    ]


def test_conditions_are_compared_with_the_url_without_them():
    divided = [row("/x", policy=BOTH, condition="header"), row("/x", condition="otherwise")]
    (change,) = compare([row("/x")], divided)
    assert shown([change]) == [("/x (header)", "changed", True, False)]
    (change,) = compare(divided, [row("/x")])
    assert shown([change]) == [("/x (header)", "changed", False, True)]
    assert compare(divided, divided) == []


def test_parentheses_in_a_url_are_not_a_condition():
    plain, odd = row("/files"), row("/files (private)", policy=BOTH)
    assert shown(compare([plain], [plain, odd])) == [("/files (private)", "new", True, False)]
    assert shown(compare([odd], [odd, plain])) == [("/files", "new", True, False)]


def test_what_a_new_wildcard_covers_is_not_lost():
    listed = API.derive(allow_methods=["PUT"], allow_headers=["X-Id"], expose_headers=["ETag"])
    every = API.derive(allow_methods="*", allow_headers="*", expose_headers="*")
    (change,) = compare(whole(listed), whole(every))
    assert rights(change) == {"+methods: *", "+request headers: *", "+exposed headers: *"}
    with_token = listed.derive(allow_headers=["Authorization"])
    (change,) = compare([row("/", "PUT", with_token)], [row("/", "PUT", every)])
    assert "-request headers: Authorization" in rights(change)


def test_a_wildcard_exposes_authorization_too():
    everything = row(policy=API.derive(expose_headers="*"))
    named = row(policy=API.derive(expose_headers="Authorization"))
    assert shown(compare([everything], [named])) == [("/", "changed", False, True)]


def test_a_callable_in_place_of_every_origin_is_narrower():
    decided = row(policy=Policy(lambda origin: True))
    assert shown(compare([row(policy=Policy("*"))], [decided])) == [("/", "changed", False, True)]
    assert shown(compare([row()], [decided])) == [("/", "changed", True, True)]


def finding(*rows, code="development-origin", message="an origin", where="GET /"):
    return Finding("warning", code, where, message, rows)


def at(url, method="GET", endpoint=""):
    return Row(url, method, endpoint, API, "view", place="app.py:1", view="view")


def audited(*findings):
    rows = [row for finding in findings for row in finding.rows]
    return document(Survey(rows), findings)


def new(before, *after):
    return new_findings(before, audited(*after), after)


def test_a_finding_of_the_earlier_audit_is_not_new():
    known = finding(at("/"))
    assert new(audited(known), known) == []
    assert new(audited(), known) == [known]
    other = finding(at("/"), message="another origin")
    assert new(audited(known), known, other) == [other]


def test_a_known_finding_is_new_for_the_rows_that_it_did_not_have():
    (found,) = new(audited(finding(at("/a"))), finding(at("/a"), at("/b"), at("/b", "PUT")))
    assert found == finding(at("/b"), at("/b", "PUT"), where="GET, PUT /b (app.py:1)")


def test_a_finding_at_a_moved_route_is_not_new():
    before = audited(finding(at("/a", endpoint="item")))
    assert new(before, finding(at("/b", endpoint="item"))) == []


def test_a_view_without_a_route_is_known_by_its_name_and_not_by_its_line():
    code, message = "unreached-mark", "no route reaches it"
    views = (finding(code=code, message=message, where=f"{n} (app.py:{n})") for n in (5, 6))
    known, other = views
    below = known._replace(where="5 (app.py:9)")
    assert new(audited(known), below, other) == [other]


def test_a_list_that_lets_pages_do_the_same_is_not_a_change():
    plain = API.derive(allow_headers=(), allow_methods=["PUT"])
    assert compare(whole(plain), whole(plain.derive(allow_methods=["PUT", "GET"]))) == []
