"""What a test can do to the cloud while it runs: faults of the fake layer, services that end, quotas."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import ADDRESS, PASSWORD, ROOT, settings

POINTS = ("nova-spawn", "nova-attach", "neutron-bind", "cinder-create", "octavia")
"""Each concerns the name of a server, a server, a port, a volume, a load balancer."""
QUOTAS = {
    "compute": ("/os-quota-sets/{project}", "quota_set"),
    "block_storage": ("/os-quota-sets/{project}", "quota_set"),
    "network": ("/quotas/{project}", "quota"),
    "load_balancer": ("/lbaas/quotas/{project}", "quota"),
}
"""Where each service takes a project's quotas, and the key of the document."""


@contextmanager
def failing(point: str, pattern: str, reason: str) -> Iterator[None]:
    """While the block runs, what matches the regular expression fails at one of POINTS.

    Nova's own ports have no name: `neutron-bind` with `.*` concerns those too.
    """
    with _fault(point, f"{pattern} error {reason}"):
        yield


@contextmanager
def delayed(point: str, pattern: str, seconds: float) -> Iterator[None]:
    """While the block runs, what matches the regular expression takes so much longer at one of POINTS."""
    with _fault(point, f"{pattern} delay {seconds}"):
        yield


@contextmanager
def without(service: str, *, how: str = "kill") -> Iterator[None]:
    """While the block runs, the service is ended by `stop` or `kill`, or hangs by `pause`."""
    command(how, service)
    try:
        yield
    finally:
        command("resume" if how == "pause" else "start", service)


def unheard(exchange: str, topic: str) -> None:
    """What a service sends under the topic is lost from now on, until the broker has been away."""
    current = settings()
    unbind = "import sys, kombu; kombu.Connection(sys.argv[1]).channel().queue_unbind(*sys.argv[2:])"
    broker = f"amqp://cloud:{PASSWORD}@{ADDRESS}:{current.port(5672)}//"
    subprocess.run((current.programs / "python", "-c", unbind, broker, topic, exchange, topic), check=True)


@contextmanager
def setting(name: str, value: int) -> Iterator[None]:
    """While the block runs, the setting has another value, for instance `token-seconds`; services restart."""
    before = getattr(settings().chosen, name.replace("-", "_"))
    command("set", name, str(value))
    try:
        yield
    finally:
        command("set", name, str(before))


@contextmanager
def quota(service: str, project: str, **limits: int) -> Iterator[None]:
    """While the block runs, a project has these limits in one of the services of QUOTAS."""
    admin = connect(settings(), "jeroboam-admin")
    path, key = QUOTAS[service]
    path = path.format(project=admin.identity.find_project(project).id)
    api = getattr(admin, service)
    api.put(path, json={key: limits}).raise_for_status()
    try:
        yield
    finally:
        api.delete(path).raise_for_status()


def command(*words: str) -> str:
    """`python -m tests.labs.cloud WORDS`; its output. Raises CalledProcessError."""
    program = (sys.executable, "-m", "tests.labs.cloud")
    done = subprocess.run([*program, *words], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


@contextmanager
def _fault(point: str, line: str) -> Iterator[None]:
    assert point in POINTS, point
    assert " " not in line.split(" error ")[0].split(" delay ")[0], "a pattern has no blanks; use \\s"
    with _lines(point) as lines:
        lines.append(line)
    try:
        yield
    finally:
        with _lines(point) as lines:
            lines.remove(line)


@contextmanager
def _lines(point: str) -> Iterator[list[str]]:
    """What is written of a point, to be changed; tests that run side by side wait for each other."""
    with (settings().folder / "faults" / point).open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = file.read().splitlines()
        yield lines
        file.truncate(0)
        file.write("".join(f"{line}\n" for line in lines))
