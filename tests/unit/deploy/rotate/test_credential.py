"""The application credential of the cloud add-ons, in a Keystone that is played."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.rotate import credential
from tests.unit.deploy.rotate.keystone import PROJECT, ROLES, PlayedKeystone, encoded

pytestmark = pytest.mark.filterwarnings("ignore")  # of OpenStack's clients
COMMAND = "jeroboam rotate prod.yaml credential"
OLD, NEW = encoded("old"), encoded("new")


@pytest.fixture
def keystone() -> PlayedKeystone:
    played = PlayedKeystone()
    played.add("old")
    return played


def offered(keystone: PlayedKeystone) -> credential.CredentialOffer:
    return credential.offer(keystone.cloud, OLD, "prod", COMMAND)


def test_what_a_credential_opens_is_asked_with_itself(keystone: PlayedKeystone) -> None:
    assert credential.access(keystone.cloud, OLD) == credential.CredentialAccess(PROJECT, ROLES)
    assert credential.access(keystone.cloud, encoded("old", "another")) is None
    assert credential.access(keystone.cloud, NEW) is None


def test_a_new_one_may_do_what_the_old_one_may_and_no_more(keystone: PlayedKeystone) -> None:
    rules = [{"id": "a1", "service": "volumev3", "method": "GET", "path": "/v3/**", "links": {}}]
    keystone.add("old", roles=[{"id": "r1", "name": "member", "domain_id": None}], access_rules=rules)
    made = offered(keystone)
    assert made.words == (
        "a new one is made in Keystone, with the roles of the old one (member), and its 1 access rules"
    )
    values = credential.created(keystone.cloud, made, "prod", COMMAND)
    assert {name: b64decode(value) for name, value in values.items()} == {
        "application_credential_id": b"new",
        "application_credential_secret": b"s",
    }
    new = keystone.known["new"]
    assert new.roles == [{"id": "r1", "name": "member"}]
    assert new.access_rules == [{"service": "volumev3", "method": "GET", "path": "/v3/**"}]
    assert (new.unrestricted, keystone.done) == (False, ["create prod"])
    assert credential.checked(keystone.cloud, OLD, values) == ()


@pytest.mark.parametrize(
    ("old", "said"),
    [
        ({"mine": False}, "Keystone tells this login nothing of the application credential old"),
        ({"project_id": "p2"}, "is of project p2, and this login of p1"),
        ({"expires_at": "2027-01-01T00:00:00.000000"}, "ends on 2027-01-01T00:00:00.000000; until when"),
    ],
)
def test_one_that_cannot_be_made_here_is_told_with_the_command_that_makes_it(
    keystone: PlayedKeystone, old: dict[str, Any], said: str
) -> None:
    keystone.add("old", **old)
    if not old.get("mine", True):
        keystone.mine.clear()
    with pytest.raises(DeployError) as refused:
        offered(keystone)
    assert said in refused.value.message
    line = "openstack application credential create -f json prod-2 | "
    assert line + f"{COMMAND} --from -" in str(refused.value.hint)


def test_a_login_that_may_make_none_is_told(keystone: PlayedKeystone) -> None:
    made = offered(keystone)
    keystone.allowed.remove("create")
    with pytest.raises(DeployError, match="has this login make no application credential") as refused:
        credential.created(keystone.cloud, made, "prod", COMMAND)
    assert f"| {COMMAND} --from -" in str(refused.value.hint)
    assert keystone.done == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (None, "Keystone refuses the application credential new"),
        ({"secret": "another"}, "Keystone refuses the application credential new"),
        ({"project_id": "p2"}, "credential new is of project p2, and the old one of p1"),
    ],
)
def test_one_that_does_not_fit_is_refused_before_anybody_has_it(
    keystone: PlayedKeystone, new: dict[str, Any] | None, said: str
) -> None:
    if new is not None:
        keystone.add("new", **new)
    with pytest.raises(DeployError) as refused:
        credential.checked(keystone.cloud, OLD, NEW)
    assert said in refused.value.message


def test_the_one_in_use_is_not_another_one(keystone: PlayedKeystone) -> None:
    with pytest.raises(DeployError, match="is the one in use"):
        credential.checked(keystone.cloud, OLD, encoded("old", "another secret"))


def test_other_roles_are_told(keystone: PlayedKeystone) -> None:
    keystone.add("new", roles=[{"id": "r1", "name": "member"}, {"id": "r9", "name": "admin"}])
    assert credential.checked(keystone.cloud, OLD, NEW) == (
        "the new one lacks roles of the old one: load-balancer_member",
        "the new one has roles that the old one has not: admin",
    )


def test_where_the_old_one_is_gone_already_the_new_one_is_taken_as_it_is(keystone: PlayedKeystone) -> None:
    keystone.add("new")
    del keystone.known["old"]
    (note,) = credential.checked(keystone.cloud, OLD, NEW)
    assert note.startswith("Keystone refuses the old one, old, already")


def test_the_old_one_is_deleted_and_refused_and_once_more_is_nothing(keystone: PlayedKeystone) -> None:
    (said,) = credential.deleted(keystone.cloud, OLD, COMMAND)
    assert said.text == "application credential old deleted; Keystone refuses it"
    (said,) = credential.deleted(keystone.cloud, OLD, COMMAND)
    assert said.text == "Keystone refuses the application credential old already"
    assert keystone.done == ["delete old"]


def test_one_that_this_login_may_not_delete_is_told_with_who_can(keystone: PlayedKeystone) -> None:
    keystone.allowed.remove("delete")
    with pytest.raises(
        DeployError, match="has this login not delete the application credential old"
    ) as refused:
        list(credential.deleted(keystone.cloud, OLD, COMMAND))
    assert refused.value.hint == (
        f"as the user whose it is: openstack application credential delete old; then: {COMMAND}"
    )
    del keystone.known["old"]
    assert list(credential.deleted(keystone.cloud, OLD, COMMAND))


def test_one_that_is_still_accepted_is_not_called_gone(keystone: PlayedKeystone) -> None:
    keystone.cached = True
    with pytest.raises(DeployError, match="still accepts the application credential old"):
        list(credential.deleted(keystone.cloud, OLD, COMMAND))
