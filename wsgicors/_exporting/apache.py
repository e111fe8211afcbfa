"""Apache: ``Header`` lines in ``<If>`` sections.

Apache has two tables of headers for each response and sends both. ``Header`` changes the one that
has the headers of an app behind a proxy, but not for errors and redirects of Apache itself.
``Header always`` changes the other one, for all responses. So the CORS headers of the app are
removed from both tables, and those of the policy are in the second only.

Apache evaluates ``<If>`` sections before it checks logins. There ``RedirectMatch`` answers
preflights, with a status and without a body. Apache before 2.4.48 sends a 304 without CORS headers.

``req_novary()`` reads a request header. Unlike ``req()`` it does not add the name to ``Vary``.
"""

import re
from collections.abc import Iterable, Iterator
from textwrap import indent

from .._core.headers import CORS_RESPONSE_HEADERS
from .._core.origins import MAX_ORIGIN_LENGTH
from .._core.protocol import MAX_METHOD_SIZE, MAX_REQUESTED_NAMES, MAX_REQUESTED_SIZE
from . import expressions
from .rules import Group, Rules

INCLUDE = """\
In a <VirtualHost>, <Location> or <Directory> of Apache 2.4.48 or later:
    Include /etc/apache2/{name}.conf
Or copy the lines into a .htaccess file, with AllowOverride AuthConfig FileInfo.
Load mod_headers, mod_alias and mod_authz_core; on Debian: a2enmod headers"""

_ORIGIN = "req_novary('Origin')"
_METHOD = "req_novary('Access-Control-Request-Method')"
_HEADERS = "req_novary('Access-Control-Request-Headers')"

_PREFLIGHT = f"%{{REQUEST_METHOD}} == 'OPTIONS'\n&& -n {_ORIGIN} && -n {_METHOD}"

_PLAIN = re.compile(r"[A-Za-z0-9:/._\[\]-]+")
"""Text that means itself in the quotes of an expression."""

_NAME = r"[, \t]*[^, \t][^,]*"
"""A requested header name, after spaces and empty elements."""

_TOO_LARGE = (
    f"{_HEADERS} =~ m#.{{{MAX_REQUESTED_SIZE + 1}}}#\n"
    f"|| {_HEADERS} =~ m#^{_NAME}(,{_NAME}){{{MAX_REQUESTED_NAMES}}}#"
)

_AUTHORIZATION = r"m#(^|,)[ \t]*authorization[ \t]*(,|$)#i"


def write(rules: Rules, name: str) -> str:
    """Return the directives for a policy; ``name`` is not needed, because they define nothing."""
    return "\n".join([*_directives(rules), ""])


def _directives(rules: Rules) -> Iterator[str]:
    yield "# The policy replaces the CORS headers of an app, in every response."
    for header in sorted(CORS_RESPONSE_HEADERS):
        yield f"Header        unset {header.title()}"
        yield f"Header always unset {header.title()}"
    if rules.vary:
        yield "\n# A cache must not send the response for one origin to another."
        yield _merge_vary(rules.vary)
    yield "\n# Preflights need no login and do not reach the app. Refuse them unless granted below."
    yield _section(
        "If",
        _PREFLIGHT,
        [
            "Require all granted",
            "RedirectMatch 403 ^",
            'ErrorDocument 403 "CORS preflight refused"',
            _merge_vary(rules.preflight_vary.removeprefix(f"{rules.vary}, ")),
        ],
    )
    yield "\n# What pages may read and send."
    for number, group in enumerate(rules.groups):
        condition = _condition(group)
        granted = _granted(rules, group)
        if condition:
            yield _section("ElseIf" if number else "If", condition, granted)
        elif number:
            yield _section("Else", "", granted)
        else:
            yield from granted


def _granted(rules: Rules, group: Group) -> Iterator[str]:
    """Yield the directives for the origins of a group."""
    yield _set("Allow-Origin", "*" if group.everybody else "expr=%{req_novary:Origin}")
    if group.credentials:
        yield _set("Allow-Credentials", "true")
    yield _section("If", _PREFLIGHT, _preflight(rules, group))
    if rules.expose:
        yield _section("Else", "", [_set_text("Expose-Headers", rules.expose)])


def _preflight(rules: Rules, group: Group) -> Iterator[str]:
    """Yield the directives for preflights from these origins, which may still be refused."""
    condition = ""
    if rules.refused_methods:
        methods = ", ".join(f"'{method}'" for method in rules.refused_methods)
        condition = f"! ({_METHOD} in {{ {methods} }})"
    granted = _granted_preflight(rules, group)
    if rules.limits_headers:
        yield _section("If", _TOO_LARGE, ["Header always unset Access-Control-Allow-Origin"])
        yield _section("ElseIf" if condition else "Else", condition, granted)
    elif condition:
        yield _section("If", condition, granted)
    else:
        yield from granted


def _granted_preflight(rules: Rules, group: Group) -> Iterator[str]:
    yield "RedirectMatch 204 ^"
    if group.echoes_method:
        token = f"m#^{expressions.TOKEN}{{1,{MAX_METHOD_SIZE}}}$#"
        requested = _set("Allow-Methods", "expr=%{req_novary:Access-Control-Request-Method}")
        yield _section("If", f"{_METHOD} =~ {token}\n&& {_METHOD} != '*'", [requested])
    elif group.methods:
        yield _set_text("Allow-Methods", group.methods)
    if rules.withholds_headers:
        lines = [_set_text("Allow-Headers", rules.headers)]
        yield _section("If", f"{_HEADERS} !~ {_AUTHORIZATION}", lines)
    elif rules.headers:
        yield _set_text("Allow-Headers", rules.headers)
    if rules.max_age:
        yield _set("Max-Age", rules.max_age)


def _condition(group: Group) -> str:
    """Return the condition for a group after those before it; empty for everybody."""
    plain = [f"'{origin}'" for origin in group.exact if _PLAIN.fullmatch(origin)]
    odd = [origin for origin in group.exact if not _PLAIN.fullmatch(origin)]
    short = f"{_ORIGIN} !~ m#.{{{MAX_ORIGIN_LENGTH + 1}}}#"
    ways = [f"{_ORIGIN} in {{ {', '.join(plain)} }}"] if plain else []
    ways += [_matches(expressions.escape(origin)) for origin in odd]
    ways += [f"{short}\n&& {_matches(expression)}" for expression in group.patterns]
    return "\n|| ".join(ways)


def _matches(expression: str) -> str:
    return f"{_ORIGIN} =~ m#^({expression})$#"


def _merge_vary(names: str) -> str:
    return f'Header always merge Vary "{names}"'


def _set_text(header: str, names: str) -> str:
    return _set(header, names.replace("%", "%%"))  # a percent sign would start a variable


def _set(header: str, value: str) -> str:
    return f'Header always set Access-Control-{header} "{value}"'


def _section(tag: str, condition: str, lines: Iterable[str]) -> str:
    """Return a section; the lines of its condition are continued as Apache needs it."""
    start = f'<{tag} "{condition}">' if condition else f"<{tag}>"
    start = start.replace("\n", " \\\n    ")
    return "\n".join([start, *(indent(line, "    ") for line in lines), f"</{tag}>"])
