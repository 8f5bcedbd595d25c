"""Services that agree to everything and remember it: a session for OpenStack's own clients."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
from keystoneauth1.session import Session

ADDRESS = "http://{service}.example.org"
KINDS = (
    *("network", "subnet", "router", "port", "security_group", "security_group_rule", "floatingip"),
    *("loadbalancer", "listener", "pool", "member", "healthmonitor"),
    *("server", "server_group", "volume", "volumeAttachment"),
)
"""What requests create, by the key that bodies have it below."""
_OF_NEUTRON = "/v2.0/"


class Request(NamedTuple):
    """What a client sent: `service` is a type of the catalogue, `path` begins after the endpoint."""

    service: str
    method: str
    path: str
    version: str | None
    body: Any


class Memory(Session):  # type: ignore[misc]
    """Keeps all requests that create anything; each thing is ready at once, and found by its id."""

    def __init__(self) -> None:
        super().__init__()
        self._sent: list[Request] = []
        self._things: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(10)

    def taken(self) -> list[Request]:
        """What was sent since this was asked last."""
        sent, self._sent = self._sent, []
        return sent

    def get_endpoint(self, *_: Any, **kwargs: Any) -> str:
        return ADDRESS.format(service=kwargs.get("service_type") or "any")

    def get_token(self, *_: Any) -> str:
        return "token"

    def get_project_id(self, *_: Any, **__: Any) -> str:
        return "project"

    def request(self, url: str, method: str, **sent: Any) -> requests.Response:
        service = (sent.get("endpoint_filter") or {}).get("service_type") or _service(url)
        path = "/" + url.removeprefix(ADDRESS.format(service=service)).lstrip("/")
        body = sent.get("json")
        if body is None and sent.get("data"):
            body = json.loads(sent["data"])
        if method == "GET":
            return _response(self._found(path))
        self._sent.append(Request(service, method, path, _version(sent), body))
        return _response(self._made(body))

    def _made(self, body: Any) -> dict[str, Any]:
        kind = next((kind for kind in KINDS if kind in body), None)
        if kind is None:  # a router's interface
            return {"id": str(uuid.uuid4()), **body}
        given = body[kind]
        thing = {"id": str(uuid.uuid4()), "status": "ACTIVE", "provisioning_status": "ACTIVE", **given}
        number = next(self._numbers)
        address = f"198.18.{number // 250}.{number % 250 + 2}"
        if kind == "port":
            ips = given.get("fixed_ips") or [{}]
            thing["fixed_ips"] = [{"subnet_id": str(uuid.uuid4()), "ip_address": address, **ip} for ip in ips]
        elif kind == "floatingip":
            thing["floating_ip_address"] = address
        elif kind == "loadbalancer":
            thing |= {"vip_address": address, "vip_port_id": str(uuid.uuid4())}
        elif kind == "volume":
            thing["status"] = "available"
        elif kind == "server":
            thing["links"] = []
        self._things[thing["id"]] = {kind: thing}
        return {kind: thing}

    def _found(self, path: str) -> dict[str, Any]:
        name = path.partition("?")[0].rpartition("/")[2]
        known = self._things.get(name)
        if known is not None:
            return known
        if path.startswith(f"{_OF_NEUTRON}subnets/"):
            return {"subnet": {"id": name, "cidr": "198.18.0.0/16"}}
        if path.startswith(f"{_OF_NEUTRON}extensions"):
            return {"extensions": [{"alias": "stateful-security-group"}]}
        return {}


def _service(url: str) -> str:
    return url.removeprefix("http://").partition(".")[0]


def _version(sent: Mapping[str, Any]) -> str | None:
    """The microversion that is asked for, without the name of the service."""
    named = {name.lower(): value for name, value in (sent.get("headers") or {}).items()}
    found: str = named.get("openstack-api-version") or sent.get("microversion") or ""
    return found.split()[-1] if found else None


def _response(body: Any) -> requests.Response:
    answer = requests.Response()
    answer.status_code = 200
    answer.headers["Content-Type"] = "application/json"
    answer._content = json.dumps(body).encode()
    return answer
