"""The comparison of test suites with and without CORS, and the plugin that switches it on."""

import sys
from textwrap import dedent

import pytest

from lab.suites.compare import compare, faults_of, table
from lab.suites.differences import DIFFERENCES, Difference
from lab.suites.running import Checkout, Ran, run
from lab.suites.suites import SUITES, Suite

SUITE = Suite("flask", "1.0", "flask", note="A note")
PASSED = Ran("passed", 1.0, "")
FAILED = Ran("failed", 1.0, "E   'Origin' is new")
KNOWN = Difference(("tests/test_a.py::test_vary",), "Origin", "All responses vary")


def compared(without, with_cors, known=()):
    return compare(SUITE, without, with_cors, known)


class TestComparison:
    def test_a_suite_that_ends_the_same_has_no_faults(self):
        runs = [{"test_a": PASSED, "test_b": FAILED}]
        result = compared(runs, runs)
        assert faults_of(result) == []
        assert (result.passed_without, result.passed_with, result.total) == (1, 1, 2)

    @pytest.mark.parametrize("after", [{}, {"test_a": FAILED}, {"test_a": Ran("skipped", 1.0, "")}])
    def test_a_difference_without_a_reason_is_a_fault(self, after):
        result = compared([{"test_a": PASSED, "test_b": PASSED}], [{"test_b": PASSED, **after}])
        assert len(faults_of(result)) == 1
        assert faults_of(result)[0].startswith("flask: test_a: passed without CORS, ")

    def test_a_test_that_differs_in_one_of_its_runs_is_a_fault(self):
        good, bad = {"test_a": PASSED, "test_b": PASSED}, {"test_a": FAILED, "test_b": PASSED}
        (fault,) = faults_of(compared([good, good], [good, bad]))
        assert "passed without CORS, failed or passed with it" in fault
        assert "E   'Origin' is new" in fault

    def test_a_reason_explains_a_test_with_all_its_parameters(self):
        names = ["tests/test_a.py::test_vary[1]", "tests/test_a.py::test_vary[2]"]
        without = [{"test_b": PASSED, **dict.fromkeys(names, PASSED)}]
        with_cors = [{"test_b": PASSED, **dict.fromkeys(names, FAILED)}]
        result = compared(without, with_cors, [KNOWN])
        assert faults_of(result) == []
        assert result.explained == {KNOWN: 2}

    def test_a_failure_with_another_message_is_not_explained(self):
        name = KNOWN.tests[0]
        without = [{name: PASSED, "test_b": PASSED}]
        with_cors = [{name: Ran("failed", 1.0, "E   500"), "test_b": PASSED}]
        faults = faults_of(compared(without, with_cors, [KNOWN]))
        assert f"flask: {name}: passed without CORS, failed with it\n    E   500" in faults

    def test_a_reason_for_a_test_that_does_not_differ_is_a_fault(self):
        runs = [{KNOWN.tests[0]: PASSED}]
        (fault,) = faults_of(compared(runs, runs, [KNOWN]))
        assert fault == f"flask: {KNOWN.tests[0]}: explained, but it ends the same"

    def test_seconds_are_the_medians_of_tests_that_end_the_same(self):
        def seconds(*all_seconds):
            slow = Ran("failed", 9.0, "E   Origin")
            return [{"test_a": Ran("passed", one, ""), KNOWN.tests[0]: slow} for one in all_seconds]

        without = [{**one, KNOWN.tests[0]: PASSED} for one in seconds(1.0, 1.0, 5.0)]
        result = compared(without, seconds(1.04, 0.5, 7.0), [KNOWN])
        assert (result.seconds_without, result.seconds_with) == (1.0, 1.04)
        assert faults_of(result) == []

    def test_a_suite_that_takes_longer_than_the_bound_is_a_fault(self):
        result = compared([{"test_a": PASSED}], [{"test_a": Ran("passed", 1.06, "")}])
        (fault,) = faults_of(result)
        assert fault == "flask: its tests take 1.06 times as long with CORS, more than 1.05 times"

    def test_the_table_has_counts_reasons_and_notes(self):
        name = KNOWN.tests[0]
        without, with_cors = {name: PASSED, "b": PASSED}, {name: FAILED, "b": PASSED}
        text = table([compared([without], [with_cors], [KNOWN])], 1)
        assert "| flask 1.0 | 2 | 2 | 1 | 1.00 | 1.00 | 1.00 |" in text
        assert "| flask | 1 | All responses vary |" in text
        assert "| flask | A note |" in text


def test_only_suites_that_are_run_have_reasons():
    assert DIFFERENCES.keys() <= {suite.project for suite in SUITES}


APP = """
    from flask import Flask

    def test_an_app_has_cors():
        app = Flask(__name__)
        app.add_url_rule("/", view_func=lambda: "hello")
        assert app.test_client().get("/").headers["Vary"] == "Origin"

    def test_no_app():
        assert True
"""


def test_the_plugin_switches_cors_on_and_records_each_test(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    (source / "test_app.py").write_text(dedent(APP), "utf-8")
    checkout = Checkout(source, sys.executable)
    suite = Suite("flask", "1.0", "flask", arguments=("test_app.py",))
    without = run(suite, checkout, with_cors=False)
    with_cors = run(suite, checkout, with_cors=True)
    cors, none = "test_app.py::test_an_app_has_cors", "test_app.py::test_no_app"
    assert (without[cors].outcome, without[none].outcome) == ("failed", "passed")
    assert "KeyError: " in without[cors].message
    assert "Traceback" not in without[cors].message
    assert (with_cors[cors].outcome, with_cors[none].outcome) == ("passed", "passed")
    assert with_cors[cors].seconds > 0


def test_a_suite_that_pytest_cannot_run_is_an_error(tmp_path):
    checkout = Checkout(tmp_path / "source", sys.executable)
    checkout.source.mkdir()
    with pytest.raises(RuntimeError, match="flask: pytest failed"):
        run(Suite("flask", "1.0", "flask", arguments=("absent.py",)), checkout, with_cors=False)
