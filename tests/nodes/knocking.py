"""Packets sent to doors, and which of them arrived: asked of both ends, so that no time-out decides."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple, Protocol

from tests.nodes.asking import until

SCRIPTS = Path(__file__).parent / "scripts"
KEPT = "/run/jeroboam-doors-{}"
"""There while the node's link is watched."""
ANSWER_SECONDS = 2
"""Linux repeats the first packet of a connection after one second."""
TCP, UDP, ICMP = 6, 17, 1


class Run(Protocol):
    """Runs a shell's command somewhere, as `Machine.run` does."""

    def __call__(self, command: str, *, seconds: float = 120) -> subprocess.CompletedProcess[str]: ...


class Door(NamedTuple):
    """A protocol's number, and a port where it has such."""

    protocol: int
    port: int | None

    def __str__(self) -> str:
        return {TCP: f"tcp {self.port}", UDP: f"udp {self.port}"}.get(self.protocol, f"ip {self.protocol}")


class Sender(NamedTuple):
    """Somebody who knocks."""

    name: str
    run: Run
    address: IPv4Address
    """As others see him."""
    source: IPv4Address | None = None
    """Which of his addresses he has to choose."""
    at: str | None = None
    """The target that he is on himself, whose doors he need not go by its link to."""


class Target(NamedTuple):
    """A node whose doors are tried."""

    name: str
    run: Run
    address: IPv4Address


class Seen(NamedTuple):
    """What became of a knock."""

    arrived: bool
    """A first packet came to the node's link."""
    answered: bool
    """A connection was made; of other protocols than TCP the same as above."""


def here(command: str, *, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    """On this side of the networks, where clients and load balancers are."""
    return subprocess.run(("bash", "-s"), input=command, capture_output=True, text=True, timeout=seconds)


def tried(
    senders: Sequence[Sender], targets: Sequence[Target], doors: Mapping[str, Iterable[Door]]
) -> Iterator[tuple[Sender, Target, Door, Seen]]:
    """Every door of every target, by its name, tried by every sender who is not on it, all at once."""
    asked = {target.name: sorted(set(doors[target.name]), key=str) for target in targets}
    with _watching(targets, asked) as arrivals, ThreadPoolExecutor(len(senders)) as pool:
        answers = list(pool.map(lambda sender: _knock(sender, targets, asked), senders))
    for sender, answered in zip(senders, answers, strict=True):
        for target in targets:
            for door in asked[target.name] if target.name != sender.at else ():
                arrived = (str(sender.address), *door) in arrivals[target.name]
                by_tcp = (target.name, door) in answered
                yield sender, target, door, Seen(arrived, by_tcp if door.protocol == TCP else arrived)


def _knock(
    sender: Sender, targets: Sequence[Target], asked: Mapping[str, Sequence[Door]]
) -> set[tuple[str, Door]]:
    """The doors of TCP that answered."""
    places = [(t, door) for t in targets if t.name != sender.at for door in asked[t.name]]
    words = {
        "source": sender.source and str(sender.source),
        "seconds": ANSWER_SECONDS,
        "doors": [(str(target.address), *door) for target, door in places],
    }
    return {(places[n][0].name, places[n][1]) for n in json.loads(_script(sender.run, "knock.py", words))}


@contextmanager
def _watching(
    targets: Sequence[Target], asked: Mapping[str, Sequence[Door]]
) -> Iterator[dict[str, set[tuple[str, int, int | None]]]]:
    """What arrives at each target while the block runs; the sets are full when it has ended."""
    arrivals: dict[str, set[tuple[str, int, int | None]]] = {}

    def keep(target: Target) -> None:
        listen = [door.port for door in asked[target.name] if door.protocol == TCP]
        words = {"address": str(target.address), "listen": listen, "file": KEPT.format(target.name)}
        seen = json.loads(_script(target.run, "keep.py", words))
        arrivals[target.name] = {(sender, protocol, port) for sender, protocol, port in seen}

    with ThreadPoolExecutor(len(targets)) as pool:
        keeping = [pool.submit(keep, target) for target in targets]
        try:
            for target, kept in zip(targets, keeping, strict=True):
                assert until(partial(_ready, target, kept), 60), target.name
            yield arrivals
        finally:
            for target in targets:
                target.run(f"rm -f {KEPT.format(target.name)}")
        for kept in keeping:
            kept.result()


def _ready(target: Target, keeping: Future[None]) -> bool:
    """Whether its link is watched; or never will be, as its end will tell."""
    return keeping.done() or target.run(f"test -e {KEPT.format(target.name)}").returncode == 0


def _script(run: Run, name: str, words: Mapping[str, object]) -> str:
    text = (SCRIPTS / name).read_text(encoding="utf-8")
    done = run(f"python3 -c {shlex.quote(text)} {shlex.quote(json.dumps(words))}")
    assert done.returncode == 0, (name, done.stderr)
    return done.stdout
