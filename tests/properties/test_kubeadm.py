"""Whatever the compiler accepts, kubeadm of its minor version accepts, without a warning.

`JEROBOAM_KUBEADM_SPECS` is how many accepted specs are asked of each minor version; `make test-properties`
asks few, where Go is.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from jeroboam.drivers.kubernetes.catalogue import supported_minors
from tests.properties.strategies import Spec, specs
from tests.properties.test_specs import PHASES, compiled_or_rejected
from tests.support import kubeadm

SPECS = int(os.environ.get("JEROBOAM_KUBEADM_SPECS") or 5)

pytestmark = pytest.mark.skipif(
    not (kubeadm.FOLDER / "reread").exists(), reason="`make test-kubeadm` builds kubeadm, which needs Go"
)


@pytest.mark.parametrize("minor", supported_minors())
@settings(
    max_examples=SPECS,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.filter_too_much],
)
@given(spec=specs())
def test_kubeadm_accepts_what_the_compiler_accepts(minor: str, spec: Spec) -> None:
    bundle = compiled_or_rejected({**spec, "coe_version": minor}, "single")
    documents = {text: path for path, text in kubeadm.configurations(bundle)}
    assert len(documents) > 1
    with tempfile.TemporaryDirectory() as folder:
        for text, path in documents.items():
            assert kubeadm.complaint(minor, text, Path(folder)) == "", path
