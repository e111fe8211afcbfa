"""What to try: origins and their near misses, policies' settings, and requests of every kind."""

import string
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests import helpers
from tests.properties.oracle import DEFAULT_PORTS, admits_any
from wsgicors._core.problems import RISKS

LABELS = ["a", "b", "aa", "app", "x-a", "_a", "xn--bcher-kva", "1", "0x1"]
ENDINGS = ["example", "app.example", "a.example", "localhost", "co.uk", "example."]
BELOW = ["", *(f"{a}." for a in LABELS), *(f"{a}.{b}." for a in LABELS for b in LABELS)]
ADDRESSES = st.sampled_from(["127.0.0.1", "10.0.0.1", "[::1]", "[2001:db8::1]"])
SCHEMES = st.sampled_from(["https", "https", "http", "chrome-extension"])
PORTS = st.sampled_from(["", "", ":1", ":80", ":443", ":8443", ":65535"])
OPAQUE = ["null", "file://"]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "Egg"]
REQUEST_NAMES = ["Content-Type", "X-A", "X-B", "Authorization", "x!#$%&'^_`|~"]
EXPOSED_NAMES = ["ETag", "X-Total-Count", "Link"]

# Single draws from long lists: whatever takes many draws takes Hypothesis long.
below = st.sampled_from(BELOW)
names = st.sampled_from([f"{labels}{ending}" for labels in BELOW for ending in ENDINGS])


@st.composite
def origins(draw: Any) -> str:
    """Make an origin as browsers send them."""
    scheme, host, port = draw(SCHEMES), draw(names | ADDRESSES), draw(PORTS)
    return f"{scheme}://{host}{'' if port == DEFAULT_PORTS.get(scheme) else port}"


@st.composite
def patterns(draw: Any) -> str:
    """Make an entry with a wildcard: subdomains, any port, or both."""
    if draw(st.booleans()):
        return f"{draw(SCHEMES)}://{draw(names | ADDRESSES)}:*"
    scheme, port = draw(SCHEMES), draw(PORTS | st.just(":*"))
    return f"{scheme}://*.{draw(names)}{'' if port == DEFAULT_PORTS.get(scheme) else port}"


entries = st.lists(origins() | patterns(), min_size=1, max_size=4)

MISSES: list[Callable[[str], str]] = [
    str.upper,
    str.title,
    lambda text: text[:-1],
    lambda text: text[1:],
    lambda text: text * 2,
    lambda text: f"{text}, {text}",
    lambda text: text.replace(".", "x", 1),
    lambda text: text.replace(".", "..", 1),
    lambda text: text.replace(".", "%2e", 1),
    lambda text: text.replace("https", "http"),
    lambda text: text.replace("http:", "https:"),
    lambda text: text.replace("://", ":/"),
    lambda text: text.replace("://", "://" + "a." * 300),
    *(lambda text, glued=glued: text + glued for glued in ["/", ".", ":", "?", "#", "\0", "\n"]),
    *(lambda text, glued=glued: text + glued for glued in [":0", ":081", ":65536", ":80", ":443"]),
    *(lambda text, glued=glued: text + glued for glued in ["evil", ".evil.test", "@evil.test"]),
    *(
        lambda text, glued=glued: text.replace("://", f"://{glued}")
        for glued in ["evil", ".", "*.", "-", "evil.test/", "evil.test?.", "me@", "\xe9.", "A."]
    ),
    *(lambda text, glued=glued: glued + text for glued in [" ", "\t", "x", "evil:"]),
]
"""Each turns an origin that is admitted into one that mostly is not."""


@st.composite
def admitted(draw: Any, listed: list[str]) -> str:
    """Make an origin that one of the entries admits."""
    text = draw(st.sampled_from([entry for entry in listed if entry != "*"] or ["null"]))
    scheme, port = text.partition("://")[0], draw(PORTS)
    port = "" if port == DEFAULT_PORTS.get(scheme) else port
    return text.replace("*.", draw(below)).replace(":*", port)


@st.composite
def asking(draw: Any, listed: list[str]) -> str:
    """Make what may stand in ``Origin``: what an entry admits, nearly that, or anything."""
    text = draw(admitted(listed))
    near = st.sampled_from(MISSES).map(lambda miss: miss(text))
    padded = latin.map(text.__add__) | latin.map(lambda padding: padding + text)
    others = origins() | st.sampled_from([*OPAQUE, ""]) | hostile
    return draw(st.just(text) | near | padded | others)


