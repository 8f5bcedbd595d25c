"""Nodes of a swarm as the compiler makes them: a real Docker and etcd on each machine, systemd is played."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from jeroboam.model.types import ClusterModel, HeatFact, Role, SecretRef
from jeroboam.plugins import platform
from jeroboam.userdata.environment import CLUSTER_ENV, HEAT_ENV, UNITS, environment_text
from tests.daemons.machine import Machine

SYSTEMCTL = r"""#!/bin/bash
# systemd, as far as docker.service and etcd.service go.
unit=${*: -1}
name=${unit%.service}
pid=$(cat "/run/$name.main" 2>/dev/null)
running() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; }
case "$*" in
  "show "*) echo 0 ;;
  "stop "*.service | "restart "*.service)
    if running; then kill "$pid"; fi
    while running; do sleep 0.1; done
    ;;
esac
case "$*" in
  "restart "*.service)
    unit=/etc/systemd/system/$unit
    set -a
    for file in $(sed -n 's/^EnvironmentFile=\([^-]\)/\1/p' "$unit"); do . "$file"; done
    setsid $(sed -n 's/^ExecStart=//p' "$unit") </dev/null >>"/var/log/$name.log" 2>&1 &
    echo $! >"/run/$name.main"
    ;;
esac
printf '%s\n' "$*" >>/var/log/systemctl.log
"""
RUN = "/opt/jeroboam/run.sh"
STEPS = {
    "master": (
        "42-restored",
        "45-etcd",
        "55-certificate",
        "57-returning",
        "60-docker",
        "65-manager",
        "95-health",
    ),
    "web": ("60-docker", "65-join", "95-health"),
}
"""What is run of each role's steps; the others fetch programs and touch the kernel that all share."""


def become(
    machine: Machine, model: ClusterModel, secrets: Mapping[str, str], addresses: tuple[str, ...]
) -> None:
    """Gives a machine all that the user data of its node would; `addresses` are the masters'."""
    config = _role(model, machine.name).config
    distro = platform(model.spec.distro)
    assert distro
    facts = {
        HeatFact.API_ADDRESS: addresses[0],
        HeatFact.API_PUBLIC_ADDRESS: addresses[0],
        HeatFact.MASTER_ADDRESSES: " ".join(f"{i}={address}" for i, address in enumerate(addresses)),
        HeatFact.SUBNET_CIDR: str(model.spec.network.cidr),
    }
    heat = {
        name: secrets[value.name] if isinstance(value, SecretRef) else facts.get(value, "")
        for name, value in config.heat_values.items()
    }
    for file in config.files:
        machine.place(file.path, file.content, file.mode)
    for unit in config.units:
        machine.place(f"{UNITS}/{unit.name}", unit.content)
    machine.place(CLUSTER_ENV, environment_text({**distro.environment, **config.environment}))
    machine.place(HEAT_ENV, environment_text(heat), 0o600)
    machine.place("/usr/local/bin/systemctl", SYSTEMCTL, 0o755)


def _role(model: ClusterModel, name: str) -> Role:
    wanted = name.removeprefix(f"{model.spec.name}-").rpartition("-")[0]
    return next(role for role in model.roles if role.name == wanted)


def step(machine: Machine, name: str, *before: str) -> subprocess.CompletedProcess[str]:
    """Runs a step of a machine, by the program `before` if there is one."""
    return machine.run(*before, "bash", RUN, f"/opt/jeroboam/steps/{name}.sh", timeout=100)


def boot(machines: Iterable[Machine], before: Mapping[str, tuple[str, ...]] | None = None) -> None:
    """Runs all steps, of all machines at once as Heat makes them; some of the steps by a program `before`."""

    def booted(machine: Machine) -> None:
        for name in STEPS[machine.name.split("-")[1]]:
            done = step(machine, name, *(before or {}).get(name, ()))
            log = machine.at("/var/log/docker.log").read_text("utf-8")[-2000:] if done.returncode else ""
            assert done.returncode == 0, (machine.name, name, done.stdout, done.stderr, log)

    with ThreadPoolExecutor() as pool:
        list(pool.map(booted, machines))


def ran(machine: Machine, *words: str, given: str | None = None) -> str:
    """What a program of a machine, which must not fail, says."""
    done = machine.run(*words, given=given)
    assert done.returncode == 0, (machine.name, words, done.stdout, done.stderr)
    return done.stdout


def until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether something comes to be so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True
