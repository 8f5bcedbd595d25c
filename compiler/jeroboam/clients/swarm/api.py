"""The managers' Docker API, by Docker's SDK for Python: the requests, and what is behind a refusal.

The versions of the API, its paths and fields: docs.docker.com/reference/api/engine/version/v1.44.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Any, TypeVar

import docker
import requests
from docker.errors import APIError, DockerException
from docker.tls import TLSConfig
from requests.adapters import HTTPAdapter

from jeroboam.clients.swarm.nodes import SwarmNode, nodes_of
from jeroboam.clients.swarm.services import Service, Task, services_of, tasks_of
from jeroboam.deadline import within
from jeroboam.errors import innermost
from jeroboam.escape import escaped
from jeroboam.model.access import in_url
from jeroboam.model.client import ClientError, Door

VERSION = "1.44"
"""The oldest that Docker 29 takes; 28, the oldest that we install, knows it too."""
SWARM_PORT, DATA_PORT = 2377, 4789
"""Where managers listen to each other, and where overlay networks are: what a swarm is begun with."""
SILENCE_SECONDS = 30.0
"""How long a manager may say nothing: it gives the swarm's leader 20 (moby's swarmRequestTimeout)."""
DEADLINE_SECONDS = 60.0
# Behind a balancer the next connection may be to another manager.
_PAUSES = (0.0, 1.0, 3.0)
# What the swarm says of what it cannot do yet (swarmkit, manager/controlapi/node.go).
_NOT_YET = ("loss of quorum", "must be demoted", "can't find manager in raft memberlist")
_OUTDATED = "update out of sequence"

T = TypeVar("T")


class OutdatedError(ClientError):
    """A node was changed by somebody else since it was read."""


class DockerApi:
    """Requests to whichever manager answers. All raise ClientError."""

    def __init__(self, door: Door) -> None:
        self._where = f"{door.host}:{door.port}"
        try:
            self._docker = _session(door)
        except (DockerException, OSError) as error:
            raise ClientError(
                f"the credentials of the swarm cannot be used: {escaped(str(error))}"
            ) from error

    def nodes(self) -> tuple[SwarmNode, ...]:
        """All that the swarm lists, those that are gone too."""
        return self._read(self._docker.nodes, nodes_of)

    def services(self) -> tuple[Service, ...]:
        """All services of the swarm."""
        return self._read(self._docker.services, services_of)

    def tasks(self, node: str) -> tuple[Task, ...]:
        """The tasks that a node, by its id, has or had."""
        return self._read(lambda: self._docker.tasks(filters={"node": node}), tasks_of)

    def autolocked(self) -> bool:
        """Whether a manager that starts again waits for the unlock key."""
        return self._read(self._docker.inspect_swarm, _autolocked)

    def swarm(self) -> SwarmState:
        """The swarm as a whole."""
        return self._read(self._docker.inspect_swarm, _swarm)

    def change(self, swarm: SwarmState, spec: Mapping[str, Any], **anew: bool) -> None:
        """Gives the swarm another specification, and has it make things `anew`.

        Raises OutdatedError when it is not as it was read.
        """
        self._ask(lambda: self._docker.update_swarm(swarm.index, dict(spec), **anew))

    def reached(self) -> tuple[str, str]:
        """The name of the manager that answers, and the state of its swarm, without a quorum too."""
        return self._read(self._docker.info, _reached)

    def begin_alone(self, address: str) -> None:
        """Has the swarm go on from what the manager that answers knows, as its only one."""
        where = {"advertise_addr": address, "listen_addr": f"{in_url(address)}:{SWARM_PORT}"}
        self._ask(lambda: self._docker.init_swarm(**where, data_path_port=DATA_PORT, force_new_cluster=True))

    def trust_roots(self) -> Mapping[str, str]:
        """The CA that each node's certificate is of, PEM, by the node's id; empty where it does not say."""
        return self._read(self._docker.nodes, _roots)

    def update(self, node: SwarmNode, spec: Mapping[str, Any]) -> None:
        """Gives a node another specification. Raises OutdatedError when it is not as it was read."""
        self._ask(lambda: self._docker.update_node(node.id, node.index, dict(spec)))

    def remove(self, node: SwarmNode) -> None:
        """Removes a node that is no manager; nothing if it is unknown."""
        self._ask(lambda: self._docker.remove_node(node.id, force=True), missing_ok=True)

    def _read(self, call: Callable[[], Any], read: Callable[[Any], T]) -> T:
        answer = self._ask(call)
        try:
            return read(answer)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def _ask(self, call: Callable[[], Any], *, missing_ok: bool = False) -> Any:
        for pause in _PAUSES[:-1]:
            try:
                return self._ask_once(call, missing_ok=missing_ok)
            except OutdatedError:
                raise
            except ClientError as error:
                if not error.unreachable:
                    raise
            sleep(pause)
        return self._ask_once(call, missing_ok=missing_ok)

    def _ask_once(self, call: Callable[[], Any], *, missing_ok: bool) -> Any:
        try:
            return within(DEADLINE_SECONDS, call)
        except APIError as error:
            if missing_ok and error.status_code == requests.codes.not_found:
                return None
            raise self._refused(error) from error
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error
        except (DockerException, requests.RequestException, OSError) as error:
            raise self._unanswered(error) from error
        finally:
            self._docker.close()

    def _strange(self) -> ClientError:
        return ClientError(f"what answers at {self._where} is not a swarm's Docker API")

    def _refused(self, error: APIError) -> ClientError:
        said = escaped(str(error.explanation or error.response.reason)).strip()
        if _OUTDATED in said:
            return OutdatedError("the node was changed by somebody else meanwhile", unreachable=True)
        if error.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
            return ClientError(f"the swarm at {self._where} refuses our certificate: {said}")
        later = error.is_server_error() or any(words in said for words in _NOT_YET)
        return ClientError(f"the swarm at {self._where} answers: {said}", unreachable=later)

    def _unanswered(self, error: Exception) -> ClientError:
        cause = innermost(error)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ClientError(
                f"the certificate of the Docker API at {self._where} is not what it should be: "
                f"{cause.verify_message}"
            )
        said = getattr(cause, "strerror", None) or str(cause)
        return ClientError(f"the swarm at {self._where} does not answer: {escaped(said)}", unreachable=True)


def _session(door: Door) -> Any:
    ca, certificate, key = (str(door.folder / name) for name in ("ca.pem", "cert.pem", "key.pem"))
    context = ssl.create_default_context(cafile=ca)
    # Newer Pythons ask for an authority key id, which docker does not need and nodes do not write.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.load_cert_chain(certificate, key)
    session = docker.APIClient(
        base_url=f"tcp://{in_url(door.host)}:{door.port}",
        version=VERSION,
        timeout=SILENCE_SECONDS,
        tls=TLSConfig(ca_cert=ca, verify=True),
    )
    # A proxy or a CA of the environment is for other places.
    session.trust_env = False
    session.mount("https://", _NamedAdapter(context, door.address))
    return session


class _NamedAdapter(HTTPAdapter):
    """Verifies the certificate for a name, whatever it connects to."""

    def __init__(self, context: ssl.SSLContext, name: str) -> None:
        self._tls: dict[str, Any] = {"ssl_context": context, "server_hostname": name}
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **{**kwargs, **self._tls})


@dataclass(frozen=True, slots=True)
class SwarmState:
    """A swarm: `index` is its version, `root` the CA of its nodes, PEM; `rotating` while that is replaced."""

    index: int
    spec: Mapping[str, Any]
    root: str
    rotating: bool


def _swarm(answer: Mapping[str, Any]) -> SwarmState:
    return SwarmState(
        int(answer["Version"]["Index"]),
        dict(answer["Spec"]),
        str((answer.get("TLSInfo") or {}).get("TrustRoot", "")),
        bool(answer.get("RootRotationInProgress")),
    )


def _roots(answer: Any) -> Mapping[str, str]:
    return {
        str(one["ID"]): str(((one.get("Description") or {}).get("TLSInfo") or {}).get("TrustRoot", ""))
        for one in answer
    }


def _reached(answer: Mapping[str, Any]) -> tuple[str, str]:
    return str(answer["Name"]).partition(".")[0], escaped(str(answer["Swarm"]["LocalNodeState"]))


def _autolocked(swarm: Mapping[str, Any]) -> bool:
    return bool((swarm["Spec"].get("EncryptionConfig") or {}).get("AutoLockManagers"))
