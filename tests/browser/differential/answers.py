"""Everything that a server can answer: each header's spellings, by label, good ones and bad ones.

``good`` says which of them suit a request; what it calls good need not be, since it serves to make
about half of the scenarios succeed, and to no other end: the browser is the judge.
"""

from dataclasses import dataclass

from tests.browser.differential.requests import SAFELISTED

Values = tuple[str, ...]


@dataclass(frozen=True)
class Need:
    """What an answer has to suit."""

    origin_is_page: bool
    credentials: bool
    methods: tuple[str, ...]
    names: tuple[str, ...]


ALLOW_ORIGIN: dict[str, Values] = {
    "absent": (),
    "*": ("*",),
    "echo": ("{origin}",),
    "exact": ("{page}",),
    "spaces around": (" \t{origin}\t ",),
    "* spaces around": ("\t * ",),
    "other": ("http://other.example",),
    "other port": ("{A}",),
    "list": ("{page}, {A}",),
    "list by space": ("{page} {A}",),
    "*, *": ("*, *",),
    "doubled": ("{origin}", "{origin}"),
    "doubled *": ("*", "*"),
    "* and exact": ("*", "{page}"),
    "exact and empty": ("{page}", ""),
    "trailing slash": ("{page}/",),
    "upper case": ("{PAGE}",),
    "port spelled out": ("{page}:80",),
    "null": ("null",),
    "Null": ("Null",),
    "empty": ("",),
    "quoted": ('"*"',),
    "vertical tab": ("\x0b*",),
    "form feed": ("{page}\x0c",),
    "no scheme": ("localhost",),
    "wildcard": ("http://*",),
}

ALLOW_CREDENTIALS: dict[str, Values] = {
    "absent": (),
    "true": ("true",),
    "spaces around": ("\t true ",),
    "True": ("True",),
    "TRUE": ("TRUE",),
    "true, true": ("true, true",),
    "doubled": ("true", "true"),
    "true and empty": ("true", ""),
    "false": ("false",),
    "1": ("1",),
    "empty": ("",),
    "*": ("*",),
    "true;": ("true;",),
}

ALLOW_METHODS: dict[str, Values] = {
    "absent": (),
    "*": ("*",),
    "exact": ("{methods}",),
    "asked": ("{requested-method}",),
    "list": ("FOO, {methods} ,\tBAR",),
    "empty elements": (",, {methods},\t,",),
    "doubled": ("FOO", "{methods}"),
    "doubled empty": ("", "{methods}"),
    "* in list": ("FOO, *",),
    "lower case": ("{methods-lower}",),
    "upper case": ("{methods-upper}",),
    "other": ("FOO",),
    "invalid element": ("{methods}, b@d",),
    "invalid line": ("{methods}", "a b"),
    "semicolons": ("{methods}; FOO",),
    "by spaces": ("FOO {methods}",),
    "quoted": ('"{methods}"',),
    "empty": ("",),
    "vertical tab": ("{methods},\x0bFOO",),
}

ALLOW_HEADERS: dict[str, Values] = {
    "absent": (),
    "*": ("*",),
    "exact": ("{names}",),
    "asked": ("{requested-headers}",),
    "upper case": ("{names-upper}",),
    "list": ("x-foo ,\t{names}\t, X-Bar",),
    "empty elements": (", ,{names},,",),
    "doubled": ("x-foo", "{names}"),
    "doubled empty": ("{names}", ""),
    "*, authorization": ("*, Authorization",),
    "* doubled": ("x-foo", "*"),
    "one missing": ("{names-but-one}",),
    "other": ("x-foo",),
    "invalid element": ("{names}, b@d",),
    "invalid line": ("{names}", "a b"),
    "invalid with *": ("*, a b",),
    "semicolons": ("{names};x-foo",),
    "by spaces": ("x-foo {names}",),
    "quoted": ('"{names}"',),
    "empty": ("",),
    "vertical tab": ("{names},\x0bx-foo",),
}

MAX_AGE: dict[str, Values] = {
    "absent": (),
    "0": ("0",),
    "5": ("5",),
    "600": ("600",),
    "spaces around": (" 600\t",),
    "leading zeros": ("000600",),
    "00": ("00",),
    "huge": ("99999999999999999999",),
    "2**32": ("4294967296",),
    "-1": ("-1",),
    "-600": ("-600",),
    "-0": ("-0",),
    "abc": ("abc",),
    "1.5": ("1.5",),
    "0.5": ("0.5",),
    "+600": ("+600",),
    "600s": ("600s",),
    "0x10": ("0x10",),
    "empty": ("",),
    "list": ("600, 600",),
    "list of 0": ("0, 0",),
    "doubled": ("600", "600"),
    "doubled 0": ("0", "0"),
}

