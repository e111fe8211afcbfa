"""Figures of ``make mutation``: what mutmut has left in ``mutants/``, counted by module."""

import json
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

from .figures import record

MUTANTS = Path("mutants/wsgicors/core")


def main() -> int:
    """Record the figures, and print each survivor's name; ``mutmut show NAME`` has the rest."""
    figures: dict[str, object] = {}
    total: Counter[str] = Counter()
    survivors: list[str] = []
    for path in sorted(MUTANTS.glob("*.py.meta")):
        verdicts = json.loads(path.read_text("utf-8"))["exit_code_by_key"]
        found = Counter(status_by_exit_code[code] for code in verdicts.values())
        survivors += [
            name for name, code in verdicts.items() if status_by_exit_code[code] == "survived"
        ]
        if verdicts:
            figures[path.name.removesuffix(".meta")] = _tell(found)
        total += found
    record("mutation", {"All of core": _tell(total), **figures})
    print(*survivors, sep="\n")
    return 0


def _tell(found: Counter[str]) -> str:
    said = [f"{found.total():,} mutants"]
    said += [f"{number:,} {what}" for what, number in sorted(found.items())]
    return ", ".join(said)


if __name__ == "__main__":
    sys.exit(main())
