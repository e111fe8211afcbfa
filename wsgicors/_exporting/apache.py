"""Apache: ``Header`` lines in ``<If>`` sections.

Apache has two tables of headers for each response and sends both. ``Header`` changes the one that
has the headers of an app behind a proxy, but not for errors and redirects of Apache itself.
``Header always`` changes the other one, for all responses. So the CORS headers of the app are
removed from both tables, and those of the policy are in the second only.

Apache evaluates ``<If>`` sections before it checks logins. There ``RedirectMatch`` answers
preflights, with a status and without a body. Sections are not nested: those that are inside others
do not always apply after a rewrite. Apache before 2.4.48 sends a 304 without CORS headers.

All ``<If>`` sections, also those of outer sections, come after all directives that are in none. So
what removes headers is in one too: then a policy replaces that of an outer section.

``req_novary()`` reads a request header. Unlike ``req()`` it does not add the name to ``Vary``.
"""

import re
from collections.abc import Iterable, Iterator
from textwrap import indent

from .._core.headers import CORS_RESPONSE_HEADERS
from .._core.origins import MAX_ORIGIN_LENGTH
from .._core.protocol import (
    MAX_METHOD_SIZE,
    MAX_REQUESTED_SIZE,
    Reason,
    refusal_body,
)
from . import expressions
from .rules import Group, Rules

FILE = "/etc/apache2/cors-{name}.conf"

INCLUDE = """\
In a <VirtualHost>, <Location> or <Directory> of Apache 2.4.48 or later:
    Include /etc/apache2/cors-{name}.conf
Or copy the lines into a .htaccess file, with AllowOverride AuthConfig FileInfo.
A policy replaces that of an outer section.
If an ErrorDocument is at a path outside, include the file there too.
Load mod_headers, mod_alias and mod_authz_core; on Debian: a2enmod headers"""

_ORIGIN = "req_novary('Origin')"
_METHOD = "req_novary('Access-Control-Request-Method')"
_HEADERS = "req_novary('Access-Control-Request-Headers')"

_ALWAYS = "true"

_PREFLIGHT = f"%{{REQUEST_METHOD}} == 'OPTIONS'\n&& -n {_ORIGIN} && -n {_METHOD}"

_PLAIN = re.compile(r"[A-Za-z0-9:/._\[\]-]+")
"""Text that means itself in the quotes of an expression."""

LONGEST = 4_000
"""The most characters of a regular expression of several; Apache reads none of 8,192."""

_TOO_LARGE = (
    f"{_HEADERS} =~ m#.{{{MAX_REQUESTED_SIZE + 1}}}#\n"
    f"|| {_HEADERS} =~ m#^{expressions.TOO_MANY_NAMES}#"
)

_CONTINUED = "\\\n    "
"""The end of a line that is continued on the next one."""


def write(rules: Rules, name: str) -> str:
    """Return the directives for a policy; ``name`` is not needed, because they define nothing."""
    return "\n".join([*_directives(rules), ""])


def _directives(rules: Rules) -> Iterator[str]:
    yield "# The policy replaces the CORS headers of an app and of outer sections."
    yield from _choose([(_ALWAYS, _removed())])
    if rules.vary:
        yield "\n# A cache must not send the response for one origin to another."
        yield _merge_vary(rules.vary)
    yield "\n# What pages may read."
    yield from _choose((_condition(group), _readable(rules, group)) for group in rules.groups)
    yield "\n# Preflights need no login and do not reach the app. Refuse them unless granted below."
    yield from _choose([(_PREFLIGHT, _refused(rules))])
    yield "\n# What pages may send."
    yield from _choose(
        (_all(_PREFLIGHT, _condition(group)), _granted(rules, group)) for group in rules.groups
    )
    if rules.refused_methods:
        yield "\n# Refuse these methods. Browsers would send them even if the list lacks them."
        methods = ", ".join(f"'{method}'" for method in rules.refused_methods)
        pages = [_condition(group) for group in rules.groups]
        known = "\n|| ".join(pages) if all(pages) else ""
        condition = _all(_PREFLIGHT, f"{_METHOD} in {{ {methods} }}", known)
        yield from _choose([(condition, [*_withheld(), _reason("method-not-allowed")])])
    if rules.limits_headers:
        yield "\n# Refuse preflights that request too many headers."
        lines = [*_withheld(), _unset("Allow-Origin"), _reason("too-large")]
        yield from _choose([(_all(_PREFLIGHT, _TOO_LARGE), lines)])


def _removed() -> Iterator[str]:
    """Yield the directives that remove all CORS headers."""
    for header in sorted(CORS_RESPONSE_HEADERS):
        yield f"Header        unset {header.title()}"
        yield f"Header always unset {header.title()}"


