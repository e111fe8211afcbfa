"""README shows what really happens. The root ``conftest.py`` runs its examples."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
FIRST_EXAMPLE, FIRST_SESSION = (
    re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)[1]
    for language in ("python", "console")
)


def test_the_preflight_response_of_the_first_example_is_as_shown():
    namespace = {"__name__": "__main__"}
    exec(FIRST_EXAMPLE, namespace)
    asked = dict(re.findall(r"-H '([\w-]+): ([^']+)'", FIRST_SESSION))
    answer = namespace["app"].test_client().options("/items/1", headers=asked)
    shown = FIRST_SESSION.partition("HTTP/1.1 ")[2].splitlines()
    assert answer.status == shown[0]
    assert [f"{name}: {value}" for name, value in answer.headers] == shown[1:]


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_it_names_the_main_commands(command):
    assert f"`{command}`" in README
