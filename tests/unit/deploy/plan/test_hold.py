"""Servers that run keep what Heat would do to all of them at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jeroboam.deploy.plan import ChangeKind, compared, templates_of
from jeroboam.deploy.plan.hold import HeldTemplates, bundled, held, held_note, nodes_of
from jeroboam.hot.contract import OutputName
from jeroboam.hot.flat import Key, Templates, flattened
from jeroboam.serialize import load_yaml_all
from tests.unit.deploy.plan.specs import Edit, bundle

FLAVOR: Edit = ("m1.xlarge", "m1.huge")
ZONES: Edit = ("availability_zones: [az1, az2, az3]", "availability_zones: [az4]")
LAYOUTS = (None, "nested")


def _held(*edits: Edit, layout: str | None, live: Templates | None = None) -> HeldTemplates:
    old = live or templates_of(bundle(layout=layout))
    return held(templates_of(bundle(*edits, layout=layout)), old, frozenset(nodes_of(flattened(old))))


def _servers(found: HeldTemplates) -> set[str]:
    return {key.name for key in found.nodes}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_changed_flavor_reaches_no_server_that_runs(layout: str | None) -> None:
    found = _held(FLAVOR, layout=layout)
    assert _servers(found) == {"default-0", "default-1", "default-2"}
    assert set(found.nodes.values()) == {("flavor",)}
    old = templates_of(bundle(layout=layout))
    assert compared("payments", old, found.templates).changes == ()
    told = found.templates.main["outputs"][OutputName.HELD_NODES]["value"]
    assert told == {f"default-{index}": ["flavor"] for index in range(3)}
    assert list(held_note(found)) == ["3 servers keep flavor as they are, until made anew, one after another"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_server_that_is_out_is_made_from_the_new(layout: str | None) -> None:
    live = replace(templates_of(bundle(layout=layout)), parameters={"out": "default-1"})
    found = _held(FLAVOR, layout=layout, live=live)
    assert _servers(found) == {"default-0", "default-2"}
    changes = compared("payments", live, found.templates).changes
    assert {c.resource for c in changes if c.kind is ChangeKind.ADD} == {
        "default-1", "default-1-docker-volume-attachment"
    }  # fmt: skip
    server = flattened(found.templates)[Key("default-nodes" if layout else "", "default-1")]
    assert "m1.huge" in repr(server.properties["flavor"])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_who_is_held_stays_so_until_made_anew(layout: str | None) -> None:
    once = _held(FLAVOR, layout=layout).templates
    again = _held(FLAVOR, layout=layout, live=once)
    assert _servers(again) == {"default-0", "default-1", "default-2"}
    assert again.templates == once
    back = _held(layout=layout, live=once)
    assert back.nodes == {}
    assert back.templates == templates_of(bundle(layout=layout))


def test_a_new_node_is_held_to_nothing() -> None:
    more: Edit = ("count: 3\n    flavor: m1.xlarge", "count: 4\n    flavor: m1.huge")
    found = _held(more, layout=None)
    assert _servers(found) == {"default-0", "default-1", "default-2"}
    assert "m1.huge" in repr(flattened(found.templates)[Key("", "default-3")].properties["flavor"])


def test_only_those_that_are_named_are_held() -> None:
    new, old = templates_of(bundle(FLAVOR)), templates_of(bundle())
    assert _servers(held(new, old, {Key("", "default-2"), Key("", "master-0")})) == {"default-2"}
    assert held(new, old, ()) == HeldTemplates(new)


def test_a_property_that_the_server_has_not_is_not_given_to_it() -> None:
    def without(templates: Templates, name: str) -> Templates:
        main = {**templates.main, "resources": {**templates.main["resources"]}}
        server: dict[str, Any] = main["resources"]["master-0"]
        properties = {key: value for key, value in server["properties"].items() if key != name}
        main["resources"]["master-0"] = {**server, "properties": properties}
        return replace(templates, main=main)

    new = templates_of(bundle())
    old = without(new, "availability_zone")
    found = held(new, old, {Key("", "master-0")})
    assert found.nodes == {Key("", "master-0"): ("availability_zone",)}
    assert "availability_zone" not in found.templates.main["resources"]["master-0"]["properties"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_bundle_has_the_templates_that_are_sent(layout: str | None) -> None:
    new = bundle(FLAVOR, layout=layout)
    found = _held(FLAVOR, layout=layout)
    sent = bundled(new, found)
    assert load_yaml_all(sent.hot)[0] == found.templates.main
    assert templates_of(sent).files == found.templates.files
    assert [a.path for a in sent.artifacts] == [a.path for a in new.artifacts]
    assert bundled(new, HeldTemplates(templates_of(new))) is new
