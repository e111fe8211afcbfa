"""What the server of the playground makes of pasted texts."""

import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from examples.demo.playground.pasted import EXPECTED, LONGEST_TEXT, fill
from examples.demo.playground.places import Places
from examples.demo.playground.prediction import Asked, predict
from examples.demo.playground.proof import NAMES, UNPROVEN, to_settings
from examples.demo.playground.targets import create_target, make_policy
from examples.demo.serve import Origins
from tests.browser.engines import ENGINES
from tests.browser.playground.settings import random_settings
from wsgicors import PolicyError
from wsgicors.explaining.pasted import Unreadable
from wsgicors.explaining.pasted.console import read_console

PLACES = Places("http://localhost:8000", "http://127.0.0.1:8000", "http://localhost:8003")
ORIGINS = Origins(PLACES.page, "http://localhost:8001", "http://localhost:8002", PLACES.api)

BLOCKED = (
    "Access to fetch at 'https://api.example.com/items' from origin 'https://app.example.com' has "
    "been blocked by CORS policy: "
)
USUAL = {"credentials": "same-origin", "mode": "cors", "redirect": "follow", "path": "/items/"}


@pytest.mark.parametrize(
    ("origin", "becomes", "says"),
    [
        ("https://app.example.com", PLACES.page, "another origin of the API's site"),
        ("https://api.example.com:8443", PLACES.page, "another origin of the API's site"),
        ("https://app.example.org", PLACES.other, "an origin of another site"),
        ("http://api.example.com", PLACES.other, "an origin of another site"),
        ("chrome-extension://abcdefgh", PLACES.other, "an origin of another site"),
        ("https://api.example.com", PLACES.api, "the API's own origin"),
        ("null", "null", "the page is in a sandboxed frame"),
    ],
)
def test_the_nearest_origin_of_this_machine_takes_the_place_of_the_pages(
    origin: str, becomes: str, says: str
) -> None:
    filled = fill(f"curl https://api.example.com/items -H 'Origin: {origin}'", PLACES)
    assert filled.values["origin"] == becomes
    assert becomes in filled.notes[0]
    assert says in filled.notes[0]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param(
            "curl https://api.example.com/items -X PUT -H 'Origin: https://app.example.com' "
            "-H 'X-Debug: 1' -H 'Content-Type: application/json' -d '{}'",
            {
                "origin": PLACES.page,
                "method": "PUT",
                "headers": "X-Debug: 1\nContent-Type: application/json",
            },
            id="curl",
        ),
        pytest.param(
            "await fetch('https://api.example.com/items', {method: 'DELETE', mode: 'same-origin', "
            "credentials: 'include', redirect: 'error', headers: {'X-Debug': '1'}})",
            {
                "origin": PLACES.page,
                "method": "DELETE",
                "headers": "X-Debug: 1",
                "credentials": "include",
                "mode": "same-origin",
                "redirect": "error",
            },
            id="fetch",
        ),
        pytest.param(
            "fetch('/items')", {"origin": PLACES.api, "method": "GET", "headers": ""}, id="relative"
        ),
        pytest.param(
            f"{BLOCKED}Method PUT is not allowed by Access-Control-Allow-Methods in preflight "
            "response.",
            {
                "origin": PLACES.page,
                "method": "PUT",
                "headers": "",
                "allow_origins": PLACES.page,
                "allow_methods": "GET, HEAD, POST",
                "allow_headers": "Content-Type",
                "expose_headers": "",
                "allow_credentials": False,
                "credentials_origins": "",
                "max_age": "",
                "accept_risks": [],
            },
            id="message",
        ),
        pytest.param(
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote "
            "resource at https://api.example.com/items. (Reason: CORS header "
            "‘Access-Control-Allow-Origin’ missing). Status code: 404.",
            {"origin": PLACES.page, "method": "GET", "headers": "", "path": "/missing"},
            id="message about an unknown URL",
        ),
    ],
)
def test_the_form_gets_the_request_of_a_text(text: str, values: dict[str, Any]) -> None:
    assert fill(text, PLACES).values == USUAL | values


