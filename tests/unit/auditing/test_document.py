import json
import re

import pytest

from examples.shop import app as shop
from tests.helpers import APP, OTHER, hello
from tests.unit.auditing.apps import flask_app, view
from wsgicors import CORSMiddleware, Origin, Policy
from wsgicors.auditing import audit, diff, document, read_document, survey
from wsgicors.auditing.settings import entry_text, settings_of
from wsgicors.paths import by_path


def partner(origin: Origin) -> bool:
    return origin.host == "partner.example"


class Partners:
    def __call__(self, origin: Origin) -> bool:
        return partner(origin)


def shop_document():
    found = survey(shop)
    return document(found, audit(found))


def test_reading_a_written_document_returns_the_same_document():
    written = shop_document()
    assert written["version"] == 1
    assert read_document(json.dumps(written)) == written


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_an_audit_may_be_in_the_encodings_of_other_shells(encoding):
    written = shop_document()
    assert read_document(json.dumps(written).encode(encoding)) == written


def test_a_callable_is_written_as_its_name_and_a_digest():
    for entry, name in (partner, "partner"), (Partners(), "Partners"):
        assert re.fullmatch(rf"callable {__name__}\.{name} \(digest \w{{12}}\)", entry_text(entry))


def test_a_policy_is_written_as_its_settings():
    policy = Policy(APP, allow_methods=["PUT"], max_age=60)
    assert Policy(**settings_of(policy)) == policy


def test_an_audit_has_the_credentials_of_a_policy_as_a_bool_or_as_a_list():
    for credentials in False, True, [APP]:
        app = CORSMiddleware(hello, Policy(APP, allow_credentials=credentials))
        written = document(survey(app))
        (row,) = written["rows"]
        assert row["policy"]["allow_credentials"] == credentials
        written = document(survey(app), [])
        assert read_document(json.dumps(written)) == written


SOURCE = {"kind": "view", "name": ""}
ROW = {
    "url": "/",
    "condition": "",
    "method": "GET",
    "endpoint": "index",
    "view": "index",
    "place": "",
    "policy": None,
    "source": SOURCE,
}
POLICY = settings_of(Policy(APP))


FINDING = {"severity": "info", "code": "redundant", "where": "/", "message": "", "rows": []}


def with_finding(finding):
    return json.dumps({"version": 1, "rows": [], "findings": [finding]})


def with_row(**changes):
    return json.dumps({"version": 1, "rows": [{**ROW, **changes}]})


def with_policy(**changes):
    return with_row(policy={**POLICY, **changes})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "this is not JSON"),
        ("[]", "this is not an audit"),
        ("{}", "this is not an audit"),
        ('{"version": 3}', "has version 3, not 1"),
        ('{"version": 1}', "no list of rows"),
        ('{"version": 1, "rows": [5]}', r"rows\[0\] is not a row of an audit: 5"),
        ('{"version": 1, "rows": [{"url": "/"}]}', "is not a row"),
        (with_row(policy="*"), "is not a row"),
        (with_row(source="view"), "is not a row"),
        (with_row(source={}), "is not a row"),
        (with_row(endpoint=None), "is not a row"),
        (with_row(view=None), "is not a row"),
        (with_row(condition=None), "is not a row"),
        ('{"version": 1, "app": 5}', "the app of this audit is not an object"),
        ("[" * 100_000, "this is not JSON"),
        (b"\xff", "this is not JSON"),
        (with_policy(allow_origins="*"), "is not a row"),
        (with_policy(allow_origins=[5]), "is not a row"),
        (with_policy(allow_methods=5), "is not a row"),
        (with_policy(allow_credentials="yes"), "is not a row"),
        (with_policy(allow_credentials=[5]), "is not a row"),
        (with_policy(allow_credentials=None), "is not a row"),
        ('{"version": 1, "rows": []}', "no list of findings"),
        ('{"version": 1, "rows": [], "findings": {}}', "no list of findings"),
        (with_finding(5), r"findings\[0\] is not a finding: 5"),
        (with_finding({**FINDING, "code": None}), "is not a finding"),
        (with_finding({**FINDING, "rows": 5}), "is not a finding"),
        (with_finding({**FINDING, "rows": None}), "is not a finding"),
        (with_finding({**FINDING, "rows": [5]}), "is not a finding"),
        (with_finding({**FINDING, "rows": [{"url": "/"}]}), "is not a finding"),
    ],
)
def test_a_text_that_is_not_an_audit_is_an_error_that_says_how_to_create_one(text, message):
    with pytest.raises(ValueError, match=f"{message}.*--format json") as caught:
        read_document(text)
    assert len(str(caught.value)) < 300


@pytest.mark.usefixtures("no_other_marks")
def test_a_finding_lists_the_rows_that_cause_it():
    app = flask_app(policy=Policy("*"))
    app.add_url_rule("/orders", view_func=view, methods=["GET", "DELETE", "PUT"])
    found = survey(app)
    (finding,) = document(found, audit(found))["findings"]
    assert finding["rows"] == [
        {"url": "/orders", "method": "DELETE"},
        {"url": "/orders", "method": "PUT"},
    ]


