"""Downloads: verified or refused, placed whole, fetched once."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile

import pytest

from tests.nodescripts.cloud import Cloud
from tests.nodescripts.lab import Node

TOOL = b"#!/bin/sh\necho tool\n"
GOOD = hashlib.sha256(TOOL).hexdigest()
BAD = "0" * 64


def _archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(TOOL), 0o644 if name.endswith(".md") else 0o755
            archive.addfile(entry, io.BytesIO(TOOL))
    return buffer.getvalue()


def _install(
    node: Node, cloud: Cloud, *rows: tuple[str, str, str, str, str, str]
) -> subprocess.CompletedProcess[str]:
    lines = (
        " ".join(
            (name, "1.0", kind, target, cloud.url + url, digest, cloud.url + sums if sums != "-" else "-")
        )
        for name, kind, target, url, digest, sums in rows
    )
    node.place("etc/jeroboam/artifacts.list", "\n".join(lines) + "\n")
    node.environment(JEROBOAM_BIN_DIR="/opt/bin")
    return node.bash('use download; install_artifacts "$ETC/artifacts.list"')


def test_a_verified_binary_is_installed_and_not_fetched_again(node: Node, cloud: Cloud) -> None:
    cloud.files["/files/tool"] = TOOL
    row = ("tool", "binary", "tool", "/files/tool", GOOD, "-")
    done = _install(node, cloud, row)
    assert done.returncode == 0, done.stderr
    assert (node.text("opt/bin/tool").encode(), node.mode("opt/bin/tool")) == (TOOL, 0o755)
    assert _install(node, cloud, row).returncode == 0
    assert cloud.requests == ["GET /files/tool"]
    assert not node.exists("var/lib/jeroboam/downloads")


def test_a_new_digest_is_fetched(node: Node, cloud: Cloud) -> None:
    cloud.files["/files/tool"] = TOOL
    assert _install(node, cloud, ("tool", "binary", "tool", "/files/tool", GOOD, "-")).returncode == 0
    cloud.files["/files/tool"] = TOOL + b"# newer\n"
    newer = hashlib.sha256(TOOL + b"# newer\n").hexdigest()
    assert _install(node, cloud, ("tool", "binary", "tool", "/files/tool", newer, "-")).returncode == 0
    assert node.text("opt/bin/tool").endswith("newer\n")


def test_a_wrong_digest_is_refused_and_nothing_is_left(node: Node, cloud: Cloud) -> None:
    cloud.files["/files/tool"] = TOOL
    done = _install(node, cloud, ("tool", "binary", "tool", "/files/tool", BAD, "-"))
    assert done.returncode == 65
    assert f"checksum mismatch: SHA-256 is {GOOD}, expected {BAD}" in done.stdout
    assert not node.exists("opt/bin/tool")
    assert not node.exists("var/lib/jeroboam/downloads/tool")


ROW = ("tool", "binary", "tool", "/files/tool", GOOD, "-")


def test_a_wrong_digest_stands_when_the_second_try_that_passes_caches_has_it_too(
    node: Node, cloud: Cloud
) -> None:
    cloud.files["/files/tool"] = TOOL + b"another\n"
    node.stub("curl", 'exec /usr/bin/curl "$@"')
    assert _install(node, cloud, ROW).returncode == 65
    assert cloud.requests == ["GET /files/tool"] * 2
    assert ["Cache-Control: no-cache" in call for call in node.called()] == [False, True]


def test_half_a_file_from_a_cache_is_fetched_again(node: Node, cloud: Cloud) -> None:
    cloud.files["/files/tool"] = TOOL
    cloud.answers["/files/tool"] = [(200, TOOL[:5])]
    done = _install(node, cloud, ROW)
    assert done.returncode == 0, done.stdout + done.stderr
    assert node.text("opt/bin/tool").encode() == TOOL
    assert len(cloud.requests) == 2


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_refusal_ends_with_curls_status_after_one_more_try(node: Node, cloud: Cloud, code: int) -> None:
    cloud.answers["/files/tool"] = [(code, b"")] * 5
    done = _install(node, cloud, ROW)
    assert done.returncode == 22
    assert f"/files/tool: curl exit 22: the server answered with an error, HTTP {code}\n" in done.stdout
    assert len(cloud.requests) == 2


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_what_may_pass_is_asked_for_five_times(node: Node, cloud: Cloud, code: int) -> None:
    cloud.files["/files/tool"] = TOOL
    cloud.answers["/files/tool"] = [(code, b"")] * 4
    assert _install(node, cloud, ROW).returncode == 0
    cloud.answers["/files/tool"] = [(code, b"")] * 5
    newer = hashlib.sha256(TOOL + b"newer").hexdigest()
    assert _install(node, cloud, (*ROW[:4], newer, "-")).returncode == 22
    assert len(cloud.requests) == 10


def test_one_refusal_is_not_held_against_what_may_pass(node: Node, cloud: Cloud) -> None:
    cloud.files["/files/tool"] = TOOL
    cloud.answers["/files/tool"] = [(code, b"") for code in (404, 503, 503, 503)]
    assert _install(node, cloud, ROW).returncode == 0
    assert len(cloud.requests) == 5


def test_a_closed_door_is_tried_five_times(node: Node, cloud: Cloud) -> None:
    node.stub("curl", "exit 7")
    done = _install(node, cloud, ROW)
    assert done.returncode == 7
    assert len(node.called()) == 5
    assert "curl exit 7: connection refused or no route" in done.stdout


def test_a_missing_checksum_file_is_no_reason_to_wait_either(node: Node, cloud: Cloud) -> None:
    done = _install(node, cloud, ("tool", "binary", "tool", "/files/tool", "-", "/files/none"))
    assert done.returncode == 22
    assert cloud.requests == ["GET /files/none"] * 2
    assert "/files/none: curl exit 22: the server answered with an error, HTTP 404\n" in done.stderr


@pytest.mark.parametrize(
    "sums",
    [
        GOOD + "\n",
        GOOD,
        f"{GOOD}  tool.amd64\n",
        f"{BAD}  other\n{GOOD} *tool.amd64\n{BAD}  tool.amd64.sig\n",
        f"# signed\n{GOOD}  build/tool.amd64\n",
    ],
)
def test_the_published_digest_is_used_where_none_is_pinned(node: Node, cloud: Cloud, sums: str) -> None:
    cloud.files |= {"/files/tool.amd64": TOOL, "/files/sums": sums.encode()}
    done = _install(node, cloud, ("tool", "binary", "tool", "/files/tool.amd64", "-", "/files/sums"))
    assert done.returncode == 0, done.stderr
    assert node.exists("opt/bin/tool")


@pytest.mark.parametrize("sums", ["", f"{GOOD}  another\n", "<html>not found</html>\n", BAD + "\n"])
def test_a_published_digest_that_does_not_fit_is_refused(node: Node, cloud: Cloud, sums: str) -> None:
    cloud.files |= {"/files/tool": TOOL, "/files/sums": sums.encode()}
    assert (
        _install(node, cloud, ("tool", "binary", "tool", "/files/tool", "-", "/files/sums")).returncode != 0
    )
    assert not node.exists("opt/bin/tool")


def test_without_any_digest_nothing_is_fetched(node: Node, cloud: Cloud) -> None:
    cloud.files["/files/tool"] = TOOL
    done = _install(node, cloud, ("tool", "binary", "tool", "/files/tool", "-", "-"))
    assert done.returncode == 1
    assert "set artifacts.pins.tool" in done.stderr
    assert cloud.requests == []


@pytest.mark.parametrize(
    ("target", "names", "found"),
    [
        ("prefix", ("bin/containerd", "bin/ctr"), ("opt/bin/containerd", "opt/bin/ctr")),
        ("cni", ("./bridge", "./LICENSE.md"), ("opt/cni/bin/bridge",)),
        ("bin", ("crictl",), ("opt/bin/crictl",)),
    ],
)
def test_archives(
    node: Node, cloud: Cloud, target: str, names: tuple[str, ...], found: tuple[str, ...]
) -> None:
    archive = _archive(*names)
    cloud.files["/files/a.tgz"] = archive
    digest = hashlib.sha256(archive).hexdigest()
    done = _install(node, cloud, ("a", "tgz", target, "/files/a.tgz", digest, "-"))
    assert done.returncode == 0, done.stderr
    folder = node.root / found[0].rpartition("/")[0]
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.rpartition("/")[2] for path in found)


def test_all_rows_are_installed(node: Node, cloud: Cloud) -> None:
    cloud.files["/files/tool"] = TOOL
    rows = [(name, "binary", name, "/files/tool", GOOD, "-") for name in ("one", "two", "three")]
    assert _install(node, cloud, *rows).returncode == 0
    assert all(node.exists(f"opt/bin/{name}") for name in ("one", "two", "three"))
