"""A policy for HAProxy, 2.6 or newer.

A configuration cannot include a file, but HAProxy reads several, and a proxy can take rules from a
``defaults`` section with a name. Properties of HAProxy decide how the section is written:

- It forgets the request before the response has come, so variables keep what is needed of it.
- ``http-after-response`` acts on all responses: those of servers, HAProxy's own errors, and answers
  to preflights. So only these rules set headers.
- It reserves little space for headers that it adds to a response that fills its buffer, and answers
  500 if they need more.
- If a request has several ``Origin`` lines, the last one counts.
- Expressions with escapes need PCRE, with which distributions build HAProxy.

Names that only the app exposes are not exposed, because its CORS headers are replaced.
"""

import re
from collections.abc import Iterator, Sequence

from .._core.headers import ALLOW_ORIGIN, CORS_RESPONSE_HEADERS, EXPOSE_HEADERS
from .._core.origins import MAX_ORIGIN_LENGTH
from .._core.protocol import MAX_METHOD_SIZE, MAX_REQUESTED_SIZE, Reason, refusal_body
from . import expressions
from .rules import Group, NotExportable, Rules

FILE = "/etc/haproxy/cors-{name}.cfg"

INCLUDE = """\
Start HAProxy with this file before its own: haproxy -f cors-{name}.cfg -f haproxy.cfg. For Debian's
service, set in /etc/default/haproxy:

    CONFIG="/etc/haproxy/cors-{name}.cfg -f /etc/haproxy/haproxy.cfg"

A backend in haproxy.cfg can then name the section below. It gets none of your other defaults, so
set its timeouts:

    backend api from cors_{name}
        timeout connect 5s
        timeout server 30s
        server app 127.0.0.1:8000

Or name it in the frontend instead, if all its backends have this policy, and set "timeout client".
A listen section cannot name it: copy the lines of the section below to its top.
Do not name it in a backend if the frontend names another policy: that one answers preflights."""

END = """\
# Proxies that do not name the section above get nothing of it.
defaults"""
"""Another section, because a proxy that names none gets the last one before it."""

RESERVED = 1_024
"""Bytes for headers that HAProxy adds to a response that fills its buffer (``tune.maxrewrite``)."""

OVERHEAD = 8
"""Bytes that HAProxy needs for a header besides its name and its value."""

LONGEST = 15_000
"""Characters of headers that fit into HAProxy's buffer of 16 KiB (``tune.bufsize``)."""

CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"

_METHOD = "req.fhdr(Access-Control-Request-Method)"
_HEADERS = "req.fhdr(Access-Control-Request-Headers)"


def write(rules: Rules, name: str) -> str:
    """Return a ``defaults`` section with the rules, and an empty one.

    :raises NotExportable: if the headers are too long for HAProxy's buffers.
    """
    _check_lengths(rules)
    txn = f"txn.cors_{name}"
    parts = [_answer_preflights(rules, txn), _send_headers(rules, txn), _send_lists(rules, txn)]
    if not rules.groups[0].everybody:
        parts.insert(0, _sort_pages(rules, txn))
    lines = "\n\n".join(map("\n".join, parts)).split("\n")
    text = "\n".join(f"    {line}".rstrip() for line in lines)
    return f"defaults cors_{name}\n    mode http\n\n{text}\n\n{END}\n"


def _check_lengths(rules: Rules) -> None:
    """Reject headers for which HAProxy has no space.

    :raises NotExportable: names the setting to shorten.
    """
    longest = {
        ALLOW_ORIGIN: max(map(_longest_origin, rules.groups)),
        CREDENTIALS: len("true"),
        EXPOSE_HEADERS: len(rules.expose),
        "Vary": len(rules.vary),
    }
    needed = sum(len(name) + length + OVERHEAD for name, length in longest.items())
    if needed > RESERVED:
        raise NotExportable(
            f"HAProxy has {RESERVED} bytes for headers that it adds, but this policy needs "
            f"{needed}; list fewer names in expose_headers"
        )
    listed = len(rules.headers) + max(len(group.methods) for group in rules.groups)
    if listed > LONGEST:
        raise NotExportable(
            f"allow_methods and allow_headers have {listed} characters, but HAProxy has space for "
            f"{LONGEST}; list fewer names"
        )


def _longest_origin(group: Group) -> int:
    """Return the most characters of Allow-Origin for the pages of a group."""
    return MAX_ORIGIN_LENGTH if group.patterns else max(map(len, group.exact), default=len("*"))


def _sort_pages(rules: Rules, txn: str) -> Iterator[str]:
    """Yield what finds the group of a page."""
    yield "# Which pages may read responses."
    is_short = f"{{ req.fhdr(Origin),length le {MAX_ORIGIN_LENGTH} }}"
    yield _keep(f"{txn}_origin", "req.fhdr(Origin)", is_short)
    for group in rules.groups:
        start = f"acl {_acl(group)} var({txn}_origin) -m"
        yield from (f"{start} str {_quoted(origin)}" for origin in group.exact)
        yield from (f"{start} reg '^{pattern}$'" for pattern in group.patterns)


