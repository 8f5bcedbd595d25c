"""The steps of a swarm against real daemons of Docker: who begins, who joins, how, and what is seen of it."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.daemons.machine import Machine
from tests.daemons.nodes import STEPS

pytestmark = [pytest.mark.daemons, pytest.mark.xdist_group("daemons")]

TRACE = ("strace", "--follow-forks", "--trace=execve", "--string-limit=10000", "--output=/var/log/programs")
"""Notes every program that a step starts, with its arguments."""
LIST = ("docker", "node", "ls", "--format")
LISTED = "{{.Hostname}} {{.Status}} {{.Availability}} {{with .ManagerStatus}}{{.}}{{end}}"
Nodes = Mapping[str, Machine]


def _ran(machine: Machine, *words: str, given: str | None = None) -> str:
    done = machine.run(*words, given=given)
    assert done.returncode == 0, (machine.name, words, done.stdout, done.stderr)
    return done.stdout


def _step(machine: Machine, name: str, *before: str) -> subprocess.CompletedProcess[str]:
    return machine.run(*before, "bash", f"/opt/jeroboam/steps/{name}.sh", timeout=100)


def _until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True


def _lines(text: str) -> list[list[str]]:
    return sorted(line.split() for line in text.splitlines())


def _listed(manager: Machine) -> list[list[str]]:
    return _lines(_ran(manager, *LIST, LISTED))


def _listed_now(manager: Machine) -> list[list[str]]:
    """Nothing where managers have no leader: they answer with an error until one is elected."""
    return _lines(manager.run(*LIST, LISTED).stdout)


def _state(machine: Machine) -> str:
    return machine.run("docker", "info", "--format", "{{.Swarm.LocalNodeState}}").stdout.strip()


@pytest.fixture(scope="module")
def swarm(nodes: Nodes) -> Nodes:
    """The nodes after their steps, all booted at once as Heat makes them."""

    def boot(machine: Machine) -> None:
        for step in STEPS[machine.name.split("-")[1]]:
            # It would wait for a daemon that a step leaves behind.
            done = _step(machine, step, *(TRACE if step.startswith("65") else ()))
            log = machine.at("/var/log/docker.log").read_text("utf-8")[-2000:] if done.returncode else ""
            assert done.returncode == 0, (machine.name, step, done.stdout, done.stderr, log)

    with ThreadPoolExecutor() as pool:
        list(pool.map(boot, nodes.values()))
    return nodes


def test_all_nodes_booted_at_once_are_one_swarm(swarm: Nodes) -> None:
    nodes = _listed(swarm["ci-master-0"])
    assert [node[:3] for node in nodes] == [
        ["ci-master-0", "Ready", "Drain"],
        ["ci-master-1", "Ready", "Drain"],
        ["ci-master-2", "Ready", "Drain"],
        ["ci-web-0", "Ready", "Active"],
    ]
    assert [" ".join(node[3:]) for node in nodes] == ["Leader", "Reachable", "Reachable", ""]


def test_no_token_is_on_a_command_line_or_in_a_log(swarm: Nodes) -> None:
    manager = swarm["ci-master-0"]
    tokens = [
        _ran(manager, "docker", "swarm", "join-token", "--quiet", role).strip()
        for role in ("manager", "worker")
    ]
    assert len(set(tokens)) == 2
    assert all(re.fullmatch(r"SWMTKN-1-[0-9a-z]+-[0-9a-z]+", token) for token in tokens)
    for machine in swarm.values():
        logs = {
            path: path.read_text("utf-8", "replace")
            for path in machine.at("/var/log").iterdir()
            if path.is_file()
        }
        started = next(text for path, text in logs.items() if path.name == "programs")
        assert "execve(" in started
        assert not [path.name for path, text in logs.items() for token in tokens if token in text]


def test_a_manager_tells_nobody_without_the_clusters_certificate(swarm: Nodes) -> None:
    worker, manager = swarm["ci-web-0"], swarm["ci-master-0"]
    ask = (
        "docker",
        "--host",
        f"tcp://{manager.address}:2376",
        "--tls",
        "--tlscacert",
        "/run/jeroboam/join/ca.crt",
    )
    identity = "/run/jeroboam/join/client"
    known = (*ask, "--tlsverify", "--tlscert", f"{identity}.crt", "--tlskey", f"{identity}.key", "version")
    assert "Server" in _ran(worker, *known)
    refused = worker.run(*ask, "swarm", "join-token", "--quiet", "worker")
    assert refused.returncode != 0
    assert "certificate required" in refused.stderr
    strange = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=swarm-join")
    _ran(worker, *strange, "-keyout", "/tmp/strange.key", "-out", "/tmp/strange.crt")
    own = (*ask, "--tlscert", "/tmp/strange.crt", "--tlskey", "/tmp/strange.key")
    assert worker.run(*own, "swarm", "join-token", "--quiet", "worker").returncode != 0


def test_a_second_run_of_the_steps_changes_nothing(swarm: Nodes) -> None:
    manager, worker = swarm["ci-master-1"], swarm["ci-web-0"]
    before = _listed(manager)
    assert "in the swarm already" in _step(manager, "65-manager").stdout
    assert "in the swarm already" in _step(worker, "65-join").stdout
    assert _listed(manager) == before


def test_labels_of_the_group_become_the_swarms(swarm: Nodes) -> None:
    for machine in swarm.values():
        if "master" in machine.name:
            _ran(machine, "bash", "/opt/jeroboam/keep.sh")
    labels = _ran(
        swarm["ci-master-0"], "docker", "node", "inspect", "ci-web-0", "--format", "{{.Spec.Labels}}"
    )
    assert labels == "map[disk:fast tier:web]\n"


def test_a_restarted_manager_is_locked_until_its_step_unlocks_it(swarm: Nodes) -> None:
    manager, other = swarm["ci-master-2"], swarm["ci-master-0"]
    key = manager.at("/var/lib/jeroboam/swarm-unlock-key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text("utf-8") == other.at("/var/lib/jeroboam/swarm-unlock-key").read_text("utf-8")
    _ran(manager, "systemctl", "restart", "docker.service")
    assert _until(lambda: _state(manager) == "locked")
    done = _step(manager, "65-manager")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert _step(manager, "95-health").returncode == 0


def test_a_replaced_worker_takes_its_predecessors_place(swarm: Nodes) -> None:
    worker, manager = swarm["ci-web-0"], swarm["ci-master-0"]
    first = _ran(worker, "docker", "info", "--format", "{{.Swarm.NodeID}}").strip()
    rotated = _ran(manager, "docker", "swarm", "join-token", "--rotate", "--quiet", "worker")
    _ran(worker, "docker", "swarm", "leave", "--force")
    assert _until(lambda: [node[1] for node in _listed_now(manager) if node[0] == "ci-web-0"] == ["Down"])
    done = _step(worker, "65-join")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert rotated.strip() not in done.stdout + done.stderr
    assert _until(
        lambda: [n[1] for n in _listed_now(manager) if n[0] == "ci-web-0" and n[1] != "Down"] == ["Ready"]
    )
    said = _ran(manager, "bash", "/opt/jeroboam/keep.sh")
    assert f"removing the node {first}, which ci-web-0 has replaced" in said
    assert [node[1] for node in _listed(manager) if node[0] == "ci-web-0"] == ["Ready"]


def test_a_replaced_first_manager_joins_and_its_predecessor_is_forgotten(swarm: Nodes) -> None:
    lost, other = swarm["ci-master-0"], swarm["ci-master-1"]
    _ran(lost, "systemctl", "stop", "docker.socket", "docker.service")
    _ran(lost, "rm", "-rf", "/var/lib/docker", "/var/lib/jeroboam", "/etc/docker/pki")
    assert _until(lambda: ["ci-master-0", "Down"] in [node[:2] for node in _listed_now(other)])
    for step in STEPS["master"]:
        done = _step(lost, step)
        assert done.returncode == 0, (step, done.stdout, done.stderr)
    nodes = _listed(other)
    assert [node[0] for node in nodes] == ["ci-master-0", "ci-master-1", "ci-master-2", "ci-web-0"]
    assert {node[1] for node in nodes} == {"Ready"}
    assert sum("Leader" in node for node in nodes) == 1
