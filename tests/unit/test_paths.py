import pytest

from tests.helpers import Response, environ, hello
from wsgicors import CORSMiddleware, Policy
from wsgicors.paths import by_path

API = Policy(allow_origins=["https://app.example"])
PUBLIC = Policy(allow_origins="*")

resolve = by_path({"/api": API, "/api/open": PUBLIC, "/api/open/keys": None, "/café": PUBLIC})


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        pytest.param("/api", API, id="the-prefix-itself"),
        pytest.param("/api/", API, id="with-a-slash"),
        pytest.param("/api/items/1", API, id="below"),
        pytest.param("/api/open", PUBLIC, id="the-longest-prefix"),
        pytest.param("/api/open/x/y/z", PUBLIC, id="below-the-longest"),
        pytest.param("/api/open/keys/1", None, id="no-cors-below"),
        pytest.param("/apiary", None, id="not-a-whole-segment"),
        pytest.param("/", None, id="elsewhere"),
        pytest.param("", None, id="empty"),
        pytest.param("/API", None, id="other-case"),
        pytest.param("//api", None, id="other-first-segment"),
        pytest.param("x/api", None, id="without-a-leading-slash"),
        pytest.param("/api//open", API, id="slashes-are-not-merged"),
        pytest.param("/%61pi", None, id="encoding-is-not-decoded"),
        pytest.param("/x/../api", None, id="dots-are-not-resolved"),
        pytest.param("/api/open/../keys", None, id="dots-that-an-app-might-resolve"),
        pytest.param("/api/open/..", None, id="dots-at-the-end"),
        pytest.param("/api/./open", None, id="a-dot"),
        pytest.param("/api/open/.well-known", PUBLIC, id="a-name-with-a-dot"),
        pytest.param("/caf\u00c3\u00a9", PUBLIC, id="bytes-as-latin-1"),
    ],
)
def test_whole_segments_are_compared_as_the_app_receives_them(path, policy):
    assert resolve({"PATH_INFO": path}, "GET") is policy


def test_a_path_may_be_missing():
    assert resolve({}, "GET") is None


def test_the_root_is_a_prefix_of_everything():
    everything = by_path({"/": PUBLIC, "/api": API})
    assert everything({"PATH_INFO": "/x"}, "GET") is PUBLIC
    assert everything({"PATH_INFO": ""}, "GET") is PUBLIC
    assert everything({"PATH_INFO": "/api"}, "GET") is API


def test_an_empty_table_matches_nothing():
    assert by_path({})({"PATH_INFO": "/"}, "GET") is None


def test_the_prefix_is_matched_before_the_app_changes_the_path():
    def app(environ, start_response):
        environ["PATH_INFO"] = "/changed"
        return hello(environ, start_response)

    response = Response(CORSMiddleware(app, resolve=resolve), environ(path="/api/open"))
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("prefix", "written"), [("api", "/api"), ("/api/", "/api"), ("", "/"), ("//api", "/api")]
)
def test_a_prefix_must_consist_of_whole_segments(prefix, written):
    with pytest.raises(ValueError, match=f"use '{written}'"):
        by_path({prefix: API})


@pytest.mark.parametrize(
    ("prefix", "written"),
    [("/api/*", "/api"), ("/items/<id>", "/items"), ("^/api/", "/"), ("/api$", "/api")],
)
def test_a_prefix_with_a_wildcard_is_rejected(prefix, written):
    with pytest.raises(ValueError, match=f"do not support; use '{written}', which covers"):
        by_path({prefix: API})


@pytest.mark.parametrize("wrong", [API, ["/api"], {5: API}])
def test_a_table_that_is_not_a_mapping_of_strings_is_rejected(wrong):
    with pytest.raises(TypeError, match="; use "):
        by_path(wrong)


def test_a_prefix_must_have_a_policy_or_none():
    with pytest.raises(TypeError, match="'/api': 'api' is not a Policy; use"):
        by_path({"/api": "api"})
