"""What Jinja fills into fragments: a value never ends the quotes that it stands between."""

from __future__ import annotations

import tomllib

import pytest
import yaml

from jeroboam.drivers.kubernetes import manifests
from jeroboam.drivers.kubernetes.catalogue import release
from jeroboam.render import render
from jeroboam.spec.mirrors import Mirror

HOSTILE = ['a"b', "a\\b", "a\nb: c", "{{ x }}", "#% if", "é", "a: b # c", "'"]


@pytest.mark.parametrize("value", HOSTILE)
def test_any_value_comes_back_from_toml(value: str) -> None:
    hosts = [(Mirror(value, is_root=False), True, value), (Mirror("x", is_root=True), False, None)]
    read = tomllib.loads(render("common/registry-hosts.toml.j2", server=value, hosts=hosts, ca=value))
    assert read["server"] == read["ca"] == read["host"][value]["ca"] == value
    assert {url: host["skip_verify"] for url, host in read["host"].items()} == {value: True, "x": False}


@pytest.mark.parametrize("value", HOSTILE)
def test_any_value_comes_back_from_yaml(value: str) -> None:
    known = release(None, "amd64")
    assert known is not None
    text = manifests.manifest(manifests.CLOUD_CONTROLLER_MANAGER, known.images, value, value)
    (pod,) = (
        document["spec"]["template"]["spec"]
        for document in yaml.safe_load_all(text)
        if document["kind"] == "DaemonSet"
    )
    (container,) = pod["containers"]
    assert container["image"].startswith(f"{value}/")
    assert f"--cluster-name={value}" in container["args"]


def test_flannels_configuration_is_a_secret_where_it_has_a_key() -> None:
    known = release(None, "amd64")
    assert known is not None
    for keyed, kind in ((False, "configMap"), (True, "secret")):
        text = manifests.manifest(manifests.FLANNEL, known.images, None, keyed=keyed)
        pods = [d["spec"]["template"]["spec"] for d in yaml.safe_load_all(text) if d["kind"] == "DaemonSet"]
        (volume,) = (v for v in pods[0]["volumes"] if v["name"] == "flannel-cfg")
        assert set(volume) == {"name", kind}
