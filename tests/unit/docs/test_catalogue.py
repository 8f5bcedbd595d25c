"""`make catalogue`, with a server that plays all of upstream's sites."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

from docs.catalogue.__main__ import main
from docs.catalogue.entries import ARCHES, ENGINE, KUBERNETES, PROGRAMS
from docs.catalogue.text import text
from docs.catalogue.upstream import VARIABLE
from tests.support.cases import ROOT

FILES = (KUBERNETES, ENGINE)
RAW = "raw.githubusercontent.com"
KUBESPRAY = f"{RAW}/kubernetes-sigs/kubespray/master/roles/kubespray_defaults/vars/main/checksums.yml"
KOPS = f"{RAW}/kubernetes/kops/master/pkg/assets/assetdata/k8s-1.36.yaml"
SCHEDULE, ENDED = (f"{RAW}/kubernetes/website/main/data/releases/{name}.yaml" for name in ("schedule", "eol"))
END_OF_LIFE = "endoflife.date/api/v1/products/kubernetes"
MIRROR = "mirrors.tuna.tsinghua.edu.cn/docker-ce"


class Page(NamedTuple):
    """What is at an address; `promised` is the length that is announced."""

    body: bytes
    status: int = 200
    promised: int | None = None


def digest_of(*words: str) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


class Site:
    """Upstream, and a copy of the project's two files whose digests it has."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        files = {path: json.loads((ROOT / path).read_text(encoding="utf-8")) for path in FILES}
        kubernetes, engine = (files[path] for path in FILES)
        for version, row in engine["docker"]["digests"].items():
            row |= {arch: digest_of("docker", version, arch) for arch in ARCHES}
        engine["flanneld"]["digests"] |= {
            arch: digest_of("flanneld", engine["flanneld"]["version"], arch) for arch in ARCHES
        }
        for name, rows in kubernetes["digests"].items():
            for version, row in rows.items():
                self.publish(name, version, kubernetes["downloads"][name], row)
        for version, row in engine["docker"]["digests"].items():
            self.publish("docker", version, engine["docker"], row)
        for name in ("etcd", "flanneld"):
            self.publish(name, engine[name]["version"], engine[name], engine[name]["digests"])
        self.support({minor: of["support_ends"] for minor, of in kubernetes["minors"].items()})
        for path, data in files.items():
            (root / path).parent.mkdir(parents=True)
            (root / path).write_text(text(data), encoding="utf-8")

    def data(self, path: str) -> Any:
        return json.loads((self.root / path).read_text(encoding="utf-8"))

    def put(self, address: str, said: object) -> None:
        self.pages[address] = Page((said if isinstance(said, str) else json.dumps(said)).encode())

    def publish(self, name: str, version: str, download: Any, digests: Any) -> None:
        """Puts a version of a download everywhere where upstream has it."""
        lists: dict[str, list[str]] = defaultdict(list)
        for arch in ARCHES:
            fields = {"version": version, "arch": arch, "machine": download.get("machine", {}).get(arch)}
            url = download["url"].format(**fields).removeprefix("https://")
            file = url.rpartition("/")[2]
            body = f"{name} {version} {arch}"
            self.put(url, body)
            if name == "docker":
                self.put(f"{MIRROR}/{url.partition('/')[2]}", body)
            if "sha256_url" in download:
                address = download["sha256_url"].format(**fields).removeprefix("https://")
                line = digests[arch] if name in PROGRAMS else f"{digests[arch]}  {file}"
                lists[address].append(line)
            if url.startswith("github.com/"):
                _, owner, repository, _, _, tag, _ = url.split("/")
                address = f"api.github.com/repos/{owner}/{repository}/releases/tags/{tag}"
                record = self.pages.get(address, Page(b'{"assets": [{"name": "old.tgz", "digest": null}]}'))
                assets = json.loads(record.body)["assets"]
                self.put(address, {"assets": [*assets, {"name": file, "digest": f"sha256:{digests[arch]}"}]})
            if name in PROGRAMS:
                table = json.loads(self.pages.get(KUBESPRAY, Page(b"{}")).body)
                of = table.setdefault(f"{name}_checksums", {}).setdefault(arch, {})
                of[version] = f"sha256:{digests[arch]}"
                self.put(KUBESPRAY, table)
        for address, lines in lists.items():
            signed = ["-----BEGIN PGP SIGNED MESSAGE-----", ""] if name == "runc" else []
            self.put(address, "\n".join((*signed, *lines)) + "\n")

    def support(self, ends: dict[str, str]) -> None:
        """Puts the last days: those of 1.34 where what has ended is."""
        rows = [{"release": minor, "endOfLifeDate": day} for minor, day in ends.items()]
        self.put(SCHEDULE, {"schedules": [row for row in rows if row["release"] != "1.34"]})
        self.put(ENDED, {"branches": [row for row in rows if row["release"] == "1.34"]})
        releases = [{"name": minor, "eolFrom": day} for minor, day in ends.items()]
        self.put(END_OF_LIFE, {"result": {"releases": releases}})


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, site: Site, *rest: Any) -> None:
        self._site = site
        super().__init__(*rest)

    def do_GET(self) -> None:
        address = self.path.removeprefix("/")
        self._site.asked.append(address)
        page = self._site.pages.get(address, Page(b"no such page", 404))
        self.send_response(page.status)
        self.send_header("Content-Length", str(len(page.body) if page.promised is None else page.promised))
        self.end_headers()
        self.wfile.write(page.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    found = Site(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, found))
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv(VARIABLE, f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield found
    server.shutdown()
    server.server_close()


def test_all_is_vouched_for_anew(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    before = [site.data(path) for path in FILES]
    assert main(["--check"], site.root) == 4
    assert [site.data(path) for path in FILES] == before
    assert main([], site.root) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert f"--- {KUBERNETES}\n+++ {KUBERNETES}\n" in out
    kubernetes, engine = (site.data(path) for path in FILES)
    assert kubernetes["digests"]["kubelet"]["1.36.5"] == {
        **{arch: before[0]["digests"]["kubelet"]["1.36.5"][arch] for arch in ARCHES},
        "digest_source": ["installers", "upstream"],
    }
    assert kubernetes["digests"]["crictl"]["1.37.0"]["digest_source"] == ["github", "upstream"]
    assert engine["docker"]["digests"]["28.5.2"]["digest_source"] == ["measured", "mirror"]
    assert engine["flanneld"]["digests"]["digest_source"] == ["github", "measured"]
    assert list(engine["digest_sources"]) == ["github", "measured", "mirror", "upstream"]
    assert set(kubernetes["support_sources"]) == {"schedule", "endoflife"}
    assert main([], site.root) == main(["--check"], site.root) == 0
    assert capsys.readouterr() == ("", "all is as the sources say\n" * 2)


def _publish(site: Site, name: str, version: str) -> dict[str, str]:
    """A version that upstream has and the files have not."""
    digests = {arch: digest_of(name, version, arch) for arch in ARCHES}
    kubernetes, engine = (site.data(path) for path in FILES)
    site.publish(name, version, {**kubernetes["downloads"], **engine}[name], digests)
    return digests


def test_a_patch_of_kubernetes_is_added(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    digests = {program: _publish(site, program, "1.36.10") for program in PROGRAMS}
    patches = site.data(KUBERNETES)["minors"]["1.36"]["patches"]
    assert main(["kubernetes=1.36.10"], site.root) == 0
    found = site.data(KUBERNETES)
    assert found["minors"]["1.36"]["patches"] == [*patches, "1.36.10"]
    for program in PROGRAMS:
        row = found["digests"][program]["1.36.10"]
        assert {arch: row[arch] for arch in ARCHES} == digests[program]
        versions = list(found["digests"][program])
        assert versions == sorted(versions, key=lambda it: [*map(int, it.split("."))])
    assert f'+        "amd64": "{digests["kubelet"]["amd64"]}",' in capsys.readouterr().out
    # Nothing else was asked about.
    assert {address.rpartition("/v1.36.10/")[1] for address in site.asked if address != KUBESPRAY} == {
        "/v1.36.10/"
    }


def test_kops_has_what_kubespray_has_no_more(site: Site) -> None:
    digests = {program: _publish(site, program, "1.36.10") for program in PROGRAMS}
    table = json.loads(site.pages[KUBESPRAY].body)
    for program in PROGRAMS:
        for arch in ARCHES:
            del table[f"{program}_checksums"][arch]["1.36.10"]
    site.put(KUBESPRAY, table)
    rows = [
        {"name": f"v1.36.10/bin/linux/{arch}/{program}", "sha256": digests[program][arch]}
        for program in PROGRAMS
        for arch in ARCHES
    ]
    assert main(["kubernetes=1.36.10"], site.root) == 1
    site.put(KOPS, {"files": rows})
    assert main(["kubernetes=1.36.10"], site.root) == 0


@pytest.mark.parametrize(("name", "version"), [("containerd", "2.9.1"), ("crictl", "1.36.9")])
def test_what_goes_with_a_minor_version_is_replaced(site: Site, name: str, version: str) -> None:
    digests = _publish(site, name, version)
    assert main([f"{name}={version}"], site.root) == 0
    found = site.data(KUBERNETES)
    asked = {minor: of["versions"][name] for minor, of in found["minors"].items()}
    changed = {minor for minor, of in asked.items() if of == version}
    assert changed == ({"1.36"} if name == "crictl" else set(asked))
    assert set(found["digests"][name]) == set(asked.values())
    assert {arch: found["digests"][name][version][arch] for arch in ARCHES} == digests


@pytest.mark.parametrize(
    ("name", "version"), [("etcd", "3.6.99"), ("flanneld", "0.99.0"), ("docker", "29.99.0")]
)
def test_what_hosts_with_docker_run(site: Site, name: str, version: str) -> None:
    digests = _publish(site, name, version)
    known = set(site.data(ENGINE)["docker"]["digests"])
    assert main([f"{name}={version}"], site.root) == 0
    found = site.data(ENGINE)
    row = found[name]["digests"][version] if name == "docker" else found[name]["digests"]
    assert {arch: row[arch] for arch in ARCHES} == digests
    assert set(found["docker"]["digests"]) == known | ({version} if name == "docker" else set())


ADDRESSES = {
    "its own list": "github.com/opencontainers/runc/releases/download/v1.9.9/runc.sha256sum",
    "GitHub's record": "api.github.com/repos/opencontainers/runc/releases/tags/v1.9.9",
}
DAMAGE: dict[str, tuple[Callable[[Page], Page | None], str]] = {
    "missing": (lambda _: None, "HTTP 404"),
    "of a broken server": (lambda page: page._replace(status=500), "HTTP 500"),
    "cut off": (lambda page: Page(page.body[:-40], promised=len(page.body)), "IncompleteRead"),
    "shortened": (lambda page: Page(page.body[:60]), "has no|is not JSON"),
    "no text": (lambda _: Page(b"\xff\xfe"), "is not text"),
    "of another shape": (lambda _: Page(b'["assets"]'), "has no"),
    "too long": (lambda _: Page(b"0" * (9 << 20)), "is longer than"),
    "of another file": (lambda page: Page(page.body.replace(b"runc.a", b"runc.b")), "has no SHA-256"),
    "of another digest": (lambda page: Page(re.sub(rb"[0-9a-f]{64}", b"0" * 64, page.body)), "differ"),
}


@pytest.mark.parametrize("where", ADDRESSES)
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_source_that_is_damaged_is_named_and_nothing_is_written(
    site: Site, capsys: pytest.CaptureFixture[str], where: str, damage: str
) -> None:
    _publish(site, "runc", "1.9.9")
    _publish(site, "containerd", "2.9.1")
    before = [site.data(path) for path in FILES]
    address = ADDRESSES[where]
    change, said = DAMAGE[damage]
    page = change(site.pages.pop(address))
    if page is not None:
        site.pages[address] = page
    assert main(["runc=1.9.9", "containerd=2.9.1"], site.root) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert [site.data(path) for path in FILES] == before
    *faults, last = err.splitlines()
    assert last == "nothing is written"
    assert len(faults) == 2, "one for each processor"
    for arch, fault in zip(ARCHES, faults, strict=True):
        assert re.match(f"runc 1.9.9 {arch}: .*({said})", fault), fault
        assert said == "differ" or f"https://{address}" in fault


def test_a_file_that_its_mirror_has_otherwise_is_refused(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    _publish(site, "docker", "29.99.0")
    site.put(f"{MIRROR}/linux/static/stable/aarch64/docker-29.99.0.tgz", "something else")
    assert main(["docker=29.99.0"], site.root) == 1
    assert capsys.readouterr().err.startswith("docker 29.99.0 arm64: the sources differ: measured says ")


def test_a_digest_that_is_known_is_not_replaced(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    version = site.data(ENGINE)["etcd"]["version"]
    known = site.data(ENGINE)["etcd"]["digests"]["amd64"]
    for address, page in site.pages.items():
        site.pages[address] = Page(page.body.replace(known.encode(), b"f" * 64))
    assert main(["etcd"], site.root) == 1
    assert capsys.readouterr().err == (
        f"etcd {version} amd64: was {known} and is {'f' * 64} now: look why\nnothing is written\n"
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("helm=3.0.0", "there is no 'helm'"),
        ("runc=1.5", "a version has three numbers"),
        ("runc=v1.5.0", "a version has three numbers"),
        ("kubernetes=1.99.0", "has to be added first"),
        ("crictl=1.99.0", "goes with no minor version"),
        ("docker=27.0.0", "is none that this release installs"),
        ("docker=99.0.0", "is none that this release installs"),
    ],
)
def test_what_cannot_be_asked_for(
    site: Site, capsys: pytest.CaptureFixture[str], word: str, said: str
) -> None:
    assert main([word], site.root) == 1
    assert said in capsys.readouterr().err
    assert site.asked == []


def test_days_of_support_need_two_that_agree(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    ends = {minor: of["support_ends"] for minor, of in site.data(KUBERNETES)["minors"].items()}
    site.support({**ends, "1.36": "2027-07-01"})
    assert main(["support"], site.root) == 0
    assert site.data(KUBERNETES)["minors"]["1.36"]["support_ends"] == "2027-07-01"
    page = site.pages[END_OF_LIFE]
    site.put(END_OF_LIFE, page.body.decode().replace("2027-07-01", "2027-07-02"))
    assert main(["support"], site.root) == 1
    assert "support of 1.36: Kubernetes says 2027-07-01, endoflife.date 2027-07-02" in capsys.readouterr().err
    site.put(END_OF_LIFE, page.body.decode().replace('"2027-07-01"', "null"))
    assert main(["support"], site.root) == 1
    assert "has no last day of 1.36" in capsys.readouterr().err


@pytest.mark.parametrize("path", FILES)
def test_the_files_are_in_the_one_form(path: str) -> None:
    written = (ROOT / path).read_text(encoding="utf-8")
    assert text(json.loads(written)) == written
