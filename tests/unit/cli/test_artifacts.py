"""`artifacts`: what a mirror holds for clusters, each thing once with who wants it, in each format."""

from __future__ import annotations

import json
from pathlib import Path

from jeroboam.model.artifacts import Download, ManifestImage
from jeroboam.parts.artifacts import image
from jeroboam.pipeline import plan_spec
from tests.unit.cli.running import SPEC, Run

DIGEST = "ab" * 32
MANIFEST = f"""\
apiVersion: v1
kind: List
items:
  - apiVersion: batch/v1
    kind: CronJob
    metadata: {{name: backup}}
    spec:
      schedule: "@daily"
      jobTemplate:
        spec:
          template:
            spec:
              initContainers: [{{name: wait, image: busybox}}]
              containers: [{{name: copy, image: "quay.io/tools/copy:2@sha256:{DIGEST}"}}]
              volumes: [{{name: data, image: {{reference: "registry.example.org/data:1"}}}}, {{name: tmp}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec: {{containers: [{{name: web, image: busybox}}, {{name: odd, image: "${{IMAGE}} END"}}]}}
---
apiVersion: example.org/v1
kind: Website
metadata: {{name: site}}
spec: {{template: {{spec: {{containers: [{{name: web, image: "quay.io/an/operators-own:1"}}]}}}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: broken}}
spec: [1]
"""


def _spec(name: str, more: str = "") -> None:
    Path(f"{name}.yaml").write_text(SPEC.replace("name: demo", f"name: {name}") + more, encoding="utf-8")


def test_what_several_clusters_want_is_listed_once_with_all_of_them(run: Run) -> None:
    _spec("one")
    _spec("two", 'container_network: {driver: calico}\ncoe_version: "1.36"\n')
    done = run("artifacts", "one.yaml", "two.yaml", "--format", "json")
    found = json.loads(done.out)
    assert done.status == 0
    by = {it["name"]: it for it in (*found["downloads"], *found["images"])}
    assert len(by) == len(found["downloads"]) + len(found["images"])
    assert by["kubelet"]["clusters"] == by["coredns"]["clusters"] == ["one", "two"]
    assert by["kubelet"]["path"] == f"release/v{by['kubelet']['version']}/bin/linux/amd64/kubelet"
    assert (by["flannel"]["clusters"], by["calico-node"]["clusters"]) == (["one"], ["two"])
    assert found["clusters"] == ["one", "two"]
    names = [it["reference"] for it in found["images"]]
    assert names == sorted(names)


def test_architectures_and_versions_are_told_apart(run: Run) -> None:
    _spec("one")
    _spec("two", "arch: arm64\n")
    found = json.loads(run("artifacts", "one.yaml", "two.yaml", "--format", "json").out)
    runc = [(it["arch"], it["clusters"]) for it in found["downloads"] if it["name"] == "runc"]
    assert runc == [("amd64", ["one"]), ("arm64", ["two"])]
    assert {tuple(it["arches"]) for it in found["images"]} == {("amd64", "arm64")}


def test_all_is_upstreams_whatever_mirror_a_spec_names(run: Run) -> None:
    _spec("one")
    plain = run("artifacts", "one.yaml", "--format", "json").out
    _spec("one", "artifacts: {mirror: 'https://a.example.org', image_registry: b.example.org/c}\n")
    assert run("artifacts", "one.yaml", "--format", "json").out == plain


def test_where_a_registry_has_an_image_is_where_nodes_look(run: Run) -> None:
    _spec("one", f"artifacts: {{pins: {{pause: {DIGEST}}}}}\n")
    found = json.loads(run("artifacts", "one.yaml", "--format", "json").out)
    for it in found["images"]:
        assert image(it["reference"], "r.example.org/m").partition("@")[0] == f"r.example.org/m/{it['path']}"
    (pause,) = (it for it in found["images"] if it["name"] == "pause")
    assert pause["digest"] == f"sha256:{DIGEST}"
    script = run("artifacts", "one.yaml", "--format", "sh").out
    path = pause["path"]
    assert f"\nimage registry.k8s.io/pause@sha256:{DIGEST} {path} sha256:{DIGEST} one\n" in script


