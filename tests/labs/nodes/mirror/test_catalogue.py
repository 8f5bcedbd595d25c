"""The mirror has what compiled nodes ask for, under the names that they ask by; nothing is built here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jeroboam import serialize
from jeroboam.model.types import ClusterModel
from jeroboam.parts import engine
from jeroboam.parts.artifacts import tag
from jeroboam.pipeline import plan_spec
from tests.labs.nodes.mirror import catalogue, conformance, programs
from tests.labs.nodes.mirror.contents import Archive, Placed, Plugins, Program

MIRROR = "192.0.2.1:5000"
SPEC = """\
spec_version: 1
kind: cluster
name: lab
coe: {coe}
distro: ubuntu
image: some
keypair: ops
network: {{external_network: public, api_allowed_cidrs: [192.0.2.0/24]}}
masters: {{count: 3, flavor: small}}
node_groups: [{{name: web, count: 2, flavor: small}}]
container_network: {{driver: {driver}}}
artifacts:
  mirror: http://{mirror}
  image_registry: {mirror}
  pins: {pins}
runtime: {{insecure_registries: ["{mirror}"]}}
"""
PIN = "0123456789abcdef" * 4


def planned(coe: str, folder: Path, driver: str = "flannel") -> ClusterModel:
    """A cluster whose every download comes from the mirror, pinned to what the mirror has."""
    names = [*(artifact.name for artifact in catalogue.artifacts(coe)), *catalogue.pinned_images(coe)]
    pins = "{" + ", ".join(f"{name}: '{PIN}'" for name in names) + "}"
    path = folder / "cluster.yaml"
    path.write_text(SPEC.format(coe=coe, driver=driver, mirror=MIRROR, pins=pins), encoding="utf-8")
    found = plan_spec(str(path))
    assert found.value is not None, found.diagnostics
    return found.value


@pytest.fixture(scope="module", params=catalogue.COES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ClusterModel:
    """Of each COE."""
    return planned(request.param, tmp_path_factory.mktemp("spec"))


def _texts(model: ClusterModel, path: str = "") -> Iterator[str]:
    for role in model.roles:
        yield from (file.content for file in role.config.files if path in file.path)


def test_every_download_is_a_file_of_the_mirror_and_pinned(model: ClusterModel) -> None:
    lines = [line.split() for table in _texts(model, "artifacts.list") for line in table.splitlines()]
    assert lines
    served = {catalogue.path(artifact.url) for artifact in catalogue.artifacts(model.spec.coe)}
    for name, _, kind, _, url, digest, _ in lines:
        assert url.removeprefix(f"http://{MIRROR}/") in served
        assert digest == PIN
        assert isinstance(catalogue.CONTENTS[name], Archive if kind == "tgz" else Program)


def _images(model: ClusterModel) -> set[tuple[str, str]]:
    """Name and digest of each that nodes ask for."""
    pattern = rf"{MIRROR}/([\w./-]+:[\w.-]+)(@[\w:]+)?"
    return {found for text in _texts(model) for found in re.findall(pattern, text)}


def test_every_image_is_one_of_the_mirrors(model: ClusterModel) -> None:
    asked = _images(model)
    assert {name for name, _ in asked} <= {image.name for image in catalogue.images(model.spec.coe)}
    assert {digest for _, digest in asked} <= {"", f"@sha256:{PIN}"}


def test_calicos_containers_find_what_they_run(tmp_path: Path) -> None:
    model = planned("kubernetes", tmp_path, "calico")
    has = {
        image.name: {
            f"/{path}" for layer in image.layers if isinstance(layer, Placed) for path in layer.programs
        }
        for image in catalogue.images("kubernetes")
    }
    runs = {image.name: image.command for image in catalogue.images("kubernetes")}
    asked = {name for name, _ in _images(model) if name.startswith("calico/")}
    assert len(asked) == 3
    for text in _texts(model, "10-calico"):
        for pod in (d["spec"]["template"]["spec"] for d in serialize.load_yaml_all(text) if _is_of_pods(d)):
            for container in (*pod.get("initContainers", ()), *pod["containers"]):
                name = container["image"].removeprefix(f"{MIRROR}/")
                asked.remove(name)
                probes = (
                    container.get(f"{kind}Probe", {}).get("exec", {}) for kind in ("liveness", "readiness")
                )
                commands = [probe["command"] for probe in probes if probe]
                commands.append(container.get("command") or runs[name].entrypoint)
                assert {command[0] for command in commands} <= has[name]
                if container.get("securityContext", {}).get("runAsNonRoot"):
                    # kubelet takes a name for what may be root.
                    assert int(runs[name].user) > 0
    assert not asked


def _is_of_pods(document: Any) -> bool:
    return "template" in document.get("spec", {})


def test_kubeadm_finds_the_control_plane(tmp_path: Path) -> None:
    (text,) = _texts(planned("kubernetes", tmp_path), "kubeadm/init.yaml")
    cluster = next(d for d in serialize.load_yaml_all(text) if d["kind"] == "ClusterConfiguration")
    assert cluster["imageRepository"] == MIRROR
    assert cluster["dns"]["imageRepository"] == f"{MIRROR}/coredns"
    named = {image.name for image in catalogue.images("kubernetes")}
    components = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    assert {f"{component}:{cluster['kubernetesVersion']}" for component in components} <= named
    upstream = catalogue.release().images
    assert {f"{it}:{tag(upstream[it])}" for it in ("etcd", "pause")} <= named
    assert f"coredns/coredns:{tag(upstream['coredns'])}" in named


def _programs() -> Iterator[Program]:
    for content in catalogue.CONTENTS.values():
        members = content.members if isinstance(content, Archive) else (content,)
        yield from (member for member in members if isinstance(member, Program))
    for image in (*(it for coe in catalogue.COES for it in catalogue.images(coe)), *conformance.images()):
        for layer in image.layers:
            yield from layer.programs.values() if isinstance(layer, Placed) else ()


def test_every_program_is_built_by_its_product() -> None:
    plugins = [
        member.product
        for content in catalogue.CONTENTS.values()
        if isinstance(content, Archive)
        for member in content.members
        if isinstance(member, Plugins)
    ]
    assert set(plugins) <= set(programs.MODULES)
    for program in _programs():
        assert program.product in programs.products()
        module = programs.MODULES.get(program.product)
        assert module is None or program.name in {**module.programs, **module.copied}


def _versions() -> Iterator[tuple[str, str, str]]:
    """Product, Go module, and the version that the compiler's nodes take it for."""
    release = catalogue.release()
    by_name = {artifact.name: artifact.version for artifact in release.artifacts}
    yield "kubernetes", "k8s.io/kubernetes", f"v{release.version}"
    yield "conformance", "k8s.io/kubernetes", f"v{release.version}"
    yield "containerd", "github.com/containerd/containerd/v2", f"v{by_name['containerd']}"
    yield "runc", "github.com/opencontainers/runc", f"v{by_name['runc']}"
    yield "cni-plugins", "github.com/containernetworking/plugins", f"v{by_name['cni-plugins']}"
    yield "crictl", "sigs.k8s.io/cri-tools", f"v{by_name['crictl']}"
    yield "coredns", "github.com/coredns/coredns", tag(release.images["coredns"])
    yield "flannel", "github.com/flannel-io/flannel", tag(release.images["flannel"])
    yield "flanneld", "github.com/flannel-io/flannel", f"v{engine.flanneld_artifact('amd64').version}"
    yield "etcd", "go.etcd.io/etcd/server/v3", f"v{engine.etcd_artifact('amd64').version}"


@pytest.mark.parametrize(("product", "module", "version"), [pytest.param(*v, id=v[0]) for v in _versions()])
def test_what_is_built_is_the_version_that_nodes_ask_for(product: str, module: str, version: str) -> None:
    assert programs.required(product, module) == version


@pytest.mark.parametrize("product", sorted(programs.MODULES))
def test_a_module_says_what_it_takes(product: str) -> None:
    folder: Path = programs.HERE / product
    assert (folder / "go.mod").exists()
    module = programs.MODULES[product]
    if module.version:
        assert programs.required(product, module.version)
