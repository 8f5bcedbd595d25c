"""What a node says on its console of certificates that end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.nodescripts.lab import FRAGMENTS, Node

NOW = datetime.now(UTC).replace(microsecond=0)
KUBELET = "var/lib/kubelet/pki/kubelet-client-current.pem"
SWARM = "var/lib/docker/swarm/certificates/swarm-node.crt"


def _place(node: Node, path: str, days: int) -> None:
    """A certificate that ends so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "any")])
    end = NOW + timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - timedelta(days=365))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    node.place(path, certificate.public_bytes(serialization.Encoding.PEM).decode())


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """A worker."""
    placed = Node(tmp_path, "prod-default-2")
    placed.place("opt/jeroboam/ends.sh", (FRAGMENTS / "common/ends.sh").read_text("utf-8"))
    return placed


def _said(node: Node) -> list[str]:
    """What it adds to its console of its certificates."""
    before = len(node.lines())
    done = node.run_script("opt/jeroboam/ends.sh")
    assert done.returncode == 0, done.stderr
    said = [line.replace(str(node.root), "") for line in node.lines()[before:]]
    head = "jeroboam: node=prod-default-2 certificates"
    assert all(line.startswith(head) for line in said)
    return [line.removeprefix(head) for line in said]


def test_what_has_ended_and_what_ends_within_a_month(node: Node) -> None:
    _place(node, KUBELET, -2)
    _place(node, "etc/kubernetes/pki/etcd/peer.crt", 29)
    _place(node, "etc/etcd/pki/server.crt", 31)
    assert _said(node) == [f" 2592000=/etc/kubernetes/pki/etcd/peer.crt 0=/{KUBELET}"]


def test_it_is_said_again_when_it_changes_and_after_a_start(node: Node) -> None:
    _place(node, SWARM, -2)
    assert _said(node) == [f" 0=/{SWARM}"]
    assert _said(node) == []
    _place(node, SWARM, 365)
    assert _said(node) == [""]
    (node.root / "run/jeroboam/ends").unlink()
    assert _said(node) == [""]


def test_a_file_that_cannot_be_read_counts_as_ended(node: Node) -> None:
    node.place(SWARM, "no certificate\n")
    assert _said(node) == [f" 0=/{SWARM}"]
