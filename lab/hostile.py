"""Play hostile servers for ``wsgicors explain``: ``python -m lab.hostile --minutes 60``.

Each answers with random bytes, a damaged response, or one that is slow, endless or wrong. A fault
is printed with the command that repeats it.
"""

import argparse
import random
import socket
import struct
import sys
import traceback
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from time import monotonic
from typing import Any, NamedTuple
from unittest.mock import patch

from click.testing import CliRunner

from tests.unit.testing.servers import playing
from wsgicors.cli.main import main as command
from wsgicors.explaining import explain

PAGE = "https://app.example"

TIMEOUT = 0.2
"""Time limit of each request that is explained, in seconds."""

PATIENCE = 10.0
"""Seconds after which an explanation is a fault: far more than its time limits together."""

STATUSES = (0, 1, 3)
"""The exit statuses of verdicts."""

FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Categories of Unicode that a terminal may obey, except for newlines and tabs."""

METHODS = ["GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]

OPTIONS: list[list[str]] = [
    ["--credentials"],
    ["--json"],
    ["--xhr"],
    ["--send"],
    ["--preflight-only"],
    ["-H", "X-A: 1"],
    ["-H", "Authorization: Bearer 1"],
    ["--profile", "all"],
    ["--profile", "chromium"],
    ["--profile", "firefox"],
    ["--profile", "webkit"],
]

SPECIAL = [
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\t",
    b" ",
    b":",
    b",",
    b";",
    b"=",
    b"*",
    b"\x1b[31m",
    b"\x1b]0;title\x07",
    b"\x7f",
    b"\x9b31m",
    b"\xc2\x9b",
    b"\xe2\x80\xae",
    b"\xe2\x80\xa8",
    b"\xff",
    b"\xed\xa0\x80",
    b"null",
    b"-1",
    b"9" * 30,
    b"HTTP/1.1 100 Continue\r\n\r\n",
]
"""What is put into responses."""

STARTS = [*[b"200 OK"] * 12, b"200", b"204 No Content", b"302 Found", b"307 Again", b"308 Gone"]
STARTS += [b"401 Login", b"403 Forbidden", b"404 Not Found", b"405 No", b"500 Oh", b"502 Bad"]
STARTS += [b"101 Other", b"103 Early", b"304 Same", b"999 Odd", b"600 Odd", b"099 Odd", b"2000 X"]

LOCATIONS = [b"/", b"/next", b"", b"?", b"#a", b"//", b"///", b"http:", b"https:", b"http://["]
LOCATIONS += [b"http://a b/", b"http://a..b/", b"http://.example/", b"javascript:alert(1)"]
LOCATIONS += [b"data:,x", b"about:blank", b"ftp://127.0.0.1/", b"http://127.0.0.1:0/", b"\xff\xfe"]
LOCATIONS += [b"http://1.2.3.4.5/", b"http://[::1%25lo]/", b"https://user:secret@127.0.0.1/"]
LOCATIONS += [b"http://" + b"a" * 70 + b".example/", b"http://\xe4.example/", b"x" * 9000]

ALLOWED = [
    b"Access-Control-Allow-Origin: https://app.example",
    b"Access-Control-Allow-Credentials: true",
    b"Access-Control-Allow-Methods: PUT, DELETE, PATCH",
    b"Access-Control-Allow-Headers: x-a, authorization, content-type",
]
"""What allows every request here."""

LINES = [
    b"Access-Control-Allow-Origin: *",
    b"Access-Control-Allow-Origin: https://app.example",
    b"Access-Control-Allow-Origin: null",
    b"Access-Control-Allow-Origin: https://other.example, *",
    b"Access-Control-Allow-Credentials: true",
    b"Access-Control-Allow-Methods: GET, PUT, DELETE",
    b"Access-Control-Allow-Methods: *",
    b"Access-Control-Allow-Headers: *, authorization",
    b"Access-Control-Allow-Headers: x a",
    b"Access-Control-Expose-Headers: *",
    b"Access-Control-Max-Age: 999999999999999999999999",
    b"Content-Type: text/event-stream",
    b"Set-Cookie: a=b; SameSite=None; Secure; Max-Age=99999999999999999999",
    b"Set-Cookie: =; expires=never; domain=.; path",
    b"Server: \x1b[31mnginx",
    b"Via: 1.1 proxy",
    b"Age: -5",
    b"Vary: Origin",
    b"WWW-Authenticate: Basic realm=\x9b",
    b"no colon",
    b" folded",
    b"Connection: keep-alive",
]

SIZES = [b"-5", b"zz", b"f" * 9000, b"", b"0x5", b"5;" + b"x" * 9000, b"7fffffff"]
"""Sizes of chunks that are not theirs."""

FLOODS = [*SPECIAL, *(line + b"\r\n" for line in LINES), b"a", b"a: b\r\n"]
FLOODS += [b"HTTP/1.1 103 X\r\n\r\n"]

BODIES = [
    b"",
    b"Disallowed CORS origin",
    b"CORS preflight refused: method-not-allowed\n",
    b"\x1b[2J\x9b\xe2\x80\xae",
    b"<!doctype html><title>\x07login</title>",
    b"{}" * 3000,
]


class Play(NamedTuple):
    """What a server sends: parts with a pause before each, perhaps the last one without end."""

    waits: bool
    """Whether the request is read first."""
    parts: list[tuple[float, bytes]]
    ending: str

    def __call__(self, connection: socket.socket, over: Event) -> None:
        for pause, part in self.parts:
            if over.wait(pause):
                return
            connection.sendall(part)
        while self.ending == "endless" and not over.wait(self.parts[-1][0]):
            connection.sendall(self.parts[-1][1])
        if self.ending == "silent":
            over.wait(60)
        if self.ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Case(NamedTuple):
    """A server, and how it is asked."""

    plays: list[Play]
    """What the server plays, one for each connection; the last one for all others."""
    method: str
    options: list[str]


@dataclass
class Tally:
    """What came of the cases."""

    cases: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def make_case(seed: int) -> Case:
    """Make a case."""
    dice = random.Random(seed)
    options = [part for some in dice.sample(OPTIONS, dice.randrange(4)) for part in some]
    method = dice.choice(METHODS)
    if method not in ("GET", "HEAD"):
        options += ["-d", "tea"]
    plays = [make_play(dice) for _ in range(dice.choice([1, 2, 2, 4]))]
    return Case(plays, method, options)


def make_play(dice: random.Random) -> Play:
    """Make what a server plays on one connection."""
    waits = dice.random() < 0.9
    ending = dice.choice(["close", "close", "close", "reset", "silent", "endless"])
    raw = dice.choice([*[make_response] * 6, make_noise, make_flood])(dice)
    if dice.random() < 0.4:
        raw = damage(dice, raw)
    if dice.random() < 0.1:
        raw = raw[: dice.randrange(len(raw) + 1)]
    cuts = sorted(dice.randrange(len(raw) + 1) for _ in range(dice.choice([0, 0, 1, 3])))
    pause = dice.choice([0.0, 0.0, 0.01, 0.1])
    parts = [(pause, raw[a:b]) for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    return Play(waits, parts, ending)


def make_response(dice: random.Random) -> bytes:
    """Make a response that is mostly valid."""
    lines = dice.sample(LINES, dice.randrange(9))
    if dice.random() < 0.5:
        lines = [*ALLOWED, *(line for line in lines if not line.startswith(b"Access-Control-"))]
    if dice.random() < 0.3:
        lines.append(b"Location: " + dice.choice(LOCATIONS))
    body = dice.choice(BODIES)
    framing = dice.randrange(6)
    if framing == 0:
        lines.append(b"Content-Length: %d" % len(body))
    elif framing == 1:
        lines.append(b"Content-Length: " + dice.choice([b"-1", b"1e3", b"5, 5", b"9" * 5000, b"7"]))
    elif framing == 2:
        lines.append(b"Transfer-Encoding: chunked")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    elif framing == 3:
        lines.append(b"Transfer-Encoding: chunked")
        body = dice.choice(SIZES) + b"\r\n" + body + b"\r\n0\r\n"
    dice.shuffle(lines)
    version = dice.choice([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"http/1.1"])
    head = [version + b" " + dice.choice(STARTS), *lines]
    return dice.choice([b"\r\n", b"\r\n", b"\r\n", b"\n"]).join([*head, b"", b""]) + body


def make_noise(dice: random.Random) -> bytes:
    """Make random bytes."""
    return dice.choice([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n"]) + dice.randbytes(
        dice.choice([0, 1, 20, 5000])
    )


def make_flood(dice: random.Random) -> bytes:
    """Make much of one thing."""
    start = dice.choice([b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 ", b""])
    return start + dice.choice(FLOODS) * dice.choice([200, 5000, 80_000])


def damage(dice: random.Random, raw: bytes) -> bytes:
    """Change some bytes."""
    for _ in range(dice.choice([1, 1, 2, 8])):
        at = dice.randrange(len(raw) + 1)
        length = dice.choice([0, 0, 1, 10])
        copied = raw[at : at + dice.randrange(40)]
        new = dice.choice([dice.choice(SPECIAL), dice.choice(SPECIAL), dice.randbytes(2), copied])
        raw = raw[:at] + new + raw[at + length :]
    return raw


@contextmanager
def serving(case: Case) -> Iterator[str]:
    """Serve a case on loopback; no other server can be reached. Yield its origin."""
    plays = iter(case.plays)

    def play(connection: socket.socket, over: Event) -> None:
        now = next(plays, case.plays[-1])
        if now.waits:
            connection.settimeout(1)
            connection.recv(65536)
        now(connection, over)

    look_up = socket.getaddrinfo

    def look_up_only_here(host: str, port: int, *rest: Any, **options: Any) -> list[Any]:
        host.encode("idna")  # raises what the real one raises
        if f"http://{host}:{port}" != origin:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, port, *rest, **options)

    only_here = patch.object(socket, "getaddrinfo", look_up_only_here)
    with playing(play, waiting=False) as origin, only_here:
        yield origin


def try_case(case: Case) -> tuple[str, list[str]]:
    """Explain a request to a hostile server; return the exit status, and what is wrong."""
    arguments = ["explain", case.method, "--origin", PAGE, "--timeout", str(TIMEOUT)]
    began = monotonic()
    with serving(case) as origin:
        result = CliRunner().invoke(command, [*arguments, f"{origin}/items", *case.options])
    took = monotonic() - began
    wrong: list[str] = []
    if result.exit_code not in STATUSES:
        wrong.append(f"exit status {result.exit_code}: {result.output[-2000:]}")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        wrong.append("".join(traceback.format_exception(result.exception)))
    if took > PATIENCE:
        wrong.append(f"took {took:.1f} s")
    if raw := controls(result.output):
        wrong.append(f"control characters: {raw!r}")
    return str(result.exit_code), wrong


def try_from_python(case: Case) -> tuple[str, list[str]]:
    """Do the same with the function; return the verdict, and what is wrong."""
    with serving(case) as origin:
        try:
            explanation = explain(
                case.method, f"{origin}/items", origin=PAGE, timeout=TIMEOUT, send=True
            )
        except Exception:
            return "none", [traceback.format_exc()]
    raw = controls(str(explanation))
    return explanation.verdict, [f"control characters: {raw!r}"] if raw else []


def controls(text: str) -> set[str]:
    """Return the characters that a terminal may obey."""
    return {one for one in text if unicodedata.category(one) in FORBIDDEN} - {"\n", "\t"}


def attack(seed: int, is_enough: Callable[[Tally], bool]) -> Tally:
    """Play servers, at least one, until it is enough."""
    tally = Tally()
    while True:
        number = seed + tally.cases
        for attempt in (try_case, try_from_python):
            verdict, wrong = attempt(make_case(number))
            tally.verdicts[verdict] += 1
            again = f"python -m lab.hostile --seed {number} --cases 1"
            tally.faults += [f"{fault}\nagain: {again}" for fault in wrong]
        tally.cases += 1
        if is_enough(tally):
            return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 1 if there is a fault."""
    parser = argparse.ArgumentParser("python -m lab.hostile", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--cases", type=int, help="in place of --minutes")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args(arguments)
    end = monotonic() + 60 * options.minutes
    tally = attack(
        options.seed,
        lambda tally: tally.cases >= options.cases if options.cases else monotonic() > end,
    )
    print(f"seed {options.seed}: {tally.cases:,} servers, {dict(tally.verdicts)}")
    for fault in tally.faults:
        print(f"\n{fault}")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
