"""Asks Heat, and Keystone how the user is logged in."""

from __future__ import annotations

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.preflight.facts import UserFacts
from jeroboam.deploy.preflight.gather.queries import FORBIDDEN, UnusableAnswerError, get


def template_versions(cloud: Cloud) -> tuple[str, ...]:
    """The template versions that Heat knows, such as 2018-08-31, aliases too."""
    listed = get(cloud.sdk.orchestration, "/template_versions")["template_versions"]
    names = (name for entry in listed for name in (entry["version"], *(entry.get("aliases") or ())))
    prefix = "heat_template_version."
    return tuple(sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix)))


def resource_types(cloud: Cloud) -> frozenset[str]:
    """The resource types that Heat offers this user."""
    return frozenset(get(cloud.sdk.orchestration, "/resource_types")["resource_types"])


def stacks(cloud: Cloud) -> int:
    """How many stacks the project has, nested ones not counted."""
    answer = get(cloud.sdk.orchestration, "/stacks", with_count="true", limit=1)
    if not isinstance(answer.get("count"), int):
        raise UnusableAnswerError("Heat does not report how many stacks there are")
    return int(answer["count"])


def login(cloud: Cloud) -> UserFacts:
    """How the user is logged in, and whether Keystone lets such a user manage trusts."""
    access = cloud.sdk.session.auth.get_access(cloud.sdk.session)
    application = bool(getattr(access, "application_credential_id", None))
    return UserFacts(
        application_credential=application,
        federated=bool(access.is_federated),
        trusts_refused=_trusts_refused(cloud) if application else None,
    )


def _trusts_refused(cloud: Cloud) -> str | None:
    """Keystone's answer where it forbids even to list trusts: it then forbids to make them as well."""
    from jeroboam.deploy.errors import first_line

    user = cloud.sdk.session.get_user_id()
    response = cloud.sdk.identity.get("/OS-TRUST/trusts", params={"trustor_user_id": user})
    if response.status_code != FORBIDDEN:
        return None
    said = response.json().get("error", {}).get("message") or "forbidden"
    return first_line(said).rstrip(".")
