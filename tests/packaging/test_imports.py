"""Imports run one way: from the core to the middleware to the adapters. The tables show which."""

import ast
import importlib
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import wsgicors
import wsgicors.testing

PACKAGE = Path(wsgicors.__file__).parent

LAYERS = {
    "_core": set(),
    "_frameworks": set(),
    "_introspection": {"_core"},
    "_decorator": {"_core"},
    "_marks": {"_decorator", "_introspection"},
    "_resolver": {"_core", "_introspection"},
    "_wrappers": {"_frameworks", "_resolver"},
    "_registry": {"_core", "_decorator", "_marks", "_resolver"},
    "routing": {"_core", "_decorator", "_introspection", "_marks", "_registry", "_resolver"},
    "_advice": {"_core", "_introspection", "_registry"},
    "_reporting": {"_advice", "_core", "_introspection", "_resolver"},
    "_middleware": {"_core", "_frameworks", "_introspection", "_reporting", "_resolver"},
    "metrics": {"_reporting"},
    "origins": {"_core"},
    "paths": {"_core", "_introspection"},
    "testing": {"_core"},
    "_exporting": {"_core"},
    "auditing": {
        "_core",
        "_frameworks",
        "_introspection",
        "_marks",
        "_registry",
        "_resolver",
        "_wrappers",
        "routing",
    },
    "bottle": {
        "_core",
        "_decorator",
        "_introspection",
        "_middleware",
        "_registry",
        "_reporting",
        "routing",
    },
    "falcon": {
        "_core",
        "_decorator",
        "_marks",
        "_middleware",
        "_registry",
        "_reporting",
        "routing",
    },
    "pyramid": {
        "_core",
        "_decorator",
        "_introspection",
        "_marks",
        "_middleware",
        "_registry",
        "_reporting",
        "_resolver",
        "routing",
    },
    "django": {
        "_core",
        "_decorator",
        "_introspection",
        "_marks",
        "_middleware",
        "_registry",
        "_reporting",
        "_wrappers",
        "auditing",
        "routing",
    },
    "werkzeug": {
        "_core",
        "_decorator",
        "_introspection",
        "_middleware",
        "_registry",
        "_reporting",
        "routing",
    },
    "flask": {
        "_core",
        "_decorator",
        "_introspection",
        "_marks",
        "_middleware",
        "_registry",
        "_reporting",
        "_resolver",
        "routing",
        "werkzeug",
    },
    "explaining": {
        "_advice",
        "_core",
        "_decorator",
        "_frameworks",
        "_introspection",
        "_marks",
        "_middleware",
        "_reporting",
        "_resolver",
        "_wrappers",
        "bottle",
        "django",
        "falcon",
        "pyramid",
        "testing",
    },
    "cli": {
        "_core",
        "_decorator",
        "_exporting",
        "_frameworks",
        "_introspection",
        "_wrappers",
        "auditing",
        "explaining",
        "routing",
        "testing",
    },
    "pytest_plugin": {"testing"},
    "__init__": {"_core", "_middleware", "_reporting", "_resolver"},
}
"""Each module or package, and those of ours that it imports. They stand above it in this table."""

OUTSIDE = {
    "_core": {"publicsuffixlist"},
    "testing": {"ada_url"},
    "bottle": {"bottle"},
    "falcon": {"falcon"},
    "pyramid": {"pyramid"},
    "django": {"django"},
    "werkzeug": {"werkzeug"},
    "flask": {"flask", "werkzeug"},
    "metrics": {"opentelemetry", "prometheus_client"},
    "cli": {"click", "flask", "rich"},
    "pytest_plugin": {"pluggy", "pytest"},
}
"""What each imports beside the standard library."""

ORDERS = {
    "_core": [
        "__init__",
        "headers",
        "problems",
        "packages",
        "places",
        "origins",
        "sources",
        "public_suffixes",
        "suggestions",
        "validation",
        "origin_lists",
        "risks",
        "rows",
        "policy",
        "toml_lines",
        "toml_words",
        "policy_files",
        "protocol",
        "own_headers",
        "trials",
    ],
    "_advice": ["corrections", "widening", "written", "__init__"],
    "_reporting": [
        "__init__",
        "throttle",
        "requests",
        "observers",
        "events",
        "trials",
        "log",
        "watching",
    ],
    "testing": [
        "profiles",
        "safelist",
        "urls",
        "requests",
        "responses",
        "cookies",
        "log",
        "exceptions",
        "cache",
        "checks",
        "connections",
        "transports",
        "fetch",
        "messages",
        "console",
        "replay",
        "browser",
        "__init__",
    ],
    "_exporting": ["expressions", "rules", "apache", "caddy", "haproxy", "nginx", "__init__"],
    "auditing": [
        "about",
        "origins",
        "lines",
        "callables",
        "settings",
        "rights",
        "trials",
        "findings",
        "policies",
        "document",
        "diff",
        "survey",
        "__init__",
    ],
    "explaining": [
        "words",
        "slips",
        "mixed",
        "evidence",
        "narrative",
        "tracing",
        "changes",
        "cookies",
        "questions",
        "explanation",
        "redaction",
        "pasted",
        "judging",
        "copied",
        "recorded",
        "__init__",
    ],
    "explaining.evidence": ["__init__", "caches", "csrf", "hosts", "senders", "spelling"],
    "explaining.changes": [
        "policies",
        "hops",
        "loops",
        "redirects",
        "failures",
        "layers",
        "refusals",
        "lines",
        "uncovered",
        "__init__",
    ],
    "explaining.pasted": [
        "__init__",
        "browsers",
        "quoting",
        "options",
        "literals",
        "curl",
        "fetch",
        "patterns",
        "localised",
        "others",
        "received",
        "console",
        "completing",
    ],
    "explaining.recorded": [
        "__init__",
        "reading",
        "pairing",
        "requests",
        "playing",
        "supposing",
        "judging",
    ],
    "routing": ["_configured", "_listing", "__init__"],
    "pyramid": ["_views", "__init__"],
    "django": ["_settings", "_views", "__init__"],
    "flask": ["_watch", "_wrapping", "__init__"],
    "cli": [
        "__init__",
        "candidates",
        "loading",
        "policies",
        "failing",
        "streams",
        "meanings",
        "codes",
        "why",
        "misuse",
        "capturing",
        "reports",
        "layout",
        "markdown",
        "changes",
        "annotations",
        "github",
        "sarif",
        "terminal",
        "audit",
        "check",
        "explanations",
        "pasted",
        "recorded",
        "explain",
        "export",
        "main",
    ],
}
"""The modules and packages of each package. Each imports only what is before it."""

