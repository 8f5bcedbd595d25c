"""Starts a Swift of one device in a folder, with the S3 that it speaks besides, and ends it.

The programs are made by `make test-stores`; they need neither root nor anything of a distribution. The
folder's file system has to keep extended attributes of users, as most do.
"""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from tests.support.cases import ROOT

PROGRAMS = ROOT / ".tools/swift/bin"
USER, KEY = "test:tester", "testing"
"""Of tempauth; of its S3 they are the access key and the secret one."""
_HERE = Path(__file__).parent
_SECONDS = 60
_KINDS = ("account", "container", "object")
_SERVER = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {etc}
devices = {devices}
mount_check = false

[pipeline:main]
pipeline = {kind}-server

[app:{kind}-server]
use = egg:swift#{kind}
"""
_FILTERS = ("catch_errors", "listing_formats", "s3api", "tempauth", "container_quotas", "slo", "dlo")
_PROXY = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {etc}

[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth container_quotas slo dlo proxy-server

[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true

[filter:cache]
paste.filter_factory = cache:filter_factory

[filter:tempauth]
user_test_tester = {key} .admin
user_test_stranger = {key}
"""


@dataclass(frozen=True, slots=True)
class Swift:
    """One that runs: where, with which token of USER, and where the account of that is."""

    address: str
    token: str
    account: str

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> bytes:
        """The body of its answer to a request below the account, past everything of ours."""
        asked = Request(
            f"{self.account}/{path}", body or None, {"X-Auth-Token": self.token, **(headers or {})}
        )
        asked.method = method
        with urlopen(asked, timeout=_SECONDS) as answer:
            held: bytes = answer.read()
            return held


@contextmanager
def running(folder: Path) -> Iterator[Swift]:
    """A Swift with its files in `folder`, for the block."""
    etc = folder / "etc"
    etc.mkdir()
    (folder / "devices/d1").mkdir(parents=True)
    ports = dict(zip((*_KINDS, "proxy"), _free(len(_KINDS) + 1), strict=True))
    facts = {"user": getpass.getuser(), "etc": str(etc), "devices": str(folder / "devices"), "key": KEY}
    (etc / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_prefix = a\nswift_hash_path_suffix = b\n", encoding="ascii"
    )
    for kind in _KINDS:
        text = _SERVER.format(kind=kind, port=ports[kind], **facts)
        (etc / f"{kind}.conf").write_text(text, encoding="ascii")
    asked = [
        str(PROGRAMS / "python"),
        str(_HERE / "rings.py"),
        str(etc),
        *(str(ports[kind]) for kind in _KINDS),
    ]
    subprocess.run(asked, check=True, capture_output=True)
    filters = "".join(f"\n[filter:{it}]\nuse = egg:swift#{it}\n" for it in _FILTERS if it != "tempauth")
    proxy = _PROXY.format(port=ports["proxy"], **facts).replace(
        "[filter:tempauth]\n", "[filter:tempauth]\nuse = egg:swift#tempauth\n"
    )
    (etc / "proxy.conf").write_text(proxy + filters, encoding="ascii")
    started = [_started(kind, folder) for kind in ports]
    try:
        for kind, process in zip(ports, started, strict=True):
            _listening(kind, ports[kind], process, folder)
        yield _entered(f"http://127.0.0.1:{ports['proxy']}")
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


def _started(kind: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(_HERE)}
    with (folder / f"{kind}.log").open("wb") as log:
        return subprocess.Popen(
            [PROGRAMS / f"swift-{kind}-server", folder / "etc" / f"{kind}.conf", "-v"],
            env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def _listening(kind: str, port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    log = (folder / f"{kind}.log").read_text(encoding="utf-8", errors="replace")
    raise RuntimeError(f"Swift's {kind} server does not listen:\n{log[-2000:]}")


def _entered(address: str) -> Swift:
    asked = Request(f"{address}/auth/v1.0", headers={"X-Auth-User": USER, "X-Auth-Key": KEY})
    with urlopen(asked, timeout=_SECONDS) as answer:
        return Swift(address, answer.headers["X-Auth-Token"], answer.headers["X-Storage-Url"])


def _free(count: int) -> list[int]:
    """Ports that nobody has."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
