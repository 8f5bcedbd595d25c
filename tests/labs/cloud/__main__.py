"""`python -m tests.labs.cloud`: the cloud's own command line, see `--help`."""

from __future__ import annotations

import argparse
import fcntl
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.labs.cloud import configuration, databases, processes, programs, seed, services
from tests.labs.cloud.settings import CONCERNED, PASSWORD, REGION, RefusedError, Settings, choose, settings

ACTIONS = {
    "start": "start a service",
    "stop": "end a service, as an operator would",
    "kill": "end a service at once (SIGKILL)",
    "restart": "stop it and start it",
    "pause": "make a service hang (SIGSTOP)",
    "resume": "let it go on (SIGCONT)",
}
CONTENTS = (
    *("state", "etc", "log", "run", "faults", "console"),
    *("settings.json", "clouds.yaml", "id_ed25519", "id_ed25519.pub"),
)
PROGRAMS = ("venv", "up.lock")
"""All that there is in the cloud's folder."""
BEGAN = time.monotonic()


def up(current: Settings) -> None:
    """From a bare Debian to a cloud that takes stacks; what is done already is left alone."""
    folder = current.folder
    for name in ("log", "run", "state"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    with _alone(current):
        _install(current)
        configuration.write(current)
        started = _start_all(current)
        if started:
            _say("waiting for hosts and engines")
            seed.ready(current)
        if not seed.is_done(current):
            seed.zones(current)
            seed.mark_done(current)
    _say(f"up: OS_CLIENT_CONFIG_FILE={current.clouds} OS_CLOUD=jeroboam")


def install(current: Settings) -> None:
    """What `up` does of it first: the programs, where they are not there."""
    (current.folder / "log").mkdir(parents=True, exist_ok=True)
    with _alone(current):
        _install(current)


def _install(current: Settings) -> None:
    if packages := programs.missing():
        _say(f"packages of Debian: {' '.join(packages)}")
        programs.install_packages(current, packages)
    if not programs.is_current(current):
        _say(f"OpenStack from PyPI, into {current.venv}")
        programs.install_openstack(current)


def _start_all(current: Settings) -> bool:
    """Whether anything had to be started."""
    state = current.folder / "state"
    ground, (keystone, *others) = services.foundations(current), services.openstack(current)
    if any(processes.pid(current, service.name) is None for service in ground):
        _say(", ".join(service.name for service in ground))
    databases.make_server(current)
    started = [processes.start(current, service) for service in ground]
    processes.listening(current, ground)
    if not (state / "tables").exists():
        _say("databases and their tables")
        databases.make_databases(current)
        databases.make_tables(current)
        (state / "tables").touch()
    started.append(processes.start(current, keystone))
    processes.listening(current, [keystone])
    if not seed.is_done(current):
        _say("users, roles and the catalogue")
        seed.identity(current)
    missing = [service for service in others if processes.pid(current, service.name) is None]
    if missing:
        _say(f"{len(missing)} services of OpenStack")
    started += [processes.start(current, service) for service in missing]
    processes.listening(current, others)
    if not seed.is_done(current):
        _say("images, flavors, networks, volume types, key pair")
        seed.resources(current)
    return any(started)


def down(current: Settings, *, wipe: bool, purge: bool) -> None:
    """Ends every service; `wipe` forgets what the cloud holds, `purge` removes its programs too."""
    ground = [service.name for service in services.foundations(current)]
    _say("stopping")
    how = signal.SIGKILL if wipe or purge else signal.SIGTERM
    processes.stop(current, [name for name in processes.names(current) if name not in ground], how=how)
    for name in ("memcached", "rabbitmq", "mariadb", "epmd"):
        processes.stop(current, [name], how=how)
    # By name: nobody's home folder shall go because JEROBOAM_CLOUD named it.
    for name in (*(CONTENTS if wipe or purge else ()), *(PROGRAMS if purge else ())):
        target = current.folder / name
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
    if purge and current.folder.exists() and not any(current.folder.iterdir()):
        current.folder.rmdir()
    _say("down")


def status(current: Settings) -> int:
    """A line for each service; 1 when one of them does not run."""
    total, lacking = 0, 0
    for service in services.every(current):
        group = processes.pid(current, service.name)
        used = processes.memory(group) if group else 0
        total, lacking = total + used, lacking + (group is None)
        words = f"pid {group:<8}{used >> 20:>6} MiB" if group else "does not run"
        print(f"{service.name:<22}{words}{f'  port {service.port}' if service.port else ''}")
    print(f"{'all':<22}{'':<12}{total >> 20:>6} MiB")
    return 1 if lacking else 0


def act(current: Settings, verb: str, name: str) -> None:
    """One of ACTIONS on one service."""
    service = {one.name: one for one in services.every(current)}.get(name)
    if service is None:
        known = ", ".join(one.name for one in services.every(current))
        raise RefusedError(f"no service is called '{name}'; there are: {known}")
    if verb in ("stop", "kill", "restart"):
        how = signal.SIGKILL if verb == "kill" else signal.SIGTERM
        processes.stop(current, [name], how=how)
    if verb in ("start", "restart"):
        processes.start(current, service)
        processes.listening(current, [service])
    if verb in ("pause", "resume"):
        processes.pause(current, name, resume=verb == "resume")


def change(current: Settings, name: str, value: str) -> None:
    """Changes a setting and restarts the services that it concerns, if they run."""
    current = choose(current, name, value)
    if not (current.venv / "installed").exists():
        return
    configuration.write(current)
    for service in CONCERNED.get(name.replace("-", "_"), ()):
        if processes.pid(current, service) is not None:
            act(current, "restart", service)


def print_environment(current: Settings, user: str) -> None:
    """Lines for a shell's `eval`."""
    values = {
        "OS_AUTH_URL": current.auth_url,
        "OS_AUTH_TYPE": "password",
        "OS_USERNAME": user,
        "OS_PASSWORD": PASSWORD,
        "OS_PROJECT_NAME": user,
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_IDENTITY_API_VERSION": "3",
        "OS_REGION_NAME": REGION,
    }
    for name, value in values.items():
        print(f"export {name}={value}")


@contextmanager
def _alone(current: Settings) -> Iterator[None]:
    """One `up` at a time of those with the same programs: a second one waits, and finds all done."""
    current.venv.parent.mkdir(parents=True, exist_ok=True)
    with (current.venv.parent / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(f"{time.monotonic() - BEGAN:6.1f} s  {text}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.labs.cloud",
        description="A real OpenStack on 127.0.0.1 without a hypervisor; see docs/testing.md.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    verbs.add_parser("up", help="install, start and fill what is missing")
    verbs.add_parser("install", help="only that")
    ending = verbs.add_parser("down", help="end all services; the cloud's contents stay")
    ending.add_argument("--wipe", action="store_true", help="forget the contents, keep the programs")
    ending.add_argument("--purge", action="store_true", help="remove the whole folder")
    verbs.add_parser("status", help="list the services with their memory")
    for verb, text in ACTIONS.items():
        verbs.add_parser(verb, help=text).add_argument("name", help="as `status` prints it")
    setting = verbs.add_parser("set", help="change a setting: token-seconds, heat-retries, …")
    setting.add_argument("name")
    setting.add_argument("value")
    shell = verbs.add_parser("env", help="print OS_* of a user for a shell")
    shell.add_argument("user", nargs="?", default="demo", choices=("demo", "admin", "other"))
    return parser.parse_args()


def main() -> int:
    """The exit status: 0, or 1 with a message."""
    arguments = _arguments()
    try:
        current = settings()
        match arguments.verb:
            case "up":
                up(current)
            case "install":
                install(current)
            case "down":
                down(current, wipe=arguments.wipe, purge=arguments.purge)
            case "status":
                return status(current)
            case "set":
                change(current, arguments.name, arguments.value)
            case "env":
                print_environment(current, arguments.user)
            case verb:
                act(current, verb, arguments.name)
    except RefusedError as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
