"""Certificates that kubeadm makes for a master: renewed in time, in turn, and after their end too."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from os import utime
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

DAY = timedelta(days=1)
TODAY = datetime(2026, 11, 28, 12, tzinfo=UTC)
"""A day of the second of three masters."""
FILES = ("pki/apiserver.crt", "pki/etcd/peer.crt", "admin.conf", "controller-manager.conf")
"""Some of each kind."""
AUTHORITIES = ("pki/ca.crt", "pki/etcd/ca.crt", "pki/front-proxy-ca.crt")
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
KUBEADM = """
[ "$1 $2 $3" = "certs renew all" ] || exit 1
[ ! -e "$JEROBOAM_ROOT/kubeadm-fails" ] || exit 1
cp -r "$JEROBOAM_ROOT/fresh/." "$JEROBOAM_ROOT/etc/kubernetes/"
"""
"""kubeadm that has other files ready."""
KUBECTL = """
[ ! -e "$JEROBOAM_ROOT/api-is-down" ] || exit 1
case "$*" in
  *" annotate node prod-master-1 "*) for word; do :; done; echo "$word" >"$JEROBOAM_ROOT/told" ;;
  *) exit 1 ;;
esac
"""
DATE = """
[ "$1" = +%s ] && exec cat "$JEROBOAM_ROOT/now"
exec /usr/bin/date "$@"
"""
"""date on a day that was chosen."""
CRICTL = """
for word; do :; done
case $1 in
  ps) cat "$JEROBOAM_ROOT/containers/${word#*=}" ;;
  stop) file=$(grep -lx "$word" "$JEROBOAM_ROOT"/containers/*) && echo "$word-again" >"$file" ;;
esac
"""
"""crictl of a node whose kubelet starts what is stopped."""


def _certificate(end: datetime, subject: str = "any") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - 3650 * DAY)
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def _as_file(name: str, certificate: bytes) -> str:
    if not name.endswith(".conf"):
        return certificate.decode()
    data = base64.b64encode(certificate).decode()
    return f"users:\n- user:\n    client-certificate-data: {data}\n    client-key-data: none\n"


Place = Callable[[timedelta], Node]


@pytest.fixture
def place(tmp_path: Path, cloud: Cloud) -> Place:
    """The second of three masters, whose certificates end so long from now; new ones would in a year."""
    model = plan(masters={"count": 3, "flavor": "m"})
    secrets = made(model.secrets, {}, random=Random(1), now=datetime.now(UTC))
    node = node_of_role(tmp_path, "prod-master-1", model.roles[0], secrets, cloud)
    for name, body in (("kubeadm", KUBEADM), ("kubectl", KUBECTL), ("crictl", CRICTL), ("date", DATE)):
        node.stub(name, body, quiet=name == "date")
    for address in ("10.0.0.5", "10.0.0.6", "10.0.0.7"):
        node.place(f"up/{address}", "200")
    for component in COMPONENTS:
        node.place(f"containers/{component}", f"{component}-1\n")
    _on(node, TODAY)

    def placed(left: timedelta) -> Node:
        for name in FILES:
            node.place(f"fresh/{name}", _as_file(name, _certificate(TODAY + 365 * DAY)))
            # One ends before the others.
            more = timedelta(0) if name == "pki/etcd/peer.crt" else DAY
            node.place(f"etc/kubernetes/{name}", _as_file(name, _certificate(TODAY + left + more)))
            _written(node, name, 300 * DAY)
        for name in AUTHORITIES:
            node.place(f"etc/kubernetes/{name}", _as_file(name, _certificate(TODAY + DAY)))
        return node

    return placed


def _on(node: Node, day: datetime) -> None:
    node.place("now", f"{day.timestamp():.0f}\n")


def _written(node: Node, name: str, ago: timedelta) -> None:
    then = (TODAY - ago).timestamp()
    utime(node.root / "etc/kubernetes" / name, (then, then))


def _step(node: Node) -> subprocess.CompletedProcess[str]:
    return node.run_script("opt/jeroboam/steps/61-certificates.sh")


def _restarted(node: Node) -> list[str]:
    return [call.split()[-1].removesuffix("-1") for call in node.called() if call.startswith("crictl stop")]


def _renewed(node: Node) -> bool:
    return any(call.startswith("kubeadm certs renew") for call in node.called())


def _told(node: Node) -> timedelta:
    """How long from now the first certificate ends, as the Node object says."""
    name, _, end = node.text("told").strip().partition("=")
    assert name == "jeroboam.dev/certificates-end"
    return datetime.fromisoformat(end) - TODAY


def test_what_lasts_is_left_and_its_end_is_told(place: Place) -> None:
    node = place(91 * DAY)
    assert _step(node).returncode == 0
    assert not _renewed(node)
    assert _told(node) == 91 * DAY
    assert "systemctl enable --quiet --now jeroboam-approver.service" in node.called()


def test_what_ends_soon_is_renewed_and_all_that_has_it_restarted(place: Place) -> None:
    node = place(90 * DAY)
    done = _step(node)
    assert done.returncode == 0, done.stdout + done.stderr
    assert _renewed(node)
    assert _restarted(node) == [*COMPONENTS]
    assert _told(node) == 365 * DAY
    assert "pki/etcd/peer.crt" in done.stdout


@pytest.mark.parametrize("later", range(1, 4))
def test_each_master_has_its_day(place: Place, later: int) -> None:
    """Those of three masters never fall together."""
    node = place(80 * DAY)
    _on(node, TODAY + later * DAY)
    assert _step(node).returncode == 0
    assert _renewed(node) is (later == 3)


@pytest.mark.parametrize(("days", "renewed"), [(15, False), (13, True)])
def test_it_waits_for_other_masters_until_it_cannot(place: Place, days: int, renewed: bool) -> None:
    node = place(days * DAY)
    (node.root / "up/10.0.0.7").unlink()
    done = _step(node)
    assert done.returncode == 0
    assert _renewed(node) is renewed
    assert ("another master's API does not answer" in done.stdout) is not renewed


@pytest.mark.parametrize("later", range(3))
def test_what_has_ended_is_renewed_on_any_day_and_without_the_api(place: Place, later: int) -> None:
    node = place(-35 * DAY)
    _on(node, TODAY + later * DAY)
    node.place("api-is-down", "")
    node.stub("kubeadm", f'{KUBEADM}rm -f "$JEROBOAM_ROOT/api-is-down"')
    for address in ("10.0.0.5", "10.0.0.7"):
        (node.root / f"up/{address}").unlink()
    done = _step(node)
    assert done.returncode == 0, done.stdout + done.stderr
    assert _restarted(node) == [*COMPONENTS]
    assert _told(node) == 365 * DAY


def test_where_all_has_ended_no_master_waits_for_the_others(place: Place) -> None:
    """Three of etcd, and the first that is renewed is alone: its API server cannot work yet."""
    node = place(-35 * DAY)
    for file in (node.root / "up").iterdir():
        file.unlink()
    done = _step(node)
    assert done.returncode == 0, done.stdout + done.stderr
    assert _restarted(node) == [*COMPONENTS]
    assert not (node.root / "var/lib/jeroboam/renewing").exists()


def test_what_was_just_renewed_is_left_though_its_authority_ends(place: Place) -> None:
    node = place(20 * DAY)
    _written(node, "pki/etcd/peer.crt", 2 * DAY)
    assert _step(node).returncode == 0
    assert not _renewed(node)


def test_a_renewal_that_was_cut_off_is_gone_on_with(place: Place) -> None:
    """New files, and processes that have the old ones."""
    node = place(89 * DAY)
    node.place("kubeadm-fails", "")
    assert _step(node).returncode != 0
    assert not _restarted(node)
    (node.root / "kubeadm-fails").unlink()
    for name in FILES:
        node.place(f"etc/kubernetes/{name}", node.text(f"fresh/{name}"))
    assert _step(node).returncode == 0
    assert _restarted(node) == [*COMPONENTS]
    assert _step(node).returncode == 0
    assert _restarted(node) == [*COMPONENTS]


def test_a_certificate_that_cannot_be_read_fails_it(place: Place) -> None:
    node = place(300 * DAY)
    node.place("etc/kubernetes/pki/apiserver.crt", "nothing\n")
    done = _step(node)
    assert done.returncode != 0
    assert "pki/apiserver.crt cannot be read" in done.stderr


@pytest.mark.parametrize(("days", "renewed"), [(1, False), (-1, True)])
def test_a_kubelet_that_was_off_past_the_end_gets_a_new_certificate(
    place: Place, days: int, renewed: bool
) -> None:
    node = place(300 * DAY)
    pki = node.root / "var/lib/kubelet/pki"
    node.place("var/lib/kubelet/pki/kubelet-client-1.pem", _certificate(TODAY + days * DAY).decode())
    (pki / "kubelet-client-current.pem").symlink_to("kubelet-client-1.pem")
    assert node.run_script("opt/jeroboam/steps/50-pki.sh").returncode == 0
    done = _step(node)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("systemctl restart kubelet.service" in node.called()) is renewed
    found = (pki / "kubelet-client-current.pem").read_bytes()
    assert (b"PRIVATE KEY" in found) is renewed
    if renewed:
        certificate = x509.load_pem_x509_certificate(found)
        assert certificate.subject.rfc4514_string() == "CN=system:node:prod-master-1,O=system:nodes"
        authority = x509.load_pem_x509_certificate((node.root / "etc/kubernetes/pki/ca.crt").read_bytes())
        certificate.verify_directly_issued_by(authority)
        assert certificate.not_valid_after_utc > datetime.now(UTC) + 364 * DAY
        assert (pki / "kubelet-client-renewed.pem").stat().st_mode & 0o777 == 0o600
