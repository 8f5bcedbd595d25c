"""A swarm of three managers and a worker, each a machine with a Docker of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from jeroboam.model.types import ClusterModel
from jeroboam.pipeline import plan_spec
from jeroboam.secrets.recipes import made
from tests.daemons.machine import Machine, machine, switch
from tests.daemons.nodes import become
from tests.support.cases import ROOT

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
def model(tmp_path_factory: pytest.TempPathFactory) -> ClusterModel:
    """Self-locking managers that run no tasks, and a group with labels."""
    spec = tmp_path_factory.mktemp("spec") / "cluster.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    planned = plan_spec(str(spec)).value
    assert planned is not None
    return planned


@pytest.fixture(scope="session")
def secrets(model: ClusterModel) -> Mapping[str, str]:
    """Real secrets."""
    return made(model.secrets, {}, random=Random(7), now=datetime.now(UTC))


@pytest.fixture(scope="session")
def nodes(
    model: ClusterModel, secrets: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Machine]]:
    """Every node of the cluster by name, as it is before its first step."""
    masters = tuple(ADDRESSES[f"ci-master-{i}"] for i in range(3))
    with ExitStack() as running:
        network = running.enter_context(switch())
        up = {}
        for name, address in ADDRESSES.items():
            root = tmp_path_factory.mktemp("root")
            up[name] = running.enter_context(machine(root, PROGRAMS, name, f"{address}/24", network))
            become(up[name], model, secrets, masters)
        yield up
