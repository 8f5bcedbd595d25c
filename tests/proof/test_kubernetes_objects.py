"""Each manifest on a node by Kubernetes' own schemas; kubeadm's and kubelet's configuration by kubeadm."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from jeroboam.drivers.kubernetes.catalogue import supported_minors
from tests.support import kubeadm, node_files
from tests.support.cases import CASES, MINIMAL, Case, compiled

KUBERNETES = [case for case in CASES if case.coe == "kubernetes"]
EVERY_CASE = pytest.mark.parametrize("case", KUBERNETES, ids=str)
NOT_SERVED = ("kubeadm.k8s.io/", "kubelet.config.k8s.io/", "kubeproxy.config.k8s.io/", "audit.k8s.io/",
              "apiserver.config.k8s.io/")  # fmt: skip
"""API groups of configuration files: no API server serves them, so no API schema has them."""


def _objects(case: Case) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for document in node_files.user_data(compiled(case.spec)).values():
        found += list(node_files.kubernetes_objects(node_files.files(document)))
    return found


def _complaint(manifest: dict[str, Any], version: str) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import kubernetes_validate

        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except kubernetes_validate.ValidationError as problem:
            return f"{'/'.join(map(str, problem.path))}: {problem.message}"
        except kubernetes_validate.SchemaNotFoundError as problem:
            return f"no schema: {problem}"
    return None


def _custom_kinds(objects: list[tuple[str, dict[str, Any]]]) -> set[tuple[str, str]]:
    """(API group, kind) of what the manifests themselves define."""
    return {
        (manifest["spec"]["group"], manifest["spec"]["names"]["kind"])
        for _, manifest in objects
        if manifest["kind"] == "CustomResourceDefinition"
    }


@EVERY_CASE
def test_manifests_follow_the_schemas(case: Case) -> None:
    objects, version = _objects(case), kubeadm.minor(compiled(case.spec))
    custom = _custom_kinds(objects)
    served = [
        (path, manifest)
        for path, manifest in objects
        if not manifest["apiVersion"].startswith(NOT_SERVED)
        and (manifest["apiVersion"].split("/")[0], manifest["kind"]) not in custom
    ]
    kinds = {manifest["kind"] for _, manifest in served}
    assert "DaemonSet" in kinds
    assert kinds & {"ConfigMap", "Secret"}
    complaints = {
        f"{path} {manifest['kind']} {manifest['metadata']['name']}": complaint
        for path, manifest in served
        if (complaint := _complaint(manifest, version))
    }
    assert complaints == {}


def test_schemas_refuse_what_is_broken() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x"},
        "spec": {"containers": [{"nam": "x"}]},
    }
    assert _complaint(pod, kubeadm.minor(compiled(MINIMAL.spec))) is not None


@EVERY_CASE
def test_images_are_pinned(case: Case) -> None:
    """No image floats: each has a tag other than latest, and comes from the registry that the spec names."""
    for path, manifest in _objects(case):
        for image in re.findall(r"image: *'?([^'\s,}]+)", yaml.safe_dump(manifest, width=10_000)):
            assert re.search(r":v?\d[^/]*$|@sha256:", image), f"{path}: {image}"


# --- a real kubeadm of each minor version, built from source by `make test-kubeadm` ------------------


@pytest.mark.kubeadm
@EVERY_CASE
def test_kubeadm_accepts_its_configuration(case: Case, tmp_path: Path) -> None:
    bundle = compiled(case.spec)
    found = dict(kubeadm.configurations(bundle))
    assert found
    for path, text in found.items():
        assert kubeadm.complaint(kubeadm.minor(bundle), text, tmp_path) == "", path


@pytest.mark.kubeadm
@pytest.mark.parametrize("minor", supported_minors())
def test_kubeadm_refuses_what_is_broken(minor: str, tmp_path: Path) -> None:
    broken = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "cgroupDrivr": "systemd",
    }
    cluster = {"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration"}
    assert "cgroupDrivr" in kubeadm.complaint(minor, yaml.safe_dump_all([cluster, broken]), tmp_path)
