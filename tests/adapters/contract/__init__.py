"""One suite of facts about CORS that is run for every framework.

`policies.py` has the policies and the routes, `facts.py` has the facts. The test file of an adapter
builds the same small app as users of its framework would, and inherits the facts::

    NOT_APPLICABLE = {"MethodViews": "NewFramework has functions only"}

    class TestNewFramework(RouterRedirects, StrictSlashes, TwoViewsOnOneUrl, Contract):
        build = staticmethod(build)
        not_applicable = NOT_APPLICABLE

`build(calls, default=None, observer=None)` returns a WSGI app with the `ROUTES`, the default policy
`default` and the observer `observer`.
Before any view, the app appends "authenticate" to `calls` and answers 401 for `/private`. It
answers 418 for a `Teapot`, and 500 for any other exception of a view.

`make contract` writes the table of all classes and facts in docs/coverage.md. The name of a column
is the attribute `framework` of its class, or the name of the class.
"""

import pytest

pytest.register_assert_rewrite("tests.adapters.contract.facts")
