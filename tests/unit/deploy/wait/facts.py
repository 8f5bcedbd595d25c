"""Facts about a made-up stack, as Heat would tell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jeroboam.deploy.types import Event, NodeReport, Stack, StackResource

BEGAN = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
ID = "6aa268c6"
SERVER, CONDITION, HANDLE = "OS::Nova::Server", "OS::Heat::WaitCondition", "OS::Heat::WaitConditionHandle"


def stack(state: str = "CREATE_IN_PROGRESS", reason: str = "") -> Stack:
    action, _, status = state.partition("_")
    return Stack(ID, "prod", action, status, reason, BEGAN, None, ("jeroboam",), 60, {}, {})


def event(resource: str, state: str, *, after: float = 1, reason: str = "", number: int = 1) -> Event:
    action, _, status = state.partition("_")
    physical = ID if resource == "prod" else f"{resource}-id"
    at = BEGAN + timedelta(seconds=after)
    return Event(f"event-{number}", at, f"prod/{ID}", resource, physical, action, status, reason)


def resource(
    name: str, kind: str, state: str = "INIT_COMPLETE", *, after: float = 0, physical: str | None = None
) -> StackResource:
    action, _, status = state.partition("_")
    known = f"{name}-id" if physical is None else physical
    at = BEGAN + timedelta(seconds=after)
    return StackResource(f"prod/{ID}", name, kind, action, status, "", known, at, ())


def report(node: str, step: int | None = None, *, final: bool = False, failed: str = "") -> NodeReport:
    role = node.removeprefix("prod-").rpartition("-")[0]
    status = "FAILURE" if failed else "SUCCESS"
    name = f"{step}0-step" if step else None
    return NodeReport(node, role, final, status, failed, step, 9 if step else None, name, None)


CLUSTER = (
    resource("master-0", SERVER),
    resource("default-0", SERVER),
    resource("default-progress-handle", HANDLE),
    resource("default-ready-handle", HANDLE),
    resource("default-ready", CONDITION),
)
