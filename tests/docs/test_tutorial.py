"""The audit at the end of the tutorial is that of its app."""

import re
import subprocess
import sys

from lab.servers.running import ROOT

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
PROGRAM = "from flask.cli import main; main()"
VERSIONS = re.compile(r"\d+(\.\d+)+")


def without_versions(text):
    return VERSIONS.sub("*", text)


def test_the_audit_of_the_tutorial_is_printed_for_its_app(tmp_path, monkeypatch):
    blocks = re.findall(r"^```python\n(.*?)^```", TUTORIAL, re.MULTILINE | re.DOTALL)
    first = next(index for index, block in enumerate(blocks) if "CORS(app)" in block)
    last = next(index for index, block in enumerate(blocks) if "import pytest" in block)
    (tmp_path / "api.py").write_text("\n\n".join(blocks[first:last]), "utf-8")
    monkeypatch.setenv("COLUMNS", "80")
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, ''); {PROGRAM}"]
    run = subprocess.run(
        [*command, "--app", "api", "cors"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    shown = re.search(r"^\$ flask --app api cors\n(.*?)^```", TUTORIAL, re.MULTILINE | re.DOTALL)
    place = re.compile(r"flask/\w+\.py:\d+")  # a view of Flask itself, where it is in this version
    assert place.sub("flask", without_versions(shown[1])) == place.sub(
        "flask", without_versions(run.stdout)
    )
