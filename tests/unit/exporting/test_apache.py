"""A policy as directives of Apache."""

import pytest

from wsgicors import Policy
from wsgicors._exporting import export

APP = "https://app.example"
OTHER = "https://other.example"


def directives(policy):
    """Return the lines after the comment at the top, without indents and continuations."""
    text = export(policy, "apache", name="api", heading="From shop:api.")
    text = text.partition("\n\n")[2].replace(" \\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines()]


def conditions(policy):
    found = [line for line in directives(policy) if line.startswith(("<If", "<Else"))]
    return [line.partition(' "')[2].removesuffix('">') for line in found]


def test_a_policy_with_one_origin():
    policy = Policy(APP, expose_headers=["ETag", "Link"], max_age=600)
    assert (
        export(policy, "apache", name="api", heading="From shop:api.")
        == """\
# From shop:api.
#
# In a <VirtualHost>, <Location> or <Directory> of Apache 2.4.48 or later:
#     Include /etc/apache2/api.conf
# Or copy the lines into a .htaccess file, with AllowOverride AuthConfig FileInfo.
# Load mod_headers, mod_alias and mod_authz_core; on Debian: a2enmod headers

# The policy replaces the CORS headers of an app, in every response.
Header        unset Access-Control-Allow-Credentials
Header always unset Access-Control-Allow-Credentials
Header        unset Access-Control-Allow-Headers
Header always unset Access-Control-Allow-Headers
Header        unset Access-Control-Allow-Methods
Header always unset Access-Control-Allow-Methods
Header        unset Access-Control-Allow-Origin
Header always unset Access-Control-Allow-Origin
Header        unset Access-Control-Expose-Headers
Header always unset Access-Control-Expose-Headers
Header        unset Access-Control-Max-Age
Header always unset Access-Control-Max-Age

# A cache must not send the response for one origin to another.
Header always merge Vary "Origin"

# Preflights need no login and do not reach the app. Refuse them unless granted below.
<If "%{REQUEST_METHOD} == 'OPTIONS' \\
    && -n req_novary('Origin') && -n req_novary('Access-Control-Request-Method')">
    Require all granted
    RedirectMatch 403 ^
    ErrorDocument 403 "CORS preflight refused"
    Header always merge Vary "Access-Control-Request-Method"
</If>

# What pages may read and send.
<If "req_novary('Origin') in { 'https://app.example' }">
    Header always set Access-Control-Allow-Origin "expr=%{req_novary:Origin}"
    <If "%{REQUEST_METHOD} == 'OPTIONS' \\
        && -n req_novary('Origin') && -n req_novary('Access-Control-Request-Method')">
        RedirectMatch 204 ^
        Header always set Access-Control-Allow-Methods "GET, HEAD, POST"
        Header always set Access-Control-Allow-Headers "Content-Type"
        Header always set Access-Control-Max-Age "600"
    </If>
    <Else>
        Header always set Access-Control-Expose-Headers "ETag, Link"
    </Else>
</If>
"""
    )


def test_a_policy_for_everybody_has_no_condition_and_no_vary():
    lines = directives(Policy("*", allow_methods=[], allow_headers=[]))
    start = lines.index("# What pages may read and send.")
    assert lines[start + 1] == 'Header always set Access-Control-Allow-Origin "*"'
    assert [line for line in lines if "Vary" in line] == [
        'Header always merge Vary "Access-Control-Request-Method"'
    ]
    assert not any("set Access-Control-Allow-Methods" in line for line in lines if "un" not in line)
    assert not any("set Access-Control-Allow-Headers" in line for line in lines if "un" not in line)


def test_origins_are_compared_as_they_are_and_odd_ones_as_expressions():
    found = conditions(Policy([APP, "https://[::1]:8443", "app://{x}'$1", OTHER]))
    assert found[1] == (
        "req_novary('Origin') in "
        "{ 'https://app.example', 'https://[::1]:8443', 'https://other.example' } "
        r"|| req_novary('Origin') =~ m#^(app://\x7Bx\x7D\x27\x241)$#"
    )


def test_a_pattern_has_its_limit_beside_it():
    found = conditions(Policy(["https://*.app.example", "https://*.b.example:8443"]))
    assert found[1] == (
        "req_novary('Origin') !~ m#.{513}# "
        r"&& req_novary('Origin') =~ m#^(https://[a-z0-9_-]+(\.[a-z0-9_-]+)*\.app\.example)$# "
        "|| req_novary('Origin') !~ m#.{513}# "
        r"&& req_novary('Origin') =~ m#^(https://[a-z0-9_-]+(\.[a-z0-9_-]+)*\.b\.example:8443)$#"
    )


@pytest.mark.parametrize(
    ("origins", "tag"),
    [
        ("*", "<Else>"),
        ([APP, OTHER], f"<ElseIf \"req_novary('Origin') in {{ '{APP}', '{OTHER}' }}\">"),
    ],
)
def test_origins_with_credentials_come_first(origins, tag):
    lines = directives(Policy(origins, allow_credentials=[APP]))
    first = lines.index(f"<If \"req_novary('Origin') in {{ '{APP}' }}\">")
    credentials = lines.index('Header always set Access-Control-Allow-Credentials "true"')
    assert first < credentials < lines.index(tag)


def test_a_list_of_methods_without_get_refuses_it():
    found = conditions(Policy(APP, allow_methods=["PUT", "POST"]))
    assert found[-1] == "! (req_novary('Access-Control-Request-Method') in { 'GET', 'HEAD' })"


def test_with_credentials_every_method_is_the_requested_one_if_that_is_a_token():
    policy = Policy(APP, allow_methods="*", allow_credentials=True)
    lines = directives(policy)
    assert conditions(policy)[-1] == (
        "req_novary('Access-Control-Request-Method') =~ "
        r"m#^[A-Za-z0-9\x21\x23-\x27*+.^_`|~-]{1,100}$# "
        "&& req_novary('Access-Control-Request-Method') != '*'"
    )
    assert (
        "Header always set Access-Control-Allow-Methods "
        '"expr=%{req_novary:Access-Control-Request-Method}"'
    ) in lines


def test_under_a_star_too_many_headers_and_authorization_allow_none():
    assert conditions(Policy(APP, allow_headers="*"))[3:] == [
        "req_novary('Access-Control-Request-Headers') =~ m#.{8193}# "
        "|| req_novary('Access-Control-Request-Headers') =~ "
        r"m#^[, \t]*[^, \t][^,]*(,[, \t]*[^, \t][^,]*){100}#",
        "",
        "req_novary('Access-Control-Request-Headers') !~ "
        r"m#(^|,)[ \t]*authorization[ \t]*(,|$)#i",
    ]


def test_a_star_and_a_list_of_methods_are_checked_one_after_the_other():
    lines = directives(Policy(APP, allow_methods=["PUT"], allow_headers=["*", "Authorization"]))
    unset = lines.index("Header always unset Access-Control-Allow-Origin", 20)
    assert lines[unset + 1 : unset + 4] == [
        "</If>",
        "<ElseIf \"! (req_novary('Access-Control-Request-Method') in { 'GET', 'HEAD', 'POST' })\">",
        "RedirectMatch 204 ^",
    ]
    assert 'Header always set Access-Control-Allow-Headers "*, Authorization"' in lines


def test_a_percent_sign_in_a_name_is_doubled():
    lines = directives(
        Policy(APP, allow_methods=["A%B"], allow_headers=["C%"], expose_headers="%D")
    )
    values = [line.split()[-1] for line in lines if "%%" in line]
    assert values == ['"A%%B"', '"C%%"', '"%%D"']