def lists_of(names: list[str], wildcard: bool = True) -> st.SearchStrategy[list[str]]:
    """Make a list as a setting takes it: names in any case, perhaps with a ``*``."""
    return st.lists(st.sampled_from([*names, "*"] if wildcard else names), max_size=3)


@st.composite
def settings(draw: Any) -> dict[str, Any]:
    """Make the settings of a policy that can work, all written out."""
    to_whom = draw(st.sampled_from(["nobody", "everybody", "some"]))
    credentials: bool | list[str] = to_whom == "everybody"
    others = st.just(["*"]) | st.builds(lambda some: [*some, "null"], entries)
    listed = draw(entries if credentials else entries | others)
    if to_whom == "some":
        written = [one for one in listed if one not in {"*", "null"}] or draw(entries)
        some = draw(st.lists(st.sampled_from(written) | admitted(written), max_size=3))
        credentials = [one for one in some if one in written or admits_any(written, one)]
        credentials = credentials or written[:1]
    return {
        "allow_origins": listed,
        "allow_methods": draw(st.none() | lists_of(METHODS)),
        "allow_headers": draw(lists_of(REQUEST_NAMES)),
        "expose_headers": draw(lists_of(EXPOSED_NAMES, wildcard=to_whom == "nobody")),
        "allow_credentials": credentials,
        "max_age": draw(st.none() | st.integers(0, 86_400)),
        "accept_risks": sorted(RISKS),
    }


def entries_of(given: dict[str, Any]) -> list[str]:
    """Return all entries that name an origin: of both lists."""
    listed = given["allow_credentials"]
    return given["allow_origins"] + ([] if isinstance(listed, bool) else listed)


# Header values reach an app as Latin-1 (PEP 3333), and some servers let control characters through.
latin = st.text(st.characters(max_codepoint=255), max_size=20)
tokens = st.text(string.ascii_letters + "-!#$%&'*+.^_`|~09", min_size=1, max_size=8)
huge = st.sampled_from(["x" * 20_000, "," * 9_000, "a," * 5_000, "a, \t" * 101, "\0" * 9_000])
injections = st.sampled_from(
    ["x\r\nSet-Cookie: a=1", "x\ny", "\r", "x;y", "x y", '"x"', "<x>", "\x7f", "\x85", "\xa0x"]
)
hostile = latin | injections | huge
name_lists = st.lists(
    st.sampled_from([*REQUEST_NAMES, *map(str.lower, REQUEST_NAMES), "*"]) | tokens | injections,
    max_size=5,
).flatmap(lambda listed: st.sampled_from([",", ", ", " ,\t,"]).map(lambda j: j.join(listed)))

MAY_BE_MISSING = ["SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH"]
"""Variables that PEP 3333 lets servers leave out where they would be empty."""

PATHS = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "//a", "/a//b", "/a/../b", "/b", "/a/7"]
PATHS += ["/\xff", "*", "a", "x/a"]


@st.composite
def environs(draw: Any, listed: list[str]) -> dict[str, Any]:
    """Make the environ of any request; every other one is a preflight that may well be granted."""
    likely = draw(st.booleans())
    request = helpers.environ(
        "OPTIONS" if likely else draw(st.sampled_from(METHODS) | hostile),
        draw(st.sampled_from(PATHS) | latin.map("/{}".format)),
    )
    headers = {
        "HTTP_ORIGIN": admitted(listed) if likely else asking(listed) | hostile,
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": st.sampled_from(METHODS) | tokens | hostile,
        "HTTP_ACCESS_CONTROL_REQUEST_HEADERS": name_lists | hostile,
    }
    for variable, value in headers.items():
        if likely or draw(st.booleans()):
            request[variable] = draw(value)
    hosts = st.sampled_from([None, "app.example", "A:443", "", ":", "[", "a b"]) | hostile
    request["HTTP_HOST"] = draw(hosts)
    missing = draw(st.sets(st.sampled_from(MAY_BE_MISSING)))
    return {
        variable: value
        for variable, value in request.items()
        if variable not in missing and value is not None
    }
