"""Kubernetes' API as plain data: its JSON in dictionaries and lists, its refusals as exceptions.

The library's generic client sends the requests: it asks for nothing by itself, and its answers may hold what
the library's own types do not know yet.
"""

from __future__ import annotations

import json
import ssl
import time
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any, NamedTuple

from jeroboam.clients.kubernetes.forwarding import PROTOCOL, ForwardedPort
from jeroboam.deadline import within
from jeroboam.errors import innermost
from jeroboam.escape import escaped
from jeroboam.model.access import in_url
from jeroboam.model.client import ClientError, Door
from jeroboam.serialize import YamlError, load_yaml_all

TIMEOUT_SECONDS = (5.0, 30.0)
"""For a connection, and for an answer to begin or go on."""
DEADLINE_SECONDS = 60.0
"""For a request as a whole; the API itself gives up on one after as long."""
MERGE = "application/merge-patch+json"
_PAGE = 500
_AGAIN = frozenset({408, 410, 429})
"""Too slow, a list whose next page was asked for too late, and too busy."""
_FORBIDDEN = 403
_STARTING = "it has only begun, and lets nobody in yet"
_LOST = frozenset({502, 503, 504})
"""What a balancer says while the API server that it asked goes away; the next one may be another."""
_PAUSES = (0.0, 1.0)
_LONGEST = 300
"""Characters of an answer that is not Kubernetes' own."""


class Cause(NamedTuple):
    """One of the causes of a Status: a word, a sentence, and the field that it is about, if any."""

    reason: str
    message: str
    field: str


class AnswerError(ClientError):
    """The API answered, with something other than success.

    `status` is HTTP's; `said` and `causes` are of Kubernetes' Status.
    """

    def __init__(
        self, status: int, said: str, causes: tuple[Cause, ...], *, unreachable: bool = False
    ) -> None:
        super().__init__(
            f"the API refused: {said} ({status})",
            None if unreachable else _hint(status),
            unreachable=unreachable or status >= 500 or status in _AGAIN,
        )
        self.status, self.said, self.causes = status, said, causes


class _LateError(ClientError):
    """No answer in all the time that there was for it."""


class _Identity(NamedTuple):
    """The context of our connections, and the same as files for who takes no context."""

    context: ssl.SSLContext
    files: Mapping[str, bytes]


