"""The options by which a command finds its cloud, and the stack that it is about."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from jeroboam.cli.terminal import CommandError, say
from jeroboam.deploy.connection import Cloud, connect
from jeroboam.deploy.retry import LOGIN_PAUSES, PAUSES, patiently
from jeroboam.deploy.stacks import find
from jeroboam.deploy.types import Stack

CloudOption = Annotated[
    str | None,
    typer.Option(
        "--os-cloud",
        metavar="CLOUD",
        help="A cloud of clouds.yaml.  [default: $OS_CLOUD, else the OS_* variables]",
        show_default=False,
    ),
]
RegionOption = Annotated[
    str | None,
    typer.Option("--os-region-name", metavar="REGION", help="A region of that cloud.", show_default=False),
]


def connected(cloud: str | None, region: str | None) -> Cloud:
    """The cloud, logged in to; a CommandError says why not."""
    if find_spec("openstack") is None or find_spec("heatclient") is None:
        raise CommandError(
            "this command needs the OpenStack clients", "install them: pip install 'jeroboam[deploy]'"
        )
    return patiently(lambda: connect(cloud, region), say, pauses=LOGIN_PAUSES)


def existing(cloud: Cloud, name: str, *, insist: bool = False) -> Stack:
    """The stack of that name; a CommandError where there is none. `insist` as in `patiently`."""
    stack = patiently(
        lambda: find(cloud, name),
        say,
        pauses=PAUSES if insist else LOGIN_PAUSES,
        insist=insist,
    )
    if stack is None:
        raise CommandError(f"there is no stack '{name}' in this project", "see 'openstack stack list'")
    return stack
