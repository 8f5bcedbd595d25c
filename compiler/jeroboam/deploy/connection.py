"""A cloud to talk to: found by openstacksdk's loader, one session for all services, every request counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeroboam.deploy.problems import CloudProblem, asking, first_line

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

    with asking("log in to the cloud"):
        loader = openstack.config.OpenStackConfig(
            session_constructor=CountingSession,
            app_name="jeroboam",
            override_defaults={"api_timeout": TIMEOUT_SECONDS},
        )
        chosen = _chosen(loader, cloud, region)
        _ca_is_there(chosen)
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


def _chosen(loader: Any, cloud: str | None, region: str | None) -> Any:
    """The one cloud that is meant, as openstacksdk reads it."""
    from openstack.exceptions import ConfigException

    options: Mapping[str, Any] = {"region_name": region} if region else {}
    try:
        return loader.get_one(cloud=cloud, **options)
    except ConfigException as error:
        names = [name for name in loader.get_cloud_names() if name not in ("defaults", "envvars")]
        hint = f"clouds.yaml has: {', '.join(sorted(names))}" if names else "no clouds.yaml was found"
        if region and (cloud is None or cloud in names):
            hint = "list all regions of that cloud in clouds.yaml, as 'regions', to choose one of them"
        raise CloudProblem(f"cannot log in to the cloud: {first_line(str(error))}", hint) from error


def _ca_is_there(chosen: Any) -> None:
    verify, _ = chosen.get_requests_verify_args()
    # The library underneath raises a bare OSError for it, at the first request.
    if isinstance(verify, str) and not Path(verify).exists():
        raise CloudProblem(
            f"cannot log in to the cloud: the file of its CA is not there: {verify}",
            "see 'cacert' in clouds.yaml, or OS_CACERT",
        )


def _heat(connection: Any, chosen: Any) -> Any:
    from heatclient.client import Client

    with asking("find Heat in the cloud's catalogue"):
        endpoint = chosen.get_session_endpoint("orchestration")
        if endpoint is None:
            raise _no_heat(connection, chosen.region_name or "")
        return Client(
            "1",
            session=connection.session,
            service_type="orchestration",
            interface=chosen.get_interface("orchestration") or "public",
            region_name=chosen.region_name or None,
            endpoint_override=chosen.get_endpoint("orchestration"),
        )


def _no_heat(connection: Any, region: str) -> CloudProblem:
    """That the catalogue has no Heat, or none in that region."""
    catalogue = connection.session.auth.get_access(connection.session).service_catalog
    endpoints = catalogue.get_endpoints(service_type="orchestration").values()
    regions = {str(one.get("region_id") or one.get("region")) for found in endpoints for one in found}
    if regions and region not in regions:
        return CloudProblem(
            f"the cloud has no orchestration service (Heat) in its region '{region}'",
            f"it has one in: {', '.join(sorted(regions))}; set region_name in clouds.yaml, OS_REGION_NAME "
            "or --os-region-name",
        )
    return CloudProblem(
        "the cloud has no orchestration service (Heat) in its catalogue",
        "a template can only be run where Heat is",
    )
