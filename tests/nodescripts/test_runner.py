"""The runner: order, console lines, signals, the watchdog, what happens when Keystone is out of reach."""

from __future__ import annotations

import re
import time

import pytest

from tests.nodescripts.cloud import SECRET_WORDS, Cloud
from tests.nodescripts.lab import Node

LINE = re.compile(
    r"jeroboam: node=(\S+) step=(\d+)/(\d+) name=(\S+) status=(start|ok|failed) seconds=(\d+)"
    r'(?: reason="(.*)")?'
)


def _steps(node: Node, cloud: Cloud, last: str = 'echo "all well"') -> None:
    node.environment(
        {"JEROBOAM_SIGNAL": cloud.credentials("signal"), "JEROBOAM_PROGRESS": cloud.credentials("progress")}
    )
    node.step("00-first", '#!/bin/bash\nset -eu\necho first >>"$JEROBOAM_ROOT/order"\n')
    node.step(
        "40-install-kubernetes", f'#!/bin/bash\nset -eu\necho second >>"$JEROBOAM_ROOT/order"\n{last}\n'
    )


def _statuses(node: Node) -> list[tuple[str, str]]:
    found = [LINE.fullmatch(line) for line in node.lines()]
    assert all(found), node.lines()
    return [(match[4], match[5]) for match in found if match]


