"""Trials in an audit: beside their policy, and findings about them."""

import pytest

from tests.helpers import APP, OTHER, hello
from tests.unit.auditing.apps import flask_app, view
from wsgicors import CORSMiddleware, Policy
from wsgicors.auditing import (
    Difference,
    Row,
    audit,
    describe,
    diff,
    document,
    list_policies,
    survey,
    trial_differences,
)
from wsgicors.cli.markdown import as_markdown
from wsgicors.cli.reports import describe_trial
from wsgicors.cli.terminal import print_tables
from wsgicors.flask import cors

WIDE = Policy([APP, OTHER], allow_methods=["GET", "PUT"], expose_headers=["ETag"])
NARROW = WIDE.derive(allow_origins=[APP], allow_methods=["GET"], expose_headers=[])
TRIED = WIDE.with_trial(NARROW)
ANY_METHOD = WIDE.with_trial(WIDE.derive(allow_methods=None))


def rows_of(policy, *methods):
    return [Row("/", method, "view", policy, "view") for method in methods]


def found(policy, *methods):
    app = flask_app(policy=policy)
    app.add_url_rule("/", view_func=view, methods=methods or ["GET"])
    return [finding for finding in audit(survey(app)) if finding.code.startswith("trial-")]


@pytest.mark.parametrize(
    ("policy", "methods", "expected"),
    [
        (WIDE, ["GET"], []),
        (None, ["GET"], []),
        (TRIED.with_trial(WIDE), ["GET", "PUT"], ["no difference"]),
        (TRIED, ["GET"], ["- origins: https://other.example", "- exposed headers: ETag"]),
        (TRIED, ["PUT"], ["- methods: PUT"]),
        (
            TRIED,
            ["GET", "PUT"],
            ["- origins: https://other.example", "- exposed headers: ETag", "- methods: PUT"],
        ),
        (ANY_METHOD, ["DELETE"], ["+ methods: DELETE"]),
        (ANY_METHOD, ["POST"], ["+ request headers: Content-Type"]),
        (
            Policy([APP]).with_trial(Policy("*", expose_headers="*")),
            ["GET"],
            ["+ origins: *", "- origins: https://app.example", "+ exposed headers: *"],
        ),
        (
            TRIED,
            ["*"],
            ["- origins: https://other.example", "- exposed headers: ETag", "- methods: PUT"],
        ),
    ],
)
def test_a_trial_is_described_as_a_change_of_the_policy(policy, methods, expected):
    expected = [f"trial: {line}" for line in expected]
    assert describe_trial(rows_of(policy, *methods)) == expected


def test_differences_say_whether_pages_gain_something():
    wider = WIDE.with_trial(WIDE.derive(allow_credentials=True))
    assert trial_differences(rows_of(wider, "GET")) == [
        Difference("credentials", ("allowed",), (), True)
    ]
    assert [one.wider for one in trial_differences(rows_of(TRIED, "GET"))] == [False, False]
    assert trial_differences([*rows_of(WIDE, "GET"), *rows_of(None, "GET")]) == []


def test_views_and_policies_that_differ_in_the_trial_only_are_shown_apart():
    app = flask_app(policies={"default": TRIED, "plain": WIDE})
    app.add_url_rule("/", view_func=view, endpoint="get", methods=["GET"])
    app.add_url_rule("/", view_func=cors("plain")(lambda: ""), endpoint="put", methods=["PUT"])
    seen = survey(app)
    lines = [line for line in describe(seen.rows) if line.url == "/"]
    assert [(line.methods, line.rows[0].trial) for line in lines] == [
        ("GET", NARROW),
        ("PUT", None),
    ]
    assert [(use.name, use.urls, use.policy.trial) for use in list_policies(seen)] == [
        ("default", 1, NARROW),
        ("plain", 1, None),
    ]  # fmt: skip


def test_one_view_whose_methods_differ_in_the_trial_has_two_lines():
    rows = [*rows_of(TRIED, "GET"), *rows_of(WIDE, "PUT")]
    assert [line.methods for line in describe(rows)] == ["GET", "PUT"]


