"""The door to a cluster's API: what a client of its COE is told of the nodes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.door import opened
from jeroboam.deploy.plan.effects import PORT
from jeroboam.model.client import Door
from tests.unit.deploy.roll.test_run import compiled, secrets
from tests.unit.deploy.wait.facts import resource, stack


def test_another_cluster_whose_name_begins_alike_is_not_taken_for_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each has its own network, and by default the same addresses there."""
    ports = [
        SimpleNamespace(id=id_, name=name, fixed_ips=[{"ip_address": "10.0.0.5"}])
        for id_, name in (("one", "prod-default-0"), ("two", "prod-eu-default-0"))
    ]
    network = SimpleNamespace(ports=lambda **_: ports)
    cloud: Any = SimpleNamespace(sdk=SimpleNamespace(network=network, current_project_id="p"))
    mine = replace(resource("default-0-port", PORT, "CREATE_COMPLETE"), physical_id="one")
    monkeypatch.setattr("jeroboam.deploy.door.resources", lambda *_: (mine,))
    doors: list[Door] = []
    monkeypatch.setattr("jeroboam.deploy.door.plugins.client", lambda _: doors.append)
    now = replace(stack("UPDATE_COMPLETE"), outputs={"api_url": "https://192.0.2.7:6443"})
    with opened(cloud, now, "prod", compiled().model.spec.coe, secrets().values):
        assert doors[0].addresses == {"prod-default-0": "10.0.0.5"}
