"""Builds what asks Kubernetes' own code: `python -m tests.labs.kubernetes_programs.build FOLDER`.

In FOLDER are then a kubeadm of each minor version, and what rereads YAML as the newest of them do. They are
built of the modules that the nodes' mirror builds its programs of (Go, two minutes a version at first).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from jeroboam.drivers.kubernetes.catalogue import supported_minors
from tests.labs.nodes.mirror.programs import KUBERNETES_MODULE, MODULES, product, required
from tests.support.cases import ROOT

HERE = Path(__file__).parent
SOURCES = ROOT / "tests/labs/nodes/mirror/programs/kubernetes"


def main(folder: Path) -> None:
    """All of them."""
    minors = supported_minors()
    for minor in minors:
        build(minor, f"{KUBERNETES_MODULE}/cmd/kubeadm", folder / f"kubeadm-{minor}")
    build(minors[-1], "./reread", folder / "reread")


def build(minor: str, package: str, target: Path) -> None:
    """A program of a minor version. A package that begins with `./` is a folder beside this module.

    Raises CalledProcessError.
    """
    flags = f"-mod=readonly -buildvcs=false -modfile={MODULES[product('kubernetes', minor)].requires}.mod"
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": flags}
    told = f"-s -w -X k8s.io/component-base/version.gitVersion={version(minor)}"
    with tempfile.TemporaryDirectory() as scratch:
        overlay = Path(scratch, "overlay.json")
        own = {str(SOURCES / package / "main.go"): str(HERE / package / "main.go")}
        overlay.write_text(json.dumps({"Replace": own if package.startswith("./") else {}}), encoding="utf-8")
        command = ("go", "build", "-overlay", str(overlay), "-ldflags", told, "-o", str(target), package)
        subprocess.run(command, cwd=SOURCES, env=environment, check=True)


def version(minor: str) -> str:
    """The version that is built of a minor version, with its v."""
    found = required(product("kubernetes", minor), KUBERNETES_MODULE)
    assert found, f"the mirror builds no Kubernetes {minor}"
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
