"""Logins to registries: the file that `docker login` and `podman login` write, as a secret.

Facts: kubelet looks for config.json in the folder that it works in (pkg/credentialprovider/config.go).
"""

from __future__ import annotations

from collections.abc import Mapping

from jeroboam.model.secrets import Secret, UserSupplied
from jeroboam.model.types import FileEntry, SecretRef
from jeroboam.parts.bootstrap import Step
from jeroboam.resources import fragment
from jeroboam.spec.types import RuntimeSpec

_NAME = "registry_credentials"
_BYTES = 2048
"""Of a few registries; user data has to have room for them."""
STEP = Step(48, "kubernetes/steps/logins")
"""Before kubelet runs."""


def login_secrets(runtime: RuntimeSpec) -> tuple[Secret, ...]:
    """The file, where it is wanted."""
    how = UserSupplied("written by `podman login --authfile FILE REGISTRY`", _BYTES)
    return (Secret(_NAME, "Logins to registries", how),) * runtime.registry_credentials


def login_values(runtime: RuntimeSpec) -> Mapping[str, SecretRef]:
    """What scripts of every role may read: each node pulls images."""
    return {"JEROBOAM_REGISTRY_CREDENTIALS": SecretRef(_NAME)} if runtime.registry_credentials else {}


def login_files(runtime: RuntimeSpec) -> tuple[FileEntry, ...]:
    """Where kubelet works."""
    path = "/etc/systemd/system/kubelet.service.d/30-logins.conf"
    return (FileEntry(path, fragment("kubernetes/kubelet-logins.conf")),) * runtime.registry_credentials
