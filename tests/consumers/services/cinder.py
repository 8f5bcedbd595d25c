"""Cinder's own checks of requests, at the microversion that each asks for."""

from __future__ import annotations

from typing import Any

from cinder import objects
from oslo_config import cfg

from tests.consumers.services.judging import ReachedError, judged
from tests.consumers.services.lines import answer

objects.register_all()  # before the API is imported, which names them

from cinder.api.openstack import api_version_request  # noqa: E402
from cinder.api.v3 import volumes  # noqa: E402


class _Asked:
    """A request as Cinder's decorators see one."""

    def __init__(self, version: str) -> None:
        self.api_version_request = api_version_request.APIVersionRequest(version)

    @property
    def environ(self) -> Any:
        raise ReachedError


def _volume(request: dict[str, Any]) -> None:
    volumes.VolumeController.create(None, _Asked(request["version"]), body=request["body"])


if __name__ == "__main__":
    cfg.CONF([], project="cinder", default_config_files=[])
    answer(lambda requests: judged(requests, {"/volumes": _volume}))
