"""Hostile servers, always the same few; ``make fuzz`` plays new ones."""

import sys

from lab import hostile
from lab.hostile import Case, Play, attack, main, make_case, try_case, try_from_python
from wsgicors.explaining import words

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
COMMAND = sys.modules["wsgicors.cli.explain"]
"""The module as the lab has it; other tests import it again."""

CASE = Case([Play(True, [(0.0, REPLY)], "close")], "GET", [])


def test_hostile_servers_get_a_verdict():
    tally = attack(7, lambda tally: tally.cases == 25)
    assert tally.faults == []
    assert tally.verdicts.total() == 50
    assert {"allowed", "blocked", "failed"} <= tally.verdicts.keys()


def test_a_seed_repeats_its_case(capsys):
    assert make_case(3) == make_case(3) != make_case(4)
    assert main(["--seed", "3", "--cases", "1"]) == 0
    assert capsys.readouterr().out.startswith("seed 3: 1 servers, ")


def raising(*arguments, **options):
    raise ZeroDivisionError


def test_an_exception_is_a_fault(monkeypatch):
    monkeypatch.setattr(hostile, "explain", raising)
    verdict, [fault] = try_from_python(CASE)
    assert verdict == "none"
    assert "ZeroDivisionError" in fault
    monkeypatch.setattr(COMMAND, "show", raising)
    assert "ZeroDivisionError" in try_case(CASE)[1][0]


def test_an_exit_status_that_is_not_a_verdict_is_a_fault():
    status, [fault] = try_case(CASE._replace(options=["--wrong"]))
    assert status == "2"
    assert fault.startswith("exit status 2")


def test_control_characters_are_a_fault(monkeypatch):
    raw = REPLY.replace(b"OK", b"O\x1b[31m\xc2\x85")
    case = Case([Play(True, [(0.0, raw)], "close")], "GET", [])
    assert try_case(case) == ("1", [])
    monkeypatch.setattr(words, "visible", str)
    assert "control characters" in try_case(case)[1][0]
    assert "control characters" in try_from_python(case)[1][0]


def test_taking_long_is_a_fault(monkeypatch):
    monkeypatch.setattr(hostile, "PATIENCE", 0.0)
    assert try_case(CASE)[1][0].startswith("took ")


def test_a_fault_is_printed_with_the_command_that_repeats_it(monkeypatch, capsys):
    monkeypatch.setattr(hostile, "PATIENCE", 0.0)
    assert main(["--seed", "5", "--cases", "1"]) == 1
    assert "python -m lab.hostile --seed 5 --cases 1" in capsys.readouterr().out


def test_only_the_hostile_server_can_be_reached():
    away = b"HTTP/1.1 302 Found\r\nLocation: https://other.example/\r\n" + REPLY[17:]
    allowed = away.replace(b"Content", b"Access-Control-Allow-Origin: *\r\nContent")
    case = Case([Play(True, [(0.0, allowed)], "close")], "GET", [])
    with hostile.serving(case) as origin:
        explanation = hostile.explain("GET", origin, origin=hostile.PAGE)
    assert (explanation.verdict, len(explanation.exchanges)) == ("failed", 1)
    assert "Name or service not known" in explanation.steps[-1]
