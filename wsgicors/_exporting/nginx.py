"""A policy for nginx, in two parts: maps for ``http``, and what uses them in a location or server.

All values are in the maps, so the other part is the same for every policy of one name.

Some properties of nginx decide how the parts are written:

- An ``if`` that matches replaces its location, so that ``try_files`` is lost. Here each returns.
- A map ignores the case of strings, so origins and methods are regular expressions.
- A regular expression that matches in a map clears ``$1`` of the location. None is evaluated
  before nginx has found the file, unless the request is a preflight.
- A header that is empty counts as absent.

Names that only the app behind nginx exposes are not exposed, because its CORS headers are hidden.
"""

from collections.abc import Iterator, Sequence

from .._core.headers import EXPOSE_HEADERS
from .._core.origins import MAX_ORIGIN_LENGTH
from .._core.protocol import MAX_METHOD_SIZE, MAX_REQUESTED_SIZE
from . import expressions
from .rules import Group, NotExportable, Rules

FILE = "/etc/nginx/snippets/cors-{name}.conf"
MAPS_FILE = "/etc/nginx/conf.d/cors-{name}-maps.conf"

INCLUDE = """\
Debian's nginx includes the file with the maps by itself; elsewhere, include it in http. Include the
other file at the top of the location that serves the files, or of the server:

    location /fonts/ {{
        include snippets/cors-{name}.conf;
    }}

nginx looks for it in the folder of nginx.conf, which is /etc/nginx on Debian.

Lines with add_header or ..._hide_header in outer blocks then have no effect there: repeat them.
Include the file in inner locations too, and in those that error_page and try_files lead to.
Do not include it inside of a block with another policy: the outer one answers preflights."""

LONGEST = 4_000
"""The most characters of a string. nginx does not read one of 4,096."""

ALIGNED = 60
"""The most characters of what a map matches, so that values are aligned behind it."""

_HEADERS = {
    "Access-Control-Allow-Origin": "origin",
    "Access-Control-Allow-Credentials": "credentials",
    EXPOSE_HEADERS: "expose",
    "Access-Control-Allow-Methods": "methods",
    "Access-Control-Allow-Headers": "headers",
    "Access-Control-Max-Age": "maxage",
    "Vary": "vary",
}
"""The headers to send, and the end of the variable that has the value of each."""

_MODULES = ("proxy", "fastcgi", "scgi", "uwsgi")
"""The modules behind which there can be an app; usual builds of nginx have them all."""

_ORIGIN = "$http_origin"
_METHOD = "$http_access_control_request_method"
_NAMES = "$http_access_control_request_headers"

Entry = tuple[str, str]
"""What a map matches, and the value of its variable then."""


def write(_: Rules, name: str) -> str:
    """Return the part for a location or server."""
    width = max(map(len, _HEADERS))
    preflight = f"$cors_{name}_preflight"
    lines = [
        "# Answer preflights here, before a login and before the app.",
        f"if ({preflight} = allowed) {{",
        "    return 204;",
        "}",
        f"if ({preflight}) {{",
        "    rewrite ^ /refused.txt;  # so that the Content-Type is text/plain",
        f'    return 403 "CORS preflight refused: {preflight}\\n";',
        "}",
        "",
        "# Send these headers with every response; nginx leaves out those without a value.",
        *(
            f"add_header {header:{width}} $cors_{name}_{end} always;"
            for header, end in _HEADERS.items()
        ),
        "",
        "# Hide the headers of an app behind nginx, so that none comes twice.",
        *(
            f"{module}_hide_header {header};"
            for module in _MODULES
            for header in _HEADERS
            if header != "Vary"
        ),
    ]
    return "\n".join(lines) + "\n"


def write_maps(rules: Rules, name: str) -> str:
    """Return the part for ``http``.

    :raises NotExportable: if nginx cannot read a value.
    """
    return _Maps(rules, f"cors_{name}_").write()


