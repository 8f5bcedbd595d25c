"""Requests sent one after another while something is done to a cluster: how many failed, and for how long."""

from __future__ import annotations

import base64
import ssl
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import NamedTemporaryFile

import yaml

from tests.labs.nodes.machine import Machine

PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 10
"""The balancers here have no health monitor: each connection finds anew, in 3 s, that a member is away."""


@dataclass
class Answers:
    """What was answered so far; `longest` is the most seconds between two answers."""

    what: str
    asked: int = 0
    longest: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        return self.failures.total()

    def __str__(self) -> str:
        why = ", ".join(f"{count} {words}" for words, count in self.failures.items())
        return (
            f"{self.what}: {self.failed} of {self.asked} failed{f' ({why})' if why else ''}, "
            f"{self.longest:.1f} s between answers at most"
        )


@contextmanager
def answering(what: str, ask: Callable[[], str]) -> Iterator[Answers]:
    """Asks again and again, one request at a time, until the block ends; `ask` says what failed, if any."""
    seen, ended = Answers(what), threading.Event()
    thread = threading.Thread(target=_ask, args=(ask, seen, ended), daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _ask(ask: Callable[[], str], seen: Answers, ended: threading.Event) -> None:
    last = time.monotonic()
    while not ended.wait(PAUSE_SECONDS):
        problem = ask()
        seen.asked += 1
        now = time.monotonic()
        if problem:
            seen.failures[problem] += 1
        else:
            seen.longest = max(seen.longest, now - last)
            last = now
    seen.longest = max(seen.longest, time.monotonic() - last)


def by_api(url: str, kubeconfig: str) -> Callable[[], str]:
    """Asks an API server for objects, with the certificate of a kubeconfig of kubeadm's."""
    (user,) = yaml.safe_load(kubeconfig)["users"]
    context = ssl.create_default_context()
    # Certificates have nodes' addresses, and the API is asked by another.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with NamedTemporaryFile() as file:
        for part in ("certificate", "key"):
            file.write(base64.b64decode(user["user"][f"client-{part}-data"]))
        file.flush()
        context.load_cert_chain(file.name)

    def ask() -> str:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS, context=context):
                return ""
        except OSError as problem:
            return str(problem)

    return ask


def by_machine(machine: Callable[[], Machine], url: str) -> Callable[[], str]:
    """Asks for a page from a machine, which may be another one each time."""
    words = f"curl --silent --fail --max-time {PATIENCE_SECONDS} --output /dev/null {url}"

    def ask() -> str:
        done = machine().run(words, seconds=2 * PATIENCE_SECONDS)
        return f"exit {done.returncode}" if done.returncode else ""

    return ask
