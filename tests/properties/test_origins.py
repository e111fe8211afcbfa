"""Whom a policy admits, against an oracle that is obviously right."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.helpers import Response, environ, hello, preflight
from tests.properties.oracle import admits_any
from tests.properties.strategies import asking, entries
from wsgicors import CORSMiddleware, Policy
from wsgicors._core.problems import RISKS

listed_and_asking = entries.flatmap(lambda listed: st.tuples(st.just(listed), asking(listed)))


def admitting(listed: list[str], **settings: Any) -> Policy:
    return Policy(listed, accept_risks=RISKS, **settings)


@given(listed_and_asking)
@example((["https://*.app.example"], "https://evilapp.example"))
@example((["https://*.app.example"], "https://app.example"))
@example((["https://app.example:*"], "https://app.example:443"))
@example((["https://*.app.example"], f"https://{'a.' * 249}app.example"))  # 509 characters
@example((["https://*.app.example"], f"https://{'a.' * 251}app.example"))  # 513
def test_a_policy_admits_whom_the_oracle_admits(case: tuple[list[str], str]) -> None:
    listed, origin = case
    assert admitting(listed).allows(origin) is admits_any(listed, origin)


@given(listed_and_asking, st.booleans())
def test_an_origin_is_named_in_a_response_exactly_where_the_oracle_admits_it(
    case: tuple[list[str], str], credentials: bool
) -> None:
    listed, origin = case
    app = CORSMiddleware(hello, admitting(listed, allow_credentials=credentials))
    named = [origin] if admits_any(listed, origin) else []
    assert Response(app, environ(origin=origin)).all("Access-Control-Allow-Origin") == named
    answer = Response(app, preflight(origin=origin))
    assert answer.all("Access-Control-Allow-Origin") == named
    assert answer.status == ("204 No Content" if named else "403 Forbidden")
