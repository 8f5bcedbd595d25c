"""What a delete finds, as a user reads it, and its removal with a word for each thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jeroboam.cli.terminal import say
from jeroboam.deploy.clock import steady
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.leftovers import types
from jeroboam.deploy.leftovers.classify import command
from jeroboam.deploy.leftovers.removal import remove
from jeroboam.deploy.leftovers.types import Held, Leftover, Leftovers, Surroundings
from jeroboam.deploy.types import Stack
from jeroboam.escape import shell

_SHOWN = 8
"""How many names of one kind are listed."""


def show(
    stack: Stack, held: Held, around: Surroundings, found: Leftovers, *, cleanup: bool, volumes: bool
) -> None:
    """Say what a delete does, and what is in its way."""
    say(f"stack '{stack.name}' ({stack.action}_{stack.status}), cluster '{held.cluster}'")
    for line in _inventory(held, around):
        say(f"  goes: {line}")
    for volume in found.data:
        fate = "goes" if volumes and volume.certain else "stays"
        say(f"  {fate}: volume '{volume.name}' ({volume.what})")
    if found.data and not volumes:
        say("  volumes with data stay until --volumes deletes them")
    listed("in the way", found.blocking, cleanup=cleanup)
    listed("left behind", found.behind, cleanup=cleanup)


def listed(heading: str, findings: tuple[Leftover, ...], *, cleanup: bool) -> None:
    """Say what was found, each with the command that removes it unless that is done anyway."""
    if not findings:
        return
    say(f"{heading}:")
    for finding in findings:
        name = f" '{finding.name}'" if finding.name else ""
        blocks = f"; blocks {finding.blocks}" if finding.blocks else ""
        say(f"  {finding.kind}{name} ({finding.id}): {finding.what}{blocks}")
        if not cleanup or not finding.certain:
            say(f"    {shell(*command(finding))}")


def besides(found: Leftovers, *, cleanup: bool, volumes: bool) -> str:
    """What is asked about besides the stack, to go on a question."""
    going = [f for f in (*found.blocking, *found.behind) if f.certain] if cleanup else []
    data = [f for f in found.data if f.certain] if volumes else []
    words = [count(len(going), "thing") + " listed"] if going else []
    words += [count(len(data), "volume") + " WITH DATA"] if data else []
    return f" and {' and '.join(words)}" if words else ""


def removed(cloud: Cloud, findings: Iterable[Leftover]) -> None:
    """Removes what is certain, saying so; a CommandError at the first that cannot be removed."""
    for finding in findings:
        if finding.certain:
            remove(cloud, finding, steady())
            say(f"removed: {finding.kind} '{finding.name or finding.id}'")


def count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _inventory(held: Held, around: Surroundings) -> Iterable[str]:
    """What the stack holds that costs or serves, a line for each kind."""
    named: tuple[tuple[str, str, Mapping[str, str]], ...] = (
        ("server", types.SERVER, {s.id: s.name for s in around.servers}),
        ("load balancer", types.BALANCER, {b.id: b.name for b in around.balancers}),
        ("floating IP", types.FLOATING_IP, {ip.id: ip.address for ip in around.floating_ips}),
        ("volume", types.VOLUME, {v.id: v.name for v in around.volumes}),
    )
    for noun, kind, names in named:
        known = sorted(names[id_] for id_ in held.of(kind) - held.retained if id_ in names)
        if known:
            more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
            yield f"{count(len(known), noun)}: {', '.join(known[:_SHOWN])}{more}"
    if held.of(types.NETWORK):
        yield "the network, with its subnet and router"
