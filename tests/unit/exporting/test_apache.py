"""A policy as directives of Apache."""

from wsgicors import Policy
from wsgicors._exporting import export

APP = "https://app.example"
OTHER = "https://other.example"
PREFLIGHT = (
    "%{REQUEST_METHOD} == 'OPTIONS' "
    "&& -n req_novary('Origin') && -n req_novary('Access-Control-Request-Method')"
)


def directives(policy):
    """Return the lines after the comment at the top, without indents and continuations."""
    text = export(policy, "apache", name="api", heading="From shop:api.")
    text = text.partition("\n\n")[2].replace(" \\\n", " ")
    return [" ".join(line.split()) for line in text.splitlines()]


def conditions(policy):
    """Return the conditions of the sections; that of all preflights is shortened."""
    found = [line for line in directives(policy) if line.startswith(("<If", "<Else"))]
    assert found.pop(0) == '<If "true">'  # what removes headers
    return [
        line.partition(' "')[2].removesuffix('">').replace(PREFLIGHT, "PREFLIGHT") for line in found
    ]


def test_a_policy_with_one_origin():
    policy = Policy(APP, expose_headers=["ETag", "Link"], max_age=600)
    assert (
        export(policy, "apache", name="api", heading="From shop:api.")
        == """\
# From shop:api.
#
# In a <VirtualHost>, <Location> or <Directory> of Apache 2.4.48 or later:
#     Include /etc/apache2/cors-api.conf
# Or copy the lines into a .htaccess file, with AllowOverride AuthConfig FileInfo.
# A policy replaces that of an outer section.
# If an ErrorDocument is at a path outside, include the file there too.
# Load mod_headers, mod_alias and mod_authz_core; on Debian: a2enmod headers

# The policy replaces the CORS headers of an app and of outer sections.
<If "true">
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
</If>

# A cache must not send the response for one origin to another.
Header always merge Vary "Origin"

# What pages may read.
<If "req_novary('Origin') in { 'https://app.example' }">
    Header always set Access-Control-Allow-Origin "expr=%{req_novary:Origin}"
    Header always set Access-Control-Expose-Headers "ETag, Link"
</If>

# Preflights need no login and do not reach the app. Refuse them unless granted below.
<If "%{REQUEST_METHOD} == 'OPTIONS' \\
    && -n req_novary('Origin') && -n req_novary('Access-Control-Request-Method')">
    Require all granted
    RedirectMatch 403 ^
    ErrorDocument 403 "CORS preflight refused: origin-not-allowed"
    Header always merge Vary "Access-Control-Request-Method"
    Header always unset Access-Control-Expose-Headers
</If>

# What pages may send.
<If "%{REQUEST_METHOD} == 'OPTIONS' \\
    && -n req_novary('Origin') && -n req_novary('Access-Control-Request-Method') \\
    && req_novary('Origin') in { 'https://app.example' }">
    RedirectMatch 204 ^
    ErrorDocument 403 default
    Header always set Access-Control-Allow-Methods "GET, HEAD, POST"
    Header always set Access-Control-Allow-Headers "Content-Type"
    Header always set Access-Control-Max-Age "600"
</If>
"""
    )


def test_a_policy_for_everybody_is_in_sections_that_replace_outer_ones_and_has_no_vary():
    lines = directives(Policy("*", allow_methods="*", allow_headers=[]))
    read, sent = lines.index("# What pages may read."), lines.index("# What pages may send.")
    assert lines[read + 1 : read + 4] == [
        '<If "true">',
        'Header always set Access-Control-Allow-Origin "*"',
        "</If>",
    ]
    assert [line for line in lines if "Vary" in line] == [
        'Header always merge Vary "Access-Control-Request-Method"'
    ]
    assert lines[sent + 2 :] == [
        "RedirectMatch 204 ^",
        "ErrorDocument 403 default",
        'Header always set Access-Control-Allow-Methods "*"',
        "</If>",
    ]


def test_empty_lists_are_no_headers():
    lines = directives(Policy(APP, allow_methods=[], allow_headers=[]))
    assert [line for line in lines if line.startswith("Header always set")] == [
        'Header always set Access-Control-Allow-Origin "expr=%{req_novary:Origin}"'
    ]


def test_origins_are_compared_as_they_are_and_odd_ones_as_expressions():
    found = conditions(Policy([APP, "https://[::1]:8443", "app://{x}'$1", OTHER]))
    assert found[0] == (
        "req_novary('Origin') in "
        "{ 'https://app.example', 'https://[::1]:8443', 'https://other.example' } "
        r"|| req_novary('Origin') =~ m#^(app://\x7Bx\x7D\x27\x241)$#"
    )


def test_a_pattern_has_its_limit_beside_it():
    found = conditions(Policy(["https://*.app.example", "https://*.b.example:8443"]))
    assert found[0] == (
        "req_novary('Origin') !~ m#.{513}# "
        r"&& req_novary('Origin') =~ m#^(https://[a-z0-9_-]+(\.[a-z0-9_-]+)*\.app\.example"
        r"|https://[a-z0-9_-]+(\.[a-z0-9_-]+)*\.b\.example:8443)$#"
    )


