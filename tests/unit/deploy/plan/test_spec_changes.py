"""Properties that differ between the specs of two templates."""

from __future__ import annotations

from dataclasses import replace

from jeroboam.deploy.plan import data, render, templates_of
from jeroboam.deploy.plan.plans import compared
from jeroboam.deploy.plan.spec_changes import UNRECORDED, spec_changes
from jeroboam.hot.contract import OutputName
from jeroboam.hot.flat import Templates
from tests.unit.deploy.plan.specs import bundle, plan


def _without_record(templates: Templates, *, told: str | None = None) -> Templates:
    """What a release made that kept none, or `told` in its place."""
    outputs = {name: value for name, value in templates.main["outputs"].items() if name != OutputName.SPEC}
    if told is not None:
        outputs[OutputName.SPEC] = {"value": told}
    return replace(templates, main={**templates.main, "outputs": outputs})


def test_a_plan_says_each_property_with_what_it_does() -> None:
    told = data(plan(("m1.xlarge", "m1.huge")))["properties"]
    assert told == [
        {
            "path": "node_groups.default.flavor",
            "old": "m1.xlarge",
            "new": "m1.huge",
            "effect": "roll",
            "nodes": "default",
            "refused": False,
            "why": "a resize restarts the server",
            "instead": "",
        }
    ]


def test_the_layout_cannot_change() -> None:
    found = compared("payments", templates_of(bundle()), templates_of(bundle(layout="nested")))
    assert [(c.path, c.refused) for c in found.properties] == [("heat.layout", True)]
    assert "  never  heat.layout: single -> nested\n" in render(found)


def test_a_template_without_a_record_is_compared_by_what_can_be_seen() -> None:
    old = _without_record(templates_of(bundle()))
    found = spec_changes(old, templates_of(bundle(("m1.xlarge", "m1.huge"))))
    assert found.changes == ()
    assert found.notes == (UNRECORDED,)
    fewer = spec_changes(old, templates_of(bundle(("count: 3", "count: 1"))))
    assert {change.path for change in fewer.changes} >= {"masters.count"}
    assert any(change.refused for change in fewer.changes)


def test_a_record_that_cannot_be_read_is_none() -> None:
    old = _without_record(templates_of(bundle()), told="masters.count: {")
    assert spec_changes(old, templates_of(bundle())).notes == (UNRECORDED,)


def test_an_older_template_in_place_of_a_newer_one_is_compared_with_nothing() -> None:
    assert spec_changes(templates_of(bundle()), _without_record(templates_of(bundle()))).changes == ()
