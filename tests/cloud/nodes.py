"""The nodes of a stack, played: each reads what its server was given and signals as the real node would.

In a test `with playing("prod", {"prod-default-1": "fail:install-kubernetes:curl exit 22"}):`, by hand
`python -m tests.cloud.nodes prod --as 'prod-default-*=slow:60'`. The wording is that of fragments/common.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import shlex
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from jeroboam.hot.contract import BASTION
from jeroboam.spec.metadata import CLUSTER_METADATA, GROUP_METADATA
from jeroboam.userdata.environment import CLUSTER_ENV, HEAT_ENV
from tests.labs.cloud.seed import connect
from tests.labs.cloud.settings import RefusedError, Settings, settings
from tests.support import node_files

WATCH_SECONDS = 2.0
MOST_NODES = 200
SIGNAL_TRIES = 10
SIGNAL_TIMEOUT = 90.0
"""Heat answers 500 or 504 itself when its engine is silent for a minute."""
BEHAVIOURS = "succeed, silent, slow:SECONDS, stuck:STEP, fail:STEP:REASON"
STEPS = "/opt/jeroboam/steps/"


class Behaviour(NamedTuple):
    """How a node does."""

    kind: str
    """succeed; slow: as that, in so many seconds; fail: at a step, with a reason; stuck: at a step, for ever;
    silent: never a word, as a node without network."""
    seconds: float = 0.0
    step: str = ""
    """Part of a step's name; empty for the first."""
    reason: str = ""


class Handle(NamedTuple):
    """What Heat gives a node to signal with (HEAT_SIGNAL): a user of its own, and where to post."""

    auth_url: str
    user_id: str
    password: str
    project_id: str
    alarm_url: str


class Node(NamedTuple):
    """One server as it would boot."""

    name: str
    ready: Handle
    progress: Handle
    steps: tuple[str, ...]
    """Names such as `40-install-kubernetes`, in their order."""
    made_from: Mapping[str, str]
    """What it says at its end that it is made from."""


class Said(NamedTuple):
    """One signal that Heat took, or refused for good (`status` is then not 2xx, or 0 without an answer)."""

    node: str
    body: Mapping[str, Any]
    status: int


class Stage(NamedTuple):
    """What the players have in common."""

    settings: Settings
    ended: threading.Event
    heard: Callable[[Said], None]


def behaviour(text: str) -> Behaviour:
    """`succeed`, `silent`, `slow:SECONDS`, `stuck[:STEP]` or `fail[:STEP[:REASON]]`."""
    kind, _, rest = text.partition(":")
    step, _, reason = rest.partition(":")
    match kind:
        case "succeed" | "silent" if not rest:
            return Behaviour(kind)
        case "slow" if re.fullmatch(r"\d+(\.\d+)?", rest):
            return Behaviour(kind, seconds=float(rest))
        case "stuck" if not reason:
            return Behaviour(kind, step=step)
        case "fail":
            return Behaviour(kind, step=step, reason=reason or "played failure")
    raise RefusedError(f"'{text}' is no way to behave; there are: {BEHAVIOURS}")


def node(name: str, user_data: str) -> Node:
    """The node that boots from `user_data`, cloud-config or Ignition."""
    files = {file.path: file.text for file in node_files.files(user_data)}
    values = _values(files[HEAT_ENV])
    made_from = {
        "coe_version": _values(files[CLUSTER_ENV])["JEROBOAM_COE_VERSION"],
        "config": values["JEROBOAM_CONFIG"],
        "secrets": values["JEROBOAM_SECRETS"],
        "system": "a played node",
    }
    steps = sorted(PurePosixPath(path).stem for path in files if path.startswith(STEPS))
    signal, progress = _handle(values["JEROBOAM_SIGNAL"]), _handle(values["JEROBOAM_PROGRESS"])
    return Node(name, signal, progress, tuple(steps), made_from)


def _values(text: str) -> dict[str, str]:
    """The lines of an environment file."""
    return dict(line.split("=", 1) for line in shlex.split(text, comments=False))


@contextmanager
def playing(cluster: str, behaviours: Mapping[str, str] | None = None) -> Iterator[list[Said]]:
    """Plays the nodes of `cluster`, those that come later too, until the block ends.

    `behaviours` are by pattern of the node's name, the first that matches when it boots holds; all others
    succeed. The list grows with every signal that was sent.
    """
    said: list[Said] = []
    chosen = {} if behaviours is None else behaviours
    for text in chosen.values():
        behaviour(text)
    stage = Stage(settings(), threading.Event(), said.append)
    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(_watch, cluster, chosen, stage)
        try:
            yield said
        finally:
            stage.ended.set()
        watching.result()


def write_console(name: str, text: str) -> None:
    """Adds to what Nova gives as the console log of the server called `name`."""
    with (settings().folder / "console" / name).open("a", encoding="utf-8") as console:
        console.write(text)


def forget_console(name: str) -> None:
    """The server called `name` has an empty console again."""
    (settings().folder / "console" / name).unlink(missing_ok=True)


def _handle(text: str) -> Handle:
    given = json.loads(text)
    return Handle(*(given[field] for field in Handle._fields))


