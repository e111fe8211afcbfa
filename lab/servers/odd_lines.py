"""Odd header lines, and the values that a server may read from them.

``{ok}`` is an allowed origin, ``{bad}`` a refused one.
"""

LONG = 100 * 1024
"""Bytes of a long header; most servers accept between 8 and 64 KiB."""

MANY = 500
"""Header lines of a request with very many; servers accept about 100."""


# A name, header lines, and the values of Origin that may be read from them (None for no Origin).
ORIGINS: list[tuple[str, list[str], list[str | None]]] = [
    ("no Origin", [], [None]),
    ("an allowed origin", ["Origin: {ok}"], ["{ok}"]),
    ("a refused origin", ["Origin: {bad}"], ["{bad}"]),
    (
        "two Origin lines, allowed first",
        ["Origin: {ok}", "Origin: {bad}"],
        ["{ok},{bad}", "{ok}", "{bad}"],
    ),
    (
        "two Origin lines, allowed last",
        ["Origin: {bad}", "Origin: {ok}"],
        ["{bad},{ok}", "{ok}", "{bad}"],
    ),
    ("the same Origin line twice", ["Origin: {ok}", "Origin: {ok}"], ["{ok},{ok}", "{ok}"]),
    ("two origins in one line", ["Origin: {ok}, {bad}"], ["{ok}, {bad}"]),
    ("two origins with a space between", ["Origin: {ok} {bad}"], ["{ok} {bad}"]),
    ("empty Origin", ["Origin:"], ["", None]),
    ("empty Origin, then an allowed one", ["Origin:", "Origin: {ok}"], [",{ok}", "", "{ok}"]),
    ("Origin: null", ["Origin: null"], ["null"]),
    ("a slash after the origin", ["Origin: {ok}/"], ["{ok}/"]),
    ("a comma after the origin", ["Origin: {ok},"], ["{ok},"]),
    ("upper case", ["Origin: HTTPS://WEB.APP.EXAMPLE"], ["HTTPS://WEB.APP.EXAMPLE"]),
    ("the default port", ["Origin: {ok}:443"], ["{ok}:443"]),
    ("an encoded dot", ["Origin: {ok}%2eevil.example"], ["{ok}%2eevil.example"]),
    ("origin in lower case", ["origin: {ok}"], ["{ok}"]),
    ("oRiGiN in mixed case", ["oRiGiN: {ok}"], ["{ok}"]),
    ("no space after the colon", ["Origin:{ok}"], ["{ok}"]),
    ("spaces around the value", ["Origin:    {ok}   "], ["{ok}"]),
    ("tabs around the value", ["Origin:\t{ok}\t"], ["{ok}"]),
    ("a space before the colon", ["Origin : {ok}"], [None, "{ok}"]),
    ("a tab inside the value", ["Origin: {ok}\t.evil.example"], ["{ok}\t.evil.example"]),
    ("a value on a folded line", ["Origin:", " {ok}"], ["{ok}", "", None]),
    (
        "a folded line after the value",
        ["Origin: {ok}", " .evil.example"],
        ["{ok} .evil.example", ".evil.example", "{ok}"],
    ),
    # cheroot keeps the last of the lines that a value is folded over.
    (
        "an allowed origin on a line folded after a refused one",
        ["Origin: {bad}", " {ok}"],
        ["{bad} {ok}", "{ok}"],
    ),
    ("Origin on a folded line of another header", ["X-A: 1", " Origin: {ok}"], [None]),
    ("NUL after the origin", ["Origin: {ok}\0"], ["{ok}\0"]),
    ("NUL inside the value", ["Origin: {ok}\0.evil.example"], ["{ok}\0.evil.example"]),
    ("a control byte (1) after the origin", ["Origin: {ok}\x01"], ["{ok}\x01"]),
    ("a separator (1C) after the origin", ["Origin: {ok}\x1c"], ["{ok}\x1c", "{ok}"]),
    ("DEL after the origin", ["Origin: {ok}\x7f"], ["{ok}\x7f"]),
    ("a vertical tab after the origin", ["Origin: {ok}\x0b"], ["{ok}\x0b", "{ok}"]),
    ("a no-break space after the origin", ["Origin: {ok}\xa0"], ["{ok}\xa0", "{ok}"]),
    ("a next-line byte (85) after the origin", ["Origin: {ok}\x85"], ["{ok}\x85", "{ok}"]),
    (
        "a Latin-1 letter in the origin",
        ["Origin: https://\xe9.app.example"],
        ["https://\xe9.app.example"],
    ),
    (
        "UTF-8 in the origin",
        ["Origin: https://\xc3\xa9.app.example"],
        ["https://\xc3\xa9.app.example"],
    ),
    ("a bare CR in the value", ["Origin: {ok}\rX-A: 1"], ["{ok}\rX-A: 1", "{ok}"]),
    ("a bare LF in the value", ["Origin: {ok}\nX-A: 1"], ["{ok}\nX-A: 1", "{ok}"]),
    (
        "an allowed origin in a line of a refused one",
        ["Origin: {bad}\nOrigin: {ok}"],
        ["{bad},{ok}", "{ok}", "{bad}"],
    ),
    ("100 KiB of Origin", [f"Origin: {'x' * LONG}"], ["x" * LONG]),
    ("100 KiB of another header", ["Origin: {ok}", f"X-A: {'x' * LONG}"], ["{ok}"]),
    ("very many headers", ["Origin: {ok}", *(f"X-{n}: 1" for n in range(MANY))], ["{ok}"]),
    (
        "an origin of 2 KiB",
        [f"Origin: https://{'a.' * 1000}app.example"],
        [f"https://{'a.' * 1000}app.example"],
    ),
    ("a line that is not a header", ["Origin: {ok}", "nonsense"], ["{ok}"]),
    ("a header without a name", ["Origin: {ok}", ": 1"], ["{ok}"]),
]

