"""The example apps: what listed pages can do with them, and unlisted pages cannot."""

import re
import shlex
from pathlib import Path

import pytest
from flask import Flask

from examples import cookies, factory, pagination, raw_wsgi, tiers, werkzeug_app
from lab.servers.running import ROOT
from wsgicors.auditing import audit, survey
from wsgicors.flask import CORS, cors
from wsgicors.testing import Browser, CORSBlocked

API = "https://api.example"
APP = "https://app.example"
JSON = {"Content-Type": "application/json"}


def page_of(app, origin=APP):
    return Browser(app, at=API).page(origin)


def test_any_page_reads_the_notices_of_the_raw_app():
    assert page_of(raw_wsgi.app, "https://anyone.example").fetch(f"{API}/notices").ok


def test_the_page_of_the_staff_adds_notices_and_clears_them(monkeypatch):
    monkeypatch.setattr(raw_wsgi, "NOTICES", [])
    page = page_of(raw_wsgi.app, "https://staff.example")
    added = page.fetch(f"{API}/notices", method="POST", headers=JSON, body='"closed"')
    assert (added.status, added.json()) == (201, ["closed"])
    assert page.fetch(f"{API}/notices", method="DELETE").json() == []


def test_another_page_cannot_clear_the_notices(monkeypatch):
    monkeypatch.setattr(raw_wsgi, "NOTICES", ["closed"])
    with pytest.raises(CORSBlocked):
        page_of(raw_wsgi.app).fetch(f"{API}/notices", method="DELETE")
    assert raw_wsgi.NOTICES == ["closed"]


def test_a_url_or_method_that_the_raw_app_does_not_serve_has_no_policy():
    for path, method in [("/notices", "PUT"), ("/elsewhere", "GET")]:
        with pytest.raises(CORSBlocked):
            page_of(raw_wsgi.app, "https://staff.example").fetch(API + path, method=method)


def test_the_listed_page_adds_a_link_to_the_werkzeug_app_and_reads_it(monkeypatch):
    monkeypatch.setattr(werkzeug_app, "LINKS", {})
    page = page_of(werkzeug_app.app)
    assert page.fetch(f"{API}/links/tea", method="PUT", body="https://tea.example").status == 201
    assert page.fetch(f"{API}/links/tea").text == "https://tea.example"
    assert page.fetch(f"{API}/links/coffee").status == 404


def test_another_page_can_neither_add_nor_follow_a_link():
    page = page_of(werkzeug_app.app, "https://other.example")
    for path, method in [("/links/about", "PUT"), ("/docs", "GET")]:
        with pytest.raises(CORSBlocked):
            page.fetch(API + path, method=method)


@pytest.fixture
def configured(monkeypatch):
    """The app of the factory, in the environment that its docstring shows."""
    for name, value in re.findall(r"^ +(FLASK_\w+)=(\S+) ", factory.__doc__, re.MULTILINE):
        monkeypatch.setenv(name, value)
    return factory.create_app()


def test_the_environment_sets_the_origins_of_the_app_of_the_factory(configured):
    CORS.check(configured)
    page = page_of(configured, "https://www.app.example")
    assert page.fetch(f"{API}/account/orders", credentials="include").ok
    page = page_of(configured, "https://partner.example")
    assert page.fetch(f"{API}/catalogue/prices").headers["ETag"] == '"7"'
    with pytest.raises(CORSBlocked):
        page.fetch(f"{API}/account/orders")


def test_the_variables_in_the_guide_have_the_same_effect(configured, monkeypatch):
    guide = (ROOT / "docs" / "howto" / "configuration.md").read_text("utf-8")
    exported = re.findall(r"^\$ export (\w+)=(.+)$", guide, re.MULTILINE)
    for name, value in exported:
        monkeypatch.setenv(name, *shlex.split(value))
    assert len(exported) == 3
    assert survey(factory.create_app()).rows == survey(configured).rows


def test_the_factory_makes_several_apps(configured):
    other = factory.create_app({"CORS_POLICIES": {"web": {"allow_origins": "https://b.example"}}})
    assert "CORS_POLICIES" in configured.config
    with pytest.raises(ValueError, match="no policy named 'partners'"):
        CORS.check(other)


def test_a_page_follows_the_links_through_the_list():
    page = page_of(pagination.app)
    first = page.fetch(f"{API}/teas")
    assert first.headers["Link"] == '</teas?start=2>; rel="next"'
    last = page.fetch(f"{API}/teas?start=4")
    assert (last.json(), last.headers["X-Total-Count"]) == (["keemun"], "5")
    assert "Link" not in last.headers


def test_only_the_list_exposes_headers():
    answer = pagination.app.test_client().get("/teas/assam", headers={"Origin": APP})
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "Access-Control-Expose-Headers" not in answer.headers


def test_a_page_of_another_site_logs_in():
    page = page_of(cookies.app)
    assert page.fetch(f"{API}/session", credentials="include").status == 401
    page.fetch(f"{API}/session", method="PUT", credentials="include")
    assert page.fetch(f"{API}/session", credentials="include").json() == {"user": "ada"}
    assert page.fetch(f"{API}/session").status == 401


def test_an_unlisted_page_reads_the_news_but_not_the_session():
    page = page_of(cookies.app, "https://other.example")
    assert page.fetch(f"{API}/news").json() == ["the shop is open"]
    with pytest.raises(CORSBlocked):
        page.fetch(f"{API}/session", credentials="include")


def test_the_variables_in_the_guide_list_the_origins_that_send_cookies(monkeypatch):
    guide = (ROOT / "docs" / "howto" / "tiers.md").read_text("utf-8")
    exported = re.findall(r"^\$ export (\w+)=(.+)$", guide, re.MULTILINE)
    for name, value in exported:
        monkeypatch.setenv(name, *shlex.split(value))
    assert len(exported) == 2
    app = Flask(__name__)
    app.config.from_prefixed_env()
    CORS(app)
    app.add_url_rule("/prices", view_func=cors("prices")(lambda: "300"))
    for origin in "https://shop.example", "https://m.shop.example":
        assert page_of(app, origin).fetch(f"{API}/prices", credentials="include").ok
    blog = page_of(app, "https://blog.example")
    assert blog.fetch(f"{API}/prices").text == "300"
    with pytest.raises(CORSBlocked):
        blog.fetch(f"{API}/prices", credentials="include")


@pytest.mark.parametrize("program", [cookies, factory, pagination, raw_wsgi, tiers, werkzeug_app])
def test_the_docstring_of_each_example_shows_how_to_run_it(program):
    path = Path(program.__file__).relative_to(ROOT)
    assert ".".join(path.with_suffix("").parts) in program.__doc__


@pytest.mark.parametrize("program", [cookies, pagination, tiers, werkzeug_app])
def test_the_audit_finds_nothing_in_the_examples(program):
    assert codes_of(program.app) == set()


def test_the_audit_finds_nothing_in_the_app_of_the_factory(configured):
    assert codes_of(configured) == set()


def codes_of(app):
    """Return the codes of the findings, without marks of other examples in this process."""
    found = survey(app)
    assert any(row.policy for row in found.rows)
    return {finding.code for finding in audit(found)} - {"unreached-mark"}
