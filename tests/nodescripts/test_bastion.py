"""A bastion's own script: sshd follows its settings whichever way it reads them, and steps run beside."""

from __future__ import annotations

import pytest

from jeroboam.resources import fragment, script
from tests.nodescripts.lab import Node

SETTINGS = "etc/ssh/sshd_config.d/10-jeroboam.conf"
CONFIG = "etc/ssh/sshd_config"


@pytest.fixture
def bastion(node: Node) -> Node:
    node.place("opt/jeroboam/bastion.sh", script("common/bastion.sh"), 0o755)
    node.place(SETTINGS, fragment("common/bastion-sshd.conf"), 0o600)
    node.stub("systemctl")
    return node


@pytest.mark.parametrize(
    "including",
    [
        "Include /etc/ssh/sshd_config.d/*.conf",
        # As Flatcar's only line has it.
        'Include "/etc/ssh/sshd_config.d/*.conf"',
        "# first\n  include\t/etc/ssh/sshd_config.d/*.conf",
    ],
)
def test_an_sshd_that_reads_the_folder_is_left_as_it_is(bastion: Node, including: str) -> None:
    bastion.place(CONFIG, f"{including}\nPasswordAuthentication yes\n")
    assert bastion.run("opt/jeroboam/bastion.sh").returncode == 0
    assert bastion.text(CONFIG) == f"{including}\nPasswordAuthentication yes\n"
    assert bastion.called() == [
        f"systemctl try-reload-or-restart {daemon}.service" for daemon in ("ssh", "sshd")
    ]


def test_an_older_sshd_reads_the_settings_first_and_once(bastion: Node) -> None:
    bastion.place(CONFIG, "#Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication yes\n")
    for _ in range(2):
        assert bastion.run("opt/jeroboam/bastion.sh").returncode == 0
    assert bastion.text(CONFIG) == (
        bastion.text(SETTINGS) + "#Include /etc/ssh/sshd_config.d/*.conf\nPasswordAuthentication yes\n"
    )
    assert bastion.mode(CONFIG) == 0o600


def test_a_step_that_fails_keeps_no_other_from_running(bastion: Node) -> None:
    bastion.place(CONFIG, "Include /etc/ssh/sshd_config.d/*.conf\n")
    bastion.step("00-trust-cas", "fail 'no such tool'")
    bastion.step("05-time", 'touch "$ROOT/timed"')
    assert bastion.run("opt/jeroboam/bastion.sh").returncode == 1
    assert bastion.exists("timed")
