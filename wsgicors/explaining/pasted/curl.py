"""The request of a curl command, as "Copy as cURL" writes it or people do."""

import base64
import re
from dataclasses import dataclass, field
from urllib.parse import quote as percent_encode

from ..._core.headers import Header, quote
from . import JSON, Pasted, Unreadable
from .browsers import asked_for, is_copied, read_headers
from .options import read_options
from .quoting import POWERSHELL, SEVERAL, clean, split

EXPECTED = "expected a curl command; use 'Copy as cURL'"

FORM = "application/x-www-form-urlencoded"

OWN = frozenset({"accept", "content-type", "host", "user-agent", "expect", "content-length"})
"""Headers that curl adds by itself."""

_COMMAND = re.compile(r"(?:.*[/\\])?curl(?:\.exe)?", re.IGNORECASE)
_PROMPT = re.compile(r"[\s\ufeff]*(?:[$>%]\s+)?")
_POWERSHELL = re.compile(r"\s*(?:\$\w+\s*=|Invoke-|iwr\b|irm\b)", re.IGNORECASE)
_GLOB_ESCAPE = re.compile(r"\\([\[\]{}])")


def read_curl(text: str) -> Pasted:
    """Read the request of a curl command.

    :raises Unreadable: if the text is not one.
    """
    text = clean(text)
    if _POWERSHELL.match(text) is not None:
        raise Unreadable(POWERSHELL)
    start = _PROMPT.match(text)
    words = split(text[start.end() if start else 0 :])
    if not words or _COMMAND.fullmatch(words[0]) is None:
        is_command = words and re.fullmatch("[A-Za-z]{1,12}", words[0])  # else perhaps a secret
        got = f", got {quote(words[0])}" if is_command else ""
        raise Unreadable(EXPECTED.replace(";", f"{got};"))
    command = Command()
    for name, value in read_options(words[1:]):
        command.take(name, value)
    return command.finish()


