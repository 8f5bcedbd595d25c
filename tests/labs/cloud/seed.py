"""What a cloud has before its first user comes: services, users, images, flavors, networks, a key pair.

Each thing is made only where it is missing, so that a run that was cut off can be run again.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any, NamedTuple

from tests.labs.cloud.settings import PASSWORD, REGION, RefusedError, Settings

READY_SECONDS = 120


class Endpoint(NamedTuple):
    """One service in Keystone's catalogue."""

    user: str
    name: str
    type: str
    port: int
    path: str = ""


class Image(NamedTuple):
    """An image of one kibibyte of zeros; Glance's own properties say what it would be."""

    name: str
    os_distro: str
    os_version: str
    min_disk: int = 0
    min_ram: int = 0
    active: bool = True


ENDPOINTS = (
    Endpoint("placement", "placement", "placement", 8778),
    Endpoint("glance", "glance", "image", 9292),
    Endpoint("nova", "nova", "compute", 8774, "/v2.1"),
    Endpoint("neutron", "neutron", "network", 9696),
    Endpoint("cinder", "cinder", "block-storage", 8776, "/v3"),
    Endpoint("cinder", "cinderv3", "volumev3", 8776, "/v3/%(project_id)s"),
    Endpoint("octavia", "octavia", "load-balancer", 9876),
    Endpoint("heat", "heat", "orchestration", 8004, "/v1/%(project_id)s"),
    Endpoint("heat", "heat-cfn", "cloudformation", 8000, "/v1"),
)
ROLES = ("service", "heat_stack_owner", "heat_stack_user", "load-balancer_member", "load-balancer_admin")
PROJECTS = ("demo", "second", "other")
"""Each with a user of its own name, who is a member and no more."""
IMAGES = (
    Image("ubuntu-24.04", "ubuntu", "24.04"),
    Image("ubuntu-22.04", "ubuntu", "22.04"),
    Image("flatcar", "flatcar", "4459.2.3"),
    Image("fedora-coreos", "fedora-coreos", "43"),
    Image("fedora-coreos-42", "fedora-coreos", "42"),
    Image("fedora-atomic-29", "fedora-atomic", "29"),
    Image("ubuntu-24.04-hardened", "ubuntu", "24.04", min_disk=40, min_ram=4096),
    Image("ubuntu-20.04", "ubuntu", "20.04", active=False),  # deactivated
    Image("ubuntu-twice", "ubuntu", "24.04"),
    Image("ubuntu-twice", "ubuntu", "24.04"),
)
"""`os_distro` as Magnum's and the distributions' own instructions set it."""
FLAVORS = (
    # name, VCPUs, MiB, GiB
    ("m1.tiny", 1, 512, 1),
    ("m1.small", 1, 2048, 20),
    ("m1.medium", 2, 4096, 40),
    ("m1.large", 4, 8192, 80),
    ("m1.xlarge", 8, 16384, 160),
    ("r1.medium", 2, 8192, 40),  # m1.medium's disk: Nova takes no server to a smaller one
    ("m1.huge", 512, 4194304, 20),  # fits on no host
)
ZONES = {"az1": "compute-1", "az2": "compute-2"}
"""Availability zones by their one host; the others stay in Nova's own, `nova`."""
KEYPAIR = "ops"
VOLUME_TYPES = ("standard", "fast")


def is_done(settings: Settings) -> bool:
    """Whether this cloud has all that this module would make."""
    mark = settings.folder / "state" / "seeded"
    return mark.exists() and mark.read_text(encoding="ascii") == _version()


def mark_done(settings: Settings) -> None:
    """Said after the last of the steps."""
    (settings.folder / "state" / "seeded").write_text(_version(), encoding="ascii")


def identity(settings: Settings) -> None:
    """Users, roles and the catalogue; needs Keystone alone, and the other services need it to start."""
    keystone = connect(settings, "jeroboam-admin").identity
    default = keystone.find_domain("default")
    roles = {role.name: role for role in keystone.roles()}
    for name in ROLES:
        if name not in roles:
            roles[name] = keystone.create_role(name=name)

    def project(name: str) -> Any:
        return keystone.find_project(name) or keystone.create_project(name=name, domain_id=default.id)

    def user(name: str, domain: Any) -> Any:
        found = keystone.find_user(name, domain_id=domain.id)
        return found or keystone.create_user(name=name, password=PASSWORD, domain_id=domain.id)

    def grant(to: Any, where: Any, *names: str) -> None:
        for name in names:
            keystone.assign_project_role_to_user(where, to, roles[name])

    service, admin = project("service"), user("admin", default)
    for name in sorted({endpoint.user for endpoint in ENDPOINTS}):
        grant(user(name, default), service, "admin", "service")
    for name in PROJECTS:
        grant(user(name, default), project(name), "member", "heat_stack_owner", "load-balancer_member")
        grant(admin, project(name), "admin")
    grant(admin, project("admin"), "load-balancer_admin")
    # Heat keeps the users that it makes for signals in a domain of their own.
    heat = keystone.find_domain("heat") or keystone.create_domain(name="heat")
    keystone.assign_domain_role_to_user(heat, user("heat_domain_admin", heat), roles["admin"])
    _catalogue(settings, keystone)


