"""Which setting to change so that a request is allowed, and where that setting is written.

The log in debug mode and ``wsgicors explain`` use these sentences.
"""

import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple, cast

from .._core.headers import SAFELISTED_METHODS, Header, quote
from .._core.policy import Policy, settle
from .._core.problems import CODES
from .._core.protocol import Preflight, why_refused
from .._introspection import Route, find_source, is_installed_code
from .._registry import DEFAULT
from .corrections import MAX_REPEATED_NAMES, correct
from .corrections import Wanted as Wanted
from .widening import WITHOUT_ROUTER, Missing, TooManyNames, find_missing, widen
from .written import Written, find_written, shorten

DEFAULT_POLICY = "the app's default policy"

CHECK_URL = "check the URL: no view serves it"

Side = Literal["server", "page", "layer"]
"""Who has to change: the app or its server, the page, or a layer between the two that answered or
changed the response."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The change that allows a request."""

    sentence: str
    side: Side = "server"
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    """The settings of the policy to replace, each with its whole value; not ``allow_headers`` if
    the page sends more names than advice repeats."""
    headers: tuple[Header, ...] = ()
    """The header lines to send, if no policy of wsgicors applies."""
    status: int | None = None
    """The status that the preflight response needs, if it has another one."""
    view: str = ""
    """The endpoint of the policy, as its router names it."""
    file: str = ""
    """The file to change: of the policy, or else of the view; or of a callable of
    ``allow_origins`` that has failed, or that loads origins."""
    line: int = 0


def advise(route: Route, wanted: Wanted, decided: Policy | None = None) -> Fix | None:
    """Return the change that allows a request; ``None`` if no policy decides about it.

    :param decided: the policy that has decided about the origin, settled: if it is that of the
        route, no callable is asked again.
    """
    if route.kind == "none-here":
        return None
    unserved = route if route.kind == "405" else None
    if unserved:
        route = route.beside or route
    if route.policy is not None:
        is_decided = decided is not None and decided == route.policy
        policy = decided if is_decided else settle(route.policy, wanted.origin)
        route = route._replace(policy=policy, written=route.policy)
    correction = correct(wanted, route.policy, (unserved or route).methods or ())
    if correction is None:
        return None
    asked, sentences = correction.wanted, [*correction.changes]
    if unserved and asked.method:
        sentences.append(_add_route(unserved, asked.method))
    change = _Change()
    if not unserved or unserved.beside:  # else it is not known where the policy would be
        change = _change_app(route, asked, is_served=not unserved)
    sentences += change.sentences
    if not sentences:
        return None
    settings = {n: v for n, v in change.settings.items() if not isinstance(v, TooManyNames)}
    view = "" if route.endpoint is None else str(route.endpoint)
    if change.written is not None and change.written.file:
        file, line = change.written.file, change.written.line
    else:
        file, line = locate(change.code or route.code)
    side: Side = "page" if correction.changes or change.is_for_page else "server"
    return Fix(", and ".join(sentences), side, settings, view=view, file=file, line=line)


def write_decorator(wanted: Wanted) -> str:
    """Return the decorator with which a view without a policy allows a request, as source text.

    :returns: nothing if the page has to get another origin, or no policy can allow the request.
    """
    correction = correct(wanted)
    settings = widen(Route(None, "none"), correction.wanted) if correction else {}
    return f"@cors({_render(settings)}){_caution(settings)}" if settings else ""


class _Change(NamedTuple):
    """What to change in an app."""

    sentences: Sequence[str] = ()
    settings: Mapping[str, object] = {}
    code: object = None
    """The code to change, if it is not the view."""
    is_for_page: bool = False
    """Whether the page probably has to change, because of its URL."""
    written: Written | None = None
    """The policy to change, unless the decorator of the view has it."""


def _change_app(route: Route, wanted: Wanted, is_served: bool) -> _Change:
    """Return the change of an app that allows a request.

    :param is_served: whether the URL of the request serves its method.
    """
    if route.fault:
        return _Change([f"correct the @cors of {_view(route)}: {route.fault}"])
    if route.kind == "404" and route.policy is None:
        return _Change([f"{CHECK_URL}, and the app has no default policy"], is_for_page=True)
    if obstacle := _obstacle_of(route, wanted):
        return _Change([obstacle])
    if fault := route.policy and route.policy.origins.fault:
        moved = [_place(route, {}, Written())] if route.kind == "hidden" else []
        code = _code_of(fault.predicate)
        name = _name(code, "lambda")
        return _Change([*moved, f"correct the callable {name}, which {fault.what}"], code=code)
    settings = widen(route, wanted)
    missing = _missing(route, wanted, settings)
    code = None
    if missing is not None:
        code = _code_of(missing.source)
        others = {name: value for name, value in settings.items() if name != "allow_origins"}
        settings = others or settings
    written = find_written(route, settings)
    sentences = [*_set(route, settings, written, missing)]
    if is_served and _is_answered_by_router(route, wanted.method):
        sentences.append(_list_method(route, wanted.method))
    is_for_page = bool(settings) and route.kind == "404"
    is_of_view = route.kind in ("none", "default") or written.is_in_decorator
    is_of_policy = settings and code is None and not is_of_view
    return _Change(sentences, settings, code, is_for_page, written if is_of_policy else None)