@pytest.mark.parametrize(
    ("lines", "policy"),
    [
        pytest.param(
            "access-control-allow-origin: https://app.example.com\n"
            "access-control-allow-credentials: true\n"
            "access-control-expose-headers: ETag, X-Total-Count",
            {
                "allow_origins": PLACES.page,
                "allow_credentials": True,
                "expose_headers": "ETag, X-Total-Count",
                "allow_headers": "Content-Type",
            },
            id="response",
        ),
        pytest.param(
            "Access-Control-Allow-Origin:\nhttps://app.example.com\n"
            "Access-Control-Allow-Methods:\nGET, PUT\nAccess-Control-Max-Age:\n600",
            {"allow_origins": PLACES.page, "allow_methods": "GET, PUT", "max_age": "600"},
            id="response to a preflight, values on the next line",
        ),
        pytest.param("access-control-allow-origin: *", {"allow_origins": "*"}, id="every origin"),
        pytest.param(
            "content-type: text/html", {"allow_origins": "https://elsewhere.example"}, id="no CORS"
        ),
    ],
)
@pytest.mark.parametrize("request_before", [True, False])
def test_the_policy_is_that_of_a_recorded_response(
    lines: str, policy: dict[str, Any], request_before: bool
) -> None:
    begun = "$ curl -i https://api.example.com/items -H 'Origin: https://app.example.com'\n"
    filled = fill(f"{begun if request_before else ''}HTTP/2 200\n{lines}\n", PLACES)
    assert {name: filled.values[name] for name in policy} == policy
    assert filled.values.get("origin") == (PLACES.page if request_before else None)


def test_a_response_for_another_origin_keeps_its_name() -> None:
    text = "curl -v https://api.example.com/ -H 'Origin: https://app.example.com'\n"
    text += "* Connected to api.example.com\n> GET / HTTP/1.1\n< HTTP/1.1 200 OK\n"
    text += "< Access-Control-Allow-Origin: https://www.example.com\n"
    assert fill(text, PLACES).values["allow_origins"] == "https://www.example.com"


SECRETS = ["s3cr3t-token", "0123456789abcdef", "hunter22"]


@pytest.mark.parametrize(
    "text",
    [
        "curl 'https://api.example.com/items?access_token=s3cr3t-token' "
        "-H 'Authorization: Bearer 0123456789abcdef' -b 'session=hunter22'",
        "fetch('https://api.example.com/?access_token=s3cr3t-token', {headers: {'X-Api-Key': "
        "'0123456789abcdef', 'X-Copy': 'hunter22', Authorization: 'Bearer hunter22'}})",
        f"{BLOCKED.replace('/items', '/items?access_token=s3cr3t-token')}No "
        "'Access-Control-Allow-Origin' header is present on the requested resource.",
        "curl https://api.example.com/items -H 'Authorization: Bearer hunter22'\nHTTP/2 200\n"
        "access-control-allow-origin: https://user:s3cr3t-token@app.example.com\n"
        "access-control-allow-headers: X-Api-Key: 0123456789abcdef",
        "curl https://api.example.com/items -X token=s3cr3t-token",
    ],
    ids=["curl", "fetch", "message", "response", "method"],
)
def test_no_secret_of_a_text_comes_back(text: str) -> None:
    filled = json.dumps(fill(text, PLACES))
    assert "/items" in filled
    assert [secret for secret in SECRETS if secret in filled] == []


def test_the_form_gets_a_value_in_place_of_a_secret() -> None:
    text = "curl https://api.example.com/items -H 'Authorization: Bearer 0123456789abcdef'"
    filled = fill(text, PLACES)
    assert filled.values["headers"] == "Authorization: Bearer hidden"
    note = "Secrets are left out of the form and its link: Authorization."
    assert note in filled.notes


def test_an_ellipsis_that_is_not_a_secret_stays() -> None:
    filled = fill("curl https://api.example.com/items -H 'X-Note: wait…'", PLACES)
    assert filled.values["headers"] == "X-Note: wait…"
    assert [note for note in filled.notes if "Secrets" in note] == []


