"""A policy for Caddy, 2.6 or newer.

The file is one ``route``, because directives keep their order in it, and matchers their names.
Properties of Caddy decide how the rest is written:

- What ``header`` sets, Caddy's own errors have too, but an app behind Caddy adds its headers to it.
  With ``defer`` it replaces those of the app, but does not act on errors. So it is used twice.
- An expression repeats a part at most 1,000 times, so longer values are measured.
- Several lines of a header are compared as one, joined by commas.

Names that only the app exposes are not exposed, because its CORS headers are replaced.
"""

import re
from collections.abc import Iterable, Iterator

from .._core.headers import ALLOW_ORIGIN, CORS_RESPONSE_HEADERS, EXPOSE_HEADERS, Header
from .._core.origins import MAX_ORIGIN_LENGTH
from .._core.protocol import MAX_METHOD_SIZE, MAX_REQUESTED_SIZE, Reason, refusal_body
from . import expressions
from .rules import Group, Rules

FILE = "/etc/caddy/cors-{name}.caddy"

INCLUDE = """\
Import the file at the top of a route block. Directives in it run in the order in which they are
written, so preflights are answered before a login or the app can refuse them:

    api.example {{
        route {{
            import cors-{name}.caddy
            reverse_proxy localhost:8000
        }}
    }}

All responses from the block get the policy. "route /api/*" limits it to a path.
Do not import it inside of a block that imports another policy: the outer one answers preflights.
If handle_errors has a reverse_proxy, import the file at the top of a route there too."""

CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"

_ORIGIN = "{http.request.header.Origin}"
_METHOD = "{http.request.header.Access-Control-Request-Method}"
_HEADERS = "{http.request.header.Access-Control-Request-Headers}"


def write(rules: Rules, name: str) -> str:
    """Return the directives of a policy, in a ``route``."""
    parts = [_answer_preflights(rules), _add_headers(rules), _replace_headers(rules)]
    if not _is_public(rules):
        parts.insert(0, _sort_pages(rules, f"{{cors_{name}_pages}}"))
    lines = "\n\n".join(map("\n".join, parts)).split("\n")
    return "\n".join(_block("route", lines)) + "\n"


def _is_public(rules: Rules) -> bool:
    """Return whether all pages get the same answers."""
    return rules.groups[0].everybody


def _sort_pages(rules: Rules, variable: str) -> Iterator[str]:
    """Yield what finds the group of a page."""
    yield "# Which pages may read responses."
    yield from _block(f"map {_ORIGIN} {variable}", _origins(rules))
    for name in dict.fromkeys([*map(_name, rules.groups), _others(rules)]):
        yield f"@cors_{name} vars {variable} {name}"


def _origins(rules: Rules) -> list[str]:
    """Return origins, each with the name of its group. The first one that matches counts."""
    names: dict[str, str] = {}  # because Caddy rejects an origin that occurs twice
    if any(group.patterns for group in rules.groups):
        names[f"~.{{{MAX_ORIGIN_LENGTH + 1}}}"] = _others(rules)
    for group in rules.groups:
        for origin in [*map(_input, group.exact), *map(_whole, group.patterns)]:
            names.setdefault(origin, _name(group))
    return [f"{origin} {name}" for origin, name in {**names, "default": _others(rules)}.items()]


def _input(origin: str) -> str:
    """Return an origin as an input of a ``map``: an expression if it has an odd character."""
    is_plain = re.fullmatch(r"[a-z0-9:/._\[\]-]+", origin)
    return origin if is_plain else _whole(expressions.escape(origin))


def _whole(expression: str) -> str:
    """Return an input of a ``map`` that matches whole values."""
    return f'"~^{expression}$"'


def _answer_preflights(rules: Rules) -> Iterator[str]:
    """Yield what answers preflights."""
    yield "# Answer preflights."
    conditions = ["method OPTIONS", "header Origin *", "header Access-Control-Request-Method *"]
    yield from _block("@cors_preflight", conditions)
    answers = [*_refuse(rules), *_list_methods(rules), *_list_headers(rules), "respond 204"]
    yield from _block("route @cors_preflight", answers)


