"""Random requests to exported policies; the same seed makes the same ones."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import NamedTuple

from lab.exports.policies import APP, OTHER
from tests.properties.adversarial.generator import ODD_METHODS
from wsgicors import Policy
from wsgicors._core.origins import MAX_ORIGIN_LENGTH
from wsgicors._core.protocol import MAX_METHOD_SIZE, MAX_REQUESTED_NAMES, MAX_REQUESTED_SIZE

LABELS = ["a", "b-c", "x_y", "A", "%61", "*", "", "xn--a", "a.b", "evil", "-", "0"]
ORIGINS = ["null", "NULL", "file://", "*", "https://", "app.example", "https", APP, OTHER]
PORTS = ["", "*", "0", "1", "80", "080", "443", "444", "8443", "65535", "65536", "99999", "443443"]
ENDS = ["/", ".", "..", "?", "#", "@", ".evil.example", "evil", "%2eevil.example", "$", "\\", '"']
ENDS += [f", {OTHER}", f" {APP}", "\t.b", "\x7f", "\xe9", "\xa0", "%00", "%0a", "'", "`"]
STARTS = ["evil", "https://evil.example/", "a@", " ", "x", "https://", "^", "."]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
REQUESTED = [*ODD_METHODS, "patch", "M-SEARCH", "!#$%&'*+-.^_`|~9", "PUT;", 'P"T', "P\\T"]
REQUESTED += ["X" * MAX_METHOD_SIZE, "PUT\xe9", "PUT/", "(GET)", "GE\tT", "$PUT", "%PUT", "{PUT}"]
NAMES = ["content-type", "x-a", "X-B", "authorization", "Authorization", "AUTHORIZATION"]
NAMES += ["x-authorization", "authorization-x", "*", "x y", "authorization x", '"authorization"']
NAMES += ["", "\xe9", "x;q=1", "x" * 200]
SEPARATORS = [",", ",", ", ", " ,", "\t,", ",,", " , , "]
CONDITIONS = [("Range", "bytes=0-1"), ("Range", "bytes=90-91")]
CONDITIONS += [("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")]

Lines = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """A request to what is below a policy."""

    policy: str
    path: str
    method: str
    headers: Lines

    def __str__(self) -> str:
        lines = [f"{name}: {_cut(value)}" for name, value in self.headers]
        return "; ".join([f"{self.method} /{self.policy}/{self.path}", *lines])

    def get(self, name: str) -> str | None:
        """Return the value of a header; ``None`` without it."""
        return {line.lower(): value for line, value in self.headers}.get(name.lower())


def _cut(value: str) -> str:
    return repr(value) if len(value) < 200 else f"{value[:200]!r}... ({len(value)} characters)"


def generate(
    policies: Mapping[str, Policy], paths: Sequence[str], seed: int, count: int
) -> Iterator[Request]:
    """Yield random requests to these policies."""
    random = Random(seed)
    for _ in range(count):
        name = random.choice([*policies])
        yield _request(random, name, origins_of(policies[name]), random.choice(paths))


def _request(random: Random, policy: str, allowed: list[str], path: str) -> Request:
    lines: list[tuple[str, str]] = []
    if random.random() < 0.9:
        lines.append(("Origin", origin(random, allowed)))
    kind = random.random()
    method = "OPTIONS"
    if kind < 0.5 or kind > 0.95:
        lines.append(("Access-Control-Request-Method", requested_method(random)))
    if kind < 0.4 or kind > 0.95:
        lines.append(("Access-Control-Request-Headers", header_names(random)))
    if kind > 0.6:  # the last of them are almost preflights
        method = random.choice([*METHODS, "GET", "GET", "EGG"])
    if random.random() < 0.1 and method in {"GET", "HEAD"}:
        lines.append(random.choice(CONDITIONS))
    spell = random.choice([str, str, str.lower, str.upper])
    # Servers drop the whitespace around a value, and take a header without a value for none.
    sent = [(spell(name), value.strip(" \t")) for name, value in lines]
    return Request(policy, path, method, tuple((name, value) for name, value in sent if value))


def origins_of(policy: Policy) -> list[str]:
    """Return origins that a policy allows: one or more for each entry."""
    found = [OTHER, APP]
    for entry in map(str, policy.allow_origins):
        for label in "a", "a.b-c_d":
            start = entry.replace("://*.", f"://{label}.")
            found += [start.removesuffix(":*"), start.replace(":*", ":3000")]
    return [one for one in dict.fromkeys(found) if policy.allows(one)]


def origin(random: Random, allowed: list[str]) -> str:
    """Return an allowed origin, or one that differs a little, or any other."""
    text = random.choice(allowed) if random.random() < 0.85 else random.choice(ORIGINS)
    kind = random.random()
    if kind < 0.4:
        return text
    if kind < 0.5:
        return _lengthen(random.choice(allowed), MAX_ORIGIN_LENGTH + random.choice([-1, 0, 1, 300]))
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        text = _change(random, text)
    return text


def _change(random: Random, text: str) -> str:
    scheme, separator, host = text.partition("://")
    at = random.randrange(len(text) + 1)
    some = chr(random.choice([*range(32, 127), *range(160, 256), 9, 127]))
    return random.choice(
        [
            text.encode("latin-1").upper().decode("latin-1"),
            text.encode("latin-1").swapcase().decode("latin-1"),
            f"{random.choice(['http', 'https', 'HTTPS', 'app', ''])}{separator}{host}",
            f"{scheme}{separator}{random.choice(LABELS)}.{host}",
            f"{scheme}{separator}{random.choice(LABELS)}{host}",
            f"{text}:{random.choice(PORTS)}",
            f"{text.rpartition(':')[0]}:{random.randrange(70_000)}",
            text + random.choice(ENDS),
            random.choice(STARTS) + text,
            text.replace(".", random.choice("xX-/:"), 1),
            text[:at] + text[at + 1 :],
            text[:at] + some + text[at:],
            text[:at] + some + text[at + 1 :],
        ]
    )


def _lengthen(text: str, length: int) -> str:
    """Add a label so that the origin has a length."""
    scheme, separator, host = text.partition("://")
    return f"{scheme}{separator}{'a' * (length - len(text) - 1)}.{host}"


def requested_method(random: Random) -> str:
    """Return a method that a policy may list, or an odd one."""
    return random.choice(METHODS if random.random() < 0.6 else REQUESTED)


def header_names(random: Random) -> str:
    """Return a value of Access-Control-Request-Headers, which may be odd, long or both."""
    kind = random.random()
    if kind < 0.5:
        names = random.choices(NAMES, k=random.choice([1, 1, 2, 3, 5]))
        return "".join(name + random.choice(SEPARATORS) for name in names)
    if kind < 0.75:  # about as many names as are allowed
        count = MAX_REQUESTED_NAMES + random.choice([-1, 0, 1, 50])
        separator = random.choice(SEPARATORS)
        names = [f"x-{number}" for number in range(count)]
        names[random.randrange(count)] = random.choice(NAMES[:9])
        return separator.join(names) + random.choice(["", separator])
    size = MAX_REQUESTED_SIZE + random.choice([-1, 0, 1, 800])  # about as long
    start = random.choice(["", "authorization,", "x-a, "])
    text = start + random.choice(["x", ",", "x" * 90 + ",", "x-a, "]) * size
    return text[: size - 1] + random.choice("x,")
