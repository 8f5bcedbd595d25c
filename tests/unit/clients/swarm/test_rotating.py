"""What a swarm makes anew itself, asked of a played Docker API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jeroboam import plugins
from jeroboam.clients.swarm import rotating
from jeroboam.drivers.swarm.rotations import ROTATIONS
from jeroboam.model.client import ClientError
from jeroboam.model.rotation import AfterPhase, Rotator
from tests.support.played_docker import PlayedSwarm


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedSwarm]:
    """A manager and two workers; pauses take no time, but the clock goes on."""
    paused: list[float] = []
    monkeypatch.setattr(rotating, "sleep", paused.append)
    monkeypatch.setattr(rotating, "monotonic", lambda: sum(paused))
    with PlayedSwarm(tmp_path) as played:
        played.add("prod-master-0", manager=True)
        for name in ("prod-web-0", "prod-web-1"):
            played.add(name)
        yield played


def rotator(swarm: PlayedSwarm) -> Rotator:
    connect = plugins.client("swarm")
    assert connect
    client = connect(swarm.door())
    assert isinstance(client, Rotator)
    return client


def after(swarm: PlayedSwarm, what: AfterPhase) -> list[str]:
    return list(rotator(swarm).after_phase(what, (), {}))


def test_both_join_tokens_are_made_anew(swarm: PlayedSwarm) -> None:
    (said,) = after(swarm, AfterPhase.ROTATE_JOIN_TOKENS)
    assert "old join tokens are refused" in said
    assert swarm.anew == ["rotateManagerToken", "rotateWorkerToken"]
    assert swarm.root == "root 0"


def test_a_new_ca_is_waited_for_until_each_node_has_a_certificate_of_it(swarm: PlayedSwarm) -> None:
    said = after(swarm, AfterPhase.ROTATE_CA)
    assert (swarm.root, swarm.anew) == ("root 1", [])
    roots = {node["Description"]["TLSInfo"]["TrustRoot"] for node in swarm.nodes.values()}
    assert roots == {"root 1"}
    assert said[-1].startswith("all 3 nodes have certificates of the new CA")


def test_one_that_is_on_its_way_is_not_begun_again(swarm: PlayedSwarm) -> None:
    swarm.root, swarm.rotations = "root 1", 1
    assert after(swarm, AfterPhase.ROTATE_CA)[0] == "a new CA is on its way already; waiting for it"
    assert swarm.rotations == 1


def test_nodes_that_are_gone_are_named_before_a_new_ca(swarm: PlayedSwarm) -> None:
    swarm.down("prod-web-1")
    with pytest.raises(ClientError, match=r"nodes that are gone: prod-web-1;") as refused:
        rotator(swarm).users_of_old("swarm-ca", {})
    assert "docker node rm --force" in str(refused.value.hint)
    assert rotator(swarm).users_of_old("tokens", {}) == ()


def test_a_node_that_goes_meanwhile_is_named_after_a_while(swarm: PlayedSwarm) -> None:
    swarm.down("prod-web-1")
    with pytest.raises(ClientError, match="not every node has a certificate of the new CA: prod-web-1"):
        after(swarm, AfterPhase.ROTATE_CA)


def test_the_unlock_key_is_made_anew_where_there_is_one(swarm: PlayedSwarm) -> None:
    with pytest.raises(ClientError, match="managers are not locked"):
        rotator(swarm).users_of_old("autolock", {})
    assert swarm.anew == []
    swarm.autolock = True
    assert rotator(swarm).users_of_old("autolock", {}) == ()
    (said,) = after(swarm, AfterPhase.ROTATE_UNLOCK_KEY)
    assert "/var/lib/jeroboam/swarm-unlock-key" in said
    assert swarm.anew == ["rotateManagerUnlockKey"]


def test_each_is_one_phase_without_a_node_made_anew() -> None:
    assert [it.what for it in ROTATIONS] == ["tokens", "swarm-ca", "autolock"]
    assert all(not it.secrets and len(it.phases) == 1 for it in ROTATIONS)