def _answer_preflights(rules: Rules, txn: str) -> Iterator[str]:
    """Yield what answers preflights, and keeps what the headers depend on."""
    yield "# Answer preflights."
    is_preflight = f"METH_OPTIONS {{ req.fhdr(Origin) -m found }} {{ {_METHOD} -m found }}"
    yield _keep(f"{txn}_preflight", "bool(true)", is_preflight)
    yield f"acl cors_preflight var({txn}_preflight) -m bool"
    if not rules.groups[-1].everybody:
        yield _refuse("origin-not-allowed", *(f"!{_acl(group)}" for group in rules.groups))
    if rules.limits_headers:
        yield f"acl cors_too_large {_HEADERS},length gt {MAX_REQUESTED_SIZE}"
        yield f"acl cors_too_large {_HEADERS} -m reg '^{expressions.TOO_MANY_NAMES}'"
        yield _refuse("too-large", "cors_too_large")
    for group in reversed(rules.groups):
        if group.everybody:
            yield _keep(f"{txn}_allow", "str(*)")
        else:
            yield _keep(f"{txn}_allow", f"var({txn}_origin)", _acl(group))
    if rules.refused_methods:
        methods = " ".join(rules.refused_methods)
        yield _refuse("method-not-allowed", f"{{ {_METHOD} -m str {methods} }}")
    if any(group.echoes_method for group in rules.groups):
        token = f"^{expressions.TOKEN}{{1,{MAX_METHOD_SIZE}}}$"
        condition = f"{{ {_METHOD} -m reg {_quoted(token)} }} !{{ {_METHOD} -m str * }}"
        yield _keep(f"{txn}_method", _METHOD, condition)
    if rules.withholds_headers:
        condition = f"{{ {_HEADERS} -m reg -i '{expressions.AUTHORIZATION}' }}"
        yield _keep(f"{txn}_authorization", "bool(true)", condition)
    yield "http-request return status 204 if cors_preflight"


def _send_headers(rules: Rules, txn: str) -> Iterator[str]:
    """Yield what sets the headers of responses."""
    yield "# Send these headers with every response, in place of those of the app."
    yield f"acl cors_may_read var({txn}_allow) -m found"
    for name in sorted(CORS_RESPONSE_HEADERS):
        yield f"http-after-response del-header {name.title()}"
    yield _set(ALLOW_ORIGIN, f"%[var({txn}_allow)]", "cors_may_read")
    for group in rules.groups:
        if group.credentials:
            yield _set(CREDENTIALS, "true", "cors_may_read", _acl(group))
    if rules.expose:
        yield _set(EXPOSE_HEADERS, _value(rules.expose), "cors_may_read", "!cors_preflight")
    if rules.vary:
        has_it = f"{{ res.hdr(Vary) -m str -i {rules.vary} * }}"
        yield f"http-after-response add-header Vary {rules.vary} if !cors_preflight !{has_it}"


def _send_lists(rules: Rules, txn: str) -> Iterator[str]:
    """Yield what sets the headers that only answers to preflights have."""
    yield "# Send these headers with answers to preflights."
    yield _set("Vary", _value(rules.preflight_vary), "cors_preflight")
    is_allowed = "cors_preflight { status 204 }"
    for group in rules.groups:
        pages = _among_allowed(rules, group)
        if group.echoes_method:
            condition = f"{{ var({txn}_method) -m found }}"
            yield _set(ALLOW_METHODS, f"%[var({txn}_method)]", is_allowed, *pages, condition)
        elif group.methods:
            yield _set(ALLOW_METHODS, _value(group.methods), is_allowed, *pages)
    if rules.headers:
        unless = [f"!{{ var({txn}_authorization) -m found }}"] if rules.withholds_headers else []
        yield _set("Access-Control-Allow-Headers", _value(rules.headers), is_allowed, *unless)
    if rules.max_age:
        yield _set("Access-Control-Max-Age", rules.max_age, is_allowed)


def _acl(group: Group) -> str:
    """Return the condition for the pages of a group."""
    return "cors_trusted" if group.credentials else "cors_allowed"


def _among_allowed(rules: Rules, group: Group) -> list[str]:
    """Return what distinguishes the pages of a group from those of the others."""
    if len(rules.groups) == 1:
        return []
    first = _acl(rules.groups[0])
    return [first if group == rules.groups[0] else f"!{first}"]


def _keep(variable: str, value: str, *conditions: str) -> str:
    """Return a rule that sets a variable."""
    return " ".join([f"http-request set-var({variable}) {value}", *_if(conditions)])


def _set(name: str, value: str, *conditions: str) -> str:
    """Return a rule that sets a header of the response."""
    return " ".join([f"http-after-response set-header {name} {value}", *_if(conditions)])


def _if(conditions: Sequence[str]) -> Sequence[str]:
    return ["if", *conditions] if conditions else []


def _refuse(reason: Reason, *conditions: str) -> str:
    """Return a rule that refuses preflights."""
    body = refusal_body(reason).decode().strip()
    answer = f'status 403 content-type text/plain string "{body}\\n"'
    return " ".join([f"http-request return {answer} if cors_preflight", *conditions])


def _value(text: str) -> str:
    """Return the value of a header, in which HAProxy replaces what starts with a percent sign."""
    return _quoted(text.replace("%", "%%"))


def _quoted(text: str) -> str:
    """Return a word as HAProxy reads it."""
    if re.fullmatch(r"[\w:/.*-]+", text, re.ASCII):
        return text
    return "'" + text.replace("'", r"'\''") + "'"
