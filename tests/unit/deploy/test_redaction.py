"""No secret that was planted is left in the bytes of a bundle, and what is no secret is."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace

import pytest

from jeroboam.deploy import stacks
from jeroboam.deploy.diagnosis.bundle import bundle
from jeroboam.deploy.diagnosis.judge import diagnosis
from jeroboam.deploy.diagnosis.types import Console
from jeroboam.deploy.exchange import excerpt
from jeroboam.deploy.redaction import REMOVED, cleaned, redacted, without_secrets
from tests.unit.deploy.diagnosis.facts import at, failed_cluster

SECRETS = {
    "token of kubeadm": ("kubeadm join 10.0.0.5:6443 --token abcdef.0123456789abcdef", "0123456789abcdef"),
    "token alone": ("token abcdef.0123456789abcdef used", "0123456789abcdef"),
    "key of kubeadm": ("--certificate-key 5f0c3c1a9e8b4d7f5f0c3c1a9e8b4d7f", "5f0c3c1a9e8b"),
    "auth token": ("X-Auth-Token: 9f8e7d6c5b4a39281706", "9f8e7d6c"),
    "auth token in curl": ("curl -H 'X-Auth-Token: 9f8e7d6c5b4a39281706' http://h", "9f8e7d6c"),
    "subject token": ("x-subject-token: gAAAAABqhidden-hidden_hidden0", "gAAAAABq"),
    "fernet": ("got gAAAAABnXyz0123456789abcdefghijklmnopqrstuvwxyz== back", "Xyz0123"),
    "bearer": ("Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "eyJ"),
    "signal": ('JEROBOAM_SIGNAL=\'{"user_id":"u","password":"hunter2hunter2"}\'', "hunter2"),
    "json": ('{"auth_url": "http://k", "password": "hunter2hunter2"}', "hunter2"),
    "json inside json": ('"{\\"password\\": \\"hunter2hunter2\\"}"', "hunter2"),
    "shell": ("OS_PASSWORD=hunter2hunter2", "hunter2"),
    "shell quoted": ("export DB_PASSWD='hunter2 hunter2'", "hunter2"),
    "yaml": ("  client_secret: hunter2hunter2", "hunter2"),
    "variable": ("JEROBOAM_BOOTSTRAP_TOKEN=hunter2hunter2", "hunter2"),
    "key variable": ("CLUSTER_CA_KEY=hunter2hunter2", "hunter2"),
    "pem": ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB\nhunter2\n-----END EC PRIVATE KEY-----", "hunter2"),
    "pem cut": ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nhunter2", "hunter2"),
    "pem packed": ("LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCmh1bnRlcjI=", "QUklWQVRFIEtFWS"),
    "swarm": (
        "docker swarm join --token SWMTKN-1-3pu6hszjas19xyp7ghgosyx9k8atbfcr8p2is99znpy26u2lkl-1awxwuwd3",
        "3pu6hszjas",
    ),
    "presigned": ("http://h/v1/signal?Signature=hunter2hunter2&AWSAccessKeyId=hunter2", "hunter2"),
    "url": ("proxy http://ops:hunter2@proxy.example:3128/", "hunter2"),
}
KEPT = (
    "step 4/9 40-install-kubernetes",
    "token expired: Unauthorized (HTTP 401)",
    "the project's compute quota of instances is used up: 10 of 10",
    "openstack server show df22a1c1-f9ff-4c6d-b0c0-c0a9b650876b -c fault",
    "https://dl.k8s.io/v1.36.3/kubernetes-node-linux-amd64.tar.gz: curl exit 22",
    "Keystone at https://192.0.2.10:5000/v3 answered HTTP 401 instead of a token",
    "The Key (ops) could not be found.",
    "Property error: : resources.default-0.properties.key_name: : Error validating value 'ops'",
)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_taken_out(name: str) -> None:
    text, secret = SECRETS[name]
    assert secret in text
    assert secret not in redacted(text)
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_data_is_judged_by_its_names() -> None:
    data = {
        "admin_password": "hunter2",
        "user_data": "I2Nsb3Vk",
        "name": "prod",
        "handle": [{"token": "x1"}],
        "next": 4,
    }
    assert without_secrets(data) == {
        "admin_password": "[removed]",
        "user_data": "[removed]",
        "name": "prod",
        "handle": [{"token": "[removed]"}],
        "next": 4,
    }


@pytest.mark.slow
def test_nothing_that_was_planted_is_in_a_bundle() -> None:
    facts = failed_cluster()
    planted = tuple(text for text, _ in SECRETS.values())
    reports = tuple(replace(r, reason=r.reason + " " + planted[0]) for r in facts.reports)
    stack = replace(
        facts.stack, reason=planted[9], parameters={"p": "hunter2"}, outputs={"kubeconfig": "hunter2"}
    )
    facts = replace(
        facts,
        stack=stack,
        reports=reports,
        consoles=tuple(
            Console(c.server, (*c.lines, *"\n".join(planted).split("\n"))) for c in facts.consoles
        ),
        servers=tuple(replace(s, fault="\n".join(planted)) for s in facts.servers),
        resources=tuple(replace(r, reason=f"{r.reason} {planted[6]}") for r in facts.resources),
    )
    for given in (facts, cleaned(facts)):
        packed = bundle(given, diagnosis(given, at(700)))
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            members = archive.getmembers()
            for member in members:
                content = archive.extractfile(member)
                assert content is not None
                text = content.read().decode("utf-8")
                for name, (_, secret) in SECRETS.items():
                    assert secret not in text, (name, member.name)
        assert {m.name.partition("/")[2] for m in members} >= {
            "README.txt",
            "diagnosis.txt",
            "diagnosis.html",
            "diagnosis.json",
            "evidence.json",
            "console/prod-default-2.log",
        }
        assert {m.mode for m in members} == {0o600}


@pytest.mark.slow
def test_cleaning_leaves_enumerations_and_times_alone() -> None:
    facts = failed_cluster()
    assert cleaned(facts.resources) == facts.resources
    assert cleaned(facts.events) == facts.events
    assert cleaned(facts.consoles) == facts.consoles
    assert cleaned(facts).stack.parameters["keypair"] == "lab"


def test_what_heat_and_nodes_say_is_redacted_as_it_comes_in() -> None:
    text, secret = SECRETS["url"]
    raw = {
        "id": "e",
        "event_time": "2026-11-26T00:00:00Z",
        "updated_time": "2026-11-26T00:00:00Z",
        "links": [],
        "resource_name": "a",
        "resource_type": "T",
        "resource_status": "CREATE_FAILED",
        "resource_status_reason": text,
    }
    for said in (
        stacks._event(raw).reason,
        stacks._resource(raw).reason,
        stacks._report("n", "default", True, {"status": "FAILURE", "reason": text}).reason,
        stacks._report("n", "default", True, {"data": {"void_of": "x", "reason": text}}).reason,
    ):
        assert REMOVED in said
        assert secret not in said


def test_an_answer_is_quoted_without_secrets() -> None:
    blanks = " " * 300
    for text, secret in SECRETS.values():
        assert secret not in excerpt(f"<html>{blanks}<b>{text}</b></html>", 400)
