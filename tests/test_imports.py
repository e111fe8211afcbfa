"""Imports run one way: core, then marks and WSGI, then what asks routers, then the frameworks."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import wsgicors

PACKAGE = Path(wsgicors.__file__).parent

# What an adapter says is how its framework is told to use CORS; how views are found is in routers.
ADAPTS = {"core", "marks", "naming", "resolving", "routers", "tables", "wsgi"}

# Each room, and the rooms of ours that it may import.
ROOMS = {
    "core": set(),
    "marks": {"core"},
    "strays": {"marks"},
    "sources": set(),
    "surveying": {"core"},
    "resolving": {"core", "surveying"},
    "arguments": {"core"},
    "naming": {"arguments", "core"},
    "tables": {"core", "marks", "naming", "strays"},
    "advice": {"core", "sources", "naming", "resolving", "surveying", "tables"},
    "telling": {"advice", "core", "resolving"},
    "late": set(),
    "paths": {"core", "resolving", "surveying"},
    "preflights": {"core", "resolving", "telling"},
    "wsgi": {"arguments", "core", "late", "preflights", "resolving", "surveying", "telling"},
    "landing": {"core", "tables"},
    "listing": {"core", "landing", "marks", "sources", "strays", "surveying", "tables"},
    "routing": {"core", "landing", "listing", "marks", "resolving", "surveying", "tables"},
    "routers": {"core", "marks", "resolving", "routing", "surveying", "tables"},
    "flask_forgotten": {"marks"},
    "werkzeug": ADAPTS,
    "flask": ADAPTS | {"flask_forgotten"},
    "bottle": ADAPTS,
    "falcon": ADAPTS,
    "pyramid": ADAPTS,
    "django_checks": {"core", "routers"},
    "django": ADAPTS | {"django_checks"},
    "finding": {"resolving"},
    "auditing": {"core", "finding", "resolving", "surveying", "wsgi"},
    "testing": {"core"},
    "pytest_plugin": {"testing"},
    "explaining": {"advice", "core", "finding", "resolving", "surveying", "testing"},
    "cli": {"auditing", "explaining", "testing"},
    "__init__": {"core", "resolving", "wsgi"},
}
FRAMEWORKS = {"bottle", "django", "falcon", "flask", "pyramid", "werkzeug"}
# What a room may import beside the standard library.
OUTSIDE = {
    "core": {"publicsuffixlist"},
    "routers": FRAMEWORKS,
    "flask_forgotten": {"flask"},
    "django_checks": {"django"},
    **{framework: {framework} for framework in FRAMEWORKS},
    "cli": {"click", "flask", "rich"},
    "testing": {"publicsuffixlist"},
    "pytest_plugin": {"pluggy", "pytest"},
}
# Inside a room of several modules there is one order too: each may import those before it.
ORDERS = {
    "routers": [
        "__init__",
        "werkzeug_landing",
        "werkzeug_rules",
        "werkzeug",
        "flask_routing",
        "flask",
        "flask_memory",
        "bottle",
        "falcon",
        "pyramid_views",
        "pyramid",
        "django",
    ],
    "core": [
        "__init__",
        "values",
        "headers",
        "problems",
        "addresses",
        "origins",
        "decisions",
        "spelling",
        "reading",
        "allowlist",
        "risks",
        "settings",
        "policy",
        "protocol",
        "merging",
    ],
    "auditing": [
        "origins",
        "lines",
        "findings",
        "documents",
        "changes",
        "surveys",
        "__init__",
    ],
    "cli": ["__init__", "loading", "reports", "tables", "audit", "explain", "main"],
    "testing": [
        "profiles",
        "safelist",
        "urls",
        "requests",
        "responses",
        "log",
        "blocked",
        "cookies",
        "cache",
        "checks",
        "redirects",
        "network",
        "fetching",
        "browser",
        "__init__",
    ],
    "explaining": ["story", "remedies", "__init__"],
}


def imports(path):
    """Yield each import of a module as (level, module, name of the first part)."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module is None:
            for alias in node.names:
                yield node.level, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module.partition(".")[0]


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=[str(p.relative_to(PACKAGE)) for p in MODULES])
def test_a_room_imports_only_rooms_below_it(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    room = parts[0]
    for level, name in imports(path):
        if level == 0:
            assert name in sys.stdlib_module_names | OUTSIDE.get(room, set())
        elif len(parts) == level:
            assert name in ROOMS[room], f"{room} imports {name}"
        else:
            order = ORDERS[room]
            assert order.index(name) < order.index(parts[1]), f"{path} imports {name}"


@pytest.mark.parametrize("framework", sorted(FRAMEWORKS))
def test_an_adapter_is_thin(framework):
    """What every adapter would have to repeat belongs into routing."""
    assert len((PACKAGE / f"{framework}.py").read_text("utf-8").splitlines()) < 120


def test_every_room_is_in_the_plan():
    assert {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES} == set(
        ROOMS
    )
    for room, order in ORDERS.items():
        assert {path.stem for path in (PACKAGE / room).glob("*.py")} == set(order)


def test_importing_the_package_loads_the_standard_library_alone():
    program = (
        "import sys; import wsgicors; from wsgicors import Policy;"
        "Policy(['https://app.example', 'http://localhost:*'], allow_credentials=True);"
        "print(*{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name for name in run.stdout.split() if not name.startswith("__editable__")}
    # What the interpreter itself loads from .pth files before the program starts is not ours.
    bare = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded - {name.partition(".")[0] for name in bare.stdout.split()} == {"wsgicors"}


def test_the_public_names_are_these():
    assert set(wsgicors.__all__) == {
        "CORSMiddleware",
        "Endpoint",
        "Origin",
        "Policy",
        "PolicyError",
        "Problem",
        "wrap",
    }
