"""The steps of a swarm against real daemons of Docker: who begins, who joins, how, and what is seen of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

import pytest

from tests.daemons.etcd import ROOTS_ALONE, Etcd
from tests.daemons.held import identities
from tests.daemons.machine import Machine
from tests.daemons.nodes import RUN, STEPS, boot, ran, step, until

pytestmark = [pytest.mark.daemons, pytest.mark.xdist_group("daemons")]

TRACE = ("strace", "--follow-forks", "--trace=execve", "--string-limit=10000", "--output=/var/log/programs")
"""Notes every program that a step starts, with its arguments."""
LIST = ("docker", "node", "ls", "--format")
LISTED = "{{.Hostname}} {{.Status}} {{.Availability}} {{with .ManagerStatus}}{{.}}{{end}}"
KEY = "/jeroboam/swarm/worker-token"
Nodes = Mapping[str, Machine]


def _lines(text: str) -> list[list[str]]:
    return sorted(line.split() for line in text.splitlines())


def _listed(manager: Machine) -> list[list[str]]:
    return _lines(ran(manager, *LIST, LISTED))


def _listed_now(manager: Machine) -> list[list[str]]:
    """Nothing where managers have no leader: they answer with an error until one is elected."""
    return _lines(manager.run(*LIST, LISTED).stdout)


def _kept(swarm: Nodes) -> str:
    """What the managers' timer does, once."""
    managers = [machine for name, machine in swarm.items() if "master" in name]
    return "".join(ran(machine, "bash", RUN, "/opt/jeroboam/keep.sh") for machine in managers)


def _state(machine: Machine) -> str:
    return machine.run("docker", "info", "--format", "{{.Swarm.LocalNodeState}}").stdout.strip()


@pytest.fixture(scope="module")
def swarm(nodes: Nodes) -> Nodes:
    """The nodes after their steps, all booted at once as Heat makes them."""
    # Not a step that leaves a daemon behind: it would wait for that.
    boot(nodes.values(), {"65-manager": TRACE, "65-join": TRACE})
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
        ran(manager, "docker", "swarm", "join-token", "--quiet", role).strip()
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


def _told(machine: Machine, address: str, port: int, identity: str | None) -> str:
    """All that a manager answers at a port to requests that its Docker API would answer."""
    proof = ("--cert", f"{identity}.crt", "--key", f"{identity}.key") if identity else ()
    paths = ("_ping", "version", "info", "swarm", "secrets")
    urls = [f"{scheme}://{address}:{port}/{path}" for scheme in ("https", "http") for path in paths]
    limits = ("--silent", "--insecure", "--connect-timeout", "5", "--max-time", "10")
    return machine.run("curl", *limits, *proof, *urls).stdout


def test_nothing_that_a_worker_holds_opens_a_docker_api(swarm: Nodes) -> None:
    worker, manager = swarm["ci-web-0"], swarm["ci-master-0"]
    held = identities(worker)
    # Its proof to etcd, and the swarm's own of what it is.
    assert {name for name, _ in held} >= {"swarm-join", "swarm-node"}
    managers = [machine for name, machine in swarm.items() if "master" in name]
    for machine in managers:
        for port in (2375, 2376, 2377, 2379, 2380, 4789, 7946):
            for _, identity in (*held, ("nobody", None)):
                told = _told(worker, machine.address, port, identity)
                assert not re.search("Version|SWMTKN|JoinTokens|Containers", told), (port, identity, told)
    # What the same requests get whom the API trusts.
    assert "SWMTKN" in _told(manager, managers[1].address, 2376, "/etc/docker/pki/server")


def test_a_worker_reads_its_own_token_in_etcd_and_nothing_else(swarm: Nodes) -> None:
    worker, manager = swarm["ci-web-0"], swarm["ci-master-0"]
    token = ran(manager, "docker", "swarm", "join-token", "--quiet", "worker").strip()
    own = "/run/jeroboam/join/client"
    for ask in (Etcd(worker, own, machine.address) for name, machine in swarm.items() if "master" in name):
        assert ask.ran("get", "--print-value-only", KEY).stdout.strip() == token
        assert ask.refused(
            ("get", "--prefix", ""), ("get", "--prefix", KEY), ("get", "/jeroboam/swarm"), ("put", KEY, "x"),
            ("del", KEY), ("put", "/jeroboam/swarm/else", "x"), ("watch", "--prefix", "/jeroboam"),
            *ROOTS_ALONE,
        ) == []  # fmt: skip
    # Its HTTP gateway knows nobody by a certificate.
    post = ("curl", "--silent", "--insecure", "--cert", f"{own}.crt", "--key", f"{own}.key")
    url = f"https://{manager.address}:2379/v3/kv/range"
    key = base64.b64encode(KEY.encode()).decode()
    answer = ran(worker, *post, "--data", f'{{"key": "{key}"}}', url)
    assert "CommonName of client" in answer
    assert token not in answer
    # A certificate of its own making is nobody's.
    strange = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=root")
    ran(worker, *strange, "-keyout", "/tmp/strange.key", "-out", "/tmp/strange.crt")
    ran(worker, "cp", "/run/jeroboam/join/ca.crt", "/tmp/ca.crt")
    assert Etcd(worker, "/tmp/strange", manager.address).run("get", KEY).returncode != 0


