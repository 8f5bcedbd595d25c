"""What a plan is made of, asked of Heat: the live templates, the resources, its preview of the update."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from jeroboam.deploy import stacks
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.errors import CloudError, asking
from jeroboam.deploy.last_complete import lives, since_complete
from jeroboam.deploy.plan.differ import Resources, Said, changes
from jeroboam.deploy.plan.effects import CONFIG
from jeroboam.deploy.plan.failed_creates import failed_to_be_made, marked
from jeroboam.deploy.plan.given_up import given_up
from jeroboam.deploy.plan.hold import bundled, held, held_note, nodes_of
from jeroboam.deploy.plan.plans import created, plan, templates_of
from jeroboam.deploy.plan.preview import Answers, answers, keyed, overruled, question
from jeroboam.deploy.plan.types import Change, Plan
from jeroboam.deploy.plan.values import plain
from jeroboam.deploy.types import FAILED, IN_PROGRESS, NodeReport, Stack, StackResource
from jeroboam.emit import Bundle
from jeroboam.hot.flat import Hidden, Key, Templates, flattened, symbols
from jeroboam.model.types import RoleKind, secrets_parameter
from jeroboam.secrets.seal import KEYPAIR_PARAMETERS
from jeroboam.serialize import yaml_text

ROUNDS = 4
"""How often Heat is asked: what it replaces on its own has others follow, which it is asked about again."""
_OWN = frozenset((*KEYPAIR_PARAMETERS, *map(secrets_parameter, RoleKind)))
"""Parameters that only a secrets file has a value for, and that hold no secret."""
_UNKNOWABLE = 400
"""Heat's status where it cannot make an update of what it was given."""


class Planning(NamedTuple):
    """What an update would do, and the bundle that does it: servers that run are held to what they are.

    Heat has to be told of those in `given_up` that it is to make them anew. `lives` is whether the stack was
    ever complete, or may have been.
    """

    plan: Plan
    bundle: Bundle
    given_up: tuple[StackResource, ...] = ()
    lives: bool = True


def planned(
    cloud: Cloud,
    stack: Stack | None,
    bundle: Bundle,
    secrets: Mapping[str, str] | None = None,
    unheld: Collection[str] = (),
) -> Planning:
    """What giving `bundle` to Heat would do: to nothing yet, or to `stack`.

    `secrets` are the values of hidden parameters, where they are at hand; without them a changed one goes
    unnoticed. Nodes in `unheld`, by the names of their servers, get all of a change. Nothing is changed.
    Raises CloudError.
    """
    # Neither is a secret: where no secrets file is at hand, those of the stack are meant.
    own = {n: v for n, v in (stack.parameters if stack else {}).items() if n in _OWN}
    given = {**own, **(secrets or {})}
    new = templates_of(bundle, given)
    if stack is None:
        return Planning(created(bundle.name, new), bundle, lives=False)
    old = stacks.live_templates(cloud, stack)
    live = keyed(stack, stacks.resources(cloud, stack))
    before = {key: flat for key, flat in flattened(old).items() if key in live and live[key].action != "INIT"}
    new = templates_of(bundle, given, fresh=_fresh(cloud, before, live, given))
    since = since_complete(cloud, stack)
    anew = _given_up(cloud, stack, live, since, old, new)
    kept = _kept(live, before, {*unheld, *(key.name for key in anew)}) if lives(since) else frozenset()
    holding = held(new, old, kept)
    new = holding.templates
    after = flattened(new)
    anew = {key: told for key, told in anew.items() if key in before and key in after}
    notes: list[str] = []
    if stack.status == IN_PROGRESS:
        notes.append(f"the stack is {stack.action}_{stack.status}: not everything is yet as it was last told")
    found, said = _agreed(cloud, stack, before, after, new, live, given, notes, anew)
    found = tuple(replace(it, unmade=True) if it.key in anew else it for it in _judged(cloud, found, live))
    notes += [told.note for told in said.values() if told.kind is None]
    notes += held_note(holding)
    found_plan = plan(bundle.name, found, after, old=old, new=new, notes=tuple(notes))
    return Planning(found_plan, bundled(bundle, holding), tuple(live[key] for key in anew), lives(since))


def _given_up(
    cloud: Cloud,
    stack: Stack,
    live: Mapping[Key, StackResource],
    since: datetime | None,
    old: Templates,
    new: Templates,
) -> dict[Key, Said]:
    """As `given_up`; nothing is asked about a stack that did not fail."""
    if stack.status != FAILED:
        return {}
    return given_up(stack, live, _reports(cloud, live), since, old, new)


