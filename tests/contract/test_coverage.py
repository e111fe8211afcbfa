"""The table of facts in the docs is that of the facts and adapters that there are."""

from . import table


def test_the_table_names_every_fact_adapter_and_reason_and_no_other():
    """Whether the facts hold, the other tests of this folder say."""
    written = table.TABLE.read_text("utf-8").partition("\nWritten by")[0]
    drawn = table.draw()
    assert table.without_releases(written) == table.without_releases(drawn), "run make contract"


def test_every_fact_stands_in_one_group():
    groups = table.facts.Contract, *table.facts.GROUPS
    found = [fact for group in groups for fact in table.find_facts(group)]
    assert len(found) == len(set(found)) > 0
