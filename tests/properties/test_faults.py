"""Each property can fail: a fault is put in, and a few dozen random inputs find it."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from tests.properties import faults, test_apps, test_origins, test_policies, test_requests
from tests.properties import test_sites as sites
from tests.properties.faults import Fault, admits, answers, calls, derives, reads

ADMITTED = test_origins.test_a_policy_admits_whom_the_oracle_admits
NAMED = test_origins.test_an_origin_is_named_in_a_response_exactly_where_the_oracle_admits_it
ORDER = test_policies.test_order_and_repetition_of_settings_change_no_answer
CASE = test_policies.test_the_case_of_header_names_changes_no_answer
WRITTEN_OUT = test_policies.test_deriving_is_writing_the_whole_policy_out
WIDENED = test_policies.test_derive_never_widens_what_was_not_named
PREFIX = test_apps.test_the_headers_are_those_of_the_prefix_that_the_path_is_below
UNCHANGED = test_apps.test_nothing_else_about_a_response_is_changed
ENDPOINT = sites.test_the_headers_are_those_of_the_endpoint_that_answered
PREFLIGHT = sites.test_a_preflight_is_answered_for_the_endpoint_of_the_requested_method
RAISES = test_requests.test_nothing_that_a_request_contains_raises
FORGED = test_requests.test_nothing_that_a_request_contains_forges_a_line_of_the_log
HELD = test_requests.test_a_header_holds_only_what_the_policy_or_a_validated_token_put_there
LISTED = test_requests.test_a_preflight_lists_the_methods_that_the_oracle_lists
CALLABLE = test_requests.test_a_callable_that_admits_everybody_lets_only_origins_through

TRIES = 100
INPUT_SIZE = 4_096
"""Bytes that an input is made from; most need few."""

FAULTS: list[tuple[str, Fault, Callable[..., None]]] = [
    ("subdomains end in any suffix", admits(faults.is_suffix), ADMITTED),
    ("ports begin anywhere", admits(faults.is_prefix), ADMITTED),
    ("origins compare without case", admits(faults.is_alike), ADMITTED),
    ("every origin is named", answers(faults.reflect), NAMED),
    ("the first origin counts", faults.first_origin_counts, ORDER),
    ("the first with cookies counts", reads("allow_credentials", lambda some: some[:1]), ORDER),
    ("the last header counts", reads("allow_headers", lambda listed: listed[-1:]), ORDER),
    ("headers in title case count", answers(faults.title_case_only), CASE),
    ("derive drops credentials", derives(faults.drop_credentials), WRITTEN_OUT),
    ("derive adds a method", derives(faults.add_method), WIDENED),
    ("derive keeps origins", derives(faults.add_origins), WRITTEN_OUT),
    ("derive exposes more", derives(faults.expose_more), WIDENED),
    ("Vary is overwritten", answers(faults.own_vary_only), PREFIX),
    ("Vary is forgotten", answers(faults.no_vary), PREFIX),
    ("errors have no headers", answers(faults.forget_on_errors), PREFIX),
    ("the app's own line is kept", answers(faults.double_origin), PREFIX),
    ("the body is never closed", calls(faults.read_at_once), UNCHANGED),
    ("exc_info is dropped", calls(faults.drop_exc_info), UNCHANGED),
    ("exceptions are answered", calls(faults.swallow), UNCHANGED),
    ("errors are open to all", answers(faults.open_errors), ENDPOINT),
    ("errors of views have no headers", answers(faults.forget_on_errors), ENDPOINT),
    ("OPTIONS decides preflights", calls(faults.by_method_sent), PREFLIGHT),
    ("headers are taken for ASCII", calls(faults.encode), RAISES),
    ("a path is taken for granted", calls(faults.take_path_for_granted), RAISES),
    ("the log is raw", calls(faults.log_raw), FORGED),
    ("any method is echoed", answers(faults.echo_method), HELD),
    ("any method is listed", answers(faults.echo_method), LISTED),
    ("no preflight is refused", calls(faults.never_refuse), LISTED),
    ("any name is echoed", answers(faults.echo_names), HELD),
    ("any origin is echoed", answers(faults.reflect), HELD),
    ("a callable is believed", answers(faults.reflect), CALLABLE),
]


@pytest.mark.parametrize(
    ("fault", "law"), [pytest.param(fault, law, id=name) for name, fault, law in FAULTS]
)
def test_a_fault_is_found(fault: Fault, law: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        try_random_inputs(law)


def try_random_inputs(law: Any) -> None:
    """Try inputs without making smaller what fails, for that takes time."""
    random = Random(0)
    for _ in range(TRIES):
        law.hypothesis.fuzz_one_input(random.randbytes(INPUT_SIZE))


def test_every_property_has_a_fault_that_it_finds() -> None:
    rooms = [test_apps, test_origins, test_policies, test_requests, sites]
    laws = {law for room in rooms for law in vars(room).values() if hasattr(law, "hypothesis")}
    assert laws == {law for _, _, law in FAULTS}
