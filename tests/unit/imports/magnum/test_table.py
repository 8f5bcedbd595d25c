"""The table knows all that Magnum knew, and each of its rows says what becomes of a setting."""

from __future__ import annotations

from typing import Any

import pytest

from jeroboam import plugins
from jeroboam.imports.magnum.table import MagnumSetting, magnum_table
from jeroboam.imports.magnum.values import _READERS
from jeroboam.spec.phrases import paths
from tests.support.magnum import TEMPLATE, at, content, errors, imported, spec_of, words

TABLE = magnum_table()
ROWS = (*TABLE.attributes, *TABLE.labels, *TABLE.operator)
# All that a driver of Magnum's repository ever read, in any release (`label_list`, `labels.get`).
LABELS = """
admission_control_list auto_healing_controller auto_healing_enabled auto_scaling_enabled autoscaler_tag
availability_zone boot_volume_size boot_volume_type calico_cni_tag calico_ipv4pool calico_ipv4pool_ipip
calico_kube_controllers_tag calico_tag cert_manager_api cgroup_driver cinder_csi_enabled
cinder_csi_plugin_tag cloud_provider_enabled cloud_provider_tag cluster_basic_auth_secret
cluster_root_domain_name container_infra_prefix container_runtime containerd_tarball_sha256
containerd_tarball_url containerd_version coredns_tag csi_attacher_tag csi_liveness_probe_tag
csi_node_driver_registrar_tag csi_provisioner_tag csi_resizer_tag csi_snapshotter_tag docker_volume_type
draino_tag etcd_tag etcd_volume_size etcd_volume_type fixed_network_cidr fixed_subnet_cidr flannel_backend
flannel_cni_tag flannel_network_cidr flannel_network_subnetlen flannel_tag grafana_admin_passwd grafana_tag
heapster_enabled heat_container_agent_tag helm_client_sha256 helm_client_tag helm_client_url
hyperkube_prefix influx_grafana_dashboard_enabled ingress_controller ingress_controller_role
k8s_keystone_auth_tag keystone_auth_enabled kube_dashboard_enabled kube_dashboard_version
kube_image_digest kube_tag kubeapi_options kubecontroller_options kubelet_options kubeproxy_options
kubescheduler_options magnum_auto_healer_tag master_lb_allowed_cidrs master_lb_floating_ip_enabled
max_node_count mesos_slave_executor_env_variables mesos_slave_image_providers mesos_slave_isolation
mesos_slave_work_dir metrics_scraper_tag metrics_server_chart_tag metrics_server_enabled min_node_count
monitoring_enabled monitoring_ingress_enabled monitoring_interval_seconds monitoring_retention_days
monitoring_retention_size monitoring_storage_class_name nginx_ingress_controller_chart_tag
nginx_ingress_controller_tag node_problem_detector_tag npd_enabled octavia_ingress_controller_tag
octavia_lb_algorithm octavia_lb_healthcheck octavia_provider ostree_commit ostree_remote
prometheus_adapter_chart_tag prometheus_adapter_configmap prometheus_adapter_enabled
prometheus_monitoring prometheus_operator_chart_tag prometheus_tag rexray_preempt selinux_mode
service_cluster_ip_range swarm_strategy system_pods_initial_delay system_pods_timeout tiller_enabled
tiller_namespace tiller_tag traefik_ingress_controller_tag use_podman
"""
# Of python-magnumclient, and what the API has besides.
TEMPLATE_ATTRIBUTES = """
insecure_registry labels updated_at floating_ip_enabled fixed_subnet master_flavor_id uuid no_proxy
https_proxy tls_disabled keypair_id public http_proxy docker_volume_size server_type external_network_id
cluster_distro image_id volume_driver registry_enabled docker_storage_driver apiserver_port name created_at
network_driver fixed_network coe flavor_id master_lb_enabled dns_nameserver project_id hidden tags driver
user_id links
"""
CLUSTER_ATTRIBUTES = """
status health_status cluster_template_id node_addresses uuid cluster_id stack_id status_reason created_at
updated_at coe_version labels labels_overridden labels_skipped labels_added fixed_network fixed_subnet
floating_ip_enabled faults keypair api_address master_addresses master_lb_enabled create_timeout node_count
discovery_url docker_volume_size master_count container_version name master_flavor_id flavor_id
health_status_reason project_id user_id links merge_labels
"""


