"""The programs that the cloud runs: Debian's packages, and OpenStack in an environment of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.labs.cloud.settings import HERE, RefusedError, Settings

PACKAGES = {
    "erl": "erlang-base",
    "rabbitmqctl": "rabbitmq-server",
    "mariadbd": "mariadb-server",
    "mariadb": "mariadb-client",
    "memcached": "memcached",
    "cc": "gcc libc6-dev",  # uwsgi is built when it is installed
    "chromium": "chromium fonts-dejavu-core",  # opens the pages that `diagnose` writes
    "jq": "jq",  # what pages have people give JSON to
}
"""Which of Debian's packages has each program that is needed."""
POLICY = Path("/usr/sbin/policy-rc.d")
"""Whether Debian may start what it installs, see invoke-rc.d(8): the cloud runs copies of its own."""
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def missing() -> list[str]:
    """The Debian packages to install."""
    wanted = [packages for program, packages in PACKAGES.items() if not shutil.which(program, path=SEARCHED)]
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        wanted.append("python3-dev")
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        wanted.append("python3-venv")
    return " ".join(wanted).split()


def install_packages(settings: Settings, packages: Sequence[str]) -> None:
    """By apt-get, nothing started."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise RefusedError(f"the cloud needs root on a Debian, or these packages: {', '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=900", "--no-install-recommends")
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        POLICY.chmod(0o755)
    try:
        run(settings, "apt", (*apt, "update"), quiet)
        run(settings, "apt", (*apt, "install", *packages), quiet)
    finally:
        if ours:
            POLICY.unlink()


def is_current(settings: Settings) -> bool:
    """Whether the environment has what requirements.txt and constraints.txt ask for."""
    mark = settings.venv / "installed"
    # The interpreter is a link, which leads nowhere once the one behind it was replaced.
    return (
        mark.exists()
        and (settings.programs / "python").exists()
        and mark.read_text(encoding="ascii") == _wanted()
    )


def install_openstack(settings: Settings) -> None:
    """By pip, into the virtual environment."""
    environment = settings.venv
    pip = (str(settings.programs / "python"), "-m", "pip", "install", "--progress-bar", "off")
    files = ("-r", str(HERE / "requirements.txt"), "-c", str(HERE / "constraints.txt"))
    if not ((settings.programs / "pip").exists() and (settings.programs / "python").exists()):
        run(settings, "pip", (sys.executable, "-m", "venv", "--clear", str(environment)))
    run(settings, "pip", (*pip, "--disable-pip-version-check", *files))
    (environment / "installed").write_text(_wanted(), encoding="ascii")


def run(
    settings: Settings, log: str, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> None:
    """Runs a program to its end, its output added to a log; RefusedError with its last lines if it fails."""
    file = settings.folder / "log" / f"{log}.log"
    with file.open("ab") as output:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    if done.returncode:
        words = "\n".join(
            f"  {line}" for line in file.read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        )
        raise RefusedError(
            f"'{' '.join(command[:4])} …' failed (exit {done.returncode}); its log, {file}, ends:\n{words}"
        )


def _wanted() -> str:
    texts = (HERE / "requirements.txt").read_bytes() + (HERE / "constraints.txt").read_bytes()
    return hashlib.sha256(texts + sys.version.encode()).hexdigest()
