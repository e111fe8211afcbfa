"""The changes since an earlier audit: in words, as Markdown and as JSON."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from .._core.headers import visible
from ..auditing import Change, Finding
from ..auditing.document import VERSION, finding_of
from .markdown import as_code, as_list, as_text
from .reports import count, describe_differences
from .streams import json_text

MAX_SHOWN = 3
"""The most URLs with the same change that are shown; JSON lists all."""

Effect = Literal["wider", "narrower", "moved"]
"""Whether pages may do more, less, or the same at another URL."""

COOKIES_ALLOWED, COOKIES_NOT_ALLOWED = "cookies allowed", "cookies not allowed"
COOKIES_NOW_ALLOWED = "cookies now allowed"

EFFECTS: tuple[Effect, ...] = ("wider", "narrower", "moved")


def as_json(
    changes: Sequence[Change], findings: Sequence[Finding], *, findings_only: bool = False
) -> str:
    """Return the JSON of changes and new findings.

    :param findings_only: leave out the changes.
    """
    changed = [
        {
            "url": change.url,
            "methods": change.methods.split(", "),
            "place": change.place,
            "kind": change.kind,
            "moved_from": change.moved_from,
            "wider": change.wider,
            "narrower": change.narrower,
            "credentials": change.credentials,
            "differences": [difference._asdict() for difference in change.differences],
        }
        for change in (() if findings_only else changes)
    ]
    comparison = {
        "version": VERSION,
        "wider": any(change.wider for change in changes),
        "changes": changed,
        "findings": [*map(finding_of, findings)],
    }
    return json_text(comparison)


def as_markdown(
    changes: Sequence[Change], findings: Sequence[Finding], *, findings_only: bool = False
) -> str:
    """Return the summary, and lists of changes and new findings.

    :param findings_only: leave out the changes after their summary.
    """
    parts = [f"**{as_text(summary(changes, findings))}**"]
    for same_changes in group(() if findings_only else changes):
        first_change = same_changes[0]
        effect, cookies = effect_of(first_change)
        label = f"**{effect}**{cookies and f', {cookies}'}"
        routes = ", ".join(describe(same_changes, as_text, as_code))
        lines = [*map(visible, describe_differences(first_change.differences))]
        lines = ["```diff", *lines, "```"] if lines else []
        parts.append("\n  ".join([f"- {label}: {routes}", *lines]))
    if findings:
        parts += ["New findings:", as_list(findings)]
    return "\n\n".join(parts)


def group(changes: Iterable[Change]) -> list[list[Change]]:
    """Return the changes in groups that differ only in their URLs and methods."""
    groups: dict[Change, list[Change]] = {}
    for change in changes:
        same = change._replace(url="", methods="", place="", moved_from="")
        groups.setdefault(same, []).append(change)
    return [*groups.values()]


def effect_of(change: Change) -> tuple[Effect, str]:
    """Return what a change means for pages and, if they may do more, whether with cookies.

    A change that allows more in one way and less in another is ``wider``.
    """
    if change.wider:
        if "credentials" in change.gains:
            return "wider", COOKIES_NOW_ALLOWED
        return "wider", COOKIES_ALLOWED if change.credentials else COOKIES_NOT_ALLOWED
    return "narrower" if change.narrower else "moved", ""


def summary(changes: Sequence[Change], findings: Sequence[Finding]) -> str:
    """Return one line on all changes and new findings."""
    found = count(len(findings), "new finding") if findings else "no new findings"
    if not changes:
        return f"No permissions changed; {found}"
    groups = group(changes)
    counts: list[str] = []
    for effect in EFFECTS:
        with_effect = [first for first, *_ in groups if effect_of(first)[0] == effect]
        cookies = f" ({_count_cookies(with_effect)})" if effect == "wider" else ""
        counts += [f"{len(with_effect)} {effect}{cookies}"] if with_effect else []
    urls = len({change.url for change in changes})
    at = f" at {urls} URLs" if urls > len(groups) else ""
    return f"{count(len(groups), 'change')}{at}: {', '.join(counts)}; {found}"


def _count_cookies(changes: Sequence[Change]) -> str:
    allowed = sum(change.credentials for change in changes)
    if 0 < allowed < len(changes):
        return f"cookies allowed for {allowed}"
    return COOKIES_ALLOWED if allowed else COOKIES_NOT_ALLOWED


def describe(
    changes: Sequence[Change], text: Callable[[str], str] = str, code: Callable[[str], str] = str
) -> Iterator[str]:
    """Yield the first routes of a group, with what became of them, and how many more there are.

    :param text: formats words.
    :param code: formats URLs and places.
    """
    for change in changes[:MAX_SHOWN]:
        url = "the whole app" if change.url == "*" else code(change.url)
        methods = "" if change.methods == "*" else f"{text(change.methods)} "
        yield f"{methods}{url}{_notes(change, code)}"
    if len(changes) > MAX_SHOWN:
        yield f"and {len(changes) - MAX_SHOWN} more"


def _notes(change: Change, code: Callable[[str], str]) -> str:
    notes: list[str] = [change.kind] if change.kind in ("new", "removed") else []
    notes += [f"was {code(change.moved_from)}"] if change.moved_from else []
    notes += [code(change.place)] if change.place else []
    return f" ({', '.join(notes)})" if notes else ""
