"""What a changed property does to a resource that exists.

The table `properties.json` is made from the Heat engine's schemas by tests/unit/deploy/plan/heat_schemas.py;
what a policy or a value decides is here, from the same engine's `needs_replace_with_prop_diff` and
`handle_update`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

from jeroboam.deploy.plan.values import plain
from jeroboam.resources import data

SERVER = "OS::Nova::Server"
PORT = "OS::Neutron::Port"
VOLUME = "OS::Cinder::Volume"
ASSOCIATION = "OS::Neutron::FloatingIPAssociation"
CONFIG = "OS::Heat::SoftwareConfig"
CONDITION = "OS::Heat::WaitCondition"


class Effect(IntEnum):
    """From nothing to the worst."""

    NONE = 0
    UPDATE = 1
    ERASE = 2
    REPLACE = 3


class UpdateEffect(NamedTuple):
    """What happens, and what to say of it beside that."""

    effect: Effect
    note: str = ""


def outcome(type_name: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> UpdateEffect:
    """What a change of the property `name` does, given all properties before and after.

    What no schema knows replaces: that is what Heat does with a property it cannot update.
    """
    before, after = plain(old.get(name)), plain(new.get(name))
    match type_name, name:
        case "OS::Nova::Server", "flavor":
            if _policy("flavor_update_policy", old, new, "RESIZE") == "REPLACE":
                return UpdateEffect(Effect.REPLACE, "flavor_update_policy REPLACE")
            return UpdateEffect(Effect.UPDATE, "resized: the server restarts")
        case "OS::Nova::Server", "image":
            policy = _policy("image_update_policy", old, new, "REBUILD")
            if policy == "REPLACE":
                return UpdateEffect(Effect.REPLACE, "image_update_policy REPLACE")
            return UpdateEffect(
                Effect.ERASE, "rebuilt: its disk is overwritten, and the node bootstraps again"
            )
        case "OS::Nova::Server", "user_data":
            policy = _policy("user_data_update_policy", old, new, "REPLACE")
            if policy == "IGNORE":
                return UpdateEffect(
                    Effect.NONE,
                    "user data of existing servers: not applied to them (user_data_update_policy IGNORE)",
                )
            return UpdateEffect(Effect.REPLACE, f"user_data_update_policy {policy}")
        case "OS::Nova::Server", "flavor_update_policy" | "image_update_policy" | "user_data_update_policy":
            return UpdateEffect(Effect.NONE, "what later updates go by")
        case "OS::Cinder::Volume", "size":
            if isinstance(before, int) and isinstance(after, int) and after < before:
                return UpdateEffect(Effect.UPDATE, "a volume cannot shrink: the update will fail")
            return UpdateEffect(
                Effect.UPDATE, "grows; a cloud whose Cinder is older than API 3.42 detaches it meanwhile"
            )
        case "OS::Heat::WaitCondition", "count":
            return UpdateEffect(Effect.UPDATE, _awaited(before, after))
    return UpdateEffect(
        Effect.UPDATE if name in _table().get(type_name, {}).get("update", ()) else Effect.REPLACE
    )


def replaced_when_failed(type_name: str) -> bool:
    """Whether Heat replaces a resource that failed without looking at it."""
    return bool(_table().get(type_name, {}).get("replaced_when_failed", True))


def _policy(name: str, old: Mapping[str, Any], new: Mapping[str, Any], default: str) -> str:
    # The new policy counts, also for the change that comes with it.
    return str(plain(new.get(name)) or plain(old.get(name)) or default)


def _awaited(before: Any, after: Any) -> str:
    if isinstance(before, int) and isinstance(after, int) and after > before:
        return f"waits for {after - before} more {'node' if after - before == 1 else 'nodes'} to signal"
    return ""


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    table: Mapping[str, Mapping[str, Any]] = json.loads(data(__file__, "properties.json"))
    return table