METHOD = "access_control_request_method"
HEADERS = "access_control_request_headers"

# A name, header lines beside an allowed Origin, and what may be read from them.
PREFLIGHTS: list[tuple[str, list[str], list[dict[str, str]]]] = [
    (
        "names in several lines",
        [
            "Access-Control-Request-Method: PUT",
            "Access-Control-Request-Headers: x-a",
            "Access-Control-Request-Headers: x-b",
        ],
        [
            {METHOD: "PUT", HEADERS: "x-a,x-b"},
            {METHOD: "PUT", HEADERS: "x-a"},
            {METHOD: "PUT", HEADERS: "x-b"},
        ],
    ),
    (
        "names oddly spaced",
        ["Access-Control-Request-Method:  PUT ", "Access-Control-Request-Headers: ,x-a ,,\tx-b,"],
        [{METHOD: "PUT", HEADERS: "x-a,x-b"}],
    ),
    (
        "names on folded lines",
        ["Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: x-a,", " x-b"],
        [
            {METHOD: "PUT", HEADERS: "x-a,x-b"},
            {METHOD: "PUT", HEADERS: "x-a,"},
            {METHOD: "PUT", HEADERS: "x-b"},
        ],
    ),
    (
        "names that are none",
        [
            "Access-Control-Request-Method: PUT",
            'Access-Control-Request-Headers: x-a, x b, x-c;q=1, "x-d", \xe9, *, x-b',
        ],
        [{METHOD: "PUT", HEADERS: 'x-a, x b, x-c;q=1, "x-d", \xe9, *, x-b'}],
    ),
    (
        "a control byte in the names",
        ["Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: x-a, x\x01, x-b"],
        [{METHOD: "PUT", HEADERS: "x-a, x\x01, x-b"}],
    ),
    (
        "a header smuggled after a bare CR",
        [
            "Access-Control-Request-Method: PUT",
            "Access-Control-Request-Headers: x-a\rSet-Cookie: a=1",
        ],
        [{METHOD: "PUT", HEADERS: "x-a\rSet-Cookie: a=1"}, {METHOD: "PUT", HEADERS: "x-a"}],
    ),
    (
        "Authorization",
        ["Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization"],
        [{METHOD: "PUT", HEADERS: "authorization"}],
    ),
    (
        "100 KiB of names",
        [
            "Access-Control-Request-Method: PUT",
            f"Access-Control-Request-Headers: {'x,' * (LONG // 2)}x",
        ],
        [{METHOD: "PUT", HEADERS: f"{'x,' * (LONG // 2)}x"}],
    ),
    (
        "101 names",
        ["Access-Control-Request-Method: PUT", f"Access-Control-Request-Headers: {'x,' * 100}x"],
        [{METHOD: "PUT", HEADERS: f"{'x,' * 100}x"}],
    ),
    (
        "two methods in two lines",
        ["Access-Control-Request-Method: PUT", "Access-Control-Request-Method: GET"],
        [{METHOD: "PUT,GET"}, {METHOD: "PUT"}, {METHOD: "GET"}],
    ),
    (
        "two methods in one line",
        ["Access-Control-Request-Method: PUT, GET"],
        [{METHOD: "PUT, GET"}],
    ),
    ("a method in lower case", ["Access-Control-Request-Method: put"], [{METHOD: "put"}]),
    ("an empty method", ["Access-Control-Request-Method:"], [{METHOD: ""}, {}]),
    ("a malformed method", ["Access-Control-Request-Method: P\xdcT /"], [{METHOD: "P\xdcT /"}]),
    ("a long method", [f"Access-Control-Request-Method: {'M' * 4000}"], [{METHOD: "M" * 4000}]),
    (
        "underscores for hyphens",
        ["Access_Control_Request_Method: PUT", "Access_Control_Request_Headers: x-a"],
        [{}, {METHOD: "PUT", HEADERS: "x-a"}],
    ),
    (
        "one method hyphened, one underscored",
        ["Access-Control-Request-Method: PUT", "Access_Control_Request_Method: GET"],
        [{METHOD: "PUT"}, {METHOD: "PUT,GET"}, {METHOD: "GET"}],
    ),
    (
        "names of headers in mixed case",
        ["aCCESS-cONTROL-rEQUEST-mETHOD: PUT", "ACCESS-CONTROL-REQUEST-HEADERS: x-a"],
        [{METHOD: "PUT", HEADERS: "x-a"}],
    ),
]
