"""The mirror has what compiled nodes ask for, under the names that they ask by; nothing is built here."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jeroboam import serialize
from jeroboam.drivers.kubernetes import catalogue as kubernetes
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
coe_version: "{version}"
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


def planned(coe: str, folder: Path, driver: str = "flannel", wanted: str | None = None) -> ClusterModel:
    """A cluster whose every download comes from the mirror, pinned to what the mirror has."""
    names = [*(artifact.name for artifact in catalogue.artifacts(coe, wanted)), *catalogue.pinned_images(coe)]
    version = catalogue.version(coe, wanted)
    pins = "{" + ", ".join(f"{name}: '{PIN}'" for name in names) + "}"
    path = folder / "cluster.yaml"
    path.write_text(
        SPEC.format(coe=coe, version=version, driver=driver, mirror=MIRROR, pins=pins), encoding="utf-8"
    )
    found = plan_spec(str(path))
    assert found.value is not None, found.diagnostics
    return found.value


ALL = [(coe, wanted) for coe in catalogue.COES for wanted in catalogue.VERSIONS[coe]]


class Planned(NamedTuple):
    """A cluster of a version of a COE."""

    wanted: str | None
    model: ClusterModel


@pytest.fixture(scope="module", params=ALL, ids=lambda it: f"{it[0]}-{it[1] or 'default'}")
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """Of each version of each COE."""
    coe, wanted = request.param
    return Planned(wanted, planned(coe, tmp_path_factory.mktemp("spec"), wanted=wanted))


def _texts(model: ClusterModel, path: str = "") -> Iterator[str]:
    for role in model.roles:
        yield from (file.content for file in role.config.files if path in file.path)


def test_every_download_is_a_file_of_the_mirror_and_pinned(cluster: Planned) -> None:
    wanted, model = cluster
    lines = [line.split() for table in _texts(model, "artifacts.list") for line in table.splitlines()]
    assert lines
    served = {catalogue.path(artifact.url) for artifact in catalogue.artifacts(model.spec.coe, wanted)}
    for name, _, kind, _, url, digest, _ in lines:
        assert url.removeprefix(f"http://{MIRROR}/") in served
        assert digest == PIN
        assert isinstance(catalogue.CONTENTS[name], Archive if kind == "tgz" else Program)


def _images(model: ClusterModel) -> set[tuple[str, str]]:
    """Name and digest of each that nodes ask for."""
    pattern = rf"{MIRROR}/([\w./-]+:[\w.-]+)(@[\w:]+)?"
    return {found for text in _texts(model) for found in re.findall(pattern, text)}


def test_every_image_is_one_of_the_mirrors(cluster: Planned) -> None:
    wanted, model = cluster
    asked = _images(model)
    assert {name for name, _ in asked} <= {image.name for image in catalogue.images(model.spec.coe, wanted)}
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
    for image in (*(it for of in ALL for it in catalogue.images(*of)), *conformance.images()):
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
    yield "docker-28", "github.com/docker/docker", f"v{catalogue.version('swarm', '28')}"
    yield "etcd", "go.etcd.io/etcd/server/v3", f"v{engine.etcd_artifact('amd64').version}"


@pytest.mark.parametrize(("product", "module", "version"), [pytest.param(*v, id=v[0]) for v in _versions()])
def test_what_is_built_is_the_version_that_nodes_ask_for(product: str, module: str, version: str) -> None:
    assert programs.required(product, module) == version


@pytest.mark.parametrize("product", sorted(programs.MODULES))
def test_a_module_says_what_it_takes(product: str) -> None:
    module = programs.MODULES[product]
    folder = programs.HERE / (module.of or product)
    assert (folder / f"{module.requires}.mod").exists()
    if module.version:
        assert programs.required(product, module.version)


def test_every_minor_that_a_spec_may_name_is_built_in_a_patch_that_it_may_name() -> None:
    releases = [catalogue.release(minor) for minor in catalogue.VERSIONS["kubernetes"]]
    assert sorted(it.minor for it in releases) == sorted(kubernetes.supported_minors())
    for it in releases:
        assert it.version in kubernetes.known_patches(it.minor)


def test_a_version_has_the_programs_that_are_built_for_it_and_otherwise_the_default_ones() -> None:
    assert programs.product("kubernetes", "1.34.11") == "kubernetes-1.34"
    assert programs.product("kubernetes", catalogue.release().version) == "kubernetes"
    assert programs.product("docker", "28.5.2") == "docker-28"
    assert programs.product("containerd", "28.5.2") == "containerd"
    for minor in catalogue.VERSIONS["kubernetes"]:
        etcd = tag(catalogue.release(minor).images["etcd"])
        (image,) = (it for it in catalogue.images("kubernetes", minor) if it.name == f"etcd:{etcd}")
        (built,) = image.products
        version = programs.required(built, "go.etcd.io/etcd/server/v3")
        assert version
        assert version.removeprefix("v").split(".")[:2] == etcd.split(".")[:2]


def test_a_bump_of_one_version_builds_no_other_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = shutil.copytree(programs.HERE, tmp_path / "programs")
    monkeypatch.setattr(programs, "HERE", here)
    before = {product: programs._made_of(product) for product in programs.MODULES}
    path = here / "kubernetes" / "1.34.mod"
    path.write_text(path.read_text(encoding="utf-8").replace("v1.34.", "v1.34.1"), encoding="utf-8")
    changed = {product for product in programs.MODULES if programs._made_of(product) != before[product]}
    assert changed == {"kubernetes-1.34"}
    (here / "kubernetes" / "main.go").write_text("package main\n", encoding="utf-8")
    changed = {product for product in programs.MODULES if programs._made_of(product) != before[product]}
    assert changed == {"kubernetes", *(f"kubernetes-{minor}" for minor in programs.KUBERNETES)}
