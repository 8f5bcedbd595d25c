"""A cloud to talk to: found by openstacksdk's loader, one session for all services, every request counted."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jeroboam.deploy.errors import NO_CLOUD, CloudError, asking
from jeroboam.deploy.exchange import excerpt
from jeroboam.deploy.settings import Ask, Login, chosen
from jeroboam.escape import shell

_LIBRARIES = ("keystoneauth", "openstack", "heatclient", "urllib3")
_UNAUTHORIZED = 401
REDIRECTS = 5
"""How many redirects are followed; Heat's own are one, from a stack's name to its id."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Connected clients of one project in one region.

    `sdk` is an openstack.connection.Connection, `heat` a heatclient.v1.client.Client; `requests` counts
    what was asked, by service type; `options` are those by which a command finds the
    same cloud again. `ahead` is by how many seconds this machine's clock is ahead of Keystone's, None where
    a login does not tell. `auth_type` is keystoneauth's name of how the user logs in, such as
    `password`, `token` or `v3applicationcredential`.
    """

    name: str
    region: str
    auth_type: str
    sdk: Any
    heat: Any
    requests: Counter[str]
    options: tuple[str, ...] = ()
    ahead: float | None = None


def connect(cloud: str | None = None, region: str | None = None, *, ask_password: Ask | None = None) -> Cloud:
    """The cloud named `cloud` in clouds.yaml, or that of OS_CLOUD or the OS_* variables, logged in to.

    `ask_password` is called where only the password is missing. Raises CloudError, also where the login
    fails.
    """
    from openstack.connection import Connection

    for library in _LIBRARIES:
        # Python prints warnings of a logger that nobody listens to; what matters of them is in the problem.
        logging.getLogger(library).addHandler(logging.NullHandler())
    counted: Counter[str] = Counter()
    login = chosen(cloud, region, _constructor(counted), ask_password)
    with _as(login), _hinting(login), _logging_in(), asking("log in to the cloud"):
        connection = Connection(config=login.config)
        _bound(connection.session, login)
        connection.session.get_token()
        ahead = _ahead(connection.session)
    with _as(login):
        return Cloud(
            name=login.config.name or "",
            region=login.config.region_name or "",
            auth_type=str(login.config.config.get("auth_type") or "password"),
            sdk=connection,
            heat=_heat(connection, login.config),
            requests=counted,
            options=(
                *(("--os-cloud", cloud) if cloud else ()),
                *(("--os-region-name", region) if region else ()),
            ),
            ahead=ahead,
        )


def bare_session(who: str, secrets: frozenset[str], *, verify: bool | str) -> Any:
    """A session without a login, whose requests end as those to a cloud do; `verify` is a file of CAs, or so.

    `who` asks by it, in words, and `secrets` are never quoted.
    """
    session = _constructor(Counter())(verify=verify)
    session.session.who, session.session.secrets = who, secrets
    return session


def _ahead(session: Any) -> float | None:
    """This machine's time minus Keystone's, which has just issued the session's token, in seconds."""
    get_access = getattr(session.auth, "get_access", None)
    issued = getattr(get_access(session), "issued", None) if get_access else None
    return None if issued is None else (datetime.now(UTC) - issued).total_seconds()


def watch_command(cloud: Cloud, name: str) -> str:
    """The command that watches the stack `name` of that cloud."""
    return shell("jeroboam", "status", "--watch", name, *cloud.options)


def _constructor(counted: Counter[str]) -> type[Any]:
    """The class of keystoneauth sessions whose requests end, and are counted by service type."""
    from keystoneauth1 import exceptions, session

    from jeroboam.deploy import transport

    class BoundedSession(session.Session):  # type: ignore[misc]
        """Asks once: how often to ask again, and how long to wait between, is not left to a library."""

        def __init__(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> None:
            kwargs |= {"session": transport.Transport(), "redirect": REDIRECTS}
            super().__init__(*args, timeout=timeout or transport.TIMEOUT_SECONDS, **kwargs)

        def request(self, url: str, method: str, *args: Any, **kwargs: Any) -> Any:
            counted[str((kwargs.get("endpoint_filter") or {}).get("service_type", "identity"))] += 1
            # It would sleep for as long as Retry-After says, and that may be for ever.
            kwargs |= {"connect_retries": 0, "status_code_retries": 0}
            try:
                with transport.deadline(transport.DEADLINE_SECONDS):
                    return super().request(url, method, *args, **kwargs)
            except exceptions.Unauthorized as error:
                if kwargs.get("authenticated") is False and url == getattr(self.auth, "auth_url", None):
                    # It would ask Keystone's versions again with a token, and wait for itself to get one.
                    raise exceptions.DiscoveryFailure(str(error)) from error
                raise

    return BoundedSession


def _bound(session: Any, login: Login) -> None:
    """Has the session say as whom it asks, and never what with."""
    session.session.who, session.session.secrets = login.who, login.secrets


@contextmanager
def _as(login: Login) -> Iterator[None]:
    """A problem in the block is told with the user and the cloud that it concerns."""
    try:
        yield
    except CloudError as problem:
        problem.who = problem.who or login.who
        raise


@contextmanager
def _hinting(login: Login) -> Iterator[None]:
    """What stands in the way of a login is told with where that can be put right."""
    try:
        yield
    except CloudError as problem:
        if problem.status == _UNAUTHORIZED:
            problem.hint = login.if_refused
        elif problem.temporary and problem.unanswered:
            problem.hint = login.if_away
        raise


@contextmanager
def _logging_in() -> Iterator[None]:
    """What the plugins that log in raise besides is said as it is: some raise plain Exception."""
    try:
        yield
    except CloudError:
        raise
    except Exception as error:
        raise CloudError(f"cannot log in to the cloud: {excerpt(str(error))}", NO_CLOUD) from error


def _heat(connection: Any, config: Any) -> Any:
    from heatclient.client import Client

    with asking("find Heat in the cloud's catalogue"):
        endpoint = config.get_session_endpoint("orchestration")
        if endpoint is None:
            raise _no_heat(connection, config.region_name or "")
        return Client(
            "1",
            session=connection.session,
            service_type="orchestration",
            interface=config.get_interface("orchestration") or "public",
            region_name=config.region_name or None,
            endpoint_override=config.get_endpoint("orchestration"),
        )


def _no_heat(connection: Any, region: str) -> CloudError:
    """That the catalogue has no Heat, or none in that region."""
    catalogue = connection.session.auth.get_access(connection.session).service_catalog
    endpoints = catalogue.get_endpoints(service_type="orchestration").values()
    regions = {str(one.get("region_id") or one.get("region")) for found in endpoints for one in found}
    if regions and region not in regions:
        return CloudError(
            f"the cloud has no orchestration service (Heat) in its region '{region}'",
            f"it has one in: {', '.join(sorted(regions))}; set region_name in clouds.yaml, OS_REGION_NAME "
            "or --os-region-name",
        )
    return CloudError(
        "the cloud has no orchestration service (Heat) in its catalogue",
        "a template can only be run where Heat is",
    )
