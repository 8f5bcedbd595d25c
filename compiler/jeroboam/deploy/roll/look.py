"""How things stand: what Heat says of servers, the nodes of themselves, and the COE of its members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jeroboam.deploy.clusters import endpoint, out_of
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.nodes import SERVER, Node, nodes
from jeroboam.deploy.roll.types import RollNode, World
from jeroboam.deploy.stacks import find, handles, reports, resources
from jeroboam.deploy.types import FAILED, Stack, StackResource
from jeroboam.hot.contract import OfNode, OutputName, node_id, parse_node_id, server_name
from jeroboam.model.client import Client, ClientError, Member

TOGETHER = timedelta(minutes=10)
"""Within which Heat notes down what it makes with one update."""
UNKNOWN = "nothing is known of what it was made from"


def look(
    cloud: Cloud,
    stack: Stack,
    client: Client,
    minutes: float,
    outputs: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> World:
    """How a stack and its cluster stand now.

    What is behind is told by `outputs` and `parameters`, those of a template that is still to be sent, or
    else by the stack's own. A server is young for `minutes`. Raises CloudError, and DeployError where the
    stack is gone.
    """
    now = find(cloud, stack.identity)
    if now is None:
        raise DeployError(f"the stack '{stack.name}' was deleted meanwhile, by someone else")
    found = resources(cloud, now)
    said = {(r.node, r.final): r for handle in handles(found) for r in reports(cloud, handle)}
    answers, problem, members = _asked(client)
    known = nodes(now.name, found, said)
    merged = _merged(
        now, known, found, members, outputs or now.outputs, parameters or now.parameters, minutes
    )
    ours = {name for name, member in members.items() if member.ours}
    return World(now, merged, answers, problem, tuple(sorted(ours - {node.name for node in merged})))


def _asked(client: Client) -> tuple[bool, str, Mapping[str, Member]]:
    try:
        return True, "", {member.name: member for member in client.members()}
    except ClientError as error:
        if not error.unreachable:
            raise
        return False, error.message, {}


def _merged(
    stack: Stack,
    known: tuple[Node, ...],
    found: tuple[StackResource, ...],
    members: Mapping[str, Member],
    outputs: Mapping[str, Any],
    parameters: Mapping[str, Any],
    minutes: float,
) -> tuple[RollNode, ...]:
    """The nodes that have a server, and those that are out, masters first."""
    servers = {r.name: r for r in found if r.type == SERVER and r.physical_id}
    by_name = {r.name: r for r in found}
    out = out_of(stack)
    present = {node_id(node.role, node.index): node for node in known}
    merged = []
    for id_ in dict.fromkeys((*present, *sorted(out))):
        parsed = parse_node_id(id_)
        assert parsed is not None
        role, index, _ = parsed
        name = server_name(stack.name, role, index)
        node = present.get(id_) if id_ not in out else None
        server = servers.get(id_) if node else None
        merged.append(
            RollNode(
                name=name,
                role=role,
                index=index,
                server=server.physical_id if server else "",
                young=server is not None and _young(server, minutes),
                ready=node is not None and node.ready,
                failed=_failure(node) if node else "",
                doing=node.doing if node else "out",
                made_from=node.made_from if node else None,
                why=tuple(_why(node, outputs, parameters)) if node else (),
                member=members.get(name),
                volume_came_later=server is not None
                and _later(server, by_name.get(node_id(role, index, OfNode.ETCD_VOLUME))),
                given_up=node is not None and node.server == FAILED,
            )
        )
    return tuple(
        sorted(merged, key=lambda node: (not node.master, _place(node, known), node.role, node.index))
    )


def _place(node: RollNode, known: tuple[Node, ...]) -> int:
    """Where its group stands among the others."""
    roles = list(dict.fromkeys(it.role for it in known))
    return roles.index(node.role) if node.role in roles else len(roles)


def _later(server: StackResource, volume: StackResource | None) -> bool:
    """Whether the volume came when the server had long been; Heat notes both down together in a create."""
    if volume is None or volume.created is None or server.created is None:
        return False
    return volume.created - server.created > TOGETHER


def _young(server: StackResource, minutes: float) -> bool:
    # An update of its stack touches a server without making it anew.
    return datetime.now(UTC) - (server.created or server.updated) < timedelta(minutes=minutes)


def _failure(node: Node) -> str:
    if node.server == FAILED:
        return "its server could not be created"
    return node.end.reason if node.end is not None and not node.ready else ""


def _why(node: Node, outputs: Mapping[str, Any], parameters: Mapping[str, Any]) -> Iterator[str]:
    """Why one made now would be another, a clause each; nothing where it would be the same."""
    version, configs = outputs.get(OutputName.COE_VERSION), outputs.get(OutputName.NODE_CONFIGS)
    held = outputs.get(OutputName.HELD_NODES)
    properties = held.get(node_id(node.role, node.index)) if isinstance(held, Mapping) else None
    made = node.made_from
    if _failure(node):
        yield "it failed"
    elif made is None:
        yield UNKNOWN
    elif isinstance(version, str) and made.coe_version != version:
        yield "another version"
    elif isinstance(configs, Mapping) and configs.get(node.role) not in (None, made.config):
        yield "another configuration"
    if not _failure(node) and node.other_secrets(parameters):
        yield "other secrets"
    if isinstance(properties, list) and properties:
        yield f"another {', '.join(map(str, properties))}"


def not_answering(world: World) -> DeployError:
    """The refusal where the COE cannot be asked, with the ways to it."""
    found = endpoint(world.stack)
    port = found.port if found else "PORT"
    return DeployError(
        f"the cluster's API cannot be asked from here: {world.problem}",
        "run it from where network.api_allowed_cidrs lets you in, or through a tunnel: "
        f"ssh -L {port}:API_ADDRESS:{port} USER@BASTION, and --api 127.0.0.1:{port}",
    )
