"""From evidence to causes: the first one first, silence noticed, a Heat that let go told from one at work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jeroboam.deploy.diagnosis.judge import diagnosis
from jeroboam.deploy.diagnosis.types import (
    Balancer,
    Evidence,
    NodeState,
    Port,
    Server,
    Unasked,
    Verdict,
    Volume,
)
from jeroboam.deploy.types import COMPLETE, CONDITION, FAILED, IN_PROGRESS
from tests.unit.deploy.diagnosis.facts import (
    BALANCER,
    NETWORK,
    NO_HOST,
    SERVER,
    STEP_FAILED,
    UNKNOWN_BALANCER,
    UNKNOWN_VOLUME,
    VOLUME,
    at,
    base,
    building,
    console,
    event,
    evidence,
    failed_cluster,
    final,
    progress,
    resource,
    server,
    signal,
    stack,
)


def causes(facts: Evidence, seconds: float = 900) -> list[tuple[str, tuple[str, ...]]]:
    return [(f.cause, f.where) for f in diagnosis(facts, at(seconds)).findings]


def failed(name: str, kind: str, reason: str, **more: object) -> Evidence:
    """A create in which one resource failed."""
    return evidence(
        stack(reason=f"Resource CREATE failed: {reason}"),
        (resource("network", NETWORK), resource(name, kind, FAILED, reason)),
        (event(3, name, IN_PROGRESS), event(23, name, FAILED, reason=reason)),
        **more,
    )


def test_a_server_that_fits_nowhere() -> None:
    facts = failed(
        "default-0",
        SERVER,
        NO_HOST,
        servers=(server("prod-default-0", "ERROR", "No valid host was found. "),),
    )
    found = diagnosis(facts, at(60))
    assert found.verdict is Verdict.FAILED
    assert [f.cause for f in found.findings] == ["no-valid-host"]
    assert found.findings[0].source == "Nova"
    assert found.findings[0].time == at(23)
    assert found.headline.startswith("default-0: no compute host accepts the server")


def test_without_nova_heats_words_are_enough() -> None:
    facts = failed("default-0", SERVER, NO_HOST, unasked=(Unasked("servers", "cannot ask for servers: 503"),))
    assert causes(facts) == [("no-valid-host", ("default-0 (OS::Nova::Server)",))]


def test_a_port_that_cannot_be_bound_is_neutrons_word() -> None:
    port = Port("p", "prod-default-0", "default-0-port", "compute:nova", "id-default-0", "binding_failed")
    facts = failed(
        "default-0", SERVER, NO_HOST, servers=(server("prod-default-0", "ERROR", "x"),), ports=(port,)
    )
    assert causes(facts)[0][0] == "port-binding-failed"


def test_a_volume_of_which_heat_knows_nothing() -> None:
    volume = Volume("id-master-0-etcd-volume", "prod-master-0-etcd", "master-0-etcd-volume", "error", ())
    bare = failed("master-0-etcd-volume", VOLUME, UNKNOWN_VOLUME)
    assert causes(bare)[0][0] == "service-said-nothing"
    assert causes(replace(bare, volumes=(volume,)))[0][0] == "volume-error"
    told = replace(
        volume, messages=("schedule allocate volume:Could not find any available weighted backend.",)
    )
    assert causes(replace(bare, volumes=(told,)))[0][0] == "volume-no-backend"


def test_a_balancer_of_which_heat_knows_nothing() -> None:
    facts = failed(
        "api-load-balancer",
        BALANCER,
        UNKNOWN_BALANCER,
        balancers=(
            Balancer("b", "prod-api", "api-load-balancer", "ERROR", "ERROR", ("listener api: ERROR",)),
        ),
    )
    found = diagnosis(facts, at(60)).findings[0]
    assert (found.cause, found.source) == ("balancer-error", "Octavia")
    assert "listener api: ERROR" in found.quote


def test_the_first_failure_leads_and_what_was_aborted_comes_last() -> None:
    aborted = 'CREATE aborted (Task create from Server "master-0" Stack "prod" [x] Timed out)'
    late = "Conflict: resources.default-1-port: Quota exceeded for resources: ['port']. "
    facts = evidence(
        stack(reason="Resource CREATE failed"),
        (
            resource("master-0", SERVER, FAILED, aborted),
            resource("default-1-port", "OS::Neutron::Port", FAILED, late),
            resource("default-0", SERVER, FAILED, NO_HOST),
        ),
        (
            event(9, "default-0", FAILED, reason=NO_HOST),
            event(10, "master-0", FAILED, reason=aborted),
            event(12, "default-1-port", FAILED, reason=late),
            event(15, "default-0", FAILED, reason=NO_HOST),
        ),
    )
    found = diagnosis(facts, at(60))
    assert [f.cause for f in found.findings] == ["no-valid-host", "quota-network"]
    assert [(f.resource, f.consequence, f.attempts) for f in found.failures] == [
        ("default-0", False, 2),
        ("default-1-port", False, 1),
        ("master-0", True, 1),
    ]


def test_a_parent_that_repeats_its_child_is_no_failure_of_its_own() -> None:
    inside = "prod-gpu-abc/11111111-224e-4588-a1bd-ade33f375137"
    parent = resource(
        "gpu",
        "gpu.yaml",
        FAILED,
        "resources.gpu: " + NO_HOST,
        physical_id="11111111-224e-4588-a1bd-ade33f375137",
    )
    child = replace(resource("gpu-0", SERVER, FAILED, NO_HOST), stack=inside)
    facts = evidence(stack(reason="Resource CREATE failed"), (parent, child))
    assert [f.resource for f in diagnosis(facts, at(60)).failures] == ["gpu-0"]


def test_a_failure_of_an_earlier_update_does_not_count() -> None:
    facts = evidence(
        replace(stack(action="UPDATE"), reason="x"),
        (resource("default-0", SERVER, FAILED, NO_HOST),),
        (event(-500, "default-0", FAILED, reason="old"), event(8, "default-0", FAILED, reason=NO_HOST)),
    )
    assert diagnosis(facts, at(60)).failures[0].time == at(8)


def test_a_node_that_gave_up_is_named_with_its_step() -> None:
    found = diagnosis(failed_cluster(), at(700))
    first = found.findings[0]
    assert (first.cause, first.where) == ("download-refused", ("prod-default-2",))
    assert first.quote == STEP_FAILED
    # Another node's console knows a reason of its own; who merely waited is not accused.
    assert [(f.cause, f.where) for f in found.findings[1:]] == [
        ("metadata-missing-cloud-init", ("prod-default-1",))
    ]
    states = {row.name: row.state for row in found.nodes}
    assert states["prod-default-2"] is NodeState.FAILED
    assert states["prod-default-1"] is NodeState.SILENT
    assert [n for n, s in states.items() if s is NodeState.READY] == [f"prod-master-{i}" for i in range(3)]


def waiting(masters: int = 1, workers: int = 2, status: str = IN_PROGRESS, **more: object) -> Evidence:
    """A create whose servers are there."""
    names = [*(f"prod-master-{i}" for i in range(masters)), *(f"prod-default-{i}" for i in range(workers))]
    return evidence(
        stack(status),
        base(masters, workers),
        building(masters, workers) if "events" not in more else (),
        **{"servers": tuple(server(n) for n in names), **more},
    )


def test_a_stack_at_work_is_left_in_peace() -> None:
    found = diagnosis(waiting(), at(120))
    assert found.verdict is Verdict.WORKING
    assert found.headline == "waiting for 3 of 3 nodes"
    assert not found.findings


def timed_out(**more: Any) -> Evidence:
    reason = "WaitConditionTimeout: resources.default-ready: 0 of 2 received"
    facts = waiting(status=FAILED, **more)
    resources = tuple(
        replace(r, status=FAILED, reason=reason) if r.name == "default-ready" else r for r in facts.resources
    )
    return replace(facts, resources=resources)


def test_time_out_tells_who_reached_nothing_from_who_is_stuck() -> None:
    facts = timed_out(
        reports=(progress("prod-default-0", 4),),
        consoles=(
            console("prod-default-0", 4),
            replace(console("prod-default-1", 0), server="prod-default-1"),
        ),
    )
    found = diagnosis(facts, at(1900))
    assert [(f.cause, f.where) for f in found.findings] == [
        ("node-stuck-in-step", ("prod-default-0",)),
        ("node-no-bootstrap", ("prod-default-1",)),
    ]
    assert "4/8 40-install-kubernetes" in found.findings[0].title


def test_nodes_with_one_cause_are_one_finding() -> None:
    facts = timed_out(unasked=(Unasked("the console of 'prod-default-0'", "404"),))
    assert causes(facts, 1900) == [("node-unheard", ("prod-default-0", "prod-default-1"))]


def test_logins_to_a_node_are_told_through_the_bastion() -> None:
    facts = timed_out(unasked=(Unasked("the console of 'prod-default-0'", "404"),))
    (alone,) = diagnosis(facts, at(1900)).findings
    assert "ssh USER@ADDRESS" in alone.next[0]
    through = replace(facts, stack=replace(facts.stack, outputs={"bastion_address": "198.51.100.40"}))
    (found,) = diagnosis(through, at(1900)).findings
    assert "ssh -J USER@198.51.100.40 USER@ADDRESS" in found.next[0]


def test_a_node_that_works_and_cannot_report() -> None:
    facts = timed_out(consoles=(console("prod-default-0", 3), console("prod-default-1", 3)))
    assert causes(facts, 1900) == [("node-cannot-report", ("prod-default-0", "prod-default-1"))]


def test_a_console_explains_a_node_before_its_time_is_up() -> None:
    why = "step 10-preflight failed (exit 7): cannot reach Heat at http://10.0.0.9:8004/ (curl exit 7: x)"
    facts = waiting(consoles=(console("prod-default-0", 1, "failed", why),))
    found = diagnosis(facts, at(200))
    assert found.verdict is Verdict.STUCK
    assert [(f.cause, f.where) for f in found.findings] == [("endpoint-unreachable", ("prod-default-0",))]
    assert "Heat at http://10.0.0.9:8004/" in found.findings[0].title


def test_a_memory_shortage_is_read_from_the_console() -> None:
    lines = (
        *console("prod-default-0", 6).lines,
        "[ 231.0] Out of memory: Killed process 7 (kubelet) total-vm:1kB",
    )
    facts = timed_out(consoles=(replace(console("prod-default-0", 6), lines=lines),))
    assert causes(facts, 1900)[0] == ("out-of-memory", ("prod-default-0",))


def test_a_step_may_take_ten_minutes_and_no_longer_in_silence() -> None:
    report = progress("prod-default-0", 4)
    facts = waiting(1, 1, reports=(report, progress("prod-master-0", 5)))
    heard = (signal(400, report), signal(900, progress("prod-master-0", 5)))
    facts = replace(facts, events=(*facts.events, *heard))
    assert causes(facts, 900) == []
    assert causes(facts, 1010) == [("node-stuck-in-step", ("prod-default-0",))]


def test_heat_let_go_of_a_server_that_is_there() -> None:
    facts = waiting(1, 1)
    lost = tuple(replace(r, status=IN_PROGRESS) if r.name == "master-0" else r for r in facts.resources)
    events = tuple(e for e in facts.events if (e.resource, e.status) != ("master-0", COMPLETE))
    found = diagnosis(replace(facts, resources=lost, events=events), at(200))
    assert found.verdict is Verdict.STUCK
    assert [f.cause for f in found.findings] == ["heat-let-go"]
    assert "master-0: it is ACTIVE, but Heat is still waiting" in found.findings[0].quote
    assert any("openstack stack update --existing prod" in step for step in found.findings[0].next)


def test_heat_let_go_of_a_condition_that_has_all_signals() -> None:
    nodes = ("prod-master-0", "prod-default-0")
    facts = waiting(1, 1, reports=tuple(final(n) for n in nodes))
    facts = replace(facts, events=(*facts.events, *(signal(300, final(n)) for n in nodes)))
    assert causes(facts, 310) == [("heat-let-go", ("prod",))]


def test_a_long_build_before_the_wait_does_not_count_against_it() -> None:
    # Heat leaves a resource's own time at the stack's creation: a limit must be counted from the event.
    from datetime import timedelta

    late = (event(600, "default-ready", IN_PROGRESS), event(600, "master-ready", IN_PROGRESS))
    facts = waiting(
        1, 1, limits={"default-ready": timedelta(minutes=30), "master-ready": timedelta(minutes=30)}
    )
    facts = replace(
        facts,
        events=(*[e for e in facts.events if e.resource not in ("default-ready", "master-ready")], *late),
    )
    facts = replace(facts, reports=(progress("prod-default-0", 4), progress("prod-master-0", 4)))
    heard = (signal(2300, progress("prod-default-0", 4)), signal(2300, progress("prod-master-0", 4)))
    facts = replace(facts, events=(*facts.events, *heard))
    assert causes(facts, 2350) == []
    assert causes(facts, 2480) == [("heat-let-go", ("prod",))]


def test_nothing_is_at_work_and_nothing_happens() -> None:
    facts = evidence(
        stack(IN_PROGRESS),
        (resource("network", NETWORK), resource("router", "OS::Neutron::Router", action="INIT")),
    )
    assert causes(facts, 30) == []
    assert causes(facts, 300)[0][0] == "heat-let-go"


def test_a_server_that_nova_builds_for_ever_is_named() -> None:
    facts = waiting(1, 1)
    resources = tuple(
        replace(r, status=IN_PROGRESS) if r.name == "default-0" else r
        for r in facts.resources
        if r.name != "default-ready"
    )
    events = tuple(e for e in facts.events if e.resource not in ("default-0", "default-ready"))
    begun = event(20, "default-0", IN_PROGRESS)
    servers = (server("prod-master-0"), replace(server("prod-default-0", "BUILD"), launched=None))
    facts = replace(facts, resources=resources, events=(*events, begun), servers=servers)
    assert not [c for c in causes(facts, 20 + 590) if c[0] == "service-slow"]
    assert ("service-slow", ("default-0 (OS::Nova::Server)",)) in causes(facts, 20 + 610)


def test_a_message_got_lost_while_other_things_go_on() -> None:
    facts = waiting(1, 1)
    not_begun = tuple(
        replace(r, action="INIT", physical_id="") if r.name == "default-0" else r for r in facts.resources
    )
    events = tuple(e for e in facts.events if e.resource != "default-0")
    found = diagnosis(replace(facts, resources=not_begun, events=events), at(290))
    assert found.findings[0].cause == "heat-let-go"
    assert "default-0: its dependencies are ready" in found.findings[0].quote


def test_time_out_of_the_stack_names_the_nodes_it_waited_for() -> None:
    facts = replace(waiting(1, 1), stack=stack(FAILED, reason="Timed out"))
    assert [cause for cause, _ in causes(facts, 3700)] == ["node-unheard", "stack-timed-out"]


def test_a_trust_that_keystone_refuses() -> None:
    reason = "ForbiddenException: 403: Delegated tokens cannot manage trusts."
    assert causes(evidence(stack(reason=reason))) == [("trust-refused", ("prod",))]


def test_an_orphaned_server_is_named() -> None:
    orphan = replace(server("prod-default-0"), resource="", id="0b1c", created=at(10))
    facts = failed(
        "default-0-port",
        "OS::Neutron::Port",
        "Forbidden: rule:delete_port is disallowed by policy",
        servers=(orphan,),
    )
    facts = replace(facts, stack=stack(FAILED, "DELETE", "Resource DELETE failed"))
    assert causes(facts) == [
        ("orphan-port", ("default-0-port (OS::Neutron::Port)",)),
        ("server-orphaned", ("prod-default-0 (0b1c)",)),
    ]


def test_foreign_ports_are_named_where_a_delete_failed() -> None:
    reason = (
        "Conflict: resources.subnet: Unable to complete operation on subnet "
        "fbef4d76-9052-4cbf-a52c-3a9892433d74: One or more ports have an IP allocation from this subnet."
    )
    facts = evidence(
        stack(FAILED, "DELETE", "Resource DELETE failed"),
        (resource("subnet", "OS::Neutron::Subnet", FAILED, reason, "DELETE"),),
        ports=(Port("p1", "ocavia-lb", "", "Octavia", "lb-1", ""),),
    )
    assert [cause for cause, _ in causes(facts)] == ["subnet-in-use", "foreign-ports"]


def test_a_complete_stack_with_a_stopped_server_is_not_well() -> None:
    facts = waiting(1, 1, COMPLETE, reports=(final("prod-master-0"), final("prod-default-0")))
    assert diagnosis(facts, at(900)).verdict is Verdict.WELL
    ill = replace(
        facts,
        servers=(
            server("prod-master-0"),
            Server("x", "prod-default-0", "default-0", "SHUTOFF", "", None, None),
        ),
    )
    found = diagnosis(ill, at(900))
    assert (found.verdict, [f.cause for f in found.findings]) == (Verdict.FAILED, ["server-not-active"])


def test_a_complete_stack_whose_new_node_gave_up_is_not_well() -> None:
    facts = waiting(1, 1, COMPLETE, reports=(final("prod-master-0"),))
    assert diagnosis(facts, at(120)).headline == "waiting for 1 of 2 nodes"
    said = replace(facts, consoles=(console("prod-default-0", 4, "failed", STEP_FAILED),))
    found = diagnosis(said, at(120))
    assert (found.verdict, [f.cause for f in found.findings]) == (Verdict.FAILED, ["download-refused"])
    assert [f.cause for f in diagnosis(facts, at(900)).findings] == ["node-unheard"]


def test_where_heat_does_not_tell_who_is_ready_nobody_is_accused() -> None:
    facts = waiting(
        1, 1, COMPLETE, unasked=(Unasked("what nodes reported on 'default-ready-handle'", "503"),)
    )
    assert not diagnosis(facts, at(900)).findings


def test_what_nobody_knows_is_quoted() -> None:
    found = diagnosis(
        failed("router", "OS::Neutron::Router", "SomethingNew: out of cheese"), at(60)
    ).findings[0]
    assert (found.cause, found.quote) == ("unexplained", "SomethingNew: out of cheese")
    assert "see the resource: openstack stack resource show prod router" in found.next


def test_a_condition_without_reports_is_told_by_its_reason() -> None:
    reason = f"WaitConditionFailure: resources.default-ready: {STEP_FAILED}"
    facts = evidence(stack(reason=reason), (resource("default-ready", CONDITION, FAILED, reason),))
    assert causes(facts)[0][0] == "download-refused"


def test_where_nova_is_silent_a_node_is_known_by_what_it_said() -> None:
    report = progress("prod-default-0", 4)
    facts = waiting(1, 1, servers=(), reports=(report,), unasked=(Unasked("servers", "503"),))
    facts = replace(facts, events=(*facts.events, signal(300, report)))
    row = next(r for r in diagnosis(facts, at(400)).nodes if r.name == "prod-default-0")
    assert (row.server, row.state, row.heard) == ("unknown", NodeState.WORKING, at(300))
