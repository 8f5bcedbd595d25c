"""Plays `kubectl`, where the API that a kubeconfig names is played too, at the address in JEROBOAM_API.

It takes `--kubeconfig FILE get nodes`, logs in as the file says, and names nodes as kubectl does.
"""

from __future__ import annotations

import os
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import urllib3
import yaml


def main(words: list[str], at: str) -> None:
    """Prints the nodes that the API at `at` has. Raises urllib3's errors where the API does not let in."""
    option, file, *asked = words
    assert (option, asked) == ("--kubeconfig", ["get", "nodes"])
    told = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    (cluster,), (user,) = ([it[kind] for it in told[f"{kind}s"]] for kind in ("cluster", "user"))
    # The certificate is for the name in the file, wherever that is reached.
    name = urlsplit(cluster["server"]).hostname
    row = "{:16} {:8} {:15} {}".format
    with TemporaryDirectory() as folder:
        ca, certificate, key = (Path(folder) / it for it in ("ca", "certificate", "key"))
        ca.write_bytes(b64decode(cluster["certificate-authority-data"]))
        certificate.write_bytes(b64decode(user["client-certificate-data"]))
        key.write_bytes(b64decode(user["client-key-data"]))
        api = urllib3.connection_from_url(
            f"https://{at}", ca_certs=str(ca), cert_file=str(certificate), key_file=str(key),
            server_hostname=name, assert_hostname=name,
        )  # fmt: skip
        nodes = api.request("GET", "/api/v1/nodes", retries=False).json()["items"]
    print(row("NAME", "STATUS", "ROLES", "VERSION"))
    for node in sorted(nodes, key=lambda it: str(it["metadata"]["name"])):
        about, status = node["metadata"], node["status"]
        ready = any(it["type"] == "Ready" and it["status"] == "True" for it in status["conditions"])
        roles = [it.partition("/")[2] for it in about.get("labels", ()) if it.startswith("node-role.")]
        state, version = "Ready" if ready else "NotReady", status["nodeInfo"]["kubeletVersion"]
        print(row(about["name"], state, ",".join(roles) or "<none>", version))


if __name__ == "__main__":
    main(sys.argv[1:], os.environ["JEROBOAM_API"])