LOADED_BY_NAME = {"cli", "pytest_plugin"}
"""What commands and pytest load; no program imports it."""

LONGEST = 400
"""Lines of a module."""

MODULES = {path.relative_to(PACKAGE).with_suffix("").parts: path for path in PACKAGE.rglob("*.py")}

each_module = pytest.mark.parametrize(
    "parts", [pytest.param(parts, id=".".join(parts)) for parts in sorted(MODULES)]
)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the level of each import of a module, and the first part of what it imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module is None:
            for alias in node.names:
                yield node.level, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module.partition(".")[0]


@each_module
def test_a_module_imports_only_what_the_tables_allow(parts):
    layer = parts[0]
    for level, name in imports(MODULES[parts]):
        if level == 0:
            assert name in sys.stdlib_module_names | OUTSIDE.get(layer, set())
        elif level == len(parts):
            assert name in LAYERS[layer], f"{layer} imports {name}"
        else:
            package, own = parts[:-level], parts[-level]
            order = ORDERS[".".join(package)]
            found = name if name in order else "__init__"  # a name of the package itself
            assert order.index(found) < order.index(own), f"{own} imports {name}"


def test_the_tables_list_every_module_and_no_import_that_is_not_made():
    ours, others, orders = defaultdict(set), defaultdict(set), defaultdict(set)
    for parts, path in MODULES.items():
        ours[parts[0]] |= {name for level, name in imports(path) if level == len(parts)}
        others[parts[0]] |= {name for level, name in imports(path) if level == 0}
        for depth in range(1, len(parts)):
            orders[".".join(parts[:depth])].add(parts[depth])
    assert ours == LAYERS
    assert {name: set(order) for name, order in ORDERS.items()} == orders
    assert {name: others[name] - sys.stdlib_module_names for name in OUTSIDE} == OUTSIDE


def test_only_the_command_imports_modules_by_name():
    """The tables above show no other way to reach a module."""
    by_name = re.compile(r"\bimport_module\b|\b__import__\b|sys\.modules\W+(get\W+)?wsgicors")
    found = {parts for parts, path in MODULES.items() if by_name.search(path.read_text("utf-8"))}
    assert found == {("cli", "loading")}


def test_the_layers_have_no_circle():
    above = set()
    for layer, imported in LAYERS.items():
        assert imported <= above, layer
        above.add(layer)


@each_module
def test_a_module_is_short(parts):
    assert len(MODULES[parts].read_text("utf-8").splitlines()) <= LONGEST


PUBLIC = {layer for layer in LAYERS if not layer.startswith("_")} - LOADED_BY_NAME


@pytest.mark.parametrize("layer", sorted(PUBLIC))
def test_a_public_module_lists_its_names(layer):
    module = importlib.import_module(f"wsgicors.{layer}")
    assert module.__all__
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize("layer", sorted(LAYERS.keys() - PUBLIC - {"__init__"}))
def test_a_module_that_is_not_public_lists_no_names(layer):
    assert not hasattr(importlib.import_module(f"wsgicors.{layer}"), "__all__")


def test_the_package_loads_only_the_standard_library():
    program = (
        "import sys; import wsgicors; from wsgicors import Policy;"
        "Policy(['https://app.example', 'http://localhost:*'], allow_credentials=True);"
        "print(*{name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name for name in run.stdout.split() if not name.startswith("__editable__")}
    # The interpreter itself loads some modules from .pth files before the program starts.
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
        "Event",
        "Origin",
        "Policy",
        "PolicyError",
        "Problem",
        "load_policies",
        "wrap",
    }


@pytest.mark.parametrize("package", [wsgicors, wsgicors.testing])
def test_a_traceback_shows_a_public_name_as_it_is_imported(package):
    modules = {getattr(package, name).__module__ for name in package.__all__}
    assert modules == {package.__name__}
