"""What Heat says of stacks: answers turned into facts. Every function raises CloudError."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.redaction import redacted
from jeroboam.deploy.types import (
    COMPLETE,
    HANDLE,
    IN_PROGRESS,
    Event,
    MadeFrom,
    NodeReport,
    Stack,
    StackResource,
)
from jeroboam.hot.contract import OfRole, parse_handle, role_of
from jeroboam.hot.flat import Templates
from jeroboam.serialize import YamlError, load_yaml_all

DEPTH = 3
"""How far below a stack to look: a group of the layout `nested` is one level, Heat's limit is five."""
_PAGE = 500
_VOID = "set aside by jeroboam deploy: its server is replaced, or gone"
_VOID_OF = "void_of"


def find(cloud: Cloud, name: str) -> Stack | None:
    """The stack of a name or id, None where there is none; a deleted stack is none.

    With its outputs: where it has no tag they alone say whose it is.
    """
    try:
        stack = get(cloud, name, outputs=True)
    except CloudError as problem:
        if problem.missing:
            return None
        raise
    return None if gone(stack) else stack


def get(cloud: Cloud, name: str, *, outputs: bool = False) -> Stack:
    """The stack of a name or id, also one that Heat remembers as deleted."""
    with asking(f"ask Heat for the stack '{name}'"):
        return _stack(cloud.heat.stacks.get(name, resolve_outputs=outputs).to_dict())


def gone(stack: Stack) -> bool:
    """Whether it is deleted, and its name free."""
    return (stack.action, stack.status) == ("DELETE", COMPLETE)


def resources(cloud: Cloud, stack: Stack) -> tuple[StackResource, ...]:
    """All resources of a stack and of what is nested in it, by owner and name."""
    with asking(f"ask Heat for the resources of '{stack.name}'"):
        raw = cloud.heat.resources.list(stack.identity, nested_depth=DEPTH)
        return tuple(sorted((_resource(r.to_dict()) for r in raw), key=lambda r: (r.stack, r.name)))


def events(cloud: Cloud, stack: Stack, after: str | None = None) -> tuple[Event, ...]:
    """The events of a stack and of what is nested in it, oldest first; only those after the event `after`."""
    found: list[Event] = []
    with asking(f"ask Heat for the events of '{stack.name}'"):
        while True:
            page = [
                _event(raw.to_dict())
                for raw in cloud.heat.events.list(
                    stack.identity, nested_depth=DEPTH, marker=after, limit=_PAGE, sort_dir="asc"
                )
            ]
            found += page
            if len(page) < _PAGE:
                return tuple(found)
            if page[-1].id == after:
                raise ValueError("the pages of the list come again")
            after = page[-1].id


def handles(found: Iterable[StackResource]) -> tuple[StackResource, ...]:
    """Those that nodes report on."""
    return tuple(r for r in found if r.type == HANDLE and r.physical_id and parse_handle(r.name))


def is_final(handle: StackResource) -> bool:
    """Whether it is the handle that nodes signal their end on."""
    found = parse_handle(handle.name)
    return found is not None and found[1] is OfRole.READY_HANDLE


def reports(cloud: Cloud, handle: StackResource) -> tuple[NodeReport, ...]:
    """The last report of each node on a handle, by node, without those that were set aside."""
    return tuple(report for report in every_report(cloud, handle) if report.void_of is None)


def every_report(cloud: Cloud, handle: StackResource) -> tuple[NodeReport, ...]:
    """The last report of each node on a handle, by node, with those that were set aside."""
    with asking(f"ask Heat what nodes reported on '{handle.name}'"):
        said = cloud.heat.resources.metadata(handle.stack, handle.name)
        role, final = role_of(handle.name), is_final(handle)
        return tuple(_report(node, role, final, body) for node, body in sorted((said or {}).items()))


def signal(cloud: Cloud, handle: StackResource, report: NodeReport) -> None:
    """Puts `report` in the place of what its node reported on a handle; Heat takes it up a moment later."""
    said = {"status": report.status, "reason": report.reason}
    made = report.made_from._asdict() if report.made_from else {}
    body: dict[str, Any] = {"id": report.node, **said, "data": made or None}
    if report.void_of is not None:
        # Heat counts it, as it would have counted what was there, and is not failed by it.
        body |= {"status": "SUCCESS", "reason": _VOID, "data": {_VOID_OF: report.void_of, **said, **made}}
    with asking(
        f"tell Heat that what '{report.node}' reported is {'valid' if report.void_of is None else 'void'}"
    ):
        cloud.heat.resources.signal(handle.stack, handle.name, data=body)


