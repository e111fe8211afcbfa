"""The explanations on the page."""

from typing import Any

import pytest
from playwright.sync_api import Page

from examples.demo.serve import Origins
from tests.browser.playground.driving import submit, verdict


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param(
            {"headers": "X-Debug: 1", "allow_headers": "X-Debug"},
            "because the method is PUT and the page sets x-debug.",
            id="preflight",
        ),
        pytest.param({"method": "GET", "headers": ""}, "The request is simple", id="simple"),
        pytest.param(
            {"expose_headers": "X-Total-Count"}, "JavaScript cannot read X-Served-By", id="withheld"
        ),
        pytest.param(
            {"credentials": "include", "allow_credentials": True},
            "The browser sent the cookie visitor=you",
            id="cookie",
        ),
        pytest.param(
            {"method": "GET", "headers": "", "mode": "no-cors"}, "opaque", id="opaque response"
        ),
        pytest.param(
            {"redirect": "manual", "path": "/items"}, "that there is a redirect", id="3xx"
        ),
        pytest.param(
            {"redirect": "error", "path": "/items"},
            "redirects, but the request has redirect='error'",
            id="error",
        ),
        pytest.param({"method": "TRACE"}, "Nothing was sent: browsers do not allow", id="not sent"),
    ],
)
def test_the_explanation_names_what_decided(
    page: Page, values: dict[str, Any], sentence: str
) -> None:
    submit(page, **values)
    assert sentence in page.inner_text("#because")


def test_a_lax_cookie_is_not_sent_from_another_site(page: Page, origins: Origins) -> None:
    other = origins.page.replace("localhost", "127.0.0.1")
    values = {"origin": other, "allow_origins": "http://127.0.0.1:*", "allow_credentials": True}
    submit(page, **values, credentials="include")
    assert verdict(page) == "Allowed, as predicted"
    assert "there was no cookie to send" in page.inner_text("#because")


def test_a_page_of_the_api_itself_needs_no_policy(page: Page, origins: Origins) -> None:
    submit(page, origin=origins.play, allow_origins="https://elsewhere.example")
    assert verdict(page) == "Allowed, as predicted"
    assert "The page and the API have the same origin" in page.inner_text("#because")
