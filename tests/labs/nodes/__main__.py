"""`python -m tests.labs.nodes COMMAND…`: runs it where the cloud of these tests and its machines can be.

That is a network with no way out and processes that end when COMMAND does, however it ends. What comes from
registries is installed before: inside there are none.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

from tests.labs.nodes import network
from tests.labs.nodes.place import ENVIRONMENT, FOLDER, ROOT

INSIDE = "inside"
SPACES = ("--net", "--pid", "--fork", "--kill-child", "--mount-proc")


def outside(command: list[str]) -> int:
    """Installs, and goes inside."""
    from tests.labs.cloud import programs as cloud
    from tests.labs.cloud.settings import settings
    from tests.labs.nodes import programs, ways
    from tests.labs.nodes.namespaces import limits

    current = settings()
    programs.install(current)
    if not cloud.is_current(current):
        cloud.install_openstack(current)
    # The first process inside is a shell: it takes leave of processes whose parents are gone.
    shell = (
        "bash",
        "-c",
        '"$@"; exit $?',
        "bash",
        sys.executable,
        "-m",
        "tests.labs.nodes",
        INSIDE,
        *command,
    )
    words = ("setpriv", "--pdeathsig", "KILL", "unshare", *SPACES, *shell)
    if ways.is_emulated():
        return subprocess.run(words).returncode
    if why := limits.lacking():
        sys.exit(f"no nodes of namespaces on this machine: {why}; NODES_BY=emulated boots virtual machines")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with limits.raised():
        return subprocess.run(words).returncode


def inside(command: list[str]) -> int:
    """Sets up the network and the cloud, runs the command, and ends the cloud as an operator would."""
    # What stacks of an earlier run had on their volumes.
    shutil.rmtree(FOLDER / "volumes", ignore_errors=True)
    network.prepare()
    lab = (sys.executable, "-m", "tests.labs.cloud")
    subprocess.run((*lab, "up"), cwd=ROOT, check=True)
    try:
        return subprocess.run(command, cwd=ROOT).returncode
    finally:
        subprocess.run((*lab, "down"), cwd=ROOT)


def main() -> int:
    """The exit status is the command's."""
    words = sys.argv[1:]
    if not words:
        sys.exit(__doc__)
    if os.geteuid() != 0:
        sys.exit("networks and machines of its own need root")
    if words[0] == INSIDE:
        return inside(words[1:])
    os.environ.update(ENVIRONMENT)
    # What reads the environment when it is imported has to begin anew.
    os.environ["JEROBOAM_NODES"] = "1"
    return outside(words)


if __name__ == "__main__":
    sys.exit(main())
