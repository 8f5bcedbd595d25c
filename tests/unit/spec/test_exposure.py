"""Settings that let others in are said, and those that only look like them are not."""

from __future__ import annotations

import json

import pytest

from jeroboam.pipeline import compile_spec
from tests.unit.cli.running import SPEC


def said(text: str) -> list[tuple[str, str]]:
    found = compile_spec("-", stdin=text.encode()).diagnostics
    # That an IPv6 range is of no use on an IPv4 network is another matter.
    return [(d.code, d.pointer) for d in found if d.severity != "note" and d.code != "JB0381"]


def with_ranges(name: str, *ranges: str) -> str:
    own = f"{name}: {json.dumps(ranges)}"
    if name == "api_allowed_cidrs":
        return SPEC.replace("api_allowed_cidrs: [192.0.2.0/24]", own)
    return SPEC.replace("api_allowed_cidrs", f"{own}, api_allowed_cidrs")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("JB0370", "ssh_allowed_cidrs"),
        ("JB0371", "api_allowed_cidrs"),
        ("JB0372", "node_port_allowed_cidrs"),
    ],
)
def test_ranges_of_the_internet(code: str, name: str) -> None:
    for cidr in ("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "192.0.0.0/7", "2000::/3"):
        assert said(with_ranges(name, "192.0.2.0/24", cidr)) == [(code, f"/network/{name}/1")], cidr
    for cidr in ("10.0.0.0/8", "fc00::/7", "2001:db8::/32", "203.0.113.7/32"):
        assert said(with_ranges(name, cidr)) == [], cidr


def test_defaults_are_silent() -> None:
    assert said(SPEC) == []


@pytest.mark.parametrize(
    ("block", "name", "value", "code"),
    [
        ("api_server_args", "authorization-mode", "AlwaysAllow", "JB0423"),
        ("api_server_args", "authorization_mode", "Node, AlwaysAllow", "JB0423"),
        ("kubelet_args", "authorization-mode", "AlwaysAllow", "JB0423"),
        ("api_server_args", "anonymous-auth", "True", "JB0424"),
        ("kubelet_args", "anonymous-auth", "1", "JB0425"),
        ("kubelet_args", "anonymous_auth", "t", "JB0425"),
        ("kubelet_args", "read-only-port", "10255", "JB0426"),
        ("kubelet_args", "read-only-port", "0x280f", "JB0426"),
        ("api_server_args", "encryption-provider-config", "", "JB0427"),
        ("api_server_args", "encryption_provider_config", " ", "JB0427"),
        ("api_server_args", "encryption-provider-config", "/etc/kubernetes/kms.yaml", "JB0470"),
        ("api_server_args", "authorization-mode", "Node,RBAC", None),
        ("api_server_args", "anonymous-auth", "false", "JB0471"),
        ("kubelet_args", "anonymous-auth", "0", None),
        ("kubelet_args", "read-only-port", "0", None),
        ("api_server_args", "read-only-port", "10255", "JB0472"),
    ],
)
def test_options_of_kubernetes(block: str, name: str, value: str, code: str | None) -> None:
    text = SPEC + f"kubernetes: {{{block}: {{{name}: {json.dumps(value)}}}}}\n"
    assert said(text) == ([(code, f"/kubernetes/{block}/{name}")] if code else [])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("kubernetes: {encrypt_secrets: false}", [("JB0427", "/kubernetes/encrypt_secrets")]),
        ("tls: {verify_openstack_ca: false}", [("JB0373", "/tls/verify_openstack_ca")]),
        ("artifacts: {mirror: 'http://m.example.org'}", [("JB0374", "/artifacts/mirror")]),
        ("artifacts: {mirror: 'https://m.example.org'}", []),
        (
            "runtime: {registry_mirrors: ['http://m.example.org']}",
            [("JB0375", "/runtime/registry_mirrors/0")],
        ),
        ("runtime: {registry_mirrors: ['https://m.example.org']}", []),
        ("runtime: {insecure_registries: [r.example.org]}", [("JB0376", "/runtime/insecure_registries/0")]),
    ],
)
def test_whom_nodes_believe(more: str, expected: list[tuple[str, str]]) -> None:
    assert said(f"{SPEC}{more}\n") == expected