def test_every_label_and_attribute_of_magnum_is_in_it() -> None:
    assert set(LABELS.split()) - {row.name for row in TABLE.labels} == set()
    attributes = {kind: {row.name for row in TABLE.attributes if row.of in (kind, "both")} for kind in
                  ("template", "cluster")}  # fmt: skip
    assert set(TEMPLATE_ATTRIBUTES.split()) - attributes["template"] == set()
    assert set(CLUSTER_ATTRIBUTES.split()) - attributes["cluster"] == set()


def test_no_row_is_there_twice() -> None:
    for rows in (TABLE.attributes, TABLE.labels, TABLE.operator):
        names = [row.name for row in rows]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_what_becomes_of_it(row: MagnumSetting) -> None:
    known = paths()
    for to in row.to:
        # What a mapping of names holds is no property of its own.
        assert to in known or to.rpartition(".")[0] in known, to
    assert row.to or row.why or row.type == "mapping"
    assert row.how in {*_READERS, "arguments"}
    assert not row.why.endswith(".")
    assert (row.how == "choice") == bool(row.values)
    names = {each.name for each in (*TABLE.attributes, *TABLE.labels)}
    assert {*row.needs, *([row.without] if row.without else [])} <= names
    assert set(row.coes) <= set(TABLE.coes.values())
    assert set(row.default) <= {driver.name for driver in TABLE.drivers}


def test_coes_and_distros_are_those_that_there_are() -> None:
    assert set(TABLE.coes.values()) == set(plugins.names("drivers"))
    assert {to for to, _ in TABLE.distros.values()} <= set(plugins.names("platforms"))
    assert all(d.coe in TABLE.coes and d.distro in TABLE.distros for d in TABLE.drivers)


VALUES = {
    "integer": "40", "boolean": "true", "list": "192.0.2.0/24", "version": "v1.36.1",
    "arguments": "--v=2", "prefix": "registry.example.org/magnum/", "text": "some",
}  # fmt: skip
OF_LABELS = {
    "availability_zone": "az1",
    "admission_control_list": "AlwaysPullImages",
    "flannel_network_cidr": "10.101.0.0/16",
    "flannel_network_subnetlen": "25",
    "fixed_subnet_cidr": "10.2.0.0/24",
    "fixed_network_cidr": "10.2.0.0/24",
    "service_cluster_ip_range": "10.250.0.0/16",
    "mesos_slave_isolation": "posix/cpu,posix/mem",
    "mesos_slave_image_providers": "docker",
    "calico_ipv4pool": "10.101.0.0/16",
}
BESIDE = {
    "boot_volume_type": {"boot_volume_size": "20"},
    "etcd_volume_type": {"etcd_volume_size": "20"},
    "mesos_slave_image_providers": {"mesos_slave_isolation": "docker/runtime,filesystem/linux"},
}
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "calico_ipv4pool": {"network_driver": "calico"},
    "docker_volume_type": {"docker_volume_size": 20},
    "cinder_csi_enabled": {"volume_driver": "cinder"},
    "master_lb_floating_ip_enabled": {"master_lb_enabled": True},
}


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in TABLE.labels if row.to], ids=lambda row: row.name)
def test_a_label_becomes_the_property_that_the_table_names(row: MagnumSetting) -> None:
    value = OF_LABELS.get(row.name) or next(iter(row.values), "") or VALUES[row.how]
    attributes = dict(ATTRIBUTES.get(row.name, {}))
    if row.coes == ("mesos",):
        attributes |= {"coe": "mesos", "cluster_distro": "ubuntu", "network_driver": "docker"}
    data, text = spec_of({**BESIDE.get(row.name, {}), row.name: value}, **attributes)
    assert errors(text) == []
    if row.name == "mesos_slave_work_dir":
        # The compiler sets it, and says so.
        assert "'work_dir' is set by the compiler" in words(text)
        return
    assert all(at(data, to) is not None for to in row.to)


@pytest.mark.parametrize("row", [row for row in TABLE.labels if not row.to], ids=lambda row: row.name)
def test_a_label_that_becomes_nothing_is_named_with_its_reason(row: MagnumSetting) -> None:
    made = imported({**TEMPLATE, "labels": {row.name: "some"}}, judge=content)
    assert made.spec is not None
    comments = words(made.spec)
    assert f"label {row.name}{'' if row.secret else ' (some)'}: {row.why}" in comments
    assert row.instead in comments
    assert f"label {row.name}" in made.left_out
