"""The operator API of Mesos' masters: who leads, and what it is asked. Plain HTTP, as all of Mesos.

Calls and answers: docs/operator-http-api.md of Mesos 1.11; statuses: src/master/http.cpp.
"""

from __future__ import annotations

import json
import shlex
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from jeroboam.deadline import within
from jeroboam.errors import innermost
from jeroboam.escape import escaped
from jeroboam.model.access import in_url
from jeroboam.model.client import ClientError, Door

SILENCE_SECONDS = (5.0, 20.0)
"""For how long a master may not take a connection, and may then say nothing."""
DEADLINE_SECONDS = 40.0
BYTES_AT_MOST = 32 * 1024**2
"""How long an answer may be: thousands of agents, with all that they offer."""
_CALLS = "/api/v1"
_PIECE = 64 * 1024


class MesosApi:
    """Requests to the masters; all raise ClientError.

    `masters` are the addresses that they are reached at, `inner` those that they know each other by.
    """

    def __init__(self, door: Door) -> None:
        variables = _variables(door.folder / "env.sh")
        if "MESOS_URL" not in variables:
            raise ClientError(
                f"where the masters of '{door.cluster}' are is not known; Marathon cannot drain an agent"
            )
        self._places = _places(door, urlsplit(variables["MESOS_URL"]).port)
        user = variables.get("MESOS_USER", "")
        # In the middle of a rotation some masters have the password of before.
        names = ("MESOS_PASSWORD", "MESOS_PASSWORD_BEFORE")
        self._logins = [(user, variables[name]) for name in names if user and name in variables]
        self.masters = tuple(self._places)
        self.inner = dict(zip(self.masters, door.inner or self.masters, strict=False))

    def call(self, kind: str, **values: Any) -> Any:
        """What the leader answers to a call: a mapping, or None where a success says nothing."""
        body = json.dumps({"type": kind, **({kind.lower(): values} if values else {})})
        last = ClientError("no master of Mesos is known", unreachable=True)
        for address in self.masters:
            try:
                answer = self._asked("POST", address, _CALLS, body)
                if answer.is_redirect:
                    answer = self._asked("POST", self._leader(answer), _CALLS, body)
                return _document(answer).get(kind.lower())
            except ClientError as error:
                if not error.unreachable:
                    raise
                last = error
        raise last

    def metrics(self, address: str) -> dict[str, Any]:
        """What a master, leading or not, measures of itself."""
        return _document(self._asked("GET", address, "/metrics/snapshot"))

    def version(self, address: str) -> str:
        """The version of a master."""
        return str(_document(self._asked("GET", address, "/version")).get("version", ""))

    def _leader(self, answer: requests.Response) -> str:
        """Where a redirect points to; our password goes to masters of this cluster alone."""
        address = urlsplit(answer.headers.get("Location", "")).hostname or ""
        found = next((it for it in self.masters if address in (it, self.inner.get(it))), None)
        if found is None:
            raise ClientError(f"the masters call {escaped(address)!r} their leader, which is none of them")
        return found

    def _asked(self, method: str, address: str, path: str, body: str | None = None) -> requests.Response:
        host, port = self._places[address]
        url = f"http://{in_url(host)}:{port}{path}"
        try:
            answer = within(DEADLINE_SECONDS, partial(self._sent, method, url, body, *self._logins[:1]))
            if answer.status_code == requests.codes.unauthorized and self._logins[1:]:
                answer = within(DEADLINE_SECONDS, partial(self._sent, method, url, body, self._logins[1]))
        except (requests.RequestException, OSError, ValueError) as error:
            raise ClientError(
                f"the master {address} does not answer at {host}:{port}: {_said(error)}",
                unreachable=True,
            ) from error
        if answer.ok:
            return answer
        raise _refused(address, answer)

    def _sent(
        self, method: str, url: str, body: str | None, login: tuple[str, str] | None = None
    ) -> requests.Response:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        with requests.Session() as session:
            # A proxy or a password of the environment is for other places.
            session.trust_env = False
            answer = session.request(
                method, url, data=body, headers=headers, auth=login,
                timeout=SILENCE_SECONDS, allow_redirects=False, stream=True,
            )  # fmt: skip
            content = bytearray()
            for piece in answer.iter_content(_PIECE):
                content += piece
                if len(content) > BYTES_AT_MOST:
                    raise ValueError(f"the answer is longer than {BYTES_AT_MOST} bytes")
        # What requests itself would have kept of it.
        answer._content = bytes(content)  # noqa: SLF001
        return answer


def _places(door: Door, port: int | None) -> dict[str, tuple[str, int | None]]:
    """Where each master is asked, by its address: there, or at the near end of a tunnel to an only one."""
    masters = door.masters or (door.host,)
    if door.host == door.address:
        return {address: (address, port) for address in masters}
    if len(masters) > 1:
        raise ClientError(
            f"each master of '{door.cluster}' is asked at its own address, to which one tunnel does not lead",
            "run it from where the masters are reached, without --api",
        )
    return {masters[0]: (door.host, door.port)}


def _variables(path: Path) -> dict[str, str]:
    """What a file of a shell's variables exports."""
    try:
        words = shlex.split(path.read_text(encoding="utf-8"), comments=True)
    except (OSError, ValueError) as error:
        raise ClientError(f"the credentials of Mesos cannot be read: {escaped(str(error))}") from error
    return dict(word.split("=", 1) for word in words if "=" in word)


def _document(answer: requests.Response) -> dict[str, Any]:
    """An answer's JSON; nothing where a success says nothing."""
    try:
        said = answer.json() if answer.content else {}
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise ClientError(f"what answers at {urlsplit(answer.url).netloc} is not a master of Mesos")
    return said


def _refused(address: str, answer: requests.Response) -> ClientError:
    codes = requests.codes
    said = escaped(answer.text[:200].strip()) or answer.reason
    if answer.status_code in (codes.unauthorized, codes.forbidden):
        return ClientError(f"the master {address} refuses our user: {said}")
    # DRAIN_AGENT cannot be cancelled: what is refused meanwhile is taken once it is over.
    later = answer.status_code in (codes.conflict, codes.service_unavailable) or "DRAINING" in said
    return ClientError(
        f"the master {address} answers: {said}", unreachable=later or answer.status_code >= 500
    )


def _said(error: BaseException) -> str:
    cause = innermost(error)
    return escaped(getattr(cause, "strerror", None) or str(cause))