class _Maps:
    """Writes the maps of a policy.

    The ends of variables are one word each, so that no two names of policies make the same one.
    """

    def __init__(self, rules: Rules, prefix: str) -> None:
        self.rules = rules
        self.prefix = prefix
        """What the names of all variables begin with."""
        self.plain = rules.groups[-1]
        """The group whose pages send no credentials, if there are two."""
        self.trusted = rules.groups[0] if rules.groups[0].credentials else None
        """The group whose pages may send credentials."""

    def write(self) -> str:
        """Return the maps, with a comment above those that belong together."""
        blocks = [
            "\n".join((f"# {comment}", *maps))
            for comment, maps in (
                ("The origins of pages that may read responses.", self.origins()),
                (
                    "Preflights: OPTIONS with Origin and Access-Control-Request-Method.",
                    self.preflights(),
                ),
                ("Headers for allowed preflights.", self.answers()),
                ("Headers for other responses.", self.others()),
            )
        ]
        dollar = f"${{{self.prefix}dollar}}"
        if any(dollar in block for block in blocks):
            geo = f'geo ${self.prefix}dollar {{\n    default "$";\n}}'
            blocks.insert(0, f"# A dollar sign, which strings cannot have.\n{geo}")
        return "\n\n".join(blocks) + "\n"

    def map(self, source: str, end: str, *entries: Entry, otherwise: str = '""') -> str:
        """Return a map.

        :param end: of the name of the variable.
        """
        rows = [("default", otherwise), *((_quote(key), value) for key, value in entries)]
        width = max(len(key) for key, _ in rows if len(key) <= ALIGNED)
        lines = [f"    {key:{width}}  {value};" for key, value in rows]
        start = f"map {source} {self.variable(end)} {{"
        return "\n".join((start, *lines, "}")) if entries else f"{start} default {otherwise}; }}"

    def variable(self, end: str) -> str:
        """Return a variable by the end of its name."""
        return f"${self.prefix}{end}"

    def value(self, text: str) -> str:
        """Return a header value as a string."""
        if len(text) > LONGEST:
            raise NotExportable(
                f"nginx reads no value of more than {LONGEST} characters ({text[:20]!r}...); list "
                f"fewer names"
            )
        return _quote(text.replace("$", f"${{{self.prefix}dollar}}"))

    def origins(self) -> Iterator[str]:
        """Yield the maps from an origin to Allow-Origin and Allow-Credentials."""
        is_limited = self.rules.limits_headers
        entries = dict.fromkeys(e for group in self.rules.groups for e in _entries(group, _ORIGIN))
        everybody = '"*"' if self.plain.everybody else '""'
        known = "known" if is_limited else "origin"
        yield self.map(_ORIGIN, known, *entries, otherwise=everybody)
        if is_limited:  # a preflight that is refused for its size gets no Allow-Origin
            refused = ("too-large", '""')
            source = self.variable("preflight")
            yield self.map(source, "origin", refused, otherwise=self.variable(known))
        if self.trusted is None:
            yield self.map(_ORIGIN, "credentials")
        elif len(self.rules.groups) == 1:
            yield self.map(self.variable("origin"), "credentials", ("", '""'), otherwise='"true"')
        else:
            yield self.map(_ORIGIN, "credentials", *_entries(self.trusted, '"true"'))

    def preflights(self) -> Iterator[str]:
        """Yield the maps to what becomes of a preflight: ``allowed``, or why not.

        Each goes on to the next one, so that other requests do not get as far as an expression.
        """
        too_long, too_many = f"~^.{{{MAX_REQUESTED_SIZE + 1}}}", f"~^{expressions.TOO_MANY_NAMES}"
        steps: list[tuple[str, Sequence[Entry]]] = [
            (_ORIGIN, [("", '""')]),
            (_METHOD, [("", '""')]),
        ]
        if not self.plain.everybody:
            known = "known" if self.rules.limits_headers else "origin"
            steps.append((self.variable(known), [("", '"origin-not-allowed"')]))
        if self.rules.limits_headers:
            steps.append((_NAMES, [(one, '"too-large"') for one in (too_long, too_many)]))
        if methods := "|".join(map(expressions.escape, self.rules.refused_methods)):
            steps.append((_METHOD, [(f"~^({methods})$", '"method-not-allowed"')]))
        yield self.map("$request_method", "preflight", ("OPTIONS", self.variable("step1")))
        for number, (source, entries) in enumerate(steps, start=1):
            following = self.variable(f"step{number + 1}") if number < len(steps) else '"allowed"'
            yield self.map(source, f"step{number}", *entries, otherwise=following)

    def answers(self) -> Iterator[str]:
        """Yield the maps to headers that only answers to preflights have."""
        yield from self.methods()
        if self.rules.withholds_headers:
            yield self.for_allowed("headers", self.variable("withheld"))
            listed = self.value(self.rules.headers)
            yield self.map(
                _NAMES, "withheld", (f"~*{expressions.AUTHORIZATION}", '""'), otherwise=listed
            )
        else:
            yield self.for_allowed("headers", self.value(self.rules.headers))
        yield self.for_allowed("maxage", self.value(self.rules.max_age))

    def methods(self) -> Iterator[str]:
        """Yield the maps to Allow-Methods."""
        listed = self.value(self.plain.methods)
        if self.trusted is None or not self.trusted.echoes_method:
            yield self.for_allowed("methods", listed)
            return
        requested = self.variable("requested")
        if self.trusted is self.plain:
            yield self.for_allowed("methods", requested)
        else:
            yield self.for_allowed("methods", self.variable("tiers"))
            trust = self.variable("credentials")
            yield self.map(trust, "tiers", ("true", requested), otherwise=listed)
        token = f"~^{expressions.TOKEN}{{1,{MAX_METHOD_SIZE}}}$"
        yield self.map(_METHOD, "requested", (r"~^\*$", '""'), (token, _METHOD))

    def others(self) -> Iterator[str]:
        """Yield the maps to headers of responses to requests that are not preflights."""
        preflight, expose = self.variable("preflight"), self.value(self.rules.expose)
        if not self.rules.expose:
            yield self.map(preflight, "expose")
        elif self.plain.everybody:
            yield self.map(preflight, "expose", ("", expose))
        else:
            yield self.map(preflight, "expose", ("", self.variable("exposed")))
            yield self.map(self.variable("origin"), "exposed", ("", '""'), otherwise=expose)
        vary = _quote(self.rules.preflight_vary)
        yield self.map(preflight, "vary", ("", _quote(self.rules.vary)), otherwise=vary)

    def for_allowed(self, end: str, value: str) -> str:
        """Return the map to a header that answers to allowed preflights have."""
        entries = [] if value == '""' else [("allowed", value)]
        return self.map(self.variable("preflight"), end, *entries)


def _entries(group: Group, value: str) -> Iterator[Entry]:
    """Yield what a map of origins has for a group, each origin and pattern with a value.

    Patterns limit the length of an origin here, because they match any number of labels.
    """
    for origin in group.exact:
        yield f"~^{expressions.escape(origin)}$", value
    for pattern in group.patterns:
        yield f"~^(?!.{{{MAX_ORIGIN_LENGTH + 1}}}){pattern}$", value


def _quote(text: str) -> str:
    """Return a string in quotes."""
    return f'"{text}"'
