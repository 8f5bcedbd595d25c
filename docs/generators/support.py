"""The page of pairs, versions and proofs."""

from __future__ import annotations

from pathlib import Path

from docs.generators import judges
from jeroboam import plugins
from jeroboam.drivers.kubernetes.catalogue import known_patches, support_ends, supported_minors
from jeroboam.parts.engine import docker_support_ends, docker_versions, known_docker
from jeroboam.pipeline import compile_spec
from jeroboam.spec.schema import composed

_ROOT = Path(__file__).resolve().parents[2]

_HEAD = """\
# What is supported, and how we know

A pair that compiles has golden cases: specs with their reviewed outputs, which every test below
runs over. A pair without a driver or a platform has its properties in the schema; `validate` judges
a spec for it, and `compile` says what is missing (JB0401, JB0402).

This page is generated from the plug-ins, the schema, the version catalogue and `golden/`.

## Pairs

"""
_PROOFS = """\

## Pair by pair

Heat's engine, shellcheck and systemd judge every pair's cases; beside them stands what is the
pair's own. Networks are those that the COE takes; a distro that cannot carry one of its backends is
refused with JB0501.

| pair | container networks | architectures | proved by |
| --- | --- | --- | --- |
"""
_OF_SOME_PAIRS = {
    "daemons/test_swarm.py": {("swarm", "ubuntu")},
}
_PROCESSORS = """\

## Processors

`arch` is `amd64` or `arm64`. Each download has an address and a digest of its own for either, as
[architecture/test_processors.py](../tests/architecture/test_processors.py) checks for every pair.
Container images are named by tags that upstream's build files make for both (no registry was
asked): Kubernetes' own, Flannel, Calico, the OpenStack providers, CSI's sidecars and
metrics-server. Mesos and Marathon were published for amd64 alone (JB0451); Flannel's `udp` works on
amd64 alone (JB0342). Images of the system come from the distro: Ubuntu, Flatcar and Fedora CoreOS
publish them for arm64 too, and Fedora Atomic 29 was. None for arm64 has been booted here.
"""
_KUBERNETES = """\

## Kubernetes versions

Upstream supports each minor version for about fourteen months. From six weeks before the last day a
spec that asks for it gets a note (JB0406), and from the day after a warning (JB0407); it compiles
to the same bytes all the while. The dates are those of Kubernetes' own schedule and of
endoflife.date, which agree; that of the newest minor is by the rule on Kubernetes' page of patch
releases, as its schedule could not be read yet. The catalogue names the sources.

| minor | releases with known digests | supported until |
| --- | --- | --- |
"""
_DOCKER_SUPPORT = """\

Upstream maintains a major version until some time after the next one, and names no day before. It
gave up {ended}; a spec that asks for that gets the same warning.
"""
_CLAIMS = (
    ("Heat accepts every template", "its real engine loads and validates each one", "proof/test_heat.py"),
    (
        "References, names and parameters of a template agree",
        "read from each one",
        "proof/test_references.py",
    ),
    (
        "cloud-init accepts every user data",
        "its own schema check, size at its longest",
        "proof/test_user_data.py",
    ),
    (
        "Ignition makes of a config the files that were meant",
        "`ignition-validate`, then Ignition itself on an empty root",
        "proof/test_ignition.py",
    ),
    (
        "Every pair is created, grows, shrinks and is deleted without a trace",
        "a real OpenStack with a fake hypervisor, by `make test-cloud`",
        "cloud/test_deploy.py",
    ),
    (
        "A deployment survives kills, lost answers, outages and ended tokens",
        "the same, while its services are killed and paused",
        "cloud/test_deploy.py",
    ),
    (
        "What would fail later is said before",
        "the same, with too little of everything",
        "cloud/test_preflight.py",
    ),
    ("A plan says what Heat then does; drift is seen", "the same", "cloud/test_plan.py"),
    (
        "Nodes are rolled one after another; a roll that is killed or fails goes on",
        "the same, with the COE's API played; killed at twenty moments",
        "cloud/test_roll.py",
    ),
    (
        "Dead nodes are replaced, and nothing else; a majority of them is refused",
        "the same, in both layouts, with Swarm and Mesos, and killed",
        "cloud/test_repair.py",
    ),
    (
        "The pages on upgrading and rolling say what to type",
        "each line is run, on the same",
        "cloud/test_pages.py",
    ),
    (
        "A Kubernetes is upgraded minor by minor while its API and a Service answer",
        "nodes that boot, three masters, one, one without a volume",
        "nodes/test_upgrade.py",
    ),
    (
        "A swarm is rolled while its service answers",
        "nodes that boot, three managers",
        "nodes/test_roll.py",
    ),
    (
        "A stopped kubelet, a deleted server, a cut network are repaired; a network that is down is none",
        "nodes that boot, one master and two workers",
        "nodes/test_repair.py",
    ),
    (
        "Masters come and go, three to five and back, while the API answers",
        "nodes that boot",
        "nodes/test_masters.py",
    ),
    (
        "Certificates of a Kubernetes are renewed before and after their end",
        "nodes that boot, whose clocks are put ahead by up to 900 days",
        "nodes/test_renewal.py",
    ),
    (
        "A Mesos is rolled while its masters answer",
        "nodes that boot, three masters; Mesos' own daemons are played",
        "nodes/test_roll_mesos.py",
    ),
    (
        "What `jeroboam artifacts` lists is all that nodes download",
        "nodes that boot from a mirror and a registry that its script filled, all others silent",
        "nodes/test_mirrored.py",
    ),
    (
        "A swarm's nodes are drained, replaced and taken back",
        "a swarm of real Docker daemons",
        "daemons/test_swarm_client.py",
    ),
    (
        "The first cause of a failure is found",
        "the same, with faults in each service",
        "cloud/test_diagnosis.py",
    ),
    ("The page of a diagnosis works in a browser", "Chromium", "cloud/test_diagnosis_page.py"),
    (
        "The page of a cluster works by the keyboard, light and dark, without a network",
        "Chromium",
        "unit/topology/test_browser.py",
    ),
    (
        "A picture has all that a template has, and no text leaves its box",
        "every golden case; Chromium for the widths of texts, a parser of DOT",
        "unit/topology/test_picture.py",
    ),
    (
        "A login finds its cloud, region and CA, and outlives its token",
        "a small Keystone and Heat of the tests' own, with and without TLS",
        "unit/deploy/test_connection.py",
    ),
    (
        "Credentials are tried at the address of the stack's outputs",
        "TLS servers with right, foreign, misnamed and old certificates",
        "unit/cli/test_credentials_tried.py",
    ),
    (
        "Logins go through a bastion, and floating IPs that were there stay",
        "the same OpenStack",
        "cloud/test_bastion.py",
    ),
    (
        "What Magnum has becomes a spec that compiles, and nothing of it is passed over",
        "templates and clusters of its seven drivers; any labels, by Hypothesis",
        "unit/imports/magnum/test_drivers.py",
    ),
    ("What blocks a delete is named and removed", "the same OpenStack", "cloud/test_delete.py"),
    ("Scripts and units are sound", "shellcheck, `systemd-analyze verify`", "proof/test_node_text.py"),
    ("Manifests are valid", "Kubernetes' schemas for each version", "proof/test_kubernetes_objects.py"),
    (
        "kubeadm accepts its configuration",
        "kubeadm of each minor version, built from source",
        "proof/test_kubernetes_objects.py",
    ),
    (
        "kubeadm accepts that of any accepted spec",
        "hypothesis, the same kubeadm",
        "properties/test_kubeadm.py",
    ),
    (
        "Kubernetes reads the YAML of nodes as it was meant",
        "Go's reader, as its programs have it",
        "proof/test_go_reads.py",
    ),
    (
        "Kubernetes' programs know each argument, feature gate and admission plug-in of an accepted spec",
        "a table made by the programs of each minor version",
        "unit/drivers/kubernetes/test_arguments.py",
    ),
    ("A node runs its steps, reports and fails as described", "the scripts are run", "nodescripts"),
    (
        "The metadata service answers a node and none of its containers, bridged or routed, by IPv4 and IPv6",
        "network namespaces on the kernel; containers of the nodes that boot",
        "nodescripts/test_metadata.py",
    ),
    (
        "A swarm forms, locks and heals; no token is told without a certificate",
        "real Docker daemons on four machines made of namespaces, by `make test-daemons`",
        "daemons/test_swarm.py",
    ),
    (
        "A Swarm's nodes boot, complete the stack, their containers meet; reboots and a loss are survived",
        'machines for the servers of a stack, by `make test-nodes NODES="swarm"`',
        "nodes/test_swarm.py",
    ),
    (
        "A Kubernetes' nodes boot, complete the stack, run pods that meet; reboots and a loss are survived",
        "the same, by `make test-nodes NODES=kubernetes`",
        "nodes/test_kubernetes.py",
    ),
    (
        "Nodes with a second port are known by the first, go out by it, and their containers meet",
        "the same, a Kubernetes and a Swarm, by `make test-nodes NODES=test_ports`",
        "nodes/test_ports.py",
    ),
    (
        "Mesos' nodes boot into the right cgroup version, complete the stack; ZooKeeper outlives a loss",
        "the same, Mesos and Marathon played, by `make test-nodes NODES=mesos`",
        "nodes/test_mesos.py",
    ),
    (
        "A node that fails tells the stack within two minutes, and its console where Heat does not answer",
        'the same, by `make test-nodes NODES="lacks or reach_heat"`',
        "nodes/test_failures.py",
    ),
    (
        "A Kubernetes passes upstream's conformance tests, [all but those named](conformance.md)",
        "upstream's e2e.test on three masters and two workers that boot, by `make test-conformance`",
        "conformance/test_conformance.py",
    ),
    (
        "arm64 gets nothing of amd64's",
        "every pair compiled for it",
        "architecture/test_processors.py",
    ),
    (
        "The same spec gives the same bytes",
        "seeds, locales, zones, folders",
        "architecture/test_determinism.py",
    ),
    ("No text of a spec breaks out of its place", "hypothesis", "properties/test_hostile_text.py"),
    ("Any accepted spec is a template Heat accepts", "hypothesis, Heat's engine", "properties/test_specs.py"),
    ("Every diagnostic says what it should", "a spec and an exact report for each code", "errors"),
    ("Compiling loads no cloud library", "`sys.modules`", "architecture/test_start_up.py"),
    ("A wheel alone compiles every case", "an empty environment", "architecture/test_wheel.py"),
    ("A COE or a distro is new files alone", "a toy of each", "architecture/test_plugins.py"),
    (
        "A COE added as its page says compiles on every distro, and its nodes boot",
        "file by file, in a copy of the project",
        "architecture/test_adding_a_coe.py",
    ),
    (
        "A distro added as its page says compiles every COE, and its nodes boot",
        "the same",
        "architecture/test_adding_a_distro.py",
    ),
)
_NOT_SHOWN = """\

## What is not shown yet

- **No image of Flatcar or Fedora has been booted**, only stand-ins with their layouts. Their
  platforms rest on documentation, on Ignition itself and on the scripts run with each platform's
  paths.
- **Fedora Atomic 29 is frozen in 2019**, with glibc 2.28. By their upstreams' build files all
  downloads but one are static programs, which need none: containerd in its static archive, runc,
  CNI plugins, crictl, kubeadm, kubectl, Docker, etcd, flanneld. kubelet is linked with glibc.
  Releases so far were built on Debian 11, for the sake of old systems, and should need nothing
  newer than 2.28; this was not tried. Kubernetes' builders are about to leave Debian 11
  (kubernetes/release#4522), so that a newer kubelet may not start there.
- **No image of Mesos or Marathon has been run.** Their files and units rest on documentation and
  sources; in the tests of their steps the daemons are played. The default containerizers need
  cgroup v1, which current images of Fedora CoreOS and Flatcar do not have: `compile` warns
  (JB0463), and there `containerizers: [mesos]` works ([how](mesos.md#cgroup-v1)).
- **Clusters of machines have formed on stand-ins alone**: for Ubuntu Swarms of two and of five
  nodes with flannel's host-gw below Docker, of five with Docker's overlay, a Kubernetes of three
  and one with three masters with flannel's VXLAN, and a Mesos with three masters, its daemons
  played; a Swarm on that for Flatcar and a Kubernetes on that for Fedora CoreOS ([what was seen of
  each, and how long each step took](testing.md#nodes-that-boot)). The other pairs have not formed a
  cluster: in the tests of all pairs' steps, systemd, etcd, flanneld, kubeadm, containerd and Mesos
  are played.
- **Machines boot Debian in the place of each distro's image.** So nothing shows there of: the
  distros' own kernels, systemd and cloud-init releases; SELinux' policy; rpm-ostree and update
  engines; Ignition in an initramfs (it runs on the disk before the boot); GRUB (kernel arguments
  are handed to the next start); floating IPs, which carry nothing; a processor of full speed
  (clocks go slowly instead). Security groups are [enforced by
  nftables](testing.md#the-port-matrix-by-packets) from the rules that Neutron holds, not by an
  agent of Neutron's.
- **What machines download is built here** from the projects' Go modules and Debian's packages, so
  that the versions are those that can be had ([which](testing.md#nodes-that-boot)). Mesos and
  Marathon are played.
- **The cloud of the tests has no hypervisor, wires or disks**: servers run nothing, and what their
  nodes signal is played by a script from each server's own user data. No floating IP there carries
  a packet, so that `credentials` was seen to verify an API's certificate against a TLS server of
  the tests alone.
- **Digests** were taken from the sources that the catalogue names for each, not from upstream's own
  sites: where this was written these cannot be reached, and `make catalogue`, which reads them, was
  tried on a server that plays them. For flanneld and some releases of Kubernetes a single source
  was found. None, or not two for both processors, was found for Kubernetes 1.35.10, 1.36.6 and
  1.37.2, containerd 2.3.7, CNI plugins 1.10.0, etcd 3.6.15 and 3.6.16, Docker 29.9 and flanneld
  0.28, so that nodes get the releases before. Hosts with Docker run flanneld 0.27.4, while
  Kubernetes runs Flannel's image of 0.28. containerd 2.4 was left out: upstream maintains 2.3
  longer.
"""


