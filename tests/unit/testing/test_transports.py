"""How a request reaches a server: as a WSGI call, and over a socket."""

from wsgiref.validate import validator

import pytest

from tests.unit.testing.servers import API, Server, answering, serving
from wsgicors.testing.exceptions import NetworkError
from wsgicors.testing.responses import WHOLE_BODY
from wsgicors.testing.transports import to_app, to_server
from wsgicors.testing.urls import URL


def whole(response):
    response.read(WHOLE_BODY)
    if response.failure:
        raise response.failure
    return response


def call(app, method="GET", url=f"{API}/", headers=(), body=None):
    return whole(to_app(app)(method, URL.parse(url), headers, body))


def test_a_response_has_a_status_a_reason_headers_and_a_body():
    response = call(Server("X-A: 1", "X-a: 2", status="404 Not Found"))
    assert (response.status, response.reason, response.body) == (404, "Not Found", b"hello")
    assert response.headers == [("X-A", "1"), ("X-a", "2")]


def test_a_status_may_have_no_reason():
    response = call(Server(status="299"))
    assert (response.status, response.reason) == (299, "")


def test_white_space_around_a_value_is_not_part_of_it():
    assert call(Server("X-A:  \t1 2\t ")).headers == [("X-A", "1 2")]


@pytest.mark.parametrize(
    ("method", "body"),
    [
        pytest.param("GET", None, id="get"),
        pytest.param("OPTIONS", None, id="options"),
        pytest.param("POST", b"x=1", id="post"),
    ],
)
def test_a_wsgi_app_is_called_as_pep_3333_requires(method, body):
    @validator
    def app(environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        content = environ["wsgi.input"].read(length)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [content or b"nothing"]

    headers = [("Host", "api.example"), ("Content-Type", "text/plain"), ("X-A", "1")]
    assert call(app, method, headers=headers, body=body).body == (body or b"nothing")


def environ_of(*arguments, **options):
    server = Server()
    call(server, *arguments, **options)
    return server.asked[0]


def test_the_environ_describes_the_request():
    headers = [
        ("Host", "api.example"),
        ("Content-Type", "text/plain"),
        ("X-A", "1"),
        ("x-a", "2"),
        ("Content-Language", "de"),
    ]
    environ = environ_of("patch", f"{API}/a%20b/%C3%BC?c=%20&d", headers, b"body")
    expected = {
        "REQUEST_METHOD": "patch",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b/\xc3\xbc",
        "QUERY_STRING": "c=%20&d",
        "SERVER_NAME": "api.example",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "api.example",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "4",
        "HTTP_X_A": "1,2",
        "HTTP_CONTENT_LANGUAGE": "de",
        "body": b"body",
    }
    assert {key: environ[key] for key in expected} == expected
    assert "HTTP_CONTENT_TYPE" not in environ


def test_the_environ_of_a_request_without_a_body_has_no_length():
    environ = environ_of()
    assert "CONTENT_LENGTH" not in environ
    assert environ["body"] == b""


def test_the_environ_of_an_empty_body_has_a_length():
    assert environ_of("POST", body=b"")["CONTENT_LENGTH"] == "0"


@pytest.mark.parametrize(
    ("origin", "host", "port"),
    [
        pytest.param("https://a.example", "a.example", "443", id="https"),
        pytest.param("http://a.example", "a.example", "80", id="http"),
        pytest.param("http://a.example:8000", "a.example", "8000", id="port"),
        pytest.param("http://[::1]:8000", "[::1]", "8000", id="ipv6"),
    ],
)
def test_the_environ_names_host_and_port(origin, host, port):
    environ = environ_of(url=f"{origin}/")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == (host, port)


def test_an_app_may_start_its_response_late():
    def app(environ, start_response):
        yield b""
        start_response("200 OK", [("X-A", "1")])
        yield b"late"

    response = call(app)
    assert (response.get("X-A"), response.body) == ("1", b"late")


def test_an_app_may_write_before_it_returns():
    def app(environ, start_response):
        write = start_response("200 OK", [])
        write(b"one ")
        write(b"two ")
        return [b"three"]

    assert call(app).body == b"one two three"


def test_an_app_may_start_again_after_an_error():
    def app(environ, start_response):
        start_response("200 OK", [("X-A", "1")])
        try:
            raise LookupError
        except LookupError as error:
            start_response("500 Oh", [("X-B", "2")], (LookupError, error, error.__traceback__))
        return [b"sorry"]

    response = call(app)
    assert (response.status, response.headers) == (500, [("X-B", "2")])


class Closing:
    def __init__(self, *chunks):
        self.chunks = chunks
        self.closed = 0

    def __iter__(self):
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self):
        self.closed += 1


