"""A policy as a file that HAProxy reads before its configuration."""

import re
from pathlib import Path

import pytest

from wsgicors import Policy
from wsgicors._exporting import export, haproxy
from wsgicors._exporting.rules import NotExportable, Rules

APP = "https://app.example"
OTHER = "https://other.example"
RISKS = ["subdomains-with-credentials", "plain-http-origin", "opaque-origin"]

METHOD = "req.fhdr(Access-Control-Request-Method)"
HEADERS = "req.fhdr(Access-Control-Request-Headers)"
ANSWERED = "cors_preflight { status 204 }"


def expected(name):
    return (Path(__file__).parent / "expected" / f"{name}.cfg").read_text()


def lines(policy):
    text = haproxy.write(Rules.of(policy), "api")
    return [line.strip() for line in text.splitlines()]


def origins(policy):
    """Return the matching and the group of each origin, in order."""
    found = [
        re.fullmatch(r"acl (\w+) var\(txn.cors_api_origin\) -m (.*)", row) for row in lines(policy)
    ]
    return [match.groups() for match in found if match]


def response_rules(policy):
    """Return the rules that set headers, without the headers that they remove."""
    start = "http-after-response "
    rows = [row.removeprefix(start) for row in lines(policy) if row.startswith(start)]
    return [row for row in rows if not row.startswith("del-header")]


def test_a_policy_with_origins_and_credentials():
    policy = Policy(
        [APP, "https://*.app.example"],
        allow_methods=["GET", "PUT"],
        expose_headers=["ETag", "X-Total-Count"],
        allow_credentials=True,
        max_age=600,
        accept_risks=RISKS,
    )
    assert haproxy.write(Rules.of(policy), "api") == expected("typical")


def test_a_policy_for_everybody_does_not_look_at_the_origin():
    assert haproxy.write(Rules.of(Policy("*", allow_headers=[])), "api") == expected("public")


def test_odd_characters_are_quoted():
    policy = Policy(["app://{x}$1%2e", "app://a\"b'c`d", "app://a"], accept_risks=RISKS)
    assert origins(policy) == [
        ("cors_allowed", "str 'app://{x}$1%2e'"),
        ("cors_allowed", r"""str 'app://a"b'\''c`d'"""),
        ("cors_allowed", "str app://a"),
    ]


def test_origins_with_credentials_are_a_group_of_their_own():
    policy = Policy([APP, OTHER], allow_credentials=[APP], allow_methods=["PUT", "POST"])
    assert origins(policy) == [
        ("cors_trusted", f"str {APP}"),
        ("cors_allowed", f"str {APP}"),
        ("cors_allowed", f"str {OTHER}"),
    ]
    rows = lines(policy)
    refusal = (
        'http-request return status 403 content-type text/plain string "CORS preflight refused: '
    )
    assert f'{refusal}origin-not-allowed\\n" if cors_preflight !cors_trusted !cors_allowed' in rows
    refused = rf'{refusal}method-not-allowed\n" if cors_preflight {{ {METHOD} -m str GET HEAD }}'
    assert refused in rows
    sent = response_rules(policy)
    credentials = "set-header Access-Control-Allow-Credentials true if cors_may_read cors_trusted"
    assert credentials in sent
    methods = f"set-header Access-Control-Allow-Methods 'PUT, POST' if {ANSWERED}"
    assert [row for row in sent if "Methods" in row] == [
        f"{methods} cors_trusted",
        f"{methods} !cors_trusted",
    ]


def test_everybody_may_read_and_some_with_credentials():
    rows = lines(Policy("*", allow_credentials=[APP]))
    everybody = rows.index("http-request set-var(txn.cors_api_allow) str(*)")
    trusted = "http-request set-var(txn.cors_api_allow) var(txn.cors_api_origin) if cors_trusted"
    assert rows[everybody + 1] == trusted
    assert not any("status 403" in row for row in rows)