@dataclass
class Command:
    """What a curl command says, word by word."""

    urls: list[str] = field(default_factory=list[str])
    method: str | None = None
    headers: list[Header] = field(default_factory=list[Header])
    query: list[str] = field(default_factory=list[str])
    data: list[str] = field(default_factory=list[str])
    flags: set[str] = field(default_factory=set[str])
    notes: list[str] = field(default_factory=list[str])

    def take(self, name: str, value: str) -> None:
        """Take an option with its value."""
        match name:
            case "url":
                self.urls.append(value)
            case "url-query":
                self._take_query(value)
            case "request":
                self.method = value
            case "header":
                self._take_header(value)
            case "cookie":
                self.headers.append(("Cookie", value))
            case "user-agent":
                self.headers.append(("User-Agent", value))
            case "referer":
                self.headers.append(("Referer", value.removesuffix(";auto")))
            case "user":
                login = base64.b64encode((value if ":" in value else f"{value}:").encode())
                self.headers.append(("Authorization", f"Basic {login.decode()}"))
            case "oauth2-bearer":
                self.headers.append(("Authorization", f"Bearer {value}"))
            case "config":
                raise Unreadable(
                    f"options in the file {quote(value)} are not read; put them in the text"
                )
            case _:
                self.flags.add(name)
                self._take_body(name, value)

    def _take_header(self, line: str) -> None:
        """Take ``Name: value``, or ``Name;`` for an empty value.

        ``Name:`` removes a header that curl adds; Firefox and WebKit write empty values so.
        """
        name, colon, value = (part.strip() for part in line.partition(":"))
        if line.startswith("@"):
            self.notes.append(f"The headers in the file {quote(line[1:])} are not sent.")
        elif name and (value or (colon and name.lower() not in OWN)):
            self.headers.append((name, value))
        elif not colon and name.endswith(";"):
            self.headers.append((name[:-1], ""))

    def _take_body(self, name: str, value: str) -> None:
        """Take a part of the body; what is in files is not read."""
        match name:
            case "data" | "data-ascii" | "data-binary" | "json" if value.startswith("@"):
                self._skip(f"file {quote(value[1:])}")
            case "data" | "data-ascii" | "data-binary" | "json" | "data-raw":
                self.data.append(value)
            case "data-urlencode":
                self.data.append(self._encode(value))
            case "form" | "form-string":
                field_name = value.rpartition("=")[0].partition("=")[0]
                self._skip(f"field {quote(field_name)} of the form")
            case "upload-file":
                self._skip(f"file {quote(value)}")
            case _:
                pass

    def _take_query(self, value: str) -> None:
        """Take a part of the URL's query; after ``+`` it is encoded already."""
        encoded = value[1:] if value.startswith("+") else self._encode(value)
        self.query += [encoded] if encoded else []

    def _encode(self, value: str) -> str:
        """Encode the value in ``name=value``; note that a file is not read."""
        name, equals, content = value.partition("=")
        if equals:
            return f"{name}{'=' if name else ''}{percent_encode(content, safe='')}"
        if "@" in value:
            self._note(f"file {quote(value.partition('@')[2])}")
            return ""
        return percent_encode(value, safe="")

    def _skip(self, what: str) -> None:
        """Note what is not sent, and that there is a body."""
        self._note(what)
        self.data.append("")

    def _note(self, what: str) -> None:
        self.notes.append(f"The {what} is not sent.")

    def finish(self) -> Pasted:
        """Return the request."""
        url = self._url()
        copied = is_copied(self.headers)
        found = read_headers(self.headers)
        preflight = asked_for(self.headers)
        if preflight is not None:
            method, headers, notes = preflight
            return Pasted(
                url,
                method,
                found.origin,
                tuple(headers),
                notes=(*notes, *found.notes),
                about_origin=found.about_origin,
            )
        body = self._body()
        headers = [*found.headers]
        implied = None if copied else self._content_type()
        if body is not None and implied and not _has(headers, "content-type"):
            headers.append(("Content-Type", implied))
        if "json" in self.flags and not _has(headers, "accept"):
            headers.append(("Accept", JSON))
        return Pasted(
            url,
            self._method(),
            found.origin,
            tuple(headers),
            # A browser adds no Content-Type to bytes.
            body if body is None or _has(headers, "content-type") else body.encode(),
            "include" if found.with_credentials else None,
            found.mode or "cors",
            notes=(*self.notes, *found.notes),
            about_origin=found.about_origin,
            cookies=found.cookies,
        )

    def _url(self) -> str:
        if "next" in self.flags or len(self.urls) > 1:
            raise Unreadable(SEVERAL)
        if not self.urls:
            raise Unreadable("the curl command has no URL; copy the whole command")
        url = self.urls[0] if "globoff" in self.flags else _GLOB_ESCAPE.sub(r"\1", self.urls[0])
        if "://" not in url and not url.startswith("/"):
            url = f"http://{url}"
        query = [*self.query, *(self.data if "get" in self.flags else [])]
        if query:
            url = f"{url}{'&' if '?' in url else '?'}{'&'.join(query)}"
        return url

    def _body(self) -> str | None:
        if not self.data or "get" in self.flags:
            return None
        return ("" if "json" in self.flags else "&").join(self.data)

    def _content_type(self) -> str | None:
        """Return what curl sends if the command has no Content-Type."""
        if "json" in self.flags:
            return JSON
        if "form" in self.flags:
            return "multipart/form-data; boundary=form"
        return None if "upload-file" in self.flags else FORM

    def _method(self) -> str:
        if self.method is not None:
            return self.method
        if "head" in self.flags:
            return "HEAD"
        if "get" in self.flags or not self.data:
            return "GET"
        return "PUT" if "upload-file" in self.flags else "POST"


def _has(headers: list[Header], name: str) -> bool:
    return any(key.lower() == name for key, _ in headers)
