"""OpenStack's services take all requests that Heat makes of accepted specs; and each can refuse."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings

from tests.consumers.asking import Services
from tests.properties.strategies import Spec, service_specs
from tests.support import hot
from tests.support.cases import CASES, MINIMAL, Case, CompiledTexts, RefusedError, compiled, compiled_text

pytestmark = [pytest.mark.consumers, pytest.mark.xdist_group("consumers")]

SPECS = int(os.environ.get("JEROBOAM_CONSUMER_SPECS") or 60)
"""How many generated specs are tried; a third of a second each."""
EVERYTHING = next(case for case in CASES if case.name == "everything")
HA = next(case for case in CASES if str(case) == "kubernetes-ubuntu-ha")
Properties = dict[str, Any]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_services_take_every_golden(asked: Services, case: Case) -> None:
    answered = asked.ask(compiled(case.spec, "single"))
    assert answered.refusals == ()
    assert answered.requests["nova"] > 0
    assert answered.requests["neutron"] > 0


@pytest.mark.decisive
def test_services_take_what_the_compiler_accepts(asked: Services) -> None:
    count: Counter[str] = Counter()

    @settings(
        max_examples=SPECS, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(service_specs())
    def tried(spec: Spec) -> None:
        with tempfile.TemporaryDirectory() as folder:
            try:
                bundle = compiled_text(json.dumps(spec), Path(folder), "single")
            except RefusedError:
                count["specs refused"] += 1
                return
        answered = asked.ask(bundle, spec["tags"])
        count["specs accepted"] += 1
        count.update({f"requests to {service}": made for service, made in answered.requests.items()})
        assert answered.refusals == ()

    tried()
    print(", ".join(f"{number} {what}" for what, number in sorted(count.items())))
    assert count["specs accepted"] > SPECS / 2


def _set(**values: Any) -> Callable[[Properties], None]:
    return lambda properties: properties.update(values)


def _metadata(**values: str) -> Callable[[Properties], None]:
    return lambda properties: properties["metadata"].update(values)


def _one_more_pair(properties: Properties) -> None:
    properties["allowed_address_pairs"] = [{"ip_address": f"10.1.{n}.0/24"} for n in range(11)]


def _one_rule(properties: Properties) -> None:
    properties.clear()
    properties.update(security_group="one", protocol="tcp")


REFUSED: dict[str, tuple[Case, str, Callable[[Properties], None], str]] = {
    # What is changed in which case's resources of a type, and who refuses it.
    "metadata-value": (HA, "OS::Nova::Server", _metadata(owner="x" * 256), "nova"),
    "metadata-key": (HA, "OS::Nova::Server", _metadata(**{"kubernetes.io/owner": "a"}), "nova"),
    "metadata-items": (HA, "OS::Nova::Server", _metadata(**{f"k{n}": "" for n in range(128)}), "nova"),
    "zone-with-spaces": (HA, "OS::Nova::Server", _set(availability_zone=" az1"), "nova"),
    "zone-and-host": (HA, "OS::Nova::Server", _set(availability_zone="az1:host"), "nova"),
    "user-data": (MINIMAL, "OS::Nova::Server", _set(user_data="x" * 50_000), "nova"),
    "group-policy": (HA, "OS::Nova::ServerGroup", _set(policies=["anti"]), "nova"),
    "volume-size": (EVERYTHING, "OS::Cinder::Volume", _set(size=0), "cinder"),
    "six-dns-servers": (
        HA, "OS::Neutron::Subnet", _set(dns_nameservers=[f"9.9.9.{n}" for n in range(6)]), "neutron",
    ),
    "dns-server-of-ipv6": (HA, "OS::Neutron::Subnet", _set(dns_nameservers=["2620:fe::9"]), "neutron"),
    "multicast": (HA, "OS::Neutron::Subnet", _set(cidr="224.1.0.0/16"), "neutron"),
    "rule-of-two-families": (
        HA, "OS::Neutron::SecurityGroupRule", _set(ethertype="IPv6", remote_ip_prefix="10.0.0.0/8"),
        "neutron",
    ),
    "rule-twice": (
        HA, "OS::Neutron::SecurityGroupRule", _one_rule, "neutron",
    ),
    "two-floating-ips": (HA, "OS::Neutron::FloatingIP", _set(port_id="one"), "neutron"),
    "eleven-pairs": (HA, "OS::Neutron::Port", _one_more_pair, "neutron"),
    "long-name": (HA, "OS::Neutron::Net", _set(name="n" * 256), "neutron"),
    "allowed-range-of-ipv6": (HA, "OS::Octavia::Listener", _set(allowed_cidrs=["2001:db8::/32"]), "octavia"),
    "port-beyond": (HA, "OS::Octavia::Listener", _set(protocol_port=65_536), "octavia"),
    "long-provider": (HA, "OS::Octavia::LoadBalancer", _set(provider="p" * 65), "octavia"),
    "algorithm-of-ovn": (HA, "OS::Octavia::Pool", _set(lb_algorithm="SOURCE_IP_PORT"), "octavia"),
    "allow-list-of-ovn": (
        EVERYTHING, "OS::Octavia::Listener", _set(allowed_cidrs=["10.0.0.0/8"]), "octavia",
    ),
    "algorithm-of-amphora": (EVERYTHING, "OS::Octavia::Pool", _set(lb_algorithm="ROUND_ROBIN"), "octavia"),
    "probe-of-http": (
        EVERYTHING, "OS::Octavia::HealthMonitor", _set(type="HTTPS", url_path="/readyz"), "octavia",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_services_refuse(asked: Services, kind: str) -> None:
    case, changed, change, service = REFUSED[kind]
    bundle = compiled(case.spec, "single")
    tree = json.loads(json.dumps(hot.parse(bundle.files[bundle.hot])))
    for resource in tree["resources"].values():
        if resource["type"] == changed:
            change(resource["properties"])
    text = yaml.safe_dump(tree, sort_keys=False)
    refusals = asked.ask(CompiledTexts(bundle.name, {bundle.hot: text})).refusals
    assert refusals
    assert {one.partition(":")[0] for one in refusals} == {service}, refusals[0]


@pytest.mark.parametrize(("name", "tags"), [("2024-prod", []), ("prod", ["t" * 81]), ("n" * 256, [])])
def test_heat_refuses(asked: Services, name: str, tags: list[str]) -> None:
    bundle = compiled(HA.spec, "single")
    renamed = CompiledTexts(name, {f"{name}.hot.yaml": bundle.files[bundle.hot]})
    assert asked.ask(renamed, tags).refusals[0].startswith("heat: ")
