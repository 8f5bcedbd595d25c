"""Libraries that steps share: filling in, JSON, lists, retries; each sourced once."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from tests.nodescripts.lab import Node

HOSTILE = [
    "a b",
    "a\nb: c",
    'a"b',
    "a'b",
    "$(touch pwned)",
    "`id`",
    "@{JEROBOAM_B}",
    "{{ x }}",
    "a#b",
    "%index%",
    "a&b",
    "a\\1b",
    "é",
    "x" * 10 + "\t",
    "",
]


def _fill(node: Node, text: str, **values: str) -> tuple[int, str, str]:
    node.place("in.yaml", text)
    node.environment(values)
    done = node.bash('use template; fill "$ROOT/in.yaml" "$ROOT/deep/out.yaml" 600')
    return done.returncode, node.text("deep/out.yaml") if node.exists("deep/out.yaml") else "", done.stderr


def test_fill_replaces_each_name(node: Node) -> None:
    text = "a: '@{JEROBOAM_A}'\nb: https://@{JEROBOAM_A}:@{JEROBOAM_PORT}/x\nc: plain"
    code, out, _ = _fill(node, text, JEROBOAM_A="fd00::5", JEROBOAM_PORT="6443")
    assert (code, out) == (0, "a: 'fd00::5'\nb: https://fd00::5:6443/x\nc: plain\n")
    assert node.mode("deep/out.yaml") == 0o600


def test_fill_takes_base64_and_leaves_what_only_looks_alike(node: Node) -> None:
    text = "k: @{JEROBOAM_A}\nl: @{@}{HOME} ${HOME} @HOME {x} $(id) & \\1 50%\n"
    code, out, _ = _fill(node, text, JEROBOAM_A="ab+/cd==")
    assert (code, out) == (0, "k: ab+/cd==\nl: @{HOME} ${HOME} @HOME {x} $(id) & \\1 50%\n")


@pytest.mark.parametrize("value", HOSTILE)
def test_fill_refuses_values_that_could_mean_something(node: Node, value: str) -> None:
    code, out, problem = _fill(node, "a: @{JEROBOAM_A}\n", JEROBOAM_A=value)
    assert (code, out) == (1, "")
    assert "the value of JEROBOAM_A has characters" in problem
    if len(value) > 3:
        assert value not in problem
    assert not node.exists("pwned")


@pytest.mark.parametrize(
    "text", ["a: @{UNKNOWN_NAME}\n", "a: @{JEROBOAM_A\n", "a: @{a[$(id)]}\n", "a: @{}\n"]
)
def test_fill_refuses_what_it_does_not_know(node: Node, text: str) -> None:
    code, out, _ = _fill(node, text, JEROBOAM_A="1")
    assert (code, out) == (1, "")


@pytest.mark.parametrize(
    "text",
    ["plain", 'a "quoted" \\ word', "two\nlines", "tab\tand\x1b[31m colour", "ünïcode", "", "%s $(id) `id`"],
)
def test_json_text_is_the_inside_of_a_json_string(node: Node, text: str) -> None:
    done = node.bash(f"use json; json_text {shlex.quote(text)} 900")
    value = json.loads(f'"{done.stdout}"')
    assert value.isprintable()
    if text.isascii() and text.isprintable():
        assert value == text


def test_json_text_keeps_the_end(node: Node) -> None:
    done = node.bash(f"use json; json_text {'x' * 50}end 10")
    assert done.stdout == "...xxxxxxxend"


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ({"alarm_url": "http://h/v1", "a": 1}, "http://h/v1"),
        ({"not_alarm_url": "x", "alarm_url": "y"}, "y"),
        ({"alarm_url": 'q"\\z'}, 'q\\"\\\\z'),
        ({"alarm_url": ""}, ""),
    ],
)
def test_json_field(node: Node, document: dict[str, object], value: str) -> None:
    done = node.bash(f"use json; json_field alarm_url {shlex.quote(json.dumps(document))}")
    assert done.stdout == value + "\n"


def test_json_field_reads_escaped_slashes_and_reports_absence(node: Node) -> None:
    assert node.bash("""use json; json_field u '{"u":"http:\\/\\/h"}'""").stdout == "http://h\n"
    assert node.bash("use json; json_field u '{}'").returncode == 1


def test_value_at(node: Node) -> None:
    assert node.bash('value_at "0=10.0.0.5 10=10.0.0.6 1=fd00::1" 1').stdout == "fd00::1\n"
    missing = node.bash('value_at "0=10.0.0.5" 3')
    assert missing.returncode == 1
    assert "no value is listed for index '3'" in missing.stderr


def test_node_name_and_index_come_from_the_host_name(node: Node) -> None:
    node.stub("uname", "echo my-cluster-gpu-12.novalocal")
    assert node.bash('echo "$NODE_NAME $NODE_INDEX"').stdout == "my-cluster-gpu-12 12\n"


def test_retry_is_bounded_and_keeps_the_status(node: Node) -> None:
    node.stub("flaky", "exit 22")
    done = node.bash("use retry; retry 3 1 flaky; echo never")
    assert done.returncode == 22
    assert node.called() == ["flaky "] * 3
    assert "never" not in done.stdout


def test_retry_stops_at_success(node: Node) -> None:
    node.stub("flaky", '(( $(grep -c flaky "$JEROBOAM_ROOT/calls") > 1 ))')
    assert node.bash("use retry; retry 5 1 flaky").returncode == 0
    assert len(node.called()) == 2


def test_wait_for_gives_up(node: Node) -> None:
    node.environment(JEROBOAM_BOOTSTRAP_SECONDS="20")
    done = node.bash("use retry; wait_for 'the moon' false")
    assert done.returncode == 1
    assert "waiting for the moon" in done.stderr
    assert "timed out waiting for the moon" in done.stderr


def test_environment_survives_any_value(node: Node) -> None:
    value = 'it\'s $(touch pwned) `x` "q" \\ #'
    node.environment({"JEROBOAM_A": value})
    assert node.bash('printf %s "$JEROBOAM_A"').stdout == value
    assert not node.exists("pwned")


def test_heat_values_are_not_handed_to_other_programs(node: Node) -> None:
    node.environment({"JEROBOAM_CA_KEY": "c2VjcmV0"})
    assert "c2VjcmV0" not in node.bash("env").stdout


def test_a_library_is_sourced_once_and_brings_those_that_it_uses(node: Node) -> None:
    node.place("opt/jeroboam/lib/first.sh", "use second\nsay first\n")
    node.place("opt/jeroboam/lib/second.sh", "use first\nsay second\n")
    assert node.bash("use first second first").stdout == "second\nfirst\n"


def test_a_library_that_is_not_there_ends_a_step(node: Node) -> None:
    done = node.bash("use unheard-of\necho never")
    assert (done.returncode, done.stdout) == (1, "")
    assert "lib/unheard-of.sh: No such file" in done.stderr


def test_a_script_stops_at_the_first_error_and_its_exit_status_is_the_runners(node: Node) -> None:
    done = node.bash("false\necho never")
    assert (done.returncode, done.stdout) == (1, "")
    assert node.bash('echo "$unset"').returncode == 1
    assert node.bash("exit 7").returncode == 7


def test_a_file_lasts_before_it_has_its_name(node: Node) -> None:
    """Else it may be there and empty after a power cut."""
    node.stub("sync", '[[ ! -e $JEROBOAM_ROOT/deep/file ]] || echo "too late" >>"$JEROBOAM_ROOT/calls"')
    assert node.bash('use files; echo text | write_file "$ROOT/deep/file" 600').returncode == 0
    (called,) = node.called()
    assert re.fullmatch(rf"sync {re.escape(str(node.root))}/deep/file\.\d+\.new", called)
    assert node.text("deep/file") == "text\n"


def test_a_file_that_several_write_at_once_is_one_of_theirs(node: Node) -> None:
    one = 'head -c 100000 /dev/zero | tr "\\0" "$i" | write_file "$ROOT/file" 600'
    done = node.bash(
        f"use files\nfor i in 1 2 3 4 5 6 7 8; do {one} & done\nfor job in $(jobs -p); do wait $job; done"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(set(node.text("file"))) == 1
    assert not [*node.root.glob("*.new")]


def test_what_is_remembered_was_written_before_and_lasts(node: Node) -> None:
    node.environment(JEROBOAM_RELABEL="true")
    state = 'ls "$JEROBOAM_ROOT/var/lib/jeroboam" >>"$JEROBOAM_ROOT/calls"'
    node.stub("sync", state)
    assert node.bash("use files; remember joined").returncode == 0
    assert node.called() == ["sync ", f"sync {node.root}/var/lib/jeroboam/joined", "joined"]