def _missing(route: Route, wanted: Wanted, settings: Mapping[str, object]) -> Missing | None:
    """Return what a source of the policy has to return, if that allows the origin."""
    adds_origin = "allow_origins" in settings and "allow_credentials" not in settings
    if route.policy is None or not adds_origin or route.kind == "hidden":
        return None
    return find_missing(route.policy, wanted.origin)


def _set(
    route: Route, settings: Mapping[str, object], written: Written, missing: Missing | None
) -> Iterator[str]:
    """Say where to set the settings, and what else changes with them."""
    if not settings and route.kind != "hidden":
        return
    also = "".join(_also(route.policy, settings))
    change = f"{_place(route, settings, written)}{_caution(settings)}{also}"
    if missing is not None:
        joint = "or" if "allow_origins" in settings else "and"
        change = f"{_return(missing)}, {joint} {change}"
    if route.kind == "404":  # a wider default is seldom what a wrong URL needs
        yield f"{CHECK_URL}, so correct it or add a route; to let pages read 404s, {change}"
    else:
        yield change


def _return(missing: Missing) -> str:
    """Say which origin a source has to return."""
    instead = f" instead of {quote(missing.row)}" if missing.row else ""
    name = _name(_code_of(missing.source), "lambda")
    return f"have {name} return {missing.entry!r}{instead}"


def _also(policy: Policy | None, settings: Mapping[str, object]) -> Iterator[str]:
    """Say what else changes with settings that add credentials to a policy."""
    if policy is None:
        return
    if "expose_headers" in settings:
        yield (
            ", and list in expose_headers what pages read: with credentials, '*' is a literal name"
        )
    if policy.allows_everybody and "allow_credentials" in settings:
        yield (
            ", because '*' is not accepted with credentials. If the page needs no cookies, "
            "have it leave credentials out instead"
        )


def _name(code: object, endpoint: object) -> str:
    """Return the name of code, with its file and line: a router may name it by a URL."""
    name = str(getattr(code, "__qualname__", "<none>")).rpartition("<locals>.")[2]
    file, line = locate(code)
    shown = name if "<" not in name else str(endpoint or "")
    return f"{shown!r} ({file}:{line})" if file else repr(shown)


def _code_of(predicate: object) -> object:
    """Return the function that a callable of ``allow_origins`` runs."""
    predicate = inspect.unwrap(cast("Any", predicate))  # RefreshedOrigins has the function inside
    while isinstance(predicate, partial):
        predicate = cast("partial[object]", predicate).func
    is_named = hasattr(predicate, "__qualname__")
    return inspect.unwrap(cast("Any", predicate if is_named else type(predicate).__call__))


def _view(route: Route) -> str:
    """Return the name of the view or class that is, or can be, decorated."""
    if route.code is None and route.kind in ("none", "default"):
        return "the view of that route"
    is_class = isinstance(route.code, type)
    owner = "the class of " if route.kind == "class" and not is_class else ""
    return f"{owner}the {'class' if is_class else 'view'} {_name(route.code, route.endpoint)}"


def _caution(settings: Mapping[str, object]) -> str:
    """Return what the risks mean that the settings accept."""
    risks = cast("list[str]", settings.get("accept_risks", []))
    meanings = "; ".join(CODES[risk].meaning for risk in risks)
    return f" (this accepts a risk: {meanings})" if meanings else ""


def _add_route(route: Route, method: str) -> str:
    """Return the change of an app that serves other methods of a URL only."""
    served = _join(route.methods or ())
    return f"add a route for {quote(method)}: this URL serves only {served}{_unless(method)}"


def _is_answered_by_router(route: Route, method: str) -> bool:
    """Return whether a route does not list a method, which the framework answers by itself."""
    is_routed = route.kind not in WITHOUT_ROUTER and route.methods is not None
    return is_routed and method not in (*SAFELISTED_METHODS, *(route.methods or ()), "")


def _list_method(route: Route, method: str) -> str:
    """Return the change of a route that does not list a method."""
    listed, name = _join(route.methods or ()), quote(method)
    place = f"the methods of the route to {_view(route)}"
    return f"list {name} among {place}: it lists only {listed}{_unless(method)}"


def _unless(method: str) -> str:
    """Return why a page may not need a method; nothing for most methods."""
    is_options = method == "OPTIONS"
    return " (browsers send preflights by themselves, so no page has to)" if is_options else ""


def _obstacle_of(route: Route, wanted: Wanted) -> str:
    """Return what to change in the app if no setting of the policy can allow a request."""
    is_unknown = wanted.method not in (*SAFELISTED_METHODS, *(route.methods or ()), "")
    if route.kind in WITHOUT_ROUTER and route.methods and route.policy and is_unknown:
        listed = _join(route.methods)
        return f"have the resolver list {quote(wanted.method)} among the methods: it lists {listed}"
    if route.policy and "*" in route.policy.allow_headers:
        asked = Preflight(wanted.origin, wanted.method, ",".join(wanted.headers))
        refusal = why_refused(route.policy, asked)
        if refusal and refusal.reason == "too-large":
            change = "list the page's headers in allow_headers instead of '*'"
            return f"{change}, which does not cover that many"
    return ""


