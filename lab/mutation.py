"""Count by module what mutmut has found: the last step of ``make mutation``."""

import json
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

from lab.figures import record

MUTANTS = Path("mutants/wsgicors/_core")


def main() -> int:
    """Record the figures, and print each survivor's name for ``mutmut show NAME``."""
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
            figures[path.name.removesuffix(".meta")] = _words(found)
        total += found
    record("mutation", {"All of `_core`": _words(total), **figures})
    print(*survivors, sep="\n")
    return 0


def _words(found: Counter[str]) -> str:
    verdicts = (f"{number:,} {what}" for what, number in sorted(found.items()))
    return ", ".join([f"{found.total():,} mutants", *verdicts])


if __name__ == "__main__":
    sys.exit(main())
