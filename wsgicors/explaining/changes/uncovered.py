"""Apps of frameworks whose CORS is not switched on."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from ..._advice import Wanted, write_decorator
from ..._core.headers import CORS_RESPONSE_HEADERS
from ..._decorator import Mark
from ..._frameworks import Framework
from ..._marks import view_marks
from ..._wrappers import find_uncovered, look_through
from ...testing.log import Exchange
from ...testing.requests import Request


def find_ineffective(app: object) -> Framework | None:
    """Return the framework of an app whose decorated views have no CORS."""
    uncovered = find_uncovered(look_through(app))
    if uncovered is None or not Mark.is_in_use:
        return None
    inner, framework = uncovered
    views: Iterable[object] = ()
    with suppress(Exception):  # of the app, or because another library covers it
        views = [*_views_of(inner, framework.name)]
    return framework if any(any(view_marks(view)) for view in views) else None


def offer_wsgicors(request: Request, exchange: Exchange, app: object) -> Iterator[str]:
    """Say how wsgicors would send the headers of an app that sends none."""
    names = {name.lower() for name, _ in exchange.response.headers}
    uncovered = find_uncovered(look_through(app))
    wanted = Wanted(
        request.sent_origin,
        request.method,
        request.unsafe_names,
        request.with_credentials,
        exchange.kind == "preflight",
    )
    decorator = write_decorator(wanted)
    if uncovered and not names & CORS_RESPONSE_HEADERS and decorator:
        yield f"wsgicors can send them: {uncovered[1].advice}, and use {decorator} on views."


def _views_of(app: Any, framework: str) -> Iterable[object]:
    """Return the views of an app, as its adapter finds them, which may not be imported yet."""
    if framework == "flask":  # its adapter, once imported, raises for decorated views without CORS
        views: Iterable[object] = app.view_functions.values()
        return views
    if framework == "bottle":
        from ...bottle import views_of
    elif framework == "django":
        from ...django import views_of
    elif framework == "falcon":
        from ...falcon import views_of
    else:
        from ...pyramid._views import views_of
    return views_of(app)
