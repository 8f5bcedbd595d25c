"""What Nova tells a server about itself: the documents of the metadata service and of the config drive.

Facts: nova/api/metadata/base.py, nova/virt/netutils.py; docs.openstack.org/nova/latest/user/metadata.html.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from tests.labs.nodes.servers import Port, Server

VERSIONS = (
    *("2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22"),
    *("2018-08-27", "2020-10-14", "latest"),
)
EC2_VERSIONS = ("2009-04-04", "latest")
DOMAIN = "novalocal"
Tree = Mapping[str, Any]
"""Names and what they lead to: a text, or another tree. `_name` is what a listing adds to a folder's name."""


def openstack(server: Server) -> dict[str, str]:
    """The documents of one version of OpenStack's layout, by name; a server without user data has none."""
    documents = {
        "meta_data.json": json.dumps(_meta_data(server)),
        "network_data.json": json.dumps(_network_data(server)),
        "vendor_data.json": "{}",
        "vendor_data2.json": "{}",
    }
    return {**documents, **({"user_data": server.user_data} if server.user_data else {})}


def ec2(server: Server) -> Tree:
    """One version of EC2's layout."""
    data = {
        "ami-id": "ami-00000001",
        "ami-launch-index": "0",
        "ami-manifest-path": "FIXME",  # Nova's own word
        "block-device-mapping": {"ami": "vda", "root": "/dev/vda"},
        "hostname": hostname(server),
        "instance-action": "none",
        "instance-id": f"i-{hashlib.sha256(server.id.encode()).hexdigest()[:8]}",
        "instance-type": "stand-in",
        "local-hostname": hostname(server),
        "local-ipv4": str(server.ports[0].address) if server.ports else "",
        "placement": {"availability-zone": server.zone},
        "public-hostname": hostname(server),
        "public-ipv4": "",
        "reservation-id": "r-00000001",
        "security-groups": "",
    }
    if server.key:
        data["public-keys"] = {"0": {"_name": server.key.name, "openssh-key": server.key.public}}
    return {"meta-data": data, **({"user-data": server.user_data} if server.user_data else {})}


def service(server: Server) -> Tree:
    """All that the metadata service answers."""
    layout = openstack(server)
    return {"openstack": dict.fromkeys(VERSIONS, layout), **dict.fromkeys(EC2_VERSIONS, ec2(server))}


def drive(server: Server) -> dict[str, str]:
    """The files of the config drive, by path."""
    described = ec2(server)
    flat = {**described["meta-data"], "public-keys": _flat_keys(server)}
    files = {
        f"openstack/{version}/{name}": text
        for version in VERSIONS
        for name, text in openstack(server).items()
    }
    for version in EC2_VERSIONS:
        files[f"ec2/{version}/meta-data.json"] = json.dumps(flat)
        if server.user_data:
            files[f"ec2/{version}/user-data"] = server.user_data
    return files


def hostname(server: Server) -> str:
    """What Nova makes of the server's name."""
    return f"{server.name}.{DOMAIN}"


def found(tree: Tree, path: str) -> str | None:
    """The text at `path`, or the listing of the folder there; None where nothing is."""
    here: Any = tree
    for name in filter(None, path.split("/")):
        if not isinstance(here, Mapping) or name not in here or name == "_name":
            return None
        here = here[name]
    return _listing(here) if isinstance(here, Mapping) else here


def _listing(tree: Tree) -> str:
    def line(name: str) -> str:
        under = tree[name]
        if not isinstance(under, Mapping):
            return name
        return f"{name}={under['_name']}" if "_name" in under else f"{name}/"

    return "\n".join(line(name) for name in tree if name != "_name")


def _meta_data(server: Server) -> dict[str, Any]:
    seed = b"".join(hashlib.sha512(f"{server.id}{part}".encode()).digest() for part in range(8))
    described: dict[str, Any] = {
        "uuid": server.id,
        "name": server.name,
        "hostname": hostname(server),
        "launch_index": 0,
        "availability_zone": server.zone,
        "project_id": server.project,
        "random_seed": base64.b64encode(seed).decode(),
        "meta": dict(server.metadata),
        "devices": [],
        "dedicated_cpus": [],
    }
    if server.key:
        described["public_keys"] = {server.key.name: server.key.public}
        described["keys"] = [{"name": server.key.name, "type": "ssh", "data": server.key.public}]
    return described


def _network_data(server: Server) -> dict[str, Any]:
    def link(port: Port) -> dict[str, Any]:
        identifier = f"tap{port.id[:11]}"
        return {
            "id": identifier, "vif_id": port.id, "type": "ovs", "mtu": port.subnet.mtu,
            "ethernet_mac_address": port.mac,
        }  # fmt: skip

    networks = [
        {
            "id": f"network{number}", "type": "ipv4_dhcp", "link": f"tap{port.id[:11]}",
            "network_id": port.subnet.network,
        }
        for number, port in enumerate(server.ports)
    ]  # fmt: skip
    services = [
        {"type": "dns", "address": str(address)}
        for address in dict.fromkeys(a for port in server.ports for a in port.subnet.nameservers)
    ]
    return {"links": [link(port) for port in server.ports], "networks": networks, "services": services}


def _flat_keys(server: Server) -> dict[str, Any]:
    return {"0": {"openssh-key": server.key.public, "_name": f"0={server.key.name}"}} if server.key else {}
