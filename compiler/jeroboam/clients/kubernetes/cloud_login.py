"""What of a cluster logs in to the cloud: the Secret that it reads, and how it begins anew with another one.

Facts: kubelet gives a pod that begins the Secret of that moment; a controller has brought a template to all
its pods where `observedGeneration` is the object's and the counts agree, as `kubectl rollout status` has it.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from time import monotonic
from typing import Any

from jeroboam.clients.kubernetes.api import KubernetesApi
from jeroboam.model.client import ClientError
from jeroboam.model.rotation import Values

ADDONS = (
    "daemonsets/openstack-cloud-controller-manager",
    "deployments/csi-cinder-controller",
    "daemonsets/csi-cinder-node",
)
"""All whose manifests here mount the Secret."""
ROLLOUT_SECONDS, PAUSE_SECONDS = 900.0, 3.0
_ID = "application_credential_id"
_CLOUD_CONFIG = "/api/v1/namespaces/kube-system/secrets/cloud-config"
_APPS = "/apis/apps/v1/namespaces/kube-system"
_BEGUN_WITH = "jeroboam.dev/application-credential"
_IDENTIFIER = re.compile(r'^application-credential-id="(.*)"$', re.MULTILINE)


class CloudLogin:
    """The add-ons' way into the cloud."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api

    def restarted(self, values: Values) -> Iterator[str]:
        """Has all add-ons begin anew with the credential of `values`, and waits until each pod has.

        What began with it before stays as it is. Raises ClientError.
        """
        wanted = b64decode(values[_ID]).decode()
        if self._identifier() != wanted:
            raise ClientError(
                "the Secret 'cloud-config' does not have the application credential of the secrets file",
                "master 0 writes it when it boots: see its /var/log/jeroboam/bootstrap.log",
            )
        there = [path for one in ADDONS if self._api.find(path := f"{_APPS}/{one}")]
        for path in there:
            template = {"metadata": {"annotations": {_BEGUN_WITH: wanted}}}
            self._api.patch(path, {"spec": {"template": template}})
        end = monotonic() + ROLLOUT_SECONDS
        while late := [path for path in there if not _everywhere(self._api.get(path))]:
            if monotonic() > end:
                names = ", ".join(path.removeprefix(f"{_APPS}/") for path in late)
                raise ClientError(
                    f"not all pods run with the new application credential: {names}",
                    "see why: kubectl --namespace kube-system get pods; the same command then goes on",
                )
            self._api.sleep(PAUSE_SECONDS)
        names = ", ".join(path.rpartition("/")[2] for path in there)
        yield f"began anew with the new application credential: {names or 'no add-on is there'}"

    def _identifier(self) -> str:
        """The id in the cloud.conf that add-ons read; empty where there is none."""
        secret = self._api.find(_CLOUD_CONFIG) or {}
        text = b64decode((secret.get("data") or {}).get("cloud.conf", "")).decode(errors="replace")
        found = _IDENTIFIER.search(text)
        return found[1] if found else ""


def _everywhere(thing: Any) -> bool:
    """Whether all pods of a Deployment or a DaemonSet are of its template, and available."""
    status = thing.get("status") or {}
    if status.get("observedGeneration", 0) < thing["metadata"].get("generation", 0):
        return False
    if "desiredNumberScheduled" in status:
        wanted = status["desiredNumberScheduled"]
        return bool(status.get("updatedNumberScheduled", 0) == wanted == status.get("numberAvailable", 0))
    wanted = thing["spec"].get("replicas", 1)
    return all(
        status.get(count, 0) == wanted for count in ("updatedReplicas", "replicas", "availableReplicas")
    )
