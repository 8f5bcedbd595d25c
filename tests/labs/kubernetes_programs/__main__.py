"""Writes what Kubernetes' programs take, for the compiler: `python -m tests.labs.kubernetes_programs`.

Each minor version's programs are built of the modules that the nodes' mirror builds them of, and asked (Go,
a quarter of an hour a version at first). What is gone, and since when, is read in the sources of these and of
older versions.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jeroboam.drivers.kubernetes.catalogue import supported_minors
from tests.labs.kubernetes_programs.build import build, version
from tests.labs.nodes.mirror.programs import KUBERNETES_MODULE
from tests.support.cases import ROOT

TARGET = ROOT / "compiler/jeroboam/drivers/kubernetes/programs.json"
OLDER = ("1.20.15", "1.21.14", "1.22.17", "1.23.17", "1.24.17", "1.25.16", "1.26.15", "1.27.16", "1.28.15",
         "1.29.15", "1.30.14", "1.31.14", "1.32.13", "1.33.5")  # fmt: skip
"""The last patch of each older minor version that something may have been taken from."""
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet")
Tables = Mapping[str, Any]


def main() -> None:
    """Ask, read and write."""
    asked = {minor: _ask(minor) for minor in supported_minors()}
    versions = (*OLDER, *(tables["version"].removeprefix("v") for tables in asked.values()))
    declared = {version.rpartition(".")[0]: _read(version) for version in versions}
    text = json.dumps(_assembled(asked, declared), indent=1, sort_keys=True)
    TARGET.write_text(text + "\n", encoding="utf-8")


def _ask(minor: str) -> Tables:
    """What the programs of a minor version say of themselves."""
    with tempfile.TemporaryDirectory() as folder:
        tables = Path(folder, "tables")
        build(minor, "./tables", tables)
        said = {p: json.loads(subprocess.check_output([tables, p], text=True)) for p in PROGRAMS}
    # All of them are in the one program, so each knows the gates of all.
    api_server: Tables = said["kube-apiserver"]
    return {**api_server, "flags": {p: it["flags"] for p, it in said.items()}, "version": version(minor)}


def _read(version: str) -> Tables:
    """What the sources of a version declare: a little more than its programs take."""
    kubernetes = _source(f"{KUBERNETES_MODULE}@v{version}")
    server = _source(f"k8s.io/apiserver@v0.{version.partition('.')[2]}")
    shared = _text(server / "pkg/server/options")
    own = _text(kubernetes / "pkg/kubeapiserver/options", kubernetes / "pkg/controlplane/apiserver/options")
    texts = {
        "kube-apiserver": _text(kubernetes / "cmd/kube-apiserver/app") + own + shared,
        "kube-controller-manager": _text(kubernetes / "cmd/kube-controller-manager/app") + shared,
        "kube-scheduler": _text(kubernetes / "cmd/kube-scheduler/app") + shared,
        "kubelet": _text(kubernetes / "cmd/kubelet/app") + _text(kubernetes / "pkg/kubelet/config"),
    }
    flag = re.compile(r'\.\w*Var(?:P|Pf)?\((?:[^"\n]*, )?"([a-z0-9-]+)"')
    gate = re.compile(r'\bfeaturegate\.Feature = "(\w+)"')
    gates = _text(kubernetes / "pkg/features", server / "pkg/features")
    plugin = re.compile(r'\bPluginName\s*=\s*"(\w+)"')
    plugins = _text(kubernetes / "plugin/pkg/admission", server / "pkg/admission/plugin")
    return {
        "flags": {program: set(flag.findall(text)) for program, text in texts.items()},
        "feature_gates": set(gate.findall(gates)),
        "admission_plugins": set(plugin.findall(plugins)),
    }


def _assembled(asked: Mapping[str, Tables], declared: Mapping[str, Tables]) -> Tables:
    kinds = ("feature_gates", "admission_plugins")
    return {
        "versions": {minor: tables["version"] for minor, tables in asked.items()},
        "flags": {p: _known({m: t["flags"][p] for m, t in asked.items()}) for p in PROGRAMS},
        **{kind: _known({m: t[kind] for m, t in asked.items()}) for kind in kinds},
        "locked": {
            minor: {name: gate["default"] for name, gate in t["feature_gates"].items() if gate.get("locked")}
            for minor, t in asked.items()
        },
        "gone": {
            "flags": {
                p: _gone([(m, {*t["flags"][p], *asked.get(m, t)["flags"][p]}) for m, t in declared.items()])
                for p in PROGRAMS
            },
            **{
                kind: _gone([(m, {*t[kind], *asked.get(m, t)[kind]}) for m, t in declared.items()])
                for kind in kinds
            },
        },
    }


def _known(by_minor: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """What every version has, and what each has besides."""
    every = set.intersection(*map(set, by_minor.values()))
    rest = {minor: sorted(set(names) - every) for minor, names in by_minor.items()}
    return {"every": sorted(every), **{minor: names for minor, names in rest.items() if names}}


def _gone(versions: list[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """The first version after the last that has it, of each name that the newest lacks."""
    last = {name: index for index, (_, names) in enumerate(versions) for name in names}
    return {name: versions[at + 1][0] for name, at in last.items() if at + 1 < len(versions)}


def _source(module: str) -> Path:
    told = subprocess.check_output(("go", "mod", "download", "-json", module), text=True, cwd="/")
    return Path(json.loads(told)["Dir"])


def _text(*folders: Path) -> str:
    files = (path for folder in folders for path in sorted(folder.rglob("*.go")))
    return "".join(path.read_text(encoding="utf-8") for path in files if not path.name.endswith("_test.go"))


if __name__ == "__main__":
    main()
