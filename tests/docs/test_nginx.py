"""The configurations of nginx in the how-to guides, tested with nginx."""

import re
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from examples.demo.serve import Listener
from lab.caches.nginx import caching
from wsgicors.flask import CORS
from wsgicors.testing import Browser, CORSBlocked, NetworkError

GUIDES = Path(__file__).parents[2] / "docs" / "howto"
API = "https://api.example"
APP = "https://app.example"

FRESH = "proxy_no_cache 1; proxy_cache_bypass 1;"
"""Directives that switch the cache off."""

PASSWORD = "ada:{PLAIN}lovelace\n"
"""A line of a password file, as nginx reads it."""

BASIC = {"Authorization": "Basic YWRhOmxvdmVsYWNl"}
"""The same password, as a page sends it."""


@pytest.fixture
def app():
    app = Flask(__name__)
    CORS(app, allow_origins=[APP], allow_headers=["Authorization", "Content-Type"])

    @app.route("/items/", methods=["GET", "PUT"])
    def items():
        return {"url": request.url, "bytes": len(request.data)}

    return app


@pytest.fixture
def ask(app):
    """Fetch a path through nginx, with directives in its location, as a page of the app."""

    def ask(directives, path, **init):
        with (
            closing(Listener(0)) as listening,
            listening.serving(app),
            caching(listening.port, FRESH + directives) as connection,
        ):
            page = Browser(through(connection), at=API).page(APP)
            return page.fetch(API + path, **init)

    return ask


def through(connection):
    """Make a WSGI app that forwards requests to a connection."""

    def proxy(environ, start_response):
        headers = {
            key.removeprefix("HTTP_").replace("_", "-"): value
            for key, value in environ.items()
            if key.startswith("HTTP_") or key == "CONTENT_TYPE"
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        connection.request(environ["REQUEST_METHOD"], environ["PATH_INFO"], body, headers)
        response = connection.getresponse()
        content = response.read()
        start_response(f"{response.status} {response.reason}", response.getheaders())
        return [content]

    return proxy


def shown_in(guide):
    """Return the directives of the location that a guide shows, without ``proxy_pass``."""
    text = (GUIDES / guide).read_text("utf-8")
    location = re.search(r"```nginx\nlocation / \{\n(.*?)^\}\n```", text, re.DOTALL | re.MULTILINE)
    directives, passes = re.subn(r"^ *proxy_pass .*;$", "", location[1], flags=re.MULTILINE)
    assert passes == 1
    return directives


def behind_tls(directives):
    """Replace what nginx would send if it had a certificate."""
    return directives.replace("$scheme", "https")


def test_redirects_lead_to_the_origin_that_the_page_requested(app, ask):
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
    response = ask(behind_tls(shown_in("proxies.md")), "/items")
    assert response.json()["url"] == f"{API}/items/"


def test_an_app_that_knows_only_the_host_redirects_to_http(ask):
    with pytest.raises(NetworkError, match=r"no server at http://api\.example"):
        ask("proxy_set_header Host $http_host;", "/items")


def test_nginx_passes_preflights_on(ask):
    assert ask(shown_in("proxies.md"), "/items/", method="PUT").ok


def test_preflights_fail_if_nginx_answers_options_itself(ask):
    with pytest.raises(CORSBlocked) as caught:
        ask("if ($request_method = OPTIONS) { return 204; }", "/items/", method="PUT")
    assert caught.value.received == "204 without Access-Control-Allow-Origin"


def test_headers_that_nginx_adds_come_twice(ask):
    with pytest.raises(CORSBlocked) as caught:
        ask("add_header Access-Control-Allow-Origin *;", "/items/")
    assert caught.value.received == f"Access-Control-Allow-Origin: {APP}, *"


def test_a_page_can_read_the_413_of_the_app_but_not_of_nginx(app, ask):
    app.config["MAX_CONTENT_LENGTH"] = 1
    assert ask("", "/items/", method="PUT", body="12").status == 413
    with pytest.raises(CORSBlocked) as caught:
        ask("client_max_body_size 1;", "/items/", method="PUT", body="12")
    assert caught.value.received == "413 without Access-Control-Allow-Origin"


def test_preflights_succeed_if_the_login_of_nginx_exempts_options(ask, tmp_path):
    passwords = tmp_path / "staff"
    passwords.write_text(PASSWORD, "utf-8")
    passwords.chmod(0o644)
    login = shown_in("authentication.md").replace("/etc/nginx/staff", str(passwords))
    assert ask(login, "/items/", headers=BASIC).ok
    with pytest.raises(CORSBlocked) as caught:
        ask(login, "/items/", headers={"Authorization": "Basic 0000"})
    assert caught.value.received == "401 without Access-Control-Allow-Origin"
    everywhere = re.sub(r"limit_except OPTIONS \{|\}", "", login)
    with pytest.raises(CORSBlocked) as caught:
        ask(everywhere, "/items/", headers=BASIC)
    assert [exchange.kind for exchange in caught.value.log] == ["preflight"]
