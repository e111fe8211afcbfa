"""The redacted form of an explanation: what is secret, by its name, is replaced by ``…``.

Names and what is not secret about a value stay: the word ``Bearer``, the attributes of a cookie.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from .._core.headers import Header
from ..testing.cookies import SetCookie
from ..testing.log import Exchange
from ..testing.requests import HeadersInit, pairs
from ..testing.responses import ReadableHeaders
from ..testing.urls import URL

HIDDEN = "…"

PARTS = (
    *("apikey", "csrf", "jwt", "passw", "pwd", "saml", "secret", "sessid", "session"),
    *("signature", "token", "xsrf"),
)
"""Parts of a name that make its value secret, as ``auth`` does, but for ``author``."""

WORDS = frozenset(
    {"bearer", "cookie", "credential", "hmac", "jsessionid", "key", "otp", "pass", "sid", "sig"}
)
"""Whole words of a name that make its value secret."""

PARAMETERS = frozenset({"assertion", "code", "nonce", "pin", "state", "ticket"})
"""Names of query parameters that are secret besides."""

PUBLIC = frozenset({"www-authenticate", "proxy-authenticate"})
"""Headers that ask for a secret; those with the prefix ``Access-Control-`` are public too."""

SHORTEST = 6
"""Characters of a secret that is found where it is repeated without its name."""

LONG = 8
"""Characters from which a secret is found inside a word too."""

MOST = 1000
"""The most secrets that are looked for where they are repeated: a server may send any number."""

_AUTH = re.compile("auth(?!or(?!i[sz]))")
_SCHEMES = (
    r"(?:basic|bearer|digest|dpop|negotiate|ntlm|hoba|mutual|vapid|gnap|token|jwt|apikey|api-key"
    r"|privatetoken|aws4-hmac-sha256|scram-sha-(?:1|256))"
)
_SCHEME = re.compile(rf"^\s*(?:{_SCHEMES}[ \t]+)?", re.IGNORECASE)
_WORD = r"[^\s&#'\"<>,;)]*[^\s&#'\"<>,;).:!?]"
"""A value in a text, without the punctuation that follows it."""

_IN_URL = re.compile(
    r"(?P<before>[?&#;]|%3F|%26|%23|(?<![\w.\[\]\-]))(?P<name>[\w.\[\]\-]+)(?:=['\"]?|%3D)",
    re.IGNORECASE,
)
_URL_VALUE = re.compile(
    r"(?P<value>(?:(?!%26|%23)[^\s&#'\"<>,;)])*(?!%26|%23)[^\s&#'\"<>,;).:!?])", re.IGNORECASE
)
_IN_LINE = re.compile(
    rf"(?<![\w-])(?P<name>[a-z]\w*(?:-\w+)*):[ \t]*(?P<scheme>{_SCHEMES}[ \t]+)?", re.IGNORECASE
)
_LINE_VALUE = re.compile(rf"(?P<value>{_WORD})")
_UNKNOWN_SCHEME = re.compile(rf"(?P<value>{_WORD}(?:[ \t]+{_WORD})?)")
_IN_JSON = re.compile(r"\"(?P<name>[\w.\-]+)\"\s*:\s*\"")
_JSON_VALUE = re.compile(r"(?P<value>(?:[^\"\\]|\\.)+)", re.DOTALL)
_USERINFO = re.compile(r"//(?:[^\s/?#\\]+|[^\s@/:]*:(?![0-9]+[/?#])[^\s@]{0,500})@")
_COOKIES = re.compile(
    r"(?<![\w-])(?P<name>(?:set-)?cookie)(?P<is>:[ \t]*)"
    r"(?P<value>[^\s=;,'\"]+=[^\s;,'\"]*(?:;[ ]?[^\s=;,'\"]+=[^\s;,'\"]*)*)",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile("(?:domain|expires|max-age|path|priority|samesite)", re.IGNORECASE)

T = TypeVar("T")


def redact(explanation: T, given: HeadersInit | None = None) -> T:
    """Return an explanation in which all secrets are replaced by ``…``.

    :param given: more headers with secrets, such as those that were not sent.
    """
    redactor = Redactor()
    for name, value in pairs(given):
        redactor.header(name, value)
    redactor.value(explanation)  # to learn all secrets, before the texts that repeat them
    return cast("T", redactor.value(explanation))


def hide(text: str, given: HeadersInit | None = None) -> str:
    """Return a text in which all secrets are replaced by ``…``."""
    return redact(text, given)


def is_secret(name: str) -> bool:
    """Return whether the value of a header or of a field is secret."""
    lower = name.lower()
    if lower in PUBLIC or lower.startswith(("access-control-", "sec-")):
        return False
    joined = re.sub(r"[\W_]", "", lower)
    if _AUTH.search(lower) or any(part in joined for part in PARTS):
        return True
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
    return not WORDS.isdisjoint(re.split(r"[\W_]+", words))


class Redactor:
    """Replaces secrets, and remembers them, so that it finds them in other texts too."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}
        """Header lines with a secret, and their redacted forms."""
        self._found: set[str] = set()
        self._public: set[str] = set()
        """The origins of pages and servers, which are shown even if they are in a cookie."""

    def value(self, value: Any) -> Any:
        """Return the redacted form of a value of any type."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            text = value.decode("utf-8", "surrogateescape")
            return self.text(text).encode("utf-8", "surrogateescape")
        if isinstance(value, URL):
            return self._url(value)
        if isinstance(value, ReadableHeaders):
            lines = [*self._headers([*value.items()])]
            return ReadableHeaders(lines, lines)
        if isinstance(value, Mapping):
            given = cast("Mapping[object, object]", value)
            return {
                key: self.header(str(key), item) if isinstance(item, str) else self.value(item)
                for key, item in given.items()
            }
        if isinstance(value, (list, tuple)):
            shown = [*map(self.value, cast("Sequence[object]", value))]
            return tuple(shown) if isinstance(value, tuple) else shown
        if isinstance(value, SetCookie):
            self._remember(value.value)
            hidden = HIDDEN if value.value else ""
            return replace(value, value=hidden, attributes=self.value(value.attributes))
        if isinstance(value, Exchange):
            self._public |= {value.page, value.url.origin}
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **dict(self._fields(value)))
        hidden = self.text(repr(value))
        return value if hidden == repr(value) else hidden

    def _fields(self, value: Any) -> Iterator[tuple[str, Any]]:
        for field in fields(value):
            given = getattr(value, field.name)
            if field.name.endswith("headers") and isinstance(given, (list, tuple)):
                given = [*self._headers(cast("Sequence[Header]", given))]
            else:
                given = self.value(given)
            yield field.name, given

    def _headers(self, lines: Iterable[Header]) -> Iterator[Header]:
        for name, value in lines:
            yield name, self.header(name, value)

    def _url(self, url: URL) -> URL:
        userinfo = HIDDEN if url.userinfo else ""
        for part in url.userinfo.split(":"):
            self._remember(part)
        fragment = self.text(f"#{url.fragment}")[1:]
        return replace(url, target=self.text(url.target), userinfo=userinfo, fragment=fragment)

    def header(self, name: str, value: str) -> str:
        """Return the redacted value of a header."""
        lower = name.lower()
        if lower in ("cookie", "set-cookie", "set-cookie2"):
            first, semicolon, rest = value.partition(";" if lower != "cookie" else "\0")
            hidden = self.text(";".join(map(self._cookie, first.split(";"))) + semicolon + rest)
        elif is_secret(name):
            secret = _SCHEME.sub("", value)
            begun = value.removesuffix(secret)
            self._remember(secret)
            if begun.strip().lower() == "basic":
                self._remember_basic(secret)
            hidden = begun + (HIDDEN if secret else "")
        else:
            return self.text(value)
        if hidden != value:
            self._lines[f"{name}: {value.strip()}"] = f"{name}: {hidden.strip()}"
        return hidden

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        self._remember(value if equals else name)
        hidden = HIDDEN if (value if equals else name).strip() else ""
        return f"{name}={hidden}" if equals else hidden

    def _remember(self, secret: str) -> None:
        for one in {secret.strip().strip('"'), unquote(secret)}:
            if len(self._found) < MOST and len(one) >= SHORTEST and HIDDEN not in one:
                self._found |= {one, repr(one)[1:-1]}

    def _remember_basic(self, encoded: str) -> None:
        try:
            decoded = b64decode(encoded, validate=True).decode("latin-1")
        except (NotBase64, ValueError):
            return
        for part in decoded.split(":", 1):
            self._remember(part)

    def text(self, text: str) -> str:
        """Return the redacted form of a text: known secrets, and what its name shows to be one."""
        for line in sorted(self._lines, key=len, reverse=True):
            text = text.replace(line, self._lines[line])
        public = " ".join(self._public)
        for secret in sorted(self._found, key=len, reverse=True):
            if secret not in text or secret in public:
                continue
            exact = re.escape(secret)
            if len(secret) < LONG:
                exact = rf"(?<![^\W_]){exact}(?![^\W_])"
            text = re.sub(exact, HIDDEN, text)
        text = _USERINFO.sub(f"//{HIDDEN}@", text)
        text = _COOKIES.sub(self._hide_cookies, text)
        text = self._hide_values(text, _IN_LINE, _value_of_line)
        text = self._hide_values(text, _IN_URL, _value_of_parameter)
        return self._hide_values(text, _IN_JSON, _value_of_field)

    def _hide_cookies(self, match: re.Match[str]) -> str:
        shown = [
            one if _ATTRIBUTE.fullmatch(one.partition("=")[0].strip()) else self._cookie(one)
            for one in match["value"].split(";")
        ]
        return f"{match['name']}{match['is']}{';'.join(shown)}"

    def _hide_values(
        self,
        text: str,
        names: re.Pattern[str],
        find_value: Callable[[re.Match[str]], re.Pattern[str] | None],
    ) -> str:
        """Hide the values that follow secret names.

        :param find_value: returns what matches the value; ``None`` if the name is not secret.
        """
        shown: list[str] = []
        end = 0
        for name in names.finditer(text):
            values = find_value(name) if name.start() >= end else None
            value = values.match(text, name.end()) if values else None
            if value is not None:
                self._remember(value["value"])
                shown += text[end : value.start()], HIDDEN
                end = value.end()
        return "".join([*shown, text[end:]])


def _value_of_line(begun: re.Match[str]) -> re.Pattern[str] | None:
    """Return what matches the value of a header; other words with a colon are not headers."""
    name = begun["name"].lower()
    if name in ("authorization", "proxy-authorization"):
        return _LINE_VALUE if begun["scheme"] else _UNKNOWN_SCHEME
    return _LINE_VALUE if "-" in name and name != "set-cookie" and is_secret(name) else None


def _value_of_parameter(begun: re.Match[str]) -> re.Pattern[str] | None:
    name = unquote(begun["name"])
    in_url = bool(begun["before"]) and name.lower() in PARAMETERS
    return _URL_VALUE if in_url or is_secret(name) else None


def _value_of_field(begun: re.Match[str]) -> re.Pattern[str] | None:
    return _JSON_VALUE if is_secret(begun["name"]) else None
