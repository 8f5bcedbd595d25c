"""Nova's own checks of requests, at the microversion that each asks for."""

from __future__ import annotations

from typing import Any

from nova import config  # noqa: F401  (declares options)
from nova.api.openstack import api_version_request
from nova.api.openstack.compute import keypairs, server_groups, servers, volume_attachments
from nova.compute.api import API
from nova.conf import CONF

from tests.consumers.services.judging import ReachedError, judged
from tests.consumers.services.lines import answer


class _Asked:
    """A request as Nova's decorators see one."""

    def __init__(self, version: str) -> None:
        self.api_version_request = api_version_request.APIVersionRequest(version)

    def is_legacy_v2(self) -> bool:
        return False

    @property
    def environ(self) -> Any:
        raise ReachedError


def _by(method: Any) -> Any:
    def judge(request: dict[str, Any]) -> None:
        name = request["path"].split("/")[2:3]
        method(None, _Asked(request["version"]), *name, body=request["body"])

    return judge


def _server(request: dict[str, Any]) -> None:
    server = request["body"]["server"]
    _, *host = API.parse_availability_zone(None, server.get("availability_zone"))
    if any(host):
        raise ValueError(f"only administrators may choose a host: {server['availability_zone']}")
    if len(server.get("metadata") or {}) > CONF.quota.metadata_items:
        raise ValueError("more metadata than quota.metadata_items")
    _by(servers.ServersController.create)(request)


JUDGES = {
    "/servers": _server,
    "/servers/[^/]+/os-volume_attachments": _by(volume_attachments.VolumeAttachmentController.create),
    "/os-server-groups": _by(server_groups.ServerGroupController.create),
    "/os-keypairs": _by(keypairs.KeypairController.create),
}


if __name__ == "__main__":
    CONF([], project="nova", default_config_files=[])
    answer(lambda requests: judged(requests, JUDGES))