def changes(old, new):
    before, after = (document(survey(made(policy))) for policy in (old, new))
    return [
        (change.wider, difference.right, difference.added, difference.removed)
        for change in diff(before, after)
        for difference in change.differences
    ]


def made(policy):
    return CORSMiddleware(hello, resolve=by_path({"/": policy} if policy != "absent" else {}))


API = Policy(APP)
WIDE = "https://*.app.example"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(API, API, [], id="nothing"),
        pytest.param(API, API.derive(max_age=60), [], id="not-a-right"),
        pytest.param("absent", None, [], id="a-route-without-a-policy"),
        pytest.param(
            API, Policy([APP, OTHER]), [(True, "origins", (OTHER,), ())], id="another-origin"
        ),
        pytest.param(
            Policy([APP, OTHER]), API, [(False, "origins", (), (OTHER,))], id="one-origin-removed"
        ),
        pytest.param(
            Policy("https://x.app.example"),
            Policy(WIDE),
            [(True, "origins", (WIDE,), ("https://x.app.example",))],
            id="a-wildcard",
        ),
        pytest.param(
            Policy(WIDE),
            Policy("https://x.app.example"),
            [(False, "origins", ("https://x.app.example",), (WIDE,))],
            id="narrower-than-a-wildcard",
        ),
        pytest.param(
            API,
            API.derive(allow_credentials=True),
            [(True, "credentials", ("allowed",), ())],
            id="credentials",
        ),
        pytest.param(
            API.derive(expose_headers=["etag"]),
            API.derive(expose_headers=["ETag", "Link"]),
            [(True, "exposed headers", ("Link",), ())],
            id="an-exposed-header",
        ),
        pytest.param(
            API.derive(allow_headers="*"),
            API.derive(allow_headers=["X-Id"]),
            [(False, "request headers", ("X-Id",), ("*",))],
            id="a-header-that-a-wildcard-covered",
        ),
        pytest.param(
            API.derive(allow_headers="*"),
            API.derive(allow_headers=["*", "Authorization"]),
            [(True, "request headers", ("Authorization",), ())],
            id="authorization-beside-the-wildcard",
        ),
        pytest.param(
            API.derive(allow_methods=["PUT"]),
            API.derive(allow_methods=["PUT", "DELETE"]),
            [(True, "methods", ("DELETE",), ())],
            id="a-method",
        ),
        pytest.param(
            None,
            API,
            [
                (True, "origins", (APP,), ()),
                (True, "request headers", ("Content-Type",), ()),
            ],
            id="a-new-policy",
        ),
        pytest.param(
            API,
            "absent",
            [
                (False, "origins", (), (APP,)),
                (False, "request headers", (), ("Content-Type",)),
            ],
            id="a-removed-route",
        ),
    ],
)
def test_a_comparison_lists_added_and_removed_rights(old, new, expected):
    assert changes(old, new) == expected


def row(method, policy):
    settings = None if policy is None else settings_of(policy)
    return {**ROW, "method": method, "policy": settings}


def test_a_method_that_a_policy_newly_lists_gains_all_rights():
    old = {"version": 1, "rows": [row("PUT", API.derive(allow_methods=["DELETE"]))]}
    new = {"version": 1, "rows": [row("PUT", API.derive(allow_methods="*"))]}
    (change,) = diff(old, new)
    assert [difference.right for difference in change.differences] == ["origins", "request headers"]
    assert change.wider
    assert diff(new, {"version": 1, "rows": [row("PUT", API)]}) == []


def test_methods_with_equal_changes_are_one_change_and_wider_changes_come_first():
    other = {**row("GET", API), "url": "/other"}
    old = {"version": 1, "rows": [other, row("GET", API), row("HEAD", API), row("PUT", API)]}
    both = Policy([APP, OTHER])
    new = {"version": 1, "rows": [row("GET", both), row("HEAD", both), row("PUT", both)]}
    assert [(c.url, c.methods, c.wider) for c in diff(old, new)] == [
        ("/", "GET, PUT", True),
        ("/other", "GET", False),
    ]


def test_one_widened_origin_among_fifty_routes_is_the_only_change():
    old = shop_document()
    new = json.loads(json.dumps(old))
    (widened,) = (r for r in new["rows"] if (r["url"], r["method"]) == ("/cart", "PUT"))
    widened["policy"]["allow_origins"].append("https://*.ads.example")
    (change,) = diff(old, new)
    assert change[:2] == ("/cart", "PUT")
    assert change.differences == (("origins", ("https://*.ads.example",), (), True),)
    assert diff(new, new) == []


def prefixes(policies):
    return document(survey(CORSMiddleware(hello, resolve=by_path(policies))))


def test_a_url_without_a_row_has_the_rights_of_the_longest_prefix_above_it():
    closed, opened = {"/": Policy("*"), "/api": None}, {"/": Policy("*")}
    (change,) = diff(prefixes(closed), prefixes(opened))
    assert (change.url, change.wider) == ("/api", True)
    (change,) = diff(prefixes(opened), prefixes(closed))
    assert (change.url, change.wider) == ("/api", False)
    assert diff(prefixes(opened), prefixes({**opened, "/x": Policy("*")})) == []
    (change,) = diff(prefixes({"/a": API}), prefixes({"/a": API, "/ab": API}))
    assert (change.url, change.wider) == ("/ab", True)
