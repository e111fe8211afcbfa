"""A policy as the Python that declares it."""

from __future__ import annotations

import inspect
import json

from wsgicors import Policy

from .targets import METHODS

WIDTH = 60
"""Columns of a line, for screens that are narrow."""

TEMPLATE = """\
from flask import Flask
from wsgicors import Policy
from wsgicors.flask import CORS, cors

policy = {policy}

app = Flask(__name__)
CORS(app)


@app.route("/items/", methods={methods})
@cors(policy)
def items():
    return {{"items": ["tea", "bread"]}}
"""


def source(policy: Policy) -> str:
    """Write a program that applies a policy; settings that are the default's are left out."""
    return TEMPLATE.format(policy=call(policy), methods=write(METHODS, "", len(METHODS) * 10))


def call(policy: Policy) -> str:
    """Write the call that makes a policy."""
    defaults = {
        name: parameter.default for name, parameter in inspect.signature(Policy).parameters.items()
    }
    lines = [
        f"    {name}={write(value, '    ', WIDTH - len(name))},\n"
        for name, value in policy.settings.items()
        if value != defaults[name]
    ]
    return f"Policy(\n{''.join(lines)})"


def write(value: object, indent: str, width: int) -> str:
    """Write the value of a setting, a long list with one element a line."""
    if not isinstance(value, tuple | list):
        return repr(value)
    if list(value) == ["*"]:
        return '"*"'
    elements = [json.dumps(element) for element in value]
    line = f"[{', '.join(elements)}]"
    if len(line) <= width:
        return line
    return "[\n" + "".join(f"{indent}    {element},\n" for element in elements) + f"{indent}]"
