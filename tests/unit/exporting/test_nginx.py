"""A policy as two parts of a configuration of nginx."""

import re

import pytest

from wsgicors import Policy
from wsgicors._exporting import export, nginx
from wsgicors._exporting.rules import NotExportable, Rules

APP = "https://app.example"
OTHER = "https://other.example"


def maps(policy):
    return nginx.write_maps(Rules.of(policy), "api")


def read(policy):
    """Return the source of each map and its rows, by what its variable ends with."""
    found = re.findall(
        r"^map (\S+) \$cors_api_(\w+) {(.*?)}$", maps(policy), re.MULTILINE | re.DOTALL
    )
    return {
        end: (source, dict(re.findall(r'(default|"[^"]*") +(\S.*?);', rows)))
        for source, end, rows in found
    }


def origins(policy, end="origin"):
    """Return what a map has for each expression of an origin."""
    source, rows = read(policy)[end]
    assert source == "$http_origin"
    return {key.removeprefix('"~^').removesuffix('$"'): value for key, value in rows.items()}


def test_a_policy_with_one_origin():
    assert (
        maps(Policy(APP, expose_headers=["ETag", "Link"], max_age=600))
        == r"""
# The origins of pages that may read responses.
map $http_origin $cors_api_origin {
    default                    "";
    "~^https://app\.example$"  $http_origin;
}
map $http_origin $cors_api_credentials { default ""; }

# Preflights: OPTIONS with Origin and Access-Control-Request-Method.
map $request_method $cors_api_preflight {
    default    "";
    "OPTIONS"  $cors_api_step1;
}
map $http_origin $cors_api_step1 {
    default  $cors_api_step2;
    ""       "";
}
map $http_access_control_request_method $cors_api_step2 {
    default  $cors_api_step3;
    ""       "";
}
map $cors_api_origin $cors_api_step3 {
    default  "allowed";
    ""       "origin-not-allowed";
}

# Headers for allowed preflights.
map $cors_api_preflight $cors_api_methods {
    default    "";
    "allowed"  "GET, HEAD, POST";
}
map $cors_api_preflight $cors_api_headers {
    default    "";
    "allowed"  "Content-Type";
}
map $cors_api_preflight $cors_api_maxage {
    default    "";
    "allowed"  "600";
}

# Headers for other responses.
map $cors_api_preflight $cors_api_expose {
    default  "";
    ""       $cors_api_exposed;
}
map $cors_api_origin $cors_api_exposed {
    default  "ETag, Link";
    ""       "";
}
map $cors_api_preflight $cors_api_vary {
    default  "Origin, Access-Control-Request-Method";
    ""       "Origin";
}
""".lstrip()
    )


def test_the_part_for_a_location_is_the_same_for_all_policies():
    public, private = Policy("*"), Policy(APP, allow_credentials=True, allow_headers=["X-A"])
    parts = {nginx.write(Rules.of(policy), "api") for policy in (public, private)}
    [part] = parts
    assert (
        part.partition("\n# Hide")[0]
        == r"""
# Answer preflights here, before a login and before the app.
if ($cors_api_preflight = allowed) {
    return 204;
}
if ($cors_api_preflight) {
    rewrite ^ /refused.txt;  # so that the Content-Type is text/plain
    return 403 "CORS preflight refused: $cors_api_preflight\n";
}

# Send these headers with every response; nginx leaves out those without a value.
add_header Access-Control-Allow-Origin      $cors_api_origin always;
add_header Access-Control-Allow-Credentials $cors_api_credentials always;
add_header Access-Control-Expose-Headers    $cors_api_expose always;
add_header Access-Control-Allow-Methods     $cors_api_methods always;
add_header Access-Control-Allow-Headers     $cors_api_headers always;
add_header Access-Control-Max-Age           $cors_api_maxage always;
add_header Vary                             $cors_api_vary always;
""".lstrip()
    )


def test_an_app_behind_nginx_sends_no_header_of_its_own():
    part = nginx.write(Rules.of(Policy("*")), "api")
    hidden = re.findall(r"^(\w+)_hide_header Access-Control-([\w-]+);$", part, re.MULTILINE)
    modules = "proxy", "fastcgi", "scgi", "uwsgi"
    headers = (
        *("Allow-Origin", "Allow-Credentials", "Expose-Headers", "Allow-Methods"),
        *("Allow-Headers", "Max-Age"),
    )
    assert hidden == [(module, header) for module in modules for header in headers]


def test_the_maps_define_what_the_location_uses():
    for policy in Policy("*", allow_headers="*"), Policy(APP, allow_methods=[]):
        used = re.findall(r"\$cors_api_(\w+)", nginx.write(Rules.of(policy), "api"))
        assert {*used} <= {*read(policy)}


def test_a_policy_for_everybody_needs_no_expression():
    policy = Policy("*", expose_headers="*", allow_headers=[])
    assert '"~' not in maps(policy)
    found = read(policy)
    assert found["origin"] == ("$http_origin", {"default": '"*"'})
    assert found["expose"] == ("$cors_api_preflight", {"default": '""', '""': '"*"'})
    assert found["vary"][1] == {"default": '"Access-Control-Request-Method"', '""': '""'}
    assert found["step2"][1]["default"] == '"allowed"'
    assert found["headers"] == ("$cors_api_preflight", {"default": '""'})


