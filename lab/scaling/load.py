"""Load by wrk, from the same machine: requests a second, latency, and CPU time of the servers."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

SCRIPT = Path(__file__).with_name("wrk.lua")


class Load(NamedTuple):
    """What one run of wrk has measured."""

    requests: int
    per_second: float
    median: float
    """Microseconds until the response, as the client sees it."""
    cpu: Mapping[str, float]
    """Microseconds of CPU time for a request, by the name of the server."""


Processes = Callable[[], Sequence[psutil.Process]]


def put_under_load(
    url: str,
    method: str,
    headers: Mapping[str, str],
    servers: Mapping[str, Processes],
    *,
    connections: int,
    seconds: int,
) -> Load:
    """Send one request again and again, on connections that are kept.

    :param servers: their processes, whose CPU time is measured.
    :raises RuntimeError: if a request failed.
    """
    lines = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = [find_wrk(), "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT), *lines]
    before = _cpu_seconds(servers)
    run = subprocess.run([*command, url, "--", method], capture_output=True, text=True, check=True)
    after = _cpu_seconds(servers)
    done = json.loads(run.stdout.splitlines()[-1])
    number = done["requests"]
    if done["failed"] or not number:
        raise RuntimeError(f"{done['failed']} of {number} requests to {url} failed")
    cpu = {name: (after[name] - before[name]) / number * 1e6 for name in servers}
    return Load(number, number / done["microseconds"] * 1e6, done["median"], cpu)


def find_wrk() -> str:
    """Return the path of wrk, or fail."""
    path = shutil.which("wrk")
    if path is None:
        raise RuntimeError("`make scaling` needs wrk; use: sudo apt-get install wrk")
    return path


def _cpu_seconds(servers: Mapping[str, Processes]) -> dict[str, float]:
    return {
        name: sum(sum(process.cpu_times()[:2]) for process in processes())
        for name, processes in servers.items()
    }
