"""Heat's engine without its database: a stack whose resource plug-ins are played one after the other."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any
from unittest import mock

from heat.common import config, context, param_utils, template_format  # noqa: F401  (declares options)
from heat.engine import clients, environment, resources, stack, stk_defn
from heat.engine import template as heat_template
from heat.engine.resources.openstack.heat import wait_condition_handle
from oslo_config import cfg

_OWN = ("OS::Heat::WaitConditionHandle", "OS::Heat::WaitCondition")
"""What Heat does by itself, and Keystone for it."""


class RefusedError(Exception):
    """A resource that could not be asked for: its name, and why."""


class _Configs:
    """The engine's own store of software configs."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def create_software_config(self, _: Any, **properties: Any) -> dict[str, Any]:
        made = {"id": str(uuid.uuid4()), **properties}
        self._known[made["id"]] = made
        return made

    def show_software_config(self, _: Any, which: str) -> dict[str, Any]:
        return self._known[which]

    def delete_software_config(self, _: Any, which: str) -> None:
        del self._known[which]

    def ignore_error_by_name(self, _: str) -> nullcontext[None]:
        return nullcontext()


def load() -> None:
    """Reads the plug-ins; about two seconds, once a process."""
    cfg.CONF([], project="heat", default_config_files=[])
    resources.initialise()
    clients.initialise()


@contextmanager
def engine(session: Any, signal: str) -> Iterator[None]:
    """Until its end plug-ins keep nothing and send by `session`; a handle's signal is what is given."""
    configs = _Configs()
    plug_in = "heat.engine.resource.Resource"
    with ExitStack() as patches:
        for target, replacement in {
            "heat.engine.constraints.CustomConstraint._is_valid": lambda *_, **__: True,
            f"{plug_in}.is_service_available": lambda *_, **__: (True, None),
            f"{plug_in}.rpc_client": mock.Mock(return_value=configs),
            f"{plug_in}.state_set": _set,
            f"{plug_in}.metadata_get": lambda *_, **__: {},
            f"{plug_in}.data_set": lambda *_, **__: None,
            f"{plug_in}.data": dict,
            f"{plug_in}.data_delete": lambda *_: None,
            "heat.common.context.RequestContext.keystone_session": session,
        }.items():
            patches.enter_context(mock.patch(target, new=replacement))
        handle = wait_condition_handle.HeatWaitConditionHandle
        patches.enter_context(mock.patch.object(handle, "_resolve_attribute", return_value=signal))
        yield


def planned(question: dict[str, Any]) -> Any:
    """The stack of a question. Raises what Heat has against its name, tags or template."""
    param_utils.extract_tags(",".join(question["tags"]))
    caller = context.RequestContext(
        project_id=question.get("project", "project"), user_id="user", username="someone", auth_token="token",
        roles=["member"], is_admin=False, user_domain_id="default", project_domain_id="default",
    )  # fmt: skip
    tree = template_format.parse(question["template"])
    given = environment.Environment({"parameters": question["parameters"]})
    parsed = heat_template.Template(tree, env=given)
    return stack.Stack(caller, question["name"], parsed, stack_user_project_id="users")


def created(made: Any) -> Iterator[tuple[Any, Any]]:
    """Each resource, once it is asked for, with what its plug-in waits for. Raises RefusedError."""
    for one in made.dependencies.translate(lambda each: each):
        data = None
        if is_own(one):
            one.resource_id = str(uuid.uuid4())
        else:
            one.reparse()
            try:
                data = one.handle_create()
            except Exception as problem:  # each service's client has errors of its own
                raise RefusedError(f"{one.name}: {type(problem).__name__}: {problem}") from problem
        yield one, data
        one.state_set(one.CREATE, one.COMPLETE)
        stk_defn.update_resource_data(made.defn, one.name, one.node_data())


def is_own(one: Any) -> bool:
    """Whether nobody but Heat makes a resource."""
    return one.type() in _OWN


def _set(one: Any, action: str, status: str, *_: Any, **__: Any) -> None:
    one.action, one.status = action, status
