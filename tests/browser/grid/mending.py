"""Makes the change that ``explain`` names, as a reader of its sentence would.

Nothing here knows which fault a cell has: only the change, the stack and the page are given.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urljoin

from tests.browser.grid.layers import Exempt, Writes
from tests.browser.grid.model import Answer, Ask, Layer, Lines, Site, Stack
from wsgicors import Policy
from wsgicors.explaining import Fix
from wsgicors.testing import checks

ON_ALL = {checks.ORIGIN, checks.CREDENTIALS, "Vary"}


class CannotChange(Exception):
    """The change cannot be made: no part of the app is what the sentence says."""


class OnlyAPerson(Exception):
    """The change is named, but nothing of a cell can be changed so."""


class Said(NamedTuple):
    """The words that ask for a change, and what they refer to."""

    words: re.Match[str]
    fix: Fix
    site: Site


def change(stack: Stack, ask: Ask, fix: Fix, site: Site) -> tuple[Stack, Ask]:
    """Return the stack and the request after a change.

    :raises CannotChange: if it does not fit what is there.
    :raises OnlyAPerson: if it is none of the stack or the request.
    """
    before = stack, ask
    if fix.settings:
        stack = set_policy(stack, fix, site)
    is_of_login = re.search(ANSWER_401, fix.sentence)
    if (fix.headers or fix.status) and fix.side != "layer" and not is_of_login:
        stack = send_headers(stack, fix)
    for pattern, act in WORDS[fix.side].items():
        if found := re.search(pattern, fix.sentence):
            stack, ask = act(stack, ask, Said(found, fix, site))
    if (stack, ask) == before:
        raise CannotChange(f"[{fix.side}] {fix.sentence}")
    return stack, ask


def quoted_lines(text: str) -> Lines:
    """Return the header lines that a sentence quotes, but for Vary."""
    pairs = re.findall(r"'([\w-]+): ([^']+)'", text)
    return tuple((name, value) for name, value in pairs if name != "Vary")


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
    if re.search(r"[Mm]ove @cors above|in the policy (at \S+|'\w+' .*), which the .* uses", said):
        return one_of(stack, marks), None
    for words, key in (
        ("app's default policy", "default"),
        ("policy of the wrapper", "wrapper"),
        ("policy that the resolver returns", "resolver"),
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


# Settings of a policy that is known only by its responses.

REFUSED = r"(?:^|\. )(.*) in the policy of /\S*: the server refused the preflight"

ADDED = r"(?:[Aa]dd|[Ll]ist|and) '([^']+)' (?:to|in) (allow_\w+|accept_risks)"


def add_to_policy(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    """Add what a sentence names to the settings of every policy."""
    for key, policy in stack.policies.items():
        if policy is None:
            continue
        given = {name: said.site.fill(value) for name, value in policy.items()}
        for item, setting in re.findall(ADDED, said.words[1]):
            listed = given.get(setting) or ()
            if listed is not True:  # credentials for all origins
                given[setting] = [*([listed] if isinstance(listed, str) else listed), item]
        stack = stack.with_policy(key, given)
    return stack, ask


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

ANSWER_401 = "answer 401( with .*?)? instead of redirecting"

Act = Callable[[Stack, Ask, Said], tuple[Stack, Ask]]


def of_page(**changes: Any) -> Act:
    return lambda stack, ask, said: (stack, replace(ask, **changes))


def use_method(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    return stack, replace(ask, method=said.words[1])


def ask_directly(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    return stack, replace(ask, url=urljoin(said.site.fill(ask.url), said.words[1]))


def check_url(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    return stack, replace(ask, url="{api}/items")


def drop_headers(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    names = {name.lower() for name in re.findall(r"'([\w-]+)': remove it", said.words[1])}
    kept = tuple(line for line in ask.headers if line[0].lower() not in names)
    return stack, replace(ask, headers=kept)


def person(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    raise OnlyAPerson(said.fix.sentence)


def add_route(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    return replace(stack, methods=(*stack.methods, said.words[1])), ask


def unhide(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    return replace(stack, hides=False), ask


def without_userinfo(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    headers = tuple(
        (name, re.sub(r"//[^/@]*@", "//", said.site.fill(value)))
        for name, value in stack.answer.headers
    )
    return replace(stack, answer=stack.answer._replace(headers=headers)), ask


def answer_here(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    """Have the view that redirects answer by itself."""
    is_redirect = stack.answer.code in range(300, 400)
    return (replace(stack, answer=Answer()) if is_redirect else stack), ask


def answer_401(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    """Have all that redirects to a login answer 401: the view, or layers."""
    lines = quoted_lines(said.fix.sentence.partition(" instead of redirecting")[0])
    if said.fix.side != "layer":
        if leads_to_login(stack.answer, said):
            stack = replace(stack, answer=Answer("401 Unauthorized", lines))
        stack = replace(stack, inner=answering_401(stack.inner, lines, said))
    outer = answering_401(stack.outer, lines, said)
    if outer == stack.outer and named(said):  # what it names has not made the redirect, but kept it
        outer = corrected(outer, "cache-by-origin", (), named(said))
    stack = replace(stack, outer=outer)
    return replace(stack, nginx=corrected(stack.nginx, "answer-401", lines)), ask


def answering_401(layers: tuple[Layer, ...], lines: Lines, said: Said) -> tuple[Layer, ...]:
    gates = [layer.gate for layer in layers]
    return tuple(
        corrected((layer,), "answer-401", lines)[0]
        if gate and leads_to_login(gate.answer, said)
        else layer
        for layer, gate in zip(layers, gates, strict=True)
    )


def leads_to_login(answer: Answer, said: Said) -> bool:
    """Return whether an answer is a redirect to the login that a sentence names."""
    place = dict(answer.headers).get("Location")
    if place is None:
        return False
    path = said.site.fill(place).partition("?")[0]
    urls = [urljoin(origin, path) for origin in (said.site.api, said.site.secure)]
    return any(f"the login {url}" in said.fix.sentence for url in urls)


def named(said: Said) -> set[str]:
    """Return the names of layers in a sentence; nothing if it names none."""
    return {*re.findall(r"'(\w+)\.around\.\w+'", said.fix.sentence)}


def at_layers(action: str) -> Act:
    """Return a change of the layers that a sentence names; of all in front if it names none."""

    def act(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
        names, lines = named(said), quoted_lines(said.words[0])
        outer = corrected(stack.outer, action, lines, names)
        nginx = corrected(stack.nginx, action, lines, names)
        changed = replace(stack, outer=outer, nginx=nginx)
        if action == "add-to-errors" and changed == stack:  # it is further in
            added = Writes(lines, replaces=True, on="errors")
            changed = replace(stack, front=(*stack.front, added))
        return changed, ask

    return act


def corrected(
    layers: tuple[Layer, ...], action: str, lines: Lines = (), names: Collection[str] = ()
) -> tuple[Layer, ...]:
    left: list[Layer] = []
    for layer in layers:
        is_meant = not names or not layer.called.isdisjoint(names)
        changed = layer.corrected(action, lines) if is_meant else None
        left += (layer,) if changed is None else changed
    return tuple(left)


def let_preflights_pass(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    outer = exempt(stack.outer, named(said))
    inner = stack.inner if named(said) else exempt(stack.inner)
    stack = replace(stack, outer=outer, inner=inner)
    return at_layers("pass-preflights")(stack, ask, said)


def exempt(layers: tuple[Layer, ...], names: Collection[str] = ()) -> tuple[Layer, ...]:
    """Let preflights pass the layers that have one of these names, or all."""
    return tuple(
        Exempt(layer)
        if not isinstance(layer, Exempt) and (not names or not layer.called.isdisjoint(names))
        else layer
        for layer in layers
    )


def apply_outside(stack: Stack, ask: Ask, said: Said) -> tuple[Stack, Ask]:
    """Apply CORS outside of the layers that a sentence names."""
    if stack.framework not in ("flask", "bare", "werkzeug"):
        settings = next(iter(stack.policies.values())) or {}
        methods = settings.get("allow_methods", [*stack.methods])
        return stack.with_policy("wrapper", {**settings, "allow_methods": methods}), ask
    last = max(n for n, layer in enumerate(stack.outer) if layer.called & named(said))
    inner = (*stack.inner, *stack.outer[: last + 1])
    return replace(stack, inner=inner, outer=stack.outer[last + 1 :]), ask


DIRECTLY: dict[str, Act] = {
    r"[Hh]ave the page request (\S+) directly": ask_directly,
    r"[Uu]se '([A-Z]+)' in the page": use_method,
    r"[Ss]erve the page from an origin of its own": of_page(opaque=False),
    r"[Cc]hange the request headers that the page sets \((.*?)\)": drop_headers,
    r"[Cc]heck the URL": check_url,
    REFUSED: add_to_policy,
}

COOKIE = re.compile(r"The browser drops the cookie '[^']+', because .*?; (.*)\.")
"""A note about a cookie, with what to do."""


def keep_cookie(stack: Stack, ask: Ask, note: str) -> tuple[Stack, Ask]:
    """Return the stack and the request after what a note says about a cookie.

    :raises CannotChange: if the note does not fit.
    """
    found = COOKIE.search(note)
    do = found[1] if found else ""
    if "use credentials: 'include'" in do:
        return stack, replace(ask, credentials="include")
    attributes = re.findall(r"SameSite=\w+|Secure|Path=/|leave out Domain", do)
    given = [part.replace("leave out ", "") for part in attributes]
    lines = (("Set-Cookie", "; ".join(dict.fromkeys(given))),)
    inner = corrected(stack.inner, "set-cookie", lines)
    if inner == stack.inner:
        raise CannotChange(note)
    return replace(stack, inner=inner), ask


WORDS: dict[str, dict[str, Act]] = {
    "page": {
        **DIRECTLY,
        r"Have the page use mode 'cors'": of_page(mode="cors"),
        r"Have the page leave out redirect: 'error'": of_page(redirect="follow"),
        r"Have the page go to \S+ with location": person,
        r"^Correct the host|^Have the page use http:// or another port": person,
    },
    "server": {
        **DIRECTLY,
        r"[Aa]dd a route for '(\w+)'": add_route,
        r"[Mm]ove @cors above": unhide,
        r"Remove the user name and password from the Location": without_userinfo,
        ANSWER_401: answer_401,
        r"End the loop of redirects|Redirect at most": answer_here,
        r"send a valid URL in the Location|send the content of the data: URL": answer_here,
        r"redirect \S+ to an http: or https: URL": answer_here,
        r"^Start the server|^Look up in the server's log why it does not|^Give the server": person,
    },
    "layer": {
        ANSWER_401: answer_401,
        r"^Let (OPTIONS requests|preflights) .*?pass ": let_preflights_pass,
        r"^Remove the CORS headers from .* leave preflights to the policy": let_preflights_pass,
        r"^Apply CORS outside of ": apply_outside,
        r"^Remove '.*', which .* adds to the response": at_layers("stop-writing"),
        r"^Have .* pass on '": at_layers("pass-headers"),
        r"^Have .* pass on the request (headers? |as the browser sends it)": at_layers(
            "pass-requests"
        ),
        r"^Have .* send the request to a path that the app serves": at_layers("pass-requests"),
        r"^A cache\b": at_layers("cache-by-origin"),
        r"raise the limit for the size of bodies": at_layers("raise-limit"),
        r"To let pages read its responses, have it add (.*)": at_layers("add-to-errors"),
    },
}
"""What a reader does about the words of a change, by its side."""
