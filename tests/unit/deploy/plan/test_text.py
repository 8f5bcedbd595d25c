"""Plans as they are read."""

from __future__ import annotations

from jeroboam.deploy.plan import created, data, render, templates_of
from jeroboam.serialize import json_text
from tests.unit.deploy.plan.specs import bundle, plan


def test_what_happens_alike_is_said_once() -> None:
    assert render(plan(("m1.xlarge", "m1.huge"))) == (
        "payments: 1 property differs\n"
        "  roll   node_groups.default.flavor: m1.xlarge -> m1.huge\n"
        "         the nodes of 'default' have it once jeroboam roll has made them anew, one after another; "
        "a resize restarts the server\n"
        f"payments: 3 to change; {bundle().resources - 3} stay as they are\n"
        "  ~ change  default-0, default-1, default-2  OS::Nova::Server\n"
        "      flavor: m1.xlarge -> m1.huge (parameter default_flavor; resized: the server restarts)\n"
        "  note: Heat resizes all 3 servers of 'default' at the same time\n"
    )


def test_nothing_to_do() -> None:
    assert render(plan()) == f"payments: no difference in {bundle().resources} resources\n"


def test_a_description_alone() -> None:
    text = render(plan(("Production cluster", "Production Cluster")))
    assert "beside resources, the template differs in: description" in text


def test_a_create_is_counted_by_type() -> None:
    text = render(created("payments", templates_of(bundle())))
    assert text.startswith(f"payments: {bundle().resources} to add\n")
    assert "  +   8 OS::Nova::Server\n" in text


def test_data_is_json() -> None:
    told = data(plan(("image: ubuntu-24.04", "image: ubuntu-26.04")))
    assert "payments-master-0" in json_text(told)
    assert told["different"]
    assert [refusal["name"] for refusal in told["refused"]] == [f"payments-master-{i}" for i in range(3)]
