"""``wsgicors export`` prints its file alone, even if the code of a module writes too."""

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from wsgicors._exporting import SERVERS
from wsgicors.cli import capturing
from wsgicors.cli.main import main

MODULE = """
from wsgicors import Policy
print("loaded")
api = Policy("*")
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "served_policies.py").write_text(MODULE)
    return tmp_path


WRITING = """
import atexit, os, subprocess, sys, threading, time
from wsgicors import Policy
print("printed")
os.write(1, b"descriptor 1\\n")
os.write(2, b"descriptor 2\\n")
subprocess.run(["echo", "subprocess"])
sys.__stdout__.write("buffered")
atexit.register(print, "at the end")
atexit.register(os.write, 1, b"at the very end")
atexit.register(os.write, 2, b"at the very end")
def write():
    for _ in range(20):
        os.write(1, b"thread\\n")
        time.sleep(0.01)
threading.Thread(target=write).start()
api = Policy("*")
"""


def run(*arguments, shell=""):
    """Run the command in a process, with what a shell would do to its streams."""
    program = "from wsgicors.cli.main import main; main()"
    command = shlex.join([sys.executable, "-c", program, *arguments])
    return subprocess.run(
        ["sh", "-c", f"{command} {shell}"], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("server", SERVERS)
def test_nothing_that_a_module_writes_is_part_of_the_file(here, server):
    (here / "writing_policies.py").write_text(WRITING)
    done = run("export", server, "writing_policies:api")
    assert done.returncode == 0
    alone = run("export", server, "served_policies:api").stdout
    names = re.compile(r"(writing|served)_policies(\.py:\d+)?")
    assert names.sub("", done.stdout) == names.sub("", alone)
    for text in "printed", "descriptor 1", "descriptor 2", "subprocess", "buffered", "at the end":
        assert text in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nginx", "writing_policies:other"],
        ["nginx", "writing_policies:api", "--name", "A"],
        ["nginx", "writing_policies"],
    ],
)
def test_a_command_that_fails_shows_one_line_whatever_the_module_writes(here, arguments):
    (here / "writing_policies.py").write_text(WRITING)
    done = run("export", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: ")


def test_a_module_that_closes_its_streams_is_exported(here):
    (here / "writing_policies.py").write_text(f"{WRITING}\nsys.stdout.close(); sys.stderr = None")
    done = run("export", "nginx", "writing_policies:api")
    assert done.stdout.startswith("# The CORS policy writing_policies:api")
    assert done.stdout.endswith("uwsgi_hide_header Access-Control-Max-Age;\n")


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        (">&-", "Error: standard output is closed; use a file or a pipe"),
        (
            "> /dev/full",
            "Error: cannot write the output: No space left on device; free some space",
        ),
    ],
)
def test_an_output_that_cannot_be_written_gets_one_line(here, shell, line):
    (here / "writing_policies.py").write_text(WRITING)
    done = run("export", "nginx", "writing_policies:api", shell=shell)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{line}\n")


def test_a_pipe_that_is_closed_ends_the_command_quietly(here):
    done = run("export", "nginx", "served_policies:api", shell="| true")
    assert done.stderr == ""


def test_without_standard_error_the_file_is_the_same(here):
    done = run("export", "nginx", "served_policies:api", shell="2>&-")
    shown = run("export", "nginx", "served_policies:api")
    assert (done.returncode, done.stdout) == (0, shown.stdout)
    assert run("export", "nginx", "served_policies:none", shell="2>&-").returncode == 2


def test_an_interrupted_command_prints_nothing(here):
    (here / "writing_policies.py").write_text(f"{WRITING}\nraise KeyboardInterrupt")
    done = run("export", "nginx", "writing_policies:api")
    assert (done.returncode, done.stdout) == (130, "")


# The same in this process, whose descriptors lead to files meanwhile

NOISY = """
import os
from wsgicors import Policy
print("printed")
os.write(1, b"descriptor 1\\n")
api = Policy("*")
"""


class Run(NamedTuple):
    """How the command has ended, and what it has written."""

    status: object
    stdout: str
    stderr: str


@pytest.fixture
def run_here(here, monkeypatch):
    """Run the command with a module of this text, and with an output of this path."""

    def run_here(text, policy="api", output=here / "stdout", errors=True):
        (here / "noisy_policies.py").write_text(text)
        sys.modules.pop("noisy_policies", None)
        paths = [output, here / "stderr"]
        saved = [os.dup(number) for number in (1, 2)]
        try:
            for number, path in enumerate(paths, 1):
                opened = os.open(path, os.O_WRONLY | os.O_CREAT)
                os.dup2(opened, number)
                os.close(opened)
            for number, name in enumerate(("stdout", "stderr"), 1):
                stream = io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8")
                monkeypatch.setattr(sys, name, stream)
            if not errors:
                os.close(2)
            with pytest.raises(SystemExit) as ended:
                main(["export", "nginx", f"noisy_policies:{policy}"])
        finally:
            for number, descriptor in enumerate(saved, 1):
                os.dup2(descriptor, number)
                os.close(descriptor)
            monkeypatch.undo()
            monkeypatch.chdir(here)
        written = [path.read_text("utf-8") if path.is_file() else "" for path in paths]
        return Run(ended.value.code, *written)

    return run_here


def test_a_file_is_printed_alone_and_then_what_the_module_has_written(run_here):
    done = run_here(NOISY)
    assert done.status == 0
    assert done.stdout.startswith("# The CORS policy noisy_policies:api (noisy_policies.py:6)")
    assert done.stdout.endswith("uwsgi_hide_header Access-Control-Max-Age;\n")
    assert sorted(done.stderr.splitlines()) == ["descriptor 1", "printed"]


def test_an_error_is_the_only_line(run_here):
    done = run_here(NOISY, "none")
    assert (done.status, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: ")


def test_an_interruption_is_passed_on(run_here):
    assert run_here(f"{NOISY}\nraise KeyboardInterrupt")[:2] == (130, "")


def test_a_full_disk_is_an_error(run_here):
    done = run_here(NOISY, output=Path("/dev/full"))
    assert (done.status, done.stderr) == (
        2,
        "Error: cannot write the output: No space left on device; free some space\n",
    )


def test_a_closed_standard_error_leads_nowhere(run_here):
    done = run_here(NOISY, errors=False)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.startswith("# The CORS policy")


def test_a_closed_pipe_is_passed_on(run_here, monkeypatch):
    def fail(descriptor, data):
        raise BrokenPipeError

    monkeypatch.setattr(capturing.os, "write", fail)
    assert run_here("from wsgicors import Policy\napi = Policy('*')").status == 141


def test_a_closed_standard_output_is_an_error(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(SystemExit) as ended:
        main(["export", "nginx", "served_policies:api"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("Error: standard output is closed; use a file")