def test_patterns_limit_the_length_of_an_origin():
    policy = Policy([APP, "https://*.app.example", "null"], accept_risks=["opaque-origin"])
    assert origins(policy) == {
        "default": '""',
        r"https://app\.example": "$http_origin",
        "null": "$http_origin",
        r"(?!.{513})https://[a-z0-9_-]+(\.[a-z0-9_-]+)*\.app\.example": "$http_origin",
    }


def test_all_listed_origins_may_send_credentials():
    found = read(Policy(APP, allow_credentials=True))
    assert found["credentials"] == ("$cors_api_origin", {"default": '"true"', '""': '""'})


def test_some_origins_may_send_credentials():
    policy = Policy("*", allow_credentials=[APP])
    assert origins(policy) == {"default": '"*"', r"https://app\.example": "$http_origin"}
    assert origins(policy, "credentials") == {"default": '""', r"https://app\.example": '"true"'}


def test_an_origin_of_two_lists_comes_once():
    policy = Policy([APP, OTHER], allow_credentials=[APP])
    assert maps(policy).count(f'"~^{APP}$"'.replace(".", r"\.")) == 2


def test_with_credentials_the_requested_method_is_the_only_one():
    found = read(Policy(APP, allow_credentials=True, allow_methods="*"))
    assert found["methods"][1]['"allowed"'] == "$cors_api_requested"
    source, rows = found["requested"]
    assert source == "$http_access_control_request_method"
    assert [*rows.items()] == [
        ("default", '""'),
        (r'"~^\*$"', '""'),
        (r'"~^[A-Za-z0-9\x21\x23-\x27*+.^_`|~-]{1,100}$"', "$http_access_control_request_method"),
    ]


def test_only_pages_with_credentials_get_the_requested_method():
    found = read(Policy("*", allow_credentials=[APP], allow_methods="*"))
    assert found["methods"][1]['"allowed"'] == "$cors_api_tiers"
    rows = {"default": '"*"', '"true"': "$cors_api_requested"}
    assert found["tiers"] == ("$cors_api_credentials", rows)


def test_a_method_that_browsers_allow_unasked_is_refused():
    found = read(Policy(APP, allow_methods=["PUT"]))
    rows = {"default": '"allowed"', '"~^(GET|HEAD|POST)$"': '"method-not-allowed"'}
    assert found["step4"] == ("$http_access_control_request_method", rows)


def test_a_preflight_for_too_many_headers_gets_no_header():
    found = read(Policy(APP, allow_headers="*"))
    assert found["origin"][1] == {"default": "$cors_api_known", '"too-large"': '""'}
    assert found["step3"][0] == "$cors_api_known"
    source, rows = found["step4"]
    assert source == "$http_access_control_request_headers"
    for value, is_refused in [
        ("x" * 8192, False),
        ("x" * 8193, True),
        (" ,".join(["x"] * 100) + ",,", False),
        (" ,,".join(["x"] * 101), True),
    ]:
        found = [key for key in rows if key != "default" and re.search(key[2:-1], value)]
        assert bool(found) == is_refused


def test_a_star_leaves_out_authorization():
    source, rows = read(Policy(APP, allow_headers="*"))["withheld"]
    assert source == "$http_access_control_request_headers"
    [pattern] = [key for key in rows if key != "default"]
    assert rows == {"default": '"*"', pattern: '""'}
    assert pattern.startswith('"~*')
    for value, is_named in [
        ("a,\tAuthorization ", True),
        ("authorization,b", True),
        ("x-authorization", False),
    ]:
        assert bool(re.search(pattern[3:-1], value, re.IGNORECASE)) == is_named


def test_a_star_beside_authorization_includes_it():
    found = read(Policy(APP, allow_headers=["*", "Authorization"]))
    assert found["headers"][1]['"allowed"'] == '"*, Authorization"'


def test_a_dollar_sign_is_a_variable():
    text = maps(Policy(APP, expose_headers=["X-$a"]))
    assert text.startswith("# A dollar sign, which strings cannot have.\ngeo $cors_api_dollar {")
    assert '"X-${cors_api_dollar}a"' in text


def test_a_value_that_is_too_long_for_nginx_is_an_error():
    names = [f"X-{number:0100}" for number in range(40)]
    with pytest.raises(NotExportable) as caught:
        maps(Policy(APP, allow_headers=names))
    assert str(caught.value) == (
        "nginx reads no value of more than 4000 characters ('X-000000000000000000'...); list "
        "fewer names"
    )


@pytest.mark.parametrize("are_maps", [True, False])
def test_if_nginx_cannot_have_one_part_it_gets_neither(are_maps):
    policy = Policy(APP, expose_headers=["X" * 4001])
    with pytest.raises(NotExportable):
        export(policy, "nginx", name="api", heading="", maps=are_maps)


def test_no_two_names_of_policies_make_the_same_variable():
    for policy in Policy("*", allow_methods="*", allow_credentials=[APP]), Policy(APP):
        assert all("_" not in end for end in read(policy))


def test_both_parts_say_how_to_include_them():
    for are_maps in False, True:
        text = export(Policy("*"), "nginx", name="api", heading="Ours", maps=are_maps)
        comment, _, directives = text.partition("\n\n")
        assert comment.startswith("# Ours\n#\n# Debian's nginx includes")
        assert (
            "\n#     location /fonts/ {\n#         include snippets/cors-api.conf;\n#     }"
            in comment
        )
        assert ("\nmap " in directives) == are_maps
