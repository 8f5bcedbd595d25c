"""Serving certificates of kubelets: approved for their own names and addresses, and for nobody else's."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from jeroboam.secrets.recipes import made
from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node
from tests.nodescripts.test_kubernetes import node_of_role
from tests.unit.drivers.kubernetes.planned import plan

KUBECTL = """
case "$*" in
  *" get certificatesigningrequests "*" --watch "*) cat "$JEROBOAM_ROOT/names" ;;
  *" get certificatesigningrequest "*) cat "$JEROBOAM_ROOT/requests/$5" ;;
  *" get nodes "*) cat "$JEROBOAM_ROOT/nodes" ;;
  *" get services "*) cat "$JEROBOAM_ROOT/services" ;;
  *" certificate approve "*) echo "$5" >>"$JEROBOAM_ROOT/approved" ;;
  *) exit 1 ;;
esac
"""
WORKER = "prod-default-0"
API, OTHER, OWN = "10.0.0.9", "10.0.0.5", "10.0.0.20"


def _request(name: str, group: str, dns: list[str], addresses: list[str], more: bool) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, group),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ]
    names: list[x509.GeneralName] = [
        *map(x509.DNSName, dns),
        *(x509.IPAddress(ip_address(it)) for it in addresses),
    ]
    if more:
        names.append(x509.UniformResourceIdentifier("spiffe://any"))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return base64.b64encode(pem).decode()


class Asked:
    """A master that is asked for one certificate."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.said = ""

    def approves(
        self,
        *addresses: str,
        dns: tuple[str, ...] = (WORKER,),
        name: str = WORKER,
        user: str | None = None,
        group: str = "system:nodes",
        conditions: str = "",
        more: bool = False,
    ) -> bool:
        """Whether it approves a request for these addresses."""
        request = _request(f"system:node:{name}", group, [*dns], [*addresses], more)
        asker = f"system:node:{name}" if user is None else user
        self.node.place("requests/csr-1", f"{asker} {request} {conditions}")
        self.node.place("approved", "")
        done = self.node.run_script("opt/jeroboam/approve.sh")
        assert done.returncode == 0, done.stderr
        self.said = done.stdout
        return self.node.text("approved") == "csr-1\n"


@pytest.fixture
def master(tmp_path: Path, cloud: Cloud) -> Asked:
    """A master of three; a worker has two addresses of each family."""
    model = plan(masters={"count": 3, "flavor": "m"})
    secrets = made(model.secrets, {}, random=Random(1), now=datetime.now(UTC))
    node = node_of_role(tmp_path, "prod-master-1", model.roles[0], secrets, cloud)
    node.stub("kubectl", KUBECTL)
    node.place("names", "csr-1\n")
    node.place(
        "nodes", f"prod-master-0 {OTHER} prod-master-0\n{WORKER} {OWN} fd00::14 {WORKER}\nprod-a-1 fd00::5\n"
    )
    node.place("services", "10.254.0.1  \n10.254.0.10 198.51.100.4 203.0.113.9\nNone  \n")
    return Asked(node)


def test_its_own_name_and_addresses(master: Asked) -> None:
    assert master.approves(OWN, "fd00::14", dns=(WORKER, f"{WORKER}.novalocal"))


def test_before_it_is_registered(master: Asked) -> None:
    """Nobody has these addresses, and it may be faster than its Node object."""
    assert master.approves("10.0.0.77", name="prod-default-7", dns=("prod-default-7",))


@pytest.mark.parametrize(
    "address",
    [
        OTHER, "fd00::5", "10.254.0.1", "10.254.0.10", "198.51.100.4", "203.0.113.9", API, "127.0.0.1",
        "::1", "::ffff:10.0.0.9",
    ],
)  # fmt: skip
def test_an_address_that_is_somebody_elses(master: Asked, address: str) -> None:
    assert not master.approves(OWN, address)
    assert f"csr-1 is not approved: system:node:{WORKER} asks for DNS:{WORKER} IPAddress:{OWN}" in master.said


@pytest.mark.parametrize(
    "name", ["kubernetes", "kubernetes.default.svc", "prod-master-0", "prod-default-01", "*", ""]
)
def test_a_name_that_is_not_its_own(master: Asked, name: str) -> None:
    assert not master.approves(OWN, dns=(name,) if name else ("",))


@pytest.mark.parametrize(
    "name",
    [
        f"{WORKER}.a\nb",
        f"{WORKER}.a\n    Signature Algorithm: a",
        f"{WORKER}.a\nX509v3 Subject Alternative Name:",
        f"{WORKER}.a\n  ",
    ],
)
def test_what_stands_behind_the_line_of_a_name_is_judged_too(master: Asked, name: str) -> None:
    assert not master.approves(API, dns=(name,))


def test_the_apis_address_is_none_of_several_masters(master: Asked) -> None:
    for name in ("prod-master-1", "prod-master-9"):
        assert not master.approves(API, name=name, dns=(name,))
    assert not master.approves("10.0.0.6", name="prod-master-9", dns=("prod-master-9",))
    assert master.approves("10.0.0.6", name="prod-master-1", dns=("prod-master-1",))


def test_something_that_is_neither_name_nor_address(master: Asked) -> None:
    assert not master.approves(OWN, more=True)


def test_a_request_in_the_name_of_another(master: Asked) -> None:
    assert not master.approves(OWN, user="system:node:prod-default-1")
    assert not master.approves(OWN, user="system:serviceaccount:default:default")
    assert not master.approves(OWN, group="system:masters")


@pytest.mark.parametrize("name", ["other-default-0", "prod-a /d;w x", "prod-.*", "prod-a\\nb"])
def test_a_name_that_no_node_of_the_cluster_can_have(master: Asked, name: str) -> None:
    assert not master.approves(OWN, name=name, dns=(name,) if name.isalnum() else ())


def test_what_was_decided_is_left(master: Asked) -> None:
    assert not master.approves(OWN, conditions="Denied")
    assert master.said == ""


def test_the_apis_address_is_an_only_masters_own(tmp_path: Path, cloud: Cloud) -> None:
    model = plan(masters={"count": 1, "flavor": "m"})
    secrets = made(model.secrets, {}, random=Random(1), now=datetime.now(UTC))
    node = node_of_role(tmp_path, "prod-master-0", model.roles[0], secrets, cloud)
    node.stub("kubectl", KUBECTL)
    node.place("names", "csr-1\n")
    node.place("nodes", "")
    node.place("services", "10.254.0.1\n")
    # Its address is the API's, as Heat tells it.
    env = node.text("etc/jeroboam/heat.env")
    node.place("etc/jeroboam/heat.env", env.replace("0=10.0.0.5 1=10.0.0.6 2=10.0.0.7", f"0={API}"))
    assert Asked(node).approves(API, name="prod-master-0", dns=("prod-master-0",))


def test_kubelets_ask_for_them(master: Asked) -> None:
    documents = master.node.text("etc/jeroboam/kubeadm/init.yaml").split("---\n")
    (kubelet,) = [text for text in documents if "kind: KubeletConfiguration" in text]
    assert "serverTLSBootstrap: true\n" in kubelet
    unit = master.node.text("etc/systemd/system/jeroboam-approver.service")
    assert "\nExecStart=/bin/bash /opt/jeroboam/run.sh /opt/jeroboam/approve.sh\n" in unit
    assert "\nRestart=always\n" in unit
