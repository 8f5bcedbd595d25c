"""Checks of Heat itself: versions, types, limits, trusts, and the stack's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from jeroboam.deploy.durations import duration
from jeroboam.deploy.preflight.facts import Facts
from jeroboam.deploy.preflight.findings import Check, CheckProblem, Level, always, known
from jeroboam.deploy.preflight.requirements import Wanted
from jeroboam.deploy.tags import ours
from jeroboam.hot.check import MAX_JSON_BODY_SIZE, MAX_RESOURCES_PER_STACK, MAX_TEMPLATE_SIZE

MAX_STACKS = 512
"""Heat's default of max_stacks_per_tenant (heat/common/config.py): stacks that are not nested."""
_NEAR = 0.9
SKEW_WARNED, SKEW_REFUSED = 60.0, 45 * 60.0
"""Seconds between the clocks: certificates made here are valid from an hour before, and no earlier."""
_LOWERED = "no API shows whether this cloud's operator lowered it; use fewer nodes if Heat refuses the stack"


def _version(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    versions, chosen = known(facts.template_versions), wanted.model.spec.heat.template_version
    if chosen not in versions:
        yield CheckProblem(
            f"this Heat does not support heat_template_version {chosen}",
            f"its newest: {', '.join(sorted(v for v in versions if v[0].isdigit())[-3:])}",
            "/heat/template_version",
        )


def _types(facts: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    missing = sorted(wanted.types - known(facts.resource_types))
    if missing:
        yield CheckProblem(
            f"this Heat does not provide {', '.join(missing)} to this user",
            "Heat hides the types of a service that the cloud lacks: see 'openstack catalog list'",
        )


def _clock(facts: Facts, _: Wanted) -> Iterator[CheckProblem]:
    ahead = known(facts.ahead)
    if abs(ahead) > SKEW_WARNED:
        side = "ahead of" if ahead > 0 else "behind"
        yield CheckProblem(
            f"this machine's clock is {duration(timedelta(seconds=abs(ahead)))} {side} the cloud's",
            "set it by NTP ('timedatectl' shows whether it is): the times of certificates made here and of "
            "servers made lately go by it",
            level=Level.ERROR if abs(ahead) > SKEW_REFUSED else Level.WARNING,
        )


def _resources(_: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    most = MAX_RESOURCES_PER_STACK
    if wanted.total.resources > _NEAR * most:
        yield CheckProblem(
            f"the stack has {wanted.total.resources} resources, near Heat's default limit of {most}",
            _LOWERED,
            "/node_groups",
            Level.WARNING,
        )


def _size(_: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    for size, most, what in (
        (wanted.total.template_characters, MAX_TEMPLATE_SIZE, "template has {} characters"),
        (wanted.total.request_bytes, MAX_JSON_BODY_SIZE, "request has {} bytes"),
    ):
        if size > _NEAR * most:
            yield CheckProblem(
                f"the {what.format(size)}, near Heat's default limit of {most}",
                f"{_LOWERED}, or 'heat.layout: nested'",
                "/heat/layout",
                Level.WARNING,
            )


def _is_new(wanted: Wanted) -> bool:
    return wanted.existing is None


def _stacks(facts: Facts, _: Wanted) -> Iterator[CheckProblem]:
    if known(facts.stacks) >= MAX_STACKS:
        yield CheckProblem(
            f"the project has {known(facts.stacks)} stacks; Heat's default limit is {MAX_STACKS}",
            "delete some ('openstack stack list'), or ignore this where the limit is higher",
            level=Level.WARNING,
        )


def _trusts(facts: Facts, _: Wanted) -> Iterator[CheckProblem]:
    login = known(facts.login)
    if login.trusts_refused is not None:
        yield CheckProblem(
            "Heat cannot create the trust that every stack needs: this application credential may not manage "
            f"trusts (Keystone: {login.trusts_refused})",
            "log in with a password or a token; since CVE-2026-43000 Keystone refuses all application "
            "credentials here, unless its operator allows them "
            "(allow_insecure_application_credential_trust_escalation)",
        )
    elif login.federated:
        yield CheckProblem(
            "this user is federated: roles from a group mapping are not part of the trust that Heat creates "
            "for every stack",
            "use a user with the roles assigned directly in this project",
            level=Level.WARNING,
        )


def _exists(wanted: Wanted) -> bool:
    return wanted.existing is not None


def _name(_: Facts, wanted: Wanted) -> Iterator[CheckProblem]:
    stack = wanted.existing
    if stack is not None and not ours(stack):
        yield CheckProblem(
            f"a stack '{stack.name}' exists that Jeroboam did not create",
            "give the cluster another name, or delete that stack",
            "/name",
        )


CHECKS = (
    Check("heat-version", "Heat supports the template's version", always, _version),
    Check("heat-resource-types", "Heat provides every resource type that the template uses", always, _types),
    Check("heat-resources", "the stack is not near Heat's default limit of resources", always, _resources),
    Check("heat-template-size", "template and request are not near Heat's default limits", always, _size),
    Check("heat-stacks", "the project has fewer stacks than Heat's default limit", _is_new, _stacks),
    Check("clock", "this machine's clock agrees with the cloud's", always, _clock),
    Check("heat-trusts", "this login lets Heat create a trust", always, _trusts),
    Check("stack-name", "a stack with the cluster's name was created by Jeroboam", _exists, _name),
)
