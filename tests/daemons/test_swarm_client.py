"""The client of a swarm against a real one: three managers and two workers, drained, demoted and replaced."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.model.access import ClusterAccess
from jeroboam.model.client import Client, ClientError, Door, Member, Survivor
from jeroboam.secrets.issue import issued
from jeroboam.userdata.environment import HEAT_ENV
from tests.daemons.conftest import Secrets
from tests.daemons.etcd import Etcd
from tests.daemons.machine import Machine
from tests.daemons.nodes import RUN, STEPS, boot, ran, step, until
from tests.daemons.tunnel import tunnel

pytestmark = [pytest.mark.daemons, pytest.mark.long, pytest.mark.xdist_group("daemons")]

PORT = 2376
MANAGERS = ("ci-master-0", "ci-master-1", "ci-master-2")
WORKERS = ("ci-web-0", "ci-web-1")
IDLE = (
    "--entrypoint",
    "/bin/sleep",
    "--network",
    "host",
    "--restart-delay",
    "1s",
    "--stop-grace-period",
    "1s",
)
# A program of this machine with its libraries, for there is no registry here.
IMAGE = "tar --create --dereference /bin/sleep $(ldd /bin/sleep | grep -o '/[^ ]*') | docker import - idle"
# Docker asks for a namespace of time where the kernel has them; this distribution's runc may not know it.
RUNC = r"""#!/bin/bash
config=$(sed -n 's,.* --bundle \([^ ]*\) .*,\1/config.json,p' <<<" $* ")
[[ -z $config ]] || sed -i 's/,{"type":"time"}//' "$config"
exec /usr/sbin/runc "$@"
"""
Nodes = Mapping[str, Machine]


@pytest.fixture(scope="module")
def swarm(rolled_nodes: tuple[Nodes, Secrets]) -> Nodes:
    """The nodes after their steps, with an image and a service with a task on each."""
    nodes, _ = rolled_nodes
    for machine in nodes.values():
        machine.place("/usr/local/sbin/runc", RUNC, 0o755)
    boot(nodes.values())
    for machine in nodes.values():
        ran(machine, "bash", "-ec", IMAGE)
    _service(nodes, "web", "--replicas", "5")
    return nodes


@pytest.fixture(scope="module")
def door(
    swarm: Nodes, rolled_nodes: tuple[Nodes, Secrets], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    """A tunnel from a worker to whichever manager answers; the certificate is for the first one's address."""
    secrets = rolled_nodes[1]
    addresses = tuple(swarm[name].address for name in MANAGERS)
    driver = plugins.driver("swarm")
    assert driver
    access = ClusterAccess("ci", "https", addresses[0], PORT, addresses, frozenset(secrets))
    texts = issued(
        driver.credentials(access),
        secrets,
        random=Random(7),
        now=datetime.now(UTC),
        lifetime=timedelta(days=1),
    )
    assert isinstance(texts, dict)
    folder = tmp_path_factory.mktemp("credentials")
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    with tunnel(swarm["ci-web-0"], PORT, addresses) as port:
        yield Door("ci", "https", "127.0.0.1", port, addresses[0], addresses, folder)


