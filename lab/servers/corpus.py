"""The odd requests, and the plain requests that a server may read in each.

A server may join two header lines, take one of them or drop both. Each choice is a reading. The
response has to be the app's response to one of the readings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lab.servers.application import STRANGER
from lab.servers.asking import Asked, Target, a_preflight, a_read
from lab.servers.odd_lines import METHOD, ORIGINS, PREFLIGHTS


@dataclass(frozen=True)
class Case:
    """Bytes to send, and the readings of each request in them."""

    name: str
    raw: bytes
    readings: tuple[tuple[Asked, ...], ...]
    methods: tuple[str, ...]


def corpus(target: Target) -> Iterator[Case]:
    """Yield all odd requests to one endpoint."""
    for name, lines, origins in ORIGINS:
        spelt = tuple(_fill(line, target) for line in lines)
        read = [_fill(origin, target) if origin is not None else None for origin in origins]
        plain = a_read(target)
        yield one(f"GET: {name}", plain, spelt, *(plain.but(origin=origin) for origin in read))
        asked = a_preflight(target)
        spelt = (f"Access-Control-Request-Method: {target.method}", *spelt)
        yield one(
            f"preflight: {name}", asked, spelt, *(asked.but(origin=origin) for origin in read)
        )
    for name, lines, changes in PREFLIGHTS:
        asked = a_preflight(target)
        spelt = (f"Origin: {target.origin}", *(_fill(line, target) for line in lines))
        bare = asked.but(**{METHOD: None})
        yield one(f"preflight: {name}", asked, spelt, *(bare.but(**change) for change in changes))
    yield from paths(target)
    yield from whole(target)
    yield from streams(target)


def case(name: str, raw: bytes, *answers: tuple[Asked, ...]) -> Case:
    """Make a case of these bytes, with the readings of each request in them."""
    return Case(name, raw, answers, tuple(readings[0].method for readings in answers))


def one(name: str, asked: Asked, lines: tuple[str, ...], *readings: Asked) -> Case:
    """Make a case of a single request with these header lines."""
    return case(name, request(asked, *lines), readings)


def request(
    asked: Asked, *lines: str, target: str = "", version: str = "1.1", close: bool = True
) -> bytes:
    """Write a request as bytes in Latin-1."""
    start = f"{asked.method} {target or asked.path} HTTP/{version}"
    ends = ["Connection: close"] if close else []
    return "\r\n".join([start, f"Host: {asked.host}", *lines, *ends, "", ""]).encode("latin-1")


def plainly(asked: Asked, *lines: str, close: bool = True) -> bytes:
    """Write a request with its own headers and more lines."""
    return request(
        asked, *(f"{name}: {value}" for name, value in asked.headers), *lines, close=close
    )


def _fill(line: str, target: Target) -> str:
    return line.replace("{ok}", target.origin).replace("{bad}", STRANGER)


def paths(target: Target) -> Iterator[Case]:
    """Yield requests for other spellings of the path, with an allowed origin."""
    path, last = target.path, target.path[-1]
    encoded = f"{path[:-1]}%{ord(last):02x}"
    spellings: list[tuple[str, str, list[str]]] = [
        ("an encoded letter", encoded, [path]),
        ("an encoded slash", f"{path}%2fx", [f"{path}/x", f"{path}%2Fx"]),
        ("an encoded slash in front", f"/%2f{path[1:]}", [f"/{path}", path, f"/%2F{path[1:]}"]),
        # cheroot takes what follows two slashes for a host.
        (
            "two slashes in front",
            f"/{path}",
            [f"/{path}", path, path[len(path.split("/")[1]) + 1 :]],
        ),
        ("a dot segment", f"/.{path}", [f"/.{path}", path]),
        ("two dots towards another policy", f"{path}/../public", [f"{path}/../public", "/public"]),
        ("two dots from another policy", f"/public/..{path}", [f"/public/..{path}", path]),
        ("encoded dots", f"/public/%2e%2e{path}", [f"/public/..{path}", path]),
        ("a query", f"{path}?x=/public", [path]),
        ("a fragment", f"{path}#/public", [path, f"{path}#/public"]),
        ("a parameter", f"{path};/public", [f"{path};/public", path]),
        ("a NUL in the path", f"{path}%00", [f"{path}\0"]),
        ("bytes that are not UTF-8", f"{path}/%ff", [f"{path}/\xff"]),
        ("raw bytes beyond ASCII", f"{path}/\xff", [f"{path}/\xff", f"{path}/\xc3\xbf"]),
        ("the whole URL", f"http://{target.host}{path}", [path, f"http://{target.host}{path}"]),
        (
            "the whole URL of another host",
            f"http://elsewhere.example{path}",
            [path, f"http://elsewhere.example{path}"],
        ),
        ("no slash in front", path[1:], [path[1:], path]),
    ]
    for name, spelt, read in spellings:
        for asked in (a_read(target), a_preflight(target)):
            lines = [f"{name}: {value}" for name, value in asked.headers]
            what = "GET" if asked.method == "GET" else "preflight"
            # cheroot does not decode the path of OPTIONS, whereas it does that of other methods.
            undecoded = [spelt] if asked.method == "OPTIONS" and "%" in spelt else []
            readings = tuple(asked.but(path=each) for each in [*read, *undecoded])
            raw = request(asked, *lines, target=spelt)
            yield case(f"{what}: {name}", raw, readings)


def whole(target: Target) -> Iterator[Case]:
    """Yield requests that are odd as a whole: in their method, version, host or line ends."""
    read, asked = a_read(target), a_preflight(target)
    origin = f"Origin: {target.origin}"

    yield case("HEAD", plainly(read.but(method="HEAD")), (read.but(method="HEAD"),))
    yield case("HTTP/1.0", request(read, origin, version="1.0"), (read,))
    yield case("HTTP/1.0, a preflight", plainly(asked).replace(b"HTTP/1.1", b"HTTP/1.0"), (asked,))
    yield case("HTTP/1.2", request(read, origin, version="1.2"), (read,))
    yield case("HTTP/2.0", request(read, origin, version="2.0"), (read,))
    # A server that takes no bare LF for the end of a line waits for a CRLF.
    lines = plainly(read).replace(b"\r\n", b"\n") + b"\r\n\r\n"
    yield case("LF alone ends lines", lines, (read,))
    hop = request(read, origin, "Connection: Origin", version="1.0", close=False)
    yield case("Origin named as a hop's own", hop, (read, read.but(origin=None)))
    hosts = [read.host, "elsewhere.example", f"{read.host}, elsewhere.example"]
    readings = tuple(replace(read, host=host) for host in hosts)
    yield case("two hosts", plainly(read, "Host: elsewhere.example"), readings)
    yield case("get in lower case", plainly(read.but(method="get")), (read.but(method="get"), read))
    yield case(
        "options in lower case",
        plainly(asked.but(method="options")),
        (asked.but(method="options"), asked),
    )
    everything = [asked.but(path=path) for path in ("*", "/*", "/", "//*")]
    spelt = [f"{name}: {value}" for name, value in asked.headers]
    yield case("OPTIONS *", request(asked, *spelt, target="*"), tuple(everything))


def streams(target: Target) -> Iterator[Case]:
    """Yield requests with bodies, and with others behind them."""
    read, asked = a_read(target), a_preflight(target)
    stranger = read.but(origin=STRANGER)
    post = read.but(method="POST")
    origin = f"Origin: {target.origin}"
    two = plainly(read, close=False) + plainly(stranger)
    yield case("two in a pipeline", two, (read,), (stranger,))
    two = plainly(asked, close=False) + plainly(read.but(origin=None))
    yield case("a preflight and a GET in a pipeline", two, (asked,), (read.but(origin=None),))
    chunked = b"5\r\nhello\r\n0\r\n"
    head = plainly(post, "Transfer-Encoding: chunked")
    yield case("POST in chunks", head + chunked + b"\r\n", (post,))
    bare = post.but(origin=None)
    head = plainly(bare, "Transfer-Encoding: chunked", "Trailer: Origin")
    yield case("Origin in a trailer", head + chunked + origin.encode() + b"\r\n\r\n", (bare,))
    head = plainly(post, "Transfer-Encoding: chunked", "Content-Length: 5")
    yield case("POST with two lengths", head + chunked + b"\r\n", (post,))
    head = plainly(post, "Expect: 100-continue", "Content-Length: 5")
    yield case("Expect: 100-continue", head + b"hello", (post,))
    yield case("a preflight with a body", plainly(asked, "Content-Length: 5") + b"hello", (asked,))
    body = plainly(read)
    head = plainly(asked, f"Content-Length: {len(body)}", close=False)
    yield case(
        "a preflight whose body is a request",
        head + body + plainly(stranger),
        (asked,),
        (stranger,),
    )
    head = plainly(post, f"Content-Length: {len(body)}", close=False)
    yield case(
        "a POST whose body is a request", head + body + plainly(stranger), (post,), (stranger,)
    )
