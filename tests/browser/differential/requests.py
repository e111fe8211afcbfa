"""Everything that a script can ask for: the spellings that the generator draws requests from."""

from tests.browser.differential.model import Lines

METHODS = {
    "GET": 20,
    "POST": 16,
    "PUT": 14,
    "DELETE": 8,
    "PATCH": 8,
    "HEAD": 5,
    "OPTIONS": 4,
    "get": 3,
    "post": 2,
    "head": 2,
    "put": 3,
    "delete": 2,
    "options": 1,
    "patch": 5,
    "Patch": 1,
    "Egg": 2,
    "X-METHOD": 2,
    "*": 2,
    "!#$%&'^_`|~+.-0": 1,
    "TRACE": 0.5,
    "connect": 0.5,
    "Track": 0.5,
    "G T": 0.3,
    "": 0.3,
}
"""Methods as script writes them, and how often."""

NORMALIZED = {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}
SAFELISTED = {"GET", "HEAD", "POST"}


def normalize_method(method: str) -> str:
    """Write a method as it goes over the wire."""
    return method.upper() if method.upper() in NORMALIZED else method


_UNSAFE = '\x01\x08\x1f"():<>?@[\\]{}\x7f'

SAFE_VALUES: dict[str, list[str]] = {
    "accept": [
        "*/*",
        "text/html;q=0.9, a/b",
        "",
        "caf\xe9",
        "\x80\xff",
        "a\tb",
        "a" * 127,
        "a" * 128,
    ],
    "accept-language": ["en", "de-CH, de;q=0.9", "*", "", "a=1;b.c-d*", "a" * 128],
    "content-language": ["en", "de, en", "", "a" * 127, "a" * 128],
    "content-type": [
        "text/plain",
        "Text/PLAIN",
        "text/plain;charset=utf-8",
        "text/plain; charset=utf-8; x=y",
        "text/plain;",
        "text/plain ;charset=a",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
        "text/plain;a=" + "b" * 115,
        "text/plain;=",
        "text/plain;caf\xe9",
    ],
    "range": ["bytes=0-", "bytes=0-0", "bytes=5-500", "bytes=007-8", "bytes=0-4294967296"],
}
"""Values that the safelist admits (``BAD_VALUES`` those that it does not), by name."""

BAD_VALUES: dict[str, list[str]] = {
    "accept": [*(f"a{byte}b" for byte in _UNSAFE), "a" * 129],
    "accept-language": ["en_US", "a/b", "caf\xe9", "a\tb", "en+", "'", "a" * 129, "a!", "~"],
    "content-language": ["en_US", "a/b", "a:b", "\xff", "a\tb", "a" * 129],
    "content-type": [
        "application/json",
        "text/html",
        "text/plain, text/plain",
        "text/plain, application/json",
        "application/json, text/plain",
        'text/plain;charset="utf-8"',
        "text/plain;a=(b)",
        "text",
        "text/",
        "/plain",
        "text/plain plain",
        "text /plain",
        "text/ plain",
        "",
        ";charset=utf-8",
        "text/plain;a=" + "b" * 116,
        "text/plainx",
        "*/*",
    ],
    "range": [
        "bytes=-500",
        "bytes=5-4",
        "bytes=",
        "bytes=0",
        "bytes=-",
        "bytes=0-1,5-6",
        "bytes= 0-1",
        "bytes =0-1",
        "bytes=0 -1",
        "bytes=0- 1",
        "Bytes=0-1",
        "items=0-1",
        "bytes=a-b",
        "bytes=+0-1",
        "",
        "bytes=0-" + "9" * 121,
    ],
}

LONG_RANGES = [
    "bytes=0-9223372036854775806",
    "bytes=9223372036854775806-",
    "bytes=0-9223372036854775807",
    "bytes=0-9223372036854775808",
    "bytes=9223372036854775807-",
    "bytes=9223372036854775808-",
    "bytes=0-99999999999999999999",
    "bytes=99999999999999999999-",
]
"""Around and beyond 63 bits."""

