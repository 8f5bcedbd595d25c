"""What has ended is named by what it is, where it is, and with the way back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jeroboam.deploy.diagnosis import diagnosis
from jeroboam.deploy.diagnosis.judge_ended import CAUSES
from jeroboam.deploy.diagnosis.types import Console, Diagnosis, Evidence, Verdict
from jeroboam.secrets.endings import Ending, EndingKind
from tests.unit.deploy.diagnosis.facts import at, stack

NOW = at(9000)
QUIET = Evidence(
    stack=stack("COMPLETE"),
    resources=(),
    events=(),
    reports=(),
    limits={},
    servers=(),
    volumes=(),
    balancers=(),
    ports=(),
    addresses=(),
    quotas=(),
    consoles=(),
    engines=(),
    unasked=(),
)
KUBELET = "/var/lib/kubelet/pki/kubelet-client-current.pem"
SWARM = "/var/lib/docker/swarm/certificates/swarm-node.crt"


def _line(*files: str, left: int = 0) -> str:
    said = "".join(f" {left}={file}" for file in files)
    return f"[ 12.5] jeroboam: node=prod-default-2 certificates{said}\r"


def _said(*lines: str) -> Diagnosis:
    return diagnosis(replace(QUIET, consoles=(Console("prod-default-2", lines),)), NOW)


def _ending(kind: EndingKind, left: timedelta) -> Diagnosis:
    return diagnosis(QUIET, NOW, (Ending(kind, "what is meant", NOW + left, "there"),))


@pytest.mark.parametrize(
    ("file", "cause"),
    [
        (KUBELET, "kubelet-certificate-ended"),
        (SWARM, "swarm-certificate-ended"),
        ("/var/lib/docker/swarm/certificates/swarm-root-ca.crt", "authority-ended"),
        ("/etc/kubernetes/pki/front-proxy-ca.crt", "authority-ended"),
        ("/etc/flannel/pki/ca.crt", "authority-ended"),
        ("/etc/kubernetes/pki/apiserver-kubelet-client.crt", "api-certificate-ended"),
        ("/etc/kubernetes/pki/etcd/healthcheck-client.crt", "etcd-certificate-ended"),
        ("/etc/etcd/pki/root.crt", "etcd-certificate-ended"),
        ("/etc/flannel/pki/client.crt", "etcd-certificate-ended"),
        ("/etc/docker/pki/server.crt", "docker-certificate-ended"),
    ],
)
def test_by_a_nodes_console(file: str, cause: str) -> None:
    said = _said("booted", _line(file))
    (found,) = said.findings
    assert (found.cause, found.where) == (cause, ("prod-default-2",))
    assert said.verdict is Verdict.FAILED


def test_a_worker_whose_kubelet_cannot_return_is_made_anew_by_name() -> None:
    (found,) = _said(_line(KUBELET)).findings
    assert "a worker is made anew: jeroboam roll SPEC --node prod-default-2 --no-drain" in found.next


def test_the_last_word_counts() -> None:
    assert _said(_line(KUBELET), _line()).verdict is Verdict.WELL
    said = _said(_line(KUBELET, left=2592000), _line(SWARM, KUBELET))
    assert [found.cause for found in said.findings] == [
        "swarm-certificate-ended",
        "kubelet-certificate-ended",
    ]


def test_what_ends_soon_is_told_and_no_fault() -> None:
    said = _said(_line(KUBELET, left=2592000))
    (found,) = said.findings
    assert (said.verdict, said.headline) == (Verdict.WELL, "nothing is wrong")
    assert found.title == f"{KUBELET} ends on a day within a month"


@pytest.mark.parametrize("kind", sorted(CAUSES))
def test_by_what_is_known_elsewhere(kind: EndingKind) -> None:
    said = _ending(kind, timedelta(days=-1))
    (found,) = said.findings
    assert (found.cause, found.source, said.verdict) == (CAUSES[kind], "there", Verdict.FAILED)
    (soon,) = _ending(kind, timedelta(days=20)).findings
    assert soon.cause == "ends-soon"
    assert _ending(kind, timedelta(days=400)).findings == ()


def test_what_deploy_renews_is_never_a_fault() -> None:
    assert set(EndingKind) - CAUSES.keys() == {EndingKind.JOINING}
    assert _ending(EndingKind.JOINING, timedelta(days=-400)).findings == ()
