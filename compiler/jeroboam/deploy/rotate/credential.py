"""The application credential of a cluster's add-ons, in Keystone: looked at, made anew, deleted.

Facts (Keystone's keystone/api/users.py): a user makes them for themselves alone, in the project of the login,
and not where that is itself by a restricted one; `roles` are some of the login's, and each brings those that
it implies; Keystone makes the secret, and tells it once.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, DeployError, asking
from jeroboam.deploy.types import Note
from jeroboam.escape import escaped, shell
from jeroboam.model.rotation import Values

ID, SECRET = "application_credential_id", "application_credential_secret"
# Of a wrong secret, and of one that is no more.
_REFUSED = frozenset({401, 404})
_NOT_ALLOWED = frozenset({400, 401, 403, 404})


@dataclass(frozen=True, slots=True)
class CredentialAccess:
    """What a credential opens: a project, with roles, each a name by its id."""

    project: str
    roles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CredentialOffer:
    """A credential that can be made: what Keystone is asked for, but its name, and that in words."""

    wanted: Mapping[str, Any]
    words: str


def access(cloud: Cloud, values: Values) -> CredentialAccess | None:
    """What Keystone lets in who has this credential; None where it refuses it. Raises CloudError."""
    identity = {
        "methods": ["application_credential"],
        "application_credential": {"id": _text(values, ID), "secret": _text(values, SECRET)},
    }
    with asking("try the application credential in Keystone"):
        answer = cloud.sdk.identity.post(
            "/auth/tokens", json={"auth": {"identity": identity}}, authenticated=False
        )
        if answer.status_code in _REFUSED:
            return None
        _raise(answer)
        token = answer.json()["token"]
        roles = {str(role["id"]): escaped(str(role["name"])) for role in token["roles"]}
        return CredentialAccess(str(token["project"]["id"]), roles)


def checked(cloud: Cloud, old: Values, new: Values) -> tuple[str, ...]:
    """What a user should know of a credential that takes the place of the old one, a sentence each.

    Raises DeployError for one that cannot, CloudError where Keystone cannot be asked.
    """
    if old[ID] == new[ID]:
        raise DeployError("the application credential that was given is the one in use", "create another one")
    found = access(cloud, new)
    if found is None:
        raise DeployError(
            f"Keystone refuses the application credential {_text(new, ID)}",
            "id and secret belong together; the secret is told once, when it is created",
        )
    before = access(cloud, old)
    if before is None:
        return (f"Keystone refuses the old one, {_text(old, ID)}, already: what it could do is not known",)
    if found.project != before.project:
        raise DeployError(
            f"the application credential {_text(new, ID)} is of project {escaped(found.project)}, and the "
            f"old one of {escaped(before.project)}",
            "create it in the cluster's project",
        )
    lost, won = (
        ", ".join(sorted(a.roles[role] for role in a.roles.keys() - b.roles.keys()))
        for a, b in ((before, found), (found, before))
    )
    return (
        *((f"the new one lacks roles of the old one: {lost}",) if lost else ()),
        *((f"the new one has roles that the old one has not: {won}",) if won else ()),
    )


def offer(cloud: Cloud, old: Values, cluster: str, command: str) -> CredentialOffer:
    """The credential that this login can make in the old one's place, with the same roles, and no more.

    `command` takes one that was made otherwise. Raises DeployError where it cannot, with what to do.
    """
    identifier = _text(old, ID)
    by_hand = (
        f"openstack application credential create -f json {shell(f'{cluster}-2')} | {command} --from - --yes"
    )
    try:
        with asking("ask Keystone for the application credential"):
            user, project = cloud.sdk.current_user_id, cloud.sdk.current_project_id
            found = cloud.sdk.identity.get_application_credential(user, identifier)
            roles = [{"id": str(role["id"])} for role in found.roles]
            names = ", ".join(sorted(escaped(str(role["name"])) for role in found.roles))
            rules = [
                {key: rule[key] for key in ("service", "method", "path")} for rule in found.access_rules or ()
            ]
    except CloudError as error:
        if error.status not in _NOT_ALLOWED:
            raise
        raise DeployError(
            f"Keystone tells this login nothing of the application credential {identifier}, so that another "
            f"one like it cannot be made here: {error.message}",
            f"make it as the user whose it is: {by_hand}",
        ) from error
    if found.project_id != project:
        raise DeployError(
            f"the application credential {identifier} is of project {escaped(str(found.project_id))}, and "
            f"this login of {escaped(str(project))}",
            f"log in to that, or make it there: {by_hand}",
        )
    if found.expires_at:
        raise DeployError(
            f"the application credential {identifier} ends on {escaped(str(found.expires_at))}; until when "
            "the next one is to be good is not for this command to say",
            f"make it with your --expiration: {by_hand}",
        )
    wanted = {
        "roles": roles,
        "unrestricted": bool(found.unrestricted),
        "description": f"cloud add-ons of the cluster {cluster}",
        **({"access_rules": rules} if rules else {}),
    }
    limits = f", and its {len(rules)} access rules" if rules else ""
    return CredentialOffer(
        wanted, f"a new one is made in Keystone, with the roles of the old one ({names}){limits}"
    )


def created(cloud: Cloud, made: CredentialOffer, cluster: str, command: str) -> dict[str, str]:
    """Has Keystone make it; its values, base64. Raises DeployError where this login may not."""
    name = f"{cluster}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        with asking("create an application credential"):
            found = cloud.sdk.identity.create_application_credential(
                cloud.sdk.current_user_id, name, **made.wanted
            )
            values = {ID: str(found.id), SECRET: str(found.secret)}
    except CloudError as error:
        if error.status not in _NOT_ALLOWED:
            raise
        raise DeployError(
            f"Keystone has this login make no application credential: {error.message}",
            f"make one otherwise: openstack application credential create -f json {shell(name)} | "
            f"{command} --from - --yes",
        ) from error
    return {key: b64encode(value.encode()).decode("ascii") for key, value in values.items()}


def deleted(cloud: Cloud, old: Values, command: str) -> Iterator[Note]:
    """Deletes the old one, and sees that Keystone refuses it; done already is done, too.

    Raises DeployError where this login may not, with who can; CloudError where Keystone cannot be asked.
    """
    identifier = _text(old, ID)
    if access(cloud, old) is None:
        yield Note(f"Keystone refuses the application credential {identifier} already")
        return
    remove(cloud, old, f"then: {command}")
    if access(cloud, old) is not None:
        raise DeployError(
            f"Keystone still accepts the application credential {identifier}, though it is deleted",
            f"a cache of Keystone's may hold it for some minutes; then: {command}",
        )
    yield Note(f"application credential {identifier} deleted; Keystone refuses it")


def remove(cloud: Cloud, values: Values, then: str) -> None:
    """Deletes a credential of this login's user. Raises DeployError where that may not, with who can."""
    identifier = _text(values, ID)
    try:
        with asking("delete the application credential"):
            cloud.sdk.identity.delete_application_credential(
                cloud.sdk.current_user_id, identifier, ignore_missing=False
            )
    except CloudError as error:
        if error.status not in _NOT_ALLOWED:
            raise
        raise DeployError(
            f"Keystone has this login not delete the application credential {identifier}: {error.message}",
            f"as the user whose it is: openstack application credential delete {identifier}; {then}",
        ) from error


def called(values: Values) -> str:
    """Its id."""
    return _text(values, ID)


def _text(values: Values, name: str) -> str:
    return escaped(b64decode(values[name]).decode(errors="replace"))


def _raise(response: Any) -> None:
    from openstack.exceptions import raise_from_response

    raise_from_response(response)
