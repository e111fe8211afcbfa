import pytest

from wsgicors import Endpoint, Policy
from wsgicors._resolver import as_endpoint

API = Policy(allow_origins=["https://app.example"])


def test_methods_may_be_a_comma_separated_string():
    assert Endpoint(API, "GET, PUT").methods == ["GET", "PUT"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("api",), "'api' is not a Policy; use Endpoint", id="name"),
        pytest.param((API, 5), "5 is not a list of methods", id="number"),
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
