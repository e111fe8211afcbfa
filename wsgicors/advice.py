"""What to change, so that a page gets what it asked for: in a policy, and where that is written.

The log in debug mode and ``wsgicors explain`` take their sentence from here.
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import NamedTuple, cast

from .core.headers import SAFELISTED_METHODS, Header, quote
from .core.policy import Policy
from .core.problems import CODES, RISKS, PolicyError
from .core.protocol import Preflight, objection
from .core.settings import Settings
from .naming import DEFAULT
from .sources import find_source
from .surveying import Route


class Wants(NamedTuple):
    """What a page's request needs to be allowed."""

    origin: str
    method: str = "GET"
    headers: Sequence[str] = ()
    """Those that a preflight asks for."""
    credentials: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What lets the request through."""

    sentence: str
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    """The settings of the policy to replace, each whole."""
    headers: Sequence[Header] = ()
    """The header lines to send, where no policy of ours is in charge."""
    status: int | None = None
    """The status that the answer to the preflight has to have, where its own is at fault."""
    view: str = ""
    """The endpoint whose policy it is, as its router knows it."""
    file: str = ""
    line: int = 0


def advise(route: Route, wants: Wants) -> Change | None:
    """Say how a request would be let through; ``None`` if it is not for the policy to say."""
    if route.kind == "none-here":
        return None
    view = "" if route.endpoint is None else str(route.endpoint)
    file, line = locate(route.code)
    settings: dict[str, object] = {}
    sentence = _obstacle(route, wants)
    if not sentence:
        settings = widen(route, wants)
        at = f"the view {_name(route)!r}{f' ({file}:{line})' if file else ''}"
        sentence = _place(route, at, _render(settings)) + _caution(settings) if settings else ""
        if route.policy and route.policy.allows_everybody and "allow_origins" in settings:
            sentence += ", and list all other origins too: '*' is not for credentials"
    return Change(sentence, settings, view=view, file=file, line=line) if sentence else None


def _name(route: Route) -> str:
    """Name a view by its code: a router may know it by a URL, or a route that others share."""
    name = str(getattr(route.code, "__qualname__", "<none>")).rpartition("<locals>.")[2]
    return name if "<" not in name else str(route.endpoint or "")


def _caution(settings: Mapping[str, object]) -> str:
    """Say what a risk is that the settings accept."""
    risks = cast("list[str]", settings.get("accept_risks", []))
    meanings = " and ".join(CODES[risk].meaning for risk in risks)
    return f", which means that {meanings}: only if you mean it" if meanings else ""


def _obstacle(route: Route, wants: Wants) -> str:
    """Say what no policy can remedy, if there is such a thing."""
    served, method = route.methods or (), wants.method
    listed = {*served, *((route.policy and route.policy.allow_methods) or ())}
    if route.kind == "404" and route.policy is None:
        return "check the URL: no view serves it, and the app has no default policy"
    if method not in listed and method.upper() in listed:
        return f"let the page write {method.upper()!r}: methods are case-sensitive"
    if route.kind == "405":
        return f"route {quote(method)} to a view: this URL serves only {', '.join(served)}"
    if wants.origin == "null" and not (route.policy and route.policy.allows("null")):
        return (
            "give the page an origin of its own: sandboxed frames and local files all say 'null', "
            "and so can any attacker's page"
        )
    if route.policy:
        refusal = objection(route.policy, Preflight(wants.origin, method, ",".join(wants.headers)))
        if refusal and refusal.reason == "too-large":
            return "list in allow_headers what the page sends: '*' does not cover that many headers"
    return ""


_FILTERS = Lock()


def widen(route: Route, wants: Wants) -> dict[str, object]:
    """Return the settings that the policy of a route would need, each whole."""
    base, settings = route.policy, dict[str, object]()
    if base is None:
        base = Policy("*")
        settings["allow_origins"] = [wants.origin]
    elif not base.allows(wants.origin) or (base.allows_everybody and wants.credentials):
        kept = [item for item in base.allow_origins if item != "*"]
        settings["allow_origins"] = [*kept, wants.origin]
    if wants.credentials and not base.allow_credentials:
        settings["allow_credentials"] = True
    methods = base.allow_methods
    if methods is None:
        is_routed = route.kind != "wrapper" or route.methods is not None
        methods = ("*",) if is_routed else SAFELISTED_METHODS
    if wants.method not in {*methods, *SAFELISTED_METHODS} and "*" not in methods:
        settings["allow_methods"] = [*methods, wants.method]
    known = {name.lower() for name in base.allow_headers}
    covered = {name for name in wants.headers if "*" in known and name.lower() != "authorization"}
    if missing := [n for n in wants.headers if n.lower() not in known and n not in covered]:
        settings["allow_headers"] = [*base.allow_headers, *missing]
    return _with_risks(base, settings)


def _with_risks(base: Policy, settings: dict[str, object]) -> dict[str, object]:
    """Add the risks that have to be accepted; return nothing if there can be no such policy."""
    try:
        # The filters of warnings are the whole process's, and requests are refused in threads.
        with _FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            base.derive(**cast("Settings", settings))
    except PolicyError as error:
        risks = {problem.code for problem in error.problems if problem.severity == "error"}
        if not risks <= RISKS:
            return {}
        return {**settings, "accept_risks": [*base.accept_risks, *sorted(risks)]}
    return settings


def _place(route: Route, view: str, settings: str) -> str:
    """Say where the settings belong."""
    if route.kind == "none":
        return f"mark {view} with @cors({settings})"
    if route.kind in ("view", "method", "class"):
        marked = f"the class of {view}" if route.kind == "class" else view
        if route.policy is None:
            return f"replace the @cors(None) of {marked} by @cors({settings})"
        named = f"({json.dumps(route.name)}, ...)" if route.name else ""
        return f"write {settings} in the @cors{named} of {marked}"
    if route.kind in ("endpoints", "blueprint"):
        table = "blueprints" if route.kind == "blueprint" else route.table
        entry = f"{table}[{route.name!r}]"
        if route.policy is None:
            return f"replace the None at {entry} by Policy({settings}), for {view}"
        return f"write {settings} in the policy at {entry}, which {view} has"
    if route.kind == "wrapper":
        if route.policy is None:
            return f"let the resolver return Policy({settings}) for this request"
        return f"write {settings} in the policy around the app"
    if route.kind == "404":
        return f"write {settings} in the app's default policy, which unknown URLs have"
    return f"mark {view} with @cors({json.dumps(DEFAULT)}, {settings})"


def _render(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={_write(value)}" for name, value in settings.items())


def _write(value: object) -> str:
    """Write a value as in source text, and a callable by its name."""
    if isinstance(value, list):
        return f"[{', '.join(map(_write, cast('list[object]', value)))}]"
    if callable(value):
        return getattr(value, "__name__", repr(value))
    return json.dumps(value) if isinstance(value, str) else repr(value)


def locate(code: object) -> tuple[str, int]:
    """Return the file, relative to where the program runs if it is below, and the line of code."""
    found = find_source(code)
    if found is None:
        return "", 0
    file, line = found
    path, here = Path(file), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path), line
