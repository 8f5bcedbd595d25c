"""Asks a cloud for all that the checks go by: a bounded number of requests, however large the cluster is."""

from __future__ import annotations

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.preflight.facts import NOT_ASKED, Facts, Unavailable
from jeroboam.deploy.preflight.gather import balancer, compute, control, network, storage
from jeroboam.deploy.preflight.gather.queries import Asker, only
from jeroboam.deploy.preflight.mtu import has_mtu
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.spec.floating_ips import existing_floating_ips

NO_TIME = Unavailable("this login does not tell what time it is there")


def gather(cloud: Cloud, wanted: Wanted) -> Facts:
    """The facts that checks of `wanted` need; what the cloud does not tell is Unavailable. Raises nothing."""
    ask = Asker()
    spec = wanted.model.spec.network
    external = spec.external_network
    networks = ask.asked("networks", lambda: network.networks(cloud, wanted))
    subnets = ask.asked("subnets", lambda: network.subnets(cloud, spec.fixed_subnet))
    volumes, balanced = bool(wanted.total.volumes), bool(wanted.total.load_balancers)
    # The MTU of a network that is there already is told with it.
    unsure = has_mtu(wanted) and spec.fixed_network is None
    fixed = only(subnets, spec.fixed_subnet)
    routers = ask.asked("routers", lambda: network.routers(cloud, spec.router))
    router = only(routers, spec.router)
    ports = ask.asked("ports", lambda: network.ports(cloud, fixed.id)) if fixed else NOT_ASKED
    existing = [one.floating_ip.id for one in existing_floating_ips(wanted.model.spec)]
    return Facts(
        images=ask.asked("images", lambda: compute.images(cloud, wanted)),
        flavors=ask.asked("flavors", lambda: compute.flavors(cloud)),
        keypair=ask.asked("the key pair", lambda: compute.keypair(cloud, wanted.model.spec.keypair)),
        zones=ask.asked("availability zones", lambda: compute.zones(cloud.sdk.compute)),
        compute=ask.asked("Nova's limits", lambda: compute.compute(cloud)),
        networks=networks,
        subnets=subnets,
        routers=routers,
        security_groups=ask.asked("security groups", lambda: network.security_groups(cloud, wanted)),
        port_subnets=ask.derived(
            networks, "subnets", lambda found: network.port_subnets(cloud, wanted, found)
        ),
        exits=ask.derived(ports, "routers", lambda found: network.exits(cloud, found)),
        neighbours=ask.asked("subnets", lambda: network.neighbours(cloud, router)) if router else NOT_ASKED,
        floating_ips=ask.when(bool(existing), "floating IPs", lambda: network.floating_ips(cloud, existing)),
        largest_mtu=ask.when(unsure, "the MTU of networks", lambda: network.largest_mtu(cloud)),
        addresses=ask.asked("free addresses", lambda: network.addresses(cloud, networks, external)),
        taken=len(ports) if not isinstance(ports, Unavailable) else ports,
        network=ask.asked("Neutron's quotas", lambda: network.network_quotas(cloud)),
        volume_types=ask.when(volumes, "volume types", lambda: storage.volume_types(cloud)),
        default_volume_type=ask.when(volumes, "the default volume type", lambda: storage.default_type(cloud)),
        volume_zones=ask.when(volumes, "volume zones", lambda: compute.zones(cloud.sdk.block_storage)),
        volume=ask.when(volumes, "Cinder's quotas", lambda: storage.volume_quotas(cloud)),
        providers=ask.when(balanced, "load balancer providers", lambda: balancer.providers(cloud)),
        balancer=ask.when(balanced, "Octavia's quotas", lambda: balancer.balancer_quotas(cloud)),
        template_versions=ask.asked("template versions", lambda: control.template_versions(cloud)),
        resource_types=ask.asked("resource types", lambda: control.resource_types(cloud)),
        stacks=ask.asked("stacks", lambda: control.stacks(cloud)),
        ahead=NO_TIME if cloud.ahead is None else cloud.ahead,
        login=ask.asked("how the user is logged in", lambda: control.login(cloud)),
    )