CUSTOM: Lines = (
    ("X-One", "1"),
    ("x-two", "2"),
    ("X-THREE", "3"),
    ("X-Empty", ""),
    ("X-Spaces", " \ta b\t "),
    ("X-Long", "a" * 129),
    ("X-Bytes", "\x01caf\xe9"),
    ("If-None-Match", '"a"'),
    ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("If-Unmodified-Since", "x"),
    ("If-Match", "*"),
    ("If-Range", '"a"'),
    ("Cache-Control", "no-cache"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("proxyfoo", "1"),
    ("secfoo", "1"),
    ("x!#$%&'*+-.^`|~0", "1"),
    ("*", "1"),
    ("X-HTTP-Method-Override", "PUT"),
    ("X-Method-Override", "traces"),
    ("Content-Encoding", "identity"),
    ("Content-Location", "/x"),
    ("Range-Unit", "bytes"),
    ("Accept-Patch", "a/b"),
)
"""Headers that the safelist does not know."""

FORBIDDEN: Lines = (
    ("Accept-Charset", "utf-8"),
    ("Accept-Encoding", "x"),
    ("Access-Control-Request-Headers", "x-forged"),
    ("Access-Control-Request-Method", "FORGED"),
    ("Connection", "x-forged"),
    ("Content-Length", "7"),
    ("Cookie", "forged=1"),
    ("Cookie2", "1"),
    ("Date", "x"),
    ("DNT", "1"),
    ("Expect", "x"),
    ("Host", "forged.example"),
    ("Keep-Alive", "1"),
    ("Origin", "http://forged.example"),
    ("Referer", "http://forged.example/"),
    ("Set-Cookie", "forged=1"),
    ("TE", "x"),
    ("Trailer", "x"),
    ("Transfer-Encoding", "x"),
    ("Upgrade", "x"),
    ("Via", "x"),
    ("Proxy-Anything", "1"),
    ("proxy-", "1"),
    ("Sec-Anything", "1"),
    ("SEC-", "1"),
    ("X-HTTP-Method", "TRACE"),
    ("X-HTTP-Method-Override", "connect"),
    ("X-Method-Override", "GET, track"),
    ("X-Method-Override", " ,Trace , PUT"),
)
"""Headers that script may not set, or not to these values."""

CLIENT_HINTS: dict[str, list[str]] = {
    "DPR": ["2", "1.5", "0", "1" * 128, "1" * 129, ".5", "1.", "-1", "1e3", "a", ""],
    "Device-Memory": ["8", "0.25", "1" * 128, "8.", "+8", "(", ""],
    "Downlink": ["10", "1.5", ".5", "a", ""],
    "ECT": ["slow-2g", "2g", "3g", "4g", "5g", "4G", "1", ""],
    "RTT": ["50", "0", "1.5", "-1", ""],
    "Save-Data": ["on", "On", "off", "1", ""],
    "Viewport-Width": ["100", "1" * 128, "1.5", "a", ""],
    "Width": ["100", "1" * 129, "1.5", "100, 100", ""],
}
"""Headers that were safelisted once, and are in some browsers still; with values of both kinds."""

INVALID: Lines = (
    ("x y", "1"),
    ("", "1"),
    ("x:y", "1"),
    ("x\xe9", "1"),
    ("X-Zero", "a\0b"),
    ("X-Line", "a\nb"),
)
"""Headers that no request can have."""

LONG: Lines = tuple(
    (name, "1" * 128)
    for name in (
        "accept",
        "accept-language",
        "content-language",
        "dpr",
        "device-memory",
        "downlink",
        "rtt",
        "viewport-width",
    )
)
"""Headers that together have the 1024 bytes of a safelist that knows all their names."""

LONGER: tuple[Lines, ...] = (
    LONG,
    LONG[:-1],
    (*LONG, ("width", "1")),
    (*LONG, ("width", "1" * 128)),
    (*LONG, ("X-One", "1" * 128)),
    (*LONG[:-1], ("content-type", "text/plain;a=" + "1" * 115)),
    (*LONG, ("content-type", "text/plain")),
)
"""Around that limit."""
