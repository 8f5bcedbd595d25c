"""Clusters for throw-away machines: a spec of each COE that asks for every step, compiled for any distro."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from jeroboam.model.secrets import UserSupplied
from jeroboam.model.types import (
    ClusterModel,
    HeatFact,
    HeatValue,
    Role,
    RoleKind,
    SecretRef,
    keypair_parameter,
)
from jeroboam.pipeline import plan_spec
from jeroboam.secrets.recipes import made
from jeroboam.secrets.seal import Seal, keypairs, sealed
from jeroboam.serialize import yaml_text
from tests.nodescripts.cloud import credentials
from tests.nodescripts.coes import COES
from tests.nodescripts.inside import SERVERS, VIP

RECORDERS = Path(__file__).parent / "recorders"
MIRROR = "http://mirror.example.org"
CLOUD = "http://cloud.example.org"
"""No machine knows its address: the proxy is the only way there."""
SILENT = "silent.example.org"
"""Reached directly, and nobody answers."""
HOSTS = f"127.0.0.1 localhost\n{SERVERS} mirror.example.org silent.example.org proxy.example.org\n"
VOLUMES = {HeatFact.ETCD_VOLUMES: "vdb", HeatFact.DOCKER_VOLUMES: "vdc"}
"""The device of each volume."""
BACKENDS: Mapping[str, Mapping[str, Any]] = {"ubuntu": {"backend": {"type": "wireguard"}}}
"""What a distro's clusters have for Flannel's own choice, so that each step of Flannel's is there."""
CONTENTS = {
    "docker": ("docker/docker", "docker/dockerd"),
    "etcd": ("etcd-v3/etcd", "etcd-v3/etcdctl"),
    **{name: programs for coe in COES.values() for name, programs in coe.archives.items()},
}
"""What is in each archive."""
HOOK = '#!/bin/sh\necho "hook on $NODE_NAME, number $NODE_INDEX"\n'


class Cluster(NamedTuple):
    """A planned cluster, its secrets, and a folder with what the mirror has and the API's certificate."""

    model: ClusterModel
    secrets: Mapping[str, str]
    folder: Path

    def role(self, kind: RoleKind) -> Role:
        """The masters, or the first node group."""
        return next(role for role in self.model.roles if role.kind is kind)

    def value(self, value: HeatValue) -> str:
        """What Heat puts into user data."""
        if not isinstance(value, SecretRef):
            return FACTS[value]
        secret = next(s for s in self.model.secrets if s.name == value.name)
        return sealed(self.secrets[value.name], SEAL.key(secret))

    def metadata(self, kind: RoleKind) -> str:
        """What Nova's metadata service says to a server of this kind."""
        pair = keypairs(self.model.spec.name, SEAL)[keypair_parameter(kind)]
        return json.dumps(
            {"name": "server", "public_keys": {pair.name: f"ssh-ed25519 AAAA {pair.comment}\n"}}
        )

    def tls(self) -> dict[str, str]:
        """Files of the certificate that every API of the cluster shows."""
        return {name: str(self.folder / f"{name}.pem") for name in ("certificate", "key", "ca")}


SEAL = Seal("5a" * 32, "c3" * 32)
FACTS: Mapping[HeatFact, str] = {
    HeatFact.API_ADDRESS: VIP,
    HeatFact.API_PUBLIC_ADDRESS: "203.0.113.9",
    HeatFact.MASTER_ADDRESSES: "0=10.0.0.5 1=10.0.0.6 2=10.0.0.7",
    HeatFact.SUBNET_CIDR: "10.0.0.0/24",
    HeatFact.SUBNET_ID: "5f0c2d1e-8a4b-4d0c-9a58-3f6f0e7f4a11",
    HeatFact.EXTERNAL_NETWORK: "0d6b1e77-6d1c-4f0e-8d5a-9d8e3f1a2b3c",
    HeatFact.ETCD_VOLUMES: "0=1b4e28ba-2fa1-11d2-883f-b9a761bde3fb 1=6fa459ea-ee8a-3ca4-894e-db77e160355e",
    HeatFact.DOCKER_VOLUMES: "0=2b4e28ba-2fa1-11d2-883f-b9a761bde3fc 1=7fa459ea-ee8a-3ca4-894e-db77e160355f",
    HeatFact.CONFIG: "4c1b7a90de52",
    HeatFact.SECRETS: "0f1e2d3c4b5a6978",
    HeatFact.RESTORE: "",
    HeatFact.SIGNAL: credentials("signal", CLOUD),
    HeatFact.PROGRESS: credentials("progress", CLOUD),
}


NO_PROGRESS = credentials("progress", f"http://{SILENT}:9")
"""A handle that nobody answers at."""


