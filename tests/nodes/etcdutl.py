"""etcdutl for nodes: the mirror's release of etcd has but etcd and etcdctl, where upstream's has it too.

It is built where Go's modules can be fetched, before the tests run:
`python -m tests.nodes.etcdutl`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.labs.nodes.place import CLOUD_ADDRESS
from tests.support.cases import ROOT

VERSION = "v3.6.14"
"""The mirror's etcd."""
FOLDER = ROOT / ".tools/etcdutl"
PORT = 8083
OPTION = "hooks: {pre_bootstrap: [etcdutl.sh]}\n"
SCRIPT = f"""\
#!/bin/bash
set -eu
curl --silent --fail --output /usr/local/bin/etcdutl http://{CLOUD_ADDRESS}:{PORT}/etcdutl
chmod 755 /usr/local/bin/etcdutl
"""
FILES: Mapping[str, str] = {"etcdutl.sh": SCRIPT}


@contextmanager
def served() -> Iterator[None]:
    """The program at the address that the hook has, while the block runs."""
    assert (FOLDER / "etcdutl").is_file(), "build it first: python -m tests.nodes.etcdutl"
    handler = partial(SimpleHTTPRequestHandler, directory=str(FOLDER))
    with ThreadingHTTPServer((CLOUD_ADDRESS, PORT), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def build(folder: Path = FOLDER) -> None:
    """The program, by Go from its module."""
    module = "go.etcd.io/etcd/etcdutl/v3"
    (folder / "module").mkdir(parents=True, exist_ok=True)
    (folder / "module/go.mod").write_text("module jeroboam.test/etcdutl\n", encoding="utf-8")
    environment = {**os.environ, "CGO_ENABLED": "0"}
    for words in (
        ["get", "-tool", f"{module}@{VERSION}"],
        ["build", "-trimpath", "-o", "../etcdutl", module],
    ):
        subprocess.run(["go", *words], cwd=folder / "module", env=environment, check=True)


if __name__ == "__main__":
    build()
