"""Whether workers that share nothing answer alike, also while one policy replaces another."""

import os
import signal
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from lab.scaling.application import APP, ORIGINS, PARTNER
from lab.scaling.asking import QUESTIONS, WIDENED, Answer, Given, Question, ask_all
from lab.scaling.serving import Proxy, Site, Workers, proxied, wait_until, workers


@dataclass(frozen=True)
class Same:
    """How alike workers answer."""

    requests: int
    workers: int
    questions: int
    answers: int
    """Different answers: one for each question, if all workers answer alike."""


@dataclass(frozen=True)
class Rollout:
    """What a page was answered before, during and after a deployment."""

    before: list[Given]
    during: list[Given]
    after: list[Given]

    @property
    def undecided(self) -> int:
        """Number of workers that have given both answers."""
        answers: dict[str | None, set[Answer]] = defaultdict(set)
        for given in (*self.before, *self.during, *self.after):
            answers[given.worker].add(given.answer)
        return sum(len(known) > 1 for known in answers.values())


class Deployment:
    """An app behind nginx whose origins can be replaced, worker by worker."""

    def __init__(self, file: Path, served: Workers, proxy: Proxy) -> None:
        self._file = file
        self.workers = served
        self.proxy = proxy

    def ask(self, *questions: Question) -> list[Given]:
        """Ask questions through nginx."""
        return ask_all(self.proxy.port, "named", questions)

    def add_worker(self, origins: Sequence[str]) -> None:
        """Have gunicorn start another worker, which allows other origins."""
        number = len(self.workers.processes())
        self._file.write_text("\n".join(origins), "utf-8")
        os.kill(self.workers.master.pid, signal.SIGTTIN)
        wait_until(lambda: len(self.workers.processes()) > number, "another worker has not started")

    def start_to_replace(self, origins: Sequence[str]) -> list[psutil.Process]:
        """Have gunicorn start new workers and end the old ones; return the old ones."""
        old = self.workers.processes()
        self._file.write_text("\n".join(origins), "utf-8")
        os.kill(self.workers.master.pid, signal.SIGHUP)
        return old


@contextmanager
def deployed(number: int) -> Iterator[Deployment]:
    """Serve the app with several workers."""
    with TemporaryDirectory(prefix="wsgicors-") as directory:
        file = Path(directory, "origins")
        file.write_text(APP, "utf-8")
        with (
            workers("named", number, {ORIGINS: str(file)}) as served,
            proxied({"named": Site(served)}) as proxy,
        ):
            yield Deployment(file, served, proxy)


def compare_workers(deployment: Deployment, requests: int) -> Same:
    """Ask until each worker has answered each question, with this many requests at least."""
    given: list[Given] = []
    wanted = len(deployment.workers.processes()) * len(QUESTIONS)

    def is_done() -> bool:
        given.extend(deployment.ask(*QUESTIONS * 20))
        pairs = {(each.worker, each.question) for each in given}
        return len(given) >= requests and len(pairs) == wanted

    wait_until(is_done, "a worker has not answered")
    return Same(
        requests=len(given),
        workers=len({each.worker for each in given}),
        questions=len(QUESTIONS),
        answers=len({(each.question, each.answer) for each in given}),
    )


def roll_out(deployment: Deployment, requests: int) -> Rollout:
    """Allow another origin, and ask as its page until the last old worker has ended, and after."""
    before = deployment.ask(*[WIDENED] * requests)
    old = deployment.start_to_replace([APP, PARTNER])
    during: list[Given] = []

    def is_done() -> bool:
        during.extend(deployment.ask(*[WIDENED] * requests))
        return not any(process.is_running() for process in old)

    wait_until(is_done, "an old worker has not ended")
    return Rollout(before, during, deployment.ask(*[WIDENED] * requests))