def cluster(coe: str, distro: str, folder: Path, network: str = "flannel") -> Cluster:
    """Three masters and a worker with all that a spec of this COE can ask of a node, files in `folder`."""
    (folder / "hook.sh").write_text(HOOK, encoding="utf-8")
    pins = _mirrored(planned(coe, distro, folder, {}, network), folder / "mirror")
    model = planned(coe, distro, folder, pins, network)
    secrets = made(model.secrets, {}, random=Random(7), now=datetime.now(UTC))
    given = {
        s.name: base64.b64encode(b"a credential from outside").decode()
        for s in model.secrets
        if isinstance(s.recipe, UserSupplied)
    }
    found = Cluster(model, {**secrets, **given}, folder)
    _certify(found)
    return found


def planned(
    coe: str, distro: str, folder: Path, pins: Mapping[str, str], network: str = "flannel"
) -> ClusterModel:
    """The model of the spec."""
    ca = folder / "ca.crt"
    if not ca.exists():
        ca.write_bytes(_some_ca())
    proxy = "http://proxy.example.org:3128"
    flannel = network == "flannel"
    spec = {
        "spec_version": 1, "kind": "cluster", "name": "lab", "coe": coe, "distro": distro, "image": "image",
        "keypair": "ops", "network": {"external_network": "public", "ntp_servers": ["ntp.example.org"]},
        "masters": {"count": 3, "flavor": "m", **({"etcd_volume": {"size": 5}} if flannel else {})},
        "node_groups": [{"name": "default", "flavor": "m", "docker_volume": {"size": 20},
                         "ports": [{"network": "storage"}]}],
        "container_network": {"driver": network, **(BACKENDS.get(distro, {}) if flannel else {})},
        "proxy": {"http": proxy, "https": proxy, "no_proxy": [SILENT]},
        "tls": {"trusted_ca_files": ["ca.crt"]},
        "artifacts": {"mirror": MIRROR, "pins": dict(pins)},
        "hooks": {"pre_bootstrap": ["hook.sh"], "post_bootstrap": ["hook.sh"]},
        "runtime": dict(COES[coe].runtime), coe: dict(COES[coe].block),
    }  # fmt: skip
    path = folder / "cluster.yaml"
    path.write_text(yaml_text(spec), encoding="utf-8")
    found = plan_spec(str(path))
    assert found.value is not None, [d.message for d in found.diagnostics]
    return found.value


def recorder(name: str) -> str:
    """A program that notes how it was called and plays the real one; what is not played does nothing."""
    path = RECORDERS / name
    body = path.read_text(encoding="utf-8") if path.exists() else ""
    return f'#!/bin/bash\nprintf "%s\\n" "{name} $*" >>/played/calls\n{body}'


def _mirrored(model: ClusterModel, mirror: Path) -> dict[str, str]:
    """Puts recorders where each download is expected; the pins of those whose digest the compiler knows."""
    pins: dict[str, str] = {}
    tables = {
        f.content for role in model.roles for f in role.config.files if f.path.endswith("artifacts.list")
    }
    for line in sorted({line for table in tables for line in table.splitlines()}):
        name, _, kind, target, url, digest, checksums = line.split()
        content = _archive(CONTENTS[name]) if kind == "tgz" else recorder(target).encode()
        path = mirror / urlsplit(url).path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        found = hashlib.sha256(content).hexdigest()
        if digest == "-":
            sums = mirror / urlsplit(checksums).path.lstrip("/")
            with sums.open("a", encoding="utf-8") as file:
                file.write(f"{found}  {path.name}\n")
        else:
            pins[name] = found
    return pins


def _archive(paths: tuple[str, ...]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path in paths:
            content = recorder(path.rpartition("/")[2]).encode()
            member = tarfile.TarInfo(path)
            member.mode, member.size = 0o755, len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _some_ca() -> bytes:
    from jeroboam.model.secrets import CaCertificateOf, PrivateKey, Secret

    pair = (Secret("key", "", PrivateKey()), Secret("cert", "", CaCertificateOf("key", "Example CA")))
    return base64.b64decode(made(pair, {}, random=Random(3), now=datetime.now(UTC))["cert"])


def _certify(cluster: Cluster) -> None:
    """A certificate of the cluster's own CA for all of its addresses, where the COE has one."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    config = cluster.role(RoleKind.MASTER).config.heat_values
    if "JEROBOAM_CA_KEY" not in config:
        return
    refs = {name: config[f"JEROBOAM_CA_{name}"] for name in ("CERT", "KEY")}
    pem = {
        name: base64.b64decode(cluster.secrets[ref.name])
        for name, ref in refs.items()
        if isinstance(ref, SecretRef)
    }
    ca = x509.load_pem_x509_certificate(pem["CERT"])
    ca_key = serialization.load_pem_private_key(pem["KEY"], None)
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.IPAddress(ip_address(a)) for a in (VIP, "10.0.0.5", "10.0.0.6", "10.0.0.7")]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lab")]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    files = cluster.tls()
    Path(files["ca"]).write_bytes(pem["CERT"])
    Path(files["certificate"]).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    Path(files["key"]).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
