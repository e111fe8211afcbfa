"""One suite of facts about what a browser gets over the wire, for every framework alike.

`policies.py` has the policies and the routes, `facts.py` what must be true of them. An adapter's
test file builds the same small app in the way its framework's users would, and inherits the facts::

    NOT_APPLICABLE = {"MethodViews": "NewFramework has functions only"}

    class TestNewFramework(RouterRedirects, StrictSlashes, TwoViewsOnOneUrl, Contract):
        build = staticmethod(build)
        not_applicable = NOT_APPLICABLE

`build(calls, default=None)` returns a WSGI app with the `ROUTES`, where `default` is the app's
default policy. Before any view the app appends "authenticate" to `calls`, and answers 401 for
`/private`; it answers 418 for a `Teapot`, and 500 for any other exception of a view.

`make contract` writes the table of all classes and facts in docs/coverage.md. A column is called
after its class, or after the class's attribute `framework`.
"""

import pytest

pytest.register_assert_rewrite("tests.contract.facts")
