"""The requests that Heat's own resource plug-ins send for a template.

A question is {"name", "template", "tags", "parameters", "signal"}, the last what a handle says; the answer
{"refused": text or null, "requests": [...]}, each request with the resource that sends it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import novaclient
from cinderclient import api_versions as cinder_versions
from heat.engine.clients.os import cinder, glance, neutron, nova

from tests.consumers.services.engine import created, engine, load, planned
from tests.consumers.services.lines import answer
from tests.consumers.services.memory import Memory

_NAMES = uuid.UUID(int=7)


def asked(question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one question."""
    memory = Memory()
    requests: list[dict[str, Any]] = []
    with engine(memory, question["signal"]), _names_known():
        try:
            for one, data in created(planned(question)):
                if one.type().startswith("OS::Octavia::"):  # asks only while it waits
                    one.check_create_complete(data)
                requests += [{"resource": one.name, **request._asdict()} for request in memory.taken()]
        except Exception as problem:  # the engine has no common base class for what it refuses
            return {"refused": f"{type(problem).__name__}: {problem}", "requests": requests}
    return {"refused": None, "requests": requests}


def _known(*names: Any, **_: Any) -> str:
    """The id of whatever the cloud is said to have by this name."""
    name = str(names[-1])  # after the plug-in, and for Neutron the kind
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return str(uuid.uuid5(_NAMES, name))


@contextmanager
def _names_known() -> Iterator[None]:
    """The cloud has what the template names, and services are as new as Heat's clients."""
    neutrons, novas = neutron.NeutronClientPlugin, nova.NovaClientPlugin
    cinders = cinder.CinderClientPlugin
    with ExitStack() as patches:
        for where, method, new in (
            (glance.GlanceClientPlugin, "find_image_by_name_or_id", _known),
            (novas, "find_flavor_by_name_or_id", _known),
            (cinders, "get_volume_type", _known),
            (neutrons, "find_resourceid_by_name_or_id", _known),
            (neutrons, "get_secgroup_uuids", lambda _, names: list(map(_known, names))),
            (novas, "get_max_microversion", lambda _: novaclient.API_MAX_VERSION.get_string()),
            (cinders, "get_max_microversion", lambda _: cinder_versions.MAX_VERSION),
        ):
            patches.enter_context(mock.patch.object(where, method, new=new))
        yield


if __name__ == "__main__":
    load()
    answer(asked)
