"""An audit on a terminal: tables, or on a narrow one the routes below their policies."""

import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from .._core.headers import visible
from .._introspection import OTHER_URLS
from ..auditing import Change, Finding, Line, PolicyUse, Survey, describe, list_policies
from ..auditing.lines import cookies_of, readers_of
from ..auditing.policies import is_use
from .changes import describe as describe_changes
from .changes import effect_of, group, summary
from .layout import GAP, trim, usual, widths, wrap
from .reports import (
    NO_ROUTES,
    POLICY_HEADS,
    ROUTE_HEADS,
    UNNAMED,
    count,
    count_findings,
    describe_differences,
    describe_trial,
    fold_packages,
    introduce,
    name_of,
    permissions_of,
)
from .streams import write

WIDTH = 160
"""Columns of what is not written to a terminal, as in a CI log."""

TABLE_WIDTH = 120
"""The fewest columns for a table of the routes."""

DITTO = '"'
"""Shown for origins and a source that equal those of the line above."""

STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
"""The style of each severity."""

GAIN, LOSS = "green", "red"

HEAD, URL, PLACE = "bold", "cyan", "dim"


def print_tables(
    survey: Survey, findings: Sequence[Finding], *, findings_only: bool = False
) -> None:
    """Print the app, its policies, all routes, and the findings.

    :param findings_only: leave out the policies and the routes.
    """
    with _writing() as console:
        _print(console, [_text(line) for line in _wrap_all(introduce(survey), console.width)])
        if not findings_only:
            _print(console, [Text(), *_routes(survey, console.width)])
        _print_findings(console, findings)
        _print(console, [Text(), Text(count_findings(findings), HEAD)])


def print_changes(
    changes: Sequence[Change], findings: Sequence[Finding], *, findings_only: bool = False
) -> None:
    """Print the changes since an earlier audit, and the new findings.

    :param findings_only: leave out the changes after their summary.
    """
    with _writing() as console:
        lines = _wrap_all([summary(changes, findings)], console.width)
        _print(console, map(Text, lines))
        for same_changes in group(() if findings_only else changes):
            _print(console, [Text(), *_change(same_changes, console.width)])
        _print_findings(console, findings)


@contextmanager
def _writing() -> Generator[Console]:
    """Return a console that is written to standard output at the end."""
    console = make_console()
    with console.capture() as captured:
        yield console
    write(trim(captured.get()))