def _place(route: Route, changes: Mapping[str, object], written: Written) -> str:
    """Return the sentence that says where to set the settings."""
    settings, view = _render(changes), _view(route)
    if route.kind in ("none", "default"):
        return _place_of_its_own(route, view, changes, written)
    if route.kind == "hidden":
        hiding = f"{_name(route.hidden_by, 'a decorator')} hides it from the router"
        verb = "set" if route.policy else "replace the None with"
        shared = "" if written.is_in_decorator else written.policy
        where = f"{shared}, which @cors uses" if shared else "it"
        also = f", and {verb} {settings} in {where}" if settings else ""
        return f"move @cors above the other decorators of {view}, because {hiding}{also}"
    if route.kind in ("view", "method", "class"):
        if route.policy is None:
            return f"replace the @cors(None) of {view} with @cors({settings})"
        if written.policy and not written.is_in_decorator:
            return f"set {settings} in {written.policy}, which {view} uses"
        named = f"({json.dumps(route.name)}, ...)" if route.name else ""
        return f"set {settings} in the @cors{named} of {view}"
    if route.kind in ("endpoints", "blueprint"):
        table = "blueprints" if route.kind == "blueprint" else route.table
        entry = f"{table}[{route.name!r}]"
        if route.policy is None:
            return f"replace the None in {entry} with Policy({settings}), for {view}"
        if route.assigned and not written.is_base:
            entry = f"{route.assigned!r}{written.at}, which {entry} names"
            return f"set {settings} in the policy {entry}, for {view}"
        return f"set {settings} in {written.of(f'the policy {entry}')}, for {view}"
    if route.kind in WITHOUT_ROUTER:
        if route.policy is None:
            return f"have the resolver return Policy({settings}) for this request"
        where = "of the wrapper" if route.kind == "wrapper" else "that the resolver returns"
        return f"set {settings} in {written.of(f'the policy {where}')}"
    return f"set {settings} in {written.of(DEFAULT_POLICY)}, which applies to unknown URLs"


def _place_of_its_own(
    route: Route, view: str, changes: Mapping[str, object], written: Written
) -> str:
    """Return the sentence that gives a view a policy of its own."""
    settings, default = _render(changes), written.of(DEFAULT_POLICY)
    if route.endpoint == "":  # Pyramid finds it without a route
        change = f"set {settings} in {default}"
        if route.policy is None:
            change = f"give the app Policy({settings}) as its default policy"
        return f"{change}, because no route leads to {view}"
    if is_installed_code(route.code):
        kept = _settings_of(route.policy) if route.policy else {}
        entry = f"{{{route.endpoint!r}: Policy({_render({**kept, **changes})})}}"
        return f"add {route.table}={entry}, because {view} is in an installed package"
    base = f"{json.dumps(DEFAULT)}, " if route.policy else ""
    at_top = ", above its other decorators" if route.hidden_by else ""
    shared = f", or set that in {default}, for all views that have it" if route.policy else ""
    return f"decorate {view} with @cors({base}{settings}){at_top}{shared}"


def _settings_of(policy: Policy) -> dict[str, object]:
    """Return the settings of a policy that are not the defaults."""
    usual = cast("Mapping[str, object]", Policy("*").settings)
    given = cast("Mapping[str, object]", policy.settings)
    return {
        name: [*value] if isinstance(value, tuple) else value
        for name, value in given.items()
        if name == "allow_origins" or value != usual[name]
    }


def _join(names: Sequence[str]) -> str:
    """List the first names, and count the others."""
    shown, more = names[:MAX_REPEATED_NAMES], len(names) - MAX_REPEATED_NAMES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _render(settings: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={_source_of(value)}" for name, value in settings.items())


def _source_of(value: object) -> str:
    """Return a value as source text, and a callable as a placeholder with its place."""
    if isinstance(value, TooManyNames):
        return f"[..., the {value.number} missing header names that the page sends]"
    if isinstance(value, list):
        return f"[{', '.join(map(_source_of, cast('list[object]', value)))}]"
    if callable(value):
        return f"... ({_callable(value)})"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _callable(value: object) -> str:
    """Return the name and the place of a callable of ``allow_origins``."""
    code = _code_of(value)
    name = getattr(code, "__qualname__", "").rpartition("<locals>.")[2]
    file, line = locate(code)
    shown = [repr(name)] if "<" not in name else []
    place = [f"{file}:{line}"] if file else []
    return " ".join(["the origin callable", ", ".join([*shown, *place])]).rstrip()


def locate(code: object) -> tuple[str, int]:
    """Return the file and the line of code, relative to the working directory if below it."""
    found = find_source(code)
    if found is None:
        return "", 0
    return shorten(found[0]), found[1]
