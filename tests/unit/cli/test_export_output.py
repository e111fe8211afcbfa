"""``wsgicors export`` prints its file alone, whatever the code of a module writes."""

import re
import shlex
import subprocess
import sys

import pytest

from wsgicors._exporting import SERVERS

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
