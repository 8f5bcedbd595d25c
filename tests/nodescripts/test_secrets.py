"""The step that opens a node's secrets: with the key from the keypair, from the service or a config drive."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from jeroboam.secrets.seal import Seal, keypairs, sealed
from tests.nodescripts.lab import Node

SEAL = Seal("5a" * 32, "c3" * 32)
MASTER, WORKER = (pair.comment for pair in keypairs("prod", SEAL).values())
PEM = b"-----BEGIN EC PRIVATE KEY-----\n" + b64encode(bytes(range(48))) + b"\n"
VALUES = {
    "JEROBOAM_CA_KEY": PEM + b64encode(b":\n\0\xff") + b"\n-----END EC PRIVATE KEY-----\n",
    "JEROBOAM_CA_CERT": b"-----BEGIN CERTIFICATE-----\n\0\xff",
    "JEROBOAM_TOKEN": b"abcdef.0123456789abcdef",
}
STEP = "opt/jeroboam/steps/08-secrets.sh"


def _node(node: Node, comment: str | None, *, drive: bool = False) -> Node:
    """A node whose user data has a secret of masters and one that workers share."""
    heat = {
        name: sealed(b64encode(value).decode(), SEAL.worker if name == "JEROBOAM_TOKEN" else SEAL.master)
        for name, value in VALUES.items()
    }
    node.environment(heat, JEROBOAM_SEALED=" ".join(heat))
    node.step("08-secrets", "common/steps/secrets.sh")
    key = {} if comment is None else {"prod": f"ssh-ed25519 AAAA {comment}\n"}
    node.place("metadata.json", json.dumps({"name": "prod-master-0", "public_keys": key}))
    latest = "$JEROBOAM_ROOT/run/jeroboam/config-drive/openstack/latest"
    node.stub("mount", f'mkdir -p "{latest}"; cp "$JEROBOAM_ROOT/metadata.json" "{latest}/meta_data.json"')
    node.stub("umount")
    node.stub("blkid", "echo /dev/vdb" if drive else "exit 2")
    node.stub("curl", "exit 7" if drive else 'cat "$JEROBOAM_ROOT/metadata.json"')
    return node


@pytest.mark.parametrize("drive", [False, True], ids=["service", "config-drive"])
def test_a_masters_keypair_opens_both(node: Node, *, drive: bool) -> None:
    done = _node(node, MASTER, drive=drive).run_script(STEP)
    assert done.returncode == 0, done.stderr
    assert node.text("var/lib/jeroboam/secrets.env") == "".join(
        f"{name}='{b64encode(value).decode()}'\n" for name, value in VALUES.items()
    )
    assert node.mode("var/lib/jeroboam/secrets.env") == 0o600
    assert not node.exists("run/jeroboam/opened")
    assert any(call.startswith("curl ") for call in node.called()) != drive
    said = node.bash('use files; place_secret JEROBOAM_CA_KEY "$ROOT/key" 600')
    assert said.returncode == 0, said.stderr
    assert (node.root / "key").read_bytes() == VALUES["JEROBOAM_CA_KEY"]


def test_what_is_open_is_not_asked_for_again(node: Node) -> None:
    assert _node(node, MASTER).run_script(STEP).returncode == 0
    asked = len(node.called())
    node.stub("curl", "exit 7")
    assert node.run_script(STEP).returncode == 0
    assert len(node.called()) == asked


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        (WORKER, "the server's keypair cannot decrypt JEROBOAM_CA_KEY"),
        (
            keypairs("prod", Seal("0" * 64, "1" * 64))["master_keypair"].comment,
            "cannot decrypt JEROBOAM_CA_KEY",
        ),
        ("ops@example.org", "the server's keypair has no decryption key"),
        (None, "the server's keypair has no decryption key"),
    ],
    ids=["workers", "of-another-file", "a-users-own", "none"],
)
def test_a_keypair_that_does_not_open_them_is_told(node: Node, comment: str | None, says: str) -> None:
    done = _node(node, comment).run_script(STEP)
    assert done.returncode == 1
    assert says in done.stderr
    assert not node.exists("var/lib/jeroboam/secrets.env")
    assert not node.exists("run/jeroboam/opened")


def test_metadata_that_does_not_answer_is_told(node: Node) -> None:
    _node(node, MASTER).stub("curl", "exit 28")
    done = node.run_script(STEP)
    assert done.returncode == 1
    assert "Nova's metadata, which has the key to this node's secrets, cannot be read" in done.stderr
    assert sum(call.startswith("curl ") for call in node.called()) == 10
