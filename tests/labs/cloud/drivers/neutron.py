"""A mechanism driver for Neutron's ML2 that binds any port on any host at once, without an agent."""

from __future__ import annotations

from typing import Any

from neutron_lib import constants
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins.ml2 import api

from tests.labs.cloud.drivers.faults import InjectedFaultError, suffer


class AnyPort(api.MechanismDriver):  # type: ignore[misc]
    """Fault point `neutron-bind`, by port name: an unbound port makes Nova's build fail."""

    def initialize(self) -> None:
        """Nothing to connect to."""

    @property
    def connectivity(self) -> str:
        return str(portbindings.CONNECTIVITY_L2)

    def bind_port(self, context: Any) -> None:
        try:
            suffer("neutron-bind", context.current["name"])
        except InjectedFaultError:
            return
        segment = context.segments_to_bind[0]
        details = {portbindings.CAP_PORT_FILTER: True}
        context.set_binding(
            segment[api.ID], portbindings.VIF_TYPE_OVS, details, status=constants.PORT_STATUS_ACTIVE
        )
