"""The settings that explain names for a live server with wsgicors let the request pass."""

import re
from itertools import product

import pytest

from tests.helpers import hello
from tests.unit.testing.servers import APP, OTHER, serving
from wsgicors import CORSMiddleware, Policy, PolicyError
from wsgicors.explaining import explain

CHANGE = re.compile(r"(?:[Aa]dd|[Ll]ist) ((?:'[^']+'(?: and |, )?)+) (?:to|in) (\w+)")
"""One change of a setting, as the sentences name it."""

ROUNDS = 4
"""The most changes for one request: a refusal of the origin hides the others."""

ORIGINS = ("*", APP, OTHER)
CREDENTIALS = (False, True, [OTHER])
METHODS = (None, ["GET"], ["PUT", "DELETE"])
HEADERS = (["Content-Type"], [], "*")

REQUESTS = [
    pytest.param(method, headers, origin, credentials, id=f"{method}-{origin}-{credentials}")
    for method, headers, origin, credentials in [
        ("GET", [], APP, "omit"),
        ("GET", [], APP, "include"),
        ("POST", ["X-A"], APP, "include"),
        ("PUT", ["X-A", "Authorization"], APP, "include"),
        ("PUT", [], "http://plain.example", "omit"),
        ("POST", ["X-A"], "http://plain.example", "include"),
        ("GET", ["X-A"], "http://localhost:3000", "include"),
    ]
]


def policies():
    """Yield the settings of each combination that is a policy."""
    for origins, credentials, methods, headers in product(ORIGINS, CREDENTIALS, METHODS, HEADERS):
        settings = {
            "allow_origins": origins,
            "allow_credentials": credentials,
            "allow_methods": methods,
            "allow_headers": headers,
        }
        try:
            Policy(**settings)
        except PolicyError:
            continue
        yield settings


def follow(settings, sentence):
    """Return settings after the changes that a sentence names."""
    changed = dict(settings)
    for names, setting in CHANGE.findall(sentence):
        listed = changed.get(setting) or ()
        if listed is True:  # which the sentence excepts
            continue
        if setting == "allow_methods" and not listed:
            listed = ["GET", "HEAD", "POST"]  # the sentence asks for all of the app without router
        names = re.findall("'([^']+)'", names)
        changed[setting] = [*([listed] if isinstance(listed, str) else listed), *names]
    return changed


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("method", "headers", "origin", "credentials"), REQUESTS)
def test_the_settings_that_explain_names_let_the_request_pass(method, headers, origin, credentials):
    page = {"origin": origin, "headers": dict.fromkeys(headers, "1"), "credentials": credentials}
    app = CORSMiddleware(hello, Policy(APP))
    followed = 0
    with serving(app) as url:
        for settings in policies():
            for _ in range(ROUNDS):
                app.policy = Policy(**settings)
                explanation = explain(method, f"{url}/items", send=True, **page)
                if explanation.verdict == "allowed":
                    break
                sentence = explanation.change.sentence
                if "wsgicors" not in sentence and " in the policy of " not in sentence:
                    break  # nothing shows that the server uses wsgicors
                settings = follow(settings, sentence)
                followed += 1
            else:
                pytest.fail(f"{settings} do not allow the request")
    assert followed
