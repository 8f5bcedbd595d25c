"""Roles, daemons' files, secrets and findings of a Mesos cluster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from jeroboam.drivers.mesos.catalogue import release, supported_versions
from jeroboam.drivers.mesos.daemons import quorum
from jeroboam.drivers.mesos.options import mesos_options
from jeroboam.drivers.mesos.problems import needs_cgroup_v1
from jeroboam.model.types import HeatFact, RoleKind, SecretRef
from jeroboam.parts.bootstrap import PLATFORM_VALUES, names_read
from jeroboam.pipeline import plan_spec
from tests.support.cases import CASES, Case
from tests.unit.drivers.mesos.planned import (
    FLANNEL,
    document,
    files,
    notes,
    outcome,
    plan,
    problems,
    settings,
)

MESOS = [case for case in CASES if case.coe == "mesos"]


# --- masters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("masters", "majority"), [(1, 1), (3, 2), (5, 3), (7, 4)])
def test_a_majority_of_the_masters_must_agree(masters: int, majority: int) -> None:
    assert quorum(masters) == majority
    role = plan(masters={"count": masters}).roles[0]
    assert settings(role, "mesos/mesos-master/master.options")["MESOS_QUORUM"] == str(majority)


@pytest.mark.parametrize("masters", [1, 3, 5, 7])
def test_each_master_has_its_number_in_the_ensemble_for_good(masters: int) -> None:
    config = settings(plan(masters={"count": masters}).roles[0], "zookeeper/zoo.cfg")
    servers = {name: value for name, value in config.items() if name.startswith("server.")}
    assert servers == {f"server.{i + 1}": f"@{{MASTER_ADDRESS_{i}}}:2888:3888" for i in range(masters)}
    assert config["4lw.commands.whitelist"] == "mntr,ruok"
    assert config["admin.enableServer"] == "false"


def test_everyone_finds_the_leader_by_all_zookeepers() -> None:
    master, agent = plan(masters={"count": 3}).roles
    hosts = "@{MASTER_ADDRESS_0}:2181,@{MASTER_ADDRESS_1}:2181,@{MASTER_ADDRESS_2}:2181"
    assert settings(master, "mesos/mesos-master/master.options")["MESOS_ZK"] == f"zk://{hosts}/mesos"
    assert settings(agent, "mesos/mesos-agent/agent.options")["MESOS_MASTER"] == f"zk://{hosts}/mesos"
    marathon = settings(master, "mesos/marathon/marathon.options")
    assert (marathon["MARATHON_MASTER"], marathon["MARATHON_ZK"]) == (
        f"zk://{hosts}/mesos",
        f"zk://{hosts}/marathon",
    )


def test_roles() -> None:
    groups = [
        {"name": "a", "flavor": "f", "count": 2, "retired": [1]},
        {"name": "b", "flavor": "f", "count": 0},
    ]
    model = plan(masters={"count": 3}, node_groups=groups)
    assert [(role.name, role.kind, role.indexes, role.origin) for role in model.roles] == [
        ("master", RoleKind.MASTER, (0, 1, 2), "/masters"),
        ("a", RoleKind.WORKER, (0, 2), "/node_groups/0"),
        ("b", RoleKind.WORKER, (), "/node_groups/1"),
    ]


@pytest.mark.parametrize(
    ("changes", "endpoint"),
    [
        ({}, ("marathon", 8080, None, "http")),
        ({"api": {"port": 8088}}, ("marathon", 8088, None, "http")),
        ({"mesos": {"marathon": False}}, ("mesos", 5050, "/health", "http")),
        ({"mesos": {"marathon": False}, "api": {"port": 80}}, ("mesos", 80, "/health", "http")),
    ],
)
def test_the_api_as_a_load_balancer_sees_it(changes: dict[str, Any], endpoint: tuple[object, ...]) -> None:
    api = plan(**changes).api
    assert (api.name, api.port, api.health_path, api.scheme) == endpoint


def test_the_ports_of_the_spec_reach_the_daemons() -> None:
    master = plan(api={"port": 8088}).roles[0]
    assert settings(master, "mesos/marathon/marathon.options")["MARATHON_HTTP_PORT"] == "8088"
    assert settings(master, "mesos/mesos-master/master.options")["MESOS_PORT"] == "5050"
    master = plan(api={"port": 80}, mesos={"marathon": False}).roles[0]
    assert settings(master, "mesos/mesos-master/master.options")["MESOS_PORT"] == "80"
    assert master.config.environment["JEROBOAM_MESOS_PORT"] == "80"


def test_without_marathon_nothing_of_it_is_left() -> None:
    model = plan(mesos={"marathon": False})
    master = model.roles[0]
    assert not any("marathon" in path for path in files(master))
    assert not any("marathon" in unit.name for unit in master.config.units)
    assert {s.name for s in model.secrets} == {"mesos_agent_secret", "mesos_admin_password"}
    assert "marathon" not in str(document(master, "mesos/mesos-master/credentials.json"))
    assert "MARATHON" not in files(master)["/etc/jeroboam/images.env"]


# --- agents ------------------------------------------------------------------------------------


def test_attributes_are_those_of_all_agents_and_the_groups_labels_which_win() -> None:
    groups = [{"name": "a", "flavor": "f", "node_labels": {"disk": "ssd", "rack": "own"}}]
    agent = plan(mesos={"attributes": {"rack": "r12", "x": "1"}}, node_groups=groups).roles[1]
    listed = settings(agent, "mesos/mesos-agent/agent.options")["MESOS_ATTRIBUTES"]
    assert listed == "rack:own;x:1;disk:ssd"


def test_further_options_reach_their_daemon() -> None:
    mesos = {"master_args": {"webui_dir": "@{HOME}"}, "agent_args": {"gc_delay": "3days"}}
    master, agent = plan(mesos=mesos).roles
    assert settings(master, "mesos/mesos-master/master.options")["MESOS_WEBUI_DIR"] == "@{@}{HOME}"
    assert settings(agent, "mesos/mesos-agent/agent.options")["MESOS_GC_DELAY"] == "3days"


@pytest.mark.parametrize(
    ("mesos", "needed"),
    [
        ({}, True),
        ({"containerizers": ["docker"]}, True),
        ({"containerizers": ["mesos"]}, False),
        ({"containerizers": ["mesos"], "isolation": ["posix/cpu", "disk/du"]}, False),
        ({"containerizers": ["mesos"], "isolation": ["cgroups/cpu"]}, True),
        ({"containerizers": ["mesos"], "isolation": ["filesystem/linux", "docker/runtime"]}, True),
    ],
)
def test_control_groups_are_changed_only_where_something_needs_it(
    mesos: dict[str, Any], needed: bool
) -> None:
    model = plan(mesos=mesos)
    assert needs_cgroup_v1(mesos_options(model.spec)) is needed
    master, agent = ([path for path in files(role) if path.endswith("-cgroups.sh")] for role in model.roles)
    assert (master, bool(agent)) == ([], needed)
    assert ("JB0456" in notes(mesos=mesos)) is needed
    for distro in ("fedora-coreos", "flatcar"):
        assert problems(distro=distro, mesos=mesos) == [("JB0463", "/distro")] * needed
    assert problems(distro="fedora-atomic", mesos=mesos) == []


def _agent_options(**mesos: Any) -> set[str]:
    return set(settings(plan(mesos=mesos).roles[1], "mesos/mesos-agent/agent.options"))


def test_isolators_and_the_docker_image_only_for_their_containerizer() -> None:
    names = set(
        settings(plan(mesos={"containerizers": ["docker"]}).roles[1], "mesos/mesos-agent/agent.options")
    )
    assert "MESOS_DOCKER_MESOS_IMAGE" in names
    assert "MESOS_ISOLATION" not in names
    names = set(
        settings(plan(mesos={"containerizers": ["mesos"]}).roles[1], "mesos/mesos-agent/agent.options")
    )
    assert "MESOS_DOCKER_MESOS_IMAGE" not in names
    assert "MESOS_ISOLATION" in names


# --- secrets -----------------------------------------------------------------------------------


def test_an_agent_knows_its_own_secret_alone() -> None:
    model = plan(container_network=FLANNEL)
    master, agent = model.roles
    read = [
        {v.name for v in r.config.heat_values.values() if isinstance(v, SecretRef)} for r in (master, agent)
    ]
    assert read[0] == {secret.name for secret in model.secrets}
    assert read[1] == {"mesos_agent_secret", "etcd_ca_cert", "flannel_client_key", "flannel_client_cert"}


def test_whoever_speaks_to_a_master_says_who_they_are() -> None:
    master, agent = plan().roles
    options = settings(master, "mesos/mesos-master/master.options")
    for name in ("AGENTS", "FRAMEWORKS", "HTTP_FRAMEWORKS", "HTTP_READONLY", "HTTP_READWRITE"):
        assert options[f"MESOS_AUTHENTICATE_{name}"] == "true"
    listed = document(master, "mesos/mesos-master/credentials.json")["credentials"]
    assert {entry["principal"]: entry["secret"] for entry in listed} == {
        "@{AGENT}": "@{AGENT_SECRET}",
        "@{OTHER_AGENT}": "@{OTHER_AGENT_SECRET}",
        "marathon": "@{MARATHON_SECRET}",
        "admin": "@{ADMIN_PASSWORD}",
    }
    assert document(agent, "mesos/mesos-agent/credential.json")["principal"] == "@{AGENT}"
    rules = document(master, "mesos/mesos-master/acls.json")
    assert rules["register_agents"][1] == {"principals": {"type": "ANY"}, "agents": {"type": "NONE"}}
    assert rules["register_frameworks"][0]["principals"] == {"values": ["@{AGENT}", "@{OTHER_AGENT}"]}


def test_without_authentication_marathon_keeps_its_password() -> None:
    model = plan(mesos={"authentication": False})
    assert [s.name for s in model.secrets] == ["mesos_admin_password"]
    master, agent = model.roles
    assert not any(
        "AUTHENTICATE" in n or "CREDENTIAL" in n for n in settings(agent, "mesos/mesos-agent/agent.options")
    )
    assert not any("AUTHENTICATE" in n for n in settings(master, "mesos/mesos-master/master.options"))
    assert "MESOSPHERE_HTTP_CREDENTIALS" in settings(master, "mesos/marathon/marathon.options")
    assert plan(mesos={"authentication": False, "marathon": False}).secrets == ()


# --- network, images ---------------------------------------------------------------------------


def test_flannel_runs_before_docker_with_etcd_on_the_masters_alone() -> None:
    model = plan(container_network=FLANNEL, masters={"etcd_volume": {"size": 10}})
    master, agent = model.roles
    steps = [[Path(p).stem for p in files(r) if "/steps/" in p] for r in (master, agent)]
    order = [
        "40-install",
        "42-etcd",
        "43-flannel-config",
        "44-flannel",
        "45-docker",
        "50-images",
        "60-zookeeper",
    ]
    assert [step for step in steps[0] if step in order] == order
    assert [s for s in steps[1] if "etcd" in s or "config" in s] == []
    assert steps[1].index("44-flannel") < steps[1].index("45-docker")
    assert model.flannel_net_conf is not None
    assert HeatFact.ETCD_VOLUMES in master.config.heat_values.values()


@pytest.mark.parametrize("driver", ["docker", "none"])
def test_without_flannel_there_is_no_etcd(driver: str) -> None:
    model = plan(container_network={"driver": driver})
    assert model.flannel_net_conf is None
    for role in model.roles:
        assert not any("flannel" in path or "etcd" in path for path in files(role))
        assert "etcd" not in files(role)["/etc/jeroboam/artifacts.list"]
        assert role.routed_cidrs == ()


def test_a_registry_serves_every_image() -> None:
    for role in plan(artifacts={"image_registry": "r.example.org:5000/m"}).roles:
        for name, reference in settings(role, "images.env").items():
            assert reference.startswith(("'r.example.org:5000/m/", "'jeroboam/")), name
    assert "JB0453" in notes()
    assert "JB0453" not in notes(artifacts={"image_registry": "r.example.org"})


def test_versions() -> None:
    assert supported_versions() == ("1.11.0",)
    assert all(release(name) == release(None) for name in ("1.11", "1.11.0"))
    assert release("1.1") is None
    chosen = release(None)
    assert chosen is not None
    assert "@sha256:" in chosen.images["zookeeper"]


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", MESOS, ids=str)
def test_each_value_read_is_supplied_and_each_used_is_declared(case: Case) -> None:
    model = plan_spec(str(case.spec)).value
    assert model is not None
    for role in model.roles:
        scripts = {f.path: f.content for f in role.config.files if f.path.startswith("/opt/jeroboam/")}
        supplied = {*role.config.environment, *role.config.heat_values}
        read = {name for name in names_read(scripts.values()) if name.startswith("JEROBOAM_")}
        assert supplied == read - PLATFORM_VALUES, role.name
        used = set(re.findall(r"JEROBOAM_[A-Z_]*[A-Z]", "".join(scripts.values())))
        known = {"JEROBOAM_ROOT", "JEROBOAM_CONSOLE", "JEROBOAM_UPTIME", "JEROBOAM_ETCD_CA", "JEROBOAM_CA"}
        certificates = {"JEROBOAM_CA_CERT", "JEROBOAM_CA_KEY"}
        assert used <= names_read(scripts.values()) | known | certificates, role.name


@pytest.mark.parametrize("case", MESOS, ids=str)
def test_each_name_that_files_leave_open_is_set_by_the_scripts(case: Case) -> None:
    model = plan_spec(str(case.spec)).value
    assert model is not None
    for role in model.roles:
        scripts = "".join(f.content for f in role.config.files if f.path.startswith("/opt/jeroboam/"))
        opened = {n for text in files(role).values() for n in re.findall(r"(?<!\$)@\{([A-Z0-9_]+)\}", text)}
        assert opened >= {"MASTER_ADDRESS_0"}
        for name in opened - {"NAME"}:
            assert f"{name}=" in scripts or re.fullmatch(r"MASTER_ADDRESS_\d", name), name


# --- findings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"coe_version": "1.10"}, [("JB0450", "/coe_version")]),
        ({"arch": "arm64"}, [("JB0451", "/arch")]),
        ({"mesos": {"master_args": {"quorum": "1"}}}, [("JB0454", "/mesos/master_args/quorum")]),
        ({"mesos": {"master_args": {"gc_delay": "1days"}}}, [("JB0465", "/mesos/master_args/gc_delay")]),
        (
            {"mesos": {"agent_args": {"gc_delay": "1days", "No-Filter_GPU": ""}}},
            [("JB0465", "/mesos/agent_args/No-Filter_GPU")],
        ),
        ({"mesos": {"agent_args": {"gc-delay": "1days"}}}, [("JB0465", "/mesos/agent_args/gc-delay")]),
        ({"mesos": {"agent_args": {"gc_delay": "1 day"}}}, [("JB0466", "/mesos/agent_args/gc_delay")]),
        (
            {"mesos": {"agent_args": {"cgroups_enable_cfs": "yes"}}},
            [("JB0466", "/mesos/agent_args/cgroups_enable_cfs")],
        ),
        (
            {"mesos": {"agent_args": {"no-cgroups_enable_cfs": "", "cgroups_enable_cfs": "true"}}},
            [("JB0467", "/mesos/agent_args/cgroups_enable_cfs")],
        ),
        (
            {"mesos": {"agent_args": {"no-cgroups_enable_cfs": "1"}}},
            [("JB0466", "/mesos/agent_args/no-cgroups_enable_cfs")],
        ),
        ({"mesos": {"agent_args": {"no-gc_delay": ""}}}, [("JB0466", "/mesos/agent_args/no-gc_delay")]),
        ({"mesos": {"agent_args": {"gc_delay": "file:///etc/delay"}}}, []),
        # Former names: both would be set, and neither daemon starts with an option that is there twice.
        (
            {"mesos": {"master_args": {"authenticate_slaves": "false"}}},
            [("JB0454", "/mesos/master_args/authenticate_slaves")],
        ),
        (
            {"mesos": {"master_args": {"agent_ping_timeout": "9secs", "slave_ping_timeout": "9secs"}}},
            [("JB0467", "/mesos/master_args/slave_ping_timeout")],
        ),
        (
            {"mesos": {"master_args": {"no-authenticate_agents": ""}}},
            [("JB0454", "/mesos/master_args/no-authenticate_agents")],
        ),
        ({"mesos": {"agent_args": {"WORK-DIR": "/x"}}}, [("JB0454", "/mesos/agent_args/WORK-DIR")]),
        ({"mesos": {"attributes": {"a": ""}}}, [("JB0455", "/mesos/attributes/a")]),
        ({"mesos": {"attributes": {"a": "[1-9, 12-14]", "b": "1.5"}}}, []),
        ({"mesos": {"attributes": {"a:b": "c"}}}, [("JB0455", "/mesos/attributes/a:b")]),
        (
            {"node_groups": [{"name": "a", "flavor": "f", "node_labels": {"x.org/y": ""}}]},
            [("JB0455", "/node_groups/0/node_labels/x.org~1y")],
        ),
        ({"mesos": {"authentication": False}}, [("JB0457", "/mesos/authentication")]),
        ({"masters": {"etcd_volume": {"size": 10}}}, [("JB0458", "/masters/etcd_volume")]),
        ({"api": {"port": 5050}}, [("JB0460", "/api/port")]),
        ({"api": {"port": 5050}, "mesos": {"marathon": False}}, []),
        ({"api": {"port": 31500}}, [("JB0460", "/api/port")]),
        ({"runtime": {"storage_driver": "devicemapper"}}, [("JB0461", "/runtime/storage_driver")]),
        (
            {"container_network": {**FLANNEL, "ipv6": {"cidr": "fd00::/48", "subnet_len": 64}}},
            [("JB0462", "/container_network/ipv6")],
        ),
        (
            {
                "container_network": {**FLANNEL, "cidr": "10.60.0.0/23"},
                "node_groups": [{"name": "a", "flavor": "f", "count": 0}],
            },
            [("JB0415", "/container_network/subnet_len")],
        ),
        ({"artifacts": {"pins": {"etcd": "a" * 64}}}, [("JB0412", "/artifacts/pins/etcd")]),
        ({"artifacts": {"pins": {"docker": "a" * 64}}}, []),
    ],
)
def test_findings(changes: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems(**changes) == found


def test_notes_say_what_is_not_safe() -> None:
    assert notes() == {"JB0452", "JB0453", "JB0456"}
    pins = {"mesos": "ab" * 32, "marathon": "cd" * 32}
    assert notes(artifacts={"pins": pins}) == {"JB0452", "JB0456"}
    assert notes(artifacts={"pins": {"mesos": "ab" * 32}}, mesos={"marathon": False}) == {"JB0452", "JB0456"}
    assert "JB0459" in notes(container_network=FLANNEL)
    assert "JB0459" not in notes(container_network=FLANNEL, mesos={"containerizers": ["docker"]})
    assert "JB0452" not in {d.code for d in outcome(tls={"enabled": False})[1]}