def markdown() -> str:
    """The page: pairs, what proves each, versions, claims, what is not shown."""
    properties = composed()["properties"]
    distros = [name for name in properties["distro"]["enum"] if name not in composed()["x-aliases"]]
    parts = [_HEAD, f"| | {' | '.join(distros)} |\n| --- |{' --- |' * len(distros)}\n"]
    parts += [
        f"| **{coe}** | {' | '.join(_pair(coe, distro) for distro in distros)} |\n"
        for coe in properties["coe"]["enum"]
    ]
    parts.append(_PROOFS)
    parts += [_proofs(coe, distro) for coe in properties["coe"]["enum"] for distro in distros]
    parts.append(_PROCESSORS)
    parts.append(_KUBERNETES)
    parts += [
        f"| {minor} | {', '.join(known_patches(minor))} | {support_ends(minor)} |\n"
        for minor in supported_minors()
    ]
    oldest, newest = docker_versions()
    parts.append(f"\n## Docker versions\n\n{oldest} to {newest}; one that is not listed needs a pin.\n\n")
    parts.append("| architecture | releases with known digests |\n| --- | --- |\n")
    parts += [f"| {arch} | {', '.join(known_docker(arch))} |\n" for arch in ("amd64", "arm64")]
    ended = ", ".join(f"{major} on {ends}" for major, ends in docker_support_ends().items())
    parts.append(_DOCKER_SUPPORT.format(ended=ended))
    parts.append("\n## Claims and proofs\n\n| claim | proof | where |\n| --- | --- | --- |\n")
    parts += [f"| {claim} | {proof} | [{at}](../tests/{at}) |\n" for claim, proof, at in _CLAIMS]
    parts.append(judges.markdown())
    return "".join((*parts, _NOT_SHOWN))