def test_the_managers_token_is_not_in_etcd(swarm: Nodes) -> None:
    manager = swarm["ci-master-0"]
    everything = Etcd(manager, "/etc/etcd/pki/root", manager.address).ran("get", "--prefix", "").stdout
    assert everything.splitlines()[0] == KEY
    assert len(everything.splitlines()) == 2
    assert ran(manager, "docker", "swarm", "join-token", "--quiet", "manager").strip() not in everything


def test_a_second_run_of_the_steps_changes_nothing(swarm: Nodes) -> None:
    manager, worker = swarm["ci-master-1"], swarm["ci-web-0"]
    before = _listed(manager)
    assert "in the swarm already" in step(manager, "65-manager").stdout
    assert "in the swarm already" in step(worker, "65-join").stdout
    assert _listed(manager) == before


def test_labels_of_the_group_become_the_swarms(swarm: Nodes) -> None:
    _kept(swarm)
    labels = ran(
        swarm["ci-master-0"], "docker", "node", "inspect", "ci-web-0", "--format", "{{.Spec.Labels}}"
    )
    assert labels == "map[disk:fast tier:web]\n"


def test_a_restarted_manager_is_locked_until_its_step_unlocks_it(swarm: Nodes) -> None:
    manager, other = swarm["ci-master-2"], swarm["ci-master-0"]
    key = manager.at("/var/lib/jeroboam/swarm-unlock-key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_text("utf-8") == other.at("/var/lib/jeroboam/swarm-unlock-key").read_text("utf-8")
    ran(manager, "systemctl", "restart", "docker.service")
    assert until(lambda: _state(manager) == "locked")
    done = step(manager, "65-manager")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert step(manager, "95-health").returncode == 0


def test_a_node_whose_overlay_packets_are_lost_is_not_up(swarm: Nodes) -> None:
    """Docker calls it active, and the managers call it ready."""
    worker, manager = swarm["ci-web-0"], swarm["ci-master-0"]
    assert step(worker, "95-health").returncode == 0
    settings = worker.at("/etc/jeroboam/cluster.env")
    before = settings.read_text("utf-8")
    settings.write_text(f"{before}JEROBOAM_BOOTSTRAP_SECONDS=4\n", "utf-8")
    lost = ("INPUT", "--protocol", "udp", "--dport", "4789", "--jump", "DROP")
    ran(worker, "iptables", "--insert", *lost)
    try:
        done = step(worker, "95-health")
        assert ["ci-web-0", "Ready"] in [node[:2] for node in _listed(manager)]
    finally:
        ran(worker, "iptables", "--delete", *lost)
        settings.write_text(before, "utf-8")
    assert done.returncode == 1
    said = "timed out waiting for a packet in the overlay network ingress to reach a manager at UDP port 4789"
    assert done.stderr.splitlines()[-1] == said


def test_a_replaced_worker_takes_its_predecessors_place(swarm: Nodes) -> None:
    worker, manager = swarm["ci-web-0"], swarm["ci-master-0"]
    first = ran(worker, "docker", "info", "--format", "{{.Swarm.NodeID}}").strip()
    rotated = ran(manager, "docker", "swarm", "join-token", "--rotate", "--quiet", "worker")
    assert "published the workers' join token" in _kept(swarm)
    ran(worker, "docker", "swarm", "leave", "--force")
    assert until(lambda: [node[1] for node in _listed_now(manager) if node[0] == "ci-web-0"] == ["Down"])
    done = step(worker, "65-join")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert rotated.strip() not in done.stdout + done.stderr
    assert until(
        lambda: [n[1] for n in _listed_now(manager) if n[0] == "ci-web-0" and n[1] != "Down"] == ["Ready"]
    )
    assert f"removing the node {first}, which ci-web-0 has replaced" in _kept(swarm)
    assert [node[1] for node in _listed(manager) if node[0] == "ci-web-0"] == ["Ready"]


def test_a_replaced_first_manager_joins_and_its_predecessor_is_forgotten(swarm: Nodes) -> None:
    lost, other = swarm["ci-master-0"], swarm["ci-master-1"]
    ran(lost, "systemctl", "stop", "docker.socket", "docker.service")
    ran(lost, "systemctl", "stop", "etcd.service")
    ran(
        lost,
        "rm",
        "-rf",
        "/var/lib/docker",
        "/var/lib/jeroboam",
        "/etc/docker/pki",
        "/var/lib/etcd",
        "/etc/etcd",
    )
    assert until(lambda: ["ci-master-0", "Down"] in [node[:2] for node in _listed_now(other)])
    for name in STEPS["master"]:
        done = step(lost, name)
        assert done.returncode == 0, (name, done.stdout, done.stderr)
    nodes = _listed(other)
    assert [node[0] for node in nodes] == ["ci-master-0", "ci-master-1", "ci-master-2", "ci-web-0"]
    assert {node[1] for node in nodes} == {"Ready"}
    assert sum("Leader" in node for node in nodes) == 1
    asked = Etcd(swarm["ci-web-0"], "/run/jeroboam/join/client", lost.address)
    assert asked.ran("get", "--print-value-only", KEY).stdout.startswith("SWMTKN-1-")
    assert asked.refused(("get", "--prefix", ""), *ROOTS_ALONE) == []
