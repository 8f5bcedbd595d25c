"""`credentials`: a user's files for a cluster, issued from its secrets file and tried at its API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from random import SystemRandom
from typing import Annotated, NamedTuple

import typer

from jeroboam import plugins
from jeroboam.cli.clouds import CloudOption, RegionOption, connected, existing
from jeroboam.cli.files import PRIVATE, written
from jeroboam.cli.greeting import acceptable, greeted, tell, url_of
from jeroboam.cli.inputs import ClusterArgument, OutsideOption, SecretsOption, is_spec
from jeroboam.cli.reporting import report
from jeroboam.cli.secrets_file import held_in
from jeroboam.cli.secrets_place import secrets_file
from jeroboam.cli.terminal import CommandError, Exit, failing, result, say, standard_input
from jeroboam.deploy.clusters import Endpoint, described, endpoint
from jeroboam.deploy.connection import Cloud
from jeroboam.deploy.stacks import template
from jeroboam.deploy.tags import marks, other_secrets
from jeroboam.deploy.tls_probe import Answer
from jeroboam.deploy.types import Stack
from jeroboam.emit import Bundle
from jeroboam.escape import shell
from jeroboam.hot.contract import OutputName
from jeroboam.model.access import ClusterAccess, Credentials
from jeroboam.model.protocols import Driver
from jeroboam.model.types import ClusterModel
from jeroboam.pipeline import plan_spec
from jeroboam.secrets import Refusal
from jeroboam.secrets.issue import expiry, issued
from jeroboam.serialize import json_text
from jeroboam.storage.folder import make

PRIVATE_FOLDER = 0o700


class CredentialsFormat(StrEnum):
    """How the result is printed."""

    TEXT = "text"
    JSON = "json"


class _Whose(NamedTuple):
    """A cluster to issue credentials for; `stack` is None where the cloud was not asked.

    `spec` is its spec's path, None where it was named by its stack.
    """

    name: str
    coe: str
    endpoint: Endpoint
    stack: Stack | None
    spec: str | None


def credentials(
    cluster: ClusterArgument,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="The folder; '-' prints the file where there is but one.  [default: <name>.credentials]",
            show_default=False,
        ),
    ] = None,
    secrets: SecretsOption = None,
    address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="IP or name of the API; with a spec, no cloud is asked.",
            show_default=False,
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, metavar="N", help="How long the certificate is valid.")] = 365,
    verify: Annotated[bool, typer.Option(help="Whether to connect to the API afterwards.")] = True,
    form: Annotated[
        CredentialsFormat, typer.Option("--format", help="How the result is printed.")
    ] = CredentialsFormat.TEXT,
    allow_outside: OutsideOption = False,
    cloud: CloudOption = None,
    region: RegionOption = None,
) -> None:
    """Write the credentials for a cluster, such as its kubeconfig.

    For Kubernetes a kubeconfig, for Docker Swarm a client bundle of the docker command, for Mesos the
    URLs and the password of Marathon and Mesos. They are generated on this machine from the cluster's
    secrets file, with a new private key each time; the cloud is asked only for the API's address, and with a
    spec and --address not even for that. The files are readable by you alone.

    Then the address is tried: whether the API answers, and whether its certificate is signed by this
    cluster's CA and valid for the address. An API that does not answer is a warning: a firewall may be in
    between.

    Standard output is the shell line that makes the files take effect.

    Examples:
      jeroboam credentials prod
      eval "$(jeroboam credentials prod)"
      jeroboam credentials prod -o ~/.clusters/prod --secrets /safe/prod.secrets.yaml
      jeroboam credentials prod --days 1 -o - > kubeconfig
      jeroboam credentials prod.yaml --address 192.0.2.7    asks no cloud

    Exit status:
      0  the files are written; the API may not have answered
      1  not written, or the server at that address is not this cluster's
      3  the spec has errors
    """
    if output == "-" and form is CredentialsFormat.JSON:
        raise typer.BadParameter("'-o -' prints the file itself; omit --format")
    whose = _whose(cluster, address, cloud, region, allow_outside=allow_outside)
    path = secrets_file(whose.name, whose.spec, secrets)
    values = _values(path)
    if whose.stack:
        _agree(whose.stack, values, path)
    wanted = _driver(whose.coe).credentials(_access(whose, values))
    texts, expires = _issued(wanted, values, path, days)
    if output == "-":
        if len(texts) > 1:
            raise typer.BadParameter(f"there are {len(texts)} files: {', '.join(texts)}; name a folder")
        result(next(iter(texts.values())))
        return
    folder = (output or f"{whose.name}.credentials").rstrip("/") or "/"
    _place(folder, texts)
    answer = greeted(whose.endpoint, wanted, values) if verify else None
    _tell(whose, wanted, folder, tuple(texts), expires, answer, form)
    if answer and not acceptable(answer):
        raise typer.Exit(Exit.FAILED)


def _whose(
    cluster: str, address: str | None, cloud: str | None, region: str | None, *, allow_outside: bool
) -> _Whose:
    if is_spec(cluster):
        model = _model(cluster, allow_outside=allow_outside)
        if address is None:
            _, stack = _stack(cloud, region, model.spec.name)
            return _Whose(model.spec.name, model.spec.coe, _where(stack), stack, cluster)
        endpoint = Endpoint(model.api.scheme, address.strip("[]"), model.api.port, ())
        return _Whose(model.spec.name, model.spec.coe, endpoint, None, cluster)
    connection, stack = _stack(cloud, region, cluster)
    found = described(template(connection, stack.identity))
    if found is None:
        raise CommandError(
            f"the stack '{stack.name}' is no cluster of jeroboam's: it has no output {OutputName.CLUSTER}",
            f"name the spec instead: {shell('jeroboam', 'credentials', f'{stack.name}.yaml')}",
        )
    endpoint = _where(stack)
    return _Whose(
        found.name, found.coe, endpoint._replace(address=address) if address else endpoint, stack, None
    )


def _model(spec: str, *, allow_outside: bool) -> ClusterModel:
    planned = plan_spec(spec, stdin=standard_input() if spec == "-" else None, allow_outside=allow_outside)
    if planned.value is None:
        report(spec, planned)
        raise typer.Exit(Exit.INVALID_SPEC)
    return planned.value


def _stack(cloud: str | None, region: str | None, name: str) -> tuple[Cloud, Stack]:
    connection = connected(cloud, region)
    return connection, existing(connection, name)


def _where(stack: Stack) -> Endpoint:
    found = endpoint(stack)
    if found is None:
        raise CommandError(
            f"the stack '{stack.name}' does not say yet where its API is ({stack.action}_{stack.status})",
            f"see {shell('jeroboam', 'status', stack.name)}; with a spec and --address no stack is asked",
        )
    return found


def _driver(coe: str) -> Driver:
    driver = plugins.driver(coe)
    if driver is None:
        raise CommandError(
            f"this release has no driver for '{coe}'", f"it has: {', '.join(plugins.names('drivers'))}"
        )
    return driver


def _access(whose: _Whose, values: dict[str, str]) -> ClusterAccess:
    at = whose.endpoint
    return ClusterAccess(whose.name, at.scheme, at.address, at.port, at.masters, frozenset(values))


def _values(path: str) -> dict[str, str]:
    """The secrets file's base64 values, by name."""
    held = held_in(path)
    if held is None:
        raise CommandError(
            f"there is no secrets file '{path}'",
            "name the one that the stack was created with by --secrets; its CA signs the credentials",
        )
    return {name: str(value) for name, value in held.parameters.items()}


