"""Faults that need servers: nginx, requests over HTTP, and servers that do not run."""

from collections.abc import Iterator
from dataclasses import replace

from tests.browser.grid import faults, policies
from tests.browser.grid.faults import GET, GOOD, ORIGIN, SECRET, good
from tests.browser.grid.model import Answer, Ask, Cell
from tests.browser.grid.nginx import Directives
from tests.browser.grid.policies import ALL, ELSEWHERE, INCLUDE, PUT

BODY = Ask("PUT", body="12")
OPTIONS = "if ($request_method = OPTIONS)"
NO_OPTIONS = "if ($request_method != OPTIONS)"
CACHE = (
    "proxy_cache all; proxy_cache_key $http_host$request_uri; proxy_cache_valid any 1h; "
    "proxy_ignore_headers Vary; add_header X-Cache-Status $upstream_cache_status;"
)

Fault = tuple[str, str, tuple[tuple[str, str], ...], Ask, tuple[str, ...], str]

LAYER = ("layer",)
EITHER = ("server|layer",)
OPENS = (("pass-preflights", ""),)

NGINX: list[Fault] = [
    ("answers OPTIONS", f"{OPTIONS} {{ return 204; }}", OPENS, PUT, EITHER, "passes"),
    ("answers OPTIONS for any page",
        f"{OPTIONS} {{ add_header {ORIGIN} *; return 204; }}", OPENS, ALL, EITHER, "passes"),
    ("403 to OPTIONS", f"{OPTIONS} {{ return 403; }}", OPENS, PUT, EITHER, "passes"),
    ("405 to OPTIONS", f"{OPTIONS} {{ return 405; }}", OPENS, PUT, EITHER, "passes"),
    ("adds a star", f"add_header {ORIGIN} *;", (("stop-writing", ""),), GET, EITHER, "passes"),
    ("adds the origin", f"add_header {ORIGIN} $http_origin always;", (("stop-writing", ""),), GET,
        EITHER, "passes"),
    ("hides the origin", f"proxy_hide_header {ORIGIN};", (("pass-headers", ""),), GET, EITHER,
        "passes"),
    ("hides credentials", "proxy_hide_header Access-Control-Allow-Credentials;",
        (("pass-headers", ""),), INCLUDE, EITHER, "passes"),
    ("takes the origin", 'proxy_set_header Origin "";', (("pass-requests", ""),), GET, EITHER,
        "passes"),
    ("takes the method", 'proxy_set_header Access-Control-Request-Method "";',
        (("pass-requests", ""),), PUT, EITHER, "passes"),
    ("cache", CACHE, (("cache-by-origin", ""),), GET, LAYER, "passes"),
    ("413", "client_max_body_size 1;", (("raise-limit", ""),), BODY, LAYER, "passes"),
    ("502", "{lines} proxy_pass http://127.0.0.1:1;", (), GET, LAYER, "names"),
    ("504", "{lines} return 504;", (), GET, LAYER, "names"),
    *[
        (f"{code} to {method}", f"{{lines}} return {code};",
            (("pass-preflights", f"{NO_OPTIONS} {{ {{lines}} return {code}; }}"),), ask, EITHER,
            "names")
        for code in (401, 403, 404, 429, 503) for method, ask in (("GET", GET), ("PUT", PUT))
    ],
    ("405 to all but GET and POST", "if ($request_method !~ ^(GET|POST)$) { {lines} return 405; }",
        (("pass-preflights",
          "if ($request_method !~ ^(GET|POST|OPTIONS)$) { {lines} return 405; }"),),
        PUT, EITHER, "names"),
    ("login", 'if ($http_cookie = "") { return 302 {login}/authorize; }',
        (("answer-401", 'if ($http_cookie = "") { {lines} return 401; }'),
         ("pass-preflights",
          'set $who "$http_cookie$request_method"; '
          'if ($who ~ "^(GET|PUT|POST)$") { return 302 {login}/authorize; }')),
        GET, EITHER, "names"),
    ("login of preflights", 'if ($http_authorization = "") { return 401; }',
        (("pass-preflights", ""),), SECRET, LAYER, "passes"),
    ("another host", "return 301 {other}$request_uri;", (), GET, ("page",), "passes"),
    ("another host for preflights", "return 301 {other}$request_uri;", (), PUT, ("page",),
        "passes"),
    ("to https", "return 301 {secure}$request_uri;", (), GET, ("page",), "passes"),
    ("a slash", "rewrite ^/slashed$ /slashed/ permanent;", (), Ask(url="{api}/slashed"), ("page",),
        "passes"),
]  # fmt: skip

BROKEN = {"refuses": "server", "closes": "server", "garbage": "server", "plain": "page"}
"""What a server does that is not up, and whose change it is; ``plain`` speaks no TLS."""


def behind_nginx() -> Iterator[Cell]:
    for fault, text, actions, ask, sides, ends in NGINX:
        stack = good(nginx=(Directives(text, actions),))
        if fault == "a slash":
            stack = replace(stack, policies={**stack.policies, "view:slashed": GOOD})
        yield Cell("nginx", fault, stack, ask, sides, ends, live=True, has_nginx=True)


def over_http() -> Iterator[Cell]:
    """Ask for the faults of layers and of policies over HTTP, where only responses are seen."""
    for cell in faults.outside():
        if cell.fault.startswith("flask"):
            is_page = cell.sides[0] == "page"
            # Over HTTP, a path that a layer has changed cannot be seen.
            ends = "names" if cell.fault.endswith("moves the path") else cell.ends
            sides = cell.sides if is_page else EITHER
            yield replace(cell, live=True, sides=sides, ends=ends)
    for fault, (settings, ask) in policies.FAULTS.items():
        stack = policies.stack_of("flask", "view", settings)
        yield Cell("policy", fault, stack, ask, live=True)
    hidden = replace(good(), policies={"view:items": {"allow_origins": [ELSEWHERE]}})
    yield Cell("view", "500", replace(hidden, answer=Answer("500 Oops")), GET, EITHER, "names",
               live=True)  # fmt: skip


def down() -> Iterator[Cell]:
    for how, side in BROKEN.items():
        for name, ask in (("GET", GET), ("PUT", PUT)):
            asked = replace(ask, url=f"{{{how}}}/items")
            yield Cell("server down", f"{how}, {name}", good(), asked, (side,), "names", live=True)
        moved = good(answer=Answer("302 Found", (("Location", f"{{{how}}}/items"),)))
        name = f"redirect, {how}"
        yield Cell("server down", name, moved, GET, (side,), "names", live=True)


def cells() -> Iterator[Cell]:
    for part in (behind_nginx, over_http, down):
        yield from part()
