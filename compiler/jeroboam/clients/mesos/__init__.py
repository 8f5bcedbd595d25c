"""Mesos: the operator API of its masters."""

from __future__ import annotations

from jeroboam.model.client import Client, Door


def _connect(door: Door) -> Client:
    from jeroboam.clients.mesos.api import MesosApi
    from jeroboam.clients.mesos.client import MesosClient

    return MesosClient(MesosApi(door), door.addresses)


PLUGIN = _connect
