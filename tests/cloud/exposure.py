"""What a cloud tells of a stack to a user of its project, and what Heat's database has after its end."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import PASSWORD, REGION, Settings

MICROVERSION = "2.96"
"""A recent one of Nova's: newer ones tell more."""
_STACK_VIEWS = (
    "",
    "/template",
    "/environment",
    "/files",
    "/outputs",
    "/snapshots",
    "/resources?nested_depth=5",
)


def colleague(lab: Settings, role: str, project: str) -> Any:
    """An openstack.Connection of a user who has nothing but `role` in `project`; made where missing."""
    import openstack

    name = f"{project}-{role}"
    keystone = connect(lab, "jeroboam-admin").identity
    user = keystone.find_user(name) or keystone.create_user(name=name, password=PASSWORD, domain_id="default")
    keystone.assign_project_role_to_user(keystone.find_project(project), user, keystone.find_role(role))
    return openstack.connect(
        auth={
            "auth_url": lab.auth_url, "username": name, "password": PASSWORD, "project_name": project,
            "user_domain_name": "Default", "project_domain_name": "Default",
        },
        region_name=REGION, identity_api_version="3",
    )  # fmt: skip


def told(user: Any, stack: str, owner: str) -> Iterator[tuple[str, str]]:
    """Every answer that `user` gets about the stack and what is in the project: what was asked, and the text.

    `owner` is the id of the user whose stack it is.
    """
    heat = user.orchestration
    found = heat.get(f"/stacks/{stack}").json()["stack"]
    for path in _stacks(heat, f"/stacks/{found['stack_name']}/{found['id']}"):
        yield from _of_stack(heat, path)
    for config in heat.get("/software_configs").json()["software_configs"]:
        yield from _asked(heat, f"/software_configs/{config['id']}")
    yield from _asked(heat, "/software_deployments")
    nova = user.compute
    for path in ("/servers/detail", "/os-server-groups", "/os-keypairs", f"/os-keypairs?user_id={owner}"):
        yield from _asked(nova, path, microversion=MICROVERSION)
    for server in nova.get("/servers").json()["servers"]:
        for view in ("", "/metadata", "/os-instance-actions", "/os-server-password", "/tags"):
            yield from _asked(nova, f"/servers/{server['id']}{view}", microversion=MICROVERSION)
        console = nova.post(f"/servers/{server['id']}/action", json={"os-getConsoleOutput": {}})
        yield f"console of {server['name']}", console.text
    for kind in ("networks", "subnets", "ports", "routers", "floatingips", "security-groups"):
        yield from _asked(user.network, f"/{kind}")
    yield from _asked(user.block_storage, "/volumes/detail")
    yield from _asked(user.image, "/v2/images")


def _of_stack(heat: Any, path: str) -> Iterator[tuple[str, str]]:
    for view in _STACK_VIEWS:
        yield from _asked(heat, f"{path}{view}")
    for output in heat.get(f"{path}/outputs").json().get("outputs", ()):
        yield from _asked(heat, f"{path}/outputs/{output['output_key']}")
    for resource in heat.get(f"{path}/resources").json()["resources"]:
        of = f"{path}/resources/{resource['resource_name']}"
        yield from _asked(heat, of)
        yield from _asked(heat, f"{of}/metadata")
    for event in heat.get(f"{path}/events?limit=1000").json()["events"]:
        own = next(link["href"] for link in event["links"] if link["rel"] == "self")
        yield from _asked(heat, own[own.index("/stacks/") :])


def _stacks(heat: Any, path: str) -> Iterator[str]:
    """The stack, and those nested in it."""
    yield path
    for resource in heat.get(f"{path}/resources?nested_depth=5").json()["resources"]:
        for link in resource["links"]:
            if link["rel"] == "nested":
                yield link["href"][link["href"].index("/stacks/") :]


def _asked(service: Any, path: str, **options: Any) -> Iterator[tuple[str, str]]:
    answer = service.get(path, **options)
    yield f"{service.service_type} GET {path}: {answer.status_code}", answer.text


def dump(lab: Settings) -> str:
    """All rows of Heat's database, binary columns too."""
    socket = lab.folder / "state" / "mysql.sock"
    command = (
        "mariadb-dump",
        "--no-defaults",
        f"--socket={socket}",
        "--user=root",
        "--skip-lock-tables",
        "heat",
    )
    return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace")


def needles(secrets: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What each secret (base64, by name) may be recognised by: its text in the forms that Heat may have."""
    return {name: tuple(_forms(value)) for name, value in secrets.items()}


def _forms(value: str) -> Iterator[str]:
    yield value
    plain = base64.b64decode(value)
    yield plain.hex()
    if plain.isascii():
        text = plain.decode("ascii")
        # Of PEM, a line of its body: as text, and within JSON, lines are joined otherwise.
        yield text.splitlines()[1] if text.startswith("-----BEGIN") else json.dumps(text)[1:-1]


def found_in(text: str, secrets: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The names of the secrets that a text holds."""
    return {name for name, forms in secrets.items() if any(form in text for form in forms)}