def test_success_is_signalled_once_after_all_steps(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    node.place("etc/os-release", 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\n')
    done = node.bootstrap()
    assert done.returncode == 0, done.stdout + done.stderr
    assert node.text("order") == "first\nsecond\n"
    assert _statuses(node) == [
        ("00-first", "start"),
        ("00-first", "ok"),
        ("40-install-kubernetes", "start"),
        ("40-install-kubernetes", "ok"),
        ("signal", "ok"),
    ]
    (signal,) = cloud.of("signal")
    assert (signal["status"], signal["id"]) == ("SUCCESS", "prod-master-0")
    made = {"coe_version": "1.37.2", "config": "0123456789ab", "system": "Ubuntu 24.04.3 LTS"}
    assert signal["data"] == {**made, "secrets": "fedcba9876543210"}
    assert node.exists("var/lib/jeroboam/bootstrapped")
    assert "all well" in node.text("var/log/jeroboam/bootstrap.log")
    assert "all well" in done.stdout


def test_what_a_step_made_lasts_before_the_step_is_said_to_be_done(node: Node, cloud: Cloud) -> None:
    """Nothing makes it again after a power cut; the last one comes before the node counts as made."""
    _steps(node, cloud)
    node.stub("sync", '(grep -c status=ok "$JEROBOAM_CONSOLE" || :) >>"$JEROBOAM_ROOT/synced"', quiet=True)
    assert node.bootstrap().returncode == 0
    assert node.text("synced").split() == ["0", "1", "3"]


def test_a_proxy_that_cannot_be_set_is_signalled(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    node.place("opt/jeroboam/proxy.sh", 'say "no room on /etc"\nexit 1\n')
    assert node.bootstrap().returncode == 1
    (signal,) = cloud.of("signal")
    assert signal["reason"] == "the proxy cannot be set: no room on /etc"
    assert not node.exists("order")


@pytest.mark.parametrize(
    ("host", "afterburn", "named"),
    [
        ("prod-master-0", "", []),
        ("prod-master-0.novalocal", "", ["hostnamectl set-hostname prod-master-0"]),
        (
            "host-10-0-0-5.openstacklocal",
            "prod-master-0.novalocal",
            ["hostnamectl set-hostname prod-master-0"],
        ),
    ],
)
def test_a_node_goes_by_its_servers_name(
    node: Node, cloud: Cloud, host: str, afterburn: str, named: list[str]
) -> None:
    node.stub("uname", f"echo {host}", quiet=True)
    node.stub("hostnamectl")
    _steps(node, cloud)
    done = node.bootstrap(AFTERBURN_OPENSTACK_HOSTNAME=afterburn)
    assert done.returncode == 0, done.stdout + done.stderr
    assert node.called() == named
    assert {body["id"] for body in cloud.of("progress") + cloud.of("signal")} == {"prod-master-0"}
    assert all(line.startswith("jeroboam: node=prod-master-0 ") for line in node.lines())


@pytest.mark.parametrize("host", ["localhost", "host-10-0-0-5", "prod-master", "other-master-0", "prod--"])
def test_a_host_of_another_name_is_told_before_any_step(node: Node, cloud: Cloud, host: str) -> None:
    node.stub("uname", f"echo {host}", quiet=True)
    _steps(node, cloud)
    assert node.bootstrap().returncode == 1
    (signal,) = cloud.of("signal")
    why = f"this host is named {host}, which is not the name of a node of cluster prod"
    assert (signal["status"], signal["reason"]) == ("FAILURE", why)
    assert "step=0/2 name=start status=failed " in node.lines()[0]
    assert node.lines()[0].endswith(f'reason="{why}"')
    assert not node.exists("order")


def test_a_host_that_cannot_be_named_is_told(node: Node, cloud: Cloud) -> None:
    node.stub("hostnamectl", "echo 'Could not set static hostname: Access denied' >&2; exit 1")
    _steps(node, cloud)
    assert node.bootstrap().returncode == 1
    (signal,) = cloud.of("signal")
    assert signal["reason"] == (
        "this host cannot be named prod-master-0: Could not set static hostname: Access denied"
    )


def test_progress_names_each_step_on_its_own_handle(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    assert node.bootstrap().returncode == 0
    assert [body["reason"] for body in cloud.of("progress")] == [
        "step 1/2 00-first",
        "step 2/2 40-install-kubernetes",
    ]
    assert cloud.of("progress")[1]["data"] | {"seconds": 0} == {
        "step": 2,
        "steps": 2,
        "name": "40-install-kubernetes",
        "seconds": 0,
    }
    assert {(body["status"], body["id"]) for body in cloud.of("progress")} == {("SUCCESS", "prod-master-0")}


def test_failure_is_signalled_at_once_with_step_code_and_last_words(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last='echo "curl: \\"no\\" \\\\ such file" >&2; exit 22')
    began = time.monotonic()
    done = node.bootstrap()
    assert time.monotonic() - began < 10
    assert done.returncode == 22
    (signal,) = cloud.of("signal")
    assert signal == {
        "status": "FAILURE",
        "id": "prod-master-0",
        "reason": 'step 40-install-kubernetes failed (exit 22): curl: "no" \\ such file',
        "data": {
            "coe_version": "1.37.2",
            "config": "0123456789ab",
            "system": "",
            "secrets": "fedcba9876543210",
        },
    }
    assert _statuses(node)[-1] == ("40-install-kubernetes", "failed")
    assert "failed (exit 22)" in node.lines()[-1]
    assert not node.exists("var/lib/jeroboam/bootstrapped")


def test_a_reason_stays_json_and_short_whatever_the_log_ends_with(node: Node, cloud: Cloud) -> None:
    _steps(
        node,
        cloud,
        last="printf '\\033[31m\\xff\\xfe\\t\"%s\\n' \"$(head -c 20000 /dev/zero | tr '\\0' x)\"; exit 3",
    )
    assert node.bootstrap().returncode == 3
    (signal,) = cloud.of("signal")
    assert len(signal["reason"]) < 1000
    assert signal["reason"].startswith("step 40-install-kubernetes failed (exit 3): ")
    assert signal["reason"].isascii()


def test_a_failure_stops_later_steps(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last="exit 1")
    node.step("99-never", 'touch "$JEROBOAM_ROOT/never"')
    assert node.bootstrap().returncode == 1
    assert not node.exists("never")


def test_unreachable_keystone_is_named_on_the_console(node: Node, cloud: Cloud) -> None:
    closed = cloud.credentials("signal", "http://127.0.0.1:9")
    _steps(node, cloud)
    node.environment({"JEROBOAM_SIGNAL": closed, "JEROBOAM_PROGRESS": closed})
    done = node.bootstrap()
    assert done.returncode == 1
    why = "cannot reach Keystone at http://127.0.0.1:9/identity/v3 (curl exit 7:"
    assert f"SUCCESS could not be signalled: {why}" in (node.lines()[-1])
    assert not node.exists("var/lib/jeroboam/bootstrapped")


def test_refused_credentials_are_told_from_a_closed_door(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    cloud.password = "another"
    assert node.bootstrap().returncode == 1
    assert "answered HTTP 401 instead of a token" in node.lines()[-1]


def test_heat_out_of_order_is_retried_a_bounded_number_of_times(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    cloud.heat_status = 500
    assert node.bootstrap().returncode == 1
    assert "answered HTTP 500" in node.lines()[-1]
    assert len([r for r in cloud.requests if r.endswith("/signal")]) == 10


def test_unreachable_progress_does_not_fail_or_hold_up(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    heat = {"JEROBOAM_SIGNAL": cloud.credentials("signal")}
    node.environment({**heat, "JEROBOAM_PROGRESS": cloud.credentials("progress", "http://127.0.0.1:9")})
    assert node.bootstrap().returncode == 0
    assert [body["status"] for body in cloud.of("signal")] == ["SUCCESS"]


def test_watchdog_names_the_step_in_progress(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last="echo pulling images; while :; do /bin/sleep 0.1; done")
    heat = {
        "JEROBOAM_SIGNAL": cloud.credentials("signal"),
        "JEROBOAM_PROGRESS": cloud.credentials("progress"),
    }
    node.environment(heat, JEROBOAM_BOOTSTRAP_SECONDS="2")
    node.place("proc/uptime", "0.00 0.00\n")
    began = time.monotonic()
    done = node.bootstrap()
    assert time.monotonic() - began < 10
    assert done.returncode == 124
    (signal,) = cloud.of("signal")
    assert signal["status"] == "FAILURE"
    assert signal["reason"].startswith("step 40-install-kubernetes was still running when the node's")
    assert signal["reason"].endswith("pulling images")


def test_time_since_power_on_counts_the_first_time_only(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last="/bin/sleep 1.3")
    heat = {
        "JEROBOAM_SIGNAL": cloud.credentials("signal"),
        "JEROBOAM_PROGRESS": cloud.credentials("progress"),
    }
    node.environment(heat, JEROBOAM_BOOTSTRAP_SECONDS="100")
    node.place("proc/uptime", "95.20 1.00\n")
    assert node.bootstrap().returncode == 124
    assert node.bootstrap().returncode == 0


def test_a_step_that_fails_in_the_last_seconds_was_not_too_slow(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last="echo no such file; exit 22")
    node.place("proc/uptime", "590.00 1.00\n")
    assert node.bootstrap().returncode == 22
    (signal,) = cloud.of("signal")
    assert signal["reason"] == "step 40-install-kubernetes failed (exit 22): no such file"


def test_a_rerun_runs_all_steps_again_and_succeeds(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last='[ -e "$JEROBOAM_ROOT/mended" ]')
    assert node.bootstrap().returncode == 1
    node.place("mended", "")
    assert node.bootstrap().returncode == 0
    assert [body["status"] for body in cloud.of("signal")] == ["FAILURE", "SUCCESS"]
    assert node.exists("var/lib/jeroboam/bootstrapped")


def test_a_run_ended_from_outside_is_still_told(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    node.bash('echo "2 40-install-kubernetes" >"$RUN/step"')
    node.stub("systemctl", "echo running")
    assert node.bootstrap("aborted", SERVICE_RESULT="signal").returncode == 0
    (signal,) = cloud.of("signal")
    assert signal["status"] == "FAILURE"
    assert "40-install-kubernetes" in signal["reason"]


def test_a_reboot_is_no_failure(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    node.stub("systemctl", "echo stopping; exit 1")
    assert node.bootstrap("aborted", SERVICE_RESULT="signal").returncode == 0
    assert cloud.signals == []


def test_a_killed_step_is_not_taken_for_a_slow_one(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last="kill -KILL $$")
    assert node.bootstrap().returncode == 137
    (signal,) = cloud.of("signal")
    assert signal["reason"].startswith("step 40-install-kubernetes failed (exit 137)")


@pytest.mark.parametrize("result", ["success", "exit-code"])
def test_nothing_is_added_to_what_was_told(node: Node, cloud: Cloud, result: str) -> None:
    _steps(node, cloud, last="exit 5" if result == "exit-code" else "")
    node.bootstrap()
    before = len(cloud.of("signal"))
    assert node.bootstrap("aborted", SERVICE_RESULT=result).returncode == 0
    assert len(cloud.of("signal")) == before == 1


def test_no_secret_is_written_anywhere(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last="echo joining with abcdef.0123456789abcdef; exit 1")
    done = node.bootstrap()
    log = node.text("var/log/jeroboam/bootstrap.log")
    written = "\n".join((done.stdout, done.stderr, log, *node.lines(), str(cloud.signals)))
    for word in (*SECRET_WORDS, "0123456789abcdef"):
        assert word not in written
    assert "joining with [token]" in log


def test_secrets_do_not_travel_by_command_line(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    node.stub("curl", 'exec /usr/bin/curl "$@"')
    assert node.bootstrap().returncode == 0
    calls = "\n".join(node.called())
    assert "/auth/tokens" in calls
    assert all(word not in calls for word in SECRET_WORDS)


def test_a_daemon_left_behind_by_a_step_holds_nothing_up(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud, last="/bin/sleep 20 &")
    began = time.monotonic()
    assert node.bootstrap().returncode == 0
    assert time.monotonic() - began < 10


def test_missing_console_is_no_failure(node: Node, cloud: Cloud) -> None:
    _steps(node, cloud)
    assert node.bootstrap(JEROBOAM_CONSOLE="/nonexistent/console").returncode == 0