def test_all_methods_with_credentials_is_the_requested_one():
    policy = Policy("*", allow_credentials=[APP], allow_methods="*")
    token = r"'^[A-Za-z0-9\x21\x23-\x27*+.^_`|~-]{1,100}$'"
    kept = f"http-request set-var(txn.cors_api_method) {METHOD}"
    assert f"{kept} if {{ {METHOD} -m reg {token} }} !{{ {METHOD} -m str * }}" in lines(policy)
    methods = "set-header Access-Control-Allow-Methods"
    found = "{ var(txn.cors_api_method) -m found }"
    assert [row for row in response_rules(policy) if row.startswith(methods)] == [
        f"{methods} %[var(txn.cors_api_method)] if {ANSWERED} cors_trusted {found}",
        f"{methods} * if {ANSWERED} !cors_trusted",
    ]


def test_no_methods_send_no_header():
    sent = response_rules(Policy(APP, allow_methods=[]))
    assert not any("Access-Control-Allow-Methods" in row for row in sent)


def test_all_headers_but_authorization():
    policy = Policy(APP, allow_headers="*")
    kept = "http-request set-var(txn.cors_api_authorization) bool(true)"
    for row in (
        f"acl cors_too_large {HEADERS},length gt 8192",
        rf"acl cors_too_large {HEADERS} -m reg '^[, \t]*([^, \t][^,]*(,[, \t]*|$)){{101}}'",
        r'http-request return status 403 content-type text/plain string "CORS preflight refused: '
        r'too-large\n" if cors_preflight cors_too_large',
        rf"{kept} if {{ {HEADERS} -m reg -i '(^|,)[ \t]*authorization[ \t]*(,|$)' }}",
    ):
        assert lines(policy).count(row) == 1
    unless = "!{ var(txn.cors_api_authorization) -m found }"
    assert f"set-header Access-Control-Allow-Headers * if {ANSWERED} {unless}" in response_rules(
        policy
    )


def test_all_headers_and_authorization():
    policy = Policy(APP, allow_headers=["*", "Authorization"])
    row = f"set-header Access-Control-Allow-Headers '*, Authorization' if {ANSWERED}"
    assert row in response_rules(policy)
    assert not any("txn.cors_api_authorization" in line for line in lines(policy))


def test_no_headers_send_no_header():
    sent = response_rules(Policy(APP, allow_headers=[], max_age=0))
    assert not any("Access-Control-Allow-Headers" in row for row in sent)
    assert f"set-header Access-Control-Max-Age 0 if {ANSWERED}" in sent


@pytest.mark.parametrize(
    ("name", "written"),
    [("X#a", "'X#a'"), ("a$'x", r"'a$'\''x'"), ("%x", "'%%x'"), ("e`t", "'e`t'"), ("x.y", "x.y")],
)
def test_a_name_that_haproxy_could_take_for_its_own_syntax_is_quoted(name, written):
    sent = response_rules(Policy(APP, allow_headers=[name]))
    assert f"set-header Access-Control-Allow-Headers {written} if {ANSWERED}" in sent


@pytest.mark.parametrize(
    ("origins", "longest"), [(APP, 871), ("*", 895), ("https://*.app.example", 378)]
)
def test_headers_that_are_too_long_to_be_added_are_an_error(origins, longest):
    text = haproxy.write(Rules.of(Policy(origins, expose_headers=["x" * longest])), "api")
    assert "x" * longest in text
    with pytest.raises(NotExportable) as caught:
        haproxy.write(Rules.of(Policy(origins, expose_headers=["x" * (longest + 1)])), "api")
    assert str(caught.value) == (
        "HAProxy has 1024 bytes for headers that it adds, but this policy needs 1025; list fewer "
        "names in expose_headers"
    )


def test_an_answer_that_is_longer_than_a_buffer_is_an_error():
    haproxy.write(Rules.of(Policy(APP, allow_headers=["x" * 14_985])), "api")
    with pytest.raises(NotExportable) as caught:
        haproxy.write(Rules.of(Policy(APP, allow_headers=["x" * 14_986])), "api")
    assert str(caught.value) == (
        "allow_methods and allow_headers have 15001 characters, but HAProxy has space for 15000; "
        "list fewer names"
    )


def test_the_comment_says_how_to_include_the_file():
    text = export(Policy(APP), "haproxy", name="api", heading="The policy api.")
    comment = re.findall("^# ?(.*)", text, re.MULTILINE)
    assert comment[0] == "The policy api."
    assert "    backend api from cors_api" in comment
    assert text.count("\n\ndefaults cors_api\n    mode http\n") == 1
