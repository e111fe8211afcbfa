"""The redacted form of an explanation: values with the name of a secret are replaced by ``…``.

Names stay, and the parts of a value that are not secret: the word ``Bearer``, the attributes of a
cookie.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar, cast
from urllib.parse import unquote

from .._advice import Fix
from .._core.headers import Header
from ..testing.cookies import SetCookie
from ..testing.exceptions import NetworkError
from ..testing.log import Exchange
from ..testing.requests import HeadersInit, pairs
from ..testing.responses import ReadableHeaders, Response
from ..testing.urls import URL
from .explanation import Explanation

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
"""Secrets of at least this many characters are also hidden where they are repeated."""

LONG = 8
"""Secrets of at least this many characters are also hidden inside of a word."""

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
_SETTING = re.compile(r"[A-Z][A-Z_]+=(?:True|False|'None')(?!\w)")
"""A setting that an explanation advises, such as ``SESSION_COOKIE_SECURE=True``."""

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


def redact(explanation: Explanation, given: HeadersInit | None = None) -> Explanation:
    """Return an explanation in which all secrets are replaced by ``…``.

    :param given: more headers with secrets, such as those that were not sent.
    """
    redactor = Redactor(given)
    return redactor.make(lambda: redactor.explanation(explanation))


def hide(text: str, given: HeadersInit | None = None) -> str:
    """Return a text in which all secrets are replaced by ``…``."""
    redactor = Redactor(given)
    return redactor.make(lambda: redactor.text(text))


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
    """Replaces secrets, and remembers them, so that it finds them in other texts too.

    :param given: headers with secrets that may be repeated.
    """

    def __init__(self, given: HeadersInit | None = None) -> None:
        self._found: set[str] = set()
        self._public: set[str] = set()
        """The origins of pages and servers, which are shown even if they are in a cookie."""
        self._repeated: tuple[re.Pattern[str], ...] = ()
        """What matches the secrets that were found, where they are repeated."""
        self.headers(pairs(given))

    def make(self, make: Callable[[], T]) -> T:
        """Make a redacted value twice: first to find the secrets, then to replace them all."""
        make()
        self._repeated = tuple(self._patterns())
        return make()

    def _patterns(self) -> Iterator[re.Pattern[str]]:
        public = " ".join(self._public)
        found = sorted((one for one in self._found if one not in public), key=len, reverse=True)
        if inside := [re.escape(one) for one in found if len(one) >= LONG]:
            yield re.compile("|".join(inside))
        if words := [re.escape(one) for one in found if len(one) < LONG]:
            yield re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?![^\W_])")

    def explanation(self, given: Explanation) -> Explanation:
        """Return an explanation with redacted texts; its other fields stay as they are."""
        for exchange in given.exchanges:  # the page's secrets count before those of servers
            self.headers(exchange.request_headers)
        return replace(
            given,
            steps=self.texts(given.steps),
            exchanges=(*map(self._exchange, given.exchanges),),
            notes=self.texts(given.notes),
            response=self._response(given.response) if given.response else None,
            reason=self.text(given.reason),
            received=self.text(given.received),
            needed=self.text(given.needed),
            change=self._change(given.change) if given.change else None,
            console={
                engine: None if text is None else self.text(text)
                for engine, text in given.console.items()
            },
        )

    def _exchange(self, given: Exchange) -> Exchange:
        self._public |= {given.page, given.url.origin}
        return replace(
            given,
            url=self._url(given.url),
            request_headers=self.headers(given.request_headers),
            response=replace(
                given.response,
                reason=self.text(given.response.reason),
                headers=self.headers(given.response.headers),
                body=self.content(given.response.body),
                cut=self.text(given.response.cut),
                failure=self._failure(given.response.failure),
            ),
            cookies=[*map(self._set_cookie, given.cookies)],
        )

    def _response(self, given: Response) -> Response:
        lines = self.headers(given.headers.items())
        return replace(
            given,
            headers=ReadableHeaders(lines, lines),
            content=self.content(given.content),
            url=self.text(given.url),
            cut=self.text(given.cut),
            failure=self._failure(given.failure),
        )

    def _failure(self, given: Exception | None) -> Exception | None:
        hidden = self.text(str(given))
        return given if given is None or hidden == str(given) else NetworkError(hidden)

    def _set_cookie(self, given: SetCookie) -> SetCookie:
        self._remember(given.value)
        attributes = {name: self.text(value) for name, value in given.attributes.items()}
        return replace(given, value=HIDDEN if given.value else "", attributes=attributes)

    def _change(self, given: Fix) -> Fix:
        return replace(
            given,
            sentence=self.text(given.sentence),
            settings={name: self._setting(value) for name, value in given.settings.items()},
            headers=tuple(self.headers(given.headers)),
        )

    def _setting(self, given: object) -> object:
        """Return a redacted value of a setting; a callable with a secret becomes its text."""
        if isinstance(given, str):
            return self.text(given)
        if isinstance(given, (list, tuple)):
            return [*map(self._setting, cast("Sequence[object]", given))]
        hidden = self.text(repr(given)) if callable(given) else ""
        return given if hidden in ("", repr(given)) else hidden

    def texts(self, given: Iterable[str]) -> tuple[str, ...]:
        """Return redacted texts."""
        return tuple(map(self.text, given))

    def content(self, given: bytes) -> bytes:
        """Return a redacted body."""
        text = given.decode("utf-8", "surrogateescape")
        return self.text(text).encode("utf-8", "surrogateescape")

    def headers(self, lines: Iterable[Header]) -> list[Header]:
        """Return redacted header lines."""
        return [(name, self.header(name, value)) for name, value in lines]

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
            return self.text(";".join(map(self._cookie, first.split(";"))) + semicolon + rest)
        if is_secret(name):
            secret = _SCHEME.sub("", value)
            begun = value.removesuffix(secret)
            self._remember(secret)
            if begun.strip().lower() == "basic":
                self._remember_basic(secret)
            return begun + (HIDDEN if secret else "")
        return self.text(value)

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
        for repeated in self._repeated:
            text = repeated.sub(HIDDEN, text)
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
    if _SETTING.match(begun.string, begun.start("name")):
        return None
    name = unquote(begun["name"])
    in_url = bool(begun["before"]) and name.lower() in PARAMETERS
    return _URL_VALUE if in_url or is_secret(name) else None


def _value_of_field(begun: re.Match[str]) -> re.Pattern[str] | None:
    return _JSON_VALUE if is_secret(begun["name"]) else None
