"""The table of the cloud's services, in the order in which they start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tests.labs.cloud.settings import ADDRESS, HERE, ROOT, Settings

WSGI = {
    # name: usual port, module, processes, arguments that its configuration is found by
    "keystone": (5000, "keystone.wsgi.api", 3, ""),
    "placement": (8778, "placement.wsgi.api", 1, ""),
    "glance": (9292, "glance.wsgi.api", 1, ""),
    "neutron-api": (9696, "neutron.wsgi.api", 2, ""),
    "nova-api": (8774, "nova.wsgi.osapi_compute", 2, ""),
    "cinder-api": (8776, "cinder.wsgi.api", 2, "cinder"),
    "octavia-api": (9876, "octavia.wsgi.api", 1, "octavia"),
    "heat-api": (8004, "heat.wsgi.api", 2, "heat"),
    "heat-api-cfn": (8000, "heat.wsgi.cfn", 1, "heat"),
}
"""The APIs. Several processes, but one thread in each: Keystone's middleware keeps the request on itself."""
WORKERS = {
    "nova-conductor": "nova",
    "nova-scheduler": "nova",
    "cinder-scheduler": "cinder",
    "cinder-volume": "cinder",
    "octavia-driver-agent": "octavia",
    "heat-engine": "heat",
}
"""Programs that listen to the message queue alone, by whose configuration they read."""


class Service(NamedTuple):
    """One process group of the cloud."""

    name: str
    command: tuple[str, ...]
    port: int | None = None
    """Where it listens once it is up, if anywhere."""
    environment: Mapping[str, str] = {}


def foundations(settings: Settings) -> tuple[Service, ...]:
    """What the services of OpenStack stand on; programs of the distribution."""
    state, etc = settings.folder / "state", settings.folder / "etc"
    epmd, queue = settings.port(4369), settings.port(5672)
    erlang = {"ERL_EPMD_ADDRESS": ADDRESS, "ERL_EPMD_PORT": str(epmd)}
    rabbit = {
        "HOME": str(state / "rabbitmq"),  # where Erlang keeps its cookie
        "RABBITMQ_NODENAME": "jeroboam@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": ADDRESS,
        "RABBITMQ_NODE_PORT": str(queue),
        "RABBITMQ_DIST_PORT": str(settings.port(5673)),
        "RABBITMQ_MNESIA_BASE": str(state / "rabbitmq" / "mnesia"),
        "RABBITMQ_LOG_BASE": str(settings.folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(etc / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(etc / "rabbitmq_plugins"),
        "RABBITMQ_PID_FILE": str(state / "rabbitmq" / "pid"),
        # The distribution's port on the loopback too, and no busy waiting on a machine with few cores.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
    }
    cache = (
        "memcached",
        "-u",
        "nobody",
        "-l",
        ADDRESS,
        "-p",
        str(settings.port(11211)),
        "-m",
        "128",
        "-c",
        "4096",
    )
    return (
        Service("epmd", ("epmd",), epmd, erlang),
        Service("rabbitmq", ("/usr/lib/rabbitmq/bin/rabbitmq-server",), queue, {**erlang, **rabbit}),
        Service("mariadb", ("mariadbd", f"--defaults-file={etc / 'mariadb.cnf'}"), settings.port(3306)),
        Service("memcached", cache, settings.port(11211)),
    )


def openstack(settings: Settings) -> tuple[Service, ...]:
    """OpenStack's own; Keystone comes first and must be served its users before the others start."""
    return (
        *(_api(settings, name) for name in WSGI),
        *(_worker(settings, name) for name in WORKERS),
        *(_compute(settings, number) for number in range(1, settings.chosen.computes + 1)),
    )


def every(settings: Settings) -> tuple[Service, ...]:
    return (*foundations(settings), *openstack(settings))


def environment(settings: Settings) -> dict[str, str]:
    """What each service finds in its environment, whoever starts it."""
    etc = settings.folder / "etc"
    return {
        "PATH": f"{settings.programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(settings.folder / "state"),
        "XDG_CACHE_HOME": str(settings.folder / "state" / "cache"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": f"{ROOT}:{HERE / 'plugins'}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "JEROBOAM_CLOUD": str(settings.folder),
        "OS_GLANCE_CONFIG_DIR": str(etc / "glance"),
        "OS_KEYSTONE_CONFIG_FILES": str(etc / "keystone.conf"),
        "OS_NEUTRON_CONFIG_DIR": str(etc / "neutron"),
        "OS_NEUTRON_CONFIG_FILES": "neutron.conf",
        "OS_NOVA_CONFIG_DIR": str(etc / "nova"),
        "OS_PLACEMENT_CONFIG_DIR": str(etc / "placement"),
    }


def configuration(settings: Settings, of: str) -> tuple[str, ...]:
    """The arguments by which a program finds its configuration."""
    elsewhere = {
        "glance": "glance/glance-api.conf",
        "neutron": "neutron/neutron.conf",
        "nova": "nova/nova.conf",
        "placement": "placement/placement.conf",
    }
    return "--config-file", str(settings.folder / "etc" / elsewhere.get(of, f"{of}.conf"))


def _api(settings: Settings, name: str) -> Service:
    usual, module, processes, of = WSGI[name]
    port = settings.port(usual)
    arguments = ("--pyargv", " ".join(configuration(settings, of))) if of else ()
    return Service(
        name,
        (
            str(settings.programs / "uwsgi"),
            *("--ini", str(settings.folder / "etc" / "uwsgi.ini")),
            *("--http-socket", f"{ADDRESS}:{port}"),
            *("--module", f"{module}:application"),
            *("--processes", str(processes), "--threads", "1"),
            *("--procname-prefix", f"{name} "),
            *arguments,
        ),
        port,
    )


def _worker(settings: Settings, name: str) -> Service:
    return Service(name, (str(settings.programs / name), *configuration(settings, WORKERS[name])))


def _compute(settings: Settings, number: int) -> Service:
    name = f"nova-compute-{number}"
    own = ("--config-file", str(settings.folder / "etc" / "nova" / f"{name}.conf"))
    program = (str(settings.programs / "python"), "-m", "tests.labs.cloud.drivers.compute")
    return Service(name, (*program, *configuration(settings, "nova"), *own))
