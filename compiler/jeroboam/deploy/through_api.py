"""What a changed spec asks of its COE's API, brought there once Heat is done: compared, shown, applied."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from random import SystemRandom

from jeroboam import plugins
from jeroboam.deploy.api_text import DIFFERING
from jeroboam.deploy.clusters import endpoint
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.door import opened
from jeroboam.deploy.errors import DeployError
from jeroboam.deploy.events import ApiChanged, ApiPlanned
from jeroboam.deploy.request import Request
from jeroboam.deploy.types import Note, Stack
from jeroboam.model.access import Credentials
from jeroboam.model.applied import AppliedFiles, Applier, ApplyEffect, WantedObjects, objects
from jeroboam.model.client import Client, ClientError
from jeroboam.secrets import Refusal
from jeroboam.secrets.issue import issued
from jeroboam.spec.change.rules import numbers

Events = Generator[Note | ApiPlanned | ApiChanged, None, bool]


def through_api(request: Request, cloud: Cloud, stack: Stack, values: Mapping[str, str]) -> Events:
    """Compares the API of a running cluster with the spec, and brings it what differs, if that is agreed to.

    `stack` has its outputs; `values` are the secrets' base64 values. An API that cannot be reached from here
    is told, and no failure. Of a cluster that was just made, the list of what was applied is begun, if that
    can be. Returns whether anything was changed. Raises DeployError.
    """
    fresh = stack.action == "CREATE"
    model = request.compiled.model
    driver = plugins.driver(model.spec.coe)
    if driver is None or driver.applied is None or endpoint(stack) is None:
        return False
    wanted = wanted_objects(driver.applied(model), values)
    with opened(cloud, stack, model.spec.name, model.spec.coe, values, request.at) as client:
        if not isinstance(client, Applier):
            return False
        try:
            if _older_masters(client, model.coe_version):
                yield Note(
                    f"what the spec asks of the COE's API waits until all masters run {model.coe_version}; "
                    f"after a roll, run {request.again} again"
                )
                return False
            changes = client.plan(wanted)
        except ClientError as error:
            if fresh:
                return False
            if not error.unreachable:
                raise _refused(request, error) from error
            yield Note(
                f"warning: what the spec asks of the COE's API was not compared with it: {error.message}; "
                f"run {request.again} from where that is reached, or through a tunnel with --api ADDRESS:PORT"
            )
            return False
        effects = {change.effect for change in changes}
        if changes and not (fresh and effects == {ApplyEffect.BEGIN}):
            yield ApiPlanned(stack, changes)
        if not effects - {ApplyEffect.KEEP} or (effects & DIFFERING and not request.approve_api(changes)):
            return False
        try:
            done = client.apply(wanted)
        except ClientError as error:
            if fresh:
                return False
            raise _refused(request, error) from error
        if effects & DIFFERING:
            yield ApiChanged(stack, done)
        return bool(effects & DIFFERING)


def _refused(request: Request, error: ClientError) -> DeployError:
    return DeployError(
        f"the stack is what the spec says, and the cluster's API is not: {error.message}",
        f"{error.hint}; then: {request.again}" if error.hint else f"once the cause is fixed: {request.again}",
    )


def wanted_objects(files: AppliedFiles, values: Mapping[str, str]) -> WantedObjects:
    """The objects of these files, with the secrets in place. Raises DeployError where one is missing."""
    filled = issued(
        Credentials(files.keyed, None, None, ()), values,
        random=SystemRandom(), now=datetime.now(UTC), lifetime=timedelta(0),
    )  # fmt: skip
    if isinstance(filled, Refusal):
        raise DeployError(f"the secrets file {filled.message}", filled.hint)
    texts = {**files.files, **filled}
    documents = tuple(document for name in sorted(texts) for document in objects(texts[name]))
    return WantedObjects(documents, files.marks, files.nodes)


def _older_masters(client: Client, version: str) -> bool:
    """Whether a master runs another minor version: add-ons are of the one that the spec has."""
    minors = {numbers(member.version)[:2] for member in client.members() if member.manager and member.version}
    return bool(minors - {numbers(version)[:2]})
