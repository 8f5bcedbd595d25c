"""Real services refuse nothing that stacks of accepted specs are made by; Heat's plug-ins ask them directly.

Whole stacks, which Heat creates and deletes, are in test_deploy.py.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from jeroboam.serialize import yaml_text
from tests.consumers.asking import Process, process, question
from tests.labs.cloud.seed import PROJECTS, connect
from tests.labs.cloud.settings import PASSWORD, Settings
from tests.properties.strategies import Spec, service_specs
from tests.support import hot
from tests.support.cases import CompiledTexts, RefusedError, compiled_text

pytestmark = [pytest.mark.cloud, pytest.mark.long, pytest.mark.xdist_group("requests")]

SPECS = int(os.environ.get("JEROBOAM_CLOUD_SPECS") or 30)
"""How many accepted specs are asked for, of the cheapest shapes: a master, and a worker of every few."""
CLOUDS = {"demo": "jeroboam", "second": "jeroboam-second", "other": "jeroboam-other"}
BROUGHT, BESIDE = "brought", "beside"
LARGEST_MTU = 1500
"""Of this cloud's networks."""
Asking: TypeAlias = "SimpleQueue[tuple[dict[str, Any], Process]]"
"""Processes that wait, each with the user it asks as."""


def small(spec: Spec) -> Spec:
    """The spec with what the cloud has for what it names, one master and one worker at most."""
    network, nodes = spec["network"], [spec["masters"], *spec["node_groups"][:1]]
    spec |= {"image": "ubuntu-24.04", "keypair": "ops", "node_groups": spec["node_groups"][:1]}
    spec["masters"]["count"] = 1
    for group in spec["node_groups"]:
        group["count"] = group.get("count", 0) // 3
    if "mtu" in network:
        network["mtu"] = min(network["mtu"], LARGEST_MTU)
    for name in network.keys() & {"external_network", "router", "fixed_network", "fixed_subnet"}:
        network[name] = "public" if name == "external_network" else BROUGHT
    spec["api"].pop("load_balancer_provider", None)
    for node in nodes:
        node["flavor"] = "m1.medium"
        node.pop("image", None)
        if "security_groups" in node:
            node["security_groups"] = ["default"]
        for port in node.get("ports", ()):
            port["network"] = BESIDE
            if "subnet" in port:
                port["subnet"] = BESIDE
            if "security_groups" in port:
                port["security_groups"] = ["default"]
        if "availability_zones" in node:
            node["availability_zones"] = ["az1", "az2"]
        for volume in ("boot_volume", "docker_volume", "etcd_volume"):
            if "type" in node.get(volume, {}):
                node[volume]["type"] = "fast"
            node.get(volume, {}).pop("availability_zones", None)
        # Floating IPs that are there already are tried in test_deploy.py and test_bastion.py.
        node.pop("existing_floating_ips", None)
    if "bastion" in spec:
        spec["bastion"] = {"flavor": "m1.small", "floating_ip": "external_network" in network}
    return spec


@pytest.fixture(scope="module")
def asking(lab: Settings) -> Iterator[Asking]:
    """A process for each project, which has a network, a subnet and a router of its own."""
    idle: Asking = SimpleQueue()
    with ExitStack() as ending:
        for project in PROJECTS:
            with connect(lab, CLOUDS[project]) as cloud:
                _bring(cloud.network)
                user = {"username": project, "password": PASSWORD, "project_id": cloud.current_project_id}
            auth = {"auth_url": lab.auth_url, "user_domain_id": "default", **user}
            idle.put(({"auth": auth, "project": user["project_id"]}, ending.enter_context(process("cloud"))))
        yield idle


def _bring(neutron: Any) -> None:
    if neutron.find_network(BROUGHT):
        return
    beside = neutron.create_network(name=BESIDE)
    neutron.create_subnet(name=BESIDE, network_id=beside.id, cidr="10.78.0.0/16", ip_version=4)
    network = neutron.create_network(name=BROUGHT)
    subnet = neutron.create_subnet(name=BROUGHT, network_id=network.id, cidr="10.77.0.0/16", ip_version=4)
    gateway = {"network_id": neutron.find_network("public").id}
    router = neutron.create_router(name=BROUGHT, external_gateway_info=gateway)
    neutron.add_interface_to_router(router, subnet_id=subnet.id)


def accepted(number: int) -> list[Spec]:
    """Specs that compile."""
    found: dict[str, Spec] = {}

    @settings(max_examples=number * 3, phases=[Phase.generate], suppress_health_check=list(HealthCheck),
              deadline=None, database=None, derandomize=True)  # fmt: skip
    @given(service_specs().map(small))
    def draw(spec: Spec) -> None:
        if len(found) < number:
            with tempfile.TemporaryDirectory() as folder:
                try:
                    compiled_text(json.dumps(spec), folder, "single")
                except RefusedError:
                    return
            found[json.dumps(spec)] = spec

    draw()
    return list(found.values())


def plugged(bundle: CompiledTexts) -> CompiledTexts:
    """The bundle with servers on those of their ports that a host without such hardware can plug in.

    Neutron is asked for the others all the same.
    """
    tree = hot.parse(bundle.files[bundle.hot])
    resources = tree["resources"]
    bare = {
        name
        for name, one in resources.items()
        if one["properties"].get("binding:vnic_type", "normal") != "normal"
    }
    for one in resources.values():
        if one["type"] == "OS::Nova::Server":
            networks = one["properties"]["networks"]
            one["properties"]["networks"] = [n for n in networks if n["port"]["get_resource"] not in bare]
    return bundle._replace(files={**bundle.files, bundle.hot: yaml_text(tree)})


@pytest.mark.decisive
def test_no_service_refuses_a_spec_that_is_accepted(lab: Settings, asking: Asking) -> None:
    def refusal(spec: Spec) -> str | None:
        with tempfile.TemporaryDirectory() as folder:
            bundle = compiled_text(json.dumps(spec), Path(folder), "single")
        user, one = asking.get()
        try:
            answer = one.answer({**question(plugged(bundle), spec.get("tags", ()), keypair="ops"), **user})
        finally:
            asking.put((user, one))
        made.append(answer["made"])
        print(f"{len(made)}: {answer['made']} resources, {answer['refused']}", flush=True)
        found = [*filter(None, [answer["refused"]]), *answer["left"]]
        return f"{found}\n  of {json.dumps(spec)}" if found else None

    made: list[int] = []
    specs = accepted(SPECS)
    with ThreadPoolExecutor(len(PROJECTS)) as pool:
        refused = list(filter(None, pool.map(refusal, specs)))
    print(f"{len(specs)} specs, {sum(made)} resources made and removed, {len(refused)} refused")
    assert not refused, "\n".join(refused)
    assert len(specs) == SPECS
