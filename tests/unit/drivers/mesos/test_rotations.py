"""Rotations of a Mesos: their secrets are the cluster's, and a client is given both passwords meanwhile."""

from __future__ import annotations

from base64 import b64decode, b64encode
from functools import cache

from jeroboam import plugins
from jeroboam.drivers.mesos.rotations import AGENTS_BYTES, ROTATIONS
from jeroboam.model.access import ClusterAccess
from jeroboam.model.limits import sealed_length
from jeroboam.model.secrets import UserSupplied
from jeroboam.model.types import ClusterModel
from jeroboam.pipeline import plan_spec
from tests.support.cases import GOLDEN


@cache
def _model() -> ClusterModel:
    model = plan_spec(str(GOLDEN / "mesos/flatcar/ha/cluster.yaml")).value
    assert model is not None
    return model


def test_each_secret_of_mesos_own_can_be_rotated() -> None:
    model = _model()
    own = {secret.name for secret in model.secrets if secret.name.startswith("mesos_")}
    assert own == {name for rotation in ROTATIONS for name in rotation.secrets}
    shared = {secret.name for secret in model.secrets if secret.shared}
    for rotation in ROTATIONS:
        made_anew = {kind.value for phase in rotation.phases for kind in phase.made_anew}
        assert made_anew == ({"master", "worker"} if shared & {*rotation.secrets} else {"master"})


def test_two_credentials_fit_where_user_data_has_room_for_them() -> None:
    old, new = (b64encode(letter * 32).decode() for letter in (b"a", b"b"))
    agents = ROTATIONS[0]
    (name,) = agents.secrets
    alone = agents.phases[1].values({}, {name: old})
    both = agents.phases[0].values(alone, {name: new})
    assert len(b64decode(both[name])) == AGENTS_BYTES
    recipe = next(it.recipe for it in _model().secrets if it.name == name)
    assert sealed_length(recipe) == sealed_length(UserSupplied("", size=AGENTS_BYTES))


def test_the_password_of_before_is_given_to_who_asks_in_a_rotation_alone() -> None:
    driver = plugins.driver("mesos")
    assert driver is not None
    names = {"mesos_agent_secret", "mesos_marathon_secret", "mesos_admin_password"}

    def text(*more: str) -> str:
        access = ClusterAccess("prod", "http", "192.0.2.7", 8080, ("192.0.2.8",), frozenset({*names, *more}))
        (file,) = driver.credentials(access).files
        return file.text

    assert "BEFORE" not in text()
    assert text("mesos_admin_password_before") == (
        text() + "export MESOS_PASSWORD_BEFORE=@{PASSWORD_BEFORE}\n"
    )
