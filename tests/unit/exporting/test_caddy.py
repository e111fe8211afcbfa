"""A policy as a file that Caddy imports."""

import re
from pathlib import Path

import pytest

from wsgicors import Policy
from wsgicors._exporting import caddy, export
from wsgicors._exporting.rules import Rules

APP = "https://app.example"
OTHER = "https://other.example"
RISKS = ["subdomains-with-credentials", "plain-http-origin", "opaque-origin"]


def expected(name):
    return (Path(__file__).parent / "expected" / f"{name}.caddy").read_text()


def lines(policy):
    return [line.strip() for line in caddy.write(Rules.of(policy), "api").splitlines()]


def origins(policy):
    """Return the group of each origin in the map, in order."""
    rows = lines(policy)
    start = rows.index("map {http.request.header.Origin} {cors_api_pages} {") + 1
    return dict(row.rsplit(" ", 1) for row in rows[start : rows.index("}", start)])


def test_a_policy_with_origins_and_credentials():
    policy = Policy(
        [APP, "https://*.app.example"],
        allow_methods=["GET", "PUT"],
        expose_headers=["ETag", "X-Total-Count"],
        allow_credentials=True,
        max_age=600,
        accept_risks=RISKS,
    )
    assert caddy.write(Rules.of(policy), "api") == expected("typical")


def test_a_policy_for_everybody_needs_no_map():
    assert caddy.write(Rules.of(Policy("*", allow_headers=[])), "api") == expected("public")


def test_origins_that_caddy_could_take_for_its_own_syntax_are_expressions():
    policy = Policy(
        ["app://{x}", 'app://a"b', "app://A", "null", "https://[::1]"], accept_risks=RISKS
    )
    assert origins(policy) == {
        r'"~^app://\x7Bx\x7D$"': "allowed",
        r'"~^app://a\x22b$"': "allowed",
        '"~^app://A$"': "allowed",
        "null": "allowed",
        "https://[::1]": "allowed",
        "default": "refused",
    }


def test_an_origin_with_credentials_is_listed_once():
    policy = Policy(
        [APP, OTHER, "https://*.app.example"],
        allow_credentials=[APP, "https://*.app.example"],
        accept_risks=RISKS,
    )
    assert [*origins(policy).items()] == [
        ("~.{513}", "refused"),
        (APP, "trusted"),
        (r'"~^https://[a-z0-9_-]+(\.[a-z0-9_-]+)*\.app\.example$"', "trusted"),
        (OTHER, "allowed"),
        ("default", "refused"),
    ]


def test_everybody_may_read_and_some_with_credentials():
    policy = Policy("*", allow_credentials=[APP, "https://*.app.example"], accept_risks=RISKS)
    found = origins(policy)
    assert (found[APP], found["~.{513}"], found["default"]) == ("trusted", "allowed", "allowed")
    text = caddy.write(Rules.of(policy), "api")
    assert "refused" not in text
    assert "header @cors_allowed Access-Control-Allow-Origin *\n" in text
    assert "\theader +Vary Origin\n" in text


def test_without_patterns_no_origin_is_too_long():
    assert "~.{513}" not in origins(Policy(APP))


def test_all_methods_with_credentials_is_the_requested_one():
    rows = lines(Policy("*", allow_credentials=[APP], allow_methods="*"))
    method = "{http.request.header.Access-Control-Request-Method}"
    start = rows.index("@cors_token {")
    assert rows[start : start + 8] == [
        "@cors_token {",
        rf'vars_regexp {method} "^[A-Za-z0-9\x21\x23-\x27*+.^_`|~-]{{1,100}}$"',
        f"not vars {method} *",
        "}",
        "route @cors_trusted {",
        f"header @cors_token Access-Control-Allow-Methods {method}",
        "}",
        "header @cors_allowed Access-Control-Allow-Methods *",
    ]


def test_no_methods_send_no_header():
    text = caddy.write(Rules.of(Policy(APP, allow_methods=[])), "api")
    assert "Access-Control-Allow-Methods" not in text.replace("-Access-Control-Allow-Methods", "")
    assert (
        "@cors_method vars {http.request.header.Access-Control-Request-Method} GET HEAD POST\n"
        in text
    )


def test_all_headers_but_authorization():
    rows = lines(Policy(APP, allow_headers="*"))
    requested = "{http.request.header.Access-Control-Request-Headers}"
    for row in (
        f"@cors_long expression `size({requested}) > 8192`",
        rf'@cors_many vars_regexp {requested} "^[, \t]*([^, \t][^,]*(,[, \t]*|$)){{101}}"',
        'respond @cors_long "CORS preflight refused: too-large" 403',
        'respond @cors_many "CORS preflight refused: too-large" 403',
        rf'@cors_headers not vars_regexp {requested} "(?i)(^|,)[ \t]*authorization[ \t]*(,|$)"',
        "header @cors_headers Access-Control-Allow-Headers *",
    ):
        assert rows.count(row) == 1


def test_all_headers_and_authorization():
    rows = lines(Policy(APP, allow_headers=["*", "Authorization"]))
    assert 'header Access-Control-Allow-Headers "*, Authorization"' in rows
    assert not any(row.startswith("@cors_headers") for row in rows)


def test_no_headers_send_no_header():
    rows = lines(Policy(APP, allow_headers=[], max_age=0))
    assert not any("Access-Control-Allow-Headers " in row for row in rows)
    assert "header Access-Control-Max-Age 0" in rows


@pytest.mark.parametrize("name", ["X#a", "a$'x", "#x", "e`t", "%x", "x~y"])
def test_a_name_that_caddy_could_take_for_its_own_syntax_is_quoted(name):
    rows = lines(Policy(APP, allow_headers=[name]))
    assert f'header Access-Control-Allow-Headers "{name}"' in rows


def test_the_comment_says_how_to_include_the_file():
    text = export(Policy(APP), "caddy", name="api", heading="The policy api.")
    comment = re.findall("^# ?(.*)", text, re.MULTILINE)
    assert comment[0] == "The policy api."
    assert "            import cors-api.caddy" in comment
    assert text.count("\n\nroute {\n") == 1