def _readable(rules: Rules, group: Group) -> Iterator[str]:
    """Yield the directives for responses to the origins of a group."""
    yield _set("Allow-Origin", "*" if group.everybody else "expr=%{req_novary:Origin}")
    if group.credentials:
        yield _set("Allow-Credentials", "true")
    if rules.expose:
        yield _set_text("Expose-Headers", rules.expose)


def _refused(rules: Rules) -> Iterator[str]:
    """Yield the directives for all preflights."""
    yield "Require all granted"
    yield "RedirectMatch 403 ^"
    yield _reason("origin-not-allowed")
    yield _merge_vary(rules.preflight_vary.removeprefix(f"{rules.vary}, "))
    if rules.expose:
        yield _unset("Expose-Headers")


def _granted(rules: Rules, group: Group) -> Iterator[str]:
    """Yield the directives for preflights from the origins of a group."""
    yield "RedirectMatch 204 ^"
    yield "ErrorDocument 403 default"  # if something else refuses it
    if group.echoes_method:
        token = f"m#^{expressions.TOKEN}{{1,{MAX_METHOD_SIZE}}}$#"
        requested = _set("Allow-Methods", "expr=%{req_novary:Access-Control-Request-Method}")
        yield _only_if(requested, f"{_METHOD} =~ {token} && {_METHOD} != '*'")
    elif group.methods:
        yield _set_text("Allow-Methods", group.methods)
    if rules.withholds_headers:
        yield _only_if(
            _set("Allow-Headers", rules.headers), f"{_HEADERS} !~ m#{expressions.AUTHORIZATION}#i"
        )
    elif rules.headers:
        yield _set_text("Allow-Headers", rules.headers)
    if rules.max_age:
        yield _set("Max-Age", rules.max_age)


def _withheld() -> Iterator[str]:
    """Yield the directives that refuse a preflight which was granted above."""
    yield "RedirectMatch 403 ^"
    yield from map(_unset, ["Allow-Methods", "Allow-Headers", "Max-Age"])


def _reason(reason: Reason) -> str:
    text = refusal_body(reason).decode().strip()
    return f'ErrorDocument 403 "{text}"'


def _condition(group: Group) -> str:
    """Return the condition for a group after those before it; empty for everybody."""
    plain = [f"'{origin}'" for origin in group.exact if _PLAIN.fullmatch(origin)]
    odd = [origin for origin in group.exact if not _PLAIN.fullmatch(origin)]
    ways = [f"{_ORIGIN} in {{ {', '.join(plain)} }}"] if plain else []
    ways += _match(map(expressions.escape, odd))
    if patterns := [*_match(group.patterns)]:
        short = f"{_ORIGIN} !~ m#.{{{MAX_ORIGIN_LENGTH + 1}}}#"
        ways.append(_all(short, "\n|| ".join(patterns)))
    return "\n|| ".join(ways)


def _match(texts: Iterable[str]) -> Iterator[str]:
    """Yield conditions that match regular expressions: as few as possible."""
    joined: list[str] = []
    for text in texts:
        if joined and len("|".join([*joined, text])) > LONGEST:
            yield _matches(joined)
            joined = []
        joined.append(text)
    if joined:
        yield _matches(joined)


def _matches(joined: Iterable[str]) -> str:
    return f"{_ORIGIN} =~ m#^({'|'.join(joined)})$#"


def _merge_vary(names: str) -> str:
    return f'Header always merge Vary "{names}"'


def _set_text(header: str, names: str) -> str:
    return _set(header, names.replace("%", "%%"))  # a percent sign would start a variable


def _set(header: str, value: str) -> str:
    return f'Header always set Access-Control-{header} "{value}"'


def _only_if(directive: str, condition: str) -> str:
    return f'{directive} {_CONTINUED}"expr={condition}"'


def _unset(header: str) -> str:
    return f"Header always unset Access-Control-{header}"


def _all(*conditions: str) -> str:
    """Join conditions, which may be empty."""
    parts = [f"({each})" if "||" in each else each for each in conditions if each]
    return "\n&& ".join(parts)


def _choose(ways: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Yield sections, of which the first applies whose condition is true. An empty one is true."""
    tag = "If"
    for condition, lines in ways:
        if condition or tag == "If":
            start = f'<{tag} "{condition or _ALWAYS}">'
            yield start.replace("\n", f" {_CONTINUED}")
        else:
            tag = "Else"
            yield "<Else>"
        yield from (indent(line, "    ") for line in lines)
        yield f"</{tag}>"
        tag = "ElseIf"
