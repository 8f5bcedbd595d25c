"""Swarms whose nodes are machines, each with a Docker of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from jeroboam.pipeline import plan_spec
from jeroboam.secrets.recipes import made
from tests.daemons.machine import Machine, machine, switch
from tests.daemons.nodes import become
from tests.support.cases import ROOT

Secrets = Mapping[str, str]
PROGRAMS = Path(os.environ.get("PROGRAMS", ROOT / ".tools" / "daemons"))
SPEC = """\
spec_version: 1
kind: cluster
name: ci
coe: swarm
distro: ubuntu
image: some
keypair: ops
network: {external_network: public, cidr: 10.8.0.0/24}
container_network: {driver: docker}
runtime: {storage_driver: vfs, cgroup_driver: cgroupfs}
masters: {count: 3, flavor: small}
node_groups: [{name: web, count: 1, flavor: small, node_labels: {tier: web, disk: fast}}]
swarm: {autolock: true, availability_of_managers: drain, task_history_limit: 3}
"""
ADDRESSES = {f"ci-master-{i}": f"10.8.0.{5 + i}" for i in range(3)} | {"ci-web-0": "10.8.0.20"}


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Machine]]:
    """Every node by name, before its first step: managers that lock themselves, a group with labels."""
    with _cluster(SPEC, ADDRESSES, tmp_path_factory) as (up, _):
        yield up


@pytest.fixture(scope="session")
def flannel_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Machine]]:
    """A manager and a worker with Flannel, before their first step."""
    spec = SPEC.replace("driver: docker", "driver: flannel, backend: {type: host-gw}").replace(
        "count: 3", "count: 1"
    )
    addresses = {name: ADDRESSES[name] for name in ("ci-master-0", "ci-web-0")}
    with _cluster(spec, addresses, tmp_path_factory) as (up, _):
        yield up


@pytest.fixture(scope="module")
def rolled_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mapping[str, Machine], Secrets]]:
    """Three managers and two workers that all run tasks, before their first step; with their secrets."""
    spec = SPEC.replace("count: 1", "count: 2").replace(
        "autolock: true, availability_of_managers: drain, ", ""
    )
    with _cluster(spec, ADDRESSES | {"ci-web-1": "10.8.0.21"}, tmp_path_factory) as cluster:
        yield cluster


@contextmanager
def _cluster(
    spec: str, addresses: Mapping[str, str], folders: pytest.TempPathFactory
) -> Iterator[tuple[Mapping[str, Machine], Secrets]]:
    path = folders.mktemp("spec") / "cluster.yaml"
    path.write_text(spec, encoding="utf-8")
    model = plan_spec(str(path)).value
    assert model is not None
    secrets = made(model.secrets, {}, random=Random(7), now=datetime.now(UTC))
    masters = tuple(address for name, address in addresses.items() if "master" in name)
    with ExitStack() as running:
        network = running.enter_context(switch())
        up = {}
        for name, address in addresses.items():
            root = folders.mktemp("root")
            up[name] = running.enter_context(machine(root, PROGRAMS, name, f"{address}/24", network))
            become(up[name], model, secrets, masters)
        yield up, secrets
