"""What a text leaves open is asked of the app, or guessed with a note."""

from dataclasses import replace

import pytest
from flask import Flask

from tests.unit.testing.servers import API, Server
from wsgicors.explaining.pasted import Pasted
from wsgicors.explaining.pasted.completing import ABOUT_PREFLIGHT, ASKED, complete, find_methods
from wsgicors.flask import CORS

JSON = ("Content-Type", "application/json")
WHY = ", because a GET without headers needs no preflight"


def repeat(method):
    return f"If the page uses {method}, repeat: wsgicors explain {method} --console …"


def shop(with_cors=True):
    """Return an app whose paths are named like the methods that they serve."""
    app = Flask(__name__)
    if with_cors:
        CORS(app, allow_origins="*")
    for methods in ("GET", "PUT", "GET-PUT", "GET-PUT-DELETE"):
        path = f"/{methods.lower()}"
        app.add_url_rule(path, methods, lambda: "", methods=methods.split("-"))
    return app


@pytest.mark.parametrize("with_cors", [True, False], ids=["router", "allow"])
@pytest.mark.parametrize(
    ("path", "preflight", "method", "note"),
    [
        ("put", "", "PUT", "PUT is the only one that fits the URL."),
        ("put", "method", "PUT", "PUT is the only one that fits the URL."),
        ("get", "", "GET", "GET is the only one that fits the URL."),
        ("get", "method", "PUT", f"PUT is a guess. {repeat('DELETE')}"),
        ("get-put", "", "GET", f"GET is a guess. The URL also serves PUT. {repeat('PUT')}"),
        ("get-put", "none", "GET", f"GET is a guess. The URL also serves PUT. {repeat('PUT')}"),
        (
            "get-put",
            "sent",
            "PUT",
            f"PUT is a guess{WHY}. The URL also serves GET. {repeat('GET')}",
        ),
        ("get", "sent", "GET", "GET is the only one that fits the URL."),
        ("nowhere", "sent", "POST", f"POST is a guess{WHY}. {repeat('PUT')}"),
        ("get-put", "method", "PUT", "PUT is the only one that fits the URL."),
        ("nowhere", "", "GET", f"GET is a guess. {repeat('POST')}"),
    ],
)
def test_the_method_is_the_only_one_that_is_served(with_cors, path, preflight, method, note):
    read = Pasted(f"{API}/{path}", preflight=preflight)
    completed = complete(read, shop(with_cors))
    assert completed.method == method
    how = "" if with_cors else f" {ASKED}"
    found, repeated, end = note.partition(" If the page")
    assert completed.notes[0] == f"The text does not name the method; {found}{how}{repeated}{end}"


def test_of_several_methods_that_need_a_preflight_one_is_a_guess():
    read = Pasted(f"{API}/get-put-delete", preflight="method")
    completed = complete(read, shop())
    assert completed.method in {"PUT", "DELETE"}
    assert "is a guess. The URL also serves" in completed.notes[0]


@pytest.mark.parametrize(
    ("served", "guess"),
    [
        ("GET, POST, PUT", "POST"),
        ("GET, DELETE, PUT", "DELETE"),
        ("GET, HEAD", "GET"),
        ("", "POST"),
    ],
)
def test_a_request_with_a_preflight_probably_has_no_get(served, guess):
    completed = complete(Pasted(f"{API}/", preflight="sent"), Server(f"Allow: {served}"))
    assert completed.method == guess


def test_a_header_is_enough_for_a_preflight():
    read = Pasted(f"{API}/", headers=(("X-One", "1"),), preflight="sent")
    completed = complete(read)
    assert (completed.method, completed.headers) == ("GET", read.headers)
    assert completed.notes == (
        f"The text does not name the method; GET is a guess. {repeat('POST')}",
    )


@pytest.mark.parametrize("preflight", ["sent", "method"])
def test_a_method_is_a_guess_if_several_fit(preflight):
    read = Pasted(f"{API}/put", preflight=preflight)
    assert complete(read).is_guessed
    assert not complete(read, shop()).is_guessed
    assert not complete(replace(read, preflight="")).is_guessed


def test_without_an_app_the_method_is_a_guess():
    assert complete(Pasted(f"{API}/put")).method == "GET"
    assert complete(Pasted(f"{API}/put", preflight="sent")).method == "POST"
    assert complete(Pasted(f"{API}/put", preflight="method")).method == "PUT"
    assert complete(Pasted(f"{API}/put", body="tea")).method == "POST"


def test_a_method_that_is_known_is_kept():
    assert complete(Pasted(f"{API}/put", "DELETE"), shop()) == Pasted(f"{API}/put", "DELETE")


@pytest.mark.parametrize(
    ("allow", "served"), [(["Allow: GET, PUT"], ["GET", "PUT"]), ([], [])], ids=["allow", "none"]
)
@pytest.mark.parametrize("status", ["200 OK", "405 Method Not Allowed"])
def test_apps_without_a_router_are_asked_by_options(allow, served, status):
    server = Server(*allow, status=status)
    assert find_methods(server, f"{API}/items?a=1") == (served, True)
    assert server.methods == ["OPTIONS"]


def test_the_response_that_lists_the_methods_is_closed():
    class Body(list):
        def close(self):
            closed.append(1)

    def app(environ, start_response):
        start_response("200 OK", [("Allow", "GET, PUT")])
        return Body([b"tea"])

    closed = []
    assert find_methods(app, f"{API}/items") == (["GET", "PUT"], True)
    assert closed == [1]


@pytest.mark.parametrize("url", ["items", "localhost:5001/items"])
def test_at_other_urls_no_app_is_asked(url):
    server = Server("Allow: PUT")
    assert find_methods(server, url) == ((), False)
    assert server.asked == []


def test_a_preflight_for_no_known_reason_gets_one_with_a_note():
    completed = complete(Pasted(f"{API}/", "GET", preflight="sent"))
    assert (completed.headers, completed.notes) == ((JSON,), (ABOUT_PREFLIGHT,))


@pytest.mark.parametrize(
    "read",
    [
        Pasted(f"{API}/", "PUT", preflight="sent"),
        Pasted(f"{API}/", "GET", headers=(("X-One", "1"),), preflight="sent"),
        Pasted(f"{API}/", "GET", mode="no-cors", preflight="sent"),
        Pasted(f"{API}/", "GET", preflight="none"),
        Pasted(f"{API}/", "GET"),
    ],
    ids=["method", "header", "no-cors", "none", "unknown"],
)
def test_other_requests_get_no_header(read):
    assert complete(read) == read
