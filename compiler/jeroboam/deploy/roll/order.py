"""What is refused of a roll before it begins: what would break the order of versions, or lose the state."""

from __future__ import annotations

from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.plan.effects import VOLUME
from jeroboam.deploy.plan.types import ChangeKind, Plan
from jeroboam.deploy.roll.steps import targets
from jeroboam.deploy.roll.types import Aim, RollNode, World
from jeroboam.deploy.types import Stack
from jeroboam.deploy.versions import behind, require_reachable, require_workers_to_fit
from jeroboam.hot.parameters import OUT
from jeroboam.model.protocols import Driver
from jeroboam.model.types import ClusterModel, RoleKind


def require_order(world: World, aim: Aim, model: ClusterModel, driver: Driver, plan: Plan) -> None:
    """Raises DeployError where a roll may not begin, with the way round."""
    left = targets(world, aim, frozenset())
    masters = tuple(node for node in world.nodes if node.master)
    run = {node.name: node.made_from for node in masters}
    require_reachable(run, model, driver)
    late = behind(run, model, driver)
    if late and left and not any(node.master for node in left):
        raise DeployError(
            f"masters first: {', '.join(late)} would be older than the workers",
            "roll all, or the masters before: --group master",
        )
    out = tuple(node for node in world.nodes if node.out and not node.master)
    if late and out:
        raise DeployError(
            f"{', '.join(node.name for node in out)}: out, and would come back with {model.coe_version}, "
            f"while {', '.join(late)} run an older one",
            "bring it back first: roll once more with the version before",
        )
    require_workers_to_fit(plan, run, model, driver, {node.id for node in out})
    if len(masters) == 1 and masters[0] in left:
        require_state(masters[0], aim, model, driver, plan)


def require_list(stack: Stack, going: tuple[RollNode, ...]) -> None:
    """Refuses to let masters go of a stack whose template has no list of who is out yet."""
    leave = [node.name for node in going if node.master]
    if leave and OUT.name not in stack.parameters:
        raise DeployError(
            f"{', '.join(leave)} cannot leave yet: the template of '{stack.name}' is of an earlier release, "
            "and takes no node out",
            "roll first with as many masters as there are, and let some go after it",
        )


def require_state(master: RollNode, aim: Aim, model: ClusterModel, driver: Driver, plan: Plan) -> None:
    """Refuses to make a lone master anew whose state would go with its server."""
    role = next(role for role in model.roles if role.kind is RoleKind.MASTER)
    keeps = {"etcd_volume": role.etcd_volume, "docker_volume": role.node.docker_volume}
    # One that only comes with this update has nothing on it yet.
    empty = any(
        it.type == VOLUME and it.kind is ChangeKind.ADD and it.node == master.id for it in plan.changes
    )
    if keeps.get(driver.state_volume) is not None and not empty:
        if master.volume_came_later and master.name not in aim.nodes:
            raise DeployError(
                f"{master.name} is the only master, and older than its volume: the cluster's state may still "
                "be on its own disk, and would be lost",
                "move it there first (docs/upgrading.md, A lone master), and say that it is: "
                f"--node {master.name}",
            )
        return
    way = (
        f"give it a volume first, masters.{driver.state_volume}: see docs/upgrading.md, A lone master"
        if driver.state_volume
        else "make a second cluster, and move what runs there; several masters can be made anew one by one"
    )
    raise DeployError(
        f"{master.name} is the only master, and the cluster's state is on its own disk: it would be lost", way
    )
