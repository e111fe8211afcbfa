"""Makes the change that ``explain`` names, as a reader of its sentence would.

Nothing here knows which fault a cell has: only the change, the stack and the page are given.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from tests.browser.grid.layers import Writes
from tests.browser.grid.model import Ask, Layer, Site, Stack
from wsgicors import Policy
from wsgicors.explaining import Fix
from wsgicors.testing import checks

ON_ALL = {checks.ORIGIN, checks.CREDENTIALS}


class CannotChange(Exception):
    """The change cannot be made: no part of the app is what the sentence says."""


def change(stack: Stack, ask: Ask, fix: Fix, site: Site) -> tuple[Stack, Ask]:
    """Return the stack and the request after a change.

    :raises CannotChange: if it does not fit what is there.
    """
    before = stack, ask
    if fix.settings:
        stack = set_policy(stack, fix, site)
    if fix.headers or fix.status:
        stack = send_headers(stack, fix)
    for pattern, act in WORDS[fix.side].items():
        if found := re.search(pattern, fix.sentence):
            stack, ask = act(stack, ask, found, site)
    if (stack, ask) == before:
        raise CannotChange(f"[{fix.side}] {fix.sentence}")
    return stack, ask


# Settings of a policy, in the place that the sentence names.


def set_policy(stack: Stack, fix: Fix, site: Site) -> Stack:
    key, base = place_of(stack, fix)
    given = {k: site.fill(v) for k, v in (stack.policies.get(key) or base or {}).items()}
    if "base" not in given and given:
        made = Policy(**given).derive(**fix.settings)
        return stack.with_policy(key, {**made.settings})
    return stack.with_policy(key, {**given, **fix.settings})


def place_of(stack: Stack, fix: Fix) -> tuple[str, Mapping[str, Any] | None]:
    """Return the key of the policy that a sentence names, and what a new one derives from."""
    said, name = fix.sentence, fix.view.strip("/").rpartition(".")[2]
    marks = [f"{kind}:{name}" for kind in ("view", "method", "class", "top")]
    if found := re.search(r'ecorate the (view|class) .* with @cors\((?:"(\w+)", )?', said):
        base = {"base": found[2]} if found[2] else None
        return ("class" if found[1] == "class" else "view") + f":{name}", base
    if "@cors(None) of" in said or re.search(r"in the @cors(\(.*?\))? of", said):
        return one_of(stack, marks), None
    if found := re.search(r"(?:endpoints|ENDPOINTS)\['([^']+)'\]", said):
        return one_of(stack, [f"endpoints:{found[1]}"]), None
    if found := re.search(r"blueprints\['([^']+)'\]", said):
        return one_of(stack, [f"blueprint:{found[1]}"]), None
    if re.search(r"Move @cors above", said):
        return one_of(stack, marks), None
    for words, key in (
        ("app's default policy", "default"),
        ("policy of the wrapper", "wrapper"),
        ("Have the resolver return", "resolver"),
    ):
        if words in said:
            return key, None
    raise CannotChange(f"no such place: {said}")


def one_of(stack: Stack, keys: list[str]) -> str:
    for key in keys:
        if key in stack.policies:
            return key
    raise CannotChange(f"none of {keys} has a policy")


# Header lines, on all responses or on preflights.


def send_headers(stack: Stack, fix: Fix) -> Stack:
    everywhere = tuple(line for line in fix.headers if line[0] in ON_ALL)
    listed = tuple(line for line in fix.headers if line[0] not in ON_ALL)
    layers: list[Layer] = [Writes(everywhere, replaces=True)] if everywhere else []
    if listed or fix.status:
        status = f"{fix.status} OK" if fix.status else ""
        layers.append(Writes(listed, replaces=True, on="preflights", status=status))
    return replace(stack, front=(*stack.front, *layers))


# Changes of the page, of the app and of the layers, by the words that ask for them.

Act = Callable[[Stack, Ask, re.Match[str], Site], tuple[Stack, Ask]]


def of_page(**changes: Any) -> Act:
    return lambda stack, ask, found, site: (stack, replace(ask, **changes))


def use_method(stack: Stack, ask: Ask, found: re.Match[str], site: Site) -> tuple[Stack, Ask]:
    return stack, replace(ask, method=found[1])


def ask_directly(stack: Stack, ask: Ask, found: re.Match[str], site: Site) -> tuple[Stack, Ask]:
    return stack, replace(ask, url=urljoin(site.fill(ask.url), found[1]))


def check_url(stack: Stack, ask: Ask, found: re.Match[str], site: Site) -> tuple[Stack, Ask]:
    return stack, replace(ask, url="{api}/items")


def drop_headers(stack: Stack, ask: Ask, found: re.Match[str], site: Site) -> tuple[Stack, Ask]:
    names = {name.lower() for name in re.findall(r"[\w-]+", found[1])}
    kept = tuple(line for line in ask.headers if line[0].lower() not in names)
    return stack, replace(ask, headers=kept)


def add_route(stack: Stack, ask: Ask, found: re.Match[str], site: Site) -> tuple[Stack, Ask]:
    return replace(stack, methods=(*stack.methods, found[1])), ask


def unhide(stack: Stack, ask: Ask, found: re.Match[str], site: Site) -> tuple[Stack, Ask]:
    return replace(stack, hides=False), ask


def without_userinfo(stack: Stack, ask: Ask, found: re.Match[str], site: Site) -> tuple[Stack, Ask]:
    headers = tuple(
        (name, re.sub(r"//[^/@]*@", "//", site.fill(value))) for name, value in stack.answer.headers
    )
    return replace(stack, answer=stack.answer._replace(headers=headers)), ask


def at_layers(action: str) -> Act:
    """Return a change of the layers between the page and CORS that can be corrected so."""

    def act(stack: Stack, ask: Ask, found: re.Match[str], site: Site) -> tuple[Stack, Ask]:
        if action == "come-inside":
            moved = tuple(layer for layer in stack.outer if layer.corrected(action) is not None)
            kept = tuple(layer for layer in stack.outer if layer not in moved)
            return replace(stack, inner=(*stack.inner, *moved), outer=kept), ask
        return (
            replace(
                stack, outer=corrected(stack.outer, action), nginx=corrected(stack.nginx, action)
            ),
            ask,
        )

    return act


def corrected(layers: tuple[Layer, ...], action: str) -> tuple[Layer, ...]:
    left: list[Layer] = []
    for layer in layers:
        changed = layer.corrected(action)
        left += (layer,) if changed is None else changed
    return tuple(left)


WORDS: dict[str, dict[str, Act]] = {
    "page": {
        r"Have the page use mode 'cors'": of_page(mode="cors"),
        r"[Uu]se '([A-Z]+)' in the page": use_method,
        r"Have the page request (\S+) directly": ask_directly,
        r"erve the page from an origin of its own": of_page(opaque=False),
    },
    "server": {
        r"[Uu]se '([A-Z]+)' in the page": use_method,
        r"Have the page request (\S+) directly": ask_directly,
        r"[Ss]erve the page from an origin of its own": of_page(opaque=False),
        r"[Cc]heck the URL": check_url,
        r"[Aa]dd a route for '(\w+)'": add_route,
        r"[Mm]ove @cors above": unhide,
        r"Remove the user name and password from the Location": without_userinfo,
    },
    "layer": {},
}
"""What a reader does about the words of a change, by its side."""