EXPOSE: dict[str, Values] = {
    "absent": (),
    "*": ("*",),
    "exact": ("X-One",),
    "case": ("x-ONE,x-two",),
    "list": ("x-one ,\tX-Two, x-none",),
    "empty elements": (", ,x-one,,",),
    "doubled": ("x-one", "x-two"),
    "doubled empty": ("", "x-two"),
    "* in list": ("x-one, *",),
    "* doubled": ("x-foo", "*"),
    "set-cookie": ("set-cookie, x-two, Set-Cookie2",),
    "set-cookie, *": ("set-cookie, *",),
    "authorization": ("authorization, access-control-allow-origin",),
    "invalid element": ("x-one, b@d",),
    "invalid with *": ("*, b@d",),
    "invalid line": ("x-one", "b d"),
    "by spaces": ("x-one x-two",),
    "semicolons": ("x-one; x-two",),
    "quoted": ('"x-one", x-two',),
    "empty": ("",),
    "vertical tab": ("x-one,\x0bx-two",),
    "form feed": ("\x0c*",),
}

RESPONSE_HEADERS: dict[str, tuple[tuple[str, str], ...]] = {
    "none": (),
    "one": (("X-One", "1"),),
    "doubled": (("X-One", " 1 "), ("x-one", ""), ("X-Two", "a,b")),
    "safelisted": (
        ("Content-Type", "text/plain"),
        ("Content-Language", "en"),
        ("Expires", "0"),
        ("Last-Modified", "never"),
        ("Pragma", "no-cache"),
        ("X-Two", "2"),
    ),
    "never readable": (("Set-Cookie2", "b=1"), ("X-One", "caf\xe9")),
    "not safelisted": (
        ("Authorization", "a"),
        ("ETag", '"e"'),
        ("*", "star"),
        ("Server", "s"),
        ("x-ONE", "1"),
    ),
}

COOKIES: dict[str, Values] = {
    "none": (),
    "plain": ("c=1; Path=/s/{key}",),
    "Lax": ("c=1; Path=/s/{key}; SameSite=Lax",),
    "Strict": ("c=1; Path=/s/{key}; SameSite=Strict",),
    "None": ("c=1; Path=/s/{key}; SameSite=None",),
    "None and Secure": ("c=1; Path=/s/{key}; SameSite=None; Secure",),
    "Secure": ("c=1; Path=/s/{key}; Secure",),
    "prefixed": ("__Secure-c=1; Path=/s/{key}",),
    "removed": ("c=1; Path=/s/{key}; Max-Age=0",),
    "elsewhere": ("c=1; Path=/elsewhere",),
}

PREFLIGHT_STATUS: dict[str, int] = {
    str(status): status
    for group in (
        (200, 201, 204, 205, 250, 299, 300, 301, 302, 303, 304, 307, 308),
        (400, 401, 403, 404, 405, 418, 500, 503, 599),
    )
    for status in group
}

STATUS: dict[str, int] = {
    str(status): status
    for group in (
        (200, 201, 202, 204, 205, 226, 299, 300, 304, 305, 306),
        (400, 401, 403, 404, 405, 410, 418, 422, 429, 500, 502, 503, 504, 599),
    )
    for status in group
}

REDIRECT_STATUS: dict[str, int] = {str(status): status for status in (301, 302, 303, 307, 308)}

LOCATIONS: dict[str, str] = {
    "absolute": "{next}/s/{key}/{number}",
    "fragment": "{next}/s/{key}/{number}#there",
    "query": "{next}/s/{key}/{number}?q={origin}",
    "scheme-relative": "//{next-host}/s/{key}/{number}",
    "userinfo": "http://u:p@{next-host}/s/{key}/{number}",
    "user only": "http://u@{next-host}/s/{key}/{number}",
    "empty userinfo": "http://:@{next-host}/s/{key}/{number}",
    "ftp": "ftp://{next-host}/s/{key}/{number}",
    "data": "data:,x",
    "about": "about:blank",
    "unknown scheme": "foo:bar",
    "invalid": "http://a b/",
}


def good(need: Need) -> dict[str, list[str]]:
    """Say for each header which labels suit the request."""
    origins = ["echo", "echo", "spaces around"] + ["exact"] * need.origin_is_page
    headers = ["exact", "exact", "upper case", "list", "empty elements", "doubled", "asked"]
    methods = ["exact", "exact", "list", "empty elements", "doubled", "asked"]
    if need.credentials:
        credentials = ["true", "true", "true", "spaces around"]
    else:
        credentials = ["absent", "absent", "absent", "true", "True", "doubled", "false"]
        origins += ["*", "*", "* spaces around"]
        methods += ["*", "*", "* in list"]
        headers += ["*, authorization"]
        headers += ["*"] * ("authorization" not in need.names)
    if SAFELISTED.issuperset(need.methods):
        methods += ["absent", "absent", "other", "empty"]
    if not need.names:
        headers += ["absent", "absent", "absent", "other", "empty"]
    return {
        "allow-origin": origins,
        "allow-credentials": credentials,
        "allow-methods": methods,
        "allow-headers": headers,
        "max-age": list(MAX_AGE),
        "expose": list(EXPOSE),
        "preflight status": ["200", "204", "204", "201", "299", "250"],
    }