def template(cloud: Cloud, identity: str) -> Mapping[str, Any]:
    """The template that Heat keeps of a stack, or of one nested in it, named by its identity."""
    with asking(f"ask Heat for the template of '{identity.partition('/')[0]}'"):
        return _mapping(cloud.heat.stacks.template(identity))


def files(cloud: Cloud, stack: Stack) -> Mapping[str, str]:
    """The files, by the name that its template has for each, that Heat keeps of a stack: nested templates."""
    with asking(f"ask Heat for the files of '{stack.name}'"):
        return _mapping(cloud.heat.stacks.files(stack.identity))


def live_templates(cloud: Cloud, stack: Stack) -> Templates:
    """What Heat keeps of a stack: templates and the parameters that it may tell. Raises CloudError."""
    kept = files(cloud, stack)
    try:
        parsed = {name: load_yaml_all(text)[0] for name, text in kept.items()}
    except (YamlError, IndexError) as error:
        why = f": {error}" if isinstance(error, YamlError) else ""
        raise CloudError(f"a nested template of the stack '{stack.name}' is not YAML{why}") from error
    return Templates(template(cloud, stack.identity), parsed, stack.parameters)


def _mapping(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping):
        raise TypeError(f"{type(answer).__name__} in the place of a mapping")
    return answer


def time_of(text: str) -> datetime:
    """A time as Heat writes it: ISO 8601, in UTC whether it says so or not."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=UTC)


def _stack(raw: Mapping[str, Any]) -> Stack:
    """A stack.

    Fact: Heat's `Stack.purge_db`. DELETE_COMPLETE is before Heat gives the stack's trust and users back to
    Keystone, which may fail it; only then is its name free. Till then it is being deleted.
    """
    action, _, status = raw["stack_status"].partition("_")
    if raw.get("deletion_time"):
        action, status = "DELETE", COMPLETE
    elif (action, status) == ("DELETE", COMPLETE):
        status = IN_PROGRESS
    return Stack(
        id=raw["id"],
        name=raw["stack_name"],
        action=action,
        status=status,
        reason=redacted(str(raw.get("stack_status_reason") or "")),
        created=time_of(raw["creation_time"]),
        updated=time_of(raw["updated_time"]) if raw.get("updated_time") else None,
        tags=tuple(raw.get("tags") or ()),
        timeout_minutes=raw.get("timeout_mins"),
        parameters=raw.get("parameters") or {},
        outputs={
            output["output_key"]: output.get("output_value")
            for output in raw.get("outputs") or ()
            if "output_error" not in output
        },
    )


def _resource(raw: Mapping[str, Any]) -> StackResource:
    action, _, status = raw["resource_status"].partition("_")
    return StackResource(
        stack=_owner(raw),
        name=raw["resource_name"],
        type=raw["resource_type"],
        action=action,
        status=status,
        reason=redacted(str(raw.get("resource_status_reason") or "")),
        physical_id=raw.get("physical_resource_id") or "",
        updated=time_of(raw["updated_time"]),
        depended_on_by=tuple(raw.get("required_by") or ()),
        created=time_of(raw["creation_time"]) if raw.get("creation_time") else None,
    )


def _event(raw: Mapping[str, Any]) -> Event:
    action, _, status = raw["resource_status"].partition("_")
    return Event(
        id=raw["id"],
        time=time_of(raw["event_time"]),
        stack=_owner(raw),
        resource=raw["resource_name"],
        physical_id=raw.get("physical_resource_id") or "",
        action=action,
        status=status,
        reason=redacted(str(raw.get("resource_status_reason") or "")),
    )


def _owner(raw: Mapping[str, Any]) -> str:
    link: str = next((link["href"] for link in raw["links"] if link["rel"] == "stack"), "")
    return "/".join(link.rstrip("/").split("/")[-2:])


def _report(node: str, role: str, final: bool, body: Mapping[str, Any]) -> NodeReport:
    told = body.get("data")
    data: Mapping[str, Any] = told if isinstance(told, dict) else {}
    void_of = data.get(_VOID_OF)
    said = body if void_of is None else data
    return NodeReport(
        node=node,
        role=role,
        final=final,
        status=str(said.get("status") or ""),
        reason=redacted(str(said.get("reason") or "")),
        step=data.get("step"),
        steps=data.get("steps"),
        step_name=data.get("name"),
        seconds=data.get("seconds"),
        void_of=None if void_of is None else str(void_of),
        made_from=_made_from(data),
    )


def _made_from(data: Mapping[str, Any]) -> MadeFrom | None:
    version, config, system, secrets = (data.get(name) for name in MadeFrom._fields)
    if not isinstance(version, str) or not isinstance(config, str):
        return None
    return MadeFrom(version, config, str(system), secrets if isinstance(secrets, str) else "")
