"""What nftables is told of Neutron's floating IPs."""

from __future__ import annotations

from tests.labs.nodes.floating import ruleset


def _ip(floating: str, fixed: str | None) -> dict[str, str | None]:
    return {"floating_ip_address": floating, "fixed_ip_address": fixed}


def test_a_floating_ip_leads_to_the_fixed_one_and_one_of_no_port_nowhere() -> None:
    text = ruleset([_ip("172.24.0.9", "10.0.0.5"), _ip("172.24.0.7", None), _ip("172.24.0.8", "10.0.0.1")])
    assert "elements = { 172.24.0.8 : 10.0.0.1, 172.24.0.9 : 10.0.0.5 }" in text
    assert "172.24.0.7" not in text


def test_without_floating_ips_the_map_is_empty() -> None:
    assert "elements" not in ruleset([])
    assert "dnat to ip daddr map @fixed" in ruleset([])