def returning(chunks):
    def app(environ, start_response):
        start_response("200 OK", [])
        return chunks

    return app


def test_the_iterable_is_closed_once():
    chunks = Closing(b"a", b"b")
    assert call(returning(chunks)).body == b"ab"
    assert chunks.closed == 1


def test_the_iterable_is_closed_if_it_fails():
    chunks = Closing(b"a", LookupError("in the app"))
    with pytest.raises(LookupError, match="in the app"):
        call(returning(chunks))
    assert chunks.closed == 1


def test_an_exception_of_the_app_is_not_caught():
    def app(environ, start_response):
        raise LookupError("in the app")

    with pytest.raises(LookupError, match="in the app"):
        call(app)


def test_an_app_that_never_starts_its_response_is_a_network_error():
    chunks = Closing()

    def app(environ, start_response):
        return chunks

    with pytest.raises(
        NetworkError, match=r"never called start_response for GET https://api\.example/"
    ):
        call(app)
    assert chunks.closed == 1


def to(origin, method="GET", path="/", headers=(), body=None):
    url = URL.parse(f"{origin}{path}")
    return whole(to_server(url)(method, url, headers, body))


def test_a_live_server_receives_exactly_the_headers_that_are_sent():
    server = Server("X-A: 1", "X-B: 2", status="201 Created")
    headers = [("Host", "api.example"), ("X-A", "caf\xe9"), ("Content-Type", "text/plain")]
    with serving(server) as origin:
        response = to(origin, "PUT", "/a%20b?c", headers)
    environ = server.asked[0]
    assert (environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"]) == (
        "PUT",
        "/a b",
        "c",
    )
    assert (environ["HTTP_HOST"], environ["HTTP_X_A"]) == ("api.example", "caf\xe9")
    assert "HTTP_ACCEPT_ENCODING" not in environ
    assert (response.status, response.reason, response.body) == (201, "Created", b"hello")
    assert (response.get("X-A"), response.get("X-B")) == ("1", "2")


def test_a_live_server_receives_the_body_with_its_length():
    def app(environ, start_response):
        content = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [])
        return [content]

    with serving(app) as origin:
        assert to(origin, "POST", body=b"x=1").body == b"x=1"
        assert to(origin, "POST", body=b"").body == b""


def test_header_lines_with_the_same_name_arrive_separately():
    with answering(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:2\r\nContent-Length: 0\r\n\r\n") as origin:
        response = to(origin)
    assert response.headers[:2] == [("X-A", "1"), ("x-a", "2")]


def test_white_space_around_a_value_is_stripped():
    with answering(b"HTTP/1.1 200 OK\r\nX-A: \t * \t\r\nContent-Length: 0\r\n\r\n") as origin:
        assert to(origin).get("X-A") == "*"


def test_the_transport_does_not_follow_a_redirect():
    with serving(Server("Location: /next", status="302 Found")) as origin:
        assert to(origin).status == 302


def free_origin():
    with serving(Server()) as origin:
        return origin


def test_a_server_that_does_not_run_is_a_network_error():
    origin = free_origin()
    with pytest.raises(NetworkError, match=f"GET {origin}/x: "):
        to(origin, path="/x")


def test_a_response_that_is_not_http_is_a_network_error():
    with answering(b"SSH-2.0\r\n") as origin, pytest.raises(NetworkError, match="GET http://127"):
        to(origin)


def test_a_response_that_ends_early_is_a_network_error():
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"
    with answering(cut) as origin, pytest.raises(NetworkError, match="IncompleteRead"):
        to(origin)


def test_a_server_without_tls_is_a_network_error_over_https():
    with answering(b"HTTP/1.1 200 OK\r\n\r\n", waiting=False) as origin:
        secure = origin.replace("http:", "https:")
        with pytest.raises(NetworkError, match=f"GET {secure}/: "):
            to(secure)