def _refuse(rules: Rules) -> Iterator[str]:
    """Yield what refuses preflights, and sends what those that are not refused have in common."""
    yield f"header Vary {_quoted(rules.preflight_vary)}"
    if _others(rules) == "refused":
        yield _respond("@cors_refused", "origin-not-allowed")
    if rules.limits_headers:
        yield f"@cors_long expression `size({_HEADERS}) > {MAX_REQUESTED_SIZE}`"
        yield f'@cors_many vars_regexp {_HEADERS} "^{expressions.TOO_MANY_NAMES}"'
        yield _respond("@cors_long", "too-large")
        yield _respond("@cors_many", "too-large")
    for group in rules.groups:
        yield from _fields(_header(rules, group), _allow(group))
    if rules.refused_methods:
        yield f"@cors_method vars {_METHOD} {' '.join(rules.refused_methods)}"
        yield _respond("@cors_method", "method-not-allowed")


def _list_methods(rules: Rules) -> Iterator[str]:
    """Yield what sends Allow-Methods."""
    if any(group.echoes_method for group in rules.groups):
        token = f"^{expressions.TOKEN}{{1,{MAX_METHOD_SIZE}}}$"
        conditions = [f'vars_regexp {_METHOD} "{token}"', f"not vars {_METHOD} *"]
        yield from _block("@cors_token", conditions)
    for group in rules.groups:
        if group.echoes_method:
            yield from _block(
                f"route @cors_{_name(group)}", [f"header @cors_token {ALLOW_METHODS} {_METHOD}"]
            )
        elif group.methods:
            yield f"{_header(rules, group)} {ALLOW_METHODS} {_quoted(group.methods)}"


def _list_headers(rules: Rules) -> Iterator[str]:
    """Yield what sends Allow-Headers and Max-Age."""
    directive = "header"
    if rules.withholds_headers:
        directive = "header @cors_headers"
        yield f'@cors_headers not vars_regexp {_HEADERS} "(?i){expressions.AUTHORIZATION}"'
    if rules.headers:
        yield f"{directive} Access-Control-Allow-Headers {_quoted(rules.headers)}"
    if rules.max_age:
        yield f"header Access-Control-Max-Age {rules.max_age}"


def _add_headers(rules: Rules) -> Iterator[str]:
    """Yield what adds headers to all responses to other requests."""
    yield "# Add headers to all other responses, also to Caddy's own errors."
    if rules.vary:
        yield f"header +Vary {rules.vary}"
    for group in rules.groups:
        yield from _fields(_header(rules, group), _granted(rules, group))


def _replace_headers(rules: Rules) -> Iterator[str]:
    """Yield what replaces the headers of an app. The last of these directives acts first."""
    yield "# Replace the headers of the app behind Caddy."
    for group in rules.groups:
        fields = map(_field, _granted(rules, group))
        yield from _block(_header(rules, group), [*fields, "defer"])
    removed = [f"-{name.title()}" for name in sorted(CORS_RESPONSE_HEADERS)]
    yield from _block("header", [*removed, "defer"])


def _allow(group: Group) -> list[Header]:
    """Return the headers with which the pages of a group may read a response."""
    origin = (ALLOW_ORIGIN, "*" if group.everybody else _ORIGIN)
    return [origin, (CREDENTIALS, "true")] if group.credentials else [origin]


def _granted(rules: Rules, group: Group) -> list[Header]:
    """Return the headers of responses to actual requests of a group."""
    return [*_allow(group), *([(EXPOSE_HEADERS, rules.expose)] if rules.expose else [])]


def _name(group: Group) -> str:
    return "trusted" if group.credentials else "allowed"


def _others(rules: Rules) -> str:
    """Return the name of the group of all pages that are in no other group."""
    return _name(rules.groups[-1]) if rules.groups[-1].everybody else "refused"


def _header(rules: Rules, group: Group) -> str:
    """Return a ``header`` directive for the pages of a group."""
    return "header" if _is_public(rules) else f"header @cors_{_name(group)}"


def _field(line: Header) -> str:
    name, value = line
    return f"{name} {value if value == _ORIGIN else _quoted(value)}"


def _fields(directive: str, lines: list[Header]) -> list[str]:
    """Return a ``header`` directive for some headers: a block if there are several."""
    fields = [*map(_field, lines)]
    return _block(directive, fields) if len(fields) > 1 else [f"{directive} {fields[0]}"]


def _respond(matcher: str, reason: Reason) -> str:
    return f'respond {matcher} "{refusal_body(reason).decode().strip()}" 403'


def _block(directive: str, lines: Iterable[str]) -> list[str]:
    return [f"{directive} {{", *(f"\t{line}" if line else "" for line in lines), "}"]


def _quoted(value: str) -> str:
    """Return a value of a header, which has neither quotes nor braces."""
    return f'"{value}"' if re.search(r"[^\w*.-]", value) else value
