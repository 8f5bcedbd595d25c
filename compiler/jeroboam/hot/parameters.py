"""Template parameters: names of things that the cloud has, and secrets."""

from __future__ import annotations

from dataclasses import replace

from jeroboam.hot.references import references
from jeroboam.hot.types import GetParam, Parameter, Template
from jeroboam.model.limits import sealed_length
from jeroboam.model.secrets import Secret
from jeroboam.model.types import RoleKind, keypair_parameter, secrets_parameter


def named(name: str, label: str, description: str, default: str, constraint: str) -> Parameter:
    """A parameter that names something in the cloud; `constraint` lets Heat look whether it is there."""
    return Parameter(
        name, "string", label, description, default, constraints=({"custom_constraint": constraint},)
    )


def secret(wanted: Secret) -> Parameter:
    """The hidden parameter of a secret: sealed, without a default, bounded so that sizes can be judged."""
    return Parameter(
        name=wanted.name,
        type="string",
        label=wanted.description,
        description="Sealed value from the secrets file, base64 on one line.",
        hidden=True,
        constraints=(
            {"allowed_pattern": "[A-Za-z0-9+/]+={0,2}"},
            {"length": {"max": sealed_length(wanted.recipe)}},
        ),
    )


OUT = Parameter(
    name="out",
    type="comma_delimited_list",
    label="Nodes that are out",
    description=(
        "Ids of nodes, such as default-0, whose servers are taken away; ports, addresses and data volumes "
        "stay. Without them the servers are made anew, from what the template says then."
    ),
    default="",
)
"""The parameter that takes nodes out and puts them back, made anew (ADR 16)."""


RESTORE = Parameter(
    name="restore",
    type="string",
    label="Snapshot to restore",
    description=(
        "SHA-256 of the snapshot that masters begin from which are made now, in the place of the data on "
        "their volumes, or a random one where they join a master that is left; `jeroboam restore` sets it, "
        "and empties it again."
    ),
    default="",
    constraints=({"allowed_pattern": "([0-9a-f]{64})?"},),
)
"""The parameter that says what masters are restored from, while they are (docs/lost-master.md)."""


def keypair(kind: RoleKind) -> Parameter:
    """The parameter that names the keypair of servers of this kind; its comment opens their secrets."""
    return Parameter(
        name=keypair_parameter(kind),
        type="string",
        label=f"Keypair of the {kind}s",
        description="From the secrets file; `jeroboam keypairs` creates it. Its comment opens the secrets.",
        constraints=({"custom_constraint": "nova.keypair"},),
    )


def secrets_digest(kind: RoleKind) -> Parameter:
    """The parameter that tells nodes which secrets they are made with, for them to report."""
    return Parameter(
        name=secrets_parameter(kind),
        type="string",
        label=f"Secrets of the {kind}s",
        description="Digest of the sealed secrets that nodes made from now on get. It is set by jeroboam.",
        default="",
        constraints=({"allowed_pattern": "[0-9a-f]*"},),
    )


_KEPT = frozenset(map(secrets_parameter, RoleKind))
"""Given a value also where no node reads one."""


def without_unused(template: Template) -> Template:
    """`template` without parameters that nothing reads; the secrets file has all of its own, so they stay."""
    read = {
        reference.name
        for value in (*(r.properties for r in template.resources), *(o.value for o in template.outputs))
        for reference in references(value)
        if isinstance(reference, GetParam)
    } | {resource.condition.items.name for resource in template.resources if resource.condition}
    kept = tuple(p for p in template.parameters if p.name in read or p.default is None or p.name in _KEPT)
    names = {parameter.name for parameter in kept}
    groups = (replace(g, parameters=tuple(p for p in g.parameters if p in names)) for g in template.groups)
    return replace(template, parameters=kept, groups=tuple(group for group in groups if group.parameters))