def kept_as_made(
    cloud: Cloud, stack: Stack, bundle: Bundle, secrets: Mapping[str, str], unheld: Collection[str]
) -> Bundle:
    """The bundle that `planned` gives for a cluster that lives, and nothing else. Raises CloudError."""
    old = stacks.live_templates(cloud, stack)
    live = keyed(stack, stacks.resources(cloud, stack))
    before = {key: flat for key, flat in flattened(old).items() if key in live and live[key].action != "INIT"}
    new = templates_of(bundle, secrets)
    return bundled(bundle, held(new, old, _kept(live, before, unheld)))


def _kept(live: Mapping[Key, StackResource], before: Resources, unheld: Collection[str]) -> frozenset[Key]:
    """The servers of nodes of a cluster that lives, but for those that failed or are named."""
    names = {key: plain(before[key].properties.get("name")) for key in nodes_of(before)}
    return frozenset(
        key
        for key, name in names.items()
        if live[key].status != FAILED and key.name not in unheld and name not in unheld
    )


def _judged(cloud: Cloud, found: tuple[Change, ...], live: Mapping[Key, StackResource]) -> tuple[Change, ...]:
    """What never came to be is marked so; nodes are asked about only where something failed to be made."""
    if not failed_to_be_made(found, live):
        return found
    return tuple(marked(found, live, _reports(cloud, live)))


def _reports(cloud: Cloud, live: Mapping[Key, StackResource]) -> tuple[NodeReport, ...]:
    """The last word of each node, with those that were set aside."""
    handles = [h for h in stacks.handles(live.values()) if stacks.is_final(h)]
    return tuple(report for handle in handles for report in stacks.every_report(cloud, handle))


def _agreed(
    cloud: Cloud,
    stack: Stack,
    before: Resources,
    after: Resources,
    new: Templates,
    live: Mapping[Key, StackResource],
    secrets: Mapping[str, str],
    notes: list[str],
    anew: Mapping[Key, Said],
) -> tuple[tuple[Change, ...], Mapping[Key, Said]]:
    """Our changes and Heat's word on them, asked until nothing new follows from it.

    Of those in `anew` Heat does not know yet what it will be told.
    """
    said = dict(anew)
    found = changes(before, after, said)
    for _ in range(ROUNDS):
        try:
            heard = _preview(cloud, stack, new, live, found, secrets)
        except CloudError as problem:
            if problem.status != _UNKNOWABLE:
                raise
            notes.append(f"Heat did not preview this, so it is by the templates alone: {problem.message}")
            break
        more = {
            key: told for key, told in overruled(before, after, live, found, heard).items() if key not in anew
        }
        if more.keys() <= said.keys():
            break
        said |= more
        found = changes(before, after, said)
    return found, said


def _fresh(
    cloud: Cloud, before: Resources, live: Mapping[Key, StackResource], secrets: Mapping[str, str]
) -> frozenset[str]:
    """Hidden parameters whose given value is not in the user data that was made with the one before."""
    changed: set[str] = set()
    for key, flat in before.items():
        hidden = {s.name for s in symbols(flat.properties) if isinstance(s, Hidden) and s.name in secrets}
        if flat.type != CONFIG or not hidden or not live[key].physical_id:
            continue
        # Not the resource's attribute: for that an engine asks another, which takes ten times as long.
        with asking(f"ask Heat for '{key.name}'"):
            text = str(cloud.heat.software_configs.get(live[key].physical_id).config or "")
        changed |= {name for name in hidden if text and secrets[name] not in text}
    return frozenset(changed)


def _preview(
    cloud: Cloud,
    stack: Stack,
    new: Templates,
    live: Mapping[Key, StackResource],
    ours: tuple[Change, ...],
    secrets: Mapping[str, str],
) -> Answers:
    template, files = question(new, live, ours)
    declared: Mapping[str, Any] = new.main.get("parameters") or {}
    parameters = {
        name: new.parameters.get(name, schema.get("default"))
        for name, schema in declared.items()
        if not schema.get("hidden") and (name in new.parameters or "default" in schema)
    }
    hidden = {name: value for name, value in secrets.items() if declared.get(name, {}).get("hidden")}
    with asking(f"have Heat preview the update of '{stack.name}'"):
        # PATCH keeps the hidden parameters that we do not know.
        raw = cloud.heat.stacks.preview_update(
            stack_id=stack.identity,
            existing=True,
            show_nested=bool(files),
            template=template,
            files={name: yaml_text(child) for name, child in files.items()},
            environment={"parameters": {**parameters, **hidden}},
        )
    return answers(stack, live, raw["resource_changes"])
