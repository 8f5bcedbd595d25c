"""What an answer becomes: a fact, or the reason why there is none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jeroboam.deploy.preflight.facts import Network, Router, Unavailable
from jeroboam.deploy.preflight.gather.network import largest_mtu, neighbours, networks, port_subnets
from jeroboam.deploy.preflight.gather.queries import UUID, Asker, UnusableAnswerError, every, only, referred
from jeroboam.spec.types import FurtherPortSpec
from tests.unit.deploy.preflight.clusters import BROUGHT, wanted, with_ports

# heatclient and openstacksdk bring warnings of their own.
pytestmark = pytest.mark.filterwarnings("ignore")

ID = "5f0c2d1e-8a4b-4d0c-9a58-3f6f0e7f4a11"
FIRST = {"id": ID, "name": "a"}
SECOND = {"id": "x2", "name": "b"}
THIRD = {"id": "x3", "name": "b"}


class Answer:
    """An answer of a service, as far as it is looked at."""

    status_code = 200

    def __init__(self, body: Any) -> None:
        self._body = body

    def json(self) -> Any:
        return self._body


class Service:
    """Neutron's list of networks, two to a page; it keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def get(self, path: str, params: dict[str, Any]) -> Answer:
        self.asked.append((path, params))
        if path.endswith("page=2"):
            return Answer({"networks": [THIRD]})
        items = [FIRST, SECOND, THIRD]
        for key in ("id", "name"):
            if key in params:
                items = [item for item in items if item[key] in params[key]]
        more = [{"rel": "next", "href": "http://cloud/networks?page=2"}] if len(items) > 2 else []
        return Answer({"networks": items[:2], "networks_links": more})


def name(raw: Any) -> str:
    return str(raw["id"])


def test_a_list_is_read_over_all_its_pages() -> None:
    assert list(every(Service(), "/networks", "networks")) == [FIRST, SECOND, THIRD]


def test_an_id_goes_before_a_name_and_a_name_may_stand_for_two() -> None:
    service = Service()
    found = referred(service, "/networks", "networks", ["b", ID, "gone", "b"], name)
    assert found == {ID: (ID,), "b": ("x2", "x3"), "gone": ()}
    assert len(service.asked) == 2
    assert (only(found, ID), only(found, "b"), only(found, "gone"), only(found, None)) == (
        ID,
        None,
        None,
        None,
    )


def test_nothing_is_asked_where_nothing_is_referred_to() -> None:
    service = Service()
    assert referred(service, "/networks", "networks", [], name) == {}
    assert service.asked == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UnusableAnswerError("not for you"), "not for you"),
        (KeyError("limits"), "the cloud's answer about quotas cannot be read: KeyError 'limits'"),
        (ValueError("no JSON"), "the cloud's answer about quotas cannot be read: ValueError no JSON"),
    ],
)
def test_an_answer_that_is_none_is_a_refusal(error: Exception, said: str) -> None:
    def ask() -> int:
        raise error

    assert Asker().asked("quotas", ask) == Unavailable(said)


def test_what_openstacksdk_raises_is_a_refusal_with_its_status() -> None:
    from openstack.exceptions import ForbiddenException

    def ask() -> int:
        raise ForbiddenException("Policy doesn't allow it", http_status=403)

    refused = Asker().asked("quotas", ask)
    assert isinstance(refused, Unavailable)
    assert refused.status == 403
    assert refused.reason.startswith("cannot ask for quotas: forbidden: ")


@pytest.mark.parametrize(
    ("text", "is_one"), [(ID, True), (ID.replace("-", ""), True), ("ubuntu-24.04", False)]
)
def test_ids_are_told_from_names(text: str, is_one: bool) -> None:
    assert (UUID.fullmatch(text) is not None) == is_one


def test_the_largest_mtu_is_that_of_the_projects_own_networks() -> None:
    service = Networks(
        {"mtu": 1450, "router:external": False},
        {"mtu": 8950, "router:external": False},
        {"mtu": 9000, "router:external": True},
        {"router:external": False},
    )
    assert largest_mtu(service.cloud()) == 8950
    assert service.asked == [
        ("/networks", {"project_id": "p1", "fields": ["mtu", "router:external"]}),
    ]
    assert largest_mtu(Networks({"mtu": 1500, "router:external": True}).cloud()) is None


def test_the_subnets_of_a_router_are_those_of_its_own_ports() -> None:
    service = Ports(
        {"device_owner": "network:router_interface", "fixed_ips": [{"subnet_id": "inside"}]},
        {"device_owner": "network:router_gateway", "fixed_ips": [{"subnet_id": "outside"}]},
    )
    (subnet,) = neighbours(service.cloud(), Router("r1", "edge"))
    assert (subnet.name, subnet.cidr) == ("inside", "10.0.0.0/24")
    assert service.asked[0] == ("/ports", {"device_id": "r1", "fields": ["device_owner", "fixed_ips"]})
    assert neighbours(Ports().cloud(), Router("r1", "edge")) == ()


def test_the_subnets_of_further_ports_are_those_of_their_networks() -> None:
    service = Ports()
    port = FurtherPortSpec("storage", None, "normal", (), port_security=True)
    found = port_subnets(
        service.cloud(), with_ports(wanted(BROUGHT), port, port), {"storage": (Network("n1", "storage"),)}
    )
    assert service.asked == [("/subnets", {"network_id": ["n1"]})]
    assert [(subnet.gateway, subnet.dhcp) for subnet in found] == [("10.70.0.1", False)]


class Ports:
    """Neutron with these ports, and any subnet that it is asked for."""

    def __init__(self, *ports: dict[str, Any]) -> None:
        self._ports = list(ports)
        self.asked: list[tuple[str, Any]] = []

    def get(self, path: str, params: dict[str, Any]) -> Answer:
        self.asked.append((path, params))
        if path == "/ports":
            return Answer({"ports": self._ports})
        if "network_id" in params:
            beside = {"id": "s", "name": "s", "network_id": "n1", "gateway_ip": "10.70.0.1"}
            return Answer({"subnets": [{**beside, "cidr": "10.70.0.0/24", "enable_dhcp": False}]})
        wanted = [{"id": i, "name": i, "network_id": "n", "cidr": "10.0.0.0/24"} for i in params["id"]]
        return Answer({"subnets": wanted})

    def cloud(self) -> Any:
        return SimpleNamespace(sdk=SimpleNamespace(network=self))


class Networks:
    """Neutron with these networks, in a cloud of the project p1."""

    def __init__(self, *networks: dict[str, Any]) -> None:
        self._networks = list(networks)
        self.asked: list[tuple[str, Any]] = []

    def get(self, path: str, params: dict[str, Any]) -> Answer:
        self.asked.append((path, params))
        return Answer({"networks": self._networks})

    def cloud(self) -> Any:
        session = SimpleNamespace(get_project_id=lambda: "p1")
        return SimpleNamespace(sdk=SimpleNamespace(network=self, session=session))


@pytest.mark.parametrize(("said", "secured"), [({}, True), ({"port_security_enabled": False}, False)])
def test_a_network_says_whether_its_ports_may_have_security_groups(
    said: dict[str, bool], secured: bool
) -> None:
    cloud = Networks({"id": ID, "name": "corp-net", **said}).cloud()
    assert networks(cloud, wanted(BROUGHT))["corp-net"][0].port_security is secured
