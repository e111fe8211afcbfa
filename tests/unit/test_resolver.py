import pytest

from wsgicors import Endpoint, Policy
from wsgicors._resolver import as_endpoint, choose_policy

APP = "https://app.example"
API = Policy(allow_origins=[APP])


def test_methods_may_be_a_comma_separated_string():
    assert Endpoint(API, "GET, PUT").methods == ["GET", "PUT"]


@pytest.mark.parametrize("vary", [["Cookie", "X-Plan"], ("Cookie", "X-Plan"), "Cookie, X-Plan"])
def test_the_headers_that_a_resolver_reads_are_a_list_or_a_string(vary):
    assert [*Endpoint(API, vary=vary).vary] == ["Cookie", "X-Plan"]
    assert [*Endpoint(None, vary=vary).vary] == ["Cookie", "X-Plan"]
    assert Endpoint(API).vary == ()


@pytest.mark.parametrize("name", ["X Plan", "Cookie:", "*", "X-*", "", "a\r\nb"])
def test_what_is_not_a_header_name_is_rejected(name):
    with pytest.raises(ValueError, match=r"is not the name of a header; use vary=\['Cookie'\]"):
        Endpoint(API, vary=["Cookie", name])


@pytest.mark.parametrize("methods", ["*", ["*"], ["GET", "*"], ("*",)])
def test_a_wildcard_is_not_a_method_that_a_url_serves(methods):
    with pytest.raises(ValueError, match=r"'\*' is not a method .* use Endpoint\(policy\) if"):
        Endpoint(API, methods)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("api",), "'api' is not a Policy; use Endpoint", id="name"),
        pytest.param((API, 5), "5 is not a list of methods", id="number"),
        pytest.param((API, [None]), r"\[None\] is not a list of methods; use", id="none"),
        pytest.param((API, [b"GET"]), "is not a list of methods; use Endpoint", id="bytes"),
        pytest.param((API, [["GET"]]), "is not a list of methods; use Endpoint", id="nested"),
        pytest.param((API, None, 5), "5 is not a list of header names; use vary=", id="vary"),
        pytest.param((API, None, 0), "0 is not a list of header names; use vary=", id="zero"),
        pytest.param((API, None, ["Cookie", None]), "not a list of header names", id="name"),
    ],
)
def test_an_endpoint_is_checked_when_it_is_created(arguments, message):
    with pytest.raises(TypeError, match=message):
        Endpoint(*arguments)


def test_the_result_of_a_resolver_becomes_an_endpoint():
    endpoint = Endpoint(API, ["GET"])
    assert as_endpoint(endpoint) is endpoint
    assert as_endpoint(API) == Endpoint(API)
    assert as_endpoint(None) == Endpoint(None)
    with pytest.raises(TypeError, match="must return an Endpoint, a Policy or None"):
        as_endpoint("api")


@pytest.mark.parametrize(
    ("policy", "resolve", "settings", "chosen"),
    [
        pytest.param(Policy(APP), None, {}, Policy(APP), id="a policy"),
        pytest.param(None, None, {"allow_origins": APP}, Policy(APP), id="settings"),
        pytest.param(None, lambda environ, method: None, {}, None, id="a resolver"),
    ],
)
def test_a_policy_is_chosen_from_a_policy_settings_or_a_resolver(policy, resolve, settings, chosen):
    assert choose_policy("wrap", policy, resolve, settings) == chosen


def resolve(environ, method):
    return None


@pytest.mark.parametrize(
    ("policy", "resolver", "settings", "message"),
    [
        pytest.param(
            None,
            None,
            {},
            "wrap() takes exactly one of: a policy, settings such as "
            'allow_origins=["https://app.example"], or resolve=...',
            id="nothing",
        ),
        pytest.param(
            Policy(APP),
            resolve,
            {},
            "wrap() takes exactly one of: a policy, settings such as "
            'allow_origins=["https://app.example"], or resolve=...',
            id="two",
        ),
        pytest.param(
            None,
            "api",
            {},
            "'api' is not a resolver; use a function (environ, method) -> Policy",
            id="not a resolver",
        ),
        pytest.param(
            [APP],
            None,
            {},
            "['https://app.example'] is not a Policy; use allow_origins=['https://app.example']",
            id="a list of origins",
        ),
        pytest.param(7, None, {}, "7 is not a Policy; use Policy(...)", id="not a policy"),
        pytest.param(
            None,
            None,
            {"resolver": resolve},
            "wrap() has no setting 'resolver'; use 'resolve' (it takes allow_origins, "
            "allow_methods, allow_headers, expose_headers, allow_credentials, max_age, "
            "accept_risks, policy, resolve, observer)",
            id="a misspelt keyword",
        ),
    ],
)
def test_the_full_message_of_wrong_arguments(policy, resolver, settings, message):
    with pytest.raises(TypeError) as caught:
        choose_policy("wrap", policy, resolver, settings)
    assert str(caught.value) == message


def test_the_message_of_wrong_arguments_has_no_resolver_if_none_is_possible():
    with pytest.raises(TypeError) as caught:
        choose_policy("cors", None, None, {}, also=("policy",))
    assert str(caught.value) == (
        "cors() takes exactly one of: a policy, settings such as "
        'allow_origins=["https://app.example"]'
    )
