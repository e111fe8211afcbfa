"""Apps to audit."""

import sys
from itertools import count
from textwrap import dedent
from types import ModuleType
from typing import Any

from flask import Flask

from wsgicors.auditing import Finding, audit, survey
from wsgicors.flask import CORS

_numbers = count()


def flask_app(**cors: Any) -> Flask:
    """Create a Flask app with CORS and without routes."""
    app = Flask(__name__, static_folder=None)
    CORS(app, **cors)
    return app


def module(source: str) -> ModuleType:
    """Run the source of a module, whose decorated views are then in a package of their own."""
    made = ModuleType(f"sample{next(_numbers)}")
    made.__dict__["sys"] = sys
    exec(dedent(source), made.__dict__)
    return made


def found(app: object, code: str) -> list[Finding]:
    """Return the findings of an app with this code."""
    return [finding for finding in audit(survey(app)) if finding.code == code]


def view() -> str:
    return "view"
