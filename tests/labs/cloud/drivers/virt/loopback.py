"""Nova's own fake driver, whose guests outlive a restart of nova-compute, with faults and with consoles.

Nova looks for drivers in the package nova.virt alone; `drivers/compute.py` adds this folder to it.
"""

from __future__ import annotations

from typing import Any

from nova import context as nova_context
from nova import exception, objects
from nova.virt import fake

from tests.labs.cloud.drivers.faults import InjectedFaultError, folder, suffer


class NoGuests(fake.FakeDriverWithoutFakeNodes):  # type: ignore[misc]
    """Fault points `nova-spawn` and `nova-attach`, by server name; a console is the file console/SERVER."""

    def init_host(self, host: str) -> None:
        super().init_host(host)
        # The fake driver keeps its guests in memory; Nova would power off those that are not found.
        for guest in objects.InstanceList.get_by_host(nova_context.get_admin_context(), host):
            self.instances[guest.uuid] = fake.FakeInstance(guest.name, guest.power_state, guest.uuid)

    def spawn(self, context: Any, instance: Any, *rest: Any, **more: Any) -> Any:
        try:
            suffer("nova-spawn", instance.display_name)
        except InjectedFaultError as fault:
            # Nova tries the next host after any other exception.
            raise exception.BuildAbortException(instance_uuid=instance.uuid, reason=str(fault)) from fault
        return super().spawn(context, instance, *rest, **more)

    def attach_volume(self, context: Any, connection: Any, instance: Any, *rest: Any, **more: Any) -> Any:
        suffer("nova-attach", instance.display_name)
        return super().attach_volume(context, connection, instance, *rest, **more)

    def get_console_output(self, _context: Any, instance: Any) -> bytes:
        console = folder() / "console" / instance.display_name
        return console.read_bytes() if console.exists() else b""