def resources(settings: Settings) -> None:
    """What users find: needs all services."""
    admin = connect(settings, "jeroboam-admin")
    _images(admin)
    known = {flavor.name for flavor in admin.compute.flavors()}
    for name, vcpus, ram, disk in FLAVORS:
        if name not in known:
            admin.compute.create_flavor(name=name, vcpus=vcpus, ram=ram, disk=disk)
    for name in VOLUME_TYPES:
        if not admin.block_storage.find_type(name):
            admin.block_storage.create_type(name=name)
    _external_network(admin.network)
    for name in ("jeroboam", "jeroboam-second", "jeroboam-other", "jeroboam-admin"):
        compute = connect(settings, name).compute
        if not compute.find_keypair(KEYPAIR):
            compute.create_keypair(name=KEYPAIR, public_key=public_key(settings))


def zones(settings: Settings) -> None:
    """The availability zones; needs the hosts."""
    compute = connect(settings, "jeroboam-admin").compute
    known = {aggregate.name: aggregate for aggregate in compute.aggregates()}
    for name, host in ZONES.items():
        aggregate = known.get(name) or compute.create_aggregate(name=name, availability_zone=name)
        if host not in (aggregate.hosts or []):
            compute.add_host_to_aggregate(aggregate, host)


def ready(settings: Settings) -> None:
    """Waits until every host and engine reports to be up."""
    admin = connect(settings, "jeroboam-admin")
    until = time.monotonic() + READY_SECONDS
    while True:
        lacking = _lacking(admin, settings.chosen.computes)
        if not lacking:
            return
        if time.monotonic() > until:
            raise RefusedError(
                f"not ready after {READY_SECONDS} s: no {', no '.join(lacking)}; see {settings.folder}/log"
            )
        time.sleep(0.5)


def connect(settings: Settings, cloud: str) -> Any:
    """An openstack.Connection by this cloud's own clouds.yaml, whatever else the machine has."""
    import openstack
    from openstack.config import OpenStackConfig

    loader = OpenStackConfig(config_files=[str(settings.clouds)], load_envvars=False)
    return openstack.connection.Connection(config=loader.get_one(cloud))


def public_key(settings: Settings) -> str:
    """Of the key pair, made when it is missing: `id_ed25519` in the folder."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, public = settings.folder / "id_ed25519", settings.folder / "id_ed25519.pub"
    if not public.exists():
        key = Ed25519PrivateKey.generate()
        private.touch(mode=0o600)
        private.write_bytes(
            key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
        )
        line = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
        public.write_text(f"{line.decode()} {KEYPAIR}\n", encoding="ascii")
    return public.read_text(encoding="ascii")


def _version() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _catalogue(settings: Settings, keystone: Any) -> None:
    known = {service.name: service for service in keystone.services()}
    have = {(endpoint.service_id, endpoint.interface) for endpoint in keystone.endpoints()}
    for one in ENDPOINTS:
        service = known.get(one.name) or keystone.create_service(name=one.name, type=one.type)
        for interface in ("public", "internal", "admin"):
            if (service.id, interface) not in have:
                url = settings.url(one.port, one.path)
                keystone.create_endpoint(
                    service_id=service.id, interface=interface, region_id=REGION, url=url
                )


def _images(admin: Any) -> None:
    glance = admin.image
    known = [image.name for image in glance.images() if image.status != "queued"]
    for image in IMAGES:
        if image.name in known:
            known.remove(image.name)
            continue
        made = glance.create_image(
            name=image.name,
            disk_format="raw",
            container_format="bare",
            visibility="public",
            min_disk=image.min_disk,
            min_ram=image.min_ram,
            os_distro=image.os_distro,
            os_version=image.os_version,
        )
        _upload(glance, made.id)
        if not image.active:
            glance.deactivate_image(made.id)


def _upload(glance: Any, image: str) -> None:
    octets = {"Content-Type": "application/octet-stream"}
    glance.put(f"/images/{image}/file", data=bytes(1024), headers=octets).raise_for_status()


def _external_network(neutron: Any) -> None:
    public = neutron.find_network("public") or neutron.create_network(
        name="public",
        is_router_external=True,
        provider_network_type="flat",
        provider_physical_network="public",
    )
    if not neutron.find_subnet("public"):
        neutron.create_subnet(
            name="public",
            network_id=public.id,
            ip_version=4,
            cidr="172.24.0.0/16",
            gateway_ip="172.24.0.1",
            is_dhcp_enabled=False,
        )


def _lacking(admin: Any, computes: int) -> list[str]:
    def up(services: Any, binary: str) -> int:
        return sum(service.binary == binary and service.state == "up" for service in services)

    engines = admin.orchestration.get("/services").json()["services"]
    found = {
        f"{computes} compute hosts": up(admin.compute.services(), "nova-compute") >= computes,
        f"{computes} hypervisors": len(list(admin.compute.hypervisors())) >= computes,
        "volume host": up(admin.block_storage.services(), "cinder-volume") > 0,
        "Heat engine": any(engine["status"] == "up" for engine in engines),
    }
    return [name for name, there in found.items() if not there]
