"""Cinder's own driver that only writes to its log, with faults."""

from __future__ import annotations

from typing import Any

from cinder.tests import fake_driver

from tests.labs.cloud.drivers.faults import suffer


class NoDisks(fake_driver.FakeLoggingVolumeDriver):  # type: ignore[misc]
    """Fault point `cinder-create`, by volume name."""

    def create_volume(self, volume: Any) -> Any:
        suffer("cinder-create", volume.display_name)
        return super().create_volume(volume)

    def clone_image(self, _context: Any, volume: Any, *_: Any) -> tuple[dict[str, Any], bool]:
        """Says that the image was cloned, so that nothing has to be copied."""
        suffer("cinder-create", volume.display_name)
        return {}, True