class Patient:
    """A client that asks again where nobody answered, as while managers elect a leader on a busy machine."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __getattr__(self, name: str) -> Any:
        def ask(*words: Any) -> Any:
            end = time.monotonic() + 180
            while True:
                try:
                    return getattr(self.client, name)(*words)
                except ClientError as error:
                    if not error.unreachable or time.monotonic() > end:
                        raise
                time.sleep(1)

        return ask


@pytest.fixture(scope="module")
def client(door: Door) -> Patient:
    connect = plugins.client("swarm")
    assert connect
    return Patient(connect(door))


def _service(nodes: Nodes, name: str, *options: str) -> None:
    words = ("docker", "service", "create", "--quiet", "--detach", "--no-resolve-image", "--name", name)
    ran(nodes[MANAGERS[0]], *words, *IDLE, *options, "idle", "3600")


def _member(client: Patient, name: str) -> Member | None:
    return next((member for member in client.members() if member.name == name), None)


def _drained(client: Patient, name: str) -> bool:
    return until(lambda: client.drain(name) == ())


def _running(swarm: Nodes, service: str = "web") -> list[str]:
    """The nodes of the tasks that run, as docker lists them."""
    words = ("docker", "service", "ps", service, "--format", "{{.Node}} {{.CurrentState}}")
    managers = (swarm[name].run(*words) for name in MANAGERS)
    lines = next(done.stdout for done in managers if done.returncode == 0).splitlines()
    return sorted(line.split()[0] for line in lines if " Running " in line)


def _out(swarm: Nodes, name: str, *, keep: bool = False) -> None:
    """What is left of a node whose server went: nothing, or its docker volume."""
    ran(swarm[name], "systemctl", "stop", "docker.service")
    if not keep:
        ran(swarm[name], "rm", "-rf", "/var/lib/docker")


def _in(swarm: Nodes, client: Patient, name: str) -> None:
    manager = ("57-returning", "60-docker", "65-manager")
    for each in (*(manager if name in MANAGERS else ("60-docker", "65-join")), "95-health"):
        done = step(swarm[name], each)
        assert done.returncode == 0, (name, each, done.stdout, done.stderr)
    ran(swarm[name], "bash", "-ec", IMAGE)
    assert until(lambda: (member := _member(client, name)) is not None and member.ready)


def test_its_members_are_what_docker_lists(client: Patient, swarm: Nodes) -> None:
    members = {member.name: member for member in client.members()}
    version = ran(swarm[MANAGERS[0]], "docker", "version", "--format", "{{.Server.Version}}").strip()
    assert tuple(members) == MANAGERS + WORKERS
    assert [name for name, member in members.items() if member.manager] == [*MANAGERS]
    assert [member.leader for member in members.values()].count(True) == 1
    assert {(m.ready, m.takes_work, m.ours, m.version, m.why) for m in members.values()} == {
        (True, True, False, version, "")
    }
    assert client.problems(frozenset()) == ()
    assert client.problems(frozenset({MANAGERS[1]})) == ()
    assert client.problems(frozenset(MANAGERS[1:])) == (
        "1 of 3 managers are left without 'ci-master-1', 'ci-master-2', the swarm needs 2",
    )


def test_a_drained_worker_is_empty_and_comes_back(client: Patient, swarm: Nodes) -> None:
    name = WORKERS[0]
    assert until(lambda: len(_running(swarm)) == 5)
    assert name in _running(swarm)
    client.close(name)
    client.close(name)
    assert _drained(client, name)
    assert name not in _running(swarm)
    assert until(lambda: len(_running(swarm)) == 5)
    member = _member(client, name)
    assert member
    assert (member.ready, member.takes_work, member.ours) == (True, False, True)
    client.leave(name)
    client.open(name)
    client.open(name)
    member = _member(client, name)
    assert member
    assert (member.takes_work, member.ours) == (True, False)


def test_a_node_that_somebody_else_drained_stays_so(client: Patient, swarm: Nodes) -> None:
    name = WORKERS[1]
    update = ("docker", "node", "update", "--availability")
    ran(swarm[MANAGERS[0]], *update, "drain", name)
    client.close(name)
    client.open(name)
    member = _member(client, name)
    assert member
    assert (member.takes_work, member.ours) == (False, False)
    ran(swarm[MANAGERS[0]], *update, "active", name)


def test_what_a_drain_costs(client: Patient, swarm: Nodes) -> None:
    name = WORKERS[1]
    _service(
        swarm, "db", "--constraint", f"node.hostname=={name}", "--mount", "type=volume,src=data,dst=/data"
    )
    _service(swarm, "agent", "--mode", "global")
    _service(swarm, "away", "--constraint", f"node.hostname=={WORKERS[0]}")
    assert until(lambda: _running(swarm, "db") == [name] and name in _running(swarm, "agent"))
    assert client.obstacles(name) == (
        "the service 'agent' runs on every node: its task here has no successor meanwhile",
        f"the service 'db' has no other node that fits node.hostname=={name}: its tasks wait meanwhile",
        "the service 'db' keeps 'data' on this node: its tasks leave it behind",
        "containers that belong to no service stop with the node; the managers do not know them",
    )
    ran(swarm[MANAGERS[0]], "docker", "service", "rm", "agent", "away")
    client.close(name)
    assert _drained(client, name)
    client.open(name)
    assert until(lambda: _running(swarm, "db") == [name])
    ran(swarm[MANAGERS[0]], "docker", "service", "rm", "db")


def test_a_worker_is_replaced(client: Patient, swarm: Nodes) -> None:
    name = WORKERS[0]
    client.close(name)
    assert _drained(client, name)
    _out(swarm, name)
    client.forget(name)
    client.forget(name)
    assert _member(client, name) is None
    for ask in (client.close, client.leave, client.open):
        ask(name)
    assert (client.drain(name), client.obstacles(name)) == ((), ())
    _in(swarm, client, name)
    member = _member(client, name)
    assert member
    assert (member.takes_work, member.ours) == (True, False)


def test_managers_are_replaced_one_by_one_the_leader_last(client: Patient, swarm: Nodes) -> None:
    leader = next(member.name for member in client.members() if member.leader)
    for name in (*(other for other in MANAGERS if other != leader), leader):
        assert client.problems(frozenset({name})) == ()
        client.close(name)
        assert _drained(client, name)
        client.leave(name)
        client.leave(name)
        assert [member.name for member in client.members() if member.manager] == [
            m for m in MANAGERS if m != name
        ]
        _out(swarm, name)
        client.forget(name)
        assert _member(client, name) is None
        _in(swarm, client, name)
        assert until(lambda: client.problems(frozenset()) == ())
    assert until(lambda: len(_running(swarm)) == 5)
    assert [member.name for member in client.members() if member.manager and member.takes_work] == [*MANAGERS]


def test_a_manager_that_stays_after_all_votes_again(client: Patient) -> None:
    name = next(member.name for member in client.members() if member.leader)
    client.close(name)
    client.leave(name)
    client.open(name)
    assert until(lambda: client.problems(frozenset()) == ())
    member = _member(client, name)
    assert member
    assert (member.manager, member.leader, member.takes_work, member.ours) == (True, False, True, False)


@pytest.mark.parametrize("noticed", [False, True], ids=["at once", "later"])
def test_a_manager_comes_back_with_its_docker_volume(client: Patient, swarm: Nodes, noticed: bool) -> None:
    """Its server may stop before it has noticed that it is no manager; then its data say that it is one."""
    name = next(member.name for member in client.members() if member.manager and not member.leader)
    certificates = "/var/lib/docker/swarm/certificates"
    ran(swarm[name], "cp", "--archive", certificates, "/tmp/before")
    client.close(name)
    client.leave(name)
    ask = (swarm[name], "openssl", "x509", "-noout", "-subject", "-in", f"{certificates}/swarm-node.crt")
    assert until(lambda: "swarm-worker" in ran(*ask))
    _out(swarm, name, keep=True)
    if not noticed:
        ran(swarm[name], "rm", "-rf", certificates)
        ran(swarm[name], "mv", "/tmp/before", certificates)
        assert "swarm-manager" in ran(*ask)
    client.forget(name)
    _in(swarm, client, name)
    assert until(lambda: client.problems(frozenset()) == ())
    assert _voters(swarm[next(other for other in MANAGERS if other != name)]) == 3
    ran(swarm[name], "rm", "-rf", "/tmp/before")


def _voters(manager: Machine) -> int:
    """How many have a vote, by what Docker wrote of raft: `docker node ls` may not list all."""
    log = manager.at("/var/log/docker.log").read_text("utf-8")
    return len(re.findall(r"switched to configuration voters=\((.*?)\)", log)[-1].split())


def test_a_dead_manager_is_forgotten_and_the_last_majority_kept(client: Patient, swarm: Nodes) -> None:
    dead, other = [member.name for member in client.members() if member.manager and not member.leader]
    _out(swarm, dead)
    assert until(lambda: (member := _member(client, dead)) is not None and not member.ready)
    member = _member(client, dead)
    assert member
    assert member.why
    assert client.problems(frozenset({dead})) == ()
    assert client.problems(frozenset({other})) == (
        f"manager {dead!r} is not ready: {member.why}",
        f"1 of 3 managers are left without {other!r}, the swarm needs 2",
    )
    with pytest.raises(ClientError, match="loss of quorum") as refused:
        client.client.leave(other)
    assert refused.value.unreachable
    client.forget(dead)
    assert _member(client, dead) is None
    _in(swarm, client, dead)
    assert until(lambda: client.problems(frozenset()) == ())


def test_a_swarm_goes_on_from_the_manager_that_is_left(client: Patient, door: Door, swarm: Nodes) -> None:
    """By force, and its etcd with it; the others join anew, though their volumes have a majority's data."""
    left = MANAGERS[2]
    manager = swarm[left]
    ran(manager, "docker", "secret", "create", "kept", "-", given="hidden")
    tasks = _ids(swarm)
    for name in MANAGERS[:2]:
        _out(swarm, name, keep=True)
        ran(swarm[name], "systemctl", "stop", "etcd.service")
    assert until(lambda: manager.run("docker", "node", "ls").returncode != 0)
    connect = plugins.client("swarm")
    assert connect
    alone = connect(replace(door, addresses={left: manager.address}))
    assert isinstance(alone, Survivor)
    assert alone.survivor() == left
    mark = "5" * 12

    def went_on() -> bool:
        try:
            missing = alone.go_on_alone(mark)
        except ClientError as error:
            missing = error.message
        if "its etcd" in missing:
            ran(manager, "bash", RUN, "/opt/jeroboam/keep.sh")
        return not missing

    assert until(went_on)
    etcd = Etcd(manager, "/etc/etcd/pki/root", manager.address)
    assert etcd.ran("member", "list").stdout.count(", started, ") == 1
    for name in MANAGERS[:2]:
        client.forget(name)
        # Another server with the same volumes.
        heat = swarm[name].at(HEAT_ENV)
        heat.write_text(re.sub("(?m)^JEROBOAM_RESTORE=.*", f"JEROBOAM_RESTORE={'5' * 64}", heat.read_text()))
        ran(swarm[name], "rm", "-rf", "/var/lib/jeroboam", "/etc/docker/pki", "/etc/etcd")
        for each in STEPS["master"]:
            done = step(swarm[name], each)
            assert done.returncode == 0, (name, each, done.stdout, done.stderr)
        assert swarm[name].at(f"/var/lib/etcd/data-before-{mark}").is_dir()
        assert swarm[name].at(f"/var/lib/docker/swarm-before-{mark}").is_dir()
    assert until(lambda: client.problems(frozenset()) == ())
    assert [member.name for member in client.members() if member.manager] == [*MANAGERS]
    assert etcd.ran("member", "list").stdout.count(", started, ") == 3
    assert ran(manager, "docker", "secret", "ls", "--format", "{{.Name}}") == "kept\n"
    assert {*tasks} <= {*_ids(swarm)}, "what ran on workers does not any more"


def _ids(swarm: Nodes) -> list[str]:
    """The containers of workers."""
    return [it for name in WORKERS for it in ran(swarm[name], "docker", "ps", "--quiet").split()]
