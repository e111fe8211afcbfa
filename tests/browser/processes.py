"""Programs that run while a test needs them."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import TypeVar

import pytest

T = TypeVar("T")

PATIENCE = 60
"""Seconds until a program that starts or stops counts as stuck."""

GRACE = 5
"""Seconds that a program has to end by itself."""


def find(package: str, *programs: str) -> str:
    """Return the path of one of the programs, or fail and name the Debian package that has it."""
    for program in programs:
        if path := shutil.which(program):
            return path
    pytest.fail(missing(programs[0], package))


def missing(program: str, package: str) -> str:
    """Say what to do about a program that is not installed."""
    return (
        f"this test needs {program}, which is not installed; "
        f"use: sudo apt-get install --no-install-recommends {package}"
    )


@contextmanager
def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    pass_fds: Sequence[int] = (),
    output: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends, and end all that it has started as well.

    It ends with this process, too, even if that one is killed.

    :param output: where it prints to, errors included.
    """
    process = subprocess.Popen(
        [find("util-linux", "setpriv"), "--pdeathsig", "TERM", "--", *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=pass_fds,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group of processes: ask first, and do not wait for those that do not obey."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue
    process.wait(PATIENCE)


def wait_until(ready: Callable[[], T | None], process: subprocess.Popen[bytes], what: str) -> T:
    """Return what a program has to say as soon as it does."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if (result := ready()) is not None:
            return result
        if process.poll() is not None:
            pytest.fail(f"{what} has exited with status {process.returncode}")
        sleep(0.02)
    pytest.fail(f"{what} has not started within {PATIENCE} seconds")


@contextmanager
def home() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield an empty directory, and an environment for a program that lives in it."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as text:
        directory = Path(text)
        kept = {
            name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ
        }
        (directory / "run").mkdir(mode=0o700)
        yield (
            directory,
            kept
            | {
                "HOME": text,
                "LANG": "C.UTF-8",
                "XDG_RUNTIME_DIR": str(directory / "run"),
            },
        )


@contextmanager
def display() -> Iterator[str]:
    """Run an X server without a screen, and yield its name: engines draw with WebGL on it."""
    program = find("xvfb", "Xvfb")
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as answers, home() as (_, environment):
        os.set_blocking(reading, False)
        command = [program, "-displayfd", str(writing), "-screen", "0", "1600x1200x24"]
        with running([*command, "-nolisten", "tcp"], environment, [writing]) as process:
            os.close(writing)
            number = wait_until(lambda: answers.read() or None, process, "Xvfb")
            yield f":{int(number)}"
