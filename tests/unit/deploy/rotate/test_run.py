"""A rotation from its first phase to its last, ended anywhere and gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from jeroboam.deploy.clock import Clock
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.events import Declined
from jeroboam.deploy.plan import Plan
from jeroboam.deploy.plan.gather import Planning
from jeroboam.deploy.request import Request
from jeroboam.deploy.roll.run import RollRequest
from jeroboam.deploy.roll.types import Aim, RollNode, World
from jeroboam.deploy.rotate.run import run
from jeroboam.deploy.rotate.text import data, event_data, render
from jeroboam.deploy.rotate.types import Halted, RotateEvent, RotateRequest, RotationPlanned, Turned
from jeroboam.deploy.types import Note, Stack
from jeroboam.drivers.kubernetes.rotations import ROTATIONS
from jeroboam.drivers.mesos.rotations import ROTATIONS as OF_A_MESOS
from jeroboam.drivers.swarm.rotations import ROTATIONS as SWARMS
from jeroboam.model.rotation import AfterPhase, JoinToken, Rotation, Values
from jeroboam.secrets.rotating import Rotating
from tests.unit.deploy.roll.scene import NEW, node
from tests.unit.deploy.roll.test_run import compiled, secrets
from tests.unit.deploy.rotate.keystone import PlayedKeystone, encoded
from tests.unit.deploy.wait.facts import stack

pytestmark = pytest.mark.filterwarnings("ignore")  # of OpenStack's clients

OF = {rotation.what: rotation for rotation in ROTATIONS}
OF_MESOS = {rotation.what: rotation for rotation in OF_A_MESOS}
OWN = {rotation.what: rotation for rotation in SWARMS}
MADE = NEW._replace(coe_version=compiled().model.coe_version, secrets="a" * 16)
SILENT = MADE._replace(secrets="")


class Ended(Exception):  # noqa: N818
    """The end of a run in the middle."""


class PlayedRotation:
    """A cluster whose secrets are rotated: its secrets file, its rolls and its COE; `told` is what was done.

    A run ends once it has done `left` more things.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        masters = [node("master", index, made_from=MADE, why=()) for index in range(3)]
        self.nodes: list[RollNode] = [*masters, node("default", 0, made_from=MADE, why=())]
        self.state: Rotating | None = None
        self.rolled_in: int | None = None
        self.told: list[str] = []
        self.left = 10_000
        self.answers = True
        self.given: Values = {}
        self.rolls: list[tuple[Aim, Values]] = []
        self.keystone = PlayedKeystone()
        self.keystone.add("old")
        self.keystone.did = self.did
        self.differs = self.changed = self.others = False
        world: dict[str, Any] = {
            "find": lambda *_, **__: self.stack(),
            "since_complete": lambda *_: None,
            "lives": lambda _: True,
            "opened": self._opened,
            "look": self._look,
            "planned": lambda *_: Planning(
                Plan("prod", False, (), 0, sections=("outputs",) if self.differs else ()), compiled().bundle
            ),
            "roll": self._roll,
            "same_spec": lambda *_: not self.changed,
        }
        for name, answer in world.items():
            patch.setattr(f"jeroboam.deploy.rotate.run.{name}", answer)

    def stack(self) -> Stack:
        digests = {n: v for n, v in secrets().parameters.items() if n.endswith("_seal_digest")}
        told = dict.fromkeys(digests, "b" * 16) if self.others else digests
        return replace(stack("UPDATE_COMPLETE"), tags=("jeroboam",), parameters=told)

    @contextmanager
    def _opened(self, *_: Any) -> Iterator[Any]:
        yield self

    def _look(self, *at: Any) -> World:
        changed = at[5] if len(at) > 5 else {}
        nodes = tuple(
            replace(it, why=("other secrets",))
            if ("master_seal_digest" if it.master else "worker_seal_digest") in changed
            else it
            for it in self.nodes
        )
        return World(self.stack(), nodes, self.answers, "no route")

    def _roll(self, request: RollRequest, *_: Any) -> Iterator[RotateEvent]:
        assert self.state is not None
        self.rolls.append((request.aim, request.deploy.secrets(False).values))
        yield Note("a node is made anew")
        self.did(f"roll {self.state.phase}")

    # --- the store

    def rotating(self) -> Rotating | None:
        return self.state

    def begin(self, rotation: Rotation, given: Values) -> None:
        self.did(f"begin {rotation.what}")
        self.state = Rotating(rotation.what, 0, encoded("old") if given else {}, given)

    def enter(self, rotation: Rotation, phase: int) -> None:
        assert self.state is not None
        assert self.state.what == rotation.what
        assert phase in (self.state.phase, self.state.phase + 1)
        self.did(f"enter {phase}")
        self.state = self.state._replace(phase=phase)

    def end(self, rotation: Rotation) -> None:
        assert self.state is not None
        assert self.state.phase == len(rotation.phases)
        self.did("end")
        self.state = None

    # --- the COE

    def after_phase(self, what: AfterPhase, tokens: tuple[JoinToken, ...], values: Values) -> Iterator[str]:
        assert values.keys() > self.given.keys()
        yield f"{len(tokens)} tokens"
        self.did(str(what))

    def users_of_old(self, what: str, _: Values) -> tuple[str, ...]:
        return (f"a pod has a token of the old {what}",)

    # --- the test

    def did(self, what: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise Ended
        self.told.append(what)

    def run(self, what: str, *, finish: bool = False, agrees: bool = True) -> list[RotateEvent]:
        store: Any = self
        made = secrets()
        held = made._replace(values={**made.values, **encoded("old")})
        request = RotateRequest(
            Request(compiled(), lambda _: held, "prod.yaml", "prod.secrets.yaml"),
            Aim(),
            (OF_MESOS | OWN | OF)[what],
            store,
            lambda _: agrees,
            f"jeroboam rotate prod.yaml {what}",
            lambda other: f"jeroboam rotate prod.yaml {other}",
            finish,
            self.given,
        )
        return list(run(request, self.keystone.cloud, Clock(lambda: 0.0, lambda _: None)))

    def plan(self, what: str, *, finish: bool = False) -> str:
        (planned,) = (
            event
            for event in self.run(what, finish=finish, agrees=False)
            if isinstance(event, RotationPlanned)
        )
        assert data(planned.plan)["what"] == what
        return render(planned.plan)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> PlayedRotation:
    return PlayedRotation(monkeypatch)


def test_phase_by_phase_with_what_the_coe_does_between(cluster: PlayedRotation) -> None:
    events = cluster.run("encryption")
    assert isinstance(events[-1], Turned)
    assert cluster.told == [
        "begin encryption", "enter 1", "roll 1", "enter 2", "roll 2", "rewrite-secrets", "enter 3", "roll 3",
        "end",
    ]  # fmt: skip
    assert [told["kind"] for event in events if (told := event_data(event))] == [*["phase"] * 3, "rotated"]


def test_a_new_credential_is_used_before_the_old_one_is_deleted(cluster: PlayedRotation) -> None:
    said = cluster.plan("credential")
    assert "with the roles of the old one (load-balancer_member, member)" in said
    assert "  in each phase 3 of 4 nodes are made anew" in said
    assert isinstance(cluster.run("credential")[-1], Halted)
    assert cluster.told == ["create minimal", "begin credential", "enter 1", "roll 1", "restart-addons"]
    assert {*cluster.keystone.known} == {"old", "new"}
    cluster.told.clear()
    last = cluster.plan("credential", finish=True)
    assert "no node is made anew" in last
    assert "with the roles" not in last
    assert isinstance(cluster.run("credential", finish=True)[-1], Turned)
    assert cluster.told == ["enter 1", "roll 1", "restart-addons", "enter 2", "delete old", "end"]
    assert {*cluster.keystone.known} == {"new"}


def test_masters_of_mesos_accept_both_before_agents_have_the_new_one(cluster: PlayedRotation) -> None:
    said = cluster.plan("agents")
    assert "  masters in each phase, workers in phase 2: 4 of 4 nodes are made anew: prod-default-0, " in said
    assert isinstance(cluster.run("agents")[-1], Turned)
    assert cluster.told == ["begin agents", "enter 1", "roll 1", "enter 2", "roll 2", "end"]
    assert [(aim.group, aim.workers_first) for aim, _ in cluster.rolls] == [("master", False), ("", True)]


def test_who_rolls_asks_with_the_value_from_before_as_well(cluster: PlayedRotation) -> None:
    cluster.run("credential")
    ((aim, values),) = cluster.rolls
    assert (aim.group, aim.workers_first) == ("", False)
    assert values["application_credential_id_before"] == encoded("old")["application_credential_id"]


def test_the_plan_says_in_which_phases_nodes_are_made_anew(cluster: PlayedRotation) -> None:
    said = cluster.plan("credential", finish=True)
    assert "  in phase 1 3 of 4 nodes are made anew" in said


def test_one_that_was_given_is_taken_and_none_made(cluster: PlayedRotation) -> None:
    cluster.keystone.add("given")
    cluster.given = encoded("given")
    cluster.run("credential")
    assert cluster.told[0] == "begin credential"
    assert cluster.state is not None
    assert cluster.state.new == encoded("given")
    cluster.given = encoded("another")
    with pytest.raises(DeployError, match="another application credential than the one that was given"):
        cluster.run("credential")


def test_one_that_does_not_fit_is_told_before_the_file_changes(cluster: PlayedRotation) -> None:
    cluster.given = encoded("unknown")
    with pytest.raises(DeployError, match="Keystone refuses the application credential unknown"):
        cluster.run("credential")
    assert cluster.told == []


def test_one_that_could_not_be_noted_down_is_not_left_in_keystone(
    cluster: PlayedRotation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(cluster, "begin", full)
    with pytest.raises(OSError, match="no space"):
        cluster.run("credential")
    assert cluster.told == ["create minimal", "delete new"]
    assert {*cluster.keystone.known} == {"old"}


def test_of_two_runs_at_once_one_credential_is_left(
    cluster: PlayedRotation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(rotation: Rotation, _: Values) -> None:
        cluster.state = Rotating(rotation.what, 0, encoded("old"), encoded("of the other run"))

    monkeypatch.setattr(cluster, "begin", taken)
    with pytest.raises(DeployError, match="another run has begun the same rotation"):
        cluster.run("credential")
    assert cluster.told == ["create minimal", "delete new"]


@pytest.mark.parametrize("what", OF)
def test_ended_anywhere_it_goes_on_from_there(cluster: PlayedRotation, what: str) -> None:
    cluster.run(what, finish=True)
    whole = list(cluster.told)
    for count in range(len(whole)):
        cluster.told, cluster.left = [], count
        cluster.keystone.add("old")
        with pytest.raises(Ended):
            cluster.run(what, finish=True)
        cluster.left = 10_000
        cluster.run(what, finish=True)
        assert cluster.state is None
        # Some may be done twice, and none in another order, or not at all.
        assert list(dict.fromkeys(cluster.told)) == whole


def test_the_last_phase_for_service_accounts_waits_to_be_told(cluster: PlayedRotation) -> None:
    halted = cluster.run("service-account")[-1]
    assert isinstance(halted, Halted)
    assert halted.command == "jeroboam rotate prod.yaml service-account --finish"
    assert "enter 3" not in cluster.told
    cluster.told.clear()
    assert isinstance(cluster.run("service-account")[-1], Halted)
    assert cluster.told == ["enter 2", "roll 2"]
    assert isinstance(cluster.run("service-account", finish=True)[-1], Turned)
    assert cluster.told[-3:] == ["enter 3", "roll 3", "end"]


def test_what_is_known_to_use_the_old_one_is_said_before_it_is_refused(cluster: PlayedRotation) -> None:
    cluster.run("service-account")
    assert "a pod has a token" not in cluster.plan("service-account")
    assert "note: a pod has a token of the old service-account" in cluster.plan(
        "service-account", finish=True
    )


def test_the_plan_says_what_is_done_to_whom(cluster: PlayedRotation) -> None:
    said = cluster.plan("service-account")
    assert "rotates service-account: the key that signs the tokens of service accounts" in said
    assert "  1. both keys are accepted, the old one signs\n  2. the new key signs" in said
    assert "waits for --finish: the old key is refused" in said
    assert "3 of 4 nodes are made anew: prod-master-1, prod-master-2, prod-master-0" in said
    assert "masters one at a time; the API answers by the others" in said
    assert cluster.told == []


def test_declined_nothing_is_done(cluster: PlayedRotation) -> None:
    assert isinstance(cluster.run("tokens", agrees=False)[-1], Declined)
    assert (cluster.told, cluster.state) == ([], None)


def test_another_rotation_is_refused_with_the_command_that_ends_it(cluster: PlayedRotation) -> None:
    cluster.run("service-account")
    with pytest.raises(DeployError, match="another rotation, service-account, in phase 2") as refused:
        cluster.run("tokens")
    assert refused.value.hint == "bring that to its end first: jeroboam rotate prod.yaml service-account"


@pytest.mark.parametrize("of", ["behind", "template", "spec", "secrets", "out"])
def test_one_thing_at_a_time(cluster: PlayedRotation, of: str) -> None:
    if of in ("template", "spec", "secrets"):
        cluster.differs, cluster.changed, cluster.others = of == "template", of == "spec", of == "secrets"
    else:
        other = {"why": ("another version",)} if of == "behind" else {"server": "", "why": ("it is out",)}
        cluster.nodes[-1] = replace(cluster.nodes[-1], **other)
    with pytest.raises(DeployError, match=r"'prod' is not what 'prod\.yaml' says") as refused:
        cluster.run("tokens")
    assert "jeroboam roll prod.yaml" in str(refused.value.hint)
    assert cluster.told == []


def test_a_spec_that_changes_in_the_middle_is_rolled_first(cluster: PlayedRotation) -> None:
    cluster.run("service-account")
    cluster.told.clear()
    cluster.changed = True
    with pytest.raises(DeployError, match="has changed since the rotation was begun") as refused:
        cluster.run("service-account", finish=True)
    assert refused.value.hint == "bring the cluster there first: jeroboam roll prod.yaml"
    assert cluster.told == []


def test_gone_on_with_whatever_its_nodes_are(cluster: PlayedRotation) -> None:
    """Its own half is one that fails: a master that did not come back."""
    cluster.run("service-account")
    cluster.nodes[0] = replace(cluster.nodes[0], failed="no network", why=("it failed",))
    assert isinstance(cluster.run("service-account", finish=True)[-1], Turned)


def test_masters_that_do_not_say_what_they_have_are_made_anew_first(cluster: PlayedRotation) -> None:
    cluster.nodes[1] = replace(cluster.nodes[1], made_from=SILENT)
    cluster.nodes[3] = replace(cluster.nodes[3], made_from=SILENT)
    with pytest.raises(DeployError, match=r"^prod-master-1: it is not known which secrets") as refused:
        cluster.run("encryption")
    assert refused.value.hint == "make it anew first: jeroboam roll prod.yaml --node prod-master-1"


def test_a_lone_master_without_a_volume_is_told_before_the_file_changes(cluster: PlayedRotation) -> None:
    cluster.nodes = [cluster.nodes[0], cluster.nodes[3]]
    with pytest.raises(DeployError, match="prod-master-0 is the only master"):
        cluster.run("encryption")
    assert cluster.told == []


def test_a_cluster_that_cannot_be_asked_is_told_before_the_file_changes(cluster: PlayedRotation) -> None:
    cluster.answers = False
    with pytest.raises(DeployError, match="cannot be asked from here: no route"):
        cluster.run("encryption")
    assert cluster.told == []


def test_what_a_coe_makes_anew_itself_touches_neither_file_nor_nodes(cluster: PlayedRotation) -> None:
    cluster.nodes[-1] = replace(cluster.nodes[-1], why=("another version",))
    said = cluster.plan("swarm-ca")
    assert "  no node is made anew\n  note: a pod has a token of the old swarm-ca" in said
    assert isinstance(cluster.run("swarm-ca")[-1], Turned)
    assert cluster.told == ["rotate-ca"]
