"""The metadata service as nodes and their containers find it."""

from __future__ import annotations

import pytest

from tests.labs.nodes.machine import Machine
from tests.labs.nodes.place import METADATA_ADDRESS
from tests.nodes.asking import ran, until
from tests.nodes.clusters import ADDRESS

URL = f"http://{METADATA_ADDRESS}/openstack/latest/user_data"
ELSEWHERE = f"http://{ADDRESS}/v2/"
"""At another address of the same cloud: a container that reaches it lacks no way there."""


SEAL = "jeroboam-seal:[0-9a-f]{64}"


def answers(machine: Machine) -> None:
    """The node itself is told its user data, and no file that everybody may read has the key to it."""
    # One that has just restarted may not have its network yet.
    fetch = f"curl --silent --fail --max-time 60 {URL}"
    assert until(lambda: "jeroboam-metadata.service" in ran(machine, fetch), 300), machine.run(fetch)
    files = "find / /run -xdev -type f -perm -o=r -newer /etc/machine-id -size -1M"
    assert ran(machine, f"{files} -print0 | xargs -0 -r grep -lE '{SEAL}' || true") == ""


def refuses(machine: Machine, container: str) -> None:
    """No container is; `container` is a command of the machine that runs in one what follows it."""
    # A runtime that has just started may lack the network for a moment, and wait for it without end.
    reaches = f"{container} fetch {ELSEWHERE}"
    assert until(lambda: machine.run(reaches, seconds=60).returncode == 0, 300), machine.run(reaches)

    def refused() -> bool:
        # A container that did not start, as its network was not back yet, has asked nothing.
        asked = machine.run(f"{container} fetch {URL}", seconds=60)
        if asked.returncode == 0:
            pytest.fail(f"{machine.server.name}: {container} is told the user data")
        assert "no route to host" in asked.stderr, asked.stderr
        return True

    if not until(refused, 300):
        refused()


def restart(machine: Machine, *units: str) -> None:
    """Restarts those that run: networkd drops others' routing rules, runtimes write their firewall anew."""
    for unit in units:
        ran(machine, f"! systemctl is-active --quiet {unit} || systemctl restart {unit}")
