"""The add-on manifests: valid for every minor, at the catalogue's versions, lean, and placed right."""

import gzip
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jinja2 import UndefinedError

from jeroboam import resources
from jeroboam.drivers.kubernetes import manifests
from jeroboam.drivers.kubernetes.catalogue import KubernetesRelease, release, supported_minors
from jeroboam.drivers.kubernetes.options import StorageClass
from tests.unit.drivers.kubernetes.planned import files, plan

NAMES = (
    manifests.FLANNEL,
    manifests.CALICO,
    manifests.CLOUD_CONTROLLER_MANAGER,
    manifests.CINDER_CSI,
    manifests.METRICS_SERVER,
)


def known(wanted: str | None) -> KubernetesRelease:
    found = release(wanted, "amd64")
    assert found is not None
    return found


def documents(name: str, wanted: str | None = None, registry: str | None = None) -> list[Any]:
    return list(yaml.safe_load_all(manifests.manifest(name, known(wanted).images, registry, "prod")))


def pods(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for document in documents(name):
        if document["kind"] in ("DaemonSet", "Deployment"):
            yield document["metadata"]["name"], document["spec"]["template"]["spec"]


def images(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "image":
                yield value
            else:
                yield from images(value)
    elif isinstance(data, list):
        for item in data:
            yield from images(item)


def test_every_file_is_an_addon() -> None:
    folder = resources.fragments() / "kubernetes" / "manifests"
    assert sorted(entry.name for entry in folder.iterdir()) == sorted(f"{name}.yaml.j2" for name in NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("minor", supported_minors())
@pytest.mark.parametrize("name", NAMES)
def test_every_document_is_valid_for_the_minor(name: str, minor: str) -> None:
    for document in documents(name, minor):
        kubernetes_validate.validate(document, minor, strict=True)


@pytest.mark.parametrize("minor", supported_minors())
@pytest.mark.parametrize("name", NAMES)
def test_images_are_the_catalogues(name: str, minor: str) -> None:
    used = set(images(documents(name, minor)))
    assert used
    assert used <= set(known(minor).images.values())


@pytest.mark.parametrize("name", NAMES)
def test_versions_are_the_catalogues_alone(name: str) -> None:
    plain = list(yaml.safe_load_all(resources.fragment(f"kubernetes/manifests/{name}.yaml.j2")))
    named = set(images(plain))
    assert named <= {f"{{{{ images['{image}'] }}}}" for image in known(None).images}
    assert len(named) == len(set(images(documents(name))))


@pytest.mark.parametrize("name", NAMES)
def test_a_registry_prefixes_every_image(name: str) -> None:
    assert all(
        image.startswith("reg.example/k8s/") for image in images(documents(name, registry="reg.example/k8s"))
    )


def test_what_is_made_in_openstack_bears_the_clusters_name() -> None:
    assert "--cluster-name=prod" in manifests.manifest(
        manifests.CLOUD_CONTROLLER_MANAGER, known(None).images, None, "prod"
    )
    assert "--cluster=prod" in manifests.manifest(manifests.CINDER_CSI, known(None).images, None, "prod")


def test_names_that_yaml_would_misread_stay_text() -> None:
    text = manifests.manifest(manifests.METRICS_SERVER, known(None).images, "a: b #'\"{{x}}\n", "no")
    assert set(images(list(yaml.safe_load_all(text)))) == {
        "a: b #'\"{{x}}\n/metrics-server/metrics-server:v0.9.0"
    }


def test_an_image_that_the_catalogue_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="flannel"):
        manifests.manifest(manifests.FLANNEL, {}, None)


def test_all_five_travel_in_less_than_8_kib() -> None:
    together = "".join(manifests.manifest(name, known(None).images, None) for name in NAMES)
    assert len(gzip.compress(together.encode(), mtime=0)) < 8 * 1024


@pytest.mark.parametrize("name", NAMES)
def test_workloads_survive_a_full_node_and_may_run_on_a_control_plane(name: str) -> None:
    for workload, pod in pods(name):
        assert pod["priorityClassName"] in ("system-node-critical", "system-cluster-critical"), workload
        keys = {toleration.get("key") for toleration in pod["tolerations"]}
        assert None in keys or "node-role.kubernetes.io/control-plane" in keys, workload


def test_the_cloud_controller_manager_starts_before_nodes_are_initialised() -> None:
    (_, pod), *_ = pods(manifests.CLOUD_CONTROLLER_MANAGER)
    assert pod["hostNetwork"] is True
    assert pod["nodeSelector"] == {"node-role.kubernetes.io/control-plane": ""}
    assert "node.cloudprovider.kubernetes.io/uninitialized" in {t["key"] for t in pod["tolerations"]}


def test_flannel_runs_everywhere_with_the_kube_subnet_manager() -> None:
    (_, pod), *_ = pods(manifests.FLANNEL)
    assert pod["tolerations"] == [{"operator": "Exists"}]
    assert {"--ip-masq", "--kube-subnet-mgr"} <= set(pod["containers"][0]["args"])
    paths = {volume["hostPath"]["path"] for volume in pod["volumes"] if "hostPath" in volume}
    assert {"/run/flannel", "/opt/cni/bin", "/etc/cni/net.d", "/run/xtables.lock"} <= paths
    kinds = [document["kind"] for document in documents(manifests.FLANNEL)]
    assert "ConfigMap" not in kinds  # made from the spec, elsewhere


@pytest.mark.parametrize("name", NAMES)
def test_every_account_reference_resolves(name: str) -> None:
    made = {(d["kind"], d["metadata"]["name"]) for d in documents(name)}
    for workload, pod in pods(name):
        assert ("ServiceAccount", pod["serviceAccountName"]) in made, workload
    for document in documents(name):
        for subject in document.get("subjects", []):
            assert ("ServiceAccount", subject["name"]) in made, document["metadata"]["name"]


@pytest.mark.parametrize("name", NAMES)
def test_every_mount_has_its_volume(name: str) -> None:
    for workload, pod in pods(name):
        mounts = {
            mount["name"]
            for container in [*pod.get("initContainers", []), *pod["containers"]]
            for mount in container.get("volumeMounts", [])
        }
        assert mounts == {volume["name"] for volume in pod.get("volumes", [])}, workload


def test_the_cinder_storage_class_is_the_default() -> None:
    (storage,) = [d for d in documents(manifests.CINDER_CSI) if d["kind"] == "StorageClass"]
    assert storage["metadata"]["name"] == "csi-cinder"
    assert storage["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}


def _storage_class(text: str) -> dict[str, Any]:
    (made,) = (document for document in yaml.safe_load_all(text) if document["kind"] == "StorageClass")
    assert isinstance(made, dict)
    return made


def test_volumes_have_cinders_zone_where_the_nodes_are_no_zones_of_cinders() -> None:
    """Neither does the class of volumes ask for a node's zone, nor does a volume bind its pod to one."""
    images, zone = known(None).images, StorageClass(availability_zone='no"va')
    text = manifests.manifest(manifests.CINDER_CSI, images, None, "prod", storage_class=zone)
    assert _storage_class(text)["parameters"] == {"availability": 'no"va'}
    plugins = [
        container["args"]
        for document in yaml.safe_load_all(text)
        if document["kind"] in ("DaemonSet", "Deployment")
        for container in document["spec"]["template"]["spec"]["containers"]
        if container["name"] == "cinder-csi-plugin"
    ]
    assert ["--with-topology=false" in args for args in plugins] == [True, True]
    plain = manifests.manifest(manifests.CINDER_CSI, images, None, "prod")
    assert "with-topology" not in plain
    assert "parameters" not in _storage_class(plain)


def test_the_storage_class_is_the_specs() -> None:
    addons = {
        "cinder_csi": {
            "enabled": True, "availability_zone": "zone 1", "volume_type": "fast ssd",
            "reclaim_policy": "Retain",
        }
    }  # fmt: skip
    placed = files(plan(kubernetes={"addons": addons}).roles[0])
    made = _storage_class(placed["/etc/jeroboam/manifests/21-cinder-csi.yaml"])
    assert made["parameters"] == {"availability": "zone 1", "type": "fast ssd"}
    assert made["reclaimPolicy"] == "Retain"
    kubernetes_validate.validate(made, supported_minors()[-1], strict=True)


def test_flannel_connects_nodes_by_the_address_that_kubelet_registered() -> None:
    """By itself it takes the interface of the default route, which may be a further port's."""
    pod = dict(pods(manifests.FLANNEL))["kube-flannel"]
    (container,) = pod["containers"]
    assert "--iface=$(NODE_IP)" in container["args"]
    address = {one["name"]: one["valueFrom"] for one in container["env"] if "valueFrom" in one}["NODE_IP"]
    assert address == {"fieldRef": {"fieldPath": "status.hostIP"}}