def _agree(stack: Stack, values: dict[str, str], path: str) -> None:
    if other_secrets(stack, marks(Bundle(stack.name, (), 0, ()), values)):
        raise CommandError(
            f"'{path}' is not the secrets file that the stack '{stack.name}' was created with: "
            "its CA differs",
            "pass the right one with --secrets",
        )


def _issued(
    wanted: Credentials, values: dict[str, str], path: str, days: int
) -> tuple[dict[str, str], datetime | None]:
    now, lifetime = datetime.now(UTC), timedelta(days=days)
    texts = issued(wanted, values, random=SystemRandom(), now=now, lifetime=lifetime)
    if isinstance(texts, Refusal):
        raise CommandError(f"'{path}' {texts.message}", texts.hint)
    return texts, expiry(wanted, values, now=now, lifetime=lifetime)


def _place(folder: str, texts: dict[str, str]) -> None:
    with failing("write", folder):
        make(Path(folder), PRIVATE_FOLDER)
        for name, text in texts.items():
            written(f"{folder}/{name}", text, PRIVATE)


def _tell(
    whose: _Whose,
    wanted: Credentials,
    folder: str,
    files: tuple[str, ...],
    expires: datetime | None,
    answer: Answer | None,
    form: CredentialsFormat,
) -> None:
    use = [line.format(folder=shell(folder)) for line in wanted.use]
    until = expires.date().isoformat() if expires else None
    if form is CredentialsFormat.JSON:
        greeting = answer.greeting.name.lower() if answer else None
        facts = {
            "cluster": whose.name,
            "coe": whose.coe,
            "api_url": url_of(whose.endpoint),
            "folder": folder,
            "files": list(files),
            "valid_until": until,
            "api": greeting,
            "api_reason": (answer.reason or None) if answer else None,
            "use": use,
        }
        result(json_text(facts))
        return
    identity = f"; certificate of '{wanted.client.common_name}', valid until {until}" if wanted.client else ""
    say(f"{folder}: {', '.join(files)}{identity}")
    if answer:
        tell(whose.endpoint, answer)
        if not acceptable(answer):
            return
    if len(use) > 1:
        say(f"  next: {use[0]} && {use[1]}")
    result(f"{use[0]}\n")
