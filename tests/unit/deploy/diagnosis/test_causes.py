"""Each known cause is seen in real words, says what to do, and hides no other."""

from __future__ import annotations

import re

import pytest

from jeroboam.deploy.diagnosis.causes import causes, judged, known
from jeroboam.deploy.redaction import redacted

KINDS = {"reason", "fault", "volume", "balancer", "port", "node", "console", "judged"}
EXAMPLES = [(cause.id, text) for cause in causes().values() for text in cause.examples]


def test_there_are_enough_and_each_is_complete() -> None:
    assert len(causes()) >= 60
    for cause in causes().values():
        assert cause.where <= KINDS, cause.id
        assert cause.next, cause.id
        assert not cause.cause.endswith("."), cause.id
        if cause.where == {"judged"}:
            assert cause.pattern is None, cause.id
        else:
            assert cause.pattern is not None, cause.id
            assert cause.examples, cause.id


@pytest.mark.parametrize(
    ("cause", "text"), EXAMPLES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EXAMPLES)]
)
def test_an_example_is_seen_as_its_cause(cause: str, text: str) -> None:
    for kind in causes()[cause].where:
        found = known(kind, text, {"stack": "prod", "resource": "r", "id": "x", "node": "n", "server": "s"})
        assert found is not None
        assert found.id == cause, kind
        assert "{" not in found.title
        assert not re.search(r"\{\w*\}", " ".join(found.next))


@pytest.mark.parametrize(
    ("cause", "text"), EXAMPLES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(EXAMPLES)]
)
def test_redaction_leaves_what_a_cause_is_seen_by(cause: str, text: str) -> None:
    for kind in causes()[cause].where:
        found = known(kind, redacted(text), {})
        assert found is not None
        assert found.id == cause


def test_every_step_names_a_command_or_a_property() -> None:
    concrete = re.compile(
        r"openstack |jeroboam |curl |journalctl|systemctl|heat\.conf|NTP|operator|Service"
        r"|[a-z]+(?:\[\])?\.[a-z_]+|[a-z]+_[a-z_]+|proxy|Docker Hub|image|firewalls|flavor|metadata service"
    )
    for cause in causes().values():
        for step in cause.next:
            assert concrete.search(step), (cause.id, step)


def test_words_of_the_match_are_filled_in() -> None:
    found = known(
        "fault",
        "Quota exceeded for instances: Requested 1, but already used 10 of 10 instances",
        {"stack": "prod"},
    )
    assert found is not None
    assert found.title == (
        "the project's compute quota of instances is used up: 10 of 10 are in use, 1 more were requested"
    )


def test_what_matches_is_quoted_with_its_line_alone() -> None:
    text = "one\n[  231.0] Out of memory: Killed process 2117 (kube-apiserver) total-vm:1kB\nthree"
    found = known("console", text, {})
    assert found is not None
    assert found.quote == "[  231.0] Out of memory: Killed process 2117 (kube-apiserver) total-vm:1kB"
    assert "kube-apiserver" in found.title


def test_braces_in_what_the_cloud_says_do_no_harm() -> None:
    found = known("fault", "Build of instance x aborted: {0.__class__} {stack}", {"stack": "prod"})
    assert found is not None
    assert found.title.endswith("{0.__class__} {stack}")


def test_a_judged_cause_takes_its_context() -> None:
    found = judged("heat-let-go", "nothing", {"stack": "prod", "state": "CREATE_IN_PROGRESS"})
    assert "openstack stack update --existing prod" in " ".join(found.next)
    assert "CREATE_IN_PROGRESS" in found.title


def test_a_refused_download_is_named_whatever_curl_says_before() -> None:
    words = "curl: (22) The requested URL returned error: 404"
    text = f"step 40 failed (exit 22): {words} | https://m.example/kubelet: curl exit 22: …"
    found = known("node", text, {})
    assert found is not None
    assert found.title == "a server answered a download with an error: https://m.example/kubelet"
    assert "try it: curl -fI https://m.example/kubelet" in found.next


def test_a_step_whose_argument_is_not_known_is_left_out() -> None:
    found = known("node", "step 40 failed (exit 22): curl: (22) The requested URL returned error: 404", {})
    assert found is not None
    assert found.title == "a server answered a download with an error"
    assert [step for step in found.next if "curl" in step] == []
    assert found.next
