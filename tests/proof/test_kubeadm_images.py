"""What is listed for a mirror has all that kubeadm of each minor version pulls (`make test-kubeadm`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from jeroboam.drivers.kubernetes.catalogue import supported_minors
from jeroboam.parts.artifacts import image
from jeroboam.pipeline import plan_spec
from tests.proof.test_mirror_list import OF_KUBEADM
from tests.support import kubeadm
from tests.support.cases import MINIMAL, compiled_text

pytestmark = pytest.mark.kubeadm

REGISTRY = "registry.example.org/mirror"


@pytest.mark.parametrize("registry", [None, REGISTRY])
@pytest.mark.parametrize("minor", supported_minors())
def test_kubeadm_pulls_what_is_listed(minor: str, registry: str | None, tmp_path: Path) -> None:
    spec = f"{MINIMAL.spec.read_text(encoding='utf-8')}\ncoe_version: '{minor}'\n"
    if registry:
        spec += f"artifacts: {{image_registry: {registry}}}\n"
    bundle = compiled_text(spec, tmp_path)
    model = plan_spec(str(tmp_path / "cluster.yaml")).value
    assert model is not None
    (text,) = (it for name, it in kubeadm.configurations(bundle) if name.endswith("/init.yaml"))
    listed = {image(model.images[name], registry) for name in (*OF_KUBEADM, "pause")}
    assert kubeadm.pulled(minor, text, tmp_path) == listed
