"""The Mesos steps as the compiler hands them to a node, run for real; only daemons are played."""

from __future__ import annotations

import json
import socketserver
import subprocess
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from jeroboam import plugins
from jeroboam.drivers.mesos.rotations import AGENTS_BYTES, ROTATIONS
from jeroboam.model.types import ClusterModel, HeatFact, Role
from jeroboam.pipeline import plan_spec
from jeroboam.secrets.recipes import made
from jeroboam.userdata.environment import environment_text
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node, node_of
from tests.support.cases import GOLDEN

MASTERS = "0=127.0.0.1 1=127.0.0.2 2=127.0.0.3"
MESOS = r"""
case "$*" in *:5050/* | *:5051/* | *:8080/*) ;; *) exec /usr/bin/curl "$@" ;; esac
for word; do :; done
case "$*" in *"--config -"*) head -n 1 >>"$JEROBOAM_ROOT/logins" ;; esac
path=${word#http://*/}
host=${word#http://}
file=$JEROBOAM_ROOT/up/${host%%/*}/$(printf %s "$path" | tr / _)
[ -e "$file" ] || exit 22
cat "$file"
"""
"""curl that plays daemons: up/<address>:<port>/<path> holds the answer, for redirects the URL."""


class ZooKeeper(socketserver.ThreadingTCPServer):
    """Answers four-letter words at a free port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        self.state = "follower"
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                word = self.request.recv(4).decode()
                answer = {"ruok": "imok", "mntr": f"zk_version\t3.9.5\nzk_server_state\t{server.state}\n"}
                self.request.sendall(answer.get(word, "").encode())

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> str:
        """Where it listens."""
        return str(self.server_address[1])


@pytest.fixture
def zookeeper() -> Iterator[ZooKeeper]:
    """A ZooKeeper that serves."""
    server = ZooKeeper()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def model() -> ClusterModel:
    """Three masters, Flannel, attributes."""
    planned = plan_spec(str(GOLDEN / "mesos/flatcar/ha/cluster.yaml")).value
    assert planned is not None
    return planned


def _node(
    tmp_path: Path,
    model: ClusterModel,
    role: Role,
    name: str,
    cloud: Cloud,
    port: str,
    masters: str = MASTERS,
    **known: str,
) -> Node:
    """A node of a role, with all that user data gives it, and stubs for what would change this machine."""
    secrets = known | made(model.secrets, known, random=Random(1), now=datetime(2026, 1, 1, tzinfo=UTC))
    facts = {
        HeatFact.MASTER_ADDRESSES: masters,
        HeatFact.SUBNET_CIDR: "10.0.0.0/24",
        HeatFact.ETCD_VOLUMES: "",
        HeatFact.DOCKER_VOLUMES: "",
    }
    node = node_of(tmp_path, role, name, cloud, secrets, facts, JEROBOAM_ZOOKEEPER_PORT=port)
    node.stub("curl", MESOS, quiet=True)
    node.stub("ip", "echo 127.0.0.1 dev ens3 src 10.0.0.77 uid 0", quiet=True)
    node.stub("docker", '[ "$1 $2" != "image inspect" ] || exit 1')
    for stub in ("systemctl", "modprobe", "sysctl", "journalctl"):
        node.stub(stub)
    _answers(node)
    return node


def _answers(node: Node, leader: str = "127.0.0.2") -> None:
    """All daemons work, and a master leads; an agent with our address is registered."""
    for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
        node.place(f"up/{address}:5050/health", "")
        node.place(f"up/{address}:5050/master_redirect", f"http://{leader}:5050/")
        node.place(f"up/{address}:8080/ping", "pong\n")
    node.place("up/10.0.0.77:5051/health", "")
    agents = [{"id": "S0", "hostname": "10.0.0.77", "port": 5051}]
    node.place(f"up/{leader}:5050/slaves", _listing(agents, []))


def _listing(agents: list[dict[str, object]], remembered: list[dict[str, object]]) -> str:
    return json.dumps({"slaves": agents, "recovered_slaves": remembered}, separators=(",", ":"))


def _step(node: Node, name: str) -> subprocess.CompletedProcess[str]:
    return node.run_script(f"opt/jeroboam/steps/{name}.sh")


@pytest.fixture
def master(tmp_path: Path, model: ClusterModel, cloud: Cloud, zookeeper: ZooKeeper) -> Node:
    """The first of three masters."""
    return _node(tmp_path, model, model.roles[0], "analytics-master-0", cloud, zookeeper.port)


@pytest.fixture
def agent(tmp_path: Path, model: ClusterModel, cloud: Cloud, zookeeper: ZooKeeper) -> Node:
    """An agent whose index is that of a master."""
    return _node(tmp_path, model, model.roles[1], "analytics-batch-0", cloud, zookeeper.port)


# --- masters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 2])
def test_a_masters_number_is_its_index_and_one(
    tmp_path: Path, model: ClusterModel, cloud: Cloud, zookeeper: ZooKeeper, index: int
) -> None:
    masters = " ".join(f"{i}=127.0.0.1" if i == index else f"{i}=10.0.0.{i}" for i in range(3))
    name = f"analytics-master-{index}"
    node = _node(tmp_path, model, model.roles[0], name, cloud, zookeeper.port, masters)
    for _ in range(2):
        done = _step(node, "60-zookeeper")
        assert done.returncode == 0, done.stderr
        assert node.text("var/lib/zookeeper/data/myid") == f"{index + 1}\n"
    servers = [line for line in node.text("etc/zookeeper/zoo.cfg").splitlines() if line.startswith("server.")]
    assert servers == [f"server.{i + 1}={masters.split()[i].partition('=')[2]}:2888:3888" for i in range(3)]
    assert "systemctl enable --quiet zookeeper.service" in node.called()


def test_mesos_master_waits_for_a_majority_and_keeps_its_secrets_to_itself(
    master: Node, zookeeper: ZooKeeper, model: ClusterModel
) -> None:
    done = _step(master, "65-mesos-master")
    assert done.returncode == 0, done.stderr
    options = dict(line.split("=", 1) for line in master.text("etc/mesos/master.options").splitlines())
    assert options["MESOS_ZK"] == "zk://127.0.0.1:2181,127.0.0.2:2181,127.0.0.3:2181/mesos"
    assert (options["MESOS_IP"], options["MESOS_QUORUM"]) == ("127.0.0.1", "2")
    listed = json.loads(master.text("etc/mesos/credentials.json"))["credentials"]
    assert all(len(entry["secret"]) == 32 for entry in listed)
    for name in ("credentials.json", "master.options", "acls.json"):
        assert master.mode(f"etc/mesos/{name}") == 0o600
    zookeeper.state = "leaderless"
    master.environment(
        {"JEROBOAM_MASTER_ADDRESSES": MASTERS},
        **dict.fromkeys(("JEROBOAM_MESOS_AGENT_SECRET", "JEROBOAM_MESOS_MARATHON_SECRET"), ""),
        JEROBOAM_MESOS_ADMIN_PASSWORD="",
        JEROBOAM_ZOOKEEPER_PORT=zookeeper.port,
        JEROBOAM_MESOS_PORT="5050",
        JEROBOAM_BOOTSTRAP_SECONDS="10",
    )
    done = _step(master, "65-mesos-master")
    assert done.returncode == 1
    assert "timed out waiting for a majority of the ZooKeepers" in done.stderr


def _agent_values() -> list[str]:
    """The credential of agents before its rotation, in each phase, and in those of the next rotation."""
    rotation = next(it for it in ROTATIONS if it.what == "agents")
    (name,) = rotation.secrets
    found = [b64encode(b"a" * 32).decode()]
    for letter in (b"b", b"c"):
        old, new = found[-1], b64encode(letter * 32).decode()
        found += [phase.values({name: old}, {name: new})[name] for phase in rotation.phases]
    return found


def test_masters_accept_what_agents_have_a_phase_before_and_after(master: Node) -> None:
    said = []
    for value in _agent_values():
        assert len(b64decode(value)) <= AGENTS_BYTES
        done = master.bash(
            f"JEROBOAM_MESOS_AGENT_SECRET={value}; use credentials; read_agents; "
            'echo "$AGENT:$AGENT_SECRET $OTHER_AGENT:$OTHER_AGENT_SECRET"'
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.split())
    has, accepted = [it[0] for it in said], [{*it} for it in said]
    assert has[0] == f"agent:{'a' * 32}"
    assert len({it.partition(":")[0] for it in has}) == 3
    for phase in (1, 2, 3, 4):
        # Agents are made anew first, then masters.
        assert {has[phase - 1], has[phase]} <= accepted[phase - 1]
        assert has[phase] in accepted[phase]
    assert has[0] not in accepted[2]
    assert has[2] not in accepted[4]


def test_both_credentials_of_agents_are_agents(
    tmp_path: Path, model: ClusterModel, cloud: Cloud, zookeeper: ZooKeeper
) -> None:
    node = _node(
        tmp_path, model, model.roles[0], "analytics-master-0", cloud, zookeeper.port,
        mesos_agent_secret=_agent_values()[1],
    )  # fmt: skip
    assert _step(node, "65-mesos-master").returncode == 0
    listed = json.loads(node.text("etc/mesos/credentials.json"))["credentials"]
    names = [it["principal"] for it in listed]
    assert names[0] == "agent"
    assert names[1].startswith("agent-")
    assert names[2:] == ["marathon", "admin"]
    assert [it["secret"] for it in listed[:2]] == ["a" * 32, "b" * 32]
    assert json.loads(node.text("etc/mesos/acls.json"))["register_agents"][0]["principals"] == {
        "values": names[:2]
    }


def test_marathon_is_asked_with_its_password_which_no_command_line_shows(master: Node) -> None:
    done = _step(master, "70-marathon")
    assert done.returncode == 0, done.stderr
    settings = dict(line.split("=", 1) for line in master.text("etc/mesos/marathon.options").splitlines())
    user, _, password = settings["MESOSPHERE_HTTP_CREDENTIALS"].partition(":")
    assert (user, len(password)) == ("admin", 32)
    assert master.text("logins") == f'user = "admin:{password}"\n'
    assert settings["MARATHON_MESOS_AUTHENTICATION"] == ""
    assert password not in "\n".join(master.called())


def test_a_master_is_up_when_a_leader_is_known(master: Node) -> None:
    assert _step(master, "95-master-health").returncode == 0
    for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
        (master.root / f"up/{address}:5050/master_redirect").unlink()
    done = master.bash("use masters mesos; has_leader && exit 9; echo none")
    assert done.stdout == "none\n", done.stderr


# --- agents ------------------------------------------------------------------------------------


def test_an_agent_starts_at_its_own_address(agent: Node) -> None:
    done = _step(agent, "70-mesos-agent")
    assert done.returncode == 0, done.stderr
    options = dict(line.split("=", 1) for line in agent.text("etc/mesos/agent.options").splitlines())
    assert (options["MESOS_IP"], options["MESOS_LAUNCHER"]) == ("10.0.0.77", "linux")
    assert options["MESOS_ATTRIBUTES"] == "rack:r12;slots:[1-4];tier:batch"
    agent.place("sys/fs/cgroup/cgroup.controllers", "cpu\n")
    assert _step(agent, "70-mesos-agent").returncode == 0
    assert "MESOS_LAUNCHER=posix" in agent.text("etc/mesos/agent.options")


def test_the_agents_image_is_mesos_own_with_this_nodes_docker(agent: Node) -> None:
    done = _step(agent, "55-agent-image")
    assert done.returncode == 0, done.stderr
    calls = [call for call in agent.called() if not call.startswith("docker rm")]
    upstream = "registry.example.org/mirror/mesos/mesos-centos:1.11.x"
    assert calls == [
        f"docker create --name jeroboam-agent-image {upstream} mesos-agent",
        f"docker cp {agent.root}/usr/local/bin/docker jeroboam-agent-image:/usr/bin/docker",
        "docker commit jeroboam-agent-image jeroboam/mesos-agent:1.11.0",
        "docker run --rm --network none jeroboam/mesos-agent:1.11.0 docker --version",
    ]


@pytest.mark.parametrize(("failures", "code"), [(1, 0), (3, 1)], ids=["now and then", "always"])
def test_an_agents_image_is_tried_again(agent: Node, failures: int, code: int) -> None:
    """By cgroup v1 a start may fail; an image that is no good always does."""
    stumbles = 'case $1 in run) echo run >>"$JEROBOAM_ROOT/runs"; [ "$(wc -l <"$JEROBOAM_ROOT/runs")" -gt '
    agent.stub("docker", f"{stumbles}{failures} ] ;; esac")
    done = _step(agent, "55-agent-image")
    assert done.returncode == code
    assert ("docker client does not run in" in done.stderr) is bool(code)


def test_an_agent_is_up_when_the_leader_lists_it_now(agent: Node) -> None:
    assert _step(agent, "95-agent-health").returncode == 0
    secret = json.loads('"' + agent.text("logins").split(":")[1].split('"')[0] + '"')
    assert len(secret) == 32
    ours: list[dict[str, object]] = [{"id": "S0", "hostname": "10.0.0.77"}]
    agent.place("up/127.0.0.2:5050/slaves", _listing([{"id": "S1", "hostname": "10.0.0.7"}], ours))
    agent.environment(
        {"JEROBOAM_MASTER_ADDRESSES": MASTERS},
        JEROBOAM_MESOS_AGENT_SECRET="",
        JEROBOAM_ZOOKEEPER_PORT="1",
        JEROBOAM_MESOS_PORT="5050",
        JEROBOAM_BOOTSTRAP_SECONDS="10",
    )
    done = _step(agent, "95-agent-health")
    assert done.returncode == 1
    assert "timed out waiting for agent analytics-batch-0 to be registered" in done.stderr


# --- control groups ----------------------------------------------------------------------------


def _version_2(agent: Node, systemd: int) -> None:
    agent.place("sys/fs/cgroup/cgroup.controllers", "cpu\n")
    agent.stub("systemctl", f'[ "$1" != --version ] || echo "systemd {systemd} ({systemd}.4-1)"')


def test_control_groups_version_1_are_left_alone(agent: Node) -> None:
    assert _step(agent, "12-cgroups").returncode == 0
    assert agent.called() == []


@pytest.mark.parametrize(
    ("distro", "kept_in", "line", "applied"),
    [
        (
            "ubuntu",
            "etc/default/grub.d/90-jeroboam.cfg",
            'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX systemd.unified_cgroup_hierarchy=0"',
            "update-grub ",
        ),
        (
            "flatcar",
            "oem/grub.cfg",
            'set linux_append="$linux_append systemd.unified_cgroup_hierarchy=0"',
            None,
        ),
        (
            "fedora-coreos",
            None,
            "--append-if-missing=systemd.unified_cgroup_hierarchy=0",
            "rpm-ostree kargs --append-if-missing=systemd.",
        ),
    ],
)
def test_version_2_is_changed_by_one_restart(
    agent: Node, distro: str, kept_in: str | None, line: str, applied: str | None
) -> None:
    _version_2(agent, 255)
    platform = plugins.platform(distro)
    assert platform
    agent.place(
        "etc/jeroboam/cluster.env",
        agent.text("etc/jeroboam/cluster.env") + environment_text(platform.environment),
    )
    for tool in ("update-grub", "rpm-ostree"):
        agent.stub(tool)
    if kept_in:
        (agent.root / kept_in).parent.mkdir(parents=True)
    done = _step(agent, "12-cgroups")
    assert "systemctl reboot" in agent.called(), done.stderr
    assert line in (agent.text(kept_in) if kept_in else "\n".join(agent.called()))
    assert [call.startswith(applied or "?") for call in agent.called()].count(True) == bool(applied)
    done = _step(agent, "12-cgroups")
    assert done.returncode == 1
    assert "supports cgroup v2 only" in done.stderr
    assert agent.called().count("systemctl reboot") == 1


def test_an_image_without_the_place_for_kernel_arguments_is_told_so(agent: Node) -> None:
    _version_2(agent, 255)
    done = _step(agent, "12-cgroups")
    assert (done.returncode, "systemctl reboot" in agent.called()) == (1, False)
    assert "kernel arguments cannot be set on this image, which has no /etc/default/grub.d" in done.stderr


def test_a_systemd_that_knows_version_2_alone_is_refused_at_once(agent: Node) -> None:
    _version_2(agent, 258)
    done = _step(agent, "12-cgroups")
    assert (done.returncode, "systemctl reboot" in agent.called()) == (1, False)
    assert "this image's systemd 258 supports cgroup v2 only" in done.stderr
