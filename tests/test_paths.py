import pytest

from wsgicors import CORSMiddleware, Policy
from wsgicors.paths import by_path

from .helpers import Response, environ, hello

API = Policy(allow_origins=["https://app.example"])
PUBLIC = Policy(allow_origins="*")

resolve = by_path({"/api": API, "/api/open": PUBLIC, "/api/open/keys": None, "/café": PUBLIC})


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        pytest.param("/api", API, id="the-prefix-itself"),
        pytest.param("/api/", API, id="with-a-slash"),
        pytest.param("/api/items/1", API, id="below"),
        pytest.param("/api/open", PUBLIC, id="the-longest-wins"),
        pytest.param("/api/open/x/y/z", PUBLIC, id="below-the-longest"),
        pytest.param("/api/open/keys/1", None, id="no-cors-below"),
        pytest.param("/apiary", None, id="no-whole-segment"),
        pytest.param("/", None, id="elsewhere"),
        pytest.param("", None, id="empty"),
        pytest.param("/API", None, id="another-case"),
        pytest.param("//api", None, id="another-first-segment"),
        pytest.param("x/api", None, id="no-slash-first"),
        pytest.param("/api//open", API, id="merged-by-nobody"),
        pytest.param("/%61pi", None, id="decoded-by-nobody"),
        pytest.param("/x/../api", None, id="resolved-by-nobody"),
        pytest.param("/api/open/../keys", None, id="dots-that-an-app-might-resolve"),
        pytest.param("/api/open/..", None, id="dots-at-the-end"),
        pytest.param("/api/./open", None, id="a-dot"),
        pytest.param("/api/open/.well-known", PUBLIC, id="a-name-with-a-dot"),
        pytest.param("/caf\u00c3\u00a9", PUBLIC, id="bytes-as-the-server-hands-them-over"),
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


def test_no_prefixes_match_nothing():
    assert by_path({})({"PATH_INFO": "/"}, "GET") is None


def test_the_wrapper_asks_before_the_app_moves_the_path():
    def app(environ, start_response):
        environ["PATH_INFO"] = "/moved"
        return hello(environ, start_response)

    response = Response(CORSMiddleware(app, resolve=resolve), environ(path="/api/open"))
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("prefix", "written"), [("api", "/api"), ("/api/", "/api"), ("", "/"), ("//api", "/api")]
)
def test_a_prefix_names_whole_segments(prefix, written):
    with pytest.raises(ValueError, match=f"write '{written}'"):
        by_path({prefix: API})


@pytest.mark.parametrize(
    ("prefix", "written"),
    [("/api/*", "/api"), ("/items/<id>", "/items"), ("^/api/", "/"), ("/api$", "/api")],
)
def test_a_prefix_takes_no_wildcards(prefix, written):
    with pytest.raises(ValueError, match=f"takes none; write '{written}', which covers"):
        by_path({prefix: API})


@pytest.mark.parametrize("wrong", [API, ["/api"], {5: API}])
def test_a_table_holds_strings(wrong):
    with pytest.raises(TypeError, match="write"):
        by_path(wrong)


def test_a_prefix_has_a_policy_or_none():
    with pytest.raises(TypeError, match="'/api': 'api' is no Policy"):
        by_path({"/api": "api"})
