"""Docker Swarm: its managers' Docker API."""

from __future__ import annotations

from jeroboam.model.client import Client, Door


def _connect(door: Door) -> Client:
    from jeroboam.clients.swarm.api import DockerApi
    from jeroboam.clients.swarm.client import SwarmClient

    return SwarmClient(DockerApi(door), door.addresses)


PLUGIN = _connect
