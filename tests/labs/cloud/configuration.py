"""The services' configuration: the files below etc/, with what only this cloud knows for their `$names`."""

from __future__ import annotations

import shutil
from string import Template
from typing import NamedTuple

from tests.labs.cloud.settings import ADDRESS, HERE, PASSWORD, REGION, Settings

ETC = HERE / "etc"
API = ("shared/database.conf", "shared/keystone_authtoken.conf")
MESSAGES = "shared/messages.conf"


class Rendered(NamedTuple):
    """One file of the cloud's `etc`, made of files of ours put one after the other."""

    path: str
    parts: tuple[str, ...]
    service: str = ""
    """Whose user, database and folder it speaks of."""


class Copied(NamedTuple):
    """A file or folder that comes with a package, taken as it is."""

    path: str
    source: str
    """Below the virtual environment's etc/."""


RENDERED = (
    Rendered("uwsgi.ini", ("uwsgi.ini",)),
    Rendered("mariadb.cnf", ("mariadb.cnf",)),
    Rendered("rabbitmq.conf", ("rabbitmq.conf",)),
    Rendered("rabbitmq_plugins", ("rabbitmq_plugins",)),
    Rendered("keystone.conf", ("keystone.conf", "shared/database.conf"), "keystone"),
    Rendered("placement/placement.conf", ("placement.conf", "shared/keystone_authtoken.conf"), "placement"),
    Rendered("glance/glance-api.conf", ("glance-api.conf", *API), "glance"),
    Rendered("neutron/neutron.conf", ("neutron.conf", MESSAGES, *API), "neutron"),
    Rendered("nova/nova.conf", ("nova.conf", MESSAGES, *API), "nova"),
    Rendered("cinder.conf", ("cinder.conf", MESSAGES, *API), "cinder"),
    Rendered("octavia.conf", ("octavia.conf", MESSAGES, *API), "octavia"),
    Rendered("heat.conf", ("heat.conf", MESSAGES, *API), "heat"),
    Rendered("../clouds.yaml", ("clouds.yaml",)),
)
COPIED = (
    Copied("glance/glance-api-paste.ini", "glance/glance-api-paste.ini"),
    Copied("neutron/api-paste.ini", "neutron/api-paste.ini"),
    Copied("nova/api-paste.ini", "nova/api-paste.ini"),
    Copied("cinder/api-paste.ini", "cinder/api-paste.ini"),
    Copied("cinder/resource_filters.json", "cinder/resource_filters.json"),
    Copied("heat/api-paste.ini", "heat/api-paste.ini"),
    Copied("heat/environment.d", "heat/environment.d"),
    Copied("heat/templates", "heat/templates"),
)
FOLDERS = (
    "console",
    "faults",
    "state/mysql",
    "state/rabbitmq",
    "state/glance/store",
    *(f"state/{service}/lock" for service in ("nova", "neutron", "cinder", "octavia", "heat")),
)
PRIVATE = ("state/keystone/fernet", "state/keystone/credential")


def write(settings: Settings) -> None:
    """Makes the folders and all files below etc/, and clouds.yaml; what was there is written anew."""
    for name in FOLDERS:
        (settings.folder / name).mkdir(parents=True, exist_ok=True)
    for name in PRIVATE:
        (settings.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    etc = settings.folder / "etc"
    for file in RENDERED:
        target = etc / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(rendered(settings, file), encoding="utf-8")
    for number in range(1, settings.chosen.computes + 1):
        (settings.folder / "state" / f"nova-compute-{number}").mkdir(exist_ok=True)
        text = _filled("nova-compute.conf", {**_values(settings, ""), "number": str(number)})
        (etc / "nova" / f"nova-compute-{number}.conf").write_text(text, encoding="utf-8")
    for copied in COPIED:
        source = settings.venv / "etc" / copied.source
        target = etc / copied.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


def rendered(settings: Settings, file: Rendered) -> str:
    """Its text. A section may come twice: oslo.config reads both as one."""
    values = _values(settings, file.service)
    return "\n".join(_filled(part, values) for part in file.parts)


def _filled(part: str, values: dict[str, str]) -> str:
    return Template((ETC / part).read_text(encoding="utf-8")).substitute(values)


def _values(settings: Settings, service: str) -> dict[str, str]:
    values = {
        "address": ADDRESS,
        "password": PASSWORD,
        "region": REGION,
        "service": service,
        "state": str(settings.folder / "state"),
        "etc": str(settings.folder / "etc"),
        "auth_url": settings.auth_url,
        "keystone_url": settings.url(5000),
        "glance_url": settings.url(9292),
        "octavia_url": settings.url(9876),
        "heat_cfn_url": settings.url(8000),
        "memcached": f"{ADDRESS}:{settings.port(11211)}",
        "port_mariadb": str(settings.port(3306)),
        "port_rabbitmq": str(settings.port(5672)),
        "port_octavia": str(settings.port(9876)),
        "database": settings.database(service),
        "nova_api_database": settings.database("nova_api"),
        "token_seconds": str(settings.chosen.token_seconds),
        "heat_retries": str(settings.chosen.heat_retries),
        "rpc_seconds": str(settings.chosen.heat_rpc_seconds),
    }
    users = {"itself": service, **{name: name for name in ("nova", "neutron", "placement")}}
    for name, user in users.items():
        values[f"as_{name}"] = _filled("shared/credentials.conf", {**values, "user": user})
    return values