def test_images_of_manifests_come_apart_and_what_is_none_stays_out_of_the_script(run: Run) -> None:
    Path("web.yaml").write_text(MANIFEST, encoding="utf-8")
    _spec("one", "kubernetes: {manifests: [web.yaml]}\n")
    _spec("two", "kubernetes: {manifests: [web.yaml]}\n")
    done = run("artifacts", "one.yaml", "two.yaml", "--format", "json")
    found = json.loads(done.out)["manifest_images"]
    assert {it["reference"]: it["path"] for it in found} == {
        "${IMAGE} END": None,
        "busybox": "library/busybox:latest",
        f"quay.io/tools/copy:2@sha256:{DIGEST}": "tools/copy:2",
        "registry.example.org/data:1": "data:1",
    }
    assert all(it["clusters"] == ["one", "two"] and it["manifests"] == ["web.yaml"] for it in found)
    said = "warning: '${IMAGE} END' in web.yaml is no image reference; no mirror can be given it\n"
    assert done.err.endswith(said)
    script = run("artifacts", "one.yaml", "two.yaml", "--format", "sh").out
    table = script.partition("fill 3<<'END'\n")[2]
    assert "IMAGE" not in table
    assert table.endswith("\nEND\n")
    assert table.count("END") == 1
    assert "\nimage docker.io/library/busybox:latest library/busybox:latest - one,two\n" in table
    text = run("artifacts", "one.yaml").out
    assert "  busybox  (one: web.yaml)\n" in text


def test_a_version_that_is_no_tag_is_told(run: Run) -> None:
    _spec("one", 'kubernetes: {addons: {metrics_server: {enabled: true, version: "0.9.0+ours"}}}\n')
    done = run("artifacts", "one.yaml", "--format", "sh")
    reference = "registry.k8s.io/metrics-server/metrics-server:v0.9.0+ours"
    assert f"warning: '{reference}' is no image reference; no mirror can be given it\n" in done.err
    assert "metrics-server" not in done.out


def test_what_no_one_mirror_can_hold_is_told_and_never_scripted(run: Run) -> None:
    _spec("one", f"artifacts: {{pins: {{runc: {DIGEST}}}}}\n")
    Path("pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: 'quay.io/pause:3.10.2'}]}\n"
    )
    _spec("two", "kubernetes: {manifests: [pod.yaml]}\n")
    done = run("artifacts", "one.yaml", "two.yaml", "--format", "sh")
    assert (done.status, done.out) == (1, "")
    runc, pause = (line for line in done.err.splitlines() if "would be different" in line)
    assert f"one SHA-256 {DIGEST} of https://github.com/opencontainers/runc/" in runc
    assert "'pause:3.10.2' would be different images: " in pause
    done = run("artifacts", "one.yaml", "two.yaml")
    assert done.status == 0
    assert done.err.count("warning: no one mirror can hold this: ") == 2


def test_a_patch_without_a_known_digest_names_upstreams_checksum_file(run: Run) -> None:
    _spec("one", "coe_version: 1.36.99\n")
    out = run("artifacts", "one.yaml").out
    assert "    sha256 as told by https://dl.k8s.io/release/v1.36.99/bin/linux/amd64/kubelet.sha256\n" in out


def test_a_spec_with_errors_ends_it_before_anything_is_listed(run: Run) -> None:
    _spec("one")
    Path("bad.yaml").write_text(SPEC.replace("keypair", "key_pair"), encoding="utf-8")
    done = run("artifacts", "one.yaml", "bad.yaml")
    assert (done.status, done.out) == (3, "")
    assert "JB0201" in done.err
    assert run("artifacts").status == 2


def test_a_spec_comes_from_standard_input(run: Run) -> None:
    done = run("artifacts", "-", stdin=SPEC)
    assert done.status == 0
    assert done.out.startswith("for demo\n\ndownloads:\n")


def test_a_model_names_its_files_and_images(run: Run) -> None:
    Path("web.yaml").write_text(MANIFEST, encoding="utf-8")
    _spec("one", f"artifacts: {{pins: {{runc: {DIGEST}}}}}\nkubernetes: {{manifests: [web.yaml]}}\n")
    model = plan_spec("one.yaml").value
    assert model is not None
    assert all(isinstance(it, Download) for it in model.downloads)
    assert next(it.sha256 for it in model.downloads if it.name == "runc") == DIGEST
    assert ManifestImage("busybox", "web.yaml") in model.manifest_images
