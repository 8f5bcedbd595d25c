"""What a cloud's refusal or silence means to whoever asked: one kind of exception, in a user's terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

_UNAVAILABLE = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses that a service gives while it, its database or its message queue is down or busy."""


class CloudProblem(Exception):  # noqa: N818 - the outcome of a request, not a programming error
    """A request to the cloud failed.

    `temporary` where the same request may succeed later; `status` is the HTTP status, None without an answer.
    """

    def __init__(
        self, message: str, hint: str | None = None, *, temporary: bool = False, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.temporary = temporary
        self.status = status


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turns whatever the OpenStack libraries raise into a CloudProblem; `what` as in "ask Heat for …"."""
    from heatclient import exc as heat
    from keystoneauth1 import exceptions as auth
    from openstack import exceptions as sdk

    try:
        yield
    except heat.HTTPException as error:
        raise _answered(
            what, error.code, str(error.error.get("error", {}).get("message") or error)
        ) from error
    except sdk.HttpException as error:
        raise _answered(what, error.status_code, str(error.details or error.message)) from error
    except (auth.Unauthorized, auth.http.Forbidden) as error:
        raise _answered(what, error.http_status, str(error)) from error
    except (auth.MissingAuthPlugin, auth.MissingRequiredOptions, auth.NoMatchingPlugin) as error:
        raise CloudProblem(
            f"cannot log in to the cloud: {first_line(str(error))}",
            "name a cloud of your clouds.yaml with --os-cloud, or set the OS_* variables (an openrc file)",
        ) from error
    except auth.EndpointNotFound as error:
        raise CloudProblem(
            f"cannot {what}: the cloud has no such service: {first_line(str(error))}"
        ) from error
    except auth.SSLError as error:
        raise CloudProblem(
            f"cannot {what}: the certificate is not trusted: {first_line(str(error))}",
            "name the CA with 'cacert' in clouds.yaml, or OS_CACERT",
        ) from error
    except (auth.ConnectFailure, auth.ConnectTimeout, auth.RetriableConnectionFailure) as error:
        raise CloudProblem(f"cannot {what}: {first_line(str(error))}", temporary=True) from error
    except auth.HttpError as error:
        raise _answered(what, error.http_status, str(error)) from error
    except (auth.ClientException, sdk.SDKException, heat.BaseException) as error:
        raise CloudProblem(f"cannot {what}: {first_line(str(error))}") from error


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")


def _answered(what: str, status: int, text: str) -> CloudProblem:
    said = _plain(text)
    if status == 401:
        return CloudProblem(
            f"cannot {what}: the cloud did not accept the credentials: {said}",
            "a token may have run out; log in again, or use a password or an application credential",
            status=status,
        )
    if status == 403:
        return CloudProblem(
            f"cannot {what}: forbidden: {said}", "the user lacks a role in this project", status=status
        )
    return CloudProblem(f"cannot {what}: {said}", temporary=status in _UNAVAILABLE, status=status)


def _plain(text: str) -> str:
    # Proxies answer with a page, services with text.
    return first_line(re.sub(r"<[^>]+>", " ", text))
