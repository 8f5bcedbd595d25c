"""Which versions may stand beside each other: what nodes really run against what new ones would get."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.nodes import SERVER
from jeroboam.deploy.plan.types import ChangeKind, Plan
from jeroboam.deploy.types import MadeFrom
from jeroboam.hot.contract import MASTER, parse_node_id
from jeroboam.model.protocols import Driver
from jeroboam.model.types import ClusterModel
from jeroboam.spec.change.rules import GENERAL, numbers
from jeroboam.spec.change.types import ChangeEffect, SpecChange

Masters = Mapping[str, MadeFrom | None]
"""What each master is made from, by its name; None where it has not said so."""


def require_reachable(masters: Masters, model: ClusterModel, driver: Driver) -> None:
    """Raises DeployError where masters cannot go to the spec's version from what they really run."""
    rule = driver.changes.get("coe_version") or GENERAL["coe_version"]
    for version in sorted({made.coe_version for made in masters.values() if made}):
        if version == model.coe_version:
            continue
        change = SpecChange("coe_version", "coe_version", version, model.coe_version, ChangeEffect.ROLL)
        ruling = rule(change, {}, {})
        if ruling.effect is ChangeEffect.NEVER:
            raise DeployError(
                f"masters run {version}, the spec says {model.coe_version}: {ruling.why}", ruling.instead
            )


def behind(masters: Masters, model: ClusterModel, driver: Driver) -> tuple[str, ...]:
    """The masters that are too old for a worker of the spec's version, where the COE has such a rule."""
    if "coe_version" not in driver.changes:
        return ()
    wanted = numbers(model.coe_version)[:2]
    return tuple(name for name, made in masters.items() if made and numbers(made.coe_version)[:2] < wanted)


def require_workers_to_fit(
    plan: Plan, masters: Masters, model: ClusterModel, driver: Driver, out: Collection[str] = ()
) -> None:
    """Raises DeployError where workers would come with a version that is newer than the masters'.

    Nodes that are `out`, by their ids, are none that come.
    """
    late, come = behind(masters, model, driver), coming_workers(plan, out)
    if late and come:
        raise DeployError(
            f"{', '.join(come)} would come with {model.coe_version}, and {', '.join(late)} run an older one",
            "roll first, with as many nodes as there are, and add some after it",
        )


def coming_workers(plan: Plan, out: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the workers that an update makes, but for those that are out."""
    return tuple(
        change.server or change.node
        for change in plan.changes
        if change.type == SERVER
        and change.kind is ChangeKind.ADD
        and change.node not in out
        and (parsed := parse_node_id(change.node)) is not None
        and parsed[0] != MASTER
    )
