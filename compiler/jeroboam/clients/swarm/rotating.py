"""What a swarm makes anew itself: its join tokens, the CA of its nodes, the key that unlocks managers.

Facts: a rotation of the CA is over once every node that is listed has a certificate of the new one, so that
one that is gone for good holds it up for ever (swarmkit, ca/reconciler.go); join tokens hold the CA's digest,
and change with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from time import monotonic, sleep
from typing import Any

from jeroboam.clients.swarm.api import DockerApi, OutdatedError, SwarmState
from jeroboam.model.client import ClientError
from jeroboam.model.rotation import AfterPhase

PAUSE_SECONDS = 2.0
CA_SECONDS = 900.0
"""How long all nodes may take to get a certificate of the new CA."""
_CHANGES = 5
_PUBLISHED = "the leader has etcd know the workers' token within a minute; until then no worker joins"


class SwarmRotation:
    """The Rotator of a swarm."""

    def __init__(self, api: DockerApi) -> None:
        self._api = api

    def after_phase(self, what: AfterPhase) -> Iterator[str]:
        """As the protocol has it."""
        match what:
            case AfterPhase.ROTATE_JOIN_TOKENS:
                self._change(_same, rotate_worker_token=True, rotate_manager_token=True)
                yield f"the old join tokens are refused; {_PUBLISHED}"
            case AfterPhase.ROTATE_CA:
                yield from self._another_ca()
            case AfterPhase.ROTATE_UNLOCK_KEY:
                self._require_lock()
                self._change(_same, rotate_manager_unlock_key=True)
                yield (
                    "managers have another unlock key, and each writes it down within a minute: restart none "
                    "until then; keep a copy of /var/lib/jeroboam/swarm-unlock-key where you keep secrets"
                )

    def ready_for(self, what: str) -> tuple[str, ...]:
        """What a reader should know before. Raises ClientError where it could not be carried out."""
        if what == "autolock":
            self._require_lock()
        if what == "swarm-ca":
            gone = sorted(node.name for node in self._api.nodes() if node.state != "ready")
            if gone:
                raise ClientError(
                    f"the swarm lists nodes that are gone: {', '.join(gone)}; until they are back, or "
                    "removed, a new CA never takes the place of the old one",
                    "bring them back, or remove each for good: docker node rm --force NODE",
                )
        return ()

    def _another_ca(self) -> Iterator[str]:
        before = self._api.swarm()
        if before.rotating:
            yield "a new CA is on its way already; waiting for it"
        else:
            self._change(_another_ca)
        end, said = monotonic() + CA_SECONDS, -1
        while True:
            now, roots = self._api.swarm(), self._api.trust_roots()
            new = sum(root == now.root for root in roots.values())
            if not now.rotating and new == len(roots):
                break
            if new != said and now.rotating:
                said = new
                yield f"{len(roots)} nodes get certificates of the new CA"
            if monotonic() > end:
                late = [node.name for node in self._api.nodes() if roots.get(node.id) != now.root]
                raise ClientError(
                    f"not every node has a certificate of the new CA: {', '.join(sorted(late))}",
                    "bring them back, or remove them; the same command then goes on",
                )
            sleep(PAUSE_SECONDS)
        yield (
            f"all {len(roots)} nodes have certificates of the new CA; the old join tokens are refused; "
            f"{_PUBLISHED}"
        )

    def _require_lock(self) -> None:
        if not self._api.autolocked():
            raise ClientError("the swarm's managers are not locked, so there is no key", "set swarm.autolock")

    def _change(self, spec: Callable[[SwarmState], Mapping[str, Any]], **anew: bool) -> None:
        for _ in range(_CHANGES):
            swarm = self._api.swarm()
            try:
                self._api.change(swarm, spec(swarm), **anew)
            except OutdatedError:
                sleep(PAUSE_SECONDS / 10)
            else:
                return
        raise ClientError("the swarm is changed by somebody else all the time", unreachable=True)


def _same(swarm: SwarmState) -> Mapping[str, Any]:
    return swarm.spec


def _another_ca(swarm: SwarmState) -> Mapping[str, Any]:
    """As `docker swarm ca --rotate` has it: a higher number, and no certificate of the user's."""
    config = dict(swarm.spec.get("CAConfig") or {})
    return {**swarm.spec, "CAConfig": {**config, "ForceRotate": int(config.get("ForceRotate", 0)) + 1}}
