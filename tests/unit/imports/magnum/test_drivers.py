"""Templates of Magnum's seven drivers become specs that compile, and nothing of them is passed over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from jeroboam.imports.magnum import Imported, import_magnum
from jeroboam.imports.magnum.objects import NOTHING
from jeroboam.imports.magnum.table import magnum_table
from tests.support.magnum import DRIVERS, at, errors, judge, words

each = pytest.mark.parametrize("driver", DRIVERS, ids=lambda path: path.name)
EXPECTED: dict[str, dict[str, Any]] = {
    "k8s_fedora_coreos_v1": {
        "name": "prod-cluster-1", "tags": ["team-a", "gpu"], "coe": "kubernetes", "distro": "fedora-coreos",
        "image": "fedora-coreos-38", "keypair": "ops", "coe_version": None,
        "masters.count": 3, "masters.flavor": "m1.medium", "masters.floating_ip": False,
        "masters.etcd_volume": {"size": 20, "type": "nvme"}, "masters.availability_zones": ["az1"],
        "masters.boot_volume": {"size": 40, "type": "ssd"},
        "masters.docker_volume": {"size": 80, "type": "ssd"},
        "node_groups.name": "default", "node_groups.count": 4, "node_groups.flavor": "m1.xlarge",
        "node_groups.docker_volume": {"size": 80, "type": "ssd"}, "node_groups.floating_ip": False,
        "network.external_network": "public", "network.cidr": "10.20.0.0/24",
        "network.dns_nameservers": ["192.0.2.53", "192.0.2.54"],
        "network.api_allowed_cidrs": ["192.0.2.0/24", "198.51.100.0/24"],
        "api": {"load_balancer": True, "load_balancer_provider": "ovn", "floating_ip": True},
        "container_network": {"driver": "calico", "cidr": "10.128.0.0/16"},
        "runtime.storage_driver": "overlay2", "runtime.cgroup_driver": "systemd",
        "artifacts.image_registry": "registry.example.org/magnum", "timeouts.create_minutes": 90,
        "kubernetes.service_cidr": "10.250.0.0/16", "kubernetes.api_server_args": {"event-ttl": "2h"},
        "kubernetes.kubelet_args": {"max-pods": "90", "image-gc-high-threshold": "70"},
        "kubernetes.admission_plugins": ["NodeRestriction", "NamespaceLifecycle"],
        "kubernetes.addons": {
            name: {"enabled": True} for name in ("cloud_controller_manager", "cinder_csi", "metrics_server")
        },
    },
    "k8s_fedora_atomic_v1": {
        "name": "k8s-atomic", "distro": "fedora-atomic", "masters.docker_volume": {"size": 5},
        "masters.floating_ip": True, "node_groups.floating_ip": True, "api.floating_ip": True,
        "api.load_balancer": False, "runtime": None, "container_network": {
            "driver": "flannel", "cidr": "10.64.0.0/14", "subnet_len": 25, "backend": {"type": "host-gw"},
        },
    },
    "k8s_coreos_v1": {
        "name": "coreos-ci", "distro": "flatcar", "network.fixed_network": "tenant-net",
        "network.fixed_subnet": "tenant-subnet", "network.cidr": None, "node_groups.count": 2,
        "container_network.backend.type": "udp",
        "runtime.insecure_registries": ["registry.lab.example.org:5000"],
        "proxy.http": "http://proxy.example.org:3128/",
        "proxy.no_proxy": ["localhost", "192.0.2.10", ".example.org"],
    },
    "k8s_fedora_ironic_v1": {
        "distro": "fedora-coreos", "masters.flavor": "baremetal", "node_groups.flavor": "baremetal",
        "network.fixed_network": "provision",
    },
    "swarm_fedora_atomic_v1": {
        "coe": "swarm", "coe_version": None, "distro": "fedora-atomic", "kubernetes": None,
        "container_network": {
            "driver": "flannel", "cidr": "10.101.0.0/16", "subnet_len": 26, "backend": {"type": "vxlan"},
        },
        "node_groups.docker_volume": {"size": 20, "type": "ssd"}, "runtime": None,
    },
    "swarm_fedora_atomic_v2": {
        "coe": "swarm", "masters.count": 3, "node_groups.count": 3, "container_network.driver": "docker",
        "api.load_balancer": True, "masters.availability_zones": ["nova"],
        "runtime.storage_driver": "overlay2",
    },
    "mesos_ubuntu_v1": {
        "coe": "mesos", "distro": "ubuntu", "container_network.driver": "docker",
        "mesos.isolation": [
            "filesystem/posix", "posix/cpu", "posix/mem", "filesystem/linux", "docker/runtime",
        ],
        "mesos.agent_args": {
            "image_providers": "docker",
            "executor_environment_variables": '{"LIBPROCESS_NUM_WORKER_THREADS": "8"}',
        },
    },
}  # fmt: skip


def _imported(driver: Path) -> Imported:
    cluster = driver / "cluster.json"
    second = ("cluster.json", cluster.read_text(encoding="utf-8")) if cluster.exists() else None
    return import_magnum(("template.json", (driver / "template.json").read_text("utf-8")), second, judge)


def test_there_is_a_template_of_every_driver() -> None:
    assert {path.name for path in DRIVERS} == {driver.name for driver in magnum_table().drivers}
    assert EXPECTED.keys() == {path.name for path in DRIVERS}


@each
def test_the_spec_compiles_and_says_what_the_template_said(driver: Path) -> None:
    spec = _imported(driver).spec
    assert spec is not None
    assert errors(spec) == []
    data = yaml.safe_load(spec)
    assert {name: at(data, name) for name in EXPECTED[driver.name]} == EXPECTED[driver.name]
    assert f"driver {driver.name}" in words(spec)


@each
def test_nothing_that_was_set_is_passed_over(driver: Path) -> None:
    made = _imported(driver)
    assert made.spec is not None
    comments = words(made.spec)
    for path in driver.glob("*.json"):
        given = json.loads(path.read_text("utf-8"))
        labels = given.pop("labels")
        named = [name for name, value in given.items() if not (value in ([], {}) or str(value) in NOTHING)]
        for name in (*named, *(f"label {name}" for name in labels)):
            assert name in made.carried or name in comments, name


@each
def test_an_import_is_the_same_each_time(driver: Path) -> None:
    assert _imported(driver) == _imported(driver)
