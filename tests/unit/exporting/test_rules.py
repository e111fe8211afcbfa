"""What a web server has to do for a policy, or why it cannot."""

import pytest

from wsgicors import Policy
from wsgicors._exporting.rules import Group, NotExportable, Rules
from wsgicors.origins import RefreshedOrigins

APP = "https://app.example"


def group(**changes):
    alone = Group((APP,), (), False, False, "GET, HEAD, POST", False)
    return alone._replace(**changes)


def test_a_policy_with_one_origin():
    assert Rules.of(Policy(APP)) == Rules(
        groups=(group(),),
        expose="",
        max_age="",
        headers="Content-Type",
        withholds_headers=False,
        limits_headers=False,
        refused_methods=(),
        vary="Origin",
        preflight_vary="Origin, Access-Control-Request-Method",
    )


def test_a_policy_for_everybody_needs_no_vary():
    rules = Rules.of(Policy("*", expose_headers=["ETag", "Link"], max_age=0))
    assert rules.groups == (group(exact=(), everybody=True),)
    assert (rules.vary, rules.expose, rules.max_age) == ("", "ETag, Link", "0")
    assert rules.preflight_vary == "Access-Control-Request-Method"


def test_origins_and_patterns_are_apart():
    policy = Policy([APP, "https://*.app.example", "null"], accept_risks=["opaque-origin"])
    [only] = Rules.of(policy).groups
    assert set(only.exact) == {APP, "null"}
    assert only.patterns == (r"https://[a-z0-9_-]+(\.[a-z0-9_-]+)*\.app\.example",)


def test_a_list_without_get_refuses_get():
    rules = Rules.of(Policy(APP, allow_methods=["PUT", "POST"]))
    assert (rules.refused_methods, rules.groups[0].methods) == (("GET", "HEAD"), "PUT, POST")


def test_an_empty_list_of_methods_sends_no_header():
    rules = Rules.of(Policy(APP, allow_methods=[]))
    assert (rules.refused_methods, rules.groups[0].methods) == (("GET", "HEAD", "POST"), "")


def test_every_method_is_a_star_or_with_credentials_the_requested_one():
    assert Rules.of(Policy(APP, allow_methods="*")).groups == (group(methods="*"),)
    policy = Policy(APP, allow_methods="*", allow_credentials=True)
    asked = group(credentials=True, methods="", echoes_method=True)
    assert Rules.of(policy).groups == (asked,)


def test_every_header_but_authorization():
    rules = Rules.of(Policy(APP, allow_headers="*"))
    assert (rules.headers, rules.withholds_headers, rules.limits_headers) == ("*", True, True)
    assert rules.preflight_vary.endswith(", Access-Control-Request-Headers")


def test_every_header_with_authorization():
    rules = Rules.of(Policy(APP, allow_headers=["*", "Authorization"]))
    assert (rules.headers, rules.withholds_headers) == ("*, Authorization", False)
    assert rules.limits_headers


def test_no_headers():
    assert Rules.of(Policy(APP, allow_headers=[])).headers == ""


def test_origins_with_credentials_are_a_group_of_their_own():
    rules = Rules.of(Policy("*", allow_credentials=[APP]))
    everybody = group(exact=(), everybody=True)
    assert rules.groups == (group(credentials=True), everybody)
    assert rules.vary == "Origin"


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (
            Policy(lambda origin: True),
            "allow_origins calls <lambda>(), which only Python can; list origins or patterns "
            "instead, or leave CORS to the app",
        ),
        (
            Policy(RefreshedOrigins(lambda: [], every=60)),
            "allow_origins loads origins while the app runs (",
        ),
        (
            Policy(APP, allow_headers="*", allow_credentials=True),
            "with credentials, allow_headers='*' needs a check of each requested name, which only "
            "wsgicors makes; list the headers in allow_headers",
        ),
        (Policy([APP, "https://b.example"], allow_headers="*", allow_credentials=[APP]), "with cr"),
        (
            Policy("*").with_trial(Policy(APP)),
            "the policy has a trial, which only wsgicors reports; use policy.with_trial(None)",
        ),
    ],
)
def test_what_no_server_can_apply_is_an_error(policy, message):
    with pytest.raises(NotExportable) as caught:
        Rules.of(policy)
    assert str(caught.value).startswith(message)
