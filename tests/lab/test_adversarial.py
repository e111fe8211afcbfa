"""The command that asks random apps; the oracle is tested in ``tests/properties/adversarial``."""

from lab.adversarial import attack, main
from wsgicors._registry import PolicyRegistry


def test_one_seed_is_repeated(capsys):
    assert main(["--framework", "falcon", "--seed", "3"]) == 0
    assert capsys.readouterr().out.startswith("falcon: 1 apps, ")


def test_apps_are_asked_until_it_is_enough():
    tally = attack("function", 0, lambda tally: tally.requests >= 500)
    assert tally.apps > 1
    assert tally.requests >= 500
    assert tally.faults == []


def test_a_wrong_answer_is_printed_with_the_command_that_repeats_it(capsys, monkeypatch):
    monkeypatch.setattr(PolicyRegistry, "policy_of", lambda self, *_: self.default)
    assert main(["--framework", "falcon", "--requests", "10000"]) == 1
    [seed] = {line.split()[-1] for line in capsys.readouterr().out.splitlines() if "again" in line}
    assert main(["--framework", "falcon", "--seed", seed]) == 1
