"""What is not as the stack says: Heat's findings and ours, each told once."""

from __future__ import annotations

from datetime import UTC, datetime

from jeroboam.deploy.plan.drift import GROUP, RULE, Rule, ServerFlavor, drift, render
from jeroboam.deploy.plan.effects import SERVER
from jeroboam.deploy.types import StackResource
from jeroboam.hot.flat import Flat, Key

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def listed(
    name: str, kind: str, state: str = "CHECK_COMPLETE", reason: str = ""
) -> tuple[Key, StackResource]:
    action, _, status = state.partition("_")
    return Key("", name), StackResource("c/1", name, kind, action, status, reason, f"id-{name}", NOW, ())


GONE = "NotFound: resources.a-1: Instance 357c could not be found. (HTTP 404)"
LIVE = dict(
    [
        listed("a-0", SERVER),
        listed("a-1", SERVER, "CHECK_FAILED", GONE),
        listed("nodes", "nested/a.yaml", "CHECK_FAILED", "resources.nodes: …"),
        listed("group", GROUP),
        listed("ssh", RULE),
        listed("ping", RULE),
    ]
)
EXPECTED = {Key("", "a-0"): Flat(SERVER, {"flavor": "m1.large"}, "delete", ())}
PING = Rule("id-ping", "id-group", "ingress IPv4 icmp from anywhere", False)
OUT = Rule("x", "id-group", "egress IPv4 any protocol to anywhere", True)
OPEN = Rule("y", "id-group", "ingress IPv4 tcp 8080 from 0.0.0.0/0", False)


def test_everything_that_differs_is_told_once() -> None:
    found = drift(EXPECTED, LIVE, {"id-a-0": ServerFlavor("SHUTOFF", "m1.small")}, (PING, OUT, OPEN))
    assert [(one.resource, one.by, one.what) for one in found] == [
        ("a-1", "heat", GONE),
        ("a-0", "nova", "its status is SHUTOFF"),
        ("a-0", "nova", "its flavor is m1.small, not m1.large"),
        ("ssh", "neutron", "the rule is gone: the traffic that it allowed is blocked"),
        ("group", "neutron", "a rule y that is not the stack's: ingress IPv4 tcp 8080 from 0.0.0.0/0"),
    ]
    assert "the next update replaces what Heat found broken" in render("c", found)


def test_a_stack_that_is_as_it_should_be() -> None:
    live = {key: one for key, one in LIVE.items() if key.name in ("a-0", "group", "ping")}
    found = drift(EXPECTED, live, {"id-a-0": ServerFlavor("ACTIVE", "m1.large")}, (PING, OUT))
    assert found == ()
    assert render("c", found) == "c: no drift: everything that was checked is as the stack says\n"