class KubernetesApi:
    """Requests to one cluster, each bounded in time. Raises AnswerError; without an answer ClientError."""

    def __init__(self, door: Door, sleep: Callable[[float], None] = time.sleep) -> None:
        from kubernetes.client import ApiClient, Configuration
        from kubernetes.dynamic import DynamicClient

        self.context, self._files = _identity(door)
        self.reached_at, self.ca = (door.host, door.port), self._files["ca.pem"]
        configuration = self._configuration = Configuration()
        configuration.host = f"https://{in_url(door.host)}:{door.port}"
        configuration.tls_server_name = door.address
        # It is asked again here, where a request that was refused is told from one that was lost.
        configuration.retries = False
        client = ApiClient(configuration)
        client.rest_client.pool_manager.connection_pool_kw |= {"ssl_context": self.context, "ca_certs": None}
        # It would ask for all kinds that the API has, and keep the answer in a file under the host's name.
        self._ask = partial(DynamicClient(client, discoverer=_nothing).request, serialize=False)
        self._place, self.sleep = f"{in_url(door.host)}:{door.port}", sleep

    def get(self, path: str, **query: str) -> Any:
        """The object at `path`; `query` is sent along, its values as they are."""
        return self._object(self._answer("GET", path, query))

    def word(self, path: str, **query: str) -> str:
        """What `path` says, where it is no object."""
        return str(self._answer("GET", path, query))

    def run_in(self, pod: str, words: Iterable[str]) -> str:
        """What a command prints in the only container of the pod at the path `pod`. Raises ClientError."""
        from kubernetes.stream.ws_client import ERROR_CHANNEL, WSClient, get_websocket_url

        query = [*(("command", word) for word in words), ("stdout", "true"), ("stderr", "true")]
        with self._by_files() as configuration:
            try:
                url = get_websocket_url(f"{configuration.host}{pod}/exec", query)
                line = WSClient(configuration, url, {}, capture_all=False)
                line.run_forever(timeout=TIMEOUT_SECONDS[1])
                said, wrong = line.read_stdout(timeout=1), line.read_stderr(timeout=1)
                ended = json.loads(line.read_channel(ERROR_CHANNEL) or "{}")
                line.close()
            except Exception as error:
                # The library that speaks WebSocket raises what it likes.
                raise self._silent(_reason(error)) from error
        if ended.get("status") != "Success":
            why = " ".join(f"{wrong or ended.get('message') or 'no end of it'}".split())
            raise ClientError(f"what was run in {pod.rpartition('/')[2]} failed: {why}")
        return str(said)

    @contextmanager
    def forwarded(self, pod: str, port: int, context: ssl.SSLContext) -> Iterator[ForwardedPort]:
        """TLS by `context` to a port of the pod at the path `pod`, to what is called localhost there.

        Raises ClientError, also for what goes wrong while the block asks it.
        """
        from kubernetes.stream.ws_client import create_websocket, get_websocket_url
        from websocket import WebSocketException

        called = f"port {port} of {pod.rpartition('/')[2]}"
        with self._by_files() as configuration:
            url = get_websocket_url(f"{configuration.host}{pod}/portforward", [("ports", str(port))])
            try:
                line = create_websocket(configuration, url, {"sec-websocket-protocol": PROTOCOL})
                line.settimeout(TIMEOUT_SECONDS[1])
                try:
                    yield ForwardedPort(line, context, "localhost")
                finally:
                    line.close()
            except (WebSocketException, OSError) as error:
                raise ClientError(f"{called} cannot be asked: {_reason(error)}", unreachable=True) from error

    @contextmanager
    def _by_files(self) -> Iterator[Any]:
        """The configuration, for who takes certificates as files alone: they are there meanwhile."""
        configuration = copy(self._configuration)
        with TemporaryDirectory(prefix="jeroboam-") as folder:
            for name, text in self._files.items():
                (Path(folder) / name).write_bytes(text)
            configuration.ssl_ca_cert = f"{folder}/ca.pem"
            configuration.cert_file = configuration.key_file = f"{folder}/client.pem"
            yield configuration

    def find(self, path: str) -> Any | None:
        """As `get`; None where there is no such thing."""
        try:
            return self.get(path)
        except AnswerError as error:
            if error.status == 404:
                return None
            raise

    def items(self, path: str, **query: str) -> list[Any]:
        """All members of the collection at `path`; none where the API has no such kind or namespace."""
        found: list[Any] = []
        page = {"limit": str(_PAGE)}
        while True:
            try:
                answer = self.get(path, **query, **page)
            except AnswerError as error:
                if error.status == 404:
                    return []
                raise
            found += [self._named(item) for item in answer.get("items") or []]
            following = answer.get("metadata", {}).get("continue")
            if not following:
                return found
            page["continue"] = following

    def patch(self, path: str, body: Any, kind: str = MERGE, **query: str) -> Any:
        """What `body`, a patch of the media type `kind`, makes of what is at `path`."""
        return self._object(self._answer("PATCH", path, query, body, kind))

    def put(self, path: str, body: Any) -> Any:
        """What is at `path` once it is `body`, which names the version that it takes the place of."""
        return self._object(self._answer("PUT", path, {}, body))

    def post(self, path: str, body: Any) -> Any:
        """What the API says to `body` at `path`."""
        return self._answer("POST", path, {}, body)

    def delete(self, path: str, body: Any | None = None) -> bool:
        """Has what is at `path` deleted; False where there is no such thing."""
        try:
            self._answer("DELETE", path, {}, body)
        except AnswerError as error:
            if error.status == 404:
                return False
            raise
        return True

    def _object(self, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise self._strange()
        return answer

    def _named(self, item: Any) -> Any:
        try:
            if item["metadata"]["name"]:
                return item
        except (KeyError, TypeError):
            pass
        raise self._strange()

    def _strange(self) -> ClientError:
        return ClientError(f"what answers at {self._place} is not Kubernetes' API")

    def _answer(
        self, method: str, path: str, query: Mapping[str, str], body: Any = None, kind: str | None = None
    ) -> Any:
        """May send a request twice: each names the state that it is for, or the one that it leads to."""
        for pause in _PAUSES:
            try:
                return self._answer_once(method, path, query, body, kind)
            except ClientError as error:
                if isinstance(error, AnswerError) and error.status == _FORBIDDEN:
                    if not self._started():
                        raise AnswerError(error.status, _STARTING, (), unreachable=True) from error
                    # It may have come to know its rules since it refused.
                    return self._answer_once(method, path, query, body, kind)
                if not _lost(error):
                    raise
            self.sleep(pause)
        return self._answer_once(method, path, query, body, kind)

    def _started(self) -> bool:
        """Whether the API server knows whom to let in: until its rules are loaded it refuses everybody."""
        try:
            self._answer_once("GET", "/readyz", {}, None, None)
        except AnswerError:
            return False
        return True

    def _answer_once(
        self, method: str, path: str, query: Mapping[str, str], body: Any, kind: str | None
    ) -> Any:
        from kubernetes.client import ApiException
        from urllib3.exceptions import ConnectTimeoutError, HTTPError, ReadTimeoutError

        try:
            raw = within(
                DEADLINE_SECONDS,
                lambda: self._ask(
                    method, path, body=body, content_type=kind, query_params=list(query.items()),
                    _request_timeout=TIMEOUT_SECONDS,
                ).data,
            )  # fmt: skip
        except ApiException as error:
            if error.status:
                raise _refused(error.status, error.reason, error.body) from error
            raise self._silent(_reason(_below(error, ApiException))) from error
        except (HTTPError, OSError) as error:
            # A refused connection is one that timed out to urllib3, too, of a class below.
            late = type(error) in (ConnectTimeoutError, ReadTimeoutError, TimeoutError)
            raise self._silent(_reason(error), late=late) from error
        try:
            return json.loads(raw)
        except ValueError:
            return raw.decode("utf-8", "replace")

    def _silent(self, why: str, *, late: bool = False) -> ClientError:
        if why.endswith(_EXPIRED):
            return ClientError(
                f"the certificate of the API at {self._place} has expired",
                "masters renew theirs; on each, as root: journalctl -u jeroboam-upkeep; and check its clock, "
                "and this machine's",
            )
        if "certificate" in why.lower():
            return ClientError(
                f"what answers at {self._place} is not this cluster's API: {why}",
                "check the address; `jeroboam credentials` says whose certificate it has",
            )
        return (_LateError if late else ClientError)(
            f"the API at {self._place} does not answer: {why}",
            "check that it can be reached from here; a tunnel to it will do",
            unreachable=True,
        )


_EXPIRED = "certificate has expired"
"""OpenSSL's words for it (x509_txt.c)."""


def _lost(error: ClientError) -> bool:
    """Whether the next try may be more lucky: not where the first took all the time that there is."""
    if isinstance(error, AnswerError):
        return error.status in _LOST
    return error.unreachable and not isinstance(error, _LateError)


def _nothing(*_: Any) -> None:
    return None


def _identity(door: Door) -> _Identity:
    """Whom we trust and who we are, by the kubeconfig. Raises ClientError."""
    file = door.folder / "kubeconfig"
    try:
        (config,) = load_yaml_all(file.read_text(encoding="utf-8"))
        ca = b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode("ascii")
        user = config["users"][0]["user"]
        pem = b64decode(user["client-key-data"]) + b64decode(user["client-certificate-data"])
        context = ssl.create_default_context(cadata=ca)
        # Newer Pythons ask for an authority key id, which kubectl does not need and nodes do not write.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        _load(context, pem)
    except OSError as error:
        # Of OpenSSL, too, which says no more than that it is no key.
        raise ClientError(f"cannot read {file}: {error.strerror or error}") from error
    except (YamlError, ValueError, Base64Error, KeyError, IndexError, TypeError) as error:
        raise ClientError(f"{file} is no kubeconfig with a client certificate") from error
    return _Identity(context, {"ca.pem": ca.encode("ascii"), "client.pem": pem})


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """Python takes a key from a file alone: one that nobody else can read, and that is gone at once."""
    with NamedTemporaryFile(prefix="jeroboam-") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(file.name)


def _below(error: BaseException, kind: type[BaseException]) -> BaseException:
    """What was being handled when the client raised its own kind of error, and raised that again."""
    while isinstance(error, kind) and error.__context__ is not None:
        error = error.__context__
    return error


def _reason(error: BaseException) -> str:
    """What is at the bottom of what urllib3 wraps in its own, on one line."""
    cause = innermost(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return escaped(f"certificate verify failed: {cause.verify_message}")
    said = cause.strerror if isinstance(cause, OSError) else None
    return escaped(" ".join((said or str(cause) or type(cause).__name__).split()))


def _refused(status: int, reason: str | None, body: Any) -> AnswerError:
    try:
        told = json.loads(body)
        causes = told.get("details", {}).get("causes") or []
        return AnswerError(
            status,
            escaped(told.get("message") or reason or "it does not say why"),
            tuple(
                Cause(*(escaped(str(cause.get(key, ""))) for key in ("reason", "message", "field")))
                for cause in causes
            ),
        )
    except (ValueError, TypeError, AttributeError):
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
        words = " ".join((text or reason or "it does not say why").split())
        return AnswerError(status, escaped(words[:_LONGEST]), ())


def _hint(status: int) -> str | None:
    if status in (401, 403):
        return "the secrets file may be another cluster's; or its group of administrators lost its rights"
    return None
