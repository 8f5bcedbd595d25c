"""The options by which a command finds its cloud, and the stack that it is about."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from typing import Annotated

import typer

from jeroboam.__about__ import WITH_CLIENTS
from jeroboam.cli.terminal import CommandError, on_a_terminal, say
from jeroboam.deploy.connection import Cloud, connect
from jeroboam.deploy.retry import LOGIN_PAUSES, PAUSES, patiently
from jeroboam.deploy.stacks import find
from jeroboam.deploy.types import Stack
from jeroboam.escape import line

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
        ways = "; ".join(f"{where}: {command}" for where, command in WITH_CLIENTS.items())
        raise CommandError("this command needs the OpenStack clients", f"install them {ways}")
    # Once, however often the cloud has to be tried.
    ask = cache(_password) if on_a_terminal() else None
    return patiently(lambda: connect(cloud, region, ask_password=ask), say, pauses=LOGIN_PAUSES)


def _password(question: str) -> str | None:
    """What somebody types at the terminal, which does not show it; None where they give nothing."""
    from getpass import getpass

    try:
        return getpass(line(question), stream=sys.stderr) or None
    except EOFError:
        return None


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
