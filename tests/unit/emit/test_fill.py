"""The script that fills a mirror, run: a proxy plays upstream, a folder with its own skopeo registries."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from jeroboam.emit.mirror import MirrorContents, MirrorDownload, MirrorImage, contents, mirror_script
from jeroboam.pipeline import plan_spec
from tests.labs.nodes.mirror.proxy import Proxy, proxying
from tests.support.tls import authority
from tests.unit.cli.running import SPEC

REGISTRY = "registry.example.org/mirror"
AUTHORITY = authority(14)
TOOL = b"a tool of some size" * 4000
OTHER = b"another"
# Each image is a file, by its name and tag, which stands for its index; a copy is a copy of that.
SKOPEO = """\
#!/bin/bash
set -euo pipefail
echo "$*" >>"$STORE/log"
verb=$1
names=()
for word in "$@"; do if [[ $word == docker://* ]]; then names+=("${word#docker://}"); fi; done
place() {
  local file
  if [[ $1 != *@* ]]; then echo "$STORE/images/${1%:*}/${1##*:}"; return; fi
  for file in "$STORE/images/${1%@*}"/*; do
    if [[ "$1" == *"$(sha256sum <"$file" | cut -d ' ' -f 1)" ]]; then echo "$file"; fi
  done
}
from=$(place "${names[0]}")
[[ -f $from ]] || { echo "manifest unknown" >&2; exit 1; }
if [[ $verb == inspect ]]; then cat "$from"; exit; fi
to=$(place "${names[1]}")
mkdir -p "$(dirname "$to")"
"$STORE/convert" <"$from" >"$to"
"""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Site(NamedTuple):
    """A folder with all that a run needs, and the upstream that it is run against."""

    folder: Path
    upstream: Proxy

    @property
    def mirror(self) -> Path:
        return self.folder / "www" / "artifacts"

    def serves(self, url: str, content: bytes) -> None:
        path = self.folder / "upstream" / "files" / url.removeprefix("https://").partition("/")[2]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def has_image(self, name: str, index: bytes) -> None:
        path = self.folder / "images" / name.replace(":", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(index)

    def image(self, name: str) -> bytes:
        return (self.folder / "images" / name.replace(":", "/")).read_bytes()

    def environment(self, **more: str) -> Mapping[str, str]:
        return {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "STORE": str(self.folder),
            "HTTPS_PROXY": f"http://127.0.0.1:{self.upstream.server_port}",
            "CURL_CA_BUNDLE": str(self.folder / "ca.pem"),
            "MIRROR": str(self.mirror),
            "REGISTRY": REGISTRY,
            **more,
        }

    def filled(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", script], env=self.environment(**more), capture_output=True, text=True, timeout=100
        )

    def files(self) -> dict[str, bytes]:
        """All of the mirror's folder, hidden things too."""
        found = (path for path in self.mirror.rglob("*") if path.is_file())
        return {str(path.relative_to(self.mirror)): path.read_bytes() for path in found}

    def copies(self) -> list[str]:
        """What was copied, and forgets it."""
        log = self.folder / "log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line.split()[-1].removeprefix(f"docker://{REGISTRY}/") for line in lines if "copy" in line]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    for name, text in (("skopeo", SKOPEO), ("convert", "#!/bin/sh\nexec cat\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "ca.pem").write_bytes(b64decode(AUTHORITY["cluster_ca_cert"]))
    with proxying(tmp_path / "upstream", "127.0.0.1", 0, AUTHORITY) as upstream:
        yield Site(tmp_path, upstream)


URL = "https://dl.example.org/release/v1/tool"


def _download(content: bytes = TOOL, url: str = URL, *, published: bool = False) -> MirrorDownload:
    digest = None if published else _sha256(content)
    return MirrorDownload(url.rpartition("/")[2], "1", "amd64", url, digest, f"{url}.sha256", ("prod",))


def _image(reference: str) -> MirrorImage:
    return MirrorImage(reference, None, ("amd64",), (), ("prod",))


def _script(*wanted: MirrorDownload | MirrorImage) -> str:
    downloads = tuple(it for it in wanted if isinstance(it, MirrorDownload))
    images = tuple(it for it in wanted if isinstance(it, MirrorImage))
    return mirror_script(MirrorContents(("prod",), downloads, images, ()))


def test_the_script_passes_shellcheck() -> None:
    script = _script(_download(), _download(published=True), _image("quay.io/a/b:1"))
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [shellcheck, "--norc", "--severity=style", "-"], input=script, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, script[:12]) == (0, "", "#!/bin/bash\n")


def test_a_cluster_finds_all_it_asks_for_and_a_second_run_adds_nothing(site: Site) -> None:
    spec = site.folder / "prod.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    model = plan_spec(str(spec)).value
    assert model is not None
    wanted: dict[str, bytes] = {}
    pins: dict[str, str] = {}
    for it in model.downloads:
        content = it.url.encode()
        site.serves(it.url, content)
        wanted[it.url.removeprefix("https://").partition("/")[2]] = content
        pins[it.name] = _sha256(content)
    for reference in model.images.values():
        site.has_image(reference, reference.encode())
    pins["pause"] = _sha256(model.images["pause"].encode())
    spec.write_text(f"{SPEC}artifacts: {{pins: {json.dumps(pins)}}}\n", encoding="utf-8")
    model = plan_spec(str(spec)).value
    assert model is not None
    script = mirror_script(contents([model]))

    first = site.filled(script)
    assert (first.returncode, first.stderr) == (0, "")
    assert site.files() == wanted
    count = len(wanted) + len(model.images)
    assert first.stdout.endswith(f"\n{count} added, 0 there already, 0 left out, 0 wrong\n")
    for reference in model.images.values():
        plain, path = reference.partition("@")[0], reference.partition("@")[0].partition("/")[2]
        assert site.image(f"{REGISTRY}/{path}") == plain.encode()
    assert len(site.copies()) == len(model.images)

    site.upstream.asked.clear()
    second = site.filled(script)
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout.endswith(f"\n0 added, {count} there already, 0 left out, 0 wrong\n")
    assert (site.upstream.asked, site.copies(), site.files()) == ([], [], wanted)


def test_a_wrong_digest_is_told_and_nothing_of_it_stays(site: Site) -> None:
    other = f"{URL}-other"
    site.serves(URL, TOOL[:-1] + b"!")
    site.serves(other, OTHER)
    script = _script(_download(), _download(OTHER, other))
    done = site.filled(script, REGISTRY="")
    found = _sha256(TOOL[:-1] + b"!")
    assert done.stderr == (
        f"error: tool 1 amd64, for prod: the SHA-256 of {URL} is {found}, not {_sha256(TOOL)}\n"
    )
    # The others are fetched all the same.
    assert (done.returncode, site.files()) == (1, {"release/v1/tool-other": OTHER})
    assert done.stdout.endswith("\n1 added, 0 there already, 0 left out, 1 wrong\n")
    site.serves(URL, TOOL)
    assert site.filled(script, REGISTRY="").returncode == 0
    assert site.files() == {"release/v1/tool": TOOL, "release/v1/tool-other": OTHER}


def test_a_file_that_was_changed_is_fetched_anew(site: Site) -> None:
    site.serves(URL, TOOL)
    place = site.mirror / "release/v1/tool"
    place.parent.mkdir(parents=True)
    place.write_bytes(TOOL[:100])
    done = site.filled(_script(_download()), REGISTRY="")
    assert (done.returncode, site.files()) == (0, {"release/v1/tool": TOOL})


def test_a_connection_that_ends_is_taken_up_where_it_ended(site: Site) -> None:
    site.serves(URL, TOOL)
    site.upstream.cuts["/release/v1/tool"] = 30_000, lambda: None
    done = site.filled(_script(_download()), REGISTRY="")
    assert (done.returncode, site.files()) == (0, {"release/v1/tool": TOOL})
    assert site.upstream.asked == ["200 GET /release/v1/tool", "206 GET /release/v1/tool"]


def test_where_a_server_knows_no_ranges_a_file_is_begun_anew(site: Site) -> None:
    site.serves(URL, TOOL)
    site.upstream.ranges = False
    site.upstream.cuts["/release/v1/tool"] = 30_000, lambda: None
    done = site.filled(_script(_download()), REGISTRY="")
    assert (done.returncode, site.files()) == (0, {"release/v1/tool": TOOL})
    assert site.upstream.asked == ["200 GET /release/v1/tool"] * 3


@pytest.mark.parametrize("size", [len(TOOL), len(TOOL) + 1])
def test_what_an_earlier_run_left_is_not_trusted(size: int, site: Site) -> None:
    site.serves(URL, TOOL)
    part = site.mirror / ".parts" / _sha256(TOOL)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"?" * size)
    done = site.filled(_script(_download()), REGISTRY="")
    assert (done.returncode, site.files()) == (0, {"release/v1/tool": TOOL})


def test_a_killed_run_leaves_no_half_file_and_the_next_goes_on(site: Site) -> None:
    site.serves(URL, TOOL)
    sent, killed = threading.Event(), threading.Event()

    def hang() -> None:
        sent.set()
        killed.wait(60)

    site.upstream.cuts["/release/v1/tool"] = 40_000, hang
    script = _script(_download())
    running = subprocess.Popen(
        ["bash", "-c", script], env=site.environment(REGISTRY=""), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert sent.wait(60)
    part = site.mirror / ".parts" / _sha256(TOOL)
    # The last of it is still in curl's buffer.
    while not part.exists() or part.stat().st_size < 30_000:
        assert running.poll() is None
        time.sleep(0.01)
    # Two at once would write the same files.
    second = site.filled(script, REGISTRY="")
    assert (second.returncode, second.stderr) == (1, f"error: another run fills {site.mirror}\n")
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    killed.set()
    ((name, begun),) = site.files().items()
    assert (name, TOOL.startswith(begun)) == (f".parts/{_sha256(TOOL)}", True)
    done = site.filled(script, REGISTRY="")
    assert (done.returncode, site.files()) == (0, {"release/v1/tool": TOOL})
    assert site.upstream.asked == ["200 GET /release/v1/tool", "206 GET /release/v1/tool"]


def test_what_is_not_there_upstream_is_told_with_who_wants_it(site: Site) -> None:
    done = site.filled(_script(_download(), _image("quay.io/a/b:1")))
    assert done.returncode == 1
    assert "The requested URL returned error: 404" in done.stderr
    assert f"error: tool 1 amd64, for prod: cannot fetch {URL}\n" in done.stderr
    assert "manifest unknown\nerror: quay.io/a/b:1, for prod: skopeo cannot read it\n" in done.stderr


def test_a_digest_that_only_upstream_knows_is_read_there_and_mirrored_too(site: Site) -> None:
    site.serves(URL, TOOL)
    script = _script(_download(published=True))
    done = site.filled(script, REGISTRY="")
    assert done.returncode == 1
    assert done.stderr.endswith(f"error: tool 1 amd64, for prod: cannot fetch {URL}.sha256\n")
    site.serves(f"{URL}.sha256", b"nothing of use\n")
    done = site.filled(script, REGISTRY="")
    assert done.stderr == f"error: tool 1 amd64, for prod: {URL}.sha256 has no SHA-256 of tool\n"
    published = f"{_sha256(OTHER)}  tool-other\n{_sha256(TOOL)} *tool\n".encode()
    for _ in range(2):
        site.serves(f"{URL}.sha256", published)
        done = site.filled(script, REGISTRY="")
        assert (done.returncode, done.stderr) == (0, "")
        assert site.files() == {"release/v1/tool": TOOL, "release/v1/tool.sha256": published}
        published = _sha256(TOOL).encode()


def test_an_image_is_copied_whole_by_digest_or_by_tag(site: Site) -> None:
    digest = _sha256(b"pinned")
    site.has_image("quay.io/a/pinned:1", b"pinned")
    site.has_image("docker.io/library/busybox:latest", b"busybox")
    script = _script(_image(f"quay.io/a/pinned:1@sha256:{digest}"), _image("busybox"))
    done = site.filled(script, MIRROR="", REGISTRY_TLS_VERIFY="false")
    assert (done.returncode, done.stderr) == (0, "")
    log = (site.folder / "log").read_text(encoding="utf-8").splitlines()
    assert [line for line in log if line.startswith("copy")] == [
        "copy --quiet --all --preserve-digests --retry-times=3 --dest-tls-verify=false"
        f" docker://{source} docker://{REGISTRY}/{target}"
        for source, target in (
            (f"quay.io/a/pinned@sha256:{digest}", "a/pinned:1"),
            ("docker.io/library/busybox:latest", "library/busybox:latest"),
        )
    ]
    ours = [line for line in log if REGISTRY in line and line.startswith("inspect")]
    assert ours
    assert all("--tls-verify=false" in line for line in ours)
    # A tag that upstream moved is copied again; one by digest is asked for by that alone.
    site.copies()
    site.has_image("docker.io/library/busybox:latest", b"a newer one")
    site.has_image("quay.io/a/pinned:1", b"another")
    assert site.filled(script, MIRROR="").returncode == 0
    assert site.copies() == ["library/busybox:latest"]


def test_two_digests_of_one_tag_are_both_there(site: Site) -> None:
    site.has_image("quay.io/a/b:1", b"one")
    site.has_image("quay.io/a/b:other", b"two")
    references = [f"quay.io/a/b:{tag}@sha256:{_sha256(it)}" for tag, it in (("1", b"one"), ("2", b"two"))]
    script = _script(*map(_image, references))
    assert site.filled(script, MIRROR="").returncode == 0
    assert len(site.copies()) == 2
    assert site.filled(script, MIRROR="").returncode == 0
    assert site.copies() == []


def test_a_registry_that_changes_an_image_is_told(site: Site) -> None:
    site.has_image("quay.io/a/b:1", b"as upstream has it")
    (site.folder / "convert").write_text("#!/bin/sh\ntr a-z A-Z\n", encoding="utf-8")
    done = site.filled(_script(_image("quay.io/a/b:1")), MIRROR="")
    digest = _sha256(b"as upstream has it")
    assert done.returncode == 1
    assert done.stderr == (
        f"error: quay.io/a/b:1, for prod: {REGISTRY}/a/b:1 is not sha256:{digest}, as nodes ask for\n"
    )


def test_an_image_of_the_registry_itself_has_to_be_there(site: Site) -> None:
    script = _script(_image(f"{REGISTRY}/ours/web:1"))
    done = site.filled(script, MIRROR="")
    assert done.returncode == 1
    assert f"{REGISTRY}/ours/web:1, for prod: it is not in the registry" in done.stderr
    site.has_image(f"{REGISTRY}/ours/web:1", b"ours")
    assert site.filled(script, MIRROR="").returncode == 0
    assert site.copies() == []


def test_half_of_it_can_be_left_out_and_all_of_it_cannot(site: Site) -> None:
    site.serves(URL, TOOL)
    script = _script(_download(), _image("quay.io/a/b:1"))
    done = site.filled(script, REGISTRY="")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0, "1 added, 0 there already, 1 left out, 0 wrong"
    )  # fmt: skip
    assert not (site.folder / "log").exists()
    done = site.filled(script, REGISTRY="", MIRROR="")
    assert (done.returncode, done.stderr) == (2, "error: set MIRROR, a folder, or REGISTRY, or both\n")


@pytest.mark.parametrize("name", ["MIRROR", "REGISTRY"])
def test_an_address_in_place_of_a_folder_or_a_prefix_is_refused(name: str, site: Site) -> None:
    done = site.filled(_script(_download()), **{name: "https://mirror.example.org/artifacts"})
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {name} is a ")
    assert done.stderr.endswith("not 'https://mirror.example.org/artifacts'\n")


def test_a_program_that_is_not_there_is_named(site: Site) -> None:
    bare = site.folder / "bare"
    bare.mkdir()
    (bare / "bash").symlink_to("/bin/bash")
    done = site.filled(_script(_image("quay.io/a/b:1")), PATH=str(bare))
    assert (done.returncode, done.stderr) == (2, "error: 'skopeo' is not installed\n")
