"""What a swarm makes anew itself, on nodes that boot, while a service of it is asked; the old is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.labs.nodes.mirror.serve import Mirror
from tests.nodes import flannel
from tests.nodes.answers import answering, by_machine
from tests.nodes.asking import ran, until
from tests.nodes.clusters import BUSYBOX, Shape, deployed
from tests.nodes.swarm import PORT, SERVE, Swarm

pytestmark = pytest.mark.nodes

SHAPE = Shape("swarm", more=f"{flannel.spec('host-gw')}swarm: {{autolock: true}}\n")
KEY = "/var/lib/jeroboam/swarm-unlock-key"
ROOT = "docker info --format '{{.Swarm.Cluster.TLSInfo.TrustRoot}}'"
MINUTES = 150


@pytest.fixture(scope="module")
def swarm(tmp_path_factory: pytest.TempPathFactory, mirror: Mirror) -> Iterator[Swarm]:
    with deployed(tmp_path_factory.mktemp("spec"), "s-swarm", SHAPE) as up:
        found = Swarm(up)
        assert until(found.is_whole, 300), found.listed()
        spread = f"--mode global --endpoint-mode dnsrr --publish mode=host,published={PORT},target=80"
        ran(
            found.master, f"docker service create --detach --quiet --name web {spread} {BUSYBOX} {SERVE}", 300
        )
        yield found


def test_join_tokens_are_replaced(swarm: Swarm) -> None:
    old = _token(swarm)
    _rotate(swarm, "tokens")
    assert _token(swarm) != old
    assert not _joins(swarm, old)
    assert until(lambda: _joins(swarm, _token(swarm)), MINUTES)
    assert until(lambda: "published the workers' join token" in _upkeep(swarm), MINUTES)


def test_the_ca_of_the_swarm_is_replaced(swarm: Swarm) -> None:
    old, root = _token(swarm), ran(swarm.master, ROOT)
    _rotate(swarm, "swarm-ca")
    assert ran(swarm.master, ROOT) != root
    of_nodes = (
        "docker node inspect $(docker node ls --quiet) --format '{{json .Description.TLSInfo.TrustRoot}}'"
    )
    assert len(set(ran(swarm.master, of_nodes).splitlines())) == 1
    assert not _joins(swarm, old)


def test_the_unlock_key_is_replaced_and_written_down(swarm: Swarm) -> None:
    old = ran(swarm.master, f"cat {KEY}")
    _rotate(swarm, "autolock")
    now = ran(swarm.master, "docker swarm unlock-key --quiet")
    assert now != old
    assert until(lambda: ran(swarm.master, f"cat {KEY}") == now, MINUTES)
    ran(swarm.master, "systemctl restart docker")
    locked = "docker info --format '{{.Swarm.LocalNodeState}}'"
    assert until(lambda: ran(swarm.master, locked) == "locked", 60)
    assert swarm.master.run(f"echo {old} | docker swarm unlock", seconds=60).returncode != 0
    ran(swarm.master, f"docker swarm unlock <{KEY}")
    assert until(swarm.is_whole, 120), swarm.listed()


def _rotate(swarm: Swarm, what: str) -> None:
    """While the page of the worker is asked for from the worker, none of which is lost."""
    up, worker = swarm.up, swarm.worker
    assert until(lambda: not by_machine(lambda: worker, f"http://127.0.0.1:{PORT}/hostname")(), 120)
    with answering(what, by_machine(lambda: worker, f"http://127.0.0.1:{PORT}/hostname")) as answers:
        done = up.cluster.run("rotate", up.cluster.spec.name, what, "--yes")
    print(done.text)
    up.notes.append(f"{answers}\n")
    print(answers)
    assert done.code == 0, done.text
    assert answers.failed == 0
    assert until(swarm.is_whole, 120), swarm.listed()


def _token(swarm: Swarm) -> str:
    return ran(swarm.master, "docker swarm join-token --quiet worker")


def _joins(swarm: Swarm, token: str) -> bool:
    """Whether the swarm's CA signs for who has such a token: asked by a worker that leaves and comes back."""
    ran(swarm.worker, "docker swarm leave", 60)
    address = swarm.master.server.ports[0].address
    done = swarm.worker.run(f"docker swarm join --token {token} {address}:2377", seconds=120)
    if done.returncode:
        again = ran(swarm.master, "docker swarm join-token --quiet worker")
        ran(
            swarm.worker, f"docker swarm leave --force; docker swarm join --token {again} {address}:2377", 120
        )
    assert until(lambda: _is_whole_again(swarm), 240), swarm.listed()
    return done.returncode == 0


def _is_whole_again(swarm: Swarm) -> bool:
    """What left is not listed any more, as a new CA would wait for it."""
    gone = "docker node ls --format '{{.ID}} {{.Status}}' | awk '/Down/ {print $1}'"
    ran(swarm.master, f"for it in $({gone}); do docker node rm $it; done")
    return swarm.is_whole() and "Down" not in ran(swarm.master, "docker node ls --format '{{.Status}}'")


def _upkeep(swarm: Swarm) -> str:
    return ran(swarm.master, "journalctl --unit jeroboam-swarm --no-pager")
