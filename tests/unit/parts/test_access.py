"""Certificates one by one, and what no proxy is asked for."""

from __future__ import annotations

from jeroboam.parts.access import ca_files, has_proxy, proxy_drop_ins
from jeroboam.spec.types import ProxySpec, TextFile

ONE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
TWO = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"


def test_each_certificate_gets_a_file() -> None:
    bundle = TextFile(
        "bundle.pem", f"Issuer: x\r\n{ONE}\nbetween\n{TWO}".replace("\n", "\r\n").replace("\r\r", "\r")
    )
    files = ca_files([bundle, TextFile("one.pem", ONE.rstrip("\n"))])
    assert [(file.path, file.content) for file in files] == [
        ("/etc/jeroboam/ca/00.crt", ONE),
        ("/etc/jeroboam/ca/01.crt", TWO),
        ("/etc/jeroboam/ca/02.crt", ONE),
    ]


def test_blanks_around_a_certificate_do_not_lose_it() -> None:
    """What is judged to be a certificate reaches the nodes."""
    for text in (ONE.replace("\n", " \n"), ONE.replace("\n", "\n\n"), f"  {ONE.rstrip()}  "):
        assert [file.content for file in ca_files([TextFile("a.pem", text)])] == [ONE]


def test_a_proxy_is_one_that_something_goes_through() -> None:
    assert not has_proxy(ProxySpec(None, None, (".example.org",)))
    assert has_proxy(ProxySpec(None, "http://p:3128", ()))


def test_each_service_reads_the_proxy_file() -> None:
    (drop_in,) = proxy_drop_ins(["kubelet"])
    assert drop_in.path == "/etc/systemd/system/kubelet.service.d/20-proxy.conf"
    assert "EnvironmentFile=-/etc/jeroboam/proxy.env" in drop_in.content
