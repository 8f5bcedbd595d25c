"""Secrets of a template get neither into the spec nor into what is printed."""

from __future__ import annotations

import pytest

from jeroboam.diagnostics.text import text
from tests.support.magnum import CLUSTER, TEMPLATE, errors, imported

WORD = "Tr0ub4dor-and-3"


@pytest.mark.parametrize(
    ("labels", "attributes"),
    [
        ({"grafana_admin_passwd": WORD}, {}),
        ({"cluster_basic_auth_secret": WORD}, {}),
        ({"registry_password": WORD}, {}),
        ({"some_label": WORD}, {}),
        ({"kubelet_options": f"--v=2 --image-pull-password={WORD}"}, {}),
        ({"kubeapi_options": f"--oidc-client-secret {WORD}"}, {}),
        ({"container_infra_prefix": f"robot:{WORD}@registry.example.org/magnum/"}, {}),
        ({"containerd_tarball_url": f"https://robot:{WORD}@example.org/containerd.tar.gz"}, {}),
        ({"mesos_slave_executor_env_variables": f'{{"DB_PASSWORD": "{WORD}"}}'}, {"coe": "mesos"}),
        ({}, {"http_proxy": f"http://user:{WORD}@proxy.example.org:3128"}),
        ({}, {"https_proxy": f"http://user:{WORD}@proxy.example.org:3128"}),
        ({}, {"insecure_registry": f"user:{WORD}@registry.example.org:5000"}),
        ({}, {"trustee_password": WORD}),
        ({}, {"uuid": f"user:{WORD}@example.org"}),
        ({}, {"name": f"user:{WORD}@example.org"}),
        ({}, {"driver": f"user:{WORD}@example.org"}),
        ({}, {"discovery_url": f"https://discovery.example.org/{WORD}"}),
        ({}, {"api_secret": WORD}),
        ({}, {"some_attribute": {"deep": [WORD]}}),
        ({"docker_volume_type": "ghp_" + "a1B2" * 9}, {"docker_volume_size": 20}),
        ({"a password=" + WORD: "x"}, {}),
    ],
)  # fmt: skip
def test_it_is_not_told(labels: dict[str, str], attributes: dict[str, object]) -> None:
    if attributes.get("coe") == "mesos":
        attributes = {**attributes, "cluster_distro": "ubuntu", "network_driver": "docker"}
    made = imported({**TEMPLATE, **attributes, "labels": labels})
    assert made.spec is not None
    for told in (made.spec, text(made.diagnostics, made.sources), str(made.diagnostics)):
        assert WORD not in told
        assert "ghp_" not in told
    assert errors(made.spec) == []


@pytest.mark.parametrize("name", ["coe", "cluster_distro"])
def test_not_even_where_a_known_word_should_stand(name: str) -> None:
    made = imported({**TEMPLATE, name: f"user:{WORD}@example.org"})
    assert made.spec is None
    assert WORD not in text(made.diagnostics, made.sources) + str(made.diagnostics)


def test_nor_where_a_template_is_told_from_another() -> None:
    made = imported({**TEMPLATE, "uuid": f"user:{WORD}@example.org"}, CLUSTER)
    assert "JB0712" in {d.code for d in made.diagnostics}
    assert WORD not in text(made.diagnostics, made.sources) + str(made.diagnostics)


def test_of_a_template_with_errors_neither() -> None:
    made = imported({**TEMPLATE, "public": "perhaps", "labels": {"vault": WORD}})
    assert made.spec is None
    assert WORD not in text(made.diagnostics, made.sources)


def test_a_path_to_a_key_and_a_switch_are_no_secrets() -> None:
    options = "--service-account-key-file=/etc/kubernetes/sa.pub --authentication-token-webhook=true"
    made = imported({**TEMPLATE, "labels": {"kubelet_options": options}})
    assert "JB0709" not in {d.code for d in made.diagnostics}