def _pair(coe: str, distro: str) -> str:
    if coe not in plugins.names("drivers") or distro not in plugins.names("platforms"):
        return "not yet"
    folder = _ROOT / "golden" / coe / distro.replace("-", "_")
    cases = sorted(path.parent.name for path in folder.glob("*/cluster.yaml"))
    return ", ".join(f"[{case}](../golden/{coe}/{folder.name}/{case})" for case in cases)


def _proofs(coe: str, distro: str) -> str:
    """A row: what the schema and the driver know of the pair, and the tests that run over it."""
    if coe not in plugins.names("drivers") or distro not in plugins.names("platforms"):
        return f"| {coe} on {distro} | | | not yet |\n"
    drivers = composed()["properties"][coe]["x-network-drivers"]
    golden = _ROOT / "golden" / coe / distro.replace("-", "_")
    reader = "test_ignition" if any(golden.glob("*/expected/user-data/*.ign")) else "test_user_data"
    tests = [f"proof/{reader}.py", "architecture/test_pairs.py", "nodescripts/test_bootstrap.py"]
    tests += [test for test, pairs in _OF_SOME_PAIRS.items() if (coe, distro) in pairs]
    tests += [test for test in (f"nodes/test_{coe}.py",) if _boots(test, coe, distro)]
    found = [f"[{test}](../tests/{test})" for test in tests]
    cells = (f"{coe} on {distro}", ", ".join(drivers), ", ".join(_processors(golden)), ", ".join(found))
    return f"| {' | '.join(cells)} |\n"


def _boots(test: str, coe: str, distro: str) -> bool:
    """Whether a test of nodes that boot has a cluster of the pair; Ubuntu is what a shape has by itself."""
    path = _ROOT / "tests" / test
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return f'Shape("{coe}", "{distro}"' in text or (distro == "ubuntu" and f'Shape("{coe}"' in text)


def _processors(golden: Path) -> list[str]:
    """Those that the pair's minimal case compiles for."""
    spec = (golden / "minimal/cluster.yaml").read_text(encoding="utf-8")
    asked = {arch: f"{spec}\narch: {arch}\n".encode() for arch in ("amd64", "arm64")}
    return [arch for arch, text in asked.items() if compile_spec("-", stdin=text).value is not None]