def test_the_lists_of_a_form_are_read_as_the_page_reads_them() -> None:
    values = {"allow_origins": "https://a.example\n https://b.example", "allow_headers": "X-A,X-B,"}
    assert to_settings(values) == {
        "allow_origins": ["https://a.example", "https://b.example"],
        "allow_headers": ["X-A", "X-B"],
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", f"{EXPECTED}; copy one of these"),
        ("GET /items", f"{EXPECTED}; copy one of these"),
        ("Uncaught TypeError: Failed to fetch", f"{EXPECTED}; this text does not name the URL"),
        ("curl", "the curl command has no URL"),
        ("curl https://a.example https://b.example", "expected one curl command, got several"),
        ("curl 'https://a.example:x'", "'https://a.example:x' is not a valid URL"),
        ("Invoke-WebRequest https://a.example", "use 'Copy as cURL'"),
        ("fetch(address)", "the URL is 'address', which is not a literal"),
        ("fetch('https://a.example', {mode: 'open'})", "'open' is not a value of mode; use cors"),
        ("curl https://a.example -H 'Origin: a.example'", "'a.example' is not an origin"),
        ("x" * (LONGEST_TEXT + 1), "expected at most 20,000 characters, got 20,001"),
    ],
)
def test_a_text_that_cannot_be_read_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        fill(text, PLACES)
    assert problem in str(caught.value)


def test_a_header_with_a_line_break_is_one_line_of_the_form() -> None:
    headers = "{'X-A': '1\\nX-B: 2', 'X-C\\nX-D': '3'}"
    filled = fill(f"fetch('https://a.example', {{headers: {headers}}})", PLACES)
    assert filled.values["headers"] == "X-A: 1 X-B: 2\nX-C X-D: 3"


@pytest.mark.parametrize(
    ("reason", "note"),
    [
        (
            "The 'Access-Control-Allow-Origin' header has a value 'https://www.example.com' that "
            "is not equal to the supplied origin.",
            "The response allowed https://www.example.com, so allow_origins has it.",
        ),
        (
            "Response to preflight request doesn't pass access control check: It does not have "
            "HTTP ok status.",
            UNPROVEN,
        ),
    ],
)
def test_a_note_says_if_no_policy_leads_to_a_message(reason: str, note: str) -> None:
    filled = fill(f"{BLOCKED}{reason}", PLACES)
    assert filled.notes[-1].startswith(note)


def play(asked: Asked, given: dict[str, Any], engine: str) -> str:
    """Return what an engine prints for a request to a path of the form, under its policy.

    :raises PolicyError: if the policy cannot work.
    """
    target = create_target(make_policy(to_settings(given | {"max_age": ""})))
    url = f"{PLACES.api}{given['path']}"
    result = predict(target, url, asked, at=PLACES.api, visited=PLACES.page, profile=engine)
    return str(result["console"])


def to_request(given: dict[str, Any]) -> Asked:
    """Return the request of a form."""
    headers = [line.partition(": ")[::2] for line in given["headers"].splitlines()]
    chosen = {name: given[name] for name in ("credentials", "mode", "redirect")}
    return Asked(given["origin"], given["method"], headers, **chosen)


def blocked(engine: str) -> Iterator[str]:
    """Yield what an engine prints for random requests that CORS blocks."""
    choose = random.Random(3)
    for _ in range(300):
        given = random_settings(choose, ORIGINS)
        with suppress(PolicyError, Unreadable):
            printed = play(to_request(given), given, engine)
            read_console(printed)
            yield printed


@pytest.mark.parametrize("engine", ENGINES)
def test_the_form_leads_to_the_message_that_was_pasted(engine: str) -> None:
    unproven: list[str] = []
    messages = [*blocked(engine)]
    for message in messages:
        values, notes = fill(message, PLACES)
        if f"The form now leads to the same message in {NAMES[engine]}" not in notes[-1]:
            assert notes[-1] == UNPROVEN
            unproven.append(message)
            continue
        again = play(to_request(values), {"allow_origins": "https://a.example"} | values, engine)
        (wanted, *_), (got, *_) = read_console(message), read_console(again)
        assert (got.headers, got.preflight) == (wanted.headers, wanted.preflight)
        assert "in place of" in notes[-1] or got.received == wanted.received
        options = [note for note in notes if re.search(r"\s--?\w|METHOD|explain", note)]
        assert options == []
    assert len(messages) > 80
    # The status of a preflight, and its redirects, are not those of a policy.
    assert len(unproven) < len(messages) / 20
