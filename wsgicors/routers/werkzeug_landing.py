"""Where Werkzeug's router leads a method at a URL, redirects within the app included."""

from collections.abc import Callable, Iterable
from urllib.parse import unquote, urlsplit

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter, RequestRedirect, Rule

from ..routing import USUAL_METHODS, Landing, Target

MAX_REDIRECTS = 20
"""Redirects that are followed within a map: as many as a browser follows."""


def find_landing(
    urls: MapAdapter, asked: str, method: str, lists: bool, target_of: Callable[[Rule], Target]
) -> Landing | None:
    """Follow the router from a path; ``None`` is a redirect that leaves the app, or never ends."""
    path, outcome = _land(urls, asked, method)
    redirected = path != asked
    if isinstance(outcome, Rule):
        # A rule without methods serves them all, of which the usual ones are listed.
        known = urls.allowed_methods(path) or USUAL_METHODS if lists else ()
        candidates = [*known, *(outcome.methods or [method])] if lists else ()
        served = _served(urls, path, candidates, target_of)
        return Landing(target_of(outcome), served, redirected)
    if isinstance(outcome, MethodNotAllowed):
        served = _served(urls, path, outcome.valid_methods or (), target_of)
        return Landing("unserved", served, redirected)
    return None if outcome is None else Landing("unknown", {}, redirected)


def _served(
    urls: MapAdapter, path: str, methods: Iterable[str], target_of: Callable[[Rule], Target]
) -> dict[str, Target]:
    """Return each method that a view at this URL declares, with the view that serves it."""
    served: dict[str, Target] = {}
    for method in sorted(set(methods)):
        try:
            rule, _ = urls.match(path, method, return_rule=True)
        except HTTPException:
            continue
        # Flask adds OPTIONS to rules whose views do not declare it, and says so there.
        if method != "OPTIONS" or not getattr(rule, "provide_automatic_options", False):
            served[method] = target_of(rule)
    return served


_Outcome = Rule | MethodNotAllowed | NotFound | None


def _land(urls: MapAdapter, path: str, method: str) -> tuple[str, _Outcome]:
    """Follow the router's redirects within the app to the path that serves the request."""
    for _ in range(MAX_REDIRECTS):
        try:
            return path, urls.match(path, method, return_rule=True)[0]
        except RequestRedirect as redirect:
            target = _path_within(urls, redirect.new_url)
            if target is None:
                break
            path = target
        except (MethodNotAllowed, NotFound) as error:
            return path, error
    return path, None


def _path_within(urls: MapAdapter, url: str) -> str | None:
    """Return the path that a URL has in this app, or ``None`` if another app serves it."""
    target = urlsplit(url)
    root = urls.script_name  # ends in a slash
    if (target.scheme, target.netloc) != (urls.url_scheme, urls.get_host(None)):
        return None
    if not target.path.startswith(root):
        return None
    return "/" + unquote(target.path[len(root) :])
