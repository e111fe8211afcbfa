"""The table of facts in the documentation is current."""

from lab.contract import table


def test_the_table_has_every_fact_and_adapter_and_reason():
    """The tests of the contract show whether the facts hold."""
    written = table.TABLE.read_text("utf-8").partition("\nWritten by")[0]
    drawn = table.draw()
    assert table.without_releases(written) == table.without_releases(drawn), "run make contract"


def test_every_fact_is_in_one_group():
    groups = table.facts.Contract, *table.facts.GROUPS
    found = [fact for group in groups for fact in table.find_facts(group)]
    assert len(found) == len(set(found)) > 0