def test_many_patterns_are_few_expressions():
    found = conditions(Policy([f"https://*.b{number}.example" for number in range(1_000)]))
    limit, joined = found[0].split(" && ", 1)
    assert limit == "req_novary('Origin') !~ m#.{513}#"
    parts = joined.removeprefix("(").removesuffix(")").split(" || ")
    assert len(parts) < 20
    assert max(map(len, parts)) < 4_100
    assert joined.count("https://") == 1_000


def test_origins_with_credentials_come_first():
    lines = directives(Policy([APP, OTHER], allow_credentials=[APP]))
    start = lines.index("# What pages may read.") + 1
    assert lines[start : start + 7] == [
        f"<If \"req_novary('Origin') in {{ '{APP}' }}\">",
        'Header always set Access-Control-Allow-Origin "expr=%{req_novary:Origin}"',
        'Header always set Access-Control-Allow-Credentials "true"',
        "</If>",
        f"<ElseIf \"req_novary('Origin') in {{ '{APP}', '{OTHER}' }}\">",
        'Header always set Access-Control-Allow-Origin "expr=%{req_novary:Origin}"',
        "</ElseIf>",
    ]


def test_everybody_else_comes_last():
    policy = Policy("*", allow_credentials=[APP])
    listed = f"req_novary('Origin') in {{ '{APP}' }}"
    assert conditions(policy) == [listed, "", "PREFLIGHT", f"PREFLIGHT && {listed}", "PREFLIGHT"]
    lines = directives(policy)
    other = lines.index("<Else>")
    assert lines[other + 1 : other + 3] == [
        'Header always set Access-Control-Allow-Origin "*"',
        "</Else>",
    ]
    assert any(line.startswith("<ElseIf") for line in lines[other:])


def test_several_ways_to_be_allowed_are_in_parentheses_in_a_longer_condition():
    ways, _, granted = conditions(Policy([APP, "https://*.b.example"]))
    assert ways.startswith(f"req_novary('Origin') in {{ '{APP}' }} || req_novary('Origin') !~")
    assert granted == f"PREFLIGHT && ({ways})"


def test_a_list_of_methods_without_get_refuses_it():
    policy = Policy([APP, "https://*.b.example"], allow_methods=["PUT", "POST"])
    pages, *_, last = conditions(policy)
    assert last == (
        "PREFLIGHT && req_novary('Access-Control-Request-Method') in { 'GET', 'HEAD' } "
        f"&& ({pages})"
    )
    assert directives(policy)[-6:] == [
        "RedirectMatch 403 ^",
        "Header always unset Access-Control-Allow-Methods",
        "Header always unset Access-Control-Allow-Headers",
        "Header always unset Access-Control-Max-Age",
        'ErrorDocument 403 "CORS preflight refused: method-not-allowed"',
        "</If>",
    ]


def test_a_list_of_methods_for_everybody_refuses_those_that_it_lacks_to_all_pages():
    policy = Policy("*", allow_credentials=[APP], allow_methods=["GET", "HEAD"])
    method = "req_novary('Access-Control-Request-Method')"
    assert conditions(policy)[-1] == f"PREFLIGHT && {method} in {{ 'POST' }}"


def test_with_credentials_every_method_is_the_requested_one_if_that_is_a_token():
    lines = directives(Policy(APP, allow_methods="*", allow_credentials=True))
    assert [line for line in lines if " set Access-Control-Allow-Methods" in line] == [
        "Header always set Access-Control-Allow-Methods "
        '"expr=%{req_novary:Access-Control-Request-Method}" '
        "\"expr=req_novary('Access-Control-Request-Method') =~ "
        r"m#^[A-Za-z0-9\x21\x23-\x27*+.^_`|~-]{1,100}$# "
        "&& req_novary('Access-Control-Request-Method') != '*'\""
    ]


def test_under_a_star_too_many_headers_are_refused():
    policy = Policy(APP, allow_headers=["*", "Authorization"])
    assert conditions(policy)[-1] == (
        "PREFLIGHT && (req_novary('Access-Control-Request-Headers') =~ m#.{8193}# "
        "|| req_novary('Access-Control-Request-Headers') =~ "
        r"m#^[, \t]*([^, \t][^,]*(,[, \t]*|$)){101}#)"
    )
    assert directives(policy)[-7:] == [
        "RedirectMatch 403 ^",
        "Header always unset Access-Control-Allow-Methods",
        "Header always unset Access-Control-Allow-Headers",
        "Header always unset Access-Control-Max-Age",
        "Header always unset Access-Control-Allow-Origin",
        'ErrorDocument 403 "CORS preflight refused: too-large"',
        "</If>",
    ]
    assert 'Header always set Access-Control-Allow-Headers "*, Authorization"' in directives(policy)


def test_a_star_is_not_sent_if_authorization_is_requested():
    lines = directives(Policy(APP, allow_headers="*"))
    assert [line for line in lines if " set Access-Control-Allow-Headers" in line] == [
        'Header always set Access-Control-Allow-Headers "*" '
        "\"expr=req_novary('Access-Control-Request-Headers') !~ "
        r'm#(^|,)[ \t]*authorization[ \t]*(,|$)#i"'
    ]


def test_a_percent_sign_in_a_name_is_doubled():
    policy = Policy(APP, allow_methods=["A%B"], allow_headers=["C%"], expose_headers="%D")
    values = [line.split()[-1] for line in directives(policy) if "%%" in line]
    assert values == ['"%%D"', '"A%%B"', '"C%%"']