def test_the_document_has_the_settings_of_the_trial():
    written = document(survey(CORSMiddleware(hello, TRIED)))
    assert written["rows"][0]["trial"] == {**written["rows"][0]["policy"], **{
        "allow_origins": [APP], "allow_methods": ["GET"], "expose_headers": [],
    }}  # fmt: skip
    assert written["policies"][0]["trial"] == written["rows"][0]["trial"]
    plain = document(survey(CORSMiddleware(hello, WIDE)))
    assert (plain["rows"][0]["trial"], plain["policies"][0]["trial"]) == (None, None)


@pytest.mark.parametrize("policies", [(WIDE, TRIED), (TRIED, WIDE)])
def test_adding_or_ending_a_trial_is_no_change_for_pages(policies):
    before, after = (document(survey(CORSMiddleware(hello, policy))) for policy in policies)
    assert diff(before, after) == []


def test_a_trial_that_takes_something_is_no_finding():
    assert found(TRIED, "GET", "PUT") == []
    assert found(WIDE) == []


def test_a_trial_that_allows_more_is_a_warning_that_lists_what():
    trial = WIDE.derive(allow_origins=["https://new.example"], allow_credentials=True)
    (finding,) = found(WIDE.with_trial(trial))
    assert (finding.severity, finding.code) == ("warning", "trial-allows-more")
    assert finding.message.startswith(
        "The trial also allows origins: https://new.example; credentials: allowed. No report"
    )
    assert {row.url for row in finding.rows} == {"/", "any other URL"}


def test_a_trial_that_takes_nothing_is_a_note():
    (finding,) = found(WIDE.with_trial(WIDE))
    assert (finding.severity, finding.code) == ("info", "trial-takes-nothing")
    assert [one.code for one in found(WIDE.with_trial(WIDE.derive(allow_origins="*")))] == [
        "trial-allows-more",
        "trial-takes-nothing",
    ]


def test_a_trial_takes_something_if_it_does_at_one_of_its_routes():
    only_put = WIDE.with_trial(WIDE.derive(allow_methods=["GET"]))
    app = flask_app()
    for method in ("GET", "PUT"):
        app.add_url_rule(
            f"/{method}", view_func=cors(only_put)(lambda: ""), endpoint=method, methods=[method]
        )
    assert [one for one in audit(survey(app)) if one.code.startswith("trial-")] == []


def test_trials_of_equal_policies_are_judged_apart():
    app = flask_app()
    for name, policy in {"a": TRIED, "b": WIDE.with_trial(WIDE), "c": WIDE, "d": TRIED}.items():
        app.add_url_rule(f"/{name}", view_func=cors(policy)(lambda: ""), endpoint=name)
    (finding,) = [one for one in audit(survey(app)) if one.code.startswith("trial-")]
    assert {row.url for row in finding.rows} == {"/b"}


@pytest.mark.parametrize("columns", ["80", "200"])
def test_tables_show_the_trial_beside_the_policy(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    app = flask_app(policies={"default": WIDE, "tried": TRIED})
    for name in ("a", "b"):
        app.add_url_rule(f"/{name}", view_func=cors("tried")(lambda: ""), endpoint=name)
    app.add_url_rule("/plain", view_func=view, endpoint="plain")
    print_tables(survey(app), [])
    shown = " ".join(capsys.readouterr().out.split())
    # once at the policy, and once for the routes below each other that have it
    assert shown.count("trial: - exposed headers: ETag") == (1 if columns == "80" else 2)
    assert "trial: - origins: https://other.example" in shown


def test_a_policy_without_routes_shows_its_trial():
    app = flask_app(policies={"tried": TRIED})
    text = as_markdown(survey(app), [])
    assert "trial: - origins: https://other.example" in text


def test_markdown_shows_the_trial_at_routes():
    text = as_markdown(survey(CORSMiddleware(hello, TRIED)), [])
    assert text.count("<br>trial: - methods: PUT") == 2
