"""A real kubeadm of each minor version, as `make test-kubeadm` builds them, and what it reads of a bundle."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support import hot, node_files
from tests.support.cases import ROOT, CompiledTexts

FOLDER = ROOT / ".tools" / "kubernetes"
AT_BOOT = {
    "@": "@",
    "BOOTSTRAP_TOKEN": "abcdef.0123456789abcdef",
    "CA_HASH": "a" * 64,
    "JEROBOAM_ENCRYPTION_KEY": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",
    "NODE_ADDRESS_6": "2001:db8::11",
    "NODE_NAME": "minimal-master-0",
}
"""What the node's own steps put in place of `@{NAME}`; any other name is an address."""


def minor(bundle: CompiledTexts) -> str:
    """The minor version of a bundle's cluster."""
    version: str = hot.parse(bundle.files[bundle.hot])["outputs"]["coe_version"]["value"]
    return ".".join(version.removeprefix("v").split(".")[:2])


def configurations(bundle: CompiledTexts) -> Iterator[tuple[str, str]]:
    """What kubeadm reads, as it is on a node after its steps, by role and file."""
    for role, document in node_files.user_data(bundle).items():
        for file in node_files.files(document):
            if file.path.endswith(".yaml") and "apiVersion: kubeadm.k8s.io/" in file.text:
                yield f"{role}: {file.path}", re.sub(r"@\{(\w+|@)\}", _at_boot, file.text)


def complaint(minor: str, text: str, folder: Path) -> str:
    """What kubeadm of a minor version has against a configuration, warnings included; else empty."""
    path = folder / "kubeadm.yaml"
    path.write_text(text, encoding="utf-8")
    command = (FOLDER / f"kubeadm-{minor}", "config", "validate", "--config", path)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    # What is said of ipvs the compiler says too (JB0477).
    lines = [line for line in done.stderr.splitlines() if 'is set to "ipvs"' not in line]
    warned = any("deprecated" in line or "WARNING" in line for line in lines)
    return done.stderr if done.returncode or warned else ""


def pulled(minor: str, text: str, folder: Path) -> set[str]:
    """The images that kubeadm of a minor version pulls by a configuration. Raises CalledProcessError."""
    path = folder / "kubeadm.yaml"
    path.write_text(text, encoding="utf-8")
    command = (FOLDER / f"kubeadm-{minor}", "config", "images", "list", "--config", path)
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return set(done.stdout.split())


def reread(text: str) -> str:
    """YAML documents as lines of JSON, as Kubernetes' programs read them. Raises CalledProcessError."""
    return subprocess.run(
        [FOLDER / "reread"], input=text, stdout=subprocess.PIPE, text=True, timeout=120, check=True
    ).stdout


def _at_boot(found: re.Match[str]) -> str:
    return AT_BOOT.get(found[1], "10.0.0.11")
