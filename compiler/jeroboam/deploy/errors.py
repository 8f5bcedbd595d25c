"""What a cloud's refusal or silence means to whoever asked: one kind of exception, in a user's terms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jeroboam.deploy.exchange import Exchange, excerpt, question, without_users
from jeroboam.errors import JeroboamError

_UNAVAILABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses that a service gives while it, its database or its message queue is down or busy."""
_NOT_FOUND = 404
_FAILED = 400
NO_CLOUD = "name a cloud of your clouds.yaml with --os-cloud, or set the OS_* variables (an openrc file)"
SHAPE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the client libraries, and whoever reads their answers, raise of an answer of another shape."""


class CloudError(JeroboamError):
    """A request to the cloud failed.

    `temporary` where the same request may succeed later; `status` is the HTTP status, None without an answer;
    `exchange` is what was asked last, and what came back.
    """

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        temporary: bool = False,
        status: int | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.temporary = temporary
        self.status = status
        self.exchange = exchange
        self.who = exchange.who if exchange else ""

    @property
    def missing(self) -> bool:
        """Whether the service itself says that there is no such thing: a 404 of its own, not of a proxy."""
        return self.status == _NOT_FOUND and not self.temporary

    @property
    def unanswered(self) -> bool:
        """Whether nothing came back at all."""
        return self.exchange is not None and self.exchange.status is None

    @property
    def retry_after(self) -> float | None:
        """For how many seconds the service asks to be left alone."""
        return self.exchange.retry_after if self.exchange else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was asked as whom, and what came back, a line each; nothing secret."""
        asked = self.exchange
        return (
            *((f"asked: {asked.asked}",) if asked else ()),
            *((f"as: {self.who}",) if self.who else ()),
            *((f"answered: {asked.answered}",) if asked else ()),
        )


class DeployError(JeroboamError):
    """A deployment was refused, or failed."""


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turns whatever the OpenStack libraries raise into a CloudError; `what` as in "ask Heat for …"."""
    with question() as asked:
        try:
            yield
        except CloudError as problem:
            problem.exchange = problem.exchange or asked.last
            problem.who = problem.who or (asked.last.who if asked.last else "")
            raise
        except Exception as error:
            meant = _problem(what, error, asked.last)
            if meant is None:
                raise
            raise meant from error


def first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")


def _problem(what: str, error: Exception, last: Exchange | None) -> CloudError | None:
    """The problem that an exception means, None where it is neither a library's nor one of shape."""
    from heatclient import exc as heat
    from keystoneauth1 import exceptions as auth
    from openstack import exceptions as sdk

    cannot = f"cannot {what}"
    match error:
        case heat.HTTPException():
            return _answered(what, error.code, _heats_words(error), last)
        case sdk.HttpException() if error.status_code is not None:
            return _answered(what, error.status_code, str(error.details or error.message), last)
        case auth.HttpError():
            return _answered(what, error.http_status, str(error), last)
        case auth.MissingAuthPlugin() | auth.MissingRequiredOptions() | auth.NoMatchingPlugin():
            return CloudError(f"cannot log in to the cloud: {_line(error)}", NO_CLOUD)
        case auth.EndpointNotFound():
            return CloudError(f"{cannot}: the cloud has no such service: {_line(error)}", exchange=last)
        case auth.SSLError():
            return CloudError(
                f"{cannot}: the certificate is not trusted: {_line(error)}",
                "name the CA with 'cacert' in clouds.yaml, or OS_CACERT",
                exchange=last,
            )
        case auth.ConnectFailure() | auth.ConnectTimeout() | auth.RetriableConnectionFailure():
            return _unanswered(cannot, error, last)
        case auth.UnknownConnectionError() if last is not None and last.failure:
            # Cut off, longer than it may be, or no HTTP: what the service did not mean to say.
            return CloudError(f"{cannot}: {last.failure}", temporary=True, exchange=last)
        case auth.DiscoveryFailure():
            away = last is None or last.status is None or last.status in _UNAVAILABLE
            hint = "see auth_url: Keystone's, with its version, such as https://cloud.example.com:5000/v3"
            return CloudError(f"{cannot}: {_line(error)}", hint, temporary=away, exchange=last)
        case _ if _unread(error, last):
            return CloudError(
                f"{cannot}: the answer is not understood{_missing(error)}",
                "something between here and the service may answer in its place: a proxy, a portal, "
                "a maintenance page; look at the address",
                temporary=True,
                exchange=last,
            )
        case auth.ClientException() | sdk.SDKException() | heat.BaseException():
            return CloudError(f"{cannot}: {_line(error)}", exchange=last)
    return None


def _unanswered(cannot: str, error: Exception, last: Exchange | None) -> CloudError:
    if last is None or not last.failure:
        return CloudError(f"{cannot}: {_line(error)}", temporary=True, exchange=last)
    return CloudError(
        f"{cannot}: {last.url} gives no answer: {last.failure}",
        "the address is of the cloud's catalogue ('openstack catalog list'); see whether it can be reached "
        "from here",
        temporary=True,
        exchange=last,
    )


def _unread(error: Exception, last: Exchange | None) -> bool:
    """Whether there was an answer, and it was not what the libraries take for one."""
    from heatclient import exc as heat
    from keystoneauth1 import exceptions as auth

    kinds = (*SHAPE, auth.InvalidResponse, heat.InvalidEndpoint)
    return last is not None and last.status is not None and isinstance(error, kinds)


def _answered(what: str, status: int, text: str, last: Exchange | None) -> CloudError:
    said = first_line(excerpt(text))
    if status == 401:
        return CloudError(
            f"cannot {what}: the cloud did not accept the credentials: {said}",
            "the token that the login gave may have run out, or been revoked; log in again",
            status=status,
            exchange=last,
        )
    if status == 403:
        return CloudError(
            f"cannot {what}: forbidden: {said}",
            "the user lacks a role in this project",
            status=status,
            exchange=last,
        )
    temporary = status in _UNAVAILABLE or (status == _NOT_FOUND and not _of_a_service(last))
    hint = None
    if status < _FAILED:
        temporary, hint = True, "the service's address leads somewhere else: see auth_url, or the catalogue"
    return CloudError(f"cannot {what}: {said}", hint, temporary=temporary, status=status, exchange=last)


def _of_a_service(last: Exchange | None) -> bool:
    """Whether an answer is in the words of an OpenStack service, which gives an error as a JSON object."""
    if last is None or last.status is None:
        return True
    try:
        said = json.loads(last.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and bool(said)


def _heats_words(error: Any) -> str:
    """Heat's reason: some clients' `str` fails on an answer of another shape."""
    said = error.error
    inner = said.get("error") if isinstance(said, dict) else said
    found = inner.get("message") if isinstance(inner, dict) else inner
    if isinstance(found, bytes):
        found = found.decode("utf-8", "replace")
    return str(found or f"HTTP {error.code}")


def _line(error: Exception) -> str:
    return first_line(without_users(str(error)))


def _missing(error: Exception) -> str:
    """What an answer lacks, in as far as its reader's exception tells."""
    match error:
        case KeyError():
            return f": it has no {error}"
        case AttributeError() | TypeError() | RecursionError():
            # In Python's words, which say nothing of the answer; what came back is told with it.
            return ": it has another form"
        case _:
            return f": {excerpt(first_line(str(error)))}"
