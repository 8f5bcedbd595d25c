"""A cluster that lost its quorum for good goes on from a master that is left, which the others join anew."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex

from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.roll.carry_out import PAUSE_SECONDS, all_out, awaited, returned
from jeroboam.deploy.roll.events import RollStage
from jeroboam.deploy.roll.steps import is_coming
from jeroboam.deploy.roll.types import RollNode, World
from jeroboam.deploy.roll.under_way import Roll, Steps, seen
from jeroboam.model.client import ClientError, Survivor

SILENT_SECONDS = 60.0
"""For how long a quorum has to be away before it counts as lost."""
ALONE_MINUTES = 15.0
"""For how long a master that is left may take to go on alone."""


@dataclass(frozen=True, slots=True)
class FromSurvivor:
    """One master is left and goes on alone; the others begin anew, and join it one after another."""

    client: Survivor

    def check(self) -> None:
        """Nothing is to be read."""

    def require(self, roll: Roll, world: World, begun: str) -> Steps:
        """Raises DeployError where nothing has to be restored: a quorum that elects is not lost."""
        until = roll.clock.now() + SILENT_SECONDS
        while not begun and not world.answers and roll.clock.now() < until:
            roll.clock.sleep(PAUSE_SECONDS)
            world = yield from seen(roll)
        if world.answers and not begun:
            raise DeployError(
                f"the API of '{world.stack.name}' answers: the cluster has its state, and its quorum",
                "a master that is lost is made anew by jeroboam roll",
            )

    def survivor(self, masters: tuple[RollNode, ...], begun: str) -> RollNode | None:
        """The master that goes on: the only one there is, or else that is reached. Raises DeployError."""
        left = [node for node in masters if not node.out and not node.failed]
        if begun and len(left) == 1:
            return left[0]
        name = self.client.survivor()
        found = next((node for node in masters if node.name == name), None)
        if found is None or len(masters) == 1:
            known = ", ".join(node.name for node in masters)
            raise DeployError(
                f"what answers is {name!r}, and the masters are {known}: there is none to go on from"
            )
        return found

    def is_begun(self, begun: str) -> bool:
        """Whether the stack says that it is under way."""
        return bool(begun)

    def digest(self) -> str:
        """What the stack is told: one that no restoration before had."""
        return token_hex(32)

    def begin(self, roll: Roll, going: tuple[RollNode, ...], first: RollNode, *, again: bool) -> Steps:
        """Until all masters work. Whenever all others are away, the survivor is told that it is alone."""
        # It works, and is not made anew.
        roll.done.add(first.name)
        roll.count += 1
        if not again:
            yield from all_out(roll, going)
        while True:
            world = yield from seen(roll)
            masters = [node for node in world.nodes if node.master and node.name != first.name]
            coming = tuple(node for node in masters if is_coming(node))
            broken = tuple(node for node in masters if node.failed and not node.out)
            away = tuple(node for node in masters if node.out)
            if coming:
                yield from awaited(roll, coming)
            elif broken:
                yield from all_out(roll, broken)
            elif away:
                if len(away) == len(masters):
                    yield from self._alone(roll, first)
                # etcd takes one new member at a time.
                yield from returned(roll, away[:1])
            else:
                return

    def _alone(self, roll: Roll, first: RollNode) -> Steps:
        # A master that joined it and went again counts in its quorums: they are begun anew each time.
        mark = token_hex(6)
        until, said = roll.clock.now() + ALONE_MINUTES * 60, ""
        while True:
            try:
                missing = self.client.go_on_alone(mark)
            except ClientError as error:
                if not error.unreachable:
                    raise
                missing = error.message
            if not missing:
                return
            if missing != said:
                said = missing
                yield roll.staged(RollStage.WAIT, (first,), missing)
            if roll.clock.now() > until:
                raise DeployError(
                    f"{first.name} does not go on alone: {missing}",
                    f"on it: journalctl -u jeroboam-swarm -u etcd -u docker; then: {roll.again}",
                )
            roll.clock.sleep(PAUSE_SECONDS)