def _watch(cluster: str, chosen: Mapping[str, str], stage: Stage) -> None:
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import SDKException

    compute = connect(stage.settings, "jeroboam-admin").compute
    players: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(MOST_NODES) as pool:
        while not stage.ended.wait(WATCH_SECONDS):
            try:
                for server, name in _servers(compute, cluster):
                    if server not in players and (user_data := _user_data(compute, server)):
                        text = next((b for p, b in chosen.items() if fnmatchcase(name, p)), "succeed")
                        how = behaviour(text)
                        players[server] = pool.submit(_play, node(name, user_data), how, stage)
            except (ClientException, SDKException) as problem:  # what a test ended comes back
                _complain(f"cannot watch the servers: {problem}")
    for player in players.values():
        player.result()


def _servers(compute: Any, cluster: str) -> Iterator[tuple[str, str]]:
    """Id and name of the cluster's nodes that run."""
    query = {"all_tenants": "1", "status": "ACTIVE", "name": f"^{cluster}-"}
    answer = compute.get("/servers/detail", params=query, microversion="2.1")
    if not answer.ok:
        _complain(f"Nova answers HTTP {answer.status_code}")
        return
    for server in answer.json()["servers"]:
        metadata = server["metadata"]
        if metadata.get(CLUSTER_METADATA) == cluster and metadata.get(GROUP_METADATA) != BASTION:
            yield server["id"], server["name"]


def _user_data(compute: Any, server: str) -> str | None:
    answer = compute.get(f"/servers/{server}", microversion="2.90")
    encoded = answer.json()["server"].get("OS-EXT-SRV-ATTR:user_data") if answer.ok else None
    return base64.b64decode(encoded).decode() if encoded else None


def _play(actor: Node, how: Behaviour, stage: Stage) -> None:
    if how.kind == "silent":
        return
    forget_console(actor.name)
    began = time.monotonic()
    total = len(actor.steps)
    last = next((n for n, step in enumerate(actor.steps, 1) if how.step in step), 1)
    for number, step in enumerate(actor.steps, 1):
        seconds = int(time.monotonic() - began)
        line = f"jeroboam: node={actor.name} step={number}/{total} name={step}"
        write_console(actor.name, f"{line} status=start seconds=0\n")
        data = {"step": number, "steps": total, "name": step, "seconds": seconds}
        body = {
            "status": "SUCCESS",
            "id": actor.name,
            "reason": f"step {number}/{total} {step}",
            "data": data,
        }
        _send(actor, actor.progress, body, stage, tries=1)
        if how.kind == "stuck" and number == last:
            return
        if how.kind == "fail" and number == last:
            why = f"step {step} failed (exit 1): {how.reason}"
            write_console(actor.name, f"{line} status=failed seconds=1 reason={json.dumps(why)}\n")
            body = {"status": "FAILURE", "id": actor.name, "reason": why, "data": dict(actor.made_from)}
            _send(actor, actor.ready, body, stage, tries=SIGNAL_TRIES)
            return
        if stage.ended.wait(how.seconds / total):
            return
        write_console(actor.name, f"{line} status=ok seconds={how.seconds / total:.0f}\n")
    words = f"node {actor.name} is up, {total} steps, {time.monotonic() - began:.0f} seconds"
    body = {"status": "SUCCESS", "id": actor.name, "reason": words, "data": dict(actor.made_from)}
    _send(actor, actor.ready, body, stage, tries=SIGNAL_TRIES)


def _send(actor: Node, to: Handle, body: Mapping[str, Any], stage: Stage, *, tries: int) -> None:
    """Signals, again after a pause if it has to be; each time with a new token, as the node's script does."""
    status = 0
    for attempt in range(tries):
        status, token = _token(to)
        if token is not None:
            status, _ = _post(to.alarm_url, body, {"X-Auth-Token": token})
        if 200 <= status < 300 or stage.ended.wait(0 if tries == 1 else min(2.0 * 2**attempt, 15)):
            break
    stage.heard(Said(actor.name, body, status))


def _token(of: Handle) -> tuple[int, str | None]:
    user = {"id": of.user_id, "password": of.password}
    identity = {"methods": ["password"], "password": {"user": user}}
    request = {"auth": {"identity": identity, "scope": {"project": {"id": of.project_id}}}}
    base = of.auth_url.rstrip("/").removesuffix("/v3")
    status, headers = _post(f"{base}/v3/auth/tokens", request, {})
    return status, headers.get("X-Subject-Token")


def _post(url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
    """Status and headers of the answer; status 0 when there is none."""
    sent = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, json.dumps(body).encode(), sent, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=SIGNAL_TIMEOUT) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, dict(refused.headers)
    except OSError:
        return 0, {}


def _complain(text: str) -> None:
    print(f"nodes: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Plays until it is interrupted; every signal is a line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.cloud.nodes", description="Plays the nodes of a cluster until interrupted."
    )
    parser.add_argument("cluster", help="its name in the spec")
    parser.add_argument(
        "--as",
        dest="behaviours",
        action="append",
        default=[],
        metavar="PATTERN=BEHAVIOUR",
        help=f"{BEHAVIOURS}; may be repeated, the first match holds",
    )
    arguments = parser.parse_args()
    try:
        with playing(arguments.cluster, dict(b.split("=", 1) for b in arguments.behaviours)) as said:
            shown = 0
            while True:
                for one in said[shown:]:
                    print(
                        f"{one.node}: {one.body['status']} {one.body['reason']} (HTTP {one.status})",
                        flush=True,
                    )
                    shown += 1
                time.sleep(0.2)
    except KeyboardInterrupt:
        return 0
    except (RefusedError, ValueError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
