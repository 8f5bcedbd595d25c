"""What of a Kubernetes logs in to the cloud begins anew with another credential, and nothing else does."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from jeroboam.clients.kubernetes import cloud_login
from jeroboam.model.client import ClientError
from jeroboam.model.rotation import AfterPhase, Rotator
from tests.unit.clients.kubernetes.conftest import Played

APPS = "/apis/apps/v1/namespaces/kube-system"
CONFIG = "/api/v1/namespaces/kube-system/secrets/cloud-config"
NODE, CONTROLLER = f"{APPS}/daemonsets/csi-cinder-node", f"{APPS}/deployments/csi-cinder-controller"
NEW = {"application_credential_id": b64encode(b"new").decode()}
WHOLE: dict[str, dict[str, Any]] = {
    NODE: {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2},
    CONTROLLER: {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1},
}


@pytest.fixture
def with_cinder(played: Played, monkeypatch: pytest.MonkeyPatch) -> Played:
    """A cluster with Cinder CSI and no controller of the cloud, whose master 0 has written the new one."""
    written(played, "new")
    for path, status in WHOLE.items():
        spec = {"replicas": 1} if path == CONTROLLER else {}
        played.cluster.put(path, {"spec": {"template": {}, **spec}, "status": dict(status)})
    monkeypatch.setattr(cloud_login, "ROLLOUT_SECONDS", -1.0)
    return played


def written(played: Played, identifier: str) -> None:
    text = f'[Global]\nauth-url="https://c"\napplication-credential-id="{identifier}"\n'
    played.cluster.put(CONFIG, {"data": {"cloud.conf": b64encode(text.encode()).decode()}})


def begun(played: Played) -> list[str]:
    client = played.client()
    assert isinstance(client, Rotator)
    return list(client.after_phase(AfterPhase.RESTART_ADDONS, (), NEW))


def test_the_addons_that_are_there_begin_anew_with_it_once(with_cinder: Played) -> None:
    said = "began anew with the new application credential: csi-cinder-controller, csi-cinder-node"
    assert begun(with_cinder) == [said]
    objects = with_cinder.cluster.objects
    for path in WHOLE:
        template = objects[path]["spec"]["template"]
        assert template == {"metadata": {"annotations": {"jeroboam.dev/application-credential": "new"}}}
    changed = [it for it in with_cinder.cluster.requests if not it.startswith("GET ")]
    assert sorted(changed) == sorted(f"PATCH {path}" for path in WHOLE)
    # What is gone on with changes nothing of them, so that no pod begins once more.
    before = {path: dict(objects[path]["spec"]["template"]) for path in WHOLE}
    assert begun(with_cinder) == [said]
    assert {path: objects[path]["spec"]["template"] for path in WHOLE} == before


@pytest.mark.parametrize(
    ("path", "late"),
    [
        (NODE, {"updatedNumberScheduled": 1}),
        (NODE, {"numberAvailable": 1}),
        (NODE, {"observedGeneration": -1}),
        (CONTROLLER, {"updatedReplicas": 0}),
        (CONTROLLER, {"replicas": 2}),
        (CONTROLLER, {"availableReplicas": 0}),
    ],
)
def test_pods_that_do_not_run_with_it_are_told(with_cinder: Played, path: str, late: dict[str, int]) -> None:
    with_cinder.cluster.objects[path]["status"] |= late
    kind = path.removeprefix(f"{APPS}/")
    with pytest.raises(ClientError, match=f"not all pods run with the new application credential: {kind}$"):
        begun(with_cinder)


def test_a_master_that_has_not_written_it_is_told_before_anything_begins_anew(with_cinder: Played) -> None:
    written(with_cinder, "old")
    with pytest.raises(ClientError, match="'cloud-config' does not have the application credential") as told:
        begun(with_cinder)
    assert "bootstrap.log" in str(told.value.hint)
    del with_cinder.cluster.objects[CONFIG]
    with pytest.raises(ClientError, match="'cloud-config' does not have"):
        begun(with_cinder)
    assert not [it for it in with_cinder.cluster.requests if it.startswith("PATCH ")]


def test_all_that_mounts_the_secret_is_known_by_name() -> None:
    """As the manifests have it, and as the step of master 0 writes the id."""
    found = set()
    for file in sorted(Path("fragments/kubernetes/manifests").glob("*.j2")):
        for document in file.read_text(encoding="utf-8").split("\n---\n"):
            if "secretName: cloud-config" in document:
                head = document.splitlines()
                kind = next(it for it in head if it.startswith("kind: ")).removeprefix("kind: ")
                name = next(it for it in head if it.startswith("  name: ")).removeprefix("  name: ")
                found.add(f"{kind.lower()}s/{name}")
    assert found == {*cloud_login.ADDONS}
    step = Path("fragments/kubernetes/steps/cloud-config.sh").read_text(encoding="utf-8")
    assert 'line application-credential-id "' in step
    assert "printf '%s=\"%s\"\\n'" in step
