"""Stacks by Heat's own API, without `jeroboam deploy`: create, wait, delete, and what a project has."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.cloud.clusters import OWN
from tests.labs.cloud.settings import settings
from tests.support.cases import CompiledTexts
from tests.support.command import jeroboam

PAUSE_SECONDS = 0.5
NESTED = 5


class Stack(NamedTuple):
    """One stack, by both its names."""

    name: str
    id: str

    @property
    def path(self) -> str:
        return f"/stacks/{self.name}/{self.id}"


def create(heat: Any, bundle: CompiledTexts, secrets: Mapping[str, str], *, minutes: int = 10) -> Stack:
    """Asks for it; `heat` is a connection's `orchestration`."""
    body = {
        "stack_name": bundle.name,
        "template": yaml.load(bundle.files[bundle.hot], Loader=yaml.CSafeLoader),
        "files": {f"file:///{path}": bundle.files[path] for path in bundle.templates[1:]},
        "parameters": dict(secrets),
        "timeout_mins": minutes,
    }
    answer = heat.post("/stacks", json=body)
    assert answer.status_code == 201, answer.text
    return Stack(bundle.name, answer.json()["stack"]["id"])


def secrets(spec: Path) -> dict[str, str]:
    """What `jeroboam secrets` makes for a spec, as parameters; the keypairs that they name are there."""
    file = spec.with_suffix(".secrets.yaml")
    cloud = {"HOME": str(spec.parent), "OS_CLIENT_CONFIG_FILE": str(settings().clouds), "OS_CLOUD": OWN}
    commands: tuple[list[str | Path], ...] = (
        ["secrets", spec, "-o", file],
        ["keypairs", spec, "--secrets", file],
    )
    for words in commands:
        done = jeroboam(words, env=cloud)
        assert done.returncode == 0, done.stderr
    parameters: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8"))["parameters"]
    return parameters


def wait(heat: Any, stack: Stack, action: str, *, seconds: float = 900) -> str:
    """Until `action` (CREATE, UPDATE, DELETE) ended: COMPLETE, FAILED with the reason, or what is open."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = heat.get(stack.path)
        if answer.status_code == 404 and action == "DELETE":
            return "COMPLETE"
        if answer.ok:
            found = answer.json()["stack"]
            done, _, status = found["stack_status"].partition("_")
            if done == action and status == "FAILED":
                return f"FAILED: {found['stack_status_reason']}"
            # DELETE_COMPLETE comes before its users are given back to Keystone, and its name is free.
            if done == action and status == "COMPLETE" and (action != "DELETE" or found["deletion_time"]):
                return "COMPLETE"
        time.sleep(PAUSE_SECONDS)
    return f"still in progress after {seconds:.0f} s: {', '.join(unfinished(heat, stack))}"


def taken_out(heat: Any, name: str, *nodes: str, seconds: float = 300) -> None:
    """Has a stack be without the servers of exactly these nodes, such as `default-0`; waits for its end."""
    found = heat.find_stack(name)
    stack = Stack(found.name, found.id)
    answer = heat.patch(stack.path, json={"parameters": {"out": ",".join(nodes)}})
    assert answer.status_code == 202, answer.text
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        now = heat.get_stack(stack.id)
        # The update before this one has a time of its own.
        if now.status == "UPDATE_COMPLETE" and now.updated_at != found.updated_at:
            return
        assert not now.status.endswith("FAILED"), now.status_reason
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"still in progress after {seconds:.0f} s: {', '.join(unfinished(heat, stack))}")


def unfinished(heat: Any, stack: Stack) -> Sequence[str]:
    """The resources that are not complete, nested ones too, with what Heat says of each."""
    answer = heat.get(f"{stack.path}/resources", params={"nested_depth": NESTED})
    return [
        f"{r['resource_name']} {r['resource_status']} {r['resource_status_reason']}"
        for r in (answer.json()["resources"] if answer.ok else ())
        if not r["resource_status"].endswith("COMPLETE")
    ]


def delete(heat: Any, stack: Stack) -> str:
    """Deletes it, its keypairs too, and waits; COMPLETE, or what hinders."""
    compute = heat._get_connection().compute
    heat.delete(stack.path)
    ended = wait(heat, stack, "DELETE")
    for keypair in compute.keypairs():
        if keypair.name.startswith(f"jeroboam-{stack.name}-"):
            compute.delete_keypair(keypair.name)
    return ended


def belongings(connection: Any) -> dict[str, list[str]]:
    """Names of all that a project has: what must be the same before a stack and after it."""
    network = connection.network
    project = connection.current_project_id

    def names(things: Any) -> list[str]:
        return sorted(thing.name or thing.id for thing in things)

    return {
        "servers": names(connection.compute.servers()),
        "server groups": names(connection.compute.server_groups()),
        "volumes": names(connection.block_storage.volumes()),
        "networks": names(network.networks(project_id=project)),
        "routers": names(network.routers(project_id=project)),
        "ports": names(network.ports(project_id=project)),
        "floating IPs": names(network.ips(project_id=project)),
        "security groups": names(
            g for g in network.security_groups(project_id=project) if g.name != "default"
        ),
        "load balancers": names(connection.load_balancer.load_balancers()),
        "keypairs": names(connection.compute.keypairs()),
        "stacks": sorted(s["stack_name"] for s in connection.orchestration.get("/stacks").json()["stacks"]),
    }