def make_console() -> Console:
    """Return a console as wide as the terminal, or :data:`WIDTH` columns without a terminal."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH
    return console


def _print(console: Console, lines: Iterable[Text]) -> None:
    """Print lines that are wrapped already; a terminal may break what is longer than it is wide."""
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True)


def _print_findings(console: Console, findings: Sequence[Finding]) -> None:
    label = max((len(finding.severity) for finding in findings), default=0)
    _print(console, [Text()] if findings else [])
    for finding in findings:
        severity, code = finding.severity, visible(finding.code)
        start, indent = f"{severity:{label}} {code}  ", " " * (label + 1)
        first, *more = wrap(visible(finding.where), console.width, indent, start)
        head = Text(first)
        head.stylize(STYLES[severity], 0, len(severity))
        head.stylize(HEAD, label + 1, label + 1 + len(code))
        message = wrap(visible(finding.message), console.width, indent)
        _print(console, [head, *map(Text, (*more, *message))])


def _wrap_all(texts: Iterable[str], width: int) -> Iterable[str]:
    for text in texts:
        yield from wrap(visible(text), width)


# Tables

Cell = Sequence[Text]
"""Texts below each other."""


def _routes(survey: Survey, width: int) -> list[Text]:
    """Return policies and routes as tables if there is room, or else the routes by policy."""
    lines, policies = fold_packages(describe(survey.all_rows)), list_policies(survey)
    if not lines:
        return [Text(NO_ROUTES)]
    if width >= TABLE_WIDTH:
        first = _table(POLICY_HEADS, [*map(_policy_cells, policies)], width) if policies else []
        second = _table(ROUTE_HEADS, [*_rows(lines)], width)
        if first is not None and second is not None:
            return [*first, Text(), *second]
    return [*_blocks(lines, policies, width)]


def _policy_cells(use: PolicyUse) -> Sequence[Cell]:
    return (
        [_text(name_of(use) or UNNAMED, HEAD)],
        [Text(str(use.urls))],
        _origins(readers_of(use.policy)),
        _rights(permissions_of(use)),
        [_text(use.place)],
    )


def _rows(lines: Iterable[Line]) -> Iterable[Sequence[Cell]]:
    last: Line | None = None
    for line in lines:
        url = "" if last is not None and line.url == last.url else line.url
        readers, rights = _readers(line), _rights(_permissions(line))
        source = [_text(line.source), _text(line.source_place, PLACE)]
        if last is not None and _policy(line) == _policy(last):
            readers, source = [Text(DITTO, PLACE)], [Text(DITTO, PLACE)]
            if _permissions(line) == _permissions(last):
                rights = list[Text]()
        yield [_text(url, URL)], [_text(line.methods)], readers, rights, source, [Text(_view(line))]
        last = line


def _permissions(line: Line) -> list[str]:
    return [*line.rights, *describe_trial(line.rows)]


def _policy(line: Line) -> tuple[object, ...]:
    """Return what decides about a line, and what pages may do except for changes with cookies."""
    others = [right for right in line.rights if not right.startswith("cookies")]
    credentials = line.policy and line.policy.allow_credentials
    return (
        line.readers,
        credentials,
        others,
        describe_trial(line.rows),
        line.policy_place,
        line.source,
        line.source_place,
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]], width: int) -> list[Text] | None:
    """Return the lines of a table; ``None`` if its words are wider than the terminal."""
    contents = [
        [head, *(text.plain for row in rows for text in row[index])]
        for index, head in enumerate(heads)
    ]
    columns = widths(contents, width)
    if columns is None:
        return None
    head = [[Text(head, HEAD)] for head in heads]
    rule = [[Text("-" * column_width, PLACE)] for column_width in columns]
    return [line for row in (head, rule, *rows) for line in _row(row, columns)]


def _row(cells: Sequence[Cell], columns: Sequence[int]) -> Iterable[Text]:
    """Yield the lines of a row of a table."""
    texts = [
        [line for text in cell if text.plain for line in _wrap_text(text, width)]
        for cell, width in zip(cells, columns, strict=True)
    ]
    for number in range(max(map(len, texts))):
        line = Text()
        for cell, width in zip(texts, columns, strict=True):
            part = cell[number] if number < len(cell) else Text()
            line.append_text(part).pad_right(width - part.cell_len + GAP)
        yield line


def _wrap_text(text: Text, width: int) -> list[Text]:
    return [Text(line, text.style) for line in wrap(text.plain, width)]


def _readers(line: Line) -> Cell:
    return _origins(line.readers) if line.has_policy else [_text(line.readers[0], PLACE)]


def _origins(readers: Iterable[str]) -> Cell:
    return [_text(text, "yellow" if text == "every origin" else "") for text in readers]


def _rights(rights: Iterable[str]) -> Cell:
    return [_text(text, HEAD if text.startswith("cookies") else "") for text in rights]


# Routes below their policies


def _blocks(lines: Iterable[Line], policies: Sequence[PolicyUse], width: int) -> Iterable[Text]:
    """Yield the named policies, and each policy with the routes that have it."""
    named = [use for use in policies if use.name and not use.is_refined]
    for use in named:
        where = " ".join(filter(None, (count(use.urls, "URL"), use.place and f"at {use.place}")))
        yield from map(Text, wrap(visible(f"policy {name_of(use)}: {where}"), width))
    if named:
        yield Text()
    blocks: dict[str, list[Line]] = {}
    for line in lines:
        key = repr((_name_in(policies, line), _policy(line)))
        blocks.setdefault(key, []).append(line)
    with_policy_first = sorted(blocks.values(), key=lambda block: not block[0].has_policy)
    for number, block in enumerate(with_policy_first):
        if number:
            yield Text()
        yield from _block(block, _name_in(policies, block[0]), width)


def _name_in(policies: Iterable[PolicyUse], line: Line) -> str:
    return next((name_of(use) for use in policies if is_use(use, line.rows[0])), "")


def _block(lines: Sequence[Line], name: str, width: int) -> Iterable[Text]:
    """Yield the lines of a policy: who may read, what else, where it is written, and routes."""
    first = lines[0]
    style = HEAD if first.has_policy else PLACE
    yield from (_text(part, style) for part in wrap(visible(", ".join(first.readers)), width))
    rights = [*first.rights]
    writing = [*dict.fromkeys(method for line in lines for method in line.writes)]
    if first.policy and writing:
        rights[0] = cookies_of(first.policy, writing)
        if any({*line.writes} != {*writing} for line in lines):
            rights[0] += " where a route has them"
    at = f"at {first.policy_place}" if first.policy_place else ""
    policy = " ".join(filter(None, ("policy", name, at))) if name or at else ""
    source = f"{first.source} ({first.source_place})" if first.source_place else first.source
    number = len({row.url for line in lines for row in line.rows} - {OTHER_URLS})
    urls = count(number, "URL") if number else ""
    where = "; ".join(filter(None, (source, policy, urls)))
    for text in "; ".join(rights), *describe_trial(first.rows), where:
        yield from (_text(line) for line in wrap(visible(text), width, "  "))
    methods = max(len(line.methods) for line in lines)
    url = usual(len(line.url) for line in lines)
    for line in lines:
        yield from _route(line, methods, url, width)


def _view(line: Line) -> str:
    return visible(f"{line.view} {line.place}".strip())


def _route(line: Line, methods: int, url: int, width: int) -> Iterable[Text]:
    """Yield a route, with its view beside it if there is room for that."""
    route = Text.assemble("    ", _text(line.methods.ljust(methods)), "  ", _text(line.url, URL))
    column, view = 4 + methods + GAP + url + GAP, _view(line)
    near = route.cell_len + GAP
    for start in max(column, near), near:
        if start + cell_len(view) <= width:
            route.pad_right(start - route.cell_len)
            yield route.append(view)
            return
    yield route
    yield from map(Text, wrap(view, width, " " * 8))


# Changes


def _change(changes: Sequence[Change], width: int) -> Iterable[Text]:
    """Return routes with the same change, below each other, and the change below them."""
    effect, cookies = effect_of(changes[0])
    label = Text(effect.upper(), "bold red") if effect == "wider" else Text(effect, HEAD)
    yield label.append(cookies and f", {cookies}")
    lines = [(route, URL) for route in describe_changes(changes)]
    lines += [
        (line, GAIN if line[0] == "+" else LOSS)
        for line in describe_differences(changes[0].differences)
    ]
    for line, style in lines:
        yield from (Text(part, style) for part in wrap(visible(line), width, "    ", "  "))


def _text(text: str, style: str = "") -> Text:
    """Return a text in which nothing is an escape sequence or markup."""
    return Text(visible(text), style)
