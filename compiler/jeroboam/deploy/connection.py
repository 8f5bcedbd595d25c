"""A cloud to talk to: found by openstacksdk's loader, one session for all services, every request counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jeroboam.deploy.problems import CloudProblem, asking

TIMEOUT_SECONDS = 90.0
"""How long one request may take: longer than Heat's API waits for its engine (rpc_response_timeout, 60 s)."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Connected clients of one project in one region.

    `sdk` is an openstack.connection.Connection, `heat` a heatclient.v1.client.Client; `requests` counts
    what was asked, by service type. `auth_type` is keystoneauth's name of how the user logs in, such as
    `password`, `token` or `v3applicationcredential`.
    """

    name: str
    region: str
    auth_type: str
    sdk: Any
    heat: Any
    requests: Counter[str]


def connect(cloud: str | None = None, region: str | None = None) -> Cloud:
    """The cloud named `cloud` in clouds.yaml, or that of OS_CLOUD or the OS_* variables, logged in to.

    Raises CloudProblem, also where the login fails.
    """
    import openstack.config
    from keystoneauth1 import session
    from openstack.connection import Connection

    counted: Counter[str] = Counter()

    class CountingSession(session.Session):  # type: ignore[misc]
        """A keystoneauth session that notes what it is asked."""

        def request(self, url: str, method: str, *args: Any, **kwargs: Any) -> Any:
            counted[str((kwargs.get("endpoint_filter") or {}).get("service_type", "identity"))] += 1
            return super().request(url, method, *args, **kwargs)

    options: Mapping[str, Any] = {"region_name": region} if region else {}
    with asking("log in to the cloud"):
        loader = openstack.config.OpenStackConfig(
            session_constructor=CountingSession,
            app_name="jeroboam",
            override_defaults={"api_timeout": TIMEOUT_SECONDS},
        )
        chosen = loader.get_one(cloud=cloud, **options)
        connection = Connection(config=chosen)
        connection.session.get_token()
    return Cloud(
        name=chosen.name or "",
        region=chosen.region_name or "",
        auth_type=str(chosen.config.get("auth_type") or "password"),
        sdk=connection,
        heat=_heat(connection, chosen),
        requests=counted,
    )


def _heat(connection: Any, chosen: Any) -> Any:
    from heatclient.client import Client

    with asking("find Heat in the cloud's catalogue"):
        endpoint = chosen.get_session_endpoint("orchestration")
        if endpoint is None:
            raise CloudProblem(
                "the cloud has no orchestration service (Heat) in its catalogue",
                "a template can only be run where Heat is",
            )
        return Client(
            "1",
            session=connection.session,
            service_type="orchestration",
            interface=chosen.get_interface("orchestration") or "public",
            region_name=chosen.region_name or None,
            endpoint_override=chosen.get_endpoint("orchestration"),
        )
